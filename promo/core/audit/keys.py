"""The keys of the trail, both derived from ``PROMO_SIGNING_KEY``, which stands outside the database.

HKDF (RFC 5869) gives each use a key of its own: one marks events (HMAC-SHA256), one signs checkpoints (Ed25519,
RFC 8032), so that the public half of the second can be handed to anybody.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from promo.config import settings


@lru_cache(maxsize=8)
def _derived(signing_key: str, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(signing_key.encode())


def event_key() -> bytes:
    """Return the key that marks events, 32 bytes."""
    return _derived(settings().signing_key, b"promo trail: events")


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(settings().signing_key, b"promo trail: checkpoints"))


def public_key() -> bytes:
    """Return the public half of the key that signs checkpoints, 32 bytes."""
    return _private_key().public_key().public_bytes_raw()


def sign(statement: bytes) -> bytes:
    """Return the signature of a statement, 64 bytes."""
    return _private_key().sign(statement)


def is_signed(statement: bytes, signature: bytes, public: bytes) -> bool:
    """Whether this is the signature of the statement by the owner of a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
