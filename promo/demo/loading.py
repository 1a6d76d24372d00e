"""Loading the demonstration: the small and the large by one path, a few thousand records a transaction."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.conformance import actions as conformance
from promo.core import clock
from promo.core.db import write
from promo.core.errors import PromoError
from promo.core.records import Record
from promo.demo import renewals, stories
from promo.demo.activities import Diary
from promo.demo.acts import LATER, Calendar, in_force
from promo.demo.calendars import confirm_calendars
from promo.demo.carrying import Hand
from promo.demo.contacts import Known, add_contact
from promo.demo.firms import Firm, Reference, add_firm
from promo.demo.outcomes import RECENT, Harvest
from promo.demo.people import DOMAIN, HOME, SERVICE, Office, add_staff
from promo.demo.store import Store, build_indexes, drop_indexes
from promo.demo.stories import Cast
from promo.procedures import versions
from promo.reference import actions as reference
from promo.reference.models import HsCode, Sector
from promo.reports import actions as reports

STARS, STAR_ACTIVITIES = 2, 500  # contacts that everybody meets
OVER = 50  # days after which an act that was entered is over and reported
ROLLED_UP = 100_000  # so many contacts, and dashboards need their rollups from the first moment
IN_FORCE = dict.fromkeys(("PE-COM-03", "PE-TUR-01", "PE-GAS-01"), LATER) | {"PE-RES-01": RECENT}
ACTS = {"PE-COM-03": 58, "PE-TUR-01": 59, "PE-GAS-01": 60, "PE-RES-01": 112}  # number of the approving resolution
KNOWN = 200_000  # contacts among whom activities are spread, at most


@dataclass(frozen=True)
class Size:
    """How many of each; ``batch`` records make a transaction."""

    organisations: int
    contacts: int
    activities: int
    events: int
    missions: int
    outcomes: int
    batch: int = 20_000
    star: int = STAR_ACTIVITIES
    stories: bool = True


SIZES = {
    "small": Size(1_000, 2_500, 3_000, 120, 16, 300),
    "large": Size(200_000, 1_000_000, 1_000_000, 20_000, 2_000, 40_000),
    "casework": Size(2_000, 5_000, 5_000, 185_000, 15_000, 5_000, stories=False),  # for procedures: many case files
}


class RealData(PromoError):
    """There are people or records that no demonstration made, or one is here already."""


def is_empty(session: Session) -> bool:
    """Whether nobody is here yet."""
    return session.scalar(select(Person.id).limit(1)) is None


def check_only_demo(session: Session) -> None:
    """Raise :class:`RealData` where demonstration data would mix with what is here."""
    if session.scalar(select(func.count()).select_from(Person).where(~Person.email.endswith(DOMAIN))):
        raise RealData("There are real people in this database; demonstration data would mix with theirs.")
    if session.scalar(select(Record.id).limit(1)) is not None:
        raise RealData("There are records in this database; demonstration data go into an empty one.")


def load(password_hash: str, *, seed: int, today: date, size: Size = SIZES["small"]) -> None:
    """Load the demonstration, in transactions of its own. Raises :class:`RealData` beside real people or records.

    What is in bulk of the small one is a single transaction; then the stories of the present are carried out, each step
    as the person who takes it. Whatever is made depends on seed, date and size alone.
    """
    rng = random.Random(seed)  # noqa: S311 - invented data, no secret
    with clock.at(datetime.combine(today - timedelta(days=SERVICE), time(14), UTC)):
        making = _load_bulk(rng, password_hash, today, size)
    if size.stories:
        stories.tell(making.cast(), random.Random(seed), today)  # noqa: S311
        renewals.tell(Hand(today), random.Random(seed), today)  # noqa: S311
    if size.contacts >= ROLLED_UP:
        reports.roll_up()
    with clock.at(datetime.combine(today, time(20), UTC)):
        conformance.count_due()


def _load_bulk(rng: random.Random, password_hash: str, today: date, size: Size) -> Making:
    """Load the ministry and the records of the past two years."""
    with write() as session:
        check_only_demo(session)
        reference.load(session)
        reference.load_demo_rates(session, today)
        offices = add_staff(session, rng, password_hash, today)
        confirm_calendars(session, offices, today)
        bring_procedures_into_force(session, today)
        drop_indexes(session.connection())
        making = Making(session, rng, offices, today, size)
        going = making.fill(session)
        if not going:
            making.end(session)
    while going:
        with write() as session:
            going = making.fill(session)
            if not going:
                making.end(session)
    return making


def bring_procedures_into_force(session: Session, today: date) -> None:
    """Approve the library's procedures, as the Directorate-General would by a resolution."""
    director, owner = (
        session.scalars(select(Person.id).where(Person.email == f"{name}{DOMAIN}")).one()
        for name in ("ricardo.valdivia", "gloria.mendoza")
    )
    for version in versions.load_library(session):
        version.procedure.owner_id = owner
        begun = today - IN_FORCE.get(version.code, timedelta(days=SERVICE))
        versions.make_effective(
            session, version, director, f"RD {ACTS.get(version.code, 31):04d}-{begun.year}-DPE", begun, begun
        )


