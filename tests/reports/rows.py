"""Invented work of three posts around the turn of two years, by which every outlet of a report is checked."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from promo.activities.models import Activity
from promo.core.access import Viewer, sees
from promo.core.db import session, write
from promo.core.records import Record, RecordMember
from promo.events.models import Event
from promo.missions.models import Mission
from promo.outcomes.models import Outcome
from tests.cast import Cast
from tests.factories import serial

SINCE, UNTIL = date(2023, 12, 25), date(2025, 3, 5)  # two turns of a year, and a leap day
PILLARS = ("trade", "trade", "investment", "tourism", "gastronomy", None)
COUNTRIES = ("US", "US", "JP", "PE", None)
VISIBILITIES = ("shared", "post", "post", "post", "team")
EDGES = (date(2024, 1, 1), date(2023, 12, 31), date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1))


def make(cast: Cast, *, seed: int = 1, activities: int = 140, acts: int = 40, outcomes: int = 60) -> list[Record]:
    """Store the work: some of it archived, some acts cancelled, some outcomes without an amount."""
    rng = random.Random(seed)
    owners = [cast.officer, cast.colleague, cast.other_officer, cast.promoter, cast.hq_manager]
    made: list[Record] = [_activity(rng, owners) for _ in range(activities)]
    made += [_act(rng, owners, model) for model in (Event, Mission) for _ in range(acts)]
    with write() as current:
        current.add_all(made)
        current.flush()
        main = next(one for one in made if isinstance(one, Event))
        results: list[Record] = [_outcome(rng, owners, main) for _ in range(outcomes)]
        current.add_all(results)
        current.flush()
        made += results
        for one in made:
            if one.visibility == "team" and rng.random() < 0.5:
                current.add(RecordMember(record_id=one.id, person_id=rng.choice(owners).id))
    return made


def _spine(rng: random.Random, owners: list[Any], prefix: str) -> dict[str, Any]:
    owner, number = rng.choice(owners), serial()
    day = rng.choice(EDGES) if rng.random() < 0.15 else SINCE + timedelta(days=rng.randrange((UNTIL - SINCE).days))
    return {
        "reference": f"{prefix}-T-{number}", "title": f"Fila {number}", "sort_key": f"fila {number}",
        "search": f"fila {number}", "owner_id": owner.id, "starts_on": day,
        "post_id": owner.post_id if rng.random() < 0.9 else rng.choice(owners).post_id,
        "pillar": rng.choice(PILLARS), "country": rng.choice(COUNTRIES), "visibility": rng.choice(VISIBILITIES),
        "archived_at": datetime(2025, 4, 1, tzinfo=UTC) if rng.random() < 1 / 12 else None,
    }  # fmt: skip


def _activity(rng: random.Random, owners: list[Any]) -> Activity:
    spine = _spine(rng, owners, "AC")
    at = datetime.combine(spine["starts_on"], datetime.min.time(), UTC)
    kind = rng.choice(("meeting", "call", "visit"))
    return Activity(
        **spine, activity_type=kind, occurred_at=at, timezone="America/Lima", entered_by_id=spine["owner_id"]
    )


def _act(rng: random.Random, owners: list[Any], model: Any) -> Any:
    spine = _spine(rng, owners, model.PREFIX)
    status = "cancelled" if rng.random() < 0.2 else "planned"
    return model(
        **spine, status=status, act_type=model.TYPES[0][0], ends_on=spine["starts_on"], timezone="America/Lima"
    )


def _outcome(rng: random.Random, owners: list[Any], main: Record) -> Outcome:
    spine = _spine(rng, owners, "RE")
    usd = None if rng.random() < 0.1 else Decimal(rng.randrange(1, 10**9)) / 100
    grade = rng.choice(("expected", "declared", "declared", "confirmed"))
    return Outcome(
        **spine, outcome_type="export_sale", grade=grade, main_act_id=main.id, year=spine["starts_on"].year,
        amount=usd, currency="USD", usd=usd,
    )  # fmt: skip


def expected(
    rows: list[Record], key: str, viewer: Viewer, since: date, until: date, **sides: Any
) -> tuple[int, Decimal]:
    """Count and sum by hand what a measure comes to; ``posts``, ``pillar``, ``country`` narrow it."""
    wanted = {
        "activities": lambda r: r.kind == "activity",
        "events": lambda r: r.kind == "event" and r.status != "cancelled",
        "missions": lambda r: r.kind == "mission" and r.status != "cancelled",
        "expected": lambda r: r.kind == "outcome" and r.grade == "expected",
        "declared": lambda r: r.kind == "outcome" and r.grade == "declared",
    }[key]
    found = [r for r in rows if wanted(r) and r.archived_at is None and since <= (r.starts_on or since) <= until]
    if not viewer.headquarters:
        found = [r for r in found if r.post_id in viewer.posts]
    for name, value in sides.items():
        found = [r for r in found if getattr(r, name) == value]
    found = [r for r in found if sees(viewer, session().merge(r, load=False))]
    return len(found), sum((getattr(r, "usd", None) or Decimal(0) for r in found), Decimal(0))
