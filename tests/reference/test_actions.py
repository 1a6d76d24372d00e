"""Loading reference data, rates, and correcting a post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.core import calendars
from promo.core.db import write
from promo.core.errors import Forbidden, Refused, Stale
from promo.reference import actions, queries
from promo.reference.models import Post, Rate
from tests.cast import Cast

REGIONS_NOT_BY_CITY = {"BE", "FR", "NL"}  # communities, overseas departments and school zones


def _posts(session: Session) -> dict[str, Post]:
    return {p.code: p for p in session.scalars(select(Post))}


def test_loading_again_changes_nothing(session: Session) -> None:
    before = {p.code: (p.id, p.version) for p in session.scalars(select(Post))}
    with write() as writing:
        counts = actions.load(writing)
    assert counts["post"] == 170
    assert counts["fair"] == 48
    assert counts["country"] == 250
    session.expire_all()
    assert {p.code: (p.id, p.version) for p in session.scalars(select(Post))} == before


def test_loading_keeps_what_was_corrected_on_a_post(session: Session, cast: Cast) -> None:
    with write() as writing:
        actions.edit(writing, cast.admin.viewer, "CG-HK-HKG", {"weekend": "67", "note": "confirmada"})
    with write() as writing:
        actions.load(writing)
    post = queries.post(session, "CG-HK-HKG")
    assert (post.weekend, post.note) == ("67", "confirmada")


def test_each_post_reports_to_its_embassy_or_to_lima(session: Session) -> None:
    posts = _posts(session)
    codes = {post.id: code for code, post in posts.items()}
    above = {code: codes.get(post.parent_id or 0) for code, post in posts.items()}
    assert above["CG-US-LAX"] == above["OC-US-LAX"] == "EMB-US-WAS"
    assert above["EMB-US-WAS"] == above["MP-US-NYC"] == above["CG-HK-HKG"] == "HQ-PE-LIM"
    assert above["HQ-PE-LIM"] is None
    assert [c for c, a in above.items() if a is None] == ["HQ-PE-LIM"]


def test_posts_keep_the_holidays_of_their_region(session: Session) -> None:
    for post in session.scalars(select(Post)):
        regions = calendars.subdivisions(post.holiday_country)
        if post.holiday_subdivision:
            assert post.holiday_subdivision in regions, post.code
        else:
            assert not regions or post.country in REGIONS_NOT_BY_CITY, post.code
        calendars.calendar_of(post)
    assert queries.post(session, "EMB-SA-RUH").weekend == "56"
    assert queries.post(session, "CG-US-LAX").weekend == "67"


def test_uncertain_posts_carry_a_note(session: Session) -> None:
    noted = session.scalar(select(func.count()).select_from(Post).where(Post.note.isnot(None)))
    assert noted == len(list(actions.rows_of("posts_uncertain.csv"))) == 61


def test_demo_rates_are_the_same_whenever_they_are_made(session: Session) -> None:
    with write() as writing:
        writing.query(Rate).delete()
        assert actions.load_demo_rates(writing, date(2026, 11, 24)) == 30 * 34
        first = {(r.currency, r.on): r.usd for r in writing.scalars(select(Rate))}
        assert actions.load_demo_rates(writing, date(2026, 12, 1)) == 34
    again = {(r.currency, r.on): r.usd for r in session.scalars(select(Rate))}
    assert first.items() <= again.items()
    assert min(on for _c, on in first) == date(2024, 6, 1)
    assert all(Decimal("0.26") < usd < Decimal("0.28") for (c, _on), usd in again.items() if c == "PEN")


HEAD = "currency,on,usd,source\n"


@time_machine.travel("2026-11-24 12:00 +0000", tick=False)
def test_rates_are_taken_all_or_none(session: Session) -> None:
    with write() as writing:
        counts = actions.load_rates(writing, HEAD + "pen,2026-11-23,0.2701,SBS\nEUR,2026-11-23,1.1,BCE\n")
    assert counts == {"added": 2, "changed": 0}
    with write() as writing:
        counts = actions.load_rates(writing, "\ufeff" + HEAD + "PEN,2026-11-23,0.2705,SBS\n")
    assert counts == {"added": 0, "changed": 1}
    found = queries.rate_on(session, "PEN", date(2026, 11, 1), date(2026, 11, 24))
    assert found is not None
    assert (found.usd, found.source) == (Decimal("0.2705"), "SBS")


@pytest.mark.parametrize(
    "line",
    [
        "ZZZ,2026-11-23,1,SBS", "PEN,23/11/2026,1,SBS", "PEN,2026-11-26,1,SBS", "PEN,2026-11-23,abc,SBS",
        "PEN,2026-11-23,0,SBS", "PEN,2026-11-23,-1,SBS", "PEN,2026-11-23,NaN,SBS", "PEN,2026-11-23,1e9,SBS",
        "PEN,2026-11-23,1,", "PEN,2026-11-23,1," + "x" * 101, "PEN,2026-11-23", "PEN,2026-11-23,1,SBS,more", ",,,",
        "PEN,2026-11-22,1,SBS",
    ],
)  # fmt: skip
@time_machine.travel("2026-11-24 12:00 +0000", tick=False)
def test_a_wrong_line_of_rates_is_named(session: Session, line: str) -> None:
    before = session.scalar(select(func.count()).select_from(Rate))
    with pytest.raises(Refused) as refused, write() as writing:
        actions.load_rates(writing, HEAD + "PEN,2026-11-22,0.27,SBS\n" + line + "\n")
    assert len(refused.value.reasons) == 1
    assert "3" in str(refused.value.reasons[0].message)
    assert session.scalar(select(func.count()).select_from(Rate)) == before


@pytest.mark.parametrize("text", ["", HEAD, "a,b\n1,2\n"])
def test_a_file_without_rates_is_refused(session: Session, text: str) -> None:
    with pytest.raises(Refused), write() as writing:
        actions.load_rates(writing, text)


def test_only_administrators_correct_posts(session: Session, cast: Cast) -> None:
    for member in (cast.officer, cast.manager, cast.quality):
        with pytest.raises(Forbidden), write() as writing:
            actions.edit(writing, member.viewer, "CG-US-LAX", {"note": "x"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Olympus"), ("weekend", "1234567"), ("weekend", "89"), ("weekend", "66"),
        ("holiday_country", "ZZ"), ("holiday_subdivision", "XX"), ("parent_id", None), ("parent_id", 10**9),
    ],
)  # fmt: skip
def test_a_value_that_can_not_be_is_refused_at_its_field(session: Session, cast: Cast, field: str, value: Any) -> None:
    with pytest.raises(Refused) as refused, write() as writing:
        actions.edit(writing, cast.admin.viewer, "CG-US-LAX", {field: value})
    assert [r.field for r in refused.value.reasons] == [field]


def _refused(cast: Cast, code: str, values: Callable[[Session], dict[str, Any]]) -> list[str | None]:
    with pytest.raises(Refused) as refused, write() as writing:
        actions.edit(writing, cast.admin.viewer, code, values(writing))
    return [r.field for r in refused.value.reasons]


def test_no_post_reports_to_itself_or_to_one_under_it(session: Session, cast: Cast) -> None:
    for under in ("EMB-US-WAS", "CG-US-LAX"):
        assert _refused(cast, "EMB-US-WAS", lambda s, u=under: {"parent_id": queries.post(s, u).id}) == ["parent_id"]  # type: ignore[misc]
    assert _refused(cast, "HQ-PE-LIM", lambda s: {"parent_id": queries.post(s, "EMB-US-WAS").id}) == ["parent_id"]


def test_a_post_that_others_report_to_stays_in_use(session: Session, cast: Cast) -> None:
    assert _refused(cast, "EMB-US-WAS", lambda s: {"active": False}) == ["active"]
    assert _refused(cast, "HQ-PE-LIM", lambda s: {"active": False}) == ["active"]
    with write() as writing:
        actions.edit(writing, cast.admin.viewer, "CG-US-DEN", {"active": False})
    assert "CG-US-DEN" not in {p.code for p in queries.posts(session)}


def test_a_stale_correction_shows_both(session: Session, cast: Cast) -> None:
    seen = queries.post(session, "CG-US-LAX").version
    with write() as writing:
        actions.edit(writing, cast.admin.viewer, "CG-US-LAX", {"note": "first"}, seen)
    with pytest.raises(Stale) as stale, write() as writing:
        actions.edit(writing, cast.admin.viewer, "CG-US-LAX", {"note": "second"}, seen)
    assert [(d.name, d.mine, d.theirs) for d in stale.value.differences] == [("note", "second", "first")]
