"""Money: what people type is read or refused with a reason, and no cent is lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo.core import money
from promo.core.money import BadAmount, NoRate, parse, quantize, show

AMOUNTS = st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=2, allow_nan=False)


@given(AMOUNTS, st.sampled_from(["es", "en"]), st.sampled_from(["USD", "PEN", "EUR", "KWD"]))
def test_what_is_shown_can_be_typed_back(amount: Decimal, locale: str, currency: str) -> None:
    assert parse(show(amount, currency, locale), currency) == amount


@given(AMOUNTS)
def test_rounding_twice_is_rounding_once(amount: Decimal) -> None:
    for currency in ("USD", "JPY", "KWD"):
        once = quantize(amount, currency)
        assert quantize(once, currency) == once
        assert abs(once - amount) <= Decimal("0.5")


@given(st.text(max_size=80))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = parse(text, "PEN")
    except BadAmount:
        return
    assert 0 <= amount < money.LIMIT


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1234.5", "1234.50"), ("1,234.50", "1234.50"), ("1 234.50", "1234.50"), ("1\u00a0234", "1234"),
        ("1'234,567.89", "1234567.89"), ("1’234,567", "1234567"), ("S/ 12", "12"), ("S/. 12.5", "12.50"),
        ("12 pen", "12"), (".5", "0.50"), ("0", "0"), (" 7 ", "7"), ("1,234", "1234"),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(typed: str, amount: str) -> None:
    assert parse(typed, "PEN") == Decimal(amount)


@pytest.mark.parametrize("typed", ["1 234,50", "1.234,50", "1234,5", "12,34", "0,5"])
def test_decimals_after_a_comma_are_told_apart(typed: str) -> None:
    with pytest.raises(BadAmount, match="decimals after a point"):
        parse(typed, "PEN")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "1e5",
        "NaN",
        "Infinity",
        "1,23,456",
        "1..2",
        "1.2.3",
        "٣",
        "1,234.5.6",
        "9" * 61,
        "1\x002",
        "EUR 5",
        "=1",
    ],
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(BadAmount, match="in figures"):
        parse(typed, "PEN")


@pytest.mark.parametrize(
    ("typed", "currency", "why"),
    [
        ("-5", "USD", "negative"),
        ("−5", "USD", "negative"),
        ("1.234", "USD", "at most 2"),
        ("1.5", "JPY", "no decimals"),
        ("10000000000000", "USD", "too large"),
    ],
)
def test_amounts_that_can_not_be_say_why(typed: str, currency: str, why: str) -> None:
    with pytest.raises(BadAmount, match=why):
        parse(typed, currency)


def test_a_dollar_sign_means_dollars_only() -> None:
    assert parse("$ 5") == parse("US$5") == parse("5 USD") == 5
    with pytest.raises(BadAmount):
        parse("$ 5", "PEN")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("12500", "USD", "US$ 12,500.00"), ("1200", "EUR", "EUR 1,200.00"), ("1200", "PEN", "S/ 1,200.00"),
        ("1200.4", "JPY", "JPY 1,200"), ("1.2345", "KWD", "KWD 1.235"), ("-3.5", "PEN", "−S/ 3.50"),
        ("-0.001", "USD", "US$ 0.00"),
    ],
)  # fmt: skip
def test_amounts_are_written_by_our_own_pattern(amount: str, currency: str, shown: str) -> None:
    assert show(Decimal(amount), currency, "es") == show(Decimal(amount), currency, "en") == shown


def test_nothing_is_written_for_no_amount() -> None:
    assert show(None) == ""
    assert show(Decimal("1234567.89"), cents=False) == "US$ 1,234,568"


def test_dollars_need_no_rate(session) -> None:
    found = money.to_usd(session, Decimal("10.005"), "USD", date(2026, 1, 1))
    assert (found.usd, found.rate) == (Decimal("10.01"), Decimal(1))


def test_an_amount_is_converted_by_the_last_rate_before_the_day(session) -> None:
    from promo.core.db import write
    from promo.reference.models import Rate

    with write() as writing:
        writing.add(Rate(currency="PEN", on=date(2019, 3, 1), usd=Decimal("0.30"), source="SBS"))
        writing.add(Rate(currency="PEN", on=date(2019, 3, 20), usd=Decimal("0.31"), source="SBS"))
    assert money.to_usd(session, Decimal(100), "PEN", date(2019, 3, 19)).usd == Decimal("30.00")
    found = money.to_usd(session, Decimal(100), "PEN", date(2019, 3, 20) + money.MAX_AGE)
    assert (found.usd, found.rate_on, found.source) == (Decimal("31.00"), date(2019, 3, 20), "SBS")
    assert money.show_conversion(found, "en") == "1 = 0.31 US$, 20 Mar 2019, SBS"
    for day in (date(2019, 2, 28), date(2019, 3, 20) + money.MAX_AGE + timedelta(days=1)):
        with pytest.raises(NoRate) as refused:
            money.to_usd(session, Decimal(100), "PEN", day)
        assert refused.value.reasons[0].field == "currency"


def test_a_real_rate_goes_before_the_demonstration_one(session) -> None:
    from promo.core.db import write
    from promo.reference.models import Rate
    from promo.reference.queries import DEMO_SOURCE

    with write() as writing:
        writing.add(Rate(currency="EUR", on=date(2019, 3, 1), usd=Decimal("1.10"), source="BCE"))
        writing.add(Rate(currency="EUR", on=date(2019, 3, 9), usd=Decimal("1.20"), source=DEMO_SOURCE))
    assert money.to_usd(session, Decimal(1), "EUR", date(2019, 3, 10)).source == "BCE"
