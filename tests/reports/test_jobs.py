"""The workbook holds the very figures of the dashboard and the rows behind them, for whoever asks."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from openpyxl import load_workbook

from promo.core.audit import AuditEvent
from promo.core.db import session
from promo.reports.measures import MEASURES
from tests.cast import Cast
from tests.reports import rows
from tests.reports.test_views import VIEWERS, YEAR, figures, rows_behind

pytestmark = pytest.mark.usefixtures("session")


def _book(client: Any, **args: str) -> Any:
    answer = client.post(f"/exports/start/reports?{urlencode(args)}")
    assert answer.status_code == 303, answer.text
    return load_workbook(io.BytesIO(client.get(f"{answer.location}/download").data))


def _table(sheet: Any) -> list[dict[str, Any]]:
    head, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


@pytest.mark.parametrize("part", VIEWERS)
def test_build_holds_the_figures_of_the_dashboard_and_their_rows(sign_in: Any, cast: Cast, part: str) -> None:
    rows.make(cast)
    client = sign_in(cast.members[part])
    shown = figures(client.get(f"/reports?{urlencode(YEAR)}").text)
    _cover, cifras, over_time, by_post, by_pillar, by_country, *behind = _book(client, **YEAR).worksheets
    assert [str(one.title) for one in behind] == [str(line["Cifra"]) for line in _table(cifras)]
    for measure, (value, address), line, sheet in zip(MEASURES, shown, _table(cifras), behind, strict=True):
        count, label = line["Filas"], line["Cifra"]
        assert value == (count if measure.summed is None else _exact(line["Dólares"]))
        there = _table(sheet)
        assert len(there) == count == (len(rows_behind(client, address)) if address else 0)
        for breakdown in (over_time, by_post, by_pillar, by_country):
            lines = _table(breakdown)
            assert sum(one[label] for one in lines) == count
            if measure.summed is not None:
                assert sum(_exact(one[f"{label}, US$"]) for one in lines) == value
        if measure.summed is not None:
            assert sum(_exact(one["Monto en dólares"]) for one in there) == value


def _exact(value: float | None) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def test_build_has_real_dates_frozen_heads_and_a_cover(sign_in: Any, cast: Cast) -> None:
    rows.make(cast, activities=20, acts=3, outcomes=6)
    book = _book(sign_in(cast.hq_manager), **YEAR, pillar="trade")
    cover = {str(line[0]): line[1] for line in book.worksheets[0].iter_rows(min_row=3, max_col=2, values_only=True)}
    assert cover["Periodo"] == "Año 2024"
    assert (cover["Oficina en el exterior"], cover["Pilar"]) == ("Todas las oficinas", "Comercio")
    assert cover["Desde"] == datetime(2024, 1, 1)  # noqa: DTZ001
    assert str(cover["Exportado por"]).startswith("Fabián Huamán Ortiz")
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
    assert isinstance(_table(book["En el tiempo"])[0]["Desde"], datetime)


def test_export_is_told_in_the_trail(sign_in: Any, cast: Cast) -> None:
    rows.make(cast, activities=5, acts=1, outcomes=1)
    _book(sign_in(cast.manager), **YEAR)
    told = session().query(AuditEvent).filter(AuditEvent.action == "export").one()
    assert told.actor_id == cast.manager.id


def test_export_is_not_for_an_administrator(sign_in: Any, cast: Cast) -> None:
    assert sign_in(cast.admin).post("/exports/start/reports").status_code == 403
