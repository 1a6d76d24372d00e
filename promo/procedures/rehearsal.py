"""A rehearsal (*simulación*): what a draft would have refused, what it would change for open work, whom it would ask.

Facts, answers and files are taken as they are now: those of the day of a move are not kept, only what its checklist
said. So what is missing today under the present version too is not counted against the draft.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from promo.core.records import Record
from promo.procedures.bulk import Whole, under, wholes
from promo.procedures.case import Case, definition_of
from promo.procedures.conditions import holds
from promo.procedures.definitions import Definition, content_hash
from promo.procedures.matching import closest, effective
from promo.procedures.models import Procedure, ProcedureVersion, Run, Transition
from promo.procedures.vacancies import holes

CHUNK = 400  # runs that are read at once
SAMPLE = 10  # records that a line names
SHOWN = 200  # lines of a list, holes of posts
LIMA = ZoneInfo("America/Lima")
Progress = Callable[[int, int], None]


@dataclass
class Tally:
    """How often an item would be missing: moves, records, by post, and a few of the records."""

    count: int = 0
    records: int = 0
    posts: Counter[int] = field(default_factory=Counter)
    sample: list[int] = field(default_factory=list)
    last: int = 0

    def add(self, record: Record) -> None:
        """Count a move of a record; the records come one after the other."""
        self.count += 1
        if self.last == record.id:
            return
        self.last = record.id
        self.records += 1
        self.posts[record.post_id] += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(record.id)

    def plain(self, stage: str, item: str = "") -> dict[str, Any]:
        """Return it as JSON has it."""
        posts = [[post, count] for post, count in self.posts.most_common()]
        return {"stage": stage, "item": item, "count": self.count, "records": self.records, "posts": posts,
                "sample": self.sample}  # fmt: skip


Tallies = dict[tuple[str, str], Tally]


def _add(tallies: Tallies, key: tuple[str, str], record: Record) -> None:
    tallies.setdefault(key, Tally()).add(record)


def _lines(tallies: Tallies) -> list[dict[str, Any]]:
    ordered = sorted(tallies.items(), key=lambda pair: (-pair[1].records, pair[0]))
    return [tally.plain(*key) for key, tally in ordered[:SHOWN]]


class Rehearsal:
    """What is counted of a draft while the runs go by."""

    def __init__(self, session: Session, draft: Definition, since: date) -> None:
        in_force = effective(session)
        self.draft = draft
        self.since = datetime.combine(since, time(), LIMA).astimezone(UTC)
        self.others = [definition_of(v) for v in in_force if v.code != draft.code]
        self.present = next((definition_of(v) for v in in_force if v.code == draft.code), None)
        self.scopes: dict[tuple[str, Any, Any], bool] = {}
        self.refused: Tallies = {}
        self.gone: Tallies = {}
        self.open: Tallies = {}
        self.open_gone: Tallies = {}
        self.asked: dict[str, Counter[str]] = {"before": Counter(), "after": Counter()}
        self.figures = Counter(dict.fromkeys(("runs", "moves", "already", "started", "open", "open_changed"), 0))

    def see(self, whole: Whole) -> None:
        """Count one run."""
        case = whole.case
        self.figures["runs"] += 1
        if self._covers(case):
            for number in range(len(whole.steps)):
                self._see_step(whole, number)
            if case.run.started_at >= self.since:
                self._see_start(case)
        if case.run.finished_at is None and case.run.version.code == self.draft.code:
            self._see_open(case)

    def _covers(self, case: Case) -> bool:
        """Whether a record would stand under the draft, were it begun now."""
        key = (case.record.kind, case.facts.get("act_type") or case.facts.get("type"), case.record.pillar)
        if key not in self.scopes:
            self.scopes[key] = closest([*self.others, self.draft], *key) is self.draft
        return self.scopes[key]

    def _see_step(self, whole: Whole, number: int) -> None:
        step, record = whole.steps[number], whole.case.record
        target = whole.case.definition.stage(step.to_stage)
        if step.at < self.since or step.version or (target is not None and target.cancelled):
            return
        self.figures["moves"] += 1
        if self.draft.stage(step.from_stage) is None:
            _add(self.gone, (step.from_stage, ""), record)
            return
        then = whole.before(number)
        lacking = [item.key for item in under(then, self.draft).missing]
        known = {item.key for item in then.missing} if lacking else set()
        self.figures["already"] += bool(known)
        for key in lacking:
            if key not in known:
                _add(self.refused, (step.from_stage, key), record)

    def _see_start(self, case: Case) -> None:
        self.figures["started"] += 1
        for name, definition in (("before", case.definition), ("after", self.draft)):
            self.asked[name].update(_functions(case, definition))

    def _see_open(self, case: Case) -> None:
        self.figures["open"] += 1
        stage, record = case.run.stage, case.record
        if self.draft.stage(stage) is None:
            _add(self.open_gone, (stage, ""), record)
            self.figures["open_changed"] += 1
            return
        known = {item.key for item in case.missing}
        lacking = [item.key for item in under(case, self.draft).missing if item.key not in known]
        self.figures["open_changed"] += bool(lacking)
        for key in lacking:
            _add(self.open, (stage, key), record)

    def plain(self, session: Session, since: date, today: date) -> dict[str, Any]:
        """Return everything that was found, as JSON has it."""
        vacant = {(post.code, f) for post, f in holes(session, self.present, today)} if self.present else set()
        found = holes(session, self.draft, today)
        return {
            "since": since.isoformat(),
            "until": today.isoformat(),
            "weeks": round(max(1, (today - since).days) / 7, 2),
            **self.figures,
            "refused": _lines(self.refused),
            "gone": _lines(self.gone),
            "open_items": _lines(self.open),
            "open_gone": _lines(self.open_gone),
            "holes": [[p.code, p.name_es, p.name_en, f, (p.code, f) not in vacant] for p, f in found[:SHOWN]],
            "holes_count": len(found),
            "approvals": [
                [f, self.asked["before"][f], self.asked["after"][f]]
                for f in sorted({*self.asked["before"], *self.asked["after"]})
            ],
        }


def _functions(case: Case, definition: Definition) -> Iterator[str]:
    """Yield the function of each approval that a definition asks for on a record as it is, were it not cancelled."""
    for stage in definition.stages:
        for requirement in () if stage.cancelled else stage.approvals():
            if holds(requirement.when, case.facts, case.values):
                yield from (s.function for s in requirement.steps if holds(s.when, case.facts, case.values))


def rehearse(
    session: Session, draft: Definition, since: date, today: date, progress: Progress = lambda done, total: None
) -> dict[str, Any]:
    """Return what a draft would have done since a day, as JSON has it. Reads a few hundred runs at a time.

    ``progress(done, total)`` is called after each chunk; it may raise, to stop.
    """
    counted = Rehearsal(session, draft, since)
    ids = run_ids(session, draft, counted.since)
    progress(0, len(ids))
    for start in range(0, len(ids), CHUNK):
        with Session(
            session.get_bind(), autoflush=False
        ) as own:  # what is counted is forgotten: memory stays as it was
            for whole in wholes(own, ids[start : start + CHUNK]):
                counted.see(whole)
        progress(min(start + CHUNK, len(ids)), len(ids))
    return counted.plain(session, since, today)


def run_ids(session: Session, draft: Definition, since: datetime) -> Sequence[int]:
    """Return the runs that a rehearsal reads: of the draft's kinds, moved or begun since a moment, or still open."""
    moved = select(Transition.id).where(Transition.run_id == Run.id, Transition.at >= since)
    own = select(ProcedureVersion.id).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    found = (
        select(Run.id)
        .join(Record, Record.id == Run.record_id)
        .where(Record.kind.in_(draft.kinds), Record.archived_at.is_(None))
        .where(or_(moved.exists(), Run.started_at >= since, Run.finished_at.is_(None)))
    )
    if draft.pillars:
        of_procedure = Run.version_id.in_(own.where(Procedure.code == draft.code))
        found = found.where(or_(Record.pillar.in_(draft.pillars), of_procedure))
    return list(session.scalars(found.order_by(Run.id)))


