"""The approvals page: its lists, what a line says, several at once, what was approved too quickly. Through HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import write
from promo.procedures import inbox, marks, reading
from promo.procedures.marks import Mark
from promo.procedures.models import Approval, ApprovalSeen
from tests.procedures.approving import allow_together, approve, ask, begin, document, last, planned, requests, stage_of
from tests.procedures.conftest import Trial


def waiting(trial: Trial, cast, count: int) -> list[Approval]:
    """Let so many requests wait for the head of post, the oldest first."""
    found = []
    for number in range(count):
        with clock.at(clock.now() - timedelta(minutes=count - number)):
            found.append(ask(begin(trial, title=f"Foro {number:03}", budget_usd=900 + number), cast.officer))
    return found


def test_the_list_goes_on_without_gaps_and_without_more_statements(trial: Trial, session, cast, sign_in) -> None:
    asked = waiting(trial, cast, inbox.PAGE + 5)
    head = sign_in(cast.head)
    head.get("/procedures/approvals")  # what seldom changes is kept from here on
    page = head.get("/procedures/approvals").text
    statements = len(head.last.statements)
    assert "Foro 000" in page
    assert "Foro 034" not in page
    first, after = inbox.lines(session, cast.head.viewer, inbox.MINE)
    rest, end = inbox.lines(session, cast.head.viewer, inbox.MINE, after or "")
    assert [line.id for line in [*first, *rest]] == [a.id for a in asked]
    assert end is None
    assert "Foro 034" in head.get(f"/procedures/approvals?after={after}").text
    approve(asked[1], cast.head)
    head.get("/procedures/approvals")
    assert abs(len(head.last.statements) - statements) <= 1
    for damaged in ("x", "1-2-3", "9" * 30 + "-1", "-5--5"):
        assert head.get(f"/procedures/approvals?after={damaged}").status_code == 200
    assert head.get("/procedures/approvals?list=all").status_code == 404


def test_the_next_one_comes_by_itself(trial: Trial, cast, sign_in) -> None:
    asked = waiting(trial, cast, 3)
    head = sign_in(cast.head)
    page = head.get(f"/procedures/approvals?id={asked[1].id}").text
    assert f'name="next" value="{asked[2].id}"' in page
    answer = head.post(f"/procedures/approvals/{asked[1].id}/approve", data={"next": asked[2].id})
    assert answer.location == f"/procedures/approvals?id={asked[2].id}"
    shown = head.get(answer.location).text
    assert f"/procedures/approvals/{asked[1].id}/take_back" in shown  # ten seconds to undo
    assert f'name="next" value="{asked[0].id}"' in shown


def test_a_line_says_what_is_new_changed_asked_again_or_late(trial: Trial, session, cast, sign_in) -> None:
    first, second = waiting(trial, cast, 2)
    head = sign_in(cast.head)
    head.get("/procedures/approvals")
    lines = {line.id: line for line in inbox.lines(session, cast.head.viewer, inbox.MINE)[0]}
    assert not lines[first.id].unseen
    assert lines[second.id].unseen
    trial.change(first.record_id, budget_usd=7000)
    head.post(f"/procedures/approvals/{second.id}/return", data={"reason": "Falta el lugar"})
    again = ask(second.run, cast.officer)
    reader = sign_in(cast.head).get(f"/procedures/approvals?id={again.id}").text
    assert "cambió" in reader or "changed" in reader
    session.rollback()
    said = {line.record_id: {m.tone for m in line.marks} for line in inbox.lines(session, cast.head.viewer, "mine")[0]}
    assert said == {first.record_id: {"warn"}, second.record_id: {"plain"}}


@pytest.fixture
def urgent() -> Iterator[None]:
    """A feature that knows of urgencies."""
    of = marks.register(lambda session, ids: {id_: [Mark("URGENTE", "late")] for id_ in ids})
    yield
    marks._sources.remove(of)


@pytest.mark.usefixtures("urgent")
def test_what_features_know_of_a_record_stands_at_its_line(trial: Trial, cast, sign_in) -> None:
    waiting(trial, cast, 2)
    assert sign_in(cast.head).get("/procedures/approvals").text.count("URGENTE") == 3  # two lines, one request


def test_sent_shows_who_it_waits_for_and_recalls(trial: Trial, cast, sign_in) -> None:
    (asked,) = waiting(trial, cast, 1)
    officer = sign_in(cast.officer)
    page = officer.get("/procedures/approvals?list=sent").text
    assert cast.head.name in page
    answer = officer.post(f"/procedures/approvals/{asked.id}/recall", data={"list": "sent"})
    assert answer.location == "/procedures/approvals?list=sent"
    assert "Foro 000" not in officer.get("/procedures/approvals?list=sent").text


def test_decided_keeps_thirty_days(trial: Trial, session: Session, cast, sign_in) -> None:
    kept, old = waiting(trial, cast, 2)
    approve(kept, cast.head)
    approve(old, cast.head)
    with write() as writing:
        writing.get_one(Approval, old.id).decided_at = clock.now() - timedelta(days=31)
    page = sign_in(cast.head).get("/procedures/approvals?list=decided").text
    assert "Foro 000" in page
    assert "Foro 001" not in page


def test_approve_together_where_the_procedure_allows_it(trial: Trial, session: Session, cast, sign_in) -> None:
    first, changed, third = waiting(trial, cast, 3)
    head = sign_in(cast.head)
    assert 'name="pick"' not in head.get("/procedures/approvals").text
    path = "/procedures/approvals/approve_together"
    picks = [f"{a.id}:{a.digest}" for a in (first, changed, third)]
    refused = head.post(path, data={"pick": picks})
    assert refused.status_code == 422
    assert [a[2] for a in requests(first.run)] == ["waiting"]
    allow_together(trial)
    assert head.get("/procedures/approvals").text.count('name="pick"') == 3
    trial.change(changed.record_id, budget_usd=7000)
    answer = head.post(path, data={"pick": [*picks, "999999:x", "hola", f"{third.id}"]})
    assert answer.status_code == 200
    assert "Foro 001" in answer.text
    assert [requests(a.run)[0][2] for a in (first, changed, third)] == ["approved", "waiting", "approved"]
    assert [last(a.run, "approved").together for a in (first, third)] == [True, True]
    assert head.post(path, data={"pick": f"{changed.id}:{last(changed.run).digest}"}).status_code == 303
    assert head.post(path).status_code == 303  # none ticked


def test_nobody_else_approves_together(trial: Trial, cast, sign_in) -> None:
    (asked,) = waiting(trial, cast, 1)
    allow_together(trial)
    for other in (cast.officer, cast.hq_manager, cast.quality):
        answer = sign_in(other).post(
            "/procedures/approvals/approve_together", data={"pick": f"{asked.id}:{asked.digest}"}
        )
        assert answer.status_code == 422
    assert requests(asked.run)[0][2] == "waiting"


def test_too_quick_to_have_been_read_is_shown_to_quality(trial: Trial, session: Session, cast, sign_in) -> None:
    quick, read = waiting(trial, cast, 2)
    head = sign_in(cast.head)
    head.get(f"/procedures/approvals?id={quick.id}")
    head.get(f"/procedures/approvals?id={read.id}")
    with write() as writing:
        seen = writing.get_one(ApprovalSeen, (read.id, cast.head.id))
        seen.at = clock.now() - timedelta(seconds=90)
    for one in (quick, read):
        head.post(f"/procedures/approvals/{one.id}/approve", data={"digest": one.digest})
    session.rollback()
    stored = {a.id: a for a in session.scalars(select(Approval).execution_options(populate_existing=True))}
    assert (stored[quick.id].read_seconds or 0) < (stored[quick.id].read_least or 0)
    assert (stored[read.id].read_seconds or 0) >= 90
    page = sign_in(cast.quality).get("/procedures/approvals/quick").text
    assert "Foro 000" in page
    assert "Foro 001" not in page
    assert cast.head.name in page
    assert "Foro 000" in sign_in(cast.auditor).get("/procedures/approvals/quick").text
    for other in (cast.officer, cast.head, cast.hq_manager, cast.admin):
        assert sign_in(other).get("/procedures/approvals/quick").status_code == 403


def test_looking_again_after_a_change_begins_the_reading_anew(trial: Trial, session: Session, cast, sign_in) -> None:
    (asked,) = waiting(trial, cast, 1)
    head = sign_in(cast.head)
    head.get("/procedures/approvals")
    with write() as writing:
        writing.get_one(ApprovalSeen, (asked.id, cast.head.id)).at = clock.now() - timedelta(hours=1)
    trial.change(asked.record_id, budget_usd=7000)
    head.get("/procedures/approvals")
    head.post(f"/procedures/approvals/{asked.id}/approve", data={"digest": last(asked.run).digest})
    assert (last(asked.run, "approved").read_seconds or 0) < 60


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_to_read_takes_no_less_time(few: int, more: int) -> None:
    few, more = sorted((few, more))
    assert reading.SECONDS <= reading.least(few) <= reading.least(more)
    assert reading.least(more) - reading.least(few) <= more - few


def test_the_story_is_for_whoever_sees_the_record(trial: Trial, session: Session, cast, sign_in) -> None:
    run = planned(trial, cast)
    request = last(run, "approved")
    path = f"/procedures/approvals/{request.id}/story"
    for member in (cast.officer, cast.head, cast.promoter, cast.auditor, cast.quality):
        assert cast.hq_manager.name in sign_in(member).get(path).text
    assert sign_in(cast.other_officer).get(path).status_code == 404
    assert sign_in(cast.admin).get(path).status_code in (403, 404)
    assert sign_in(cast.officer).get("/procedures/approvals/999999/story").status_code == 404


def test_the_story_offers_what_one_may_do(trial: Trial, cast, sign_in) -> None:
    (asked,) = waiting(trial, cast, 1)
    path = f"/procedures/approvals/{asked.id}/"
    offered = {
        member.name: {verb for verb in ("enter", "recall", "annul", "dispute") if path + verb in page}
        for member in (cast.officer, cast.colleague, cast.head, cast.auditor)
        for page in (sign_in(member).get(path + "story").text,)
    }
    assert offered == {
        cast.officer.name: {"recall"}, cast.colleague.name: {"enter", "recall"}, cast.head.name: {"enter", "recall"},
        cast.auditor.name: set(),
    }  # fmt: skip
    sign_in(cast.colleague).post(path + "enter", data=document(signed_by=cast.head.id))
    assert path + "dispute" in sign_in(cast.head).get(path + "story").text
    assert stage_of(asked.run) == "plan"
