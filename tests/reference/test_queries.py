"""Finding reference data, and sorting it as its readers do."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.errors import NotFound
from promo.reference import queries
from promo.reference.models import Fair, HsCode, Sector, months_of


def test_countries_are_sorted_without_caring_for_accents(session: Session) -> None:
    spanish = [name for _code, name in queries.country_choices(session, "es")]
    assert spanish[0] == "Afganistán"
    assert spanish.index("Egipto") < spanish.index("El Salvador")
    assert spanish.index("Perú") < spanish.index("Polinesia Francesa") < spanish.index("Polonia")
    english = dict(queries.country_choices(session, "en"))
    assert english["DE"] == "Germany"
    assert queries.country_name(session, "DE", "es") == "Alemania"
    assert queries.country_name(session, None, "es") == ""
    assert queries.country_name(session, "??", "es") == "??"


def test_posts_are_found_by_any_of_their_words(session: Session) -> None:
    for typed in ("angeles", "LOS ÁNGELES general", "cg us lax", "los angeles estados unidos consulado"):
        assert "CG-US-LAX" in {p.code for p in queries.posts(session, q=typed)}
    assert queries.posts(session)[0].headquarters
    assert queries.posts(session, q="xyzzy") == []
    assert queries.post_choices(session, "es")[0][1].endswith("Lima")
    with pytest.raises(NotFound):
        queries.post(session, "XX-XX-XXX")


def test_hs_codes_are_found_by_digits_and_by_words(session: Session) -> None:
    assert [h.code for h in queries.hs_codes(session, "0810.40")] == ["081040"]
    assert "081040" in [h.code for h in queries.hs_codes(session, "blueb")]
    assert "080440" in [h.code for h in queries.hs_codes(session, "pálta")]
    assert len(queries.hs_codes(session, "", limit=5)) == 5
    assert [h.code for h in queries.hs_names(session, ["220820", "999999"])] == ["220820"]


def test_hs_codes_stand_under_their_chapters(session: Session) -> None:
    codes = set(session.scalars(select(HsCode.code)))
    assert {f"{n:02}" for n in range(1, 98)} <= codes
    assert all(code[:-2] in codes for code in codes if len(code) > 2)


def test_sectors_are_a_tree_of_two_levels(session: Session) -> None:
    tree = queries.sector_tree(session, "en")
    assert {b.sector.pillar for b in tree} == {"trade", "investment", "tourism", "gastronomy"}
    assert all(c.pillar == b.sector.pillar for b in tree for c in b.children)
    assert all(b.children for b in tree)
    assert len(queries.sectors(session)) == len(list(session.scalars(select(Sector))))
    names = [name for _id, name in queries.sector_choices(session, "en", pillar="trade")]
    assert "Agribusiness › Coffee" in names
    assert "Transport" not in names


def test_currencies_begin_with_the_usual_ones(session: Session) -> None:
    assert [c for c, _name in queries.currency_choices(session)][:3] == ["USD", "PEN", "EUR"]
    sol = next(c for c in queries.currencies(session, q="sol peruano"))
    assert (sol.code, sol.symbol, sol.digits) == ("PEN", "S/", 2)


@pytest.mark.parametrize(("text", "months"), [("9", (9,)), ("4-5", (4, 5)), ("2 and 8", (2, 8)), ("10-11", (10, 11))])
def test_the_months_of_a_fair_are_read(text: str, months: tuple[int, ...]) -> None:
    assert months_of(text) == months


@pytest.mark.parametrize("text", ["", "spring", "13"])
def test_a_fair_without_months_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        months_of(text)


def test_fairs_are_found_by_place_and_month(session: Session) -> None:
    assert "Natural Products Expo West" in [f.name for f in queries.fairs_in(session, "US", 3)]
    assert "MAGIC / Sourcing at Magic" in [f.name for f in queries.fairs_in(session, "US", 8)]
    assert "MAGIC / Sourcing at Magic" not in [f.name for f in queries.fairs_in(session, "US", 5)]
    assert {f.pillar for f in queries.fairs(session, pillar="tourism")} == {"tourism"}


def test_a_fair_knows_when_it_comes_next(session: Session) -> None:
    by_name = {f.name: f for f in session.scalars(select(Fair))}
    assert by_name["Anuga"].next_month(date(2026, 11, 24)) == date(2027, 10, 1)  # odd years
    assert by_name["SIAL Paris"].next_month(date(2026, 11, 24)) == date(2028, 10, 1)  # even years
    assert by_name["Fruit Logistica"].next_month(date(2026, 2, 20)) == date(2026, 2, 1)
    assert by_name["Mistura"].next_month(date(2026, 1, 1)) is None


def test_cities_come_from_posts_and_fairs(session: Session) -> None:
    assert ("Los Ángeles", "US") in queries.cities(session, "angeles")
    assert ("Anaheim", "US") in queries.cities(session, "ana")


def test_functions_and_entities_have_names(session: Session) -> None:
    assert queries.function_names(session, "es")["head_of_mission"] == "Jefatura de misión"
    assert queries.entity_choices(session, "es")[0][0] == "mre"
