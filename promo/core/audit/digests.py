"""How an event becomes bytes, a hash and a mark. A change here makes every older event look altered.

* value: ``digest = SHA256(salt || JSON[part, row_key, field, old, new])``, old and new being the stored JSON texts;
* event: ``hash = SHA256("promo event 1" || id as 8 bytes || JSON[its other fields, count of values] || the digests)``;
* mark: ``mac = HMAC-SHA256(key, hash)``; the leaf of the tree is RFC 6962's over ``hash``.

JSON is the compact ASCII form, so the bytes depend on neither the database nor the version of anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from json import JSONEncoder
from typing import Any
from uuid import UUID

PREFIX = b"promo event 1"
SALT = 16  # bytes
LONGEST = 20_000  # characters of a value's text; of a longer one the trail keeps the digest

_compact = JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True)
compact = _compact.encode


@dataclass(slots=True)
class Value:
    """A changed field: old and new as JSON texts (None: nothing)."""

    field: str
    old: str | None
    new: str | None
    part: str | None = None
    row_key: str | None = None

    def digest(self, salt: bytes) -> bytes:
        """Return the salted digest."""
        return value_digest(salt, self.part, self.row_key, self.field, self.old, self.new)


def encode(value: Any, *, digest_only: bool = False, whole: bool = False) -> str | None:
    """Return a value as a JSON text, None for None. A very long one becomes ``{"sha256": …, "length": …}``."""
    if value is None:
        return None
    encoded = compact(_plain(value))
    if digest_only or (len(encoded) > LONGEST and not whole):
        return compact({"sha256": sha256(encoded.encode()).hexdigest(), "length": len(encoded)})
    return encoded


def _plain(value: Any) -> Any:  # noqa: C901 - one line a type
    if isinstance(value, str | bool | int) or value is None:
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(v) for v in value), key=str)
    return str(value)


def iso(at: datetime) -> str:
    """Return a moment in UTC to the microsecond: ``2026-11-24T02:46:53.000000Z``."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def salts(count: int) -> list[bytes]:
    """Return so many fresh salts."""
    fresh = os.urandom(SALT * count)
    return [fresh[i : i + SALT] for i in range(0, len(fresh), SALT)]


def value_digest(
    salt: bytes, part: str | None, row_key: str | None, field: str, old: str | None, new: str | None
) -> bytes:
    """Return the salted digest of a value."""
    return sha256(salt + compact([part, row_key, field, old, new]).encode()).digest()


def event_body(fields: Sequence[Any], digests: Sequence[bytes]) -> bytes:
    """Return what the hash covers but for the id.

    ``fields`` in the order of the columns: the moment as text, actor_id … procedure_version_id.
    """
    return compact([*fields, len(digests)]).encode() + b"".join(digests)


def event_hash(id_: int, body: bytes) -> bytes:
    """Return an event's hash."""
    return sha256(PREFIX + id_.to_bytes(8, "big", signed=True) + body).digest()


@lru_cache(maxsize=8)
def marker(key: bytes) -> Callable[[bytes], bytes]:
    """Return what gives the HMAC-SHA256 (RFC 2104) of an event's hash; the padded key is hashed once, not each time."""
    padded = key.ljust(64, b"\0")
    inner, outer = sha256(bytes(b ^ 0x36 for b in padded)), sha256(bytes(b ^ 0x5C for b in padded))

    def mark(hashed: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(hashed)
        second.update(first.digest())
        return second.digest()

    return mark
