"""Every SELECT on exports. Each person sees only their own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.access import Viewer, require
from promo.core.errors import NotFound
from promo.core.exporting import Export
from promo.core.exporting.registry import Args

KEPT = 100  # of one's own on the page


def export(session: Session, viewer: Viewer, id_: int) -> Export:
    """Return an export of the viewer's own; raises NotFound."""
    found = session.scalars(
        select(Export)
        .where(Export.id == id_, Export.person_id == viewer.person_id)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("export")
    require(viewer, "exports.show", found)
    return found


def own(session: Session, viewer: Viewer) -> list[Export]:
    """Return the viewer's own exports, the newest first."""
    found = select(Export).where(Export.person_id == viewer.person_id).order_by(Export.id.desc()).limit(KEPT)
    return list(session.scalars(found))


def being_built(session: Session, viewer: Viewer, name: str, args: Args, format_: str) -> Export | None:
    """Return the viewer's export of the very same that is still under way: pressing twice asks once."""
    found = select(Export).where(
        Export.person_id == viewer.person_id,
        Export.name == name,
        Export.format == format_,
        Export.finished_at.is_(None),
    )
    return next((e for e in session.scalars(found.order_by(Export.id)) if e.is_open and e.args == dict(args)), None)


def by_id(session: Session, id_: int) -> Export | None:
    """Return an export for its job, whosever it is."""
    return session.get(Export, id_, populate_existing=True)


def expired(session: Session, now: datetime, limit: int = 200) -> list[tuple[int, str]]:
    """Return (id, key of the file) of exports whose time is over."""
    found = select(Export.id, Export.stored).where(Export.expires <= now).order_by(Export.id).limit(limit)
    return [(id_, stored) for id_, stored in session.execute(found)]
