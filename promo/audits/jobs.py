"""The evidence pack: built by a worker for whoever asked, as an export (``core/exporting``, ``core/evidence``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.audits import actions, queries
from promo.audits.queries.masking import Level
from promo.audits.queries.packing import Wanted
from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.core.exporting import About, Builder, Made, Progress, register
from promo.core.exporting.registry import Args
from promo.core.records import id_in


def about(session: Session, viewer: Viewer, args: Args) -> About:
    """Return what the pack would be of: a sample or one record, as far as the viewer reads them."""
    level = queries.level(session, viewer)
    if sample_id := id_in(args.get("sample")):
        drawn = queries.sample(session, viewer, sample_id)
        count = len(queries.picks(session, viewer, sample_id))
        told = [(_("Sample"), drawn.title), (_("Case files"), str(count))]
        return About(_("Evidence pack"), told, count, {"sample": sample_id, "mask": level.name}, slow=True)
    record = queries.record(session, viewer, id_in(args.get("record")))
    told = [(_("Case file"), f"{record.reference} {level.title(record.kind, record.title)}")]
    return About(_("Evidence pack"), told, 1, {"record": record.id, "mask": level.name}, slow=True)


def check(session: Session, viewer: Viewer, args: Args) -> None:
    """Raise NotFound for a pack of what was closed to the viewer since: the sample, or personal data."""
    about(session, viewer, args)
    if queries.level(session, viewer) > Level[str(args["mask"])]:
        raise NotFound("pack")


def build(session: Session, viewer: Viewer, args: Args, path: Path, progress: Progress) -> Made:
    """Build the pack that somebody asked for, masked as they read today and as they read when they asked."""
    about(session, viewer, args)
    sample_id = id_in(args.get("sample"))
    drawn = queries.sample(session, viewer, sample_id) if sample_id else None
    picks = queries.picks(session, viewer, drawn.id) if drawn else []
    guest = queries.guest_of(session, viewer)
    wanted = Wanted(
        ids=[p.pick.record_id for p in picks] if drawn else [id_in(args["record"])],
        level=max(queries.level(session, viewer), Level[str(args["mask"])]),
        reader=queries.reader(session, viewer),
        made_for=f"{viewer.name} <{viewer.email}>" + (f", {guest.organisation}" if guest else ""),
        sample=drawn,
    )
    return Made(len(wanted.ids), told=actions.pack(session, wanted, path, progress))


def where(args: Args) -> tuple[str, dict[str, Any]]:
    """Return the page at which a pack is asked for."""
    if sample_id := id_in(args.get("sample")):
        return "audits.show", {"id_": sample_id}
    return "audits.record", {"record_id": id_in(args.get("record"))}


register(Builder("evidence", "audits.pack", about, build, ("zip",), check, where))
