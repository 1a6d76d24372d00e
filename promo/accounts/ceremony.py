"""The talk with a browser about passkeys: a question with a challenge, then an answer, both JSON.

The challenge waits in the browser's own signed cookie for five minutes and is good for one answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, request
from flask import session as browser
from flask_babel import gettext as _

from promo.accounts import passkeys
from promo.accounts.models import Passkey, Person
from promo.core import clock
from promo.core.errors import Text

_WAITING, _SECONDS = "passkey", 300


def refused(message: Text, status: int = 422) -> Response:
    """Answer a script with why not."""
    answer = jsonify(message=str(message))
    answer.status_code = status
    return answer


def sent(name: str) -> str:
    """Return a text that the script sent along; nothing when it is not there."""
    body = request.get_json(silent=True)
    value = body.get(name) if isinstance(body, dict) else None
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _credential() -> str:
    body = request.get_json(silent=True)
    return json.dumps(body.get("credential")) if isinstance(body, dict) else ""


def site() -> passkeys.Site | None:
    """Return the address for which passkeys are made here; None where the browser would refuse (a bare number)."""
    return passkeys.site(request.host_url)


def ask_to_register(person: Person, handle: str, existing: Iterable[Passkey], name: str) -> Response:
    """Ask the browser to make a passkey for somebody who has shown to be the one."""
    here = site()
    if here is None:
        return refused(_no_site())
    options, challenge = passkeys.ask_to_register(here, person, handle, existing)
    _remember(challenge, person.id, name)
    return jsonify(options)


def made(person_id: int) -> tuple[passkeys.Registered, str] | None:
    """Return the passkey that the browser made and its name; None when it is not an answer to our question."""
    here, waiting = site(), _recall()
    if here is None or waiting is None or waiting["person"] != person_id:
        return None
    registered = passkeys.register(here, _credential(), waiting["challenge"])
    return (registered, waiting["name"]) if registered else None


def ask_to_sign(allowed: Iterable[Passkey], person_id: int | None) -> Response:
    """Ask the browser to sign with a passkey: any of ours, or one of these."""
    here = site()
    if here is None:
        return refused(_no_site())
    options, challenge = passkeys.ask_to_sign(here, allowed)
    _remember(challenge, person_id, "")
    return jsonify(options)


def named() -> str | None:
    """Return which passkey the browser's answer names."""
    return passkeys.credential_id(_credential())


def signed(passkey: Passkey, person: Person, *, alone: bool) -> int | None:
    """Return the passkey's new count of uses when the answer is right and meant for this step, else None."""
    here, waiting = site(), _recall()
    if here is None or waiting is None or waiting["person"] != (None if alone else person.id):
        return None
    return passkeys.sign(here, _credential(), waiting["challenge"], passkey, person.passkey_handle, alone=alone)


def _remember(challenge: str, person_id: int | None, name: str) -> None:
    browser[_WAITING] = {"challenge": challenge, "person": person_id, "name": name[:100], "at": clock.now().timestamp()}


def _recall() -> dict[str, Any] | None:
    waiting = browser.pop(_WAITING, None)
    if not waiting or clock.now().timestamp() - waiting["at"] > _SECONDS:
        return None
    return dict(waiting)


def _no_site() -> str:
    return _("Passkeys need a name in the address bar. Open Promo by its name (or localhost) instead of a number.")
