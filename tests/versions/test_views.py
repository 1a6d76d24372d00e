"""A version from draft to in force, through HTTP, as each who may and who may not."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from promo.accounts.models import FunctionHeld
from promo.core import audit, clock, jobs
from promo.core.db import session, write
from promo.core.files import File
from promo.notices.models import Notice
from promo.procedures import jobs as by_the_clock
from promo.procedures.definitions import content_hash
from promo.procedures.models import ProcedureVersion
from promo.procedures.version_models import Review, Vacancy
from promo.versions.models import Comment
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")
GEN = "PE-GEN-01"
HANDED_IN = {"substance": "yes", "changes_es": "Se pide una línea más.", "changes_en": "One more line is asked."}
PARTS = ("officer", "promoter", "manager", "hq_manager", "quality", "auditor", "admin", "head")


@dataclass
class Draft:
    """A draft of the simple act's second version, by the promoter, in people's browsers."""

    id: int
    sign_in: Any
    cast: Cast

    @property
    def page(self) -> str:
        """The path of its page."""
        return f"/procedures/{GEN}/2"

    def row(self) -> ProcedureVersion:
        """It, read anew."""
        session().rollback()
        session().expire_all()
        return session().get_one(ProcedureVersion, self.id)

    def post(self, who: str, verb: str, **data: Any) -> Any:
        """Do something with it as a part of the cast."""
        answer = self.sign_in(self.cast.members[who]).post(f"/versions/{self.id}/{verb}", data=data)
        session().rollback()
        return answer

    def get(self, who: str, address: str | None = None) -> str:
        """Return the text of its page as somebody sees it."""
        return str(self.sign_in(self.cast.members[who]).get(address or self.page).text)

    def submit(self, who: str = "promoter", **data: str) -> Any:
        """Hand it in."""
        return self.post(who, "submit", **HANDED_IN | data)

    def approve(self, who: str = "quality", **data: Any) -> Any:
        """Approve it with a signed act, from tomorrow on."""
        today = clock.today()
        signed = (io.BytesIO(b"Resolucion firmada"), "rd-007.txt")
        values = {"act_number": "RD 007-2026", "act_date": str(today), "effective_on": str(today + timedelta(days=1))}
        return self.post(who, "approve", **values | {"file": signed} | data)


@pytest.fixture
def draft(sign_in: Any, cast: Cast) -> Draft:
    factories.enforce(cast)
    return Draft(factories.draft_of(cast, GEN).id, sign_in, cast)


def test_from_draft_to_in_force(draft: Draft, cast: Cast) -> None:
    assert draft.submit().location == draft.page
    assert "En revisión" in draft.get("quality")
    reviewers = set(session().scalars(select(Notice.person_id).where(Notice.subject.contains(GEN))))
    assert reviewers == {cast.quality.id}
    assert draft.approve().location == draft.page
    version = draft.row()
    assert (version.status, version.act_number, version.approver_id) == ("approved", "RD 007-2026", cast.quality.id)
    file = session().get_one(File, version.act_file_id)
    assert (file.record_id, file.category, file.name) == (None, "act", "rd-007.txt")
    by_the_clock.bring_into_force()
    assert draft.row().status == "approved"
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        by_the_clock.bring_into_force()
        jobs.run_due()
    assert draft.row().status == "effective"
    assert draft.sign_in(cast.officer).get(f"/versions/{draft.id}/act").data == b"Resolucion firmada"
    assert "rd-007.txt" in draft.get("auditor")


def test_submit_stores_the_change_with_the_text(draft: Draft) -> None:
    assert "Se pide" not in draft.get("promoter", f"/versions/{draft.id}/submit")
    draft.submit(substance="no")
    version = draft.row()
    assert version.definition["changes"] == {"es": HANDED_IN["changes_es"], "en": HANDED_IN["changes_en"]}
    assert version.content_hash == content_hash(version.definition)
    assert version.substance is False


@pytest.mark.parametrize("missing", ["substance", "changes_es", "changes_en"])
def test_submit_asks_for_all_and_keeps_what_was_typed(draft: Draft, missing: str) -> None:
    answer = draft.submit(**{missing: ""})
    assert answer.status_code == 422
    kept = [v for k, v in HANDED_IN.items() if k.startswith("changes") and k != missing]
    assert all(text in answer.text for text in kept)
    assert draft.row().status == "draft"


def test_submit_lists_the_faults_that_stand(draft: Draft, cast: Cast) -> None:
    with write() as writing:
        version = writing.get_one(ProcedureVersion, draft.id)
        stages = [dict(stage) for stage in version.definition["stages"]]
        stages[0]["next"] = ["nirgends"]
        data = {**version.definition, "stages": stages}
        version.definition, version.content_hash = data, content_hash(data)
    answer = draft.submit()
    assert answer.status_code == 422
    assert "nirgends" in answer.text
    assert HANDED_IN["changes_es"] in answer.text


@pytest.mark.parametrize("part", PARTS)
def test_who_may_submit_comment_send_back_and_approve(draft: Draft, part: str) -> None:
    writes, reviews = part in ("promoter", "quality"), part in ("quality", "hq_manager")
    assert (draft.submit(part).status_code == 303) is writes
    if not writes:
        assert draft.submit(part).status_code == 403
        draft.submit()
    assert draft.post(part, "comment", text="¿Por qué?", stage="notice").status_code == (303 if reviews else 403)
    page = draft.get(part)
    assert ("¿Por qué?" in page) is (reviews or False)
    assert (f"/versions/{draft.id}/send_back" in page) is (reviews or writes)
    approving = draft.sign_in(draft.cast.members[part]).get(f"/versions/{draft.id}/approve")
    assert (approving.status_code == 200) is (part == "quality")
    back = draft.post(part, "send_back", text="Falta la base legal.").status_code
    assert back == (303 if reviews or writes else 403)


def test_comments_are_answered_and_settled(draft: Draft, cast: Cast) -> None:
    draft.submit()
    draft.post("hq_manager", "comment", text="Falta la base legal.", stage="notice")
    draft.post("quality", "comment", text="Muy claro en general.", stage="")
    one, other = session().scalars(select(Comment).order_by(Comment.id)).all()
    session().rollback()
    page = draft.get("promoter")
    assert page.index('id="stage-notice"') < page.index("Falta la base legal.") < page.index('id="stage-result"')
    assert page.index("Muy claro en general.") < page.index('id="stage-notice"')
    author, manager = draft.sign_in(cast.promoter), draft.sign_in(cast.hq_manager)
    answered = author.post(f"/versions/comments/{one.id}/answer", data={"text": "Se añadió la ley."})
    assert answered.location == f"{draft.page}#stage-notice"
    assert author.post(f"/versions/comments/{one.id}/resolve").status_code == 403
    assert "Se añadió la ley." in draft.get("hq_manager")
    assert draft.approve().status_code == 422  # they are not settled
    for client, comment in ((manager, one), (draft.sign_in(cast.quality), other)):
        assert client.post(f"/versions/comments/{comment.id}/resolve").status_code == 303
    assert author.post(f"/versions/comments/{one.id}/answer", data={"text": "Otra vez"}).status_code == 422
    assert draft.approve().status_code == 303


def test_comment_refuses_empty_and_too_long_and_keeps_the_text(draft: Draft) -> None:
    draft.submit()
    assert draft.post("quality", "comment", text=" ", stage="notice").status_code == 422
    long = "largo " * 400
    answer = draft.post("quality", "comment", text=long, stage="notice")
    assert answer.status_code == 422
    assert long.strip() in answer.text
    assert 'value="notice"' in answer.text
    assert draft.post("quality", "comment", text="hola", stage="no-such").status_code == 422


def test_sent_back_with_a_reason_it_is_mended_and_handed_in_again(draft: Draft, cast: Cast) -> None:
    draft.submit()
    assert draft.post("hq_manager", "send_back", text="").status_code == 422
    assert draft.post("hq_manager", "send_back", text="Falta la base legal.").location == draft.page
    assert "Falta la base legal." in draft.get("promoter")
    mail = session().scalars(select(Notice).where(Notice.person_id == cast.promoter.id)).one()
    assert "Falta la base legal." in mail.text
    assert draft.row().status == "draft"
    assert draft.submit().status_code == 303
    assert draft.row().returned_why is None


def test_whoever_wrote_in_it_does_not_approve_it(draft: Draft, cast: Cast) -> None:
    draft.submit("quality")  # its text of the change is hers
    answer = draft.approve("quality")
    assert answer.status_code == 422
    assert draft.row().status == "in_review"
    with write() as writing:
        held = FunctionHeld(function="director_general", person_id=cast.hq_manager.id, act_number="RS 1",
                            valid_from=date(2026, 1, 1))  # fmt: skip
        writing.add(held)
    assert draft.approve("hq_manager").status_code == 303


def test_approve_needs_number_dates_and_the_signed_file(draft: Draft) -> None:
    draft.submit()
    today = clock.today()
    wrong: list[dict[str, Any]] = [
        {"act_number": ""},
        {"act_date": str(today + timedelta(days=1))},
        {"effective_on": str(today - timedelta(days=1))},
        {"file": (io.BytesIO(b""), "")},
    ]
    for values in wrong:
        answer = draft.approve(**values)
        assert answer.status_code == 422, values
        assert draft.row().status == "in_review"
        if "file" not in values:
            assert "rd-007.txt" in answer.text  # what was sent stays
    assert draft.approve(effective_on=str(today)).status_code == 303


def test_a_vacancy_is_named_and_accepted_with_a_reason(draft: Draft, cast: Cast) -> None:
    with write() as writing:
        for held in writing.scalars(select(FunctionHeld).where(FunctionHeld.function == "line_director")):
            held.valid_to = date(2025, 1, 1)
    draft.submit()
    answer = draft.approve()
    assert answer.status_code == 422
    assert "Jefatura de misión" in answer.text
    assert draft.approve(vacancies="Se nombran en enero.").status_code == 303
    session().rollback()
    found = session().scalars(select(Vacancy)).all()
    assert {v.reason for v in found} == {"Se nombran en enero."}
    assert len(found) > 10


def test_a_vacancy_that_comes_later_is_accepted_on_the_approved_version(draft: Draft, cast: Cast) -> None:
    draft.submit()
    draft.approve(effective_on=str(clock.today()))
    with write() as writing:
        for held in writing.scalars(select(FunctionHeld).where(FunctionHeld.function == "line_director")):
            held.valid_to = date(2025, 1, 1)
    by_the_clock.bring_into_force()
    assert draft.row().status == "approved"
    assert "Jefatura de misión" in draft.get("quality")
    assert draft.post("hq_manager", "accept", text="Se nombran en enero.").status_code == 403
    assert draft.post("quality", "accept", text="Se nombran en enero.").status_code == 303
    by_the_clock.bring_into_force()
    assert draft.row().status == "effective"


def test_reviewed_without_change_moves_the_date(sign_in: Any, cast: Cast) -> None:
    factories.enforce(cast)
    version = factories.renew(cast, GEN, clock.today() - timedelta(days=400))
    session().expire_all()
    due = session().get_one(ProcedureVersion, version.id).procedure.review_on
    assert due is not None
    assert due < clock.today()
    session().rollback()
    quality, officer = sign_in(cast.quality), sign_in(cast.officer)
    assert GEN in quality.get("/versions").text
    address = f"/versions/{version.id}/reviewed"
    assert officer.post(address, data={"text": "Sigue igual."}).status_code == 403
    assert quality.post(address, data={"text": " "}).status_code == 422
    assert quality.post(address, data={"text": "Sigue igual."}).status_code == 303
    session().expire_all()
    review = session().scalars(select(Review)).one()
    assert (review.was_due_on, review.by_id) == (due, cast.quality.id)
    fresh = session().get_one(ProcedureVersion, version.id).procedure.review_on
    assert fresh == review.next_on
    assert fresh > clock.today() + timedelta(days=360)
    session().rollback()
    assert "Sigue igual." in quality.get(f"/procedures/{GEN}/{version.number}").text


@pytest.mark.parametrize("part", PARTS)
def test_who_follows_what_is_on_its_way(draft: Draft, part: str) -> None:
    draft.submit()
    answer = draft.sign_in(draft.cast.members[part]).get("/versions")
    expected = part in ("quality", "hq_manager", "auditor")
    assert (answer.status_code == 200) is expected
    assert (draft.page in answer.text) is expected


def test_what_is_not_there_is_not_found(sign_in: Any, cast: Cast) -> None:
    quality = sign_in(cast.quality)
    for verb in ("submit", "approve", "send_back", "comment", "accept", "reviewed", "act"):
        assert quality.get(f"/versions/999999/{verb}").status_code == 404
    assert quality.post("/versions/comments/999999/resolve").status_code == 404


def test_the_trail_tells_each_step(draft: Draft) -> None:
    draft.submit()
    draft.approve()
    session().rollback()
    states = [
        change.new
        for entry in reversed(audit.history(session(), table="procedure_version", row=draft.id))
        for change in entry.changes
        if change.name == "status"
    ]
    assert states == ["draft", "in_review", "approved"]
