"""Open work goes on under its own version until somebody asks to move it and quality approves; what then is missing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from promo.core import audit, clock
from promo.core.db import session
from promo.core.records import Record
from promo.moves.models import Move
from promo.moves.queries import MOST
from promo.notices.models import Notice
from promo.procedures.models import Approval, ProcedureVersion, Run, Transition
from tests import factories
from tests.cast import Cast, Member

pytestmark = pytest.mark.usefixtures("session")
GEN = "PE-GEN-01"
PLAN = {
    "title": "Seminario de granos andinos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2027-03-04", "ends_on": "2027-03-05", "city": "Anaheim", "country": "US", "countries": ["US"],
    "timezone": "America/Los_Angeles", "objective": "Doce exportadoras",
    "executing_entity": "mre",
}  # fmt: skip
NOTE = {"key": "new_note", "evidence": "invitation", "label": {"es": "Nota conceptual nueva", "en": "New concept note"}}
WHY = "La versión vigente pide menos papeles."


def stages_of(version: ProcedureVersion) -> list[dict[str, Any]]:
    return copy.deepcopy(version.definition["stages"])


@dataclass
class Seminar:
    """A seminar in somebody's browser, begun under the first version."""

    client: Any
    id: int

    def run(self) -> Run:
        """Its run, read anew."""
        session().rollback()
        session().expire_all()
        return session().scalars(select(Run).where(Run.record_id == self.id)).one()

    @property
    def text(self) -> str:
        """Its page."""
        return str(self.client.get(f"/events/{self.id}").text)

    def ask(self, client: Any = None, **more: str) -> Any:
        """Ask to move it."""
        return (client or self.client).post("/moves/ask", data={"id": self.id, "reason": WHY} | more)


@pytest.fixture
def begin(sign_in: Any, cast: Cast) -> Callable[..., Seminar]:
    """``begin(cast.officer)``: somebody's seminar under the first version of the simple act."""
    factories.enforce(cast)

    def begin(by: Member | None = None, **more: str) -> Seminar:
        client = sign_in(by or cast.officer)
        answer = client.post("/events/new", data=PLAN | more)
        assert answer.status_code == 303, answer.text
        return Seminar(client, int(answer.location.rsplit("/", 1)[1]))

    return begin


@pytest.fixture
def renew(cast: Cast) -> Callable[..., ProcedureVersion]:
    """``renew(change)``: a new version in force since yesterday; ``change`` mends its stages."""

    def renew(change: Callable[[list[dict[str, Any]]], None]) -> ProcedureVersion:
        found = select(ProcedureVersion).where(ProcedureVersion.status == "effective")
        last = next(v for v in session().scalars(found) if v.code == GEN)
        stages = stages_of(last)
        session().rollback()
        change(stages)
        return factories.renew(cast, GEN, clock.today() - timedelta(days=1), stages=stages)

    return renew


def ask_a_note(stages: list[dict[str, Any]]) -> None:
    stages[0]["requires"].append(NOTE)


def request() -> Approval:
    session().rollback()
    session().expire_all()
    return session().scalars(select(Approval).where(Approval.subject == "move", Approval.state == "waiting")).one()


def decide(client: Any, verb: str = "approve", **data: str) -> Any:
    return client.post(f"/procedures/approvals/{request().id}/{verb}", data=data)


def move() -> Move:
    session().rollback()
    session().expire_all()
    return session().scalars(select(Move).order_by(Move.id.desc())).first()  # type: ignore[return-value]


def test_what_is_open_stays_under_its_version(begin: Any, renew: Any) -> None:
    file = begin()
    assert "/moves/ask" not in file.text
    renew(ask_a_note)
    run = file.run()
    assert (run.version.number, run.version.status) == (1, "obsolete")
    assert "v2 está vigente" in file.text
    assert f"/moves/ask?id={file.id}" in file.text
    assert "Nota conceptual nueva" not in file.text
    answer = file.client.post(f"/procedures/runs/{file.id}/advance", data={"to": "result"})
    assert answer.status_code in (303, 422)
    assert "Nota conceptual nueva" not in answer.text


