"""A small ministry: of every kind one record a place and visibility, each with a file and a tie to a shared contact."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import files, records
from promo.core.db import write
from promo.core.records import Record, RecordMember
from promo.reference.models import Post, Sector
from tests.access.expected import CASES
from tests.cast import ELSEWHERE, HOME, Cast

OWNER = {"home": "colleague", "elsewhere": "other_officer", "member": "other_officer", "own": "officer"}
AT = {"home": HOME, "elsewhere": ELSEWHERE, "member": ELSEWHERE, "own": HOME}
PILLAR = {HOME: "trade", ELSEWHERE: "tourism"}
DAY = date(2026, 3, 12)
ACT = {"starts_on": DAY, "ends_on": DAY, "timezone": "America/Lima", "status": "planned"}


@dataclass
class Ministry:
    """The records by (kind, place, visibility) with title, number and file; for each kind the contact they hang on."""

    ids: dict[tuple[str, str, str], int] = field(default_factory=dict)
    titles: dict[tuple[str, str, str], str] = field(default_factory=dict)
    files: dict[tuple[str, str, str], int] = field(default_factory=dict)
    hubs: dict[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> dict[tuple[str, str], str]:
        """The titles of a kind by place and visibility."""
        return {(p, v): title for (k, p, v), title in self.titles.items() if k == kind}


def organisation(common: dict[str, Any], _session: Session, _owner: int) -> Record:
    from promo.organisations.models import Organisation

    return Organisation(organisation_type="exporter", country="PE", trading_names=[], **common)


def contact(common: dict[str, Any], _session: Session, _owner: int) -> Record:
    from promo.contacts.models import Contact

    return Contact(family_name=common["title"], country="US", languages=[], source="in_person", **common)


def activity(common: dict[str, Any], _session: Session, owner: int) -> Record:
    from promo.activities.models import Activity

    at = datetime(2026, 3, 12, 15, tzinfo=UTC)
    return Activity(
        activity_type="meeting", occurred_at=at, starts_on=DAY, timezone="America/Lima", entered_by_id=owner, **common
    )


def event(common: dict[str, Any], _session: Session, _owner: int) -> Record:
    from promo.events.models import Event

    return Event(act_type="matchmaking", country="US", **ACT | common | {"status": "planned"})


def mission(common: dict[str, Any], _session: Session, _owner: int) -> Record:
    from promo.missions.models import Mission

    return Mission(act_type="outgoing", country="US", **ACT | common | {"status": "planned"})


def outcome(common: dict[str, Any], session: Session, _owner: int) -> Record:
    from promo.events.models import Event
    from promo.outcomes.models import Outcome

    act = session.scalars(select(Event.id).where(Event.visibility == "shared").order_by(Event.id)).first()
    sector = session.scalars(select(Sector.id).order_by(Sector.id)).first()
    return Outcome(
        outcome_type="agreement", grade="declared", main_act_id=act, sector_id=sector, year=2026, starts_on=DAY,
        country="US", **common,
    )  # fmt: skip


MAKERS: dict[str, Callable[[dict[str, Any], Session, int], Record]] = {
    make.__name__: make for make in (organisation, contact, activity, event, mission, outcome)
}


def settle(cast: Cast) -> Ministry:
    """Store all of it and return where it is."""
    made = Ministry()
    with write() as session:
        posts = {p.code: p for p in session.scalars(select(Post).where(Post.code.in_((HOME, ELSEWHERE))))}
        for kind, make in MAKERS.items():
            hub = _store(session, cast, posts, "contact", contact, "home", "shared", f"Tronco{kind}")
            made.hubs[kind] = hub.id
            for place, visibility in CASES:
                title = f"Zarumilla{kind}{place}{visibility}"
                record = _store(session, cast, posts, kind, make, place, visibility, title)
                records.link(session, record, hub, "with", datetime(2026, 3, 12, 15, tzinfo=UTC))
                made.ids[kind, place, visibility] = record.id
                made.titles[kind, place, visibility] = title
    for (kind, place, visibility), id_ in made.ids.items():
        owner = cast.members[OWNER[place]].id
        upload = files.hold(io.BytesIO(b"a line of text\n"), "acta.txt", owner)
        with write() as session:
            file = files.attach(session, upload.token, session.get_one(Record, id_), "", owner)
            assert file is not None
            made.files[kind, place, visibility] = file.id
    return made


def _store(
    session: Session, cast: Cast, posts: dict[str, Post], kind: str, make: Any, place: str, visibility: str, title: str
) -> Record:
    post, owner = posts[AT[place]], cast.members[OWNER[place]].id
    common = {
        "title": title, "post_id": post.id, "owner_id": owner, "visibility": visibility, "pillar": PILLAR[AT[place]],
        "status": "active", "reference": records.next_reference(session, records.kind(kind).prefix, post),
    }  # fmt: skip
    record = make(common, session, owner)
    records.refresh_texts(record)
    session.add(record)
    session.flush()
    if place == "member":
        session.add(RecordMember(record_id=record.id, person_id=cast.officer.id, role="member"))
    return record
