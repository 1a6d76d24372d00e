"""The record spine: what everything that people work on has in common, and the registry of kinds.

Each kind's table joins ``record`` by primary key. Because there is one spine there is one timeline, file store, task
list, search, permission filter and history; a new kind gets them by registering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from promo.core import clock
from promo.core import errors as err
from promo.core.db import BigId, Model, UTCDateTime
from promo.core.errors import Difference, Refused, Stale
from promo.core.fields import Field, Rows, field_of, fields_of, info
from promo.core.search import fold

PILLARS = (
    ("trade", _l("Trade")),
    ("investment", _l("Investment")),
    ("tourism", _l("Tourism")),
    ("gastronomy", _l("Gastronomy")),
)
VISIBILITIES = (
    ("shared", _l("The whole ministry")),
    ("post", _l("Own post and headquarters")),
    ("team", _l("Its team only")),
)
APPROVER = "approver"  # the role of those in a team who only read it, to decide a request
AUTHOR = "author"  # the role of those who made it with the owner, and so can't approve it
MEMBER = "member"
TEAM_ROLES = (
    (MEMBER, _l("Works on it")),
    (APPROVER, _l("decides a request")),
    (AUTHOR, _l("counts as its author")),
)
LINK_ROLES = (
    ("with", _l("With whom")),
    ("part_of", _l("Part of")),
    ("participant", _l("Participant")),
    ("led_to", _l("What it led to")),
    ("firm", _l("Peruvian firm")),
    ("counterpart", _l("Counterpart")),
)


class Record(Model):
    """One row for each thing people work on, whatever its kind."""

    __tablename__ = "record"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "record"}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(40), unique=True, info=info(_l("Reference")))
    title: Mapped[str] = mapped_column(String(300), info=info(_l("Title")))
    title_en: Mapped[str | None] = mapped_column(String(300), info=info(_l("Title in English")))
    sort_key: Mapped[str] = mapped_column(String(320))
    search: Mapped[str] = mapped_column(Text, default="")
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Owner"), type="person"))
    pillar: Mapped[str | None] = mapped_column(String(20), info=info(_l("Pillar"), choices=PILLARS))
    country: Mapped[str | None] = mapped_column(String(2), info=info(_l("Country"), type="country"))
    status: Mapped[str] = mapped_column(String(30), default="active", info=info(_l("Status"), type="status"))
    starts_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Starts on")))
    visibility: Mapped[str] = mapped_column(
        String(10), default="shared", info=info(_l("Who sees it"), choices=VISIBILITIES)
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, info=info(_l("Entered")))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Archived")))
    version: Mapped[int] = mapped_column(Integer, default=1)
    idempotency_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    team: Mapped[list[RecordMember]] = relationship(viewonly=True)  # read once, however often a page asks what one may

    __table_args__: tuple[Any, ...] = (
        Index("ix_record_kind_sort_key_id", "kind", "sort_key", "id"),
        Index("ix_record_kind_country_sort_key_id", "kind", "country", "sort_key", "id"),
        Index("ix_record_kind_post_id_sort_key_id", "kind", "post_id", "sort_key", "id"),
        Index("ix_record_kind_updated_at_id", "kind", "updated_at", "id"),
        Index("ix_record_kind_starts_on_id", "kind", "starts_on", "id"),
        Index("ix_record_kind_post_id_starts_on_id", "kind", "post_id", "starts_on", "id"),
        Index("ix_record_owner_id_kind_updated_at", "owner_id", "kind", "updated_at"),
    )

    def __str__(self) -> str:
        return self.title

    def touch(self) -> None:
        """Say that a part of the record changed (a participant, a position), so that an open form knows."""
        self.updated_at = clock.now()


Record.__mapper__.version_id_col = Record.__table__.c.version


class RecordLink(Model):
    """One record tied to another: who was met, what an activity belongs to, which act led to an outcome."""

    __tablename__ = "record_link"
    __audit_parent__ = "from_id"
    __audit_name__ = _l("Tie")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("record.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("record.id"), info=info(_l("Tied to"), type="record"))
    role: Mapped[str] = mapped_column(String(30), info=info(_l("As"), choices=LINK_ROLES))
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        UniqueConstraint("from_id", "to_id", "role"),
        Index("ix_record_link_to_id_at_id", "to_id", "at", "id"),
    )


class RecordMember(Model):
    """A member of a record's team: who sees it when its visibility is *team*, and who else counts as its author."""

    __tablename__ = "record_member"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Member of the team")

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, index=True, info=info(_l("Person"), type="person")
    )
    role: Mapped[str] = mapped_column(String(20), default=MEMBER, info=info(_l("Role"), choices=TEAM_ROLES))


