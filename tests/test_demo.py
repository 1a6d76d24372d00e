"""The demonstration: deterministic, apart from real people, and its people sign in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from stdnum.pe import ruc

from promo import demo
from promo.activities.models import Activity
from promo.core.db import session, write
from promo.core.records import Record
from promo.organisations.models import Organisation

pytestmark = pytest.mark.usefixtures("session")


def _load(seed: int) -> list[str]:
    with write() as writing:
        demo.load(writing, "x", seed=seed, today=date(2026, 11, 23), size=20)
    found = select(Record.reference, Record.title).order_by(Record.id)
    return [" ".join(row) for row in session().execute(found)]


def test_load_makes_well_formed_records() -> None:
    found = _load(1)
    assert len(found) == len(set(found)) > 100
    assert session().scalar(select(func.count()).select_from(Activity)) == 20
    numbers = list(session().scalars(select(Organisation.tax_id).where(Organisation.tax_id.isnot(None))))
    assert numbers
    assert all(ruc.is_valid(n) for n in numbers)


def test_load_refuses_beside_real_people(cast: Any) -> None:
    from promo.accounts.models import Person

    with write() as writing:
        writing.add(Person(name="Real", email="real@rree.gob.pe"))
    with pytest.raises(demo.RealData):
        _load(1)
    assert session().scalar(select(func.count()).select_from(Record)) == 0
