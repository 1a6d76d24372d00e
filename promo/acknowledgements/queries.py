"""Who has read the versions in force and who has not, by post. The viewer comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.core.jobs import Job
from promo.procedures import readers, words
from promo.procedures.case import definition_of
from promo.procedures.jobs import REMIND
from promo.procedures.models import ProcedureVersion
from promo.procedures.readers import Standing
from promo.reference.models import Post

OVERSEERS = ("quality", "auditor", "manager")


@dataclass
class PostLine:
    """How many of a post are to read a version and have; who has not, those whose days are over first."""

    name: str
    asked: int = 0
    read: int = 0
    late: int = 0
    waiting: list[Standing] = field(default_factory=list)
    done: list[Standing] = field(default_factory=list)

    def add(self, one: Standing, today: date) -> None:
        """Count somebody."""
        self.asked += 1
        if one.read_at is not None:
            self.read += 1
            self.done.append(one)
            return
        self.late += one.until < today
        self.waiting.append(one)


@dataclass(frozen=True)
class VersionLine:
    """A version in force that people are to read, with its figures."""

    version: ProcedureVersion
    title: str
    total: PostLine


def posts_of(viewer: Viewer) -> list[int] | None:
    """Return the posts whose people a viewer oversees; None for all."""
    if viewer.has_at(None, *OVERSEERS):
        return None
    return sorted(viewer.posts_as(*OVERSEERS))


def version(session: Session, version_id: int) -> ProcedureVersion:
    """Return a version of a procedure; raises NotFound."""
    found = session.get(ProcedureVersion, version_id)
    if found is None:
        raise NotFound("acknowledgements.show")
    return found


def demanded(session: Session, viewer: Viewer, today: date) -> list[VersionLine]:
    """Return every version in force that people are to read, with how many of the viewer's posts have."""
    return [
        VersionLine(found, words.pick(definition_of(found).title), total(_mine(viewer, standings), today))
        for found, standings in readers.standings(session, today).items()
    ]


def by_post(session: Session, viewer: Viewer, version: ProcedureVersion, today: date) -> list[PostLine]:
    """Return who has read a version and who has not, of the viewer's posts: those with most to come first."""
    standings = _mine(viewer, readers.standings(session, today, version.id).get(version, []))
    ids = {one.reader.post_id for one in standings if one.reader.post_id is not None}
    posts = {post.id: post.name(viewer.locale) for post in session.scalars(select(Post).where(Post.id.in_(ids)))}
    lines: dict[int | None, PostLine] = {}
    for one in standings:
        post = one.reader.post_id
        lines.setdefault(post, PostLine(posts.get(post or 0, "–"))).add(one, today)
    for line in lines.values():
        line.waiting.sort(key=lambda one: (one.until, one.reader.name))
    return sorted(lines.values(), key=lambda line: (-line.late, line.read - line.asked, line.name))


def total(standings: Iterable[Standing], today: date) -> PostLine:
    """Return the figures of them all."""
    line = PostLine("")
    for one in standings:
        line.add(one, today)
    return line


def _mine(viewer: Viewer, standings: list[Standing]) -> list[Standing]:
    posts = posts_of(viewer)
    return standings if posts is None else [one for one in standings if one.reader.post_id in posts]


def reminder(viewer: Viewer, version_id: int, today: date) -> str:
    """Return the key of today's reminder for the viewer's posts: it is sent once a day."""
    posts = posts_of(viewer)
    return f"{REMIND}-{version_id}-{'all' if posts is None else '-'.join(map(str, posts))}-{today}"[:200]


def reminded(session: Session, viewer: Viewer, version_id: int, today: date) -> bool:
    """Whether the viewer's posts were reminded today."""
    keys = (reminder(viewer, version_id, today), f"{REMIND}-{version_id}-all-{today}")
    return session.scalar(select(Job.id).where(Job.key.in_(keys)).limit(1)) is not None
