"""What is promised: one limit a measure. The bench says ``ok: false`` where it is missed."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limit:
    """At most ``value`` of ``unit`` (None is only reported), on both databases or on one."""

    unit: str
    value: float | None = None
    database: str | None = None


FLOOR, MS, S, MB, KB = "× floor", "ms", "s", "MB", "kB"
LIMITS: dict[str, Limit] = {
    "floor": Limit(MS),
    "fsync": Limit(MS),
    "contacts, first page": Limit(FLOOR, 16),
    "contacts, page at depth": Limit(FLOOR, 16),
    "contacts of a country, first page": Limit(FLOOR, 16),
    "contacts of a country, page at depth": Limit(FLOOR, 16),
    "contacts, statements a page": Limit("statements", 8),
    "contacts, depth to first": Limit("ratio", 1.2),
    "contacts, large to small set": Limit("ratio", 1.3),
    "contact with most activities": Limit(FLOOR, 20),
    "find as you type, p95": Limit(MS, 25),
    "log an activity, median": Limit(MS, 20, "sqlite"),
    "log an activity beside a writing job, p99": Limit(MS, 250),
    "16 clients, errors": Limit("errors", 0),
    "16 clients, p99": Limit(MS, 250),
    "16 clients, requests a second": Limit("1/s"),
    "export of 100,000 rows": Limit(S, 15),
    "export of 100,000 rows, peak memory": Limit(MB, 200),
    "rehearsal over 20,000 records": Limit(S, 60),
    "start to first page": Limit(S, 3),
    "worker's memory": Limit(MB, 150),
    "checklist of 120 requirements": Limit(MS, 2),
    "record page with checklist": Limit(FLOOR, 24),
    "advance, median": Limit(MS, 40),
    "approvals, 500 waiting": Limit(FLOOR, 24),
    "conformance over two years": Limit(MS, 300),
    "evidence pack of 50 records": Limit(S, 20),
    "first view, compressed": Limit(KB, 80),
    "first view, requests besides the page": Limit("requests", 3),
}


@dataclass(frozen=True)
class Row:
    """One result. ``note`` says under which circumstances, where that is not plain."""

    name: str
    database: str
    value: float
    unit: str
    limit: float | None
    ok: bool
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


def row(name: str, database: str, value: float, note: str = "") -> Row:
    """Judge a value by its limit. ``name`` may go on after a colon (``find as you type, p95: quisp``)."""
    limit = LIMITS[name.split(":")[0]]
    bound = limit.value if limit.database in (None, database) else None
    return Row(name, database, round(value, 3), limit.unit, bound, bound is None or value <= bound, note)