def rules_digest(data: Mapping[str, Any]) -> str:
    """Return the digest of a definition's rules: saying what changes is no other text."""
    return content_hash({key: value for key, value in data.items() if key != "changes"})


def told(definition: Definition, found: Mapping[str, Any]) -> str:
    """Return what was found as lines of text, for the command."""

    def counted(title: str, lines: list[Mapping[str, Any]]) -> list[str]:
        return [title, *(f"  {one['stage']} {one['item']}: {one['records']}" for one in lines)] if lines else []

    weeks = float(found["weeks"])
    figures = f"{found['moves']} steps, {found['started']} begun, {found['open']} open"
    lines = [
        f"{definition.code}, {found['since']} to {found['until']}: {figures}",
        *counted("Would have been refused (records):", found["refused"]),
        *counted("From a stage that is gone (records):", found["gone"]),
        *counted("Would become missing in open work (records):", found["open_items"]),
        *counted("Open in a stage that is gone (records):", found["open_gone"]),
        "Approvals a week:",
        *(f"  {f}: {before / weeks:.1f} → {after / weeks:.1f}" for f, before, after in found["approvals"]),
        f"Posts with nobody for a step: {found['holes_count']}",
        *(f"  {code}: {function}" for code, _es, _en, function, _new in found["holes"]),
    ]
    return "\n".join(lines)