def test_asked_approved_and_moved_with_both_versions_in_the_trail(
    begin: Any, renew: Any, sign_in: Any, cast: Cast
) -> None:
    file = begin()
    renew(ask_a_note)
    page = file.client.get(f"/moves/ask?id={file.id}").text
    assert "Nota conceptual nueva" in page
    assert file.ask(reason=" ").status_code == 422
    assert file.ask().location == f"/events/{file.id}"
    assert file.run().version.number == 1
    assert file.ask().status_code == 422  # it is asked for already
    assert request().assigned_to_id == cast.quality.id
    quality = sign_in(cast.quality)
    shown = quality.get("/procedures/approvals").text
    for text in (f"{GEN} v1", f"{GEN} v2", WHY, "Nota conceptual nueva"):
        assert text in shown
    assert decide(quality).status_code == 303
    run = file.run()
    assert (run.version.number, run.stage) == (2, "notice")
    step = session().scalars(select(Transition).where(Transition.to_version_id.is_not(None))).one()
    assert (step.from_stage, step.to_stage, step.to_version_id) == ("notice", "notice", run.version_id)
    made = move()
    assert (made.state, made.transition_id) == ("moved", step.id)
    assert [one["es"] for one in made.missing] == ["Nota conceptual nueva"]
    assert "v1 → v2" in file.text
    assert "Nota conceptual nueva" in file.text
    history = audit.history(session(), file.id)
    changed = [c for entry in history for c in entry.changes if (c.part, c.name) == ("procedure_run", "version_id")]
    assert [(c.old, c.new) for c in changed if c.old] == [(made.from_version_id, made.to_version_id)]
    told = session().scalars(select(Notice).where(Notice.kind == "move")).one()
    assert told.person_id == cast.officer.id
    assert "Nota conceptual nueva" in told.text


def test_the_term_of_the_stage_is_counted_anew_and_its_stay_goes_on(
    begin: Any, renew: Any, sign_in: Any, cast: Cast
) -> None:
    file = begin()
    before = file.run()
    due, since = before.due_on, before.stage_since

    def longer(stages: list[dict[str, Any]]) -> None:
        stages[0]["deadline"] = {"working_days": 20, "before": "starts_on", "calendar": "post"}

    renew(longer)
    file.ask()
    decide(sign_in(cast.quality))
    run = file.run()
    assert run.due_on is not None
    assert due is not None
    assert run.due_on < due
    assert run.stage_since == since


def test_a_stage_that_is_gone_is_chosen_anew(begin: Any, renew: Any, sign_in: Any, cast: Cast) -> None:
    file = begin()

    def rename(stages: list[dict[str, Any]]) -> None:
        stages[0]["key"] = "announcement"

    renew(rename)
    page = file.client.get(f"/moves/ask?id={file.id}").text
    assert f'name="stage-{file.id}"' in page
    assert file.ask().status_code == 422
    answer = file.ask(**{f"stage-{file.id}": "nowhere"})
    assert answer.status_code == 422
    assert WHY in answer.text
    assert file.ask(**{f"stage-{file.id}": "announcement"}).status_code == 303
    decide(sign_in(cast.quality))
    assert file.run().stage == "announcement"
    session().rollback()
    assert session().get_one(Record, file.id).status == "announcement"
    assert "v1 → v2" in file.text


def approved_by_head(file: Seminar, sign_in: Any, cast: Cast) -> Approval:
    """Let the head approve the notice; the run moves on to its result by itself."""
    assert file.client.post(f"/procedures/runs/{file.id}/ask").status_code == 303
    session().rollback()
    asked = session().scalars(select(Approval).where(Approval.state == "waiting")).one()
    session().rollback()
    assert sign_in(cast.head).post(f"/procedures/approvals/{asked.id}/approve").status_code == 303
    assert file.run().stage == "result"
    return session().get_one(Approval, asked.id)


@pytest.mark.parametrize("more_is_covered", [False, True])
def test_approvals_stay_when_they_cover_the_same(
    begin: Any, renew: Any, sign_in: Any, cast: Cast, more_is_covered: bool
) -> None:
    file = begin(budget_amount="900", budget_currency="USD")
    person = {"who": "+Rosa Quispe", "role": "buyer"}
    file.client.post(f"/events/{file.id}/add_participant", data=person)
    given = approved_by_head(file, sign_in, cast).id

    def change(stages: list[dict[str, Any]]) -> None:
        stages[1]["requires"].append(NOTE)
        if more_is_covered:
            approvals = next(r for r in stages[0]["requires"] if "approvals" in r)
            approvals["covers"] = [*approvals["covers"], "venue"]

    renew(change)
    file.ask()
    decide(sign_in(cast.quality))
    run = file.run()
    assert (run.version.number, run.stage) == (2, "result")
    assert session().get_one(Approval, given).state == ("reopened" if more_is_covered else "approved")


def test_a_request_for_a_step_that_is_gone_is_recalled(begin: Any, renew: Any, sign_in: Any, cast: Cast) -> None:
    file = begin(budget_amount="900", budget_currency="USD")
    file.client.post(f"/events/{file.id}/add_participant", data={"who": "+Rosa Quispe", "role": "buyer"})
    assert file.client.post(f"/procedures/runs/{file.id}/ask").status_code == 303

    def other(stages: list[dict[str, Any]]) -> None:
        for r in stages[0]["requires"]:
            if "approvals" in r:
                r["approvals"] = [{"function": "line_director"}]

    renew(other)
    file.ask()
    decide(sign_in(cast.quality))
    session().rollback()
    states = {a.function: a.state for a in session().scalars(select(Approval).where(Approval.subject == "step"))}
    assert states == {"head_of_mission": "recalled"}


