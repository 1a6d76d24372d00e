"""Whether an approval was given too quickly to have been read: shown to quality, it never blocks anything.

Nobody reads a field in no time. The figures below are a floor, not a norm: five seconds to see what it is about, one
more for each field or file beyond the fifth. At 238 words a minute (Brysbaert 2019, silent reading of non-fiction) a
second is enough for four words, about what a field holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from promo.procedures.models import Approval, ApprovalSeen

SECONDS = 5  # for what is shown in any case
AT_A_GLANCE = 5  # so many fields and files are seen in those
EACH = 1  # seconds for each one beyond


def shown(snapshot: Mapping[str, Any]) -> int:
    """Return how many fields, answers and files a request shows."""
    values = [v for part in ("facts", "answers") for v in snapshot.get(part, {}).values() if v not in (None, "", [])]
    return len(values) + len(snapshot.get("files", ()))


def least(count: int) -> int:
    """Return how many seconds it takes at least to read that many fields and files."""
    return SECONDS + EACH * max(0, count - AT_A_GLANCE)


def time(session: Session, request: Approval) -> None:
    """Note how long the approver had it before their eyes, as it is now, and how long that takes at least."""
    seen = session.get(ApprovalSeen, (request.id, request.decided_by_id))
    request.read_seconds, request.read_least = 0, least(shown(request.snapshot))
    if seen is not None and request.decided_at is not None and seen.snapshot == request.snapshot:
        request.read_seconds = max(0, int((request.decided_at - seen.at).total_seconds()))
