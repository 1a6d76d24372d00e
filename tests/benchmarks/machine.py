"""What does not depend on data: floor, disk, start, memory, weight of the first view."""

from __future__ import annotations

import gzip
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks.client import Answer, Client, median, times
from tests.benchmarks.limits import Row, row
from tests.benchmarks.stage import KEPT, Stage, gunicorn
from tests.browser.server import serving
from tests.pages import Page

SAMPLES, ROUNDS = 240, 8


@contextmanager
def floor() -> Iterator[Client]:
    """A client of a server that only says hello, for measuring beside it."""
    with gunicorn("tests.benchmarks.floor:app") as address:
        client = Client(address)
        times(partial(client.get, "/"), 200)
        yield client
        client.close()


def by_turns(*asks: Callable[[], Answer], count: int = SAMPLES) -> list[float]:
    """Return the median milliseconds of each, asked a few at a time by turns, so that all meet the machine's moods."""
    taken: list[list[float]] = [[] for _ in asks]
    for _ in range(ROUNDS):
        for ask, mine in zip(asks, taken, strict=True):
            mine += times(ask, count // ROUNDS, warm=5)
    return [median(sorted(mine)) for mine in taken]


def fsync() -> float:
    """Return the median milliseconds of writing 4 KB to disk and waiting for it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path, taken = KEPT / ".fsync", []
    with path.open("wb", buffering=0) as file:
        for _ in range(100):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return statistics.median(taken)


def start(stage: Stage) -> Iterator[Row]:
    """Time from the command to the first whole page, of web, worker and scheduler together; the memory of each."""
    log = stage.settings.data_dir / "serve.log"
    began = time.perf_counter()
    with serving(stage.settings, log) as running:
        client = Client(running.address)
        client.get("/login")
        yield row("start to first page", stage.database, time.perf_counter() - began)
        client.sign_in(**_login(stage))
        for path in ("/contacts", "/activities", "/organisations"):
            client.get(path)
        memory = {pid: _memory(pid) for pid in _group(running.process.pid)}
        client.close()
    yield row(
        "worker's memory", stage.database, max(memory.values()), "the largest process of promo serve, its own part"
    )


def _login(stage: Stage) -> dict[str, str]:
    from tests.benchmarks.stage import logins

    person = next(p for p in logins(stage.settings) if p["role"] == "officer")
    return {"email": person["email"], "password": person["password"]}


def _group(leader: int) -> list[int]:
    """Return the processes of a group."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader:
            found.append(int(entry.name))
    return found


def _memory(pid: int) -> float:
    """Return a process's proportional share of memory, in MB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def weight(stage: Stage) -> Iterator[Row]:
    """What a browser that has nothing yet loads for a list page, as it travels."""
    client = stage.client()
    page = client.get("/contacts", Accept_Encoding="gzip")
    compressed = page.headers.get("content-encoding") == "gzip"
    text = gzip.decompress(page.body).decode() if compressed else page.text
    addresses = list(dict.fromkeys(_loaded(Page(text))))
    sizes = [len(client.get(address, Accept_Encoding="gzip").body) for address in addresses]
    client.close()
    yield row("first view, compressed", stage.database, (len(page.body) + sum(sizes)) / 1000)
    yield row("first view, requests besides the page", stage.database, len(addresses), ", ".join(addresses))


def _loaded(page: Page) -> Iterator[str]:
    for element in page.all("link", "script", "img"):
        address = element["src"] or (
            element["href"] if element["rel"] in ("stylesheet", "modulepreload", "icon") else ""
        )
        if address and not address.startswith("data:"):
            yield address.split("#")[0]
    for element in page.all("use"):
        if element["href"] and not element["href"].startswith("#"):
            yield element["href"].split("#")[0]
