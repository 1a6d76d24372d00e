"""Who sees what and who may do what: one table of named predicates, and one filter for every query.

``visible(statement, viewer)`` narrows any SELECT on :class:`Record` to what the viewer may see; pages, lists, search,
counts, exports and jobs all go through it. ``can(viewer, action, record)`` asks the table; ``require`` raises.
An action bears the name of its endpoint: ``events.advance``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, bindparam, false, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from promo.core.db import built_once
from promo.core.errors import Forbidden, NotFound, Text
from promo.core.records import APPROVER, Record, RecordMember

ROLES = (
    ("officer", _l("Promotion officer at a post")),
    ("promoter", _l("Promotion officer at headquarters")),
    ("manager", _l("Manager")),
    ("quality", _l("Quality officer")),
    ("auditor", _l("Auditor")),
    ("admin", _l("Administrator")),
    ("guest", _l("External auditor (guest)")),
)
GUEST = "guest"  # from outside: sees no record by itself, only what quality opened to them by name
NO_STAFF = frozenset({"admin", GUEST})
READERS = ("quality", "auditor")  # they read what is a team's only, each where the role is given


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has, for a post (None: the whole ministry) and a pillar (None: all)."""

    role: str
    post_id: int | None = None
    pillar: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A function (office) that somebody holds today."""

    function: str
    post_id: int | None = None
    pillar: str | None = None
    acting: bool = False
    act_number: str | None = None


@dataclass(frozen=True)
class Viewer:
    """Who asks, with the roles and functions of today. Made once a request; holds no database row."""

    person_id: int
    name: str
    email: str = ""
    grants: tuple[Grant, ...] = ()
    functions: tuple[Held, ...] = ()
    post_id: int | None = None
    post_code: str = ""
    post_name: str = ""
    locale: str = "es"
    timezone: str = "America/Lima"
    theme: str = "auto"
    shortcuts: bool = True
    shared_device: bool = False
    roles: frozenset[str] = field(init=False)
    posts: frozenset[int] = field(init=False)
    headquarters: bool = field(init=False)

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "roles", frozenset(g.role for g in self.grants))
        casework = [g.post_id for g in self.grants if g.role not in NO_STAFF]
        set_(self, "posts", frozenset(post for post in casework if post is not None))
        set_(self, "headquarters", None in casework)

    def has(self, *roles: str) -> bool:
        """Whether the viewer has any of these roles anywhere."""
        return not self.roles.isdisjoint(roles)

    def has_at(self, post_id: int | None, *roles: str, pillar: str | None = None) -> bool:
        """Whether the viewer has any of these roles for this post, by a grant for it or for the whole ministry."""
        return any(
            g.role in roles
            and g.post_id in (None, post_id)
            and (g.pillar is None or pillar is None or g.pillar == pillar)
            for g in self.grants
        )

    def posts_as(self, *roles: str) -> frozenset[int]:
        """The posts for which the viewer has any of these roles."""
        return frozenset(g.post_id for g in self.grants if g.post_id is not None and g.role in roles)

    def holds(self, function: str, post_id: int | None = None) -> bool:
        """Whether the viewer holds the function, for this post or everywhere."""
        return any(h.function == function and h.post_id in (None, post_id) for h in self.functions)

    @property
    def staff(self) -> bool:
        """Whether the viewer has any role that works with cases (an administrator or a guest alone has none)."""
        return bool(self.roles - NO_STAFF)


Predicate = Callable[[Viewer, Any], bool]


@dataclass(frozen=True)
class Rule:
    """One row of the table: an action, who may, and the words that say so."""

    action: str
    predicate: Predicate
    who: Text


_rules: dict[str, Rule] = {}


def rules(rows: Mapping[str, Predicate]) -> None:
    """Register a feature's rows. The words come from the predicate's ``who`` (see :func:`named`)."""
    for action, predicate in rows.items():
        _rules[action] = Rule(action, predicate, getattr(predicate, "who", predicate.__name__))


P = TypeVar("P", bound=Predicate)


def named(who: Text) -> Callable[[P], P]:
    """Say in words who a predicate lets through: for the table that people read and for a refusal."""

    def mark(predicate: P) -> P:
        predicate.who = who  # type: ignore[attr-defined]
        return predicate

    return mark


def table() -> list[Rule]:
    """Return every row, by action."""
    return [_rules[action] for action in sorted(_rules)]


def rule(action: str) -> Rule:
    """Return one row; raises ``KeyError`` for an action that nobody declared."""
    return _rules[action]


def can(viewer: Viewer | None, action: str, record: Any = None) -> bool:
    """Whether the viewer may do this (to this record). An undeclared action is an error, not a no."""
    if viewer is None:
        return False
    return _rules[action].predicate(viewer, record)


def require(viewer: Viewer, action: str, record: Any = None) -> None:
    """Raise :class:`NotFound` for a record that is not visible, :class:`Forbidden` for one that is but may not be."""
    if isinstance(record, Record) and not sees(viewer, record):
        raise NotFound(action)
    if not can(viewer, action, record):
        raise Forbidden(action, _rules[action].who)


@lru_cache(maxsize=1024)  # put together once for a viewer, not for each of a page's statements
def visibility(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on :class:`Record` that says what the viewer sees. Kept in step with :func:`sees`."""
    if not viewer.staff:
        return false()
    if viewer.has_at(None, *READERS):
        return true()
    member = select(RecordMember.person_id).where(
        RecordMember.record_id == Record.id, RecordMember.person_id == viewer.person_id
    )
    theirs = or_(Record.owner_id == viewer.person_id, member.correlate(Record).exists())
    return or_(openly(viewer, Record.visibility, Record.post_id), theirs)


