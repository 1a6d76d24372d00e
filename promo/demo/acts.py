"""Past events and missions in bulk: two years of simple acts (PE-GEN-01), carried out and closed, a few cancelled.

Those under longer procedures, and whatever is not over yet, are carried through by the real actions (``stories``).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.acts.models import TAKES_PART, ActCountry, ActParticipant, ActPost, ActSector
from promo.core.money import USD
from promo.core.records import RecordLink
from promo.demo.contacts import Known
from promo.demo.firms import SHARES, VISIBILITIES, Reference
from promo.demo.people import SERVICE, Office
from promo.demo.store import Store
from promo.demo.terms import Terms, is_late
from promo.events.models import Event
from promo.missions.models import Mission
from promo.procedures.case import definition_of
from promo.procedures.covering import digest_of
from promo.procedures.definitions import Approvals
from promo.procedures.models import STEP, Answer, Approval, Procedure, ProcedureVersion, Run, Transition

SIMPLE = "PE-GEN-01"
LATER = timedelta(days=330)  # since when some types of act have procedures of their own
OWN = frozenset({  # those types, by pillar: before, they were simple acts like all others
    ("fair_participation", "trade"), ("roadshow", "tourism"), ("fam_trip", "tourism"), ("press_trip", "tourism"),
    ("festival", "gastronomy"),
})  # fmt: skip
SEASONS = (2, 4, 9, 9, 10, 8, 5, 6, 11, 13, 10, 3)  # how much is going on in January, February …
EVENTS: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("tasting", "trade", 16, ("Cata de {} peruano", "Degustación de {} para compradores", "Mesa de {}: cata y citas")),
    ("seminar", "trade", 16, ("Seminario: cómo comprar {} en el Perú", "El mercado de {}: desayuno con importadores")),
    ("fair_participation", "trade", 12, ("Estand peruano: {}", "Pabellón Perú: {}")),
    ("webinar", "trade", 9, ("Seminario en línea: {} con certificación", "En línea: requisitos para {}")),
    ("roadshow", "tourism", 7, ("Gira de presentación: {}", "Presentación a agencias: {}")),
    ("fam_trip", "tourism", 7, ("Viaje de familiarización: {}", "Agencias en ruta: {}")),
    ("press_trip", "tourism", 4, ("Viaje de prensa: {}",)),
    ("festival", "gastronomy", 10, ("Semana peruana: {}", "Festival de {}")),
    ("tasting", "gastronomy", 8, ("Clase magistral: {}", "Cena a cuatro manos: {}")),
    ("investor_forum", "investment", 6, ("Foro de inversiones: {}", "Encuentro con inversionistas: {}")),
    ("official_visit", "investment", 5, ("Visita oficial: {}", "Reunión de alto nivel: {}")),
)
PLAIN = tuple(kind for kind in EVENTS if kind[:2] not in OWN)
MISSIONS: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("prospecting", "investment", 4, ("Misión de prospección: {}", "Visita de prospección: {}")),
    ("inverse", "tourism", 4, ("Misión inversa de operadores: {}",)),
    ("outgoing", "gastronomy", 2, ("Misión de cocineros: {}", "Cocineras tradicionales de viaje: {}")),
)
ABOUT = {
    "trade": tuple(
        "café de especialidad|cacao fino de aroma|pisco|quinua y kiwicha|palta Hass|arándano|espárrago"
        "|prendas de alpaca|algodón pima|maca y camu camu|jengibre|uva de mesa|calamar gigante|joyería de plata"
        "|servicios de ingeniería|programas de computadora|castaña amazónica|mango".split("|")
    ),
    "tourism": tuple(
        "Cusco y el Valle Sagrado|Arequipa y el Colca|la ruta Moche|Amazonía norte|Kuélap y Gocta|Puno y el Titicaca"
        "|Lima, capital gastronómica|aves del Manu|Cordillera Blanca|surf en el norte|turismo comunitario".split("|")
    ),
    "gastronomy": tuple(
        "cocina nikkei|ceviche y leche de tigre|ají amarillo y rocoto|chifa|cocina amazónica|anticuchos y picantes"
        "|papas nativas|pisco sour y chilcano|pachamanca|dulces limeños".split("|")
    ),
    "investment": tuple(
        "puerto de Chancay y logística|cartera de minería|energía renovable|hidrógeno verde|agroindustria en Olmos"
        "|infraestructura hospitalaria|asociaciones público-privadas|parques industriales|centros de datos".split("|")
    ),
}
VENUES = ("Sala de la misión", "Cámara de comercio", "Centro de convenciones", "Hotel Plaza", "Escuela de cocina",
          "Biblioteca municipal", "Universidad", "Mercado central")  # fmt: skip
OBJECTIVES = (
    "Que al menos cinco compradores pidan muestras y dos firmen un pedido de prueba.",
    "Presentar la oferta de la temporada y acordar visitas para el próximo trimestre.",
    "Abrir el diálogo con quienes deciden y reunir tres cartas de intención.",
    "Lograr ocho notas de prensa y veinte contactos nuevos de la especialidad.",
    "Dar a conocer el destino y vender treinta salidas fuera de temporada.",
)
CAME_OF_IT = (
    "Tres empresas pidieron muestras; una propone visitar el Perú en la campaña.",
    "Buena asistencia y preguntas concretas sobre certificación; se envió material a todos.",
    "Dos agencias incluirán la ruta en su catálogo del próximo año.",
    "La prensa local publicó cuatro notas. Quedó pendiente la entrevista en televisión.",
    "Hubo menos público que el previsto por la lluvia, pero vino quien debía venir.",
)
NEXT_STEPS = (
    "Enviar cotizaciones en dos semanas",
    "Seguimiento por teléfono",
    "ninguno",
    "Reunión en la próxima feria",
)
WHY_CANCELLED = ("La sede no estuvo disponible.", "Se pospuso el viaje de la delegación.", "No hubo inscripciones.")
HURRIED = 9  # of so many notices one was given the day before only
ROLES = {"trade": "buyer", "investment": "guest", "tourism": "guest", "gastronomy": "guest"}


class Done(NamedTuple):
    """What outcomes and activities need to know of a past act."""

    id: int
    office: Office
    pillar: str
    owner: int
    ends: date
    sector: int
    parties: tuple[Known, ...]


def in_force(session: Session, code: str) -> ProcedureVersion:
    """Return the version of a procedure that is in force."""
    found = select(ProcedureVersion).join(Procedure).where(Procedure.code == code)
    return session.scalars(found.where(ProcedureVersion.status == "effective")).one()


class Calendar:
    """Adds past acts, each with its run, and remembers them for what came of them."""

    def __init__(self, session: Session, store: Store, rng: random.Random, today: date, reference: Reference) -> None:
        self.store, self.rng, self.today, self.reference = store, rng, today, reference
        version = in_force(session, SIMPLE)
        self.version_id, self.definition = version.id, definition_of(version)
        self.approvals = next(r for r in self.definition.first.requires if isinstance(r, Approvals)).key
        self.terms = Terms(session)
        self.by_post: dict[int, list[Done]] = {}
        self.done: list[Done] = []

    def moments(self, total: int, before: int) -> Iterator[datetime]:
        """Yield when each of ``total`` was entered, in order: more in the high season, none in the last days."""
        days = [self.today - timedelta(days=n) for n in range(SERVICE, before, -1)]
        days = [day for day in days if day.weekday() < 5]
        chosen = sorted(self.rng.choices(days, [SEASONS[day.month - 1] for day in days], k=total))
        for number, day in enumerate(chosen):
            yield datetime.combine(day, time(13 + number % 8, self.rng.randrange(60), self.rng.randrange(60)), UTC)

    def add(self, office: Office, people: Sequence[Known], entered: datetime, *, mission: bool = False) -> None:
        """Collect one act with its participants and its run through notice and result."""
        rng, store = self.rng, self.store
        kinds = MISSIONS if mission else EVENTS if entered.date() < self.today - LATER else PLAIN
        act_type, pillar, _weight, titles = rng.choices(kinds, [k[2] for k in kinds])[0]
        about = rng.choice(ABOUT[pillar])
        owner = rng.choice(office.writers)
        starts = entered.date() + timedelta(days=rng.randrange(12, 42))
        ends = starts + timedelta(days=rng.choice((0, 0, 0, 1, 2)) + (2 if mission else 0))
        cancelled = rng.random() < 0.06
        title = rng.choice(titles).format(about) + (f" en {office.city}" if rng.random() < 0.5 else "")
        venue, capacity = rng.choice(VENUES), rng.choice((15, 20, 30, 40, 60, 80, 120, 200))
        budget = (
            Decimal(rng.randrange(4, 40) * 50) if office.head and owner != office.head and rng.random() < 0.4 else None
        )
        id_ = store.add_record(
            "mission" if mission else "event", "MI" if mission else "EV", office, title, entered, owner_id=owner,
            pillar=pillar, country=office.country, status="cancelled" if cancelled else "closed", starts_on=starts,
            visibility=rng.choices(VISIBILITIES, cum_weights=SHARES)[0], parts=(office.city, venue),
        )  # fmt: skip
        store.add(
            Mission if mission else Event, id=id_, act_type=act_type, executing_entity="mre", ends_on=ends,
            starts_at=time(rng.randrange(8, 18)), ends_at=time(rng.randrange(19, 22)), timezone=office.zone.key,
            venue=venue, city=office.city, objective=rng.choice(OBJECTIVES), capacity=capacity, budget_amount=budget,
            budget_currency=USD if budget else None, budget_usd=budget, budget_rate=Decimal(1) if budget else None,
            budget_rate_on=entered.date() if budget else None, budget_rate_source=USD if budget else None,
        )  # fmt: skip
        store.add(ActCountry, record_id=id_, country=office.country)
        sector = rng.choice(self.reference.sectors[pillar])
        store.add(ActSector, record_id=id_, sector_id=sector)
        parties = self._participants(id_, people, pillar, starts, cancelled=cancelled)
        self._run(id_, office, owner, (entered, starts, ends), budget, title, len(parties), cancelled=cancelled)
        if not cancelled:
            done = Done(id_, office, pillar, owner, ends, sector, parties)
            self.done.append(done)
            self.by_post.setdefault(office.post_id, []).append(done)

    def also_at(self, id_: int, office: Office) -> None:
        """Say that another post takes part in the act."""
        self.store.add(ActPost, record_id=id_, post_id=office.post_id)

    def _participants(
        self, id_: int, people: Sequence[Known], pillar: str, starts: date, *, cancelled: bool
    ) -> tuple[Known, ...]:
        rng = self.rng
        parties = tuple(rng.sample(people, min(len(people), rng.randrange(2, 13))))
        at = datetime.combine(starts, time(15), UTC)
        for party in parties:
            status = "invited" if cancelled else "attended" if rng.random() < 0.85 else "no_show"
            self.store.add(
                ActParticipant, record_id=id_, party_id=party.id, role=ROLES[pillar], status=status,
                qualified=pillar == "trade" and rng.random() < 0.6, note=None,
            )  # fmt: skip
            self.store.add(RecordLink, from_id=id_, to_id=party.id, role=TAKES_PART, at=at)
        return parties

    def _run(
        self, id_: int, office: Office, owner: int, dates: tuple[datetime, date, date], budget: Decimal | None,
        title: str, came: int, *, cancelled: bool,
    ) -> None:  # fmt: skip
        """Collect the run: notice, approved where money was asked, then the result or the cancellation."""
        rng, store = self.rng, self.store
        entered, starts, ends = dates
        begun = min(entered + timedelta(days=rng.randrange(1, 4)), datetime.combine(starts, time(9), UTC))
        if id_ % HURRIED == 0:
            begun = max(begun, datetime.combine(starts - timedelta(days=1), time(17), UTC))
        over = datetime.combine(ends + timedelta(days=rng.choice((1, 1, 2, 3, 4, 9))), time(16), UTC)
        if cancelled:
            over = begun + timedelta(days=2)
        run = store.number(Run)
        store.add(
            Run, id=run, record_id=id_, version_id=self.version_id, stage="cancelled" if cancelled else "closed",
            started_at=entered, started_by_id=owner, stage_since=over, late_start=False, finished_at=over, due_on=None,
        )  # fmt: skip
        approval = self._approval(run, id_, office, owner, entered, begun, budget, title) if budget else None
        facts = {"starts_on": starts, "ends_on": ends}
        known, result = (self.terms.due(self.definition, key, facts, office) for key in ("notice", "result"))
        self._move(run, id_, "notice", "result", owner, entered, begun, known, office, approval=approval)
        if cancelled:
            reason = rng.choice(WHY_CANCELLED)
            self._move(run, id_, "result", "cancelled", owner, begun, over, result, office, reason=reason)
            return
        told = {"attendance": came * rng.randrange(1, 5), "outcome_text": rng.choice(CAME_OF_IT)}
        for key, value in {**told, "next_steps": rng.choice(NEXT_STEPS)}.items():
            store.add(Answer, run_id=run, record_id=id_, key=key, value=value, by_id=owner, at=over)
        self._move(run, id_, "result", "closed", owner, begun, over, result, office)

    def _approval(
        self, run: int, id_: int, office: Office, owner: int, asked: datetime, decided: datetime, budget: Decimal,
        title: str,
    ) -> int:  # fmt: skip
        number = self.store.number(Approval)
        shown = {"facts": {"budget_usd": format(budget.normalize(), "f"), "title": title}, "answers": {}, "files": []}
        self.store.add(
            Approval, id=number, run_id=run, record_id=id_, stage="notice", requirement=self.approvals,
            subject=STEP, subject_id=0, together=False,
            function="head_of_mission", state="approved", asked_by_id=owner, asked_at=asked,
            assigned_to_id=office.head, route_step="holder", route_why=[], decided_by_id=office.head,
            decided_at=decided, digest=digest_of(shown), snapshot=shown,
        )  # fmt: skip
        return number

    def _move(
        self, run: int, id_: int, start: str, end: str, actor: int, since: datetime, at: datetime, due: date | None,
        office: Office, *, approval: int | None = None, reason: str | None = None,
    ) -> None:  # fmt: skip
        self.store.add(
            Transition, run_id=run, record_id=id_, from_stage=start, to_stage=end, actor_id=actor, at=at,
            left_since=since, due_on=due, late=is_late(at, due, office), by_itself=approval is not None, reason=reason,
            approval_id=approval, checklist=[], checklist_digest=hashlib.sha256(b"[]").hexdigest(),
        )  # fmt: skip
