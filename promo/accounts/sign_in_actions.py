"""Every write of signing in: sessions opened, failures counted, codes used, passwords chosen by a link."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.accounts import queries, security
from promo.accounts.actions import end_sessions
from promo.accounts.models import Passkey, Person
from promo.core import audit, clock
from promo.core.mail import queue_mail

MAIL_EVERY = 300  # seconds between two messages to one person, however often the button is pressed


@dataclass(frozen=True)
class Device:
    """What signs in: its own words for itself, from where, and whose it is."""

    label: str
    address: str
    shared: bool


def sign_in(session: Session, person: Person, device: Device, *, strong: bool) -> str:
    """Open a session after everything was right, and forget the failures. Returns the device's token."""
    security.forget_failures(session, security.failure_key(person.email, device.address))
    security.forget_failures(session, security.second_key(person.id))
    with audit.acting(person.id):
        audit.note(session, "sign_in", data={"address": device.address}, table="person", row=person.id)
    return security.open_session(session, person, device.label, device.address, shared=device.shared, strong=strong)


def fail(session: Session, key: str, person: Person | None, address: str) -> None:
    """Count a failure, and tell the trail: of whom, when it is somebody's account; never what was typed."""
    security.count_failure(session, key, clock.now())
    whose = person.id if person else None
    audit.note(session, "sign_in_failed", data={"address": address}, table="person" if person else None, row=whose)


def use_recovery_code(session: Session, person_id: int, digest: str) -> bool:
    """Use a code on paper up; False when it is none or was used."""
    code = queries.unused_code(session, person_id, digest)
    if code is None:
        return False
    code.used_at = clock.now()
    return True


def use_passkey(session: Session, passkey_id: int, count: int) -> None:
    """Note that a passkey was used."""
    passkey = session.get_one(Passkey, passkey_id)
    passkey.sign_count, passkey.used_at = count, clock.now()


def send_password_link(session: Session, person: Person, link: str, *, invited: bool = False) -> None:
    """Write a message with the link to choose a password, in the person's language; at most one in five minutes."""
    with force_locale(person.locale):
        if invited:
            subject, words = _("Your account in Promo"), _invited()
        else:
            subject, words = _("A new password for Promo"), _forgotten()
        text = "\n\n".join([_("Good day, %(name)s:", name=person.name), words[0], link, words[1]])
    moment = int(clock.now().timestamp()) // MAIL_EVERY
    key = f"password-{person.id}-{int(invited)}-{moment}"
    queue_mail(session, person.email, subject, text, person_id=person.id, key=key)


def _invited() -> tuple[str, str]:
    return (
        _("You have an account in Promo, the ministry's system for economic promotion. Choose your password here:"),
        _("The link works once, within seven days. After that, ask for a new one on the sign-in page."),
    )


def _forgotten() -> tuple[str, str]:
    return (
        _("Somebody, we hope you, asked for a new password. Choose it here:"),
        _("The link works once, within two hours. If it was not you, do nothing: your password stays as it is."),
    )


def choose_password(session: Session, person: Person, new_hash: str) -> None:
    """Set the password chosen by a link and end every session. The link is worth nothing from then on."""
    person.password_hash = new_hash
    end_sessions(session, person.id)
