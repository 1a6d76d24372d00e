"""Logging an activity, alone and beside a writing job; many clients at once."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from random import Random

from promo.config import ROOT
from tests.benchmarks.client import Answer, Client, median, percentile
from tests.benchmarks.limits import Row, row
from tests.benchmarks.reading import one
from tests.benchmarks.stage import Stage, logins
from tests.browser.server import environment

SAMPLES = 150
CLIENTS, SECONDS = 16, 60
PATHS = ("/day", "/contacts", "/activities", "/organisations", "/contacts?country=US", "/find?q=quisp")


class Logger:
    """Somebody who logs activities with one contact, each with a key of its own, as the form would."""

    def __init__(self, stage: Stage, client: Client) -> None:
        query = "SELECT id FROM record WHERE kind = 'contact' AND visibility = 'shared' ORDER BY id LIMIT 1"
        self.client, self.contact = client, str(one(stage, query)[0])
        self.fields = client.form("/activities/log")

    def __call__(self) -> Answer:
        """Log one."""
        fields = {
            **self.fields,
            "idempotency_key": secrets.token_urlsafe(18),
            "who": self.contact,
            "activity_type": "call",
            "text": "Pidió muestras y lista de precios.",
        }
        answer = self.client.ask("POST", "/activities/log", fields)
        if answer.status not in (302, 303):
            raise RuntimeError(f"logging answered {answer.status}")
        return answer


def log(stage: Stage) -> Iterator[Row]:
    """One after another, then beside a job that writes 100,000 rows in chunks."""
    client = stage.client()
    log_one = Logger(stage, client)
    for _ in range(10):
        log_one()
    alone = sorted(log_one().ms for _ in range(SAMPLES))
    yield row("log an activity, median", stage.database, median(alone), f"p99 {percentile(alone, 99):.1f} ms")
    job = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.filler"], env=environment(stage.settings), cwd=ROOT)
    beside = []
    while job.poll() is None:
        beside.append(log_one().ms)
        time.sleep(0.02)
    if job.returncode:
        raise RuntimeError("the writing job failed")
    beside.sort()
    note = f"{len(beside)} logged meanwhile, median {median(beside):.1f} ms"
    yield row("log an activity beside a writing job, p99", stage.database, percentile(beside, 99), note)
    client.close()


def export(stage: Stage) -> Iterator[Row]:
    """The latest 100,000 activities as XLSX, by a process of its own as a worker's is."""
    query = (
        "SELECT min(starts_on) FROM (SELECT starts_on FROM record WHERE kind = 'activity' AND archived_at IS NULL"
        " AND visibility <> 'team' ORDER BY starts_on DESC LIMIT 100000) AS latest"
    )
    since = str(one(stage, query)[0])[:10]
    person = next(p for p in logins(stage.settings) if p["role"] == "auditor")
    command = [sys.executable, "-m", "tests.benchmarks.exporter", person["email"], since]
    done = subprocess.run(
        command, env=environment(stage.settings), cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    note = f"{told['rows']} rows"
    yield row("export of 100,000 rows", stage.database, told["seconds"], note)
    yield row("export of 100,000 rows, peak memory", stage.database, told["megabytes"], note)


def crowd(stage: Stage, seconds: int = SECONDS) -> Iterator[Row]:
    """Many clients, nine reads to one write, on two workers."""
    clients = [stage.client() for _ in range(CLIENTS)]
    taken: list[list[float]] = [[] for _ in clients]
    errors: list[str] = []
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        random, client = Random(number), clients[number]
        log_one = Logger(stage, client)
        while time.monotonic() < until:
            try:
                answer = log_one() if random.random() < 0.1 else client.get(random.choice(PATHS))
                taken[number].append(answer.ms)
            except (RuntimeError, OSError) as error:
                errors.append(str(error))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    every = sorted(ms for mine in taken for ms in mine)
    yield row("16 clients, errors", stage.database, len(errors), "; ".join(errors[:3]))
    yield row("16 clients, p99", stage.database, percentile(every, 99), f"median {median(every):.1f} ms")
    yield row("16 clients, requests a second", stage.database, len(every) / seconds)
