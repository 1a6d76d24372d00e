"""Lists, a record, find as you type."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import create_engine, text

from tests.benchmarks import machine
from tests.benchmarks.client import Client, percentile, times
from tests.benchmarks.limits import Row, row
from tests.benchmarks.stage import Stage

SAMPLES = 100
DEPTH = 500_000
COUNTRY = "US"
WORDS = ("quisp", "nuñ", "li")
ORDER = "SELECT sort_key, id FROM record WHERE kind = 'contact' AND archived_at IS NULL AND visibility = 'shared'"


def one(stage: Stage, query: str, **values: Any) -> Any:
    """Return the first row of a query on the stage's database, or None."""
    engine = create_engine(stage.settings.database_url)
    with engine.connect() as connection:
        found = connection.execute(text(query), values).first()
    engine.dispose()
    return found


def place(stage: Stage, country: str | None) -> tuple[str, int]:
    """Return the place of the list ``DEPTH`` rows down (near the end, in a smaller set), and how deep that is."""
    where = " AND country = :country" if country else ""
    counted = one(stage, f"SELECT count(*) FROM ({ORDER}{where}) AS shown", country=country)[0]
    depth = min(DEPTH, max(counted - 100, 0))
    query = f"{ORDER}{where} ORDER BY sort_key, id LIMIT 1 OFFSET :depth"
    key, id_ = one(stage, query, country=country, depth=depth)
    return base64.urlsafe_b64encode(json.dumps(["name", key, id_]).encode()).decode().rstrip("="), depth


def lists(stage: Stage, floor: Client) -> Iterator[Row]:
    """The contacts list, first page and deep down, plain and of one country."""
    client = stage.client()
    for name, country in (("contacts", None), ("contacts of a country", COUNTRY)):
        chosen = {"country": country} if country else {}
        after, depth = place(stage, country)
        pages = (_path(chosen), _path({**chosen, "after": after}), "/")
        asks = [partial(whom.get, path) for whom, path in zip((client, client, floor), pages, strict=True)]
        first, deep, hello = machine.by_turns(*asks)
        yield row(f"{name}, first page", stage.database, first / hello, f"{first:.1f} ms, floor {hello:.2f}")
        yield row(f"{name}, page at depth", stage.database, deep / hello, f"{deep:.1f} ms at {depth}")
        if country is None:
            yield row("contacts, depth to first", stage.database, deep / first)
    client.close()


def _path(arguments: dict[str, str]) -> str:
    return f"/contacts?{urlencode(arguments)}" if arguments else "/contacts"


def statements(stage: Stage) -> Iterator[Row]:
    """How many SQL statements a list page needs, counted in a process of our own."""
    from promo.app import create_app
    from promo.core.db import db
    from tests import database

    signed_in = stage.client()
    app = create_app(stage.settings)
    client = app.test_client()
    for name, value in signed_in.cookies.items():
        client.set_cookie(name, value)
    with database.watch() as seen:
        answer = client.get("/contacts")
    with app.app_context():
        db.engine.dispose()
    if answer.status_code != 200:
        raise RuntimeError(f"/contacts answered {answer.status_code}")
    yield row("contacts, statements a page", stage.database, len(seen.statements))
    signed_in.close()


def record(stage: Stage, floor: Client) -> Iterator[Row]:
    """The contact with the most activities."""
    query = (
        "SELECT l.to_id, count(*) FROM record_link l JOIN record r ON r.id = l.to_id AND r.kind = 'contact'"
        " WHERE r.visibility = 'shared' GROUP BY l.to_id ORDER BY 2 DESC LIMIT 1"
    )
    id_, count = one(stage, query)
    client = stage.client()
    taken, hello = machine.by_turns(partial(client.get, f"/contacts/{id_}"), partial(floor.get, "/"))
    client.close()
    note = f"{taken:.1f} ms, {count} activities, floor {hello:.2f}"
    yield row("contact with most activities", stage.database, taken / hello, note)


def find(stage: Stage) -> Iterator[Row]:
    """Find as you type: parts of names, a rare word (a reference) and the most common one."""
    rare = one(stage, "SELECT reference FROM record WHERE kind = 'contact' AND visibility = 'shared' ORDER BY id DESC")[
        0
    ]
    client = stage.client()
    for word in (*WORDS, rare.lower(), common(stage)):
        taken = times(partial(_find, client, word), SAMPLES, warm=5)
        yield row(f"find as you type, p95: {word}", stage.database, percentile(taken, 95))
    client.close()


def _find(client: Client, word: str) -> Any:
    return client.get(f"/find?{urlencode({'q': word})}", HX_Request="true")


def common(stage: Stage) -> str:
    """Return the most common word of three letters or more among some thousand records."""
    from collections import Counter

    engine = create_engine(stage.settings.database_url)
    with engine.connect() as connection:
        texts = connection.execute(text("SELECT search FROM record WHERE kind = 'contact' LIMIT 5000")).scalars()
        words = Counter(w for t in texts for w in set(t.split()) if len(w) > 2 and w.isalpha())
    engine.dispose()
    return words.most_common(1)[0][0]