def openly(viewer: Viewer, visibility: Any, post_id: Any) -> ColumnElement[bool]:
    """Return the condition of what the viewer sees whosever it is: for records, and for rollups of them."""
    if not viewer.staff:
        return false()
    if viewer.has_at(None, *READERS):
        return true()
    read = post_id.in_(sorted(viewer.posts_as(*READERS)))
    if viewer.headquarters:
        return or_(visibility.in_(("shared", "post")), read)
    return or_(visibility == "shared", and_(visibility == "post", post_id.in_(sorted(viewer.posts))), read)


def only_theirs(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the records that the viewer sees as owner or member alone; found by their indexes."""
    own = select(Record.id).where(Record.owner_id == viewer.person_id, Record.visibility != "shared")
    joined = select(RecordMember.record_id).where(RecordMember.person_id == viewer.person_id)
    ids = union_all(own.correlate(None), joined.correlate(None))
    return and_(Record.id.in_(ids), not_(openly(viewer, Record.visibility, Record.post_id)))


S = TypeVar("S", bound=Select[*tuple[Any, ...]])


def visible(statement: S, viewer: Viewer) -> S:
    """Narrow a SELECT that reads :class:`Record` (or a kind's model) to what the viewer may see."""
    return statement.where(visibility(viewer))


def sees(viewer: Viewer, record: Record) -> bool:
    """Whether the viewer sees this row: the same rule as :func:`visibility`, for a row at hand."""
    if not viewer.staff:
        return False
    if record.visibility == "shared" or record.owner_id == viewer.person_id:
        return True
    if record.visibility == "post" and (viewer.headquarters or record.post_id in viewer.posts):
        return True
    return viewer.has_at(record.post_id, *READERS) or is_member(viewer, record)


def is_member(viewer: Viewer, record: Record, *, working: bool = False) -> bool:
    """Whether the viewer is in the record's team; ``working``: otherwise than to approve it."""
    roles = {m.role for m in record.team if m.person_id == viewer.person_id}
    return bool(roles - {APPROVER} if working else roles)


@named(_l("Everybody who works here"))
def any_staff(viewer: Viewer, record: Any) -> bool:
    """Whoever has a role that works with cases, and sees the record if there is one."""
    return viewer.staff and (record is None or not isinstance(record, Record) or sees(viewer, record))


@named(_l("Everybody who is signed in"))
def signed_in(viewer: Viewer, record: Any) -> bool:
    """Whoever is signed in, for what concerns only themselves: their account and password."""
    return True


@named(_l("Everybody of the ministry"))
def anybody(viewer: Viewer, record: Any) -> bool:
    """Whoever has a role today, guests apart."""
    return bool(viewer.roles - {GUEST})


@named(_l("Everybody of the ministry, and external auditors"))
def readers_of_documents(viewer: Viewer, record: Any) -> bool:
    """Whoever has a role today, guests included: for the controlled documents and who may approve."""
    return bool(viewer.roles)


@named(_l("Officers, promoters and managers"))
def writers(viewer: Viewer, record: Any) -> bool:
    """Whoever does casework: quality, auditors and administrators read or administer."""
    return viewer.has("officer", "promoter", "manager")


@named(_l("Officers and managers of the post, headquarters of the pillar, the owner and the team"))
def works_on(viewer: Viewer, record: Any) -> bool:
    """Casework on a record: at its post, from headquarters for its pillar, or as owner or member."""
    if record is None:
        return writers(viewer, record)
    if not sees(viewer, record) or not writers(viewer, record):
        return False
    if record.owner_id == viewer.person_id or viewer.has_at(record.post_id, "officer", "manager"):
        return True
    return viewer.has_at(record.post_id, "promoter", pillar=record.pillar) or is_member(viewer, record, working=True)


@named(_l("Officers, promoters and managers: the record is shared by the ministry"))
def writes_shared(viewer: Viewer, record: Any) -> bool:
    """Contacts and organisations are kept by everybody when shared, else by those who work on them."""
    if record is None or (record.visibility == "shared" and writers(viewer, record)):
        return writers(viewer, record)
    return works_on(viewer, record)


@named(_l("Administrators"))
def administrators(viewer: Viewer, record: Any) -> bool:
    """Whoever administers people, posts and reference data."""
    return viewer.has("admin")


@built_once
def _one(viewer: Viewer, model: type[Record]) -> Select[Any]:
    return visible(select(model).where(model.id == bindparam("id")), viewer)


def visible_one(session: Session, viewer: Viewer, model: type[Record], id_: int) -> Any:
    """Return a record by its number when the viewer sees it, else raise :class:`NotFound`."""
    found = session.scalars(_one(viewer, model), {"id": id_}).first()
    if found is None:
        raise NotFound()
    return found


def first_visible(session: Session, statement: Select[Any], viewer: Viewer) -> Any:
    """Return the one row that a SELECT finds among what the viewer sees, else raise :class:`NotFound`."""
    found = session.scalars(visible(statement, viewer)).first()
    if found is None:
        raise NotFound()
    return found


def actions_of(rows: Iterable[Rule], feature: str) -> list[Rule]:
    """Return the rows of one feature."""
    return [row for row in rows if row.action.split(".")[0] == feature]
