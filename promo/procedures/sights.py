"""What is remembered although the request writes nothing: what an approver saw, what a record was refused for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from promo.core import audit, clock
from promo.core.access import Viewer
from promo.core.errors import Reason
from promo.core.notes import note
from promo.procedures.models import Approval, ApprovalSeen, Refusal, Run


def see(viewer: Viewer, approval: Approval, seen: ApprovalSeen | None) -> None:
    """Remember what the viewer sees of a request; what they had seen before it changed is kept for the difference."""
    if seen is not None and seen.snapshot == approval.snapshot:
        return
    key, shown, digest = (approval.id, viewer.person_id), approval.snapshot, approval.digest
    with note() as session:
        row = session.get(ApprovalSeen, key)
        if row is None:
            session.add(ApprovalSeen(approval_id=key[0], person_id=key[1], snapshot=shown, digest=digest))
        elif row.snapshot != shown:
            row.before, row.snapshot, row.digest, row.at = row.snapshot, shown, digest, clock.now()


def count_refusals(viewer: Viewer, run: Run, reasons: Sequence[Reason]) -> None:
    """Count each unmet item that a record was refused for."""
    rows = [
        Refusal(
            record_id=run.record_id,
            version_id=run.version_id,
            stage=run.stage,
            item=(reason.field or "")[:120],
            person_id=viewer.person_id,
        )
        for reason in reasons
    ]
    missing = [str(reason.message) for reason in reasons]
    with note() as session:
        session.add_all(rows)
        audit.note(session, "refusal", data={"items": missing}, record_id=run.record_id)


def difference(before: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    """Return what was otherwise before, by ``facts.name``, ``answers.name`` and ``files.category``."""
    if before is None:
        return {}
    changed: dict[str, Any] = {}
    for part in ("facts", "answers"):
        old, new = before.get(part, {}), now.get(part, {})
        changed |= {f"{part}.{name}": old.get(name) for name in new if old.get(name) != new[name]}
    old_files = {f["digest"]: f for f in before.get("files", [])}
    new_files = {f["digest"]: f for f in now.get("files", [])}
    for digest in old_files.keys() ^ new_files.keys():
        category = (old_files.get(digest) or new_files[digest])["category"]
        changed[f"files.{category}"] = [f["name"] for f in before.get("files", []) if f["category"] == category]
    return changed
