"""Writes of auditors: drawing a sample, adding to it, noting what was looked at; of quality: the outside registers."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.audits import queries
from promo.audits.models import AuditGuest, AuditPick, AuditRegister, AuditSample
from promo.audits.queries import population
from promo.audits.queries.packing import Wanted, compose
from promo.audits.queries.population import LARGEST, MOST, Filters
from promo.core import audit, clock, sampling
from promo.core.access import Viewer, require
from promo.core.audit import Checkpoint, NotSealed
from promo.core.errors import Difference, NotFound, Reason, Refused, Stale
from promo.core.exporting import Progress
from promo.core.fields import fields_of
from promo.core.sampling import Member, TooFew


@dataclass(frozen=True)
class Fixed:
    """A population as it stood at a seal, and what was drawn of it."""

    filters: Filters
    strata: str | None
    head: Checkpoint
    members: list[Member]
    drawn: list[Member]


def fix(session: Session, viewer: Viewer | None, filters: Filters, strata: str | None, n: int, seed: str) -> Fixed:
    """Seal what is unsealed, list what there is by then, and draw; nothing is stored yet. Outside ``write()``.

    ``viewer`` is None on the command line. Raises :class:`Refused` when nothing, too much or too little is asked.
    """
    if viewer is not None:
        require(viewer, "audits.new")
    try:
        head = audit.checkpoint(session)
    except NotSealed as error:
        raise Refused(_l("The trail can't be sealed (%(why)s): tell the administrator.", why=str(error))) from None
    if population.size(session, viewer, filters) > MOST:
        raise Refused(_l("More than %(most)s case files: narrow it by dates, post or procedure.", most=f"{MOST:,}"))
    members = population.members(session, viewer, filters, strata, datetime.fromisoformat(head.at))
    if not members:
        raise Refused(_l("No case file is as these filters say."))
    try:
        return Fixed(filters, strata, head, members, sampling.draw(members, n, seed))
    except TooFew as few:
        raise Refused(
            Reason(_l("There are %(count)s groups: draw at least one of each.", count=few.strata), "size")
        ) from None


def draw(
    session: Session, viewer: Viewer | None, fixed: Fixed, values: Mapping[str, Any], key: str | None
) -> AuditSample:
    """Keep a sample with the list of which it was drawn; the same form pressed twice keeps one."""
    if viewer is not None:
        require(viewer, "audits.new")
    if (same := queries.by_key(session, key)) is not None:
        return same
    text = sampling.listed(fixed.members)
    sizes, drawn = Counter(m.stratum for m in fixed.members), Counter(m.stratum for m in fixed.drawn)
    made = AuditSample(
        title=values["title"], size=values["size"], seed=values["seed"], strata=fixed.strata,
        filters=fixed.filters.as_dict(),
        population=zlib.compress(text.encode(), 6), population_size=len(fixed.members),
        population_digest=sampling.digest(text), shares=[[name, sizes[name], drawn[name]] for name in sorted(sizes)],
        checkpoint=fixed.head.number, fixed_at=datetime.fromisoformat(fixed.head.at),
        drawn_by_id=viewer.person_id if viewer else None, drawn_at=clock.now(), idempotency_key=key,
    )  # fmt: skip
    session.add(made)
    session.flush()
    for position, member in enumerate(fixed.drawn, 1):
        session.add(
            AuditPick(
                sample_id=made.id, record_id=member.id, reference=member.reference, stratum=member.stratum,
                position=position,
            )
        )  # fmt: skip
    session.flush()
    return made


def add(session: Session, viewer: Viewer, sample_id: int, reference: str, reason: str) -> AuditPick:
    """Add a case file by judgement, with the reason; it is marked so and changes nothing of what was drawn."""
    require(viewer, "audits.add")
    drawn = queries.sample(session, viewer, sample_id)
    record = queries.by_reference(session, viewer, reference)
    there = queries.picks(session, viewer, drawn.id)
    if record is None:
        raise Refused(Reason(_l("No case file has this reference."), "reference"))
    if any(p.pick.record_id == record.id for p in there):
        raise Refused(Reason(_l("It is in the sample already."), "reference"))
    if len(there) >= LARGEST:
        raise Refused(_l("The sample is full."))
    made = AuditPick(
        sample_id=drawn.id, record_id=record.id, reference=record.reference, position=len(there) + 1, reason=reason,
        added_by_id=viewer.person_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def look(
    session: Session, viewer: Viewer, sample_id: int, pick_id: int, *, looked: bool, note: str | None
) -> AuditPick:
    """Note that a case file was looked at (or not yet), and what is to be said of it."""
    require(viewer, "audits.look")
    pick = queries.pick(session, viewer, sample_id, pick_id)
    if looked and pick.looked_at is None:
        pick.looked_at, pick.looked_by_id = clock.now(), viewer.person_id
    elif not looked:
        pick.looked_at = pick.looked_by_id = None
    pick.note = note
    return pick


def pack(session: Session, wanted: Wanted, path: Path, progress: Progress) -> dict[str, Any]:
    """Seal the trail, so that all of it can be proven, and write a pack; return what the trail keeps of it.

    Outside ``write()``. Raises :class:`Refused` for a pack of nothing.
    """
    if not wanted.ids:
        raise Refused(_l("There is nothing of which a pack could be made."))
    return compose(session, wanted, audit.checkpoint(session), path, progress)


def register(
    session: Session, viewer: Viewer, clause: str, id_: int | None, values: Mapping[str, Any], seen: int | None
) -> AuditRegister:
    """Say where what a clause asks is kept outside Promo, and who keeps it."""
    require(viewer, "audits.register")
    one = queries.register(session, clause, id_)
    if one is None:
        one = AuditRegister(clause=clause, version=0)
        session.add(one)
    else:
        check_seen(one, values, seen)
    for name in ("name", "owner", "place", "reviewed_on"):
        setattr(one, name, values[name])
    one.version += 1
    session.flush()
    return one


def check_seen(row: AuditRegister | AuditGuest, values: Mapping[str, Any], seen: int | None) -> None:
    """Raise :class:`Stale` with both texts when somebody saved the row since version ``seen`` was shown."""
    if seen is None or seen == row.version:
        return
    described = {f.name: f.label for f in fields_of(type(row))}
    pairs = ((name, mine, getattr(row, name)) for name, mine in values.items() if name in described)
    raise Stale(row.id, row.version, [Difference(n, described[n], m, t) for n, m, t in pairs if m != t])


def remove(session: Session, viewer: Viewer, clause: str, id_: int) -> None:
    """Take a register off the list of a clause; the trail keeps that it stood there."""
    require(viewer, "audits.register")
    one = queries.register(session, clause, id_)
    if one is None:
        raise NotFound("register")
    session.delete(one)