@pytest.mark.parametrize("verb", ["return", "recall"])
def test_returned_or_recalled_nothing_moves_and_it_may_be_asked_again(
    begin: Any, renew: Any, sign_in: Any, cast: Cast, verb: str
) -> None:
    file = begin()
    renew(ask_a_note)
    file.ask()
    if verb == "return":
        decide(sign_in(cast.quality), "return", reason="Termine con la suya.")
    else:
        file.client.post(f"/procedures/approvals/{request().id}/recall")
    assert move().state == f"{verb}ed"
    assert file.run().version.number == 1
    assert file.ask().status_code == 303


def test_it_waits_while_the_run_moves_on_and_goes_to_the_same_stage(
    begin: Any, renew: Any, sign_in: Any, cast: Cast
) -> None:
    file = begin()
    file.client.post(f"/events/{file.id}/add_participant", data={"who": "+Rosa Quispe", "role": "buyer"})
    renew(ask_a_note)
    file.ask()
    assert file.client.post(f"/procedures/runs/{file.id}/advance", data={"to": "result"}).status_code == 303
    decide(sign_in(cast.quality))
    run = file.run()
    assert (run.version.number, run.stage) == (2, "result")
    assert move().from_stage == "result"


def test_it_is_refused_when_a_still_newer_version_came(begin: Any, renew: Any, sign_in: Any, cast: Cast) -> None:
    file = begin()
    renew(ask_a_note)
    file.ask()
    renew(lambda stages: stages[0].update(guidance={"es": "Otra guía.", "en": "Another."}))
    assert decide(sign_in(cast.quality)).status_code == 422
    assert file.run().version.number == 1
    decide(sign_in(cast.quality), "return", reason="Pídalo de nuevo.")
    assert file.ask().status_code == 303
    decide(sign_in(cast.quality))
    assert file.run().version.number == 3


def test_what_is_finished_stays_where_it_is(begin: Any, renew: Any) -> None:
    file = begin()
    advance = f"/procedures/runs/{file.id}/advance"
    assert file.client.post(advance, data={"to": "cancelled", "reason": "Sin fondos"}).status_code == 303
    renew(ask_a_note)
    assert "/moves/ask" not in file.text
    assert file.ask().status_code == 422


@pytest.mark.parametrize(
    ("part", "status"),
    [("colleague", 303), ("manager", 303), ("hq_manager", 303), ("promoter", 303), ("other_officer", 404),
     ("quality", 403), ("auditor", 403), ("admin", 403)],
)  # fmt: skip
def test_who_may_ask(begin: Any, renew: Any, sign_in: Any, cast: Cast, part: str, status: int) -> None:
    file = begin()
    renew(ask_a_note)
    client = sign_in(cast.members[part])
    assert file.ask(client).status_code == status
    page = client.get(f"/moves/ask?id={file.id}").status_code
    assert page == (200 if status == 303 else status)


def test_several_from_the_list_at_once(begin: Any, renew: Any, sign_in: Any, cast: Cast) -> None:
    files = [begin(title=f"Seminario {n}") for n in range(3)]
    other = begin(cast.other_officer, title="Seminario lejano")
    renew(ask_a_note)
    listed = files[0].client.get(f"/moves?code={GEN}&number=1").text
    assert all(f"Elegir Seminario {n}" in listed for n in range(3))
    assert "Seminario lejano" not in listed
    assert "Elegir Seminario" not in files[0].client.get("/moves?code=PE-COM-01").text
    everybody = sign_in(cast.hq_manager).get("/moves").text
    assert f'value="{other.id}" aria-label="Elegir Seminario lejano"' in everybody
    ids = [file.id for file in files]
    asked = files[0].client.post("/moves/ask", data={"id": ids, "reason": WHY})
    assert asked.location == "/moves"
    session().rollback()
    assert sorted(session().scalars(select(Move.record_id))) == ids
    assert "solicitado" in files[0].client.get("/moves").text


@pytest.mark.parametrize(("part", "status"), [("quality", 200), ("auditor", 200), ("admin", 403)])
def test_quality_and_auditors_read_the_list_and_choose_nothing(
    begin: Any, renew: Any, sign_in: Any, cast: Cast, part: str, status: int
) -> None:
    begin(title="Seminario propio")
    begin(cast.other_officer, title="Seminario lejano")
    renew(ask_a_note)
    answer = sign_in(cast.members[part]).get("/moves")
    assert answer.status_code == status
    if status == 200:
        assert all(title in answer.text for title in ("Seminario propio", "Seminario lejano"))
        assert not any(shown in answer.text for shown in ("Elegir Seminario", "Qué cambiaría", "data-select"))


def test_too_many_or_none_are_refused(begin: Any, renew: Any) -> None:
    file = begin()
    renew(ask_a_note)
    assert file.client.post("/moves/ask", data={"reason": WHY}).status_code == 422
    many = [file.id, *range(10_000, 10_000 + MOST)]
    assert file.client.post("/moves/ask", data={"id": many, "reason": WHY}).status_code in (404, 422)
    assert file.client.get("/moves/ask?id=999999").status_code == 404
