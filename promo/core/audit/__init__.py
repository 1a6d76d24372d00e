"""The trail: who did what, when, from what to what; append-only, marked, sealed and provable.

Changes of followed models (``plans``) become events at the commit of their transaction (``capture``, ``writing``);
:func:`explain` says why a field changed, :func:`note` tells of what changes none, :func:`acting` says who acts. A job
seals what has committed into a Merkle tree with a signed head (``seal``); :func:`verify` names the first row that is
not as it was written.

``models`` the tables, ``triggers`` what the database refuses, ``digests`` how an event becomes bytes, ``keys``,
``merkle``, ``proofs``, ``reading`` the trail in order, ``history`` for people, ``erasure`` of personal data.
"""

from promo.core.audit import triggers
from promo.core.audit.acting import Actor, acting, actor, by_default, versions_from
from promo.core.audit.capture import Unaudited, explain, note, tell
from promo.core.audit.checkpoints import Checkpoint
from promo.core.audit.erasure import erase
from promo.core.audit.history import (
    Entry,
    Hide,
    Was,
    Which,
    entries,
    entry_of,
    history,
    last_set,
    name_of,
    nothing,
    sensitive,
    tell_apart,
)
from promo.core.audit.models import AuditBlock, AuditCheckpoint, AuditEvent, AuditValue
from promo.core.audit.plans import ROW, follow_configured
from promo.core.audit.proofs import Prover, inclusion
from promo.core.audit.seal import NotSealed, chain, checkpoint, last_checkpoint, unsealed
from promo.core.audit.verify import Problem, Report, verify
from promo.core.audit.writing import Event, bulk_create_events, insert_events, values_of

__all__ = [
    "ROW",
    "Actor",
    "AuditBlock",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditValue",
    "Checkpoint",
    "Entry",
    "Event",
    "Hide",
    "NotSealed",
    "Problem",
    "Prover",
    "Report",
    "Unaudited",
    "Was",
    "Which",
    "acting",
    "actor",
    "bulk_create_events",
    "by_default",
    "chain",
    "checkpoint",
    "entries",
    "entry_of",
    "erase",
    "explain",
    "history",
    "inclusion",
    "insert_events",
    "last_checkpoint",
    "last_set",
    "name_of",
    "note",
    "nothing",
    "sensitive",
    "tell",
    "tell_apart",
    "triggers",
    "unsealed",
    "values_of",
    "verify",
    "versions_from",
]

follow_configured()
