"""What a record's page shows of its approvals: their stories, whom to ask, how long it waited."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from promo.core import clock
from promo.core.access import Viewer
from promo.procedures import approvals, words
from promo.procedures.case import Case, given_of
from promo.procedures.checklist import Item
from promo.procedures.checklist import standing as standing_of
from promo.procedures.models import Approval
from promo.procedures.panel_parts import Line
from promo.procedures.telling import story_of
from promo.procedures.times import by_stage, stays


def _last_requests(case: Case) -> dict[tuple[str, str, str], Approval]:
    """Return the request that counts for each step: the last one."""
    return {(a.stage, a.requirement, a.function): a for a in case.steps}


def _step_of(case: Case, item: Item) -> tuple[str, str, str]:
    return (item.where.get("stage", case.run.stage), item.requirement, item.function or "")


def with_stories(case: Case, items: list[Item], lines: list[Line]) -> list[Line]:
    """Lead from an approval that was asked for to its story, where there is nothing to mend."""
    last = _last_requests(case)
    found = []
    for item, line in zip(items, lines, strict=True):
        request = last.get(_step_of(case, item)) if item.type == "approval" else None
        if request is not None and line.url is None and item.reason.code != "not_asked":
            line = replace(line, url=story_of(request), link=_("see it"))
        found.append(line)
    return found


def given_before(case: Case, items: list[Item]) -> list[Line]:
    """Return the approvals of stages gone through that the checklist does not show, each leading to its story."""
    shown = {_step_of(case, item) for item in items if item.type == "approval"}
    found = []
    for step, request in _last_requests(case).items():
        if step in shown or request.state == "recalled":
            continue
        state, reason = standing_of(given_of(request, case.names))
        label = (
            f"{words.function_label(request.function, case.functions)} ({words.stage_title(case.definition, step[0])})"
        )
        found.append(
            Line(f"given-{request.id}", label, state, words.reason_text(reason), story_of(request), _("see it"))
        )
    return found


def spent(case: Case) -> tuple[int, int]:
    """Return how many working days the run has stood in its present stage, and on how many of them it waited."""
    until = case.run.finished_at or clock.now()
    start = case.moves[0].from_stage if case.moves else case.run.stage
    found = stays(
        start, case.run.started_at, case.moves, case.approvals, until, case.calendars["post"], case.post.timezone
    )
    waited, worked = by_stage(found).get(case.run.stage, (0, 0))
    return waited + worked, waited


def next_to_ask(case: Case) -> str | None:
    """Return the name of the function that would be asked now, or None when other things come first."""
    found = approvals.next_to_ask(case)
    return words.function_label(found[2].function, case.functions) if found else None


def to_recall(case: Case, viewer: Viewer) -> int | None:
    """Return the last request of the viewer's own that nobody has decided, or None."""
    found = [a.id for a in case.steps if a.state in ("waiting", "nobody") and a.asked_by_id == viewer.person_id]
    return found[-1] if found else None
