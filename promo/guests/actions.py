"""Writes on guests: inviting one, changing what is open to them, ending it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.accounts import actions as accounts
from promo.accounts.models import Person
from promo.audits import queries as audits
from promo.audits.actions import check_seen
from promo.audits.models import AuditGuest, AuditGuestSample
from promo.core import clock
from promo.core.access import GUEST, Viewer, require
from promo.core.errors import Reason, Refused
from promo.core.records import id_in
from promo.guests import queries

LONGEST = 366  # days for which somebody from outside is let in at once


def invite(session: Session, viewer: Viewer, values: Mapping[str, Any]) -> AuditGuest:
    """Give somebody from outside an account, the role of guest from one day to another, and samples to read.

    Raises :class:`Refused` for dates, an address that somebody has already, or personal data opened without a reason.
    """
    require(viewer, "guests.invite")
    _check(values)
    post_id = queries.headquarters(session)
    about = {"name": values["name"], "email": values["email"], "locale": values["locale"], "post_id": post_id}
    person = accounts.add(session, None, about, None)
    made = AuditGuest(person_id=person.id, invited_by_id=viewer.person_id, version=0)
    _fill(made, values)
    session.add(made)
    session.flush()
    _name(session, viewer, made, values["samples"])
    _let_in(session, made)
    return made


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], seen: int | None) -> AuditGuest:
    """Change a guest's scope, dates, samples, or whether personal data are open. Raises as :func:`invite`."""
    require(viewer, "guests.edit")
    _check(values)
    guest = queries.guest(session, id_).guest
    check_seen(guest, values, seen)
    _fill(guest, values)
    _name(session, viewer, guest, values["samples"])
    _let_in(session, guest)
    return guest


def end(session: Session, viewer: Viewer, id_: int) -> Person:
    """Let a guest in no more, from this moment: yesterday was the last day, every session ends."""
    require(viewer, "guests.end")
    found = queries.guest(session, id_)
    found.guest.valid_to = min(found.guest.valid_to, clock.today() - timedelta(days=1))
    found.guest.version += 1
    _let_in(session, found.guest)
    accounts.end_sessions(session, found.person.id)
    return found.person


def _check(values: Mapping[str, Any]) -> None:
    reasons = []
    first, last = values["valid_from"], values["valid_to"]
    if last < first:
        reasons.append(Reason(_l("The last day is before the first."), "valid_to"))
    elif (last - first).days > LONGEST:
        reasons.append(Reason(_l("At most a year at once: it can be prolonged."), "valid_to"))
    if values["personal"] and not values["personal_reason"]:
        reasons.append(Reason(_l("Say why personal data are opened: it stays in the trail."), "personal_reason"))
    if reasons:
        raise Refused(reasons)


def _fill(guest: AuditGuest, values: Mapping[str, Any]) -> None:
    for name in ("organisation", "scope", "valid_from", "valid_to"):
        setattr(guest, name, values[name])
    guest.personal = bool(values["personal"])
    guest.personal_reason = values["personal_reason"] if guest.personal else None
    guest.version += 1


def _name(session: Session, viewer: Viewer, guest: AuditGuest, samples: Iterable[Any]) -> None:
    """Name samples to a guest, and take back those that are named no longer."""
    wanted = {audits.sample(session, viewer, id_in(id_)).id for id_ in samples}
    there = queries.named(session, guest.id)
    for id_ in wanted - there.keys():
        session.add(AuditGuestSample(guest_id=guest.id, sample_id=id_))
    for id_ in there.keys() - wanted:
        session.delete(there[id_])
    session.flush()


def _let_in(session: Session, guest: AuditGuest) -> None:
    """Give the role of guest for the guest's days, or set the one they have to them."""
    role = queries.role(session, guest.person_id)
    if role is None:
        days = {"valid_from": guest.valid_from, "valid_to": guest.valid_to}
        about = {"role": GUEST, "post_id": queries.headquarters(session), **days}
        accounts.grant(session, None, guest.person_id, about)
    else:
        role.valid_from, role.valid_to = guest.valid_from, guest.valid_to
