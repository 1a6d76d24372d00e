"""What an urgency leaves behind: by when it must be there, and what no urgency goes past."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import object_session

from promo.procedures.case import Case
from promo.procedures.checklist import Item
from promo.procedures.deadlines import as_day
from promo.reference.queries import setting

DAYS = "regularise_days"  # working days after the event's last day


def regularise_by(case: Case, declared_at: datetime) -> date:
    """Return the day by which everything must be there: some working days after the last day of what it is about.

    Where it has no date, or is over when the urgency is declared, the days count from the declaration.
    """
    session = object_session(case.record)
    assert session is not None
    zone = case.post.timezone
    last = as_day(case.facts.get("ends_on") or case.facts.get("starts_on"), zone)
    declared = as_day(declared_at, zone)
    begin = max(day for day in (last, declared) if day is not None)
    return case.calendars["post"].add_working_days(begin, setting(session, DAYS))


def barred(case: Case) -> list[Item]:
    """Return what is missing and protects money or personal data: no urgency goes past it."""
    return [item for item in case.missing if protects(case, item)]


def protects(case: Case, item: Item) -> str | None:
    """Return what an item protects in this case (money, personal data), or None."""
    stage = case.definition.stage(item.stage)
    found = next((r for r in stage.requires if r.key == item.requirement), None) if stage else None
    return found.protects if found is not None and found.protected(case.facts) else None
