"""Procedures on 200,000 case files: checklist, page, moving on, what waits, conformance, evidence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from promo.config import ROOT
from promo.procedures.building import build
from promo.procedures.checklist import checklist
from tests.benchmarks import machine
from tests.benchmarks.client import Answer, Client, median, percentile
from tests.benchmarks.limits import Row, row
from tests.benchmarks.stage import BIN, Stage, logins
from tests.browser.server import environment

MOVES, WAITING = 60, 500
OPEN = (
    "SELECT r.id, r.record_id FROM procedure_run r WHERE NOT EXISTS"
    " (SELECT 1 FROM approval a WHERE a.run_id = r.id) ORDER BY r.id DESC LIMIT :count"
)
SEMINAR = {
    "title": "Seminario de granos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2027-06-04", "ends_on": "2027-06-05", "city": "Anaheim", "country": "US", "objective": "Doce firmas",
    "timezone": "America/Los_Angeles", "budget_amount": "0", "budget_currency": "USD",
}  # fmt: skip


def large_definition(stages: int = 15, requirements: int = 120) -> dict[str, Any]:
    """Return a definition of so many stages with so many requirements in all, of every type, with conditions."""
    texts = {"es": "Uno", "en": "One"}
    each = requirements // stages
    rich = {
        "any": [
            {"fact": "budget_usd", "op": "gt", "value": 2000},
            {"not": {"fact": "capacity", "op": "le", "value": 30}},
        ]
    }

    def one(stage: int, n: int) -> dict[str, Any]:
        name = f"q{stage}_{n}"
        forms: list[dict[str, Any]] = [
            {"fact": "objective", "key": f"f{stage}_{n}", "when": rich},
            {"answer": name, "type": "integer", "min": 1, "label": texts},
            {"evidence": "agenda", "key": f"e{stage}_{n}", "label": texts},
            {"count": "participants", "min": 5, "where": {"role": "buyer"}, "key": f"c{stage}_{n}", "label": texts},
            {"each": "participants", "key": f"x{stage}_{n}", "requires": [{"fact": "title"}], "label": texts},
            {"declaration": f"d{stage}_{n}", "label": texts},
        ]
        return forms[n % len(forms)]

    keys = [f"s{n}" for n in range(stages)]
    found = [
        {
            "key": key,
            "title": texts,
            "requires": [one(at, n) for n in range(each - 1)]
            + [
                {
                    "approvals": [{"function": "head_of_mission"}, {"function": "line_director", "when": rich}],
                    "label": texts,
                }
            ],
            "next": [keys[at + 1]] if at + 1 < stages else ["closed"],
        }
        for at, key in enumerate(keys)
    ]
    last = {"key": "closed", "title": texts, "final": True}
    return {"code": "PE-BENCH-01", "title": texts, "applies_to": {"kind": "event"}, "stages": [*found, last]}


def pure(stage: Stage) -> Iterator[Row]:
    """The checklist of every stage of a version of 15 stages and 120 requirements, at the slowest stage."""
    definition = build(large_definition())
    people = [{"id": n, "title": f"Firma {n}", "role": "buyer" if n % 2 else "exhibitor"} for n in range(46)]
    facts = {"objective": "Doce", "budget_usd": 2500, "capacity": 40, "participants": people}
    slowest = 0.0
    for one in definition.stages:
        taken = []
        for _n in range(200):
            began = time.perf_counter()
            checklist(definition, one.key, facts, {}, {"agenda": 1})
            taken.append((time.perf_counter() - began) * 1000)
        slowest = max(slowest, median(sorted(taken)))
    yield row("checklist of 120 requirements", stage.database, slowest, "the slowest of 15 stages, 46 participants")


def pages(stage: Stage, floor: Client) -> Iterator[Row]:
    """A record's page with its checklist, moving on, the inbox of 500 and conformance over two years."""
    officer, head = stage.client("officer"), _holder(stage)
    made = [_plan(officer) for _n in range(MOVES)]
    page, hello = machine.by_turns(partial(officer.get, f"/events/{made[0]}"), partial(floor.get, "/"))
    yield row("record page with checklist", stage.database, page / hello, f"{page:.1f} ms, floor {hello:.2f}")
    taken = sorted(_advance(officer, id_).ms for id_ in made)
    note = f"answer of the server, p99 {percentile(taken, 99):.1f} ms"
    yield row("advance, median", stage.database, median(taken), note)
    let_wait(stage, WAITING)
    inbox, hello = machine.by_turns(partial(head.get, "/procedures/approvals"), partial(floor.get, "/"), count=80)
    yield row("approvals, 500 waiting", stage.database, inbox / hello, f"{inbox:.1f} ms, floor {hello:.2f}")
    years = "/conformance/PE-GEN-01?since=2024-12-01&until=2026-11-30"
    everything = stage.client("quality")
    shown = machine.by_turns(partial(everything.get, years), count=40)[0]
    yield row("conformance over two years", stage.database, shown, "the whole page, 200,000 case files in 170 posts")
    for client in (officer, head, everything):
        client.close()


