"""The dashboard through HTTP: each figure is its rows, whoever looks; nonsense is told, not fatal."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import time_machine

from promo.reports.measures import MEASURES
from tests.cast import Cast
from tests.pages import Page
from tests.reports import rows

pytestmark = pytest.mark.usefixtures("session")
VIEWERS = ("officer", "manager", "hq_manager", "auditor", "other_officer")
YEAR = {"since": "2024-01-01", "until": "2024-12-31"}


def figures(page: str) -> list[tuple[Decimal, str | None]]:
    """Return each card's exact figure and the address of its rows."""
    found = []
    for data in Page(page).all("data"):
        link = data.within("a")
        found.append((Decimal(data["value"]), link["href"] if link else None))
    return found


def rows_behind(client: Any, address: str) -> list[str]:
    """Return the addresses of the records on all pages of a list."""
    found: list[str] = []
    next_: str | None = address
    while next_:
        text = client.get(next_).text
        page = Page(text)
        heads = [e for e in page.all("a") if (row := e.within("tr")) is not None and "data-row" in row.attributes]
        found += [e["href"] for e in heads if e.within("th")]
        next_ = next((e["href"] for e in page.all("a") if "after=" in e["href"]), None)
    return found


@pytest.mark.parametrize("part", VIEWERS)
@pytest.mark.parametrize("args", [YEAR, {"since": "2024-02-29", "until": "2024-02-29"}, YEAR | {"pillar": "trade"}])
def test_index_figures_are_the_rows_behind_them(sign_in: Any, cast: Cast, part: str, args: dict[str, str]) -> None:
    made = rows.make(cast)
    client, viewer = sign_in(cast.members[part]), cast.members[part].viewer
    since, until = (date.fromisoformat(args[name]) for name in ("since", "until"))
    sides = {"pillar": args["pillar"]} if "pillar" in args else {}
    shown = figures(client.get(f"/reports?{urlencode(args)}").text)
    assert len(shown) == len(MEASURES)
    for measure, (value, address) in zip(MEASURES, shown, strict=True):
        count, total = rows.expected(made, measure.key, viewer, since, until, **sides)
        assert value == (count if measure.summed is None else total), measure.key
        assert (address is None) == (count == 0)
        if address:
            behind = rows_behind(client, address)
            assert len(behind) == len(set(behind)) == count


@pytest.mark.parametrize("part", ["manager", "hq_manager"])
def test_index_tables_are_the_rows_behind_them_and_add_up(sign_in: Any, cast: Cast, part: str) -> None:
    made = rows.make(cast)
    client, viewer = sign_in(cast.members[part]), cast.members[part].viewer
    page = Page(client.get(f"/reports?{urlencode(YEAR)}").text)
    for side in ("post", "pillar", "country"):
        body = page.by_id(f"rows-{side}")
        links = [e for e in page.all("a") if (td := e.within("td")) is not None and td.within("tbody") is body]
        assert links
        by_list: dict[str, int] = {}
        for link in links:
            list_ = urlsplit(link["href"]).path
            asked = {name: values[0] for name, values in parse_qs(urlsplit(link["href"]).query).items()}
            behind = len(rows_behind(client, link["href"]))
            by_list[f"{list_} {asked.get('grade')}"] = by_list.get(f"{list_} {asked.get('grade')}", 0) + behind
            if list_ != "/outcomes":
                assert int(link.text.replace(",", "")) == behind
        assert (
            by_list["/activities None"]
            == rows.expected(made, "activities", viewer, date(2024, 1, 1), date(2024, 12, 31))[0]
        )


def test_index_of_a_manager_is_of_their_posts_only(sign_in: Any, cast: Cast) -> None:
    rows.make(cast)
    client = sign_in(cast.manager)
    other = cast.other_officer.post_id
    answer = client.get(f"/reports?{urlencode(YEAR | {'post': str(other)})}")
    assert answer.status_code == 200
    assert "no le corresponde" in answer.text
    assert figures(answer.text) == figures(client.get(f"/reports?{urlencode(YEAR)}").text)


def test_index_of_headquarters_takes_several_posts_or_a_countrys(sign_in: Any, cast: Cast) -> None:
    rows.make(cast)
    client = sign_in(cast.hq_manager)

    def activities(post: str) -> Decimal:
        return figures(client.get(f"/reports?{urlencode(YEAR | {'post': post})}").text)[0][0]

    lax, tyo = str(cast.officer.post_id), str(cast.other_officer.post_id)
    assert activities(f"{lax},{tyo}") == activities(lax) + activities(tyo)
    assert activities("US") >= activities(lax) > 0


HOSTILE = ("'", "<script>", "\x00", "9" * 200, "²", "-", "--", "2024-13-40", "0001-01-01", "9999-12-31", "a" * 5000, "‮")


@pytest.mark.parametrize("name", ["since", "until", "period", "post", "pillar", "country"])
def test_index_tells_of_nonsense_in_the_address(sign_in: Any, cast: Cast, name: str) -> None:
    client = sign_in(cast.hq_manager)
    for value in HOSTILE:
        assert client.get(f"/reports?{name}={quote(value)}").status_code == 200
        for list_ in ("activities", "events", "outcomes"):
            assert client.get(f"/{list_}?{name}={quote(value)}").status_code == 200
    assert "Escriba las fechas" in client.get("/reports?since=2024-13-40").text
    assert "termina antes" in client.get("/reports?since=2024-05-01&until=2024-04-01").text


@pytest.mark.parametrize(
    ("zone_part", "moment", "title"),
    [
        ("officer", "2025-01-01T02:00:00+00:00", "Año 2024"),  # in Los Ángeles it is still New Year's Eve
        ("other_officer", "2024-12-31T16:00:00+00:00", "Año 2025, hasta el 01/01/2025"),  # in Tokyo it is not
    ],
)
def test_index_begins_a_year_where_the_reader_is(
    sign_in: Any, cast: Cast, zone_part: str, moment: str, title: str
) -> None:
    client = sign_in(cast.members[zone_part])
    with time_machine.travel(moment, tick=False):
        assert re.search(r"<h1[^>]*>([^<]+)", client.get("/reports").text).group(1) == title  # type: ignore[union-attr]


def test_index_compares_with_the_year_before(sign_in: Any, cast: Cast) -> None:
    made = rows.make(cast)
    text = sign_in(cast.hq_manager).get("/reports?since=2025-01-01&until=2025-02-28").text
    before, _usd = rows.expected(made, "activities", cast.hq_manager.viewer, date(2024, 1, 1), date(2024, 2, 29))
    assert f"{before} en 2024" in text


def test_index_is_not_for_an_administrator(sign_in: Any, cast: Cast) -> None:
    assert sign_in(cast.admin).get("/reports").status_code == 403
