"""Telling somebody something: in Promo, and by mail as they chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import update
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.config import settings
from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.errors import Reason, Refused, Text
from promo.core.mail import queue_mail
from promo.notices import queries
from promo.notices.models import AT_ONCE, DIGEST, HOWS, OFF, Notice, NoticeChoice

MORNING = time(7)  # where the person is


@dataclass(frozen=True)
class Kind:
    """One kind of notice: what it is called, how it is heard of unless somebody chose, whether it can be left out."""

    name: str
    label: Text
    how: str = AT_ONCE
    mutable: bool = True


@dataclass(frozen=True)
class Said:
    """What somebody is told, in their language: subject, text, and why it is told to them."""

    subject: str
    text: str
    why: str


_kinds: dict[str, Kind] = {}


def declare(name: str, label: Text, *, how: str = AT_ONCE, mutable: bool = True) -> Kind:
    """Add a kind of notice. ``mutable=False``: it can wait for the morning, but not be left out."""
    _kinds[name] = Kind(name, label, how, mutable)
    return _kinds[name]


def kinds() -> list[Kind]:
    """Return every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def how_of(kind: Kind, chosen: Mapping[str, str]) -> str:
    """Return how somebody hears of a kind."""
    how = chosen.get(kind.name, kind.how)
    return AT_ONCE if how == OFF and not kind.mutable else how


def tell(
    session: Session,
    person_id: int | None,
    kind: Kind,
    say: Callable[[], Said],
    *,
    address: str = "",
    record_id: int | None = None,
    key: str | None = None,
) -> Notice | None:
    """Tell somebody who works here, in their language, in the caller's transaction; returns the notice.

    ``address`` is a path of this site. The same ``key`` twice tells it once. Nobody, somebody who left, and whoever
    wants no notices of the kind get none (None).
    """
    person = session.get(Person, person_id) if person_id is not None else None
    if person is None or not person.active:
        return None
    if key is not None and (known := queries.by_key(session, key)) is not None:
        return known
    how = how_of(kind, queries.choices(session, person.id))
    if how == OFF:
        return None
    with force_locale(person.locale):
        said = say()
        subject, text, why = str(said.subject)[:300], str(said.text), str(said.why)[:300]
        mailed = _mail_text(text, why, address)
    made = Notice(
        person_id=person.id, kind=kind.name, record_id=record_id, subject=subject, text=text, why=why,
        address=address, how=how, key=key, created_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    if how == AT_ONCE:
        queue_mail(session, person.email, subject, mailed, person_id=person.id, key=f"notice-{made.id}")
        made.mailed_at = clock.now()
    return made


def _whole(address: str) -> str:
    return f"{settings().base_url.rstrip('/')}{address}"


def _mail_text(text: str, why: str, address: str) -> str:
    parts = [text, _whole(address) if address else "", why]
    parts.append(_("How you hear of such things: %(address)s", address=_whole("/notices/choose")))
    return "\n\n".join(part for part in parts if part)


def send_mornings(session: Session, person: Person, notices: list[Notice]) -> bool:
    """Send somebody one mail of what waits for their morning, when it has come; returns whether it had."""
    zone = ZoneInfo(person.timezone or "America/Lima")
    now = clock.now().astimezone(zone)
    due = datetime.combine(now.date(), MORNING, zone)
    if now < due or not any(n.created_at < due for n in notices):
        return False
    with force_locale(person.locale):
        subject = _("Promo: %(count)s notices", count=len(notices)) if len(notices) > 1 else notices[0].subject
        lines = [f"• {n.subject}\n  {n.text}" + (f"\n  {_whole(n.address)}" if n.address else "") for n in notices]
        footer = _("How you hear of such things: %(address)s", address=_whole("/notices/choose"))
    text = "\n\n".join([*lines, footer])
    queue_mail(session, person.email, subject, text, person_id=person.id, key=f"notices-{notices[-1].id}")
    for one in notices:
        one.mailed_at = clock.now()
    return True


def see(session: Session, viewer: Viewer, id_: int) -> None:
    """Mark a notice as opened."""
    one = queries.notice(session, viewer, id_)
    one.seen_at = one.seen_at or clock.now()


def see_all(session: Session, viewer: Viewer) -> None:
    """Mark all of one's notices as opened."""
    require(viewer, "notices.see_all")
    mine = update(Notice).where(Notice.person_id == viewer.person_id, Notice.seen_at.is_(None))
    session.execute(mine.values(seen_at=clock.now()))


def choose(session: Session, viewer: Viewer, chosen: Mapping[str, str]) -> None:
    """Keep how the viewer wants to hear of each kind. Raises :class:`Refused` for a way that the kind does not have."""
    require(viewer, "notices.choose")
    reasons = [
        Reason(_l("Choose how you want to hear of it."), kind.name)
        for kind in kinds()
        if kind.name in chosen and chosen[kind.name] not in dict(ways(kind))
    ]
    if reasons:
        raise Refused(reasons)
    for kind in kinds():
        if kind.name in chosen:
            session.merge(NoticeChoice(person_id=viewer.person_id, kind=kind.name, how=chosen[kind.name]))


def ways(kind: Kind) -> tuple[tuple[str, Text], ...]:
    """Return in which ways one can hear of a kind."""
    return HOWS if kind.mutable else tuple(pair for pair in HOWS if pair[0] in (AT_ONCE, DIGEST))