class ReferenceCounter(Model):
    """The last serial given for a prefix, post and year. Updated in the transaction that uses it: no gaps."""

    __tablename__ = "reference_counter"

    prefix: Mapped[str] = mapped_column(String(4), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


def next_reference(session: Session, prefix: str, post: Any, at: datetime | None = None) -> str:
    """Take the next reference, such as ``EV-CG-US-LAX-2026-0007``.

    The year is that of creation in the post's zone. The counter row is updated here, so that the writers of one post
    queue up behind each other until they commit, and a rolled-back number is given to the next one.
    """
    year = (at or clock.now()).astimezone(ZoneInfo(post.timezone)).year
    table = ReferenceCounter.__table__
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table).values(prefix=prefix, post_id=post.id, year=year, last=1)  # type: ignore[arg-type]
    statement = statement.on_conflict_do_update(
        index_elements=["prefix", "post_id", "year"], set_={"last": table.c.last + 1}
    )
    serial = session.execute(statement.returning(table.c.last)).scalar_one()
    return f"{prefix}-{post.code}-{year}-{serial:04d}"


def link(session: Session, from_: Record, to: Record, role: str, at: datetime | None = None) -> RecordLink:
    """Tie ``from_`` to ``to``; an existing tie of that role is returned as it is."""
    found = session.scalar(
        select(RecordLink).where(RecordLink.from_id == from_.id, RecordLink.to_id == to.id, RecordLink.role == role)
    )
    if found is None:
        found = RecordLink(from_id=from_.id, to_id=to.id, role=role, at=at or clock.now())
        session.add(found)
    return found


def refresh_texts(record: Record, *parts: str | None, sort: str | None = None) -> None:
    """Recompute what is derived from the names: the sort key and the folded search text.

    ``parts`` are the other texts by which people look for it; only what everybody who sees the record may see.
    """
    record.sort_key = fold(sort or record.title)[:320]
    texts = [record.title, record.title_en, record.reference, *parts]
    record.search = fold(" ".join(t for t in texts if t))


Changer = Callable[[Session, int], str]
_changer: Changer = lambda _session, _id: ""  # noqa: E731 - replaced by the trail at start


def changed_by(find: Changer) -> None:
    """Say how the name of whoever changed a record last is found (the trail does)."""
    global _changer
    _changer = find


def check_version(record: Record, seen: int | None, typed: Mapping[str, Any]) -> None:
    """Raise :class:`Stale` with both texts, and by whom, when it was saved since version ``seen`` was shown."""
    if seen is None or seen == record.version:
        return
    described = {f.name: f for f in fields_of(type(record))}
    differences = [
        Difference(name, described[name].label, mine, getattr(record, name))
        for name, mine in typed.items()
        if name in described and mine != getattr(record, name)
    ]
    session = Session.object_session(record)
    raise Stale(record.id, record.version, differences, _changer(session, record.id) if session else "")


def existing(session: Session, key: str | None) -> Record | None:
    """Return what an earlier press of the same create form made, or None."""
    if not key:
        return None
    if session.get_bind().dialect.name == "postgresql":  # SQLite lets one write at a time anyway
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    return session.scalar(select(Record).where(Record.idempotency_key == key))


