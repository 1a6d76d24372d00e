"""A checkpoint: the statement that is signed, its digest, its form outside the database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from promo.core.audit import keys
from promo.core.audit.digests import compact, iso

FORMAT = "promo checkpoint 1"
BEGINNING = bytes(32)  # what the first checkpoint names as the one before


@dataclass(frozen=True)
class Checkpoint:
    """A signed head of the trail, as it is exported (JSON): binary fields in hexadecimal.

    The signature (Ed25519, RFC 8032) covers the compact JSON of all other fields and ``format``, keys sorted.
    """

    number: int
    at: str
    size: int
    last_event_id: int
    root: str
    previous: str
    public_key: str
    signature: str = ""

    @classmethod
    def of(cls, row: Any) -> Checkpoint:
        """Return the checkpoint of a stored row."""
        texts = (row.root.hex(), row.previous.hex(), row.public_key.hex(), row.signature.hex())
        return cls(row.number, iso(row.at), row.size, row.last_event_id, *texts)

    @classmethod
    def signed(
        cls, number: int, at: datetime, size: int, last_event_id: int, root: bytes, previous: bytes
    ) -> Checkpoint:
        """Make and sign a checkpoint."""
        public = keys.public_key().hex()
        draft = cls(number, iso(at), size, last_event_id, root.hex(), previous.hex(), public)
        return cls(**{**asdict(draft), "signature": keys.sign(draft.statement).hex()})

    @property
    def statement(self) -> bytes:
        """What is signed."""
        content = {k: v for k, v in asdict(self).items() if k != "signature"}
        return compact({"format": FORMAT, **content}).encode()

    @property
    def digest(self) -> bytes:
        """What the next checkpoint names as the one before."""
        return sha256(self.statement).digest()

    @property
    def is_ours(self) -> bool:
        """Whether this installation's key signed it."""
        public = keys.public_key()
        return self.public_key == public.hex() and keys.is_signed(self.statement, bytes.fromhex(self.signature), public)

    def as_dict(self) -> dict[str, Any]:
        """Return what is exported."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, exported: dict[str, Any]) -> Checkpoint:
        """Read an exported checkpoint; raises ``ValueError`` for another format."""
        if exported.get("format") != FORMAT:
            raise ValueError(f"not a checkpoint of this format: {exported.get('format')!r}")
        return cls(**{k: v for k, v in exported.items() if k != "format"})
