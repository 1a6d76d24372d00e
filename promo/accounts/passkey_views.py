"""Signing in with a passkey, alone or as the second step; the browser and we talk in JSON (see ``ceremony``)."""

from __future__ import annotations

from flask import Response, jsonify
from flask_babel import gettext as _

from promo.accounts import ceremony, me_actions, queries, sign_in_actions
from promo.accounts.blueprints import security as blueprint
from promo.accounts.passkeys import new_handle
from promo.accounts.sign_in_views import device_of, let_in, pending
from promo.core import audit
from promo.core.errors import Refused
from promo.web.guard import public
from promo.web.pages import same_site
from promo.web.transaction import session, write


@blueprint.post("/passkey_options")
@public
def passkey_options() -> Response:
    """Ask the browser for a passkey: any of ours, or at the second step one of that person's."""
    found = pending() if ceremony.sent("step") == "second" else None
    if found is None:
        return ceremony.ask_to_sign([], None)
    return ceremony.ask_to_sign(queries.passkeys_of(session(), found[0].id), found[0].id)


@blueprint.post("/passkey")
@public
def passkey() -> Response:
    """Sign in with the passkey that the browser has signed with."""
    found = pending() if ceremony.sent("step") == "second" else None
    known = queries.passkey(session(), ceremony.named() or "")
    unknown = _("This passkey is not known here. Sign in with your password.")
    if known is None or (found is not None and found[0].id != known[1].id):
        return ceremony.refused(unknown)
    key, person = known
    count = ceremony.signed(key, person, alone=found is None)
    if count is None:
        return ceremony.refused(unknown)
    with write() as writing:
        sign_in_actions.use_passkey(writing, key.id, count)
    shared = found[1]["shared"] if found else ceremony.sent("device") == "shared"
    next_ = found[1]["next"] if found else same_site(ceremony.sent("next")) or "/"
    return let_in(person, shared=shared, next_=next_, strong=True, response=jsonify(next=next_))


@blueprint.post("/new_passkey_options")
@public
def new_passkey_options() -> Response:
    """Ask the browser to make the passkey that one's role needs, after the right password."""
    found = pending()
    if found is None or queries.has_second_factor(session(), found[0]):
        return ceremony.refused(_("That took long. Please begin again."))
    person, handle = found[0], found[0].passkey_handle or new_handle()
    with write() as writing:
        me_actions.name_handle(writing, person.id, handle)
    return ceremony.ask_to_register(person, handle, [], device_of(shared=False).label)


@blueprint.post("/new_passkey")
@public
def new_passkey() -> Response:
    """Store the passkey and go in."""
    found = pending()
    made = ceremony.made(found[0].id) if found and not queries.has_second_factor(session(), found[0]) else None
    if found is None or made is None:
        return ceremony.refused(_("The passkey could not be made. Please try again."))
    person, waiting = found
    try:
        with audit.acting(person.id), write() as writing:
            me_actions.add_passkey(writing, person.id, made[1], made[0])
    except Refused as refused:
        return ceremony.refused(refused.reasons[0].message)
    return let_in(
        person, shared=waiting["shared"], next_=waiting["next"], strong=True, response=jsonify(next=waiting["next"])
    )
