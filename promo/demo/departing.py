"""What departs from the procedures in the demonstration: exceptions, urgencies, nonconforming outputs in each state.

Everything is done by the real actions, yesterday evening and this morning, on the acts that the stories carried so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.queries import holders
from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import session as reading
from promo.core.errors import Refused
from promo.core.records import Record
from promo.demo.carrying import Hand
from promo.exceptions import actions as exceptions
from promo.nonconformities import actions as nonconformities
from promo.nonconformities import jobs, queries
from promo.nonconformities.models import Nonconformity
from promo.procedures import decisions
from promo.procedures.case import Case, gather, run_of
from promo.urgencies import actions as urgencies

QUALITY, DIRECTOR = "gloria.mendoza", "elena.cardenas"
OFTEN = 3  # granted exceptions from the same item, which make a proposal
WHY = (
    "La cámara no entrega el dato hasta fin de mes.",
    "El proveedor del local no firma antes del evento.",
    "Quien debía prepararlo está de comisión hasta el día siguiente.",
)
INSTEAD = (
    "Se usa el dato del año pasado y se corrige al recibirlo.",
    "Se acompaña el correo de confirmación.",
    "Lo prepara la sede con lo que hay en el expediente.",
)
URGENT = (
    ("El viceministro adelantó su llegada: el acto es pasado mañana.", "approve"),
    ("La contraparte confirmó la sala solo para esta semana.", "return"),
    ("Cambio de agenda de la delegación; los compradores ya viajan.", ""),
)
OBJECTION = "La sala podía reservarse sin pasar de etapa: bastaba pedir la excepción."
REPORTED = "Se repartió en la mesa la lista de compradores de la edición anterior."
CONTAINED = "Se retiraron las copias y se avisó a los participantes por correo."
CAUSE = "Había dos archivos con el mismo nombre en la carpeta de la oficina."
DECIDED = "Enviar la lista vigente y dejar en la carpeta solo la versión aprobada."
CHECKED = "Se revisó la carpeta en dos actos siguientes: solo estaba la versión aprobada."
DISMISSED = "El plazo corrió en feriado local no registrado; no es una salida no conforme."


def depart(hand: Hand, told: Sequence[int]) -> None:
    """Let people depart from the procedures of the acts that were told."""
    Departing(hand, told).tell()


class Departing:
    """Does it, minute by minute."""

    def __init__(self, hand: Hand, told: Sequence[int]) -> None:
        self.hand, self.told = hand, sorted(told)
        self.at = datetime.combine(hand.today - timedelta(days=1), time(21), UTC)

    def tell(self) -> None:
        """Ask for exceptions, declare urgencies, let the clock and people find what was not as it should be."""
        excepted = self._exceptions()
        self._urgencies([id_ for id_ in self.told if id_ not in excepted])
        self.at = datetime.combine(self.hand.today, time(6), UTC)
        self._nonconformities()

    def _moment(self) -> datetime:
        self.at += timedelta(minutes=2)
        return self.at

    def _case(self, id_: int) -> Case | None:
        session = reading()
        session.rollback()
        run = run_of(session, id_)
        return gather(session, session.get_one(Record, id_), run) if run and run.finished_at is None else None

    def _decide(self, id_: int, subject: str, how: str, why: str = "") -> None:
        """Let whoever is asked grant what waits, or return it."""
        case = self._case(id_)
        request = (
            next((a for a in case.approvals if a.subject == subject and a.state == "waiting"), None) if case else None
        )
        if request is None or request.assigned_to_id is None or not how:
            return
        asked, self.at = request.id, self.hand.read(request, self._moment())
        if how == "approve":
            self.hand.do(request.assigned_to_id, self.at, lambda s, v: decisions.approve(s, v, asked))
        else:
            self.hand.do(request.assigned_to_id, self.at, lambda s, v: decisions.return_(s, v, asked, why))

    def _exceptions(self) -> set[int]:
        """Ask for exceptions from the item that is missing most often: granted, over, waiting, returned."""
        missing: dict[tuple[str, str], list[int]] = {}
        for id_ in self.told:
            case = self._case(id_)
            for item in case.missing if case else ():
                if item.waivable and item.type in ("answer", "evidence") and case is not None:
                    missing.setdefault((case.definition.code, item.key), []).append(id_)
        often = sorted(missing.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        if not often:
            return set()
        (_code, key), chosen = often[0]
        for number, id_ in enumerate(chosen[: OFTEN + 3]):
            days = (20, 0, None)[number % 3]  # one of them is over today
            case = self._case(id_)
            assert case is not None
            assert case.record.owner_id is not None
            with clock.at(self.at):
                until = None if days is None else clock.today(case.post.timezone) + timedelta(days=days)
            why, instead = WHY[number % 3], INSTEAD[number % 3]
            ask = partial(exceptions.ask, record_id=id_, key=key, reason=why, instead=instead, until=until)
            self.hand.do(case.record.owner_id, self._moment(), ask)
            how = "approve" if number < OFTEN + 1 else "return" if number == OFTEN + 1 else ""
            self._decide(id_, "exception", how, "Pídalo a la sede: lo tiene el área de inteligencia comercial.")
        return set(chosen)

    def _urgencies(self, told: Sequence[int]) -> None:
        """Declare an urgency where the procedure lets one be declared: confirmed, objected to, waiting."""
        waiting = list(URGENT)
        for id_ in told:
            case = self._case(id_)
            who = self._head(case) if case and waiting and case.missing else None
            if who is None:
                continue
            why, how = waiting[0]
            try:
                self.hand.do(who, self._moment(), partial(urgencies.declare, record_id=id_, to=None, reason=why))
            except Refused:
                continue
            waiting.pop(0)
            self._decide(id_, "urgency", how, OBJECTION)

    def _head(self, case: Case) -> int | None:
        post, pillar = case.record.post_id, case.record.pillar
        found = holders(reading(), "head_of_mission", post, pillar, self.hand.today)
        return found[0].person_id if found else None

    def _nonconformities(self) -> None:
        """Let the clock propose, an officer report; quality accepts or dismisses; others contain, decide and close."""
        with clock.at(self._moment()):
            jobs.propose()
        self._report()
        reading().rollback()
        found = (
            reading().execute(select(Nonconformity.id, Nonconformity.record_id).order_by(Nonconformity.id.desc())).all()
        )
        quality, director = self.hand.person(QUALITY), self.hand.person(DIRECTOR)
        for place, (id_, record_id) in enumerate(found[:5]):
            if place == 4:
                dismiss = partial(nonconformities.dismiss, ids=[id_], reason=DISMISSED)
                self.hand.do(quality, self._moment(), dismiss)
            else:
                self.hand.do(quality, self._moment(), partial(_accept, id_=id_))
                self._dealt_with(id_, record_id, place, quality, director)

    def _dealt_with(self, id_: int, record_id: int, place: int, quality: int, director: int) -> None:
        """Carry one on: the first is closed, the second decided on, the third contained, the fourth only accepted."""
        owner = reading().get_one(Record, record_id).owner_id
        if place > 2 or owner is None:
            return
        self.hand.do(owner, self._moment(), partial(nonconformities.contain, id_=id_, text=CONTAINED))
        if place > 1:
            return
        decided = {
            "cause": CAUSE, "decision": ("correct", "repeat")[place], "decision_text": DECIDED,
            "responsible_id": owner, "due_on": self.hand.today + timedelta(days=10),
        }  # fmt: skip
        self.hand.do(director, self._moment(), partial(nonconformities.decide, id_=id_, values=decided))
        if place == 0:
            self.hand.do(quality, self._moment(), partial(nonconformities.close, id_=id_, text=CHECKED))

    def _report(self) -> None:
        case = next((c for id_ in self.told if (c := self._case(id_)) and c.record.owner_id), None)
        if case is not None and case.record.owner_id is not None:
            id_, stage, day = case.record.id, case.run.stage, self.hand.today - timedelta(days=1)
            self.hand.do(
                case.record.owner_id, self._moment(),
                lambda s, v: nonconformities.report(s, v, id_, stage, REPORTED, day),
            )  # fmt: skip


def _accept(session: Session, viewer: Viewer, id_: int) -> Nonconformity:
    one = queries.nonconformity(session, viewer, id_)
    return nonconformities.accept(session, viewer, id_, queries.told(session, one))
