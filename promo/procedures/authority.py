"""Who stands as high as, or higher than, whoever approved: the same or a higher function may annul an approval.

The order is that of the route: the function at the post, the same at the posts above, line director,
director-general. An approval has the height of the function by which it was given, at least that of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session, object_session

from promo.core.access import Viewer
from promo.core.records import Record
from promo.procedures.models import Approval
from promo.reference.models import Post

POST, PARENT, LINE, GENERAL = range(4)
HEIGHT: Mapping[str, int] = {"parent": PARENT, "line_director": LINE, "director_general": GENERAL}
UP = 5  # how far up the posts are looked at


def height(approval: Approval) -> int:
    """Return how high an approval was given."""
    step = approval.route_step or ""
    by = [str(one.get("step")) for one in approval.route_why if one.get("why") == "delegated"]
    if approval.delegated_by_id is not None and by:
        step = by[-1]  # a delegate decides with the height of whoever delegated
    return max(HEIGHT.get(approval.function, POST), HEIGHT.get(step, POST))


def reaches(viewer: Viewer, approval: Approval) -> int | None:
    """Return how high the viewer stands over the record of an approval; None when their functions do not reach it."""
    record = record_of(approval)
    session = object_session(approval)
    if record is None or session is None:
        return None
    levels = {
        HEIGHT.get(approval.function, POST): _holds(viewer, approval.function, [record.post_id], record.pillar),
        PARENT: _holds(viewer, approval.function, posts_above(session, record.post_id), record.pillar),
        LINE: _holds(viewer, "line_director", [], record.pillar),
        GENERAL: _holds(viewer, "director_general", [], None),
    }
    return max((level for level, holds in levels.items() if holds), default=None)


def record_of(approval: Approval) -> Record | None:
    """Return the record of an approval that is at hand in a session."""
    session = object_session(approval)
    return session.get(Record, approval.record_id) if session is not None else None


def _holds(viewer: Viewer, function: str, posts: Iterable[int], pillar: str | None) -> bool:
    """Whether the viewer holds a function today for one of these posts or the whole ministry, and for the pillar."""
    where = {None, *posts}
    return any(
        h.function == function and h.post_id in where and (h.pillar is None or pillar is None or h.pillar == pillar)
        for h in viewer.functions
    )


def posts_above(session: Session, post_id: int) -> list[int]:
    """Return the posts above a post, the nearest first."""
    found: list[int] = []
    post = session.get(Post, post_id)
    while post is not None and post.parent_id not in (None, post_id, *found) and len(found) < UP:
        found.append(int(post.parent_id or 0))
        post = session.get(Post, post.parent_id)
    return found


def may_annul(viewer: Viewer, approval: Approval) -> bool:
    """Whether the viewer approved it, or holds the same or a higher function than whoever did."""
    if approval.decided_by_id == viewer.person_id:
        return True
    reached = reaches(viewer, approval)
    return reached is not None and reached >= height(approval)
