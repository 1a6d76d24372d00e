"""What came of the past acts: sales, investments, journeys, openings, agreements, in their markets' currencies."""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.money import USD, quantize
from promo.core.records import RecordLink
from promo.demo.acts import Done, in_force
from promo.demo.firms import SHARES, VISIBILITIES, Firm
from promo.demo.people import Office
from promo.demo.store import Store
from promo.demo.terms import Terms, is_late
from promo.outcomes.models import COUNTERPART, FIRM, LED_TO, Outcome
from promo.procedures.case import definition_of
from promo.procedures.models import Run, Transition
from promo.reference.models import Rate

CURRENCIES = {
    "JP": "JPY", "CN": "CNY", "KR": "KRW", "GB": "GBP", "CA": "CAD", "BR": "BRL", "MX": "MXN", "CL": "CLP",
    "AU": "AUD", "CH": "CHF", "PE": "PEN",
    **dict.fromkeys(("ES", "DE", "FR", "IT", "NL", "BE", "AT", "FI", "GR", "PT", "IE"), "EUR"),
}  # fmt: skip
TYPES = {"trade": "export_sale", "investment": "investment", "tourism": "tourism", "gastronomy": "gastronomy"}
WORDS = {"export_sale": "Venta de exportación", "investment": "Inversión", "tourism": "Resultado de turismo",
         "gastronomy": "Resultado de gastronomía", "agreement": "Acuerdo"}  # fmt: skip
SIZES = {"export_sale": 42_000, "investment": 900_000, "tourism": 26_000, "gastronomy": 15_000}  # middle, in dollars
RECENT = timedelta(days=90)  # since when outcomes stand under their procedure
NOTHING = hashlib.sha256(b"[]").hexdigest()
NOTES = (
    "Primer pedido tras la degustación; repite si llega en buen estado.",
    "Contrato anual con entregas mensuales desde Paita y Callao.",
    "Compra de prueba. La empresa pide exclusividad para la región.",
    "Salidas vendidas para la temporada baja, según la agencia.",
    "Carta de intención firmada; falta el estudio de factibilidad.",
    "Local abierto con carta peruana y tres insumos traídos del Perú.",
    None,
)


class Harvest:
    """Adds outcomes of the acts that are done."""

    def __init__(self, session: Session, store: Store, rng: random.Random, today: date) -> None:
        self.store, self.rng, self.today = store, rng, today
        self.makers: list[Firm] = []
        self.rates: dict[str, list[tuple[date, Decimal, str]]] = {}
        for row in session.execute(select(Rate.currency, Rate.on, Rate.usd, Rate.source).order_by(Rate.on)):
            self.rates.setdefault(row.currency, []).append((row.on, row.usd, row.source))
        version = in_force(session, "PE-RES-01")
        self.version_id, self.definition, self.terms = version.id, definition_of(version), Terms(session)

    def add(self, act: Done, entered: datetime) -> None:
        """Collect one outcome of an act, entered at a moment."""
        rng, store, office = self.rng, self.store, act.office
        kind = "agreement" if rng.random() < 0.08 else TYPES[act.pillar]
        grade = "declared" if rng.random() < 0.58 else "expected"
        day = max(act.ends, entered.astimezone(office.zone).date() - timedelta(days=rng.randrange(0, 6)))
        firm = rng.choice(self.makers)
        party = next((p for p in act.parties if p.shared and p.firm_id), None)
        counterpart = party.firm_id if party else None
        label = f"{WORDS[kind]}: {firm.title}"
        note = rng.choice(NOTES)
        id_ = store.add_record(
            "outcome", "RE", office, label, entered, owner_id=act.owner, pillar=act.pillar, country=office.country,
            status=grade, visibility=rng.choices(VISIBILITIES, cum_weights=SHARES)[0], parts=(note,), starts_on=day,
        )  # fmt: skip
        amount, currency = (None, None) if kind == "agreement" else self._amount(kind, office.country, grade)
        usd, rate, rate_on, source = self._in_dollars(amount, currency, day)
        store.add(
            Outcome, id=id_, outcome_type=kind, grade=grade, main_act_id=act.id, organisation_id=firm.id,
            counterpart_id=counterpart, sector_id=act.sector, year=day.year, amount=amount, currency=currency,
            usd=usd, rate=rate, rate_on=rate_on, rate_source=source, note=note,
            known_on=day if grade == "declared" else None,
        )  # fmt: skip
        ties = ((act.id, LED_TO), (firm.id, FIRM), (counterpart, COUNTERPART))
        for to, role in ties:
            if to is not None and (to, role) != (firm.id, COUNTERPART):
                store.add(RecordLink, from_id=id_, to_id=to, role=role, at=entered)
        if entered.date() >= self.today - RECENT:
            self._run(id_, office, act.owner, grade, day, entered)

    def _run(self, id_: int, office: Office, owner: int, grade: str, day: date, entered: datetime) -> None:
        """Collect the run of an outcome entered under the procedure: as it stands, expected or declared."""
        run, declared = self.store.number(Run), grade == "declared"
        facts = {"starts_on": day, "known_on": day} if declared else {"starts_on": day}
        self.store.add(
            Run, id=run, record_id=id_, version_id=self.version_id, stage=grade, started_at=entered,
            started_by_id=owner, stage_since=entered, late_start=False, finished_at=None,
            due_on=self.terms.due(self.definition, grade, facts, office),
        )  # fmt: skip
        if declared:
            due = self.terms.due(self.definition, "expected", facts, office)
            self.store.add(
                Transition, run_id=run, record_id=id_, from_stage="expected", to_stage="declared", actor_id=owner,
                at=entered, left_since=entered, due_on=due, late=is_late(entered, due, office), by_itself=False,
                reason=None, approval_id=None, checklist=[], checklist_digest=NOTHING,
            )  # fmt: skip

    def _amount(self, kind: str, country: str, grade: str) -> tuple[Decimal, str]:
        """Return an amount in the market's currency: many small ones, a few very large; hopes are larger than facts."""
        currency = CURRENCIES.get(country, USD)
        currency = currency if currency in self.rates and self.rng.random() < 0.7 else USD
        dollars = self.rng.lognormvariate(0, 1.1) * SIZES[kind] * (1.5 if grade == "expected" else 1)
        unit = float(self.rates[currency][-1][1]) if currency != USD else 1.0
        rounded = max(1, round(dollars / unit, -2 if unit > 0.1 else -4))
        return quantize(Decimal(int(rounded)), currency), currency

    def _in_dollars(
        self, amount: Decimal | None, currency: str | None, day: date
    ) -> tuple[Decimal | None, Decimal | None, date | None, str | None]:
        if amount is None or currency is None:
            return None, None, None, None
        if currency == USD:
            return amount, Decimal(1), day, USD
        known = self.rates[currency]
        on, usd, source = known[max(0, bisect_right(known, day, key=lambda r: r[0]) - 1)]
        return quantize(amount * usd, USD), usd, on, source
