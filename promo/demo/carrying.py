"""Carrying an act through its procedure as people would: each step by whoever takes it, on its day.

Whatever a stage asks is done some days before its term; a term that has not come yet is left for the people who sign
in. So an act stands where its dates put it; its approvals, files and trail are made by the real actions.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.acts import actions as acts
from promo.acts.actions import LETTER
from promo.acts.models import Act, ActParticipant
from promo.core import audit, clock, files
from promo.core.access import Viewer
from promo.core.db import session as reading
from promo.core.db import write
from promo.core.records import Record
from promo.demo import papers
from promo.demo.acts import SIMPLE
from promo.procedures import actions as procedures
from promo.procedures import decisions, words
from promo.procedures import reading as times
from promo.procedures.approvals import OPEN
from promo.procedures.case import Case, gather, run_of
from promo.procedures.conditions import holds
from promo.procedures.definitions import Answer, Declaration, Each, Evidence
from promo.procedures.models import Approval, ApprovalSeen

T = TypeVar("T")
# Days from planning to the act; a month for the others.
LEAD = {"PE-COM-01": 190, "PE-COM-02": 150, "PE-COM-03": 250, "PE-TUR-01": 150, "PE-GAS-01": 125}
PLAIN_ANSWER, PLAIN_LINK = "Conforme al plan anual.", "https://convocatoria.example/ferias"
ANSWERS: Mapping[str, Any] = {
    "mode": "in_person", "plan_activity": "AOI00146300217", "funding": ["mre", "private"], "incidents": "ninguna",
    "reserve_list": "ninguna", "small_firms": 3, "regional_firms": 2, "women_led_firms": 2, "firms_min": 5,
    "firms_briefed": 5, "interested": 44, "hospitality_usd": 0, "sheets_returned": 51, "unplanned_meetings": 4,
    "fair_score": 84, "square_metres": 36.0, "hall": "Pabellón 5, ubicación C12", "contract_usd": 9800.0,
    "first_timers": 2, "contributions_usd": 4500.0, "stand_visits": 1240, "contacts_made": 86, "contacts_answered": 86,
    "tastings": 310, "guests_planned": 8, "guests_attended": 7, "expected_deliverables": 6, "agreed_deliverables": 6,
    "regions": "Cusco, Puno y La Libertad", "host_costs_usd": 1800.0, "trained_agents": 34, "new_packages": 3,
    "pax_target": 120, "media_pieces": 5, "media_reach": 640000, "media_favourable": 5, "media_message": 4,
    "host": "Hotel de la plaza", "covers_per_day": 60, "covers_sold": 214, "trade_guests": 31, "dishes_kept": 3,
    "orders_usd": 12800.0, "alcohol": "others_pay", "ticket_price": "Menú a precio fijo; el ingreso es de la sede",
    "chef": "Cocinera arequipeña con dos restaurantes propios", "local_importer": "Importador de insumos andinos",
    "slot_minutes": 25, "tables": 12, "firms_max": 8, "meetings_per_firm": 8, "ruc_checked": True,
    "agreed_meetings": 64, "meetings_held": 58, "no_shows": 3, "immediate_sales_usd": 41500.0,
    "projected_usd": 690000.0, "attendance": 84, "call_link": "https://convocatoria.example/misiones",
    "risks": "Aforo insuficiente: causa, poca difusión; efecto, menos citas; probabilidad media; refuerza la difusión"
             " la oficina comercial.",
    "targets": "60 citas realizadas; 8 empresas peruanas; US$ 600 000 proyectados a 12 meses.",
    "partners": "Cámara de comercio: sala y difusión",
    "demand_proof": "Once importadores contestaron la consulta; siete piden precios para esta campaña.",
    "eligibility": "Exportar desde hace dos años, RUC activo y habido, una certificación vigente.",
    "due_diligence": "Se revisó registro mercantil, referencias bancarias y compras de los dos últimos años.",
    "outcome_text": "Asistió el público previsto; tres compradores piden muestras y uno visitará Ica.",
    "next_steps": "Enviar fichas técnicas y cotizaciones en dos semanas",
    "results": "58 de 64 citas realizadas; monto proyectado por encima de la meta.",
    "deviations": "ninguna",
    "lessons": "Enviar la agenda por mensaje además del correo: bajan las inasistencias.",
}  # fmt: skip
PAPERS = {
    "concept_note": "Nota conceptual", "budget_sheet": "Presupuesto detallado", "invitation": "Invitación",
    "agenda": "Agenda", "result_report": "Informe de resultados", "demand_note": "Nota de demanda",
    LETTER: "Cartas de compromiso",
}  # fmt: skip
TABLES = {"meeting_sheets": "Fichas de reunión", "survey_export": "Respuestas", "score_sheet": "Calificación"}
EXHIBITORS = 5
HASTY = 10  # one request in so many is decided too quickly to have been read
WANTED = {  # who is brought in at which stage: role, how many, whether checked
    "supply": (("exhibitor", EXHIBITORS, False),),
    "demand": (("buyer", 5, True),),
    "selection": (("exhibitor", EXHIBITORS, False),),
    "agendas": (("leader", 1, False), ("buyer", 4, True)),
    "exhibitors": (("exhibitor", EXHIBITORS, False),),
    "guests": (("guest", 4, False),),
    "promotion": (("guest", 4, False),),
}


@dataclass(frozen=True)
class Story:
    """One act to be carried through: ``starts`` days from today, ``stop`` at a stage in the state that ``how`` says.

    ``how``: *asked* (everything is there, the approval waits), *returned* (sent back with ``why``), *late* (nobody went
    on), *cancelled* (``why``). Without ``stop`` it goes as far as its dates.
    """

    who: str | int
    model: type[Act]
    act_type: str
    pillar: str
    title: str
    starts: int
    days: int = 1
    stop: str = ""
    how: str = ""
    why: str = ""
    given: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parties:
    """Whom one may bring in: ids of Peruvian firms, and of people whom the post knows."""

    firms: Sequence[int]
    people: Sequence[int]


class Hand:
    """Does what a person does, at a moment: in their name, with their rights, in a transaction of its own."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.viewers: dict[int, Viewer] = {}
        self.ids: dict[str, int] = {}

    def person(self, local: str | int) -> int:
        """Return the id of a person of the demonstration by the first part of their address."""
        if isinstance(local, int):
            return local
        if local not in self.ids:
            found = accounts.person_by_email(reading(), f"{local}@promo.example")
            assert found is not None, local
            self.ids[local] = found.id
        return self.ids[local]

    def viewer(self, person_id: int) -> Viewer:
        """Return somebody as they are when they act."""
        if person_id not in self.viewers:
            found = accounts.viewer_of(reading(), person_id, self.today)
            assert found is not None
            self.viewers[person_id] = found
        return self.viewers[person_id]

    def do(self, person_id: int, at: datetime, act: Callable[[Session, Viewer], T]) -> T:
        """Let somebody act at a moment."""
        viewer = self.viewer(person_id)
        with clock.at(at), audit.acting(person_id), write() as session:
            return act(session, viewer)

    def read(self, request: Approval, at: datetime) -> datetime:
        """Let whoever is asked look at a request from a moment on; return when they have: one in ten in no time."""
        assert request.assigned_to_id is not None
        seen = ApprovalSeen(
            approval_id=request.id, person_id=request.assigned_to_id, at=at, snapshot=request.snapshot,
            digest=request.digest,
        )  # fmt: skip
        self.do(request.assigned_to_id, at, lambda session, _viewer: session.add(seen))
        least = times.least(times.shown(request.snapshot))
        rng = random.Random(request.id)  # noqa: S311 - of its own: whatever else is invented stays as it was
        seconds = rng.randrange(2, least) if request.id % HASTY == 0 else least + rng.randrange(10, 400)
        return at + timedelta(seconds=seconds)

    def hold(self, person_id: int, at: datetime, name: str, content: bytes) -> str:
        """Let somebody send a file; returns the token by which an action attaches it."""
        with clock.at(at):
            return files.hold(io.BytesIO(content), name, person_id).token