@dataclass(frozen=True)
class Kind:
    """What the shared mechanisms need to know of a kind of record.

    Procedures may ask about its described fields, what is ``computed``, and ``lists`` of what belongs to a record; the
    latter two are what ``facts(session, record)`` gives by name, and ``bulk_facts`` of many, by their numbers, in as
    many statements as of one. ``type_field`` is the fact that says of which of its
    ``types`` a record is; ``states`` names the statuses that are not stages of a procedure; ``listing`` is its
    :class:`promo.core.listing.Listing`.

    ``stands(record, stage)`` is told each stage that becomes the present one. ``involved(session, record)`` says who
    besides its authors may not approve it. ``places`` name where a fact is mended that the form does not hold: a part
    of its page.
    """

    name: str
    model: type[Record]
    label: err.Text
    plural: err.Text
    icon: str
    prefix: str
    blueprint: str
    listing: Any = None
    facts: Callable[[Session, Any], dict[str, Any]] | None = None
    computed: tuple[Field, ...] = ()
    lists: tuple[Rows, ...] = ()
    type_field: str | None = None
    bulk_facts: Callable[[Session, Sequence[Any]], dict[int, dict[str, Any]]] | None = None
    stands: Callable[[Any, str], None] | None = None
    involved: Callable[[Session, Any], set[int]] | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    types: tuple[tuple[str, err.Text], ...] = ()
    states: Mapping[str, err.Text] = field(default_factory=dict)
    renames: Mapping[str, err.Text] = field(default_factory=dict)
    work: bool = False  # stands under a procedure
    findable: bool = True

    def fields(self) -> tuple[Field, ...]:
        """Return the described fields, under the names that this kind gives them."""
        return tuple(
            Field(**{**f.__dict__, "label": self.renames[f.name]}) if f.name in self.renames else f
            for f in fields_of(self.model)
        )

    def field(self, name: str) -> Field:
        """Return one field by name; raises ``KeyError``."""
        found = field_of(getattr(self.model, name))
        return Field(**{**found.__dict__, "label": self.renames[name]}) if name in self.renames else found

    @cached_property
    def offered(self) -> dict[str, Field]:
        """Every fact that procedures may ask about, by name: fields, what is computed, lists."""
        return {fact.name: fact for fact in (*self.fields(), *self.computed, *self.lists)}

    def facts_of(self, session: Session, record: Record) -> dict[str, Any]:
        """Return all facts of a record, by name."""
        return self.described(record) | (self.facts(session, record) if self.facts else {})

    def described(self, record: Record) -> dict[str, Any]:
        """Return what a record's described fields hold, by name."""
        return {f.name: getattr(record, f.name) for f in fields_of(type(record))}

    @property
    def show(self) -> str:
        """The endpoint of its page."""
        return f"{self.blueprint}.show"


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind to the registry. Called once, from the feature's ``kind.py``."""
    _kinds[kind.name] = kind
    return kind


def kind(name: str) -> Kind:
    """Return a registered kind; raises ``KeyError``."""
    return _kinds[name]


def kinds() -> list[Kind]:
    """Return all kinds in the order of their registration."""
    return list(_kinds.values())


HIGHEST = 2**31 - 1  # a number of a row that any table's key can hold


def id_in(text: Any) -> int:
    """Return the number of a row that a form or an address names; 0, which no row has, when it names none."""
    text = str(text or "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    return number if number <= HIGHEST else 0


def archive(record: Record) -> None:
    """Put a record away: it leaves the lists and keeps its place in history. Raises :class:`Refused` if it is."""
    if record.archived_at is not None:
        raise Refused(_l("It is already archived."))
    record.archived_at = clock.now()


def unarchive(record: Record) -> None:
    """Bring an archived record back."""
    record.archived_at = None
