"""What a pack holds of a case file, a sample and a procedure, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import inspect

from promo.audits.models import AuditSample
from promo.audits.queries.masking import MASK
from promo.audits.queries.reading import Dossier
from promo.audits.queries.samples import Picked
from promo.audits.queries.stages import Standing
from promo.core.audit.digests import encode
from promo.core.files import File
from promo.core.search import fold
from promo.procedures.models import Approval, ProcedureVersion


def plain(row: Any, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the columns of a row as JSON has them, those that a later feature adds included."""
    names = [a.key for a in inspect(type(row)).column_attrs if a.key not in without]
    return {name: _json(getattr(row, name)) for name in names}


def _json(value: Any) -> Any:
    encoded = encode(value, whole=True)
    return None if encoded is None else json.loads(encoded)


def member_of(folder: str, file: File) -> str:
    """Return under which name a file stands in the pack: its number, its name in plain letters, its ending."""
    end = PurePosixPath(file.name).suffix.lower()[:8]
    stem = fold(PurePosixPath(file.name).stem).replace(" ", "-")[:50].strip("-.") or "file"
    safe = "".join(c for c in stem if c.isascii() and (c.isalnum() or c in "-_")) or "file"
    return f"{folder}/files/{file.id}-{safe}{end if end[1:].isalnum() and end.isascii() else ''}"


def case_file(dossier: Dossier, stood: Sequence[Standing], members: Mapping[int, str]) -> dict[str, Any]:
    """Return everything of a record but its events: also how it ``stood`` at each stage.

    ``members`` says under which name each file stands, if it does.
    """
    record, case = dossier.record, dossier.case
    version = case.run.version if case else None
    return {
        "reference": record.reference,
        "id": record.id,
        "kind": record.kind,
        "title": dossier.title,
        "post": dossier.post.code,
        "status": record.status,
        "archived_at": _json(record.archived_at),
        "masked": dossier.level.name.lower(),
        "procedure": {"code": version.code, "version": version.number, "content_hash": version.content_hash}
        if version
        else None,
        "run": plain(case.run) if case and inspect(case.run).persistent else None,
        "stages": [{"stage": s.title, "at": _json(s.at), "event": s.event, **s.data} for s in stood],
        "moves": [plain(move) for move in dossier.moves],
        "approvals": [_approval(a, dossier) for a in case.approvals] if case else [],
        "departures": {
            section.name: [{"what": str(one.what), "state": str(one.state), **_departure(one)} for one in rows]
            for section, rows in dossier.departures
        },
        "files": [_file(f, dossier, members.get(f.id)) for f in dossier.files],
        "people": dossier.names["person"],
    }


def _approval(approval: Approval, dossier: Dossier) -> dict[str, Any]:
    """Return a request with its route and what was shown; of the latter only the digest where names are masked."""
    left_out = frozenset({"snapshot"}) if dossier.level.withholds else frozenset()
    return plain(approval, without=left_out)


def _departure(one: Any) -> dict[str, Any]:
    names = ("stage", "item", "reason", "asked_by_id", "asked_at", "decided_by_id", "decided_at", "until")
    return {**{name: _json(getattr(one, name)) for name in names}, "data": _json(dict(one.data))}


def _file(file: File, dossier: Dossier, member: str | None) -> dict[str, Any]:
    told = plain(file, without=frozenset({"stored", "upload_token", "name"}))
    told["name"] = MASK if dossier.level.withholds else file.name
    left_out = {"withheld": True} if dossier.level.withholds else {"lost": True}
    return told | ({"member": member} if member else left_out)


def sample(drawn: AuditSample, picks: list[Picked]) -> dict[str, Any]:
    """Return how a sample was drawn: enough to draw it again."""
    return {
        "title": drawn.title,
        "size": drawn.size,
        "seed": drawn.seed,
        "strata": drawn.strata,
        "filters": drawn.filters,
        "population_size": drawn.population_size,
        "population_digest": drawn.population_digest,
        "checkpoint": drawn.checkpoint,
        "fixed_at": _json(drawn.fixed_at),
        "shares": drawn.shares,
        "drawn": [p.pick.reference for p in picks if not p.pick.by_judgement],
        "added": [{"reference": p.pick.reference, "reason": p.pick.reason} for p in picks if p.pick.by_judgement],
    }


def version(one: ProcedureVersion) -> dict[str, Any]:
    """Return a version of a procedure with its whole content."""
    return {"code": one.code, "number": one.number, **plain(one)}