class Making:
    """What is being made: the rows collected, and the point reached."""

    def __init__(self, session: Session, rng: random.Random, offices: list[Office], today: date, size: Size) -> None:
        self.rng, self.today, self.size = rng, today, size
        self.offices = [o for o in offices if o.writers]
        self.home = next(o for o in self.offices if o.code == HOME)
        self.weights = [o.weight for o in self.offices]
        self.reference = described(session)
        self.store = Store(session)
        self.diary = Diary(self.store, rng, today, in_force(session, "PE-ACT-01").id)
        self.firms: dict[int, list[Firm]] = {o.post_id: [] for o in self.offices}
        self.calendar = Calendar(session, self.store, rng, today, self.reference)
        self.harvest = Harvest(session, self.store, rng, today)
        self.known: list[tuple[Office, Known]] = []
        self.people: dict[int, list[Known]] = {o.post_id: [] for o in self.offices}
        self.stars: list[Known] = []
        self.steps = self.make()

    def fill(self, session: Session) -> bool:
        """Make a batch and write it; return whether there is more to come."""
        made = 0
        for _ in self.steps:
            made += 1
            if made >= self.size.batch:
                break
        self.store.write(session)
        return made >= self.size.batch

    def end(self, session: Session) -> None:
        """Write what is derived from all."""
        self.diary.note_last_contacts(session)
        build_indexes(session.connection(), self.store.numbered)

    def cast(self) -> Cast:
        """Return those among whom the stories of the present are told."""
        makers = [f for f in self.makers if f.shared and f.pillar == "trade"]
        return Cast({o.code: o for o in self.offices}, makers, self.people)

    @property
    def makers(self) -> list[Firm]:
        """The firms of Peru."""
        return [firm for firms in self.firms.values() for firm in firms if firm.country == "PE"]

    def make(self) -> Iterator[None]:
        """Make everything, a record a step: firms, then contacts, then activities, each in the order of entry."""
        rng, size = self.rng, self.size
        for number, office in enumerate(self._offices(size.organisations)):
            at = self._moment(number, size.organisations)
            self.firms[office.post_id].append(add_firm(self.store, rng, office, self.reference, at, number))
            yield
        keep_every = -(-size.contacts // KNOWN)
        for number, office in enumerate(self._offices(size.contacts)):
            at = self._moment(number, size.contacts)
            star = number < STARS
            chosen = self.home if star else office
            known = add_contact(self.store, rng, chosen, self._firm(chosen), at, star=star)
            if star:
                self.stars.append(known)
            elif number % keep_every == 0:
                self.known.append((office, known))
                if known.shared:
                    self.people[office.post_id].append(known)
            yield
        yield from self._acts()
        yield from self._activities()
        yield from self._outcomes()

    def _acts(self) -> Iterator[None]:
        for total, mission in ((self.size.events, False), (self.size.missions, True)):
            for office, at in zip(self._offices(total), self.calendar.moments(total, OVER), strict=True):
                self.calendar.add(office, self.people[office.post_id], at, mission=mission)
                yield

    def _outcomes(self) -> Iterator[None]:
        """What came of the acts: in the order of entry, of those that were over by then, the later ones more often."""
        acts = sorted(self.calendar.done, key=lambda act: (act.ends, act.id))
        self.harvest.makers = [f for f in self.makers if f.shared]
        for at in self.calendar.moments(self.size.outcomes if acts else 0, 0):
            over = bisect_left(acts, at.date(), key=lambda act: act.ends)
            if over:
                self.harvest.add(acts[int(over * self.rng.random() ** 0.6)], at)
                yield

    def _activities(self) -> Iterator[None]:
        rng, total = self.rng, self.size.activities
        starring = min(self.size.star * STARS, total // 2)
        every = total // starring if starring else total + 1
        met = 0
        for number in range(total):
            at = self._moment(number, total)
            if number % every == 0 and met < starring:
                self.diary.add(self.home, self.stars[met % STARS], at)
                met += 1
            else:
                reached = int(len(self.known) * (number + 1) / total)
                office, known = self.known[min(int(reached * rng.random()), len(self.known) - 1)]
                self.diary.add(office, known, at)
            yield

    def _offices(self, count: int) -> Iterator[Office]:
        for start in range(0, count, 1000):
            yield from self.rng.choices(self.offices, self.weights, k=min(1000, count - start))

    def _moment(self, number: int, total: int) -> datetime:
        """Return when the ``number``-th of ``total`` was entered: evenly over the two years, in working hours."""
        day = self.today - timedelta(days=SERVICE - int(SERVICE * number / total))
        day -= timedelta(days=max(0, day.weekday() - 4))
        return datetime.combine(day, time(13 + number % 8, self.rng.randrange(60), self.rng.randrange(60)), UTC)

    def _firm(self, office: Office) -> Firm | None:
        """Return one of the post's firms, the earlier ones more often; one contact in twelve stands alone."""
        there = self.firms[office.post_id]
        if not there or self.rng.random() < 1 / 12:
            return None
        return there[int(len(there) * self.rng.random() ** 1.5)]


def described(session: Session) -> Reference:
    """Return the reference data by which firms are described."""
    sectors: dict[str, list[int]] = {}
    for id_, pillar in session.execute(select(Sector.id, Sector.pillar).order_by(Sector.id)):
        sectors.setdefault(pillar, []).append(id_)
    codes = session.scalars(select(HsCode.code).where(func.length(HsCode.code) == 6).order_by(HsCode.code))
    return Reference({pillar: tuple(ids) for pillar, ids in sectors.items()}, tuple(codes))
