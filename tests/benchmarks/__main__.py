"""Run every bench on both databases; write ``bench.json`` and print a table."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from promo.config import ROOT
from tests import postgres
from tests.benchmarks import casework as procedures
from tests.benchmarks import machine, reading, rehearsing, writing
from tests.benchmarks.client import Client
from tests.benchmarks.limits import Row, row
from tests.benchmarks.stage import Stage, database, gunicorn, prepared

DATABASES = ("sqlite", "postgresql")


def measure(stage: Stage, floor: Client, only: str) -> Iterator[Row]:
    """Run the benches on a stage; each group with the number of gunicorn workers that it is about."""
    groups: dict[str, tuple[int, Callable[[Stage], Iterator[Row]]]] = {
        "lists": (1, lambda s: reading.lists(s, floor)),
        "statements": (1, reading.statements),
        "record": (1, lambda s: reading.record(s, floor)),
        "find": (1, reading.find),
        "weight": (1, machine.weight),
        "log": (1, writing.log),
        "crowd": (2, lambda s: writing.crowd(s, 60 if s.size == "large" else 15)),
        "export": (0, writing.export),
        "start": (0, machine.start),
    }
    for name, (workers, bench) in groups.items():
        if only and only != name:
            continue
        if workers == 0:
            yield from bench(stage)
            continue
        with gunicorn("wsgi:app", stage.settings, workers) as address:
            yield from bench(replace(stage, address=address))


def compare(kind: str, size: str, server: postgres.Server | None, stage: Stage) -> Iterator[Row]:
    """The same page on the large and on the small set."""
    if size == "small":
        return
    small = prepared(kind, "small", server)
    with gunicorn("wsgi:app", stage.settings) as here, gunicorn("wsgi:app", small.settings) as there:
        clients = [replace(stage, address=here).client(), replace(small, address=there).client()]
        large, less = machine.by_turns(*(partial(client.get, "/contacts") for client in clients))
    yield row("contacts, large to small set", kind, large / less, f"{large:.1f} and {less:.1f} ms")


def casework(kind: str, server: postgres.Server | None, floor: Client) -> Iterator[Row]:
    """Procedures, on a set of many case files."""
    stage = prepared(kind, "casework", server)
    yield from procedures.pure(stage)
    with gunicorn("wsgi:app", stage.settings) as address:
        yield from procedures.pages(replace(stage, address=address), floor)
    yield from procedures.commands(stage)
    yield from rehearsing.rehearsal(stage)


def show(found: Row) -> None:
    """Print one line of the table."""
    mark = "  ok  " if found.ok else " MISS "
    limit = "" if found.limit is None else f"≤ {found.limit:g}"
    print(f"{mark} {found.database:<10} {found.name:<48} {found.value:>9.2f} {found.unit:<10} {limit:<8} {found.note}")


def main() -> int:
    """Run the command; the exit code is 0 even where a limit is missed: ``bench.json`` says so."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--size", choices=("small", "large"), default="large")
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    parser.add_argument("--only", default="", help="only one group, such as lists, find or log")
    asked = parser.parse_args()
    found: list[Row] = []

    def keep(rows: Iterator[Row]) -> None:
        for one in rows:
            found.append(one)
            show(one)

    for kind in asked.database or DATABASES:
        with machine.floor() as floor, database(kind) as server:
            hello = machine.by_turns(partial(floor.get, "/"))[0]
            keep(iter([row("floor", kind, hello), row("fsync", kind, machine.fsync())]))
            if asked.only != "procedures":
                stage = prepared(kind, asked.size, server)
                keep(measure(stage, floor, asked.only))
            if asked.only in ("", "lists"):
                keep(compare(kind, asked.size, server, stage))
            if asked.only in ("", "procedures") and asked.size == "large":
                keep(casework(kind, server, floor))
    about = {"at": datetime.now(UTC).isoformat(), "size": asked.size, "machine": platform.platform()}
    result = {**about, "python": platform.python_version(), "rows": [r.as_dict() for r in found]}
    (ROOT / "bench.json").write_text(json.dumps(result, indent=1, ensure_ascii=False))
    missed = [r for r in found if not r.ok]
    print(f"{len(found)} measures, {len(missed)} beyond their limit; bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
