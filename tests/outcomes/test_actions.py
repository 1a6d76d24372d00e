"""Rules of outcomes that hold for any amounts: one rate, two decimals, and no grade in another's sum."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.activities import actions as activities
from promo.core import clock, money
from promo.core.db import write
from promo.outcomes import actions, queries
from promo.outcomes.models import GRADES, OPEN_GRADES
from promo.reference.models import Sector
from promo.reference.queries import rate_on
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")
shared = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
AMOUNTS = st.integers(1, 10**13).map(lambda cents: Decimal(cents) / 100)


class Undo(Exception):
    """Ends an example: nothing of it stays."""


@contextmanager
def undone() -> Iterator[Session]:
    """A write that is taken back at its end."""
    with suppress(Undo), write() as writing:
        yield writing
        raise Undo


def _values(session: Session, cast: Cast, **values: Any) -> dict[str, Any]:
    call = activities.log(session, cast.officer.viewer, {"activity_type": "call", "who": ["+Rosa Quispe"]})
    sector = session.scalars(select(Sector.id).order_by(Sector.id)).first()
    return {
        "outcome_type": "export_sale", "grade": "declared", "pillar": "trade", "country": "US",
        "sector_id": sector, "main_act_id": call.id,
    } | values  # fmt: skip


@shared
@given(amount=AMOUNTS, currency=st.sampled_from(["PEN", "EUR", "JPY", "USD"]), age=st.integers(0, 300))
def test_declare_converts_by_the_rate_it_names(cast: Cast, amount: Decimal, currency: str, age: int) -> None:
    typed = money.quantize(amount, currency) or Decimal(1)
    day = clock.today(cast.officer.viewer.timezone) - timedelta(days=age)
    with undone() as writing:
        values = _values(writing, cast, amount=f"{typed:,}", currency=currency, starts_on=day)
        outcome = actions.declare(writing, cast.officer.viewer, values)
        writing.expire(outcome)
        assert outcome.rate is not None
        assert outcome.usd == (typed * outcome.rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if currency != "USD":
            quote = rate_on(writing, currency, day - money.MAX_AGE, day)
            assert quote is not None
            assert (outcome.rate, outcome.rate_on, outcome.rate_source) == (quote.usd, quote.on, quote.source)


@shared
@given(st.lists(st.tuples(st.sampled_from([g for g, _label in GRADES]), AMOUNTS | st.none()), max_size=6))
def test_sums_never_mix_grades(cast: Cast, wanted: list[tuple[str, Decimal | None]]) -> None:
    with undone() as writing:
        values = _values(writing, cast)
        for grade, amount in wanted:
            given_ = values | {"grade": "expected" if amount is None else grade, "amount": amount, "currency": "USD"}
            given_["grade"] = given_["grade"] if given_["grade"] in OPEN_GRADES else "declared"
            outcome = actions.declare(writing, cast.officer.viewer, given_)
            outcome.grade = outcome.status = grade
        writing.flush()
        found = {s.grade: s for s in queries.sums(writing, cast.officer.viewer, int(values["main_act_id"]))}
        assert set(found) == {grade for grade, _amount in wanted}
        for grade, one in found.items():
            amounts = [a for g, a in wanted if g == grade]
            assert one.usd == sum((a for a in amounts if a is not None), Decimal(0))
            assert (one.count, one.unpriced) == (len(amounts), amounts.count(None))


def test_sums_hold_only_what_the_viewer_sees(cast: Cast) -> None:
    with undone() as writing:
        values = _values(writing, cast, amount="100", currency="USD")
        actions.declare(writing, cast.officer.viewer, values)
        actions.declare(writing, cast.officer.viewer, values | {"visibility": "team", "amount": "7"})
        act = int(values["main_act_id"])
        assert [s.usd for s in queries.sums(writing, cast.officer.viewer, act)] == [Decimal(107)]
        assert [s.usd for s in queries.sums(writing, cast.colleague.viewer, act)] == [Decimal(100)]
        assert queries.sums(writing, cast.other_officer.viewer, act) == []


def test_declare_counts_the_year_of_the_fact(cast: Cast) -> None:
    with undone() as writing:
        values = _values(writing, cast, amount=Decimal(5), starts_on=date(2025, 12, 31))
        assert actions.declare(writing, cast.officer.viewer, values | {"currency": "USD"}).year == 2025
        assert actions.declare(writing, cast.officer.viewer, values | {"currency": "USD", "year": 2026}).year == 2026
