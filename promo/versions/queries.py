"""Every SELECT on versions under review: comments, what is on its way, who is to look. The viewer comes first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from promo.accounts.models import Person
from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.core.files import File
from promo.procedures import vacancies, words
from promo.procedures import versions as engine
from promo.procedures.case import definition_of, function_names
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.version_models import Review
from promo.versions.models import Comment

SOON = timedelta(days=60)  # so long before a review is due it stands in the list
Writer, Answerer, Settler = aliased(Person), aliased(Person), aliased(Person)


def version(session: Session, viewer: Viewer, id_: int) -> ProcedureVersion:
    """Return a version; raises NotFound."""
    found = session.get(ProcedureVersion, id_)
    if found is None:
        raise NotFound("procedures.show")
    return found


def comment(session: Session, viewer: Viewer, id_: int) -> Comment:
    """Return a comment; raises NotFound."""
    found = session.get(Comment, id_)
    if found is None:
        raise NotFound("versions.comment")
    return found


@dataclass(frozen=True)
class Said:
    """A comment with the names of those who wrote, answered and settled it."""

    comment: Comment
    by: str
    answered_by: str | None
    resolved_by: str | None


def comments(session: Session, version_id: int) -> dict[str, list[Said]]:
    """Return the comments on a version by stage, the oldest first; those on the whole under an empty key."""
    found = (
        select(Comment, Writer.name, Answerer.name, Settler.name)
        .join(Writer, Writer.id == Comment.by_id)
        .outerjoin(Answerer, Answerer.id == Comment.answered_by_id)
        .outerjoin(Settler, Settler.id == Comment.resolved_by_id)
        .where(Comment.version_id == version_id)
        .order_by(Comment.id)
    )
    by_stage: dict[str, list[Said]] = defaultdict(list)
    for one, *names in session.execute(found):
        by_stage[one.stage].append(Said(one, *names))
    return by_stage


def unsettled(session: Session, version_id: int) -> int:
    """Return how many comments on a version nobody has settled."""
    found = select(func.count()).where(Comment.version_id == version_id, Comment.resolved_at.is_(None))
    return session.scalar(found) or 0


def stages(version: ProcedureVersion) -> set[str]:
    """Return the keys of a version's stages."""
    return {stage.key for stage in definition_of(version).stages}


def wrote(session: Session, viewer: Viewer, version: ProcedureVersion) -> bool:
    """Whether the viewer counts as author of a version."""
    return viewer.person_id in engine.authors(session, version)


def act(session: Session, viewer: Viewer, id_: int) -> File:
    """Return the signed act by which a version was approved; raises NotFound."""
    found = version(session, viewer, id_)
    file = session.get(File, found.act_file_id) if found.act_file_id else None
    if file is None:
        raise NotFound("versions.act")
    return file


def holes(session: Session, version: ProcedureVersion, on: date) -> list[str]:
    """Return in words the posts with nobody for a function of a version, those accepted apart."""
    functions = function_names(session)
    return [
        f"{post.name(words.language())}: {words.function_label(function, functions)}"
        for post, function in vacancies.unaccepted(session, version, on)
    ]


@dataclass(frozen=True)
class Line:
    """A version on its way, or a procedure whose review falls due."""

    version: ProcedureVersion
    title: str
    author: str | None
    comments: int = 0


def on_their_way(session: Session, viewer: Viewer) -> list[Line]:
    """Return the versions that are under review or approved, with their comments still open: the oldest first."""
    still = (
        select(func.count())
        .where(Comment.version_id == ProcedureVersion.id, Comment.resolved_at.is_(None))
        .correlate(ProcedureVersion)
        .scalar_subquery()
    )
    found = (
        select(ProcedureVersion, Person.name, still)
        .outerjoin(Person, Person.id == ProcedureVersion.author_id)
        .where(ProcedureVersion.status.in_(("in_review", "approved")))
        .order_by(ProcedureVersion.effective_on, ProcedureVersion.submitted_at, ProcedureVersion.id)
    )
    return [Line(v, words.pick(definition_of(v).title), name, count) for v, name, count in session.execute(found)]


def reviews_due(session: Session, viewer: Viewer, today: date) -> list[Line]:
    """Return the procedures in force whose review is due soon, or was: the oldest first."""
    found = (
        select(ProcedureVersion, Person.name)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .outerjoin(Person, Person.id == Procedure.owner_id)
        .where(ProcedureVersion.status == "effective", Procedure.review_on <= today + SOON)
        .order_by(Procedure.review_on, Procedure.code)
    )
    return [Line(v, words.pick(definition_of(v).title), name) for v, name in session.execute(found)]


def reviews(session: Session, version: ProcedureVersion) -> list[tuple[Review, str]]:
    """Return when a procedure was looked at again, and by whom: the latest first."""
    found = (
        select(Review, Person.name)
        .join(Person, Person.id == Review.by_id)
        .join(ProcedureVersion, ProcedureVersion.id == Review.version_id)
        .where(ProcedureVersion.procedure_id == version.procedure_id)
        .order_by(Review.at.desc(), Review.id.desc())
    )
    return [(review, name) for review, name in session.execute(found)]