def _holder(stage: Stage) -> Client:
    """Return a client signed in as the head of the officer's post."""
    people = logins(stage.settings)
    home = next(p for p in people if p["role"] == "officer")["post"]
    head = next(p for p in people if p["post"] == home and "head_of_mission" in p["functions"])
    client = Client(stage.address)
    client.sign_in(head["email"], head["password"])
    return client


def _plan(client: Client) -> int:
    """Plan a seminar that may move on at once; return its number."""
    fields = {**client.form("/events/new"), **SEMINAR}
    answer = client.ask("POST", "/events/new", fields)
    if answer.status != 303:
        raise RuntimeError(f"planning answered {answer.status}")
    return int(answer.headers["location"].rsplit("/", 1)[1])


def _advance(client: Client, id_: int) -> Answer:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/events/{id_}").text)
    fields = {"csrf_token": token[1] if token else "", "to": "cancelled", "reason": "Cambió el plan"}
    answer = client.ask("POST", f"/procedures/runs/{id_}/advance", fields)
    if answer.status != 303:
        raise RuntimeError(f"moving on answered {answer.status}")
    return answer


def let_wait(stage: Stage, count: int) -> None:
    """Let so many requests wait for the head of the officer's post, as if they had been asked for."""
    people = logins(stage.settings)
    home = next(p for p in people if p["role"] == "officer")
    head = next(p for p in people if p["post"] == home["post"] and "head_of_mission" in p["functions"])
    engine = create_engine(stage.settings.database_url)
    with engine.begin() as connection:
        who = {name: connection.scalar(text("SELECT id FROM person WHERE email = :e"), {"e": p["email"]})
               for name, p in (("officer", home), ("head", head))}  # fmt: skip
        found = connection.execute(text(OPEN), {"count": count}).all()
        columns = [c["name"] for c in _columns(connection)]
        shown = json.dumps({"facts": {"title": "Seminario", "budget_usd": "900"}, "answers": {}, "files": []})
        given = {
            "stage": "notice", "requirement": "approvals", "subject": "step", "subject_id": 0, "state": "waiting",
            "function": "head_of_mission", "asked_by_id": who["officer"], "asked_at": "2026-11-20 12:00:00",
            "assigned_to_id": who["head"], "route_step": "holder", "route_why": "[]", "digest": "0" * 64,
            "snapshot": shown, "together": False,
        }  # fmt: skip
        kept = {name: value for name, value in given.items() if name in columns}
        names = ", ".join(["run_id", "record_id", *kept])
        marks = ", ".join([":run_id", ":record_id", *(f":{name}" for name in kept)])
        rows = [{"run_id": run, "record_id": record, **kept} for run, record in found]
        connection.execute(text(f"INSERT INTO approval ({names}) VALUES ({marks})"), rows)
    engine.dispose()
    if len(found) < count:
        raise RuntimeError(f"only {len(found)} case files have no request yet")


def _columns(connection: Any) -> list[Any]:
    from sqlalchemy import inspect

    return list(inspect(connection).get_columns("approval"))


def commands(stage: Stage) -> Iterator[Row]:
    """An evidence pack of 50 case files, by the command line, and its verifier."""
    out = stage.settings.data_dir / "pack.zip"
    taken, _said = _timed(stage, "procedures", "evidence", "--sample", "50", "--seed", "1", "--out", str(out))
    yield row("evidence pack of 50 records", stage.database, taken, f"{out.stat().st_size / 1e6:.1f} MB")
    verified = subprocess.run(
        [sys.executable, str(_unpacked(out) / "verify.py")], capture_output=True, text=True, check=False
    )
    if verified.returncode:
        raise RuntimeError(f"the pack does not verify: {verified.stdout[-500:]}")


def _timed(stage: Stage, *arguments: str) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(
        [BIN / "promo", *arguments],
        env=environment(stage.settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"promo {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began, done.stdout


def _unpacked(pack: Path) -> Path:
    import zipfile

    folder = pack.with_suffix("")
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    return folder