class Carrying:
    """Carries one story as far as it goes."""

    def __init__(self, hand: Hand, rng: random.Random, story: Story, parties: Parties) -> None:
        self.hand, self.rng, self.story, self.parties = hand, rng, story, parties
        self.who = hand.person(story.who)
        self.yesterday = hand.today - timedelta(days=1)
        self.day = self.yesterday
        self.at = datetime.min.replace(tzinfo=UTC)
        self.id = 0

    def tell(self) -> int:
        """Plan the act and carry it on; returns its id."""
        story = self.story
        starts = self.hand.today + timedelta(days=story.starts)
        code = self._procedure()
        lead = LEAD.get(code, 35)
        self.day = self._working(min(starts - timedelta(days=lead), self.yesterday - timedelta(days=3)))
        values = {
            "title": story.title, "act_type": story.act_type, "pillar": story.pillar, "starts_on": starts,
            "ends_on": starts + timedelta(days=story.days - 1), "visibility": "post", **story.values,
        }  # fmt: skip

        def plan(session: Session, viewer: Viewer) -> int:
            self.id = acts.plan(session, viewer, story.model, values).id
            guests = (("guest", self.rng.randrange(3, 6), False),) if code == SIMPLE else ()
            for one in self._wanted(guests):
                acts.add_participant(session, viewer, story.model, self.id, one)
            return self.id

        self.hand.do(self.who, self._moment(), plan)
        stage = ""
        while (case := self._case()).run.stage != stage:
            stage = case.run.stage
            if not self._finish_stage(case):
                break
        return self.id

    def _procedure(self) -> str:
        """Return the code of the procedure under which the act will stand."""
        kind, story = self.story.model.__mapper__.polymorphic_identity, self.story
        found = procedures.match(reading(), str(kind), story.act_type, story.pillar)
        assert found is not None
        return found.code

    def _case(self) -> Case:
        session = reading()
        session.rollback()
        run = run_of(session, self.id)
        assert run is not None
        return gather(session, session.get_one(Record, self.id), run)

    def _finish_stage(self, case: Case) -> bool:
        """Do what the present stage asks, when its day has come; return whether the act may have gone on."""
        stage, story = case.stage, self.story
        if stage.final:
            return False
        last = stage.key == story.stop
        due = case.run.due_on or self.day + timedelta(days=6)
        slack = 0 if any(d.days <= 5 and not d.before for d in stage.deadlines) else self.rng.randrange(2, 9)
        day = max(due - timedelta(days=slack), self.day + timedelta(days=1))
        if last and story.how in ("asked", "returned", "cancelled"):
            day = min(day, self.yesterday - timedelta(days=3))
        if (last and story.how == "late") or day > self.yesterday:
            self._begin(case)
            return False
        self.day = self._working(max(day, self.day))
        if last and story.how == "cancelled":
            self.hand.do(
                self.who, self._moment(), lambda s, v: procedures.advance(s, v, self.id, "cancelled", story.why)
            )
            return False
        self._fulfil(case)
        return self._approved(last=last)

    def _fulfil(self, case: Case) -> None:
        """Bring in whoever is wanted, attach the papers, answer, declare; then ask for approval, or move on."""
        stage, model = case.stage, self.story.model
        at, asked = self._moment(), [r for r in stage.requires if holds(r.when, case.facts, case.values)]
        wanted = [(r.category, n) for r in asked if isinstance(r, Evidence) for n in range(r.min)]
        tokens = [(category, self._paper(category, at, number)) for category, number in wanted]
        letters = [self._paper(LETTER, at) for r in asked if isinstance(r, Each)]
        declared = [r.name for r in asked if isinstance(r, Declaration)]
        answers = {r.name: self._answer(r) for r in asked if isinstance(r, Answer)}

        def fill(session: Session, viewer: Viewer) -> None:
            for values in self._wanted(WANTED.get(stage.key, ())):
                acts.add_participant(session, viewer, model, self.id, values)
            for one in self._participants("exhibitor") if letters else ():
                said = {"role": one.role, "status": "confirmed"}
                acts.edit_participant(session, viewer, model, self.id, one.id, said, letters)
            if stage.key in ("held", "result"):
                self._say_who_came()
            for category, token in tokens:
                files.add(session, viewer, self.id, [token], category)
            if answers:
                procedures.answer(session, viewer, self.id, answers)
            for name in declared:
                procedures.declare(session, viewer, self.id, name)
            self._hand_on(session, viewer, case)

        self.hand.do(self.who, at, fill)

    def _hand_on(self, session: Session, viewer: Viewer, case: Case) -> None:
        """Ask for the approval that the stage wants, or move on where it wants none."""
        if any(holds(r.when, case.facts, case.values) for r in case.stage.approvals()):
            decisions.ask_approval(session, viewer, self.id)
        elif case.onward is not None:
            procedures.advance(session, viewer, self.id, case.onward.key)

    def _begin(self, case: Case) -> None:
        """Do a part of what a stage asks, as somebody in the middle of it has."""
        asked = [r for r in case.stage.requires if isinstance(r, Answer) and holds(r.when, case.facts, case.values)]
        answers = {r.name: self._answer(r) for r in asked[: len(asked) // 2]}
        if answers and self.story.starts > 0:
            self.day = min(self._working(self.day + timedelta(days=1)), self.yesterday)
            self.hand.do(self.who, self._moment(), lambda s, v: procedures.answer(s, v, self.id, answers))

    def _answer(self, question: Answer) -> Any:
        if question.name in ANSWERS:
            return ANSWERS[question.name]
        if question.choices:
            first = question.choices[0][0]
            return [first] if question.type == "choices" else first
        if question.type == "date":
            return (self.day + timedelta(days=21)).isoformat()
        return {"yes_no": True, "text": PLAIN_ANSWER, "long": PLAIN_ANSWER, "link": PLAIN_LINK}.get(question.type, 1)

    def _approved(self, *, last: bool) -> bool:
        """Let those who are asked answer, a day later each. False when it waits or was returned."""
        given = 0
        while (request := self._request()) is not None:
            waits = last and self.story.how == "asked" and given >= self.story.given
            if waits or request.assigned_to_id is None or not self._next_day():
                return False
            given += 1
            if last and self.story.how == "returned":
                return self._return(request)
            self._approve(request)
        return True

    def _approve(self, request: Approval) -> None:
        assert request.assigned_to_id is not None
        asked, self.at = request.id, self.hand.read(request, self._moment())
        self.hand.do(request.assigned_to_id, self.at, lambda s, v: decisions.approve(s, v, asked))

    def _return(self, request: Approval) -> bool:
        assert request.assigned_to_id is not None
        why = self.story.why
        self.hand.do(request.assigned_to_id, self._moment(), lambda s, v: decisions.return_(s, v, request.id, why))
        return False

    def _request(self) -> Approval | None:
        reading().rollback()
        waiting = select(Approval).where(Approval.record_id == self.id, Approval.state.in_(OPEN))
        return reading().scalars(waiting.order_by(Approval.id)).first()

    def _wanted(self, wanted: Sequence[tuple[str, int, bool]]) -> Iterator[dict[str, Any]]:
        """Yield what is typed to bring people in, a role at a time."""
        for role, count, qualified in wanted:
            of = self.parties.firms if role == "exhibitor" else self.parties.people
            chosen = self.rng.sample(of, min(count, len(of)))
            status = "invited" if role == "guest" and self.story.starts > 0 else "confirmed"
            yield {"who": [str(i) for i in chosen], "role": role, "qualified": qualified, "status": status}

    def _say_who_came(self) -> None:
        """Say of everybody whether they came: all in one sitting, a single change of the list."""
        everybody = self._participants()
        missing = self.rng.randrange(len(everybody) or 1)
        for number, one in enumerate(everybody):
            one.status = "no_show" if number == missing and len(everybody) > 3 else "attended"

    def _participants(self, role: str = "") -> list[ActParticipant]:
        found = select(ActParticipant).where(ActParticipant.record_id == self.id).order_by(ActParticipant.id)
        return list(reading().scalars(found.where(ActParticipant.role == role) if role else found))

    def _paper(self, category: str, at: datetime, number: int = 0) -> str:
        if category in TABLES:
            rows = [("n.º", "empresa", "resultado"), *((n, f"Mesa {n}", "pide muestras") for n in range(1, 9))]
            return self.hand.hold(self.who, at, f"{TABLES[category]}.csv", papers.csv(rows))
        name = PAPERS.get(category) or self._named(category)
        name = f"{name} {number + 1}" if number else name
        page = papers.pdf(name, (self.story.title, f"{at:%d/%m/%Y}", *str(ANSWERS["targets"]).split("; ")))
        return self.hand.hold(self.who, at, f"{name}.pdf", page)

    @staticmethod
    def _named(category: str) -> str:
        with force_locale("es"):
            return words.evidence_label(category)

    def _moment(self) -> datetime:
        """Return the next moment of the day, some minutes after the one before."""
        morning = datetime.combine(self.day, time(13, self.rng.randrange(60)), UTC)
        self.at = max(morning, self.at + timedelta(minutes=self.rng.randrange(3, 25)))
        return self.at

    def _next_day(self) -> bool:
        after = self._working(self.day + timedelta(days=1))
        if after > self.yesterday:
            return False
        self.day = after
        return True

    def _working(self, day: date) -> date:
        """Return the day, or the Friday before a week-end; never after yesterday."""
        day = min(day, self.yesterday)
        return day if day.weekday() < 5 else day - timedelta(days=day.weekday() - 4)
