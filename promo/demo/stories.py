"""The present of the demonstration: acts in every stage of their procedures, and what each person has to do."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.core.access import Viewer
from promo.core.db import session as reading
from promo.core.records import Record
from promo.demo import audits
from promo.demo.acts import ABOUT, OBJECTIVES, PLAIN
from promo.demo.carrying import Carrying, Hand, Parties, Story
from promo.demo.contacts import Known
from promo.demo.departing import depart
from promo.demo.firms import Firm
from promo.demo.people import HALF, HOME, Office
from promo.events.models import Event
from promo.missions.models import Mission
from promo.reference.models import HEADQUARTERS, Fair, Post, Sector
from promo.work import actions as work

ANA, LUIS, RACHEL, CARMEN = "ana.quispe", "luis.ramos", "rachel.okafor", "carmen.nahui"
DIEGO, SOFIA, RODRIGO, URSULA, IVAN = (
    "diego.paredes", "sofia.huaman", "rodrigo.cueva", "ursula.chang", "ivan.benavides",
)  # fmt: skip
ALONE = "anibal.reategui"
ROUND = (Event, "matchmaking", "trade")
GIVEN_BACK = "Falta precisar la meta de citas y quién paga el traslado de las muestras."
OUTGOING, INVERSE = (Mission, "outgoing", "trade"), (Mission, "inverse", "trade")


def _money(amount: int, currency: str = "USD", **values: Any) -> dict[str, Any]:
    return {"budget_amount": str(amount), "budget_currency": currency, **values}


SMALL = _money(450, capacity=24)  # the light path: the head of post alone decides
FREE = {"capacity": 24}
STORIES = (
    # The consulate in Los Angeles: one round in each stage, and what waits for the head of post and beyond.
    Story(ANA, *ROUND, "Rueda de negocios: superalimentos andinos en la costa oeste", 140, 2, "proposal", "asked",
          values=_money(1_800)),
    Story(LUIS, *ROUND, "Rueda de negocios: alimentos de conveniencia", 146, 2, "proposal", "asked", given=2,
          values=_money(6_500)),
    Story(RACHEL, *ROUND, "Rueda de negocios: prendas de alpaca y algodón pima", 148, 1, "proposal", "returned",
          GIVEN_BACK, values=_money(1_500)),
    Story(ANA, *ROUND, "Rueda de negocios: frutas de contraestación", 96, 2, values=SMALL),
    Story(LUIS, *ROUND, "Rueda de negocios: café y cacao de origen", 45, 2, values=_money(1_900)),
    Story(ANA, *ROUND, "Rueda de negocios: pisco y bebidas", 0, 2, values=SMALL),
    Story(ANA, *ROUND, "Rueda de negocios: pesca y acuicultura", -17, 2, values=SMALL),
    Story(LUIS, *ROUND, "Rueda de negocios: palta y arándano", -235, 2, values=SMALL),
    Story(LUIS, Event, "seminar", "trade", "Seminario: etiquetado y registro de alimentos en los Estados Unidos", 9, 1,
          "notice", "asked", values=_money(1_200)),
    Story(ANA, Event, "tasting", "gastronomy", "Cata de pisco con la asociación de bares", 0, 1, values=_money(600)),
    Story(RACHEL, Event, "festival", "gastronomy", "Semana peruana en el mercado central", 112, 4, "proposal",
          "returned", "El monto no incluye el seguro de la sala. Corrija y vuelva a pedir.", values=_money(1_900)),
    Story(LUIS, Event, "festival", "gastronomy", "Festival del ceviche y el chilcano", 110, 3, "proposal", "asked",
          given=3, values=_money(14_000)),
    Story(LUIS, Event, "fair_participation", "trade", "Estand peruano: alimentos naturales", 88, 3, "exhibitors",
          "asked", values=_money(38_000)),
    # Tokyo, and a post of one person whose requests go to the stand-in in Lima.
    Story(CARMEN, *ROUND, "Rueda de negocios: productos del mar en Tokio", 139, 2, "proposal", "asked",
          values=_money(1_900)),
    Story(CARMEN, *INVERSE, "Misión inversa: importadores japoneses de café y cacao", 62, 4, "selection", "asked",
          values=_money(1_500)),
    Story(CARMEN, Event, "festival", "gastronomy", "Semana de la cocina nikkei", 0, 3, values=SMALL),
    Story(CARMEN, Event, "tasting", "trade", "Cata de café de especialidad en Yokohama", -3, 1),
    Story(ALONE, Event, "seminar", "trade", "Encuentro empresarial de frontera en Machala", 15, 1, "notice", "asked",
          values=_money(800)),
    # Headquarters: missions in each stage, and the acts of each pillar.
    Story(DIEGO, *OUTGOING, "Misión comercial a Los Ángeles: alimentos saludables", 176, 4, values=_money(1_950)),
    Story(DIEGO, *OUTGOING, "Misión comercial a Shanghái: uva y arándano", 103, 4, values=_money(9_200)),
    Story(IVAN, *OUTGOING, "Misión comercial a Madrid: conservas y aceitunas", 0, 3, values=SMALL),
    Story(SOFIA, Event, "fam_trip", "tourism", "Agencias de lujo en el Valle Sagrado", 12, 5, values=FREE),
    Story(SOFIA, Event, "day_roadshow", "tourism", "Gira de presentación: Amazonía norte", 0, 1),
    Story(SOFIA, Event, "press_trip", "tourism", "Viaje de prensa: la ruta Moche", -26, 6, values=SMALL),
    Story(DIEGO, Event, "fair_participation", "trade", "Mesa del Perú en la feria de frutas", -9, 3,
          values=SMALL),
    Story(RODRIGO, Event, "investor_forum", "investment", "Foro de inversiones: puertos y logística", 25, 1, "notice",
          "asked", values=_money(1_900)),
    Story(RODRIGO, Mission, "prospecting", "investment", "Prospección de hidrógeno verde en Ilo", 38, 3),
    Story(URSULA, Event, "other", "gastronomy", "Cocineras tradicionales en gira", 18, 6),
    Story(URSULA, Event, "tasting", "gastronomy", "Clase magistral de ajíes para escuelas", -6, 1),
)  # fmt: skip
DUTIES: Mapping[str, Sequence[str]] = {
    "officer": ("Llamar a los compradores sin respuesta", "Enviar la lista de asistentes", "Pedir fotos del montaje",
                "Confirmar la sala", "Actualizar los datos de la cámara"),
    "promoter": ("Revisar las empresas inscritas", "Coordinar el envío de muestras", "Preparar la ficha del sector",
                 "Responder a la oficina comercial"),
    "manager": ("Leer el informe de resultados", "Llamar a la embajada por el avance", "Revisar metas del trimestre",
                "Preparar la nota para el despacho"),
    "quality": ("Revisar el expediente cerrado", "Verificar las cartas de compromiso",
                "Comparar lo acordado y lo hecho"),
    "auditor": ("Revisar el historial del expediente", "Pedir el sustento del gasto", "Muestrear las aprobaciones"),
}  # fmt: skip
WHEN = (-4, -1, 0, 0, 1, 3, 7)  # days from today by which the duties are due


@dataclass(frozen=True)
class Cast:
    """Among whom the stories are told: the posts by code, Peruvian firms, and whom each post knows."""

    offices: Mapping[str, Office]
    firms: Sequence[Firm]
    people: Mapping[int, Sequence[Known]]


def tell(cast: Cast, rng: random.Random, today: date) -> None:
    """Carry every story as far as it goes, and give everybody something to do."""
    hand = Hand(today)
    setting = Setting(reading(), cast, rng, today)
    told = [Carrying(hand, rng, setting.placed(s, hand), setting.parties(s, hand)).tell() for s in setting.stories()]
    _give_duties(hand, rng, told)
    depart(hand, told)
    audits.tell(hand)


class Setting:
    """Where and about what the stories are: place, markets, sectors, the fair beside."""

    def __init__(self, session: Session, cast: Cast, rng: random.Random, today: date) -> None:
        self.cast, self.rng, self.today = cast, rng, today
        self.offices = {o.post_id: o for o in cast.offices.values()}
        known = select(Fair.id, Fair.country, Fair.pillar, Fair.month_from, Fair.month_to).order_by(Fair.id)
        self.fairs = session.execute(known).all()
        self.sectors: dict[str, list[str]] = {}
        for id_, pillar in session.execute(select(Sector.id, Sector.pillar).order_by(Sector.id)):
            self.sectors.setdefault(pillar, []).append(str(id_))
        self.lima = session.scalars(select(Post.id).where(Post.code == HEADQUARTERS)).one()

    def stories(self) -> Iterator[Story]:
        """Yield the stories of the named people, then those of the other busy posts."""
        yield from STORIES
        for code in list(HALF)[1:3]:
            act_type, pillar, _weight, titles = self.rng.choices(PLAIN, [e[2] for e in PLAIN])[0]
            title = self.rng.choice(titles).format(self.rng.choice(ABOUT[pillar]))
            starts, writer = self.rng.randrange(-2, 48), self.rng.choice(self.cast.offices[code].writers)
            yield Story(writer, Event, act_type, pillar, title, starts, self.rng.choice((1, 1, 2)))

    def placed(self, story: Story, hand: Hand) -> Story:
        """Return a story with its place and purpose."""
        office = self._office(story, hand)
        starts = self.today + timedelta(days=story.starts)
        fair = next((f for f in self.fairs if f.country == office.country and _in_its_month(f, starts)), None)
        values = {
            "city": office.city, "venue": "Centro de convenciones", "objective": self.rng.choice(OBJECTIVES),
            "countries": [office.country], "sectors": self.rng.sample(self.sectors[story.pillar], 2),
            "posts": [] if office.post_id == self.lima else [str(self.lima)], "starts_at": time(9), "ends_at": time(18),
            "capacity": self.rng.choice((24, 40, 60)), "executing_entity": "mre", "budget_amount": "0",
            "fair_id": str(fair.id) if fair and story.pillar == fair.pillar else None, **story.values,
        }  # fmt: skip
        return replace(story, values=values)

    def parties(self, story: Story, hand: Hand) -> Parties:
        """Return whom the story's post may bring in; a post that knows few people asks those of Los Angeles."""
        known = self.cast.people.get(self._office(story, hand).post_id, ())
        if len(known) < 8:
            known = self.cast.people[self.cast.offices[HOME].post_id]
        return Parties([f.id for f in self.cast.firms], [k.id for k in known])

    def _office(self, story: Story, hand: Hand) -> Office:
        post = hand.viewer(hand.person(story.who)).post_id
        assert post is not None
        return self.offices[post]


def _in_its_month(fair: Any, day: date) -> bool:
    if fair.month_from is None:
        return False
    return fair.month_from <= day.month <= (fair.month_to or fair.month_from)


def _give_duties(hand: Hand, rng: random.Random, told: Sequence[int]) -> None:
    """Give each of the demonstration's people tasks: overdue, due today and later, on acts that they see."""
    at = datetime.combine(hand.today - timedelta(days=6), time(15), UTC)
    acts = reading().execute(select(Record.id, Record.post_id).where(Record.id.in_(told)).order_by(Record.id)).all()
    for person, _code, roles, _functions in accounts.demo_logins(reading(), hand.today):
        role = roles[0] if roles else "officer"
        mine = [a.id for a in acts if a.post_id == person.post_id] or [a.id for a in acts]
        duties = [(rng.choice(mine), title, WHEN[n]) for n, title in enumerate(DUTIES.get(role, ()))]

        def promise(session: Session, viewer: Viewer, duties: Sequence[tuple[int, str, int]] = duties) -> None:
            for id_, title, days in duties:
                record = session.get_one(Record, id_)
                work.promise(session, record, viewer.person_id, title, hand.today + timedelta(days=days))

        hand.do(person.id, at, promise)
