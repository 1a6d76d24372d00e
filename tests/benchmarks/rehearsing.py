"""A rehearsal of the simple act with one more requirement, over the last records of many, by the command."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from promo.procedures.validation import LIBRARY, parse
from tests.benchmarks.limits import Row, row
from tests.benchmarks.stage import Stage, promo

RECORDS = 20_000
DAYS = 70  # in which the set of case files moved or began about so many records


def rehearsal(stage: Stage) -> Iterator[Row]:
    """Time the whole command, its start included; what it read beyond 20,000 records is reckoned off."""
    data = parse((LIBRARY / "PE-GEN-01.yaml").read_bytes()).data
    data["stages"][0]["requires"].append({"key": "one_more", "evidence": "invitation"})
    since = date.today() - timedelta(days=DAYS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draft.json"
        file.write_text(json.dumps(data))
        began = time.perf_counter()
        found = json.loads(promo(stage.settings, "procedures", "rehearse", str(file), "--since", str(since), "--json"))
        taken = time.perf_counter() - began
    runs = max(1, found["runs"])
    note = f"{taken:.1f} s for {runs} records, {runs / taken:.0f} a second"
    yield row("rehearsal over 20,000 records", stage.database, taken * RECORDS / max(runs, RECORDS), note)
