"""One list = page, filters, sort, count, export and view, declared once a kind and seeked by key, never by OFFSET."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from promo.core.access import Viewer, visible
from promo.core.errors import Text
from promo.core.records import Record, id_in
from promo.core.search import matches

PAGE = 50
LONGEST = 2_000  # characters of a filter: every post of the ministry, by number
BOUND = 10_000
NAMED = 2  # choices that are named when a filter is put into words
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
NONE = "-"  # in an address: without a value; before a value: all but this one
Condition = Callable[[Any, Viewer], ColumnElement[bool]]
Labels = Mapping[str, Text] | Callable[[Session, Viewer], Mapping[str, Text]]


@dataclass(frozen=True)
class Column:
    """A column of a list: ``type`` decides how page and export show it (text, date, moment, money, choice, …).

    ``choices`` are the labels of its values, or ``choices(session, viewer)`` finds them.
    """

    name: str
    label: Text
    expression: Any
    type: str = "text"
    choices: Labels | None = None
    hidden: bool = False  # in the export, not on the page


@dataclass(frozen=True)
class Filter:
    """A filter: the address carries ``name=value``; ``condition(value, viewer)`` is the SQL of it.

    ``choices(session, viewer)`` gives ``[(value, label)]`` for those that choose; ``type`` is choice, text, date, or
    hidden for one that only links set, whose value ``shown(session, viewer, value)`` puts into words.
    """

    name: str
    label: Text
    condition: Condition
    type: str = "choice"
    choices: Callable[[Session, Viewer], Sequence[tuple[str, Text]]] | None = None
    shown: Callable[[Session, Viewer, str], Text] | None = None


@dataclass(frozen=True)
class Sort:
    """An order that an index serves; the column is never NULL."""

    name: str
    label: Text
    column: InstrumentedAttribute[Any]
    descending: bool = False


@dataclass(frozen=True)
class View:
    """A tab of the list, such as *mine* or *my post's*."""

    name: str
    label: Text
    condition: Callable[[Viewer], ColumnElement[bool] | None]


@dataclass(frozen=True)
class Listing:
    """Everything about a list: of a kind of record, or of rows that belong to records (``record_id``).

    The first sort is the default. Such rows are seen by whoever sees their record, archived or not.
    """

    model: type[Any]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    sorts: tuple[Sort, ...]
    views: tuple[View, ...] = ()
    joins: Callable[[Select[Any]], Select[Any]] = field(default=lambda statement: statement)

    @property
    def of_records(self) -> bool:
        """Whether its rows are records themselves."""
        return issubclass(self.model, Record)

    @property
    def id(self) -> Any:
        """The number of a row."""
        return Record.id if self.of_records else self.model.id

    def sort(self, name: str | None) -> Sort:
        """Return the named sort, or the default."""
        return next((s for s in self.sorts if s.name == name), self.sorts[0])


class Listed(Protocol):
    """What has a list: where its pages are, what it is called. A kind of record, or a :class:`Table`."""

    @property
    def blueprint(self) -> str:
        """The feature."""

    @property
    def plural(self) -> Text:
        """What its rows are called."""

    @property
    def listing(self) -> Any:
        """Its :class:`Listing`."""

    @property
    def show(self) -> str:
        """The endpoint of a row's page; nothing when it has none of its own."""


@dataclass(frozen=True)
class Table:
    """What has a list and is no kind of record: rows that belong to records."""

    blueprint: str
    plural: Text
    listing: Listing
    show: str = ""


@dataclass(frozen=True)
class Request:
    """What the address asks of a list."""

    filters: Mapping[str, str] = field(default_factory=dict)
    q: str = ""
    sort: str | None = None
    view: str = ""
    after: str | None = None
    archived: bool = False

    @classmethod
    def of(cls, listing: Listing, args: Mapping[str, str]) -> Request:
        """Read an address; what the listing does not know is ignored."""
        typed = {f.name: args.get(f.name, "")[:LONGEST].replace("\x00", "") for f in listing.filters}
        views = {v.name for v in listing.views}
        view = args.get("view", "")
        return cls(
            filters={name: value for name, value in typed.items() if value},
            q=args.get("q", "")[:200].replace("\x00", ""),
            sort=args.get("sort"),
            view=view if view in views else "",
            after=args.get("after"),
            archived=args.get("archived") == "1",
        )

    @property
    def args(self) -> dict[str, Any]:
        """The address of this request without its place, for links."""
        found = dict(self.filters)
        for name in ("q", "sort", "view"):
            if value := getattr(self, name):
                found[name] = value
        return {**found, "archived": "1"} if self.archived else found


@dataclass(frozen=True)
class Page:
    """One page of rows. ``after`` is the place of the next page, None at the end."""

    rows: Sequence[Any]
    after: str | None
    total: int
    exact: bool


def statement(session: Session, listing: Listing, viewer: Viewer, asked: Request) -> Select[Any]:
    """Return the SELECT of all rows that the address asks for, visible to the viewer, in no order yet."""
    return _statement(session, listing, viewer, asked, [c for c in listing.columns if not c.hidden])


def _statement(
    session: Session, listing: Listing, viewer: Viewer, asked: Request, columns: Sequence[Column]
) -> Select[Any]:
    model = listing.model
    chosen = [c.expression.label(c.name) for c in columns]
    found = select(listing.id, Record.reference, *chosen).select_from(model)
    if listing.of_records:
        found = listing.joins(found).where(Record.kind == model.__mapper__.polymorphic_identity)
        found = found.where(Record.archived_at.isnot(None) if asked.archived else Record.archived_at.is_(None))
    else:
        found = listing.joins(found.join(Record, Record.id == model.record_id))
        found = found.add_columns(Record.id.label("record_id"), Record.kind.label("record_kind"))
    known = {f.name: f for f in listing.filters}
    for name, value in asked.filters.items():
        found = found.where(known[name].condition(value, viewer))
    for view in listing.views:
        if view.name == asked.view and (condition := view.condition(viewer)) is not None:
            found = found.where(condition)
    if asked.q:
        found = found.where(matches(session, asked.q, Record.search, Record.id))
    return visible(found, viewer)


def page(session: Session, listing: Listing, viewer: Viewer, asked: Request, size: int = PAGE) -> Page:
    """Return one page: the rows after the place in ``asked.after``, seeked by the sort's key and the id."""
    sort = listing.sort(asked.sort)
    base = statement(session, listing, viewer, asked)
    rows = list(session.execute(_ordered(base, listing, sort, asked.after).limit(size + 1)))
    after = place(rows[size - 1], sort) if len(rows) > size else None
    rows = rows[:size]
    if asked.after is None and after is None:
        return Page(rows, None, len(rows), True)
    total = count(session, listing, viewer, asked)
    return Page(rows, after, min(total, BOUND), total <= BOUND)


def _ordered(base: Select[Any], listing: Listing, sort: Sort, after: str | None) -> Select[Any]:
    key, id_ = sort.column, listing.id
    if place_ := read_place(after, sort):
        seek, there = tuple_(key, id_), tuple_(literal(place_[0], key.type), place_[1])
        base = base.where(seek < there if sort.descending else seek > there)
    base = base.add_columns(key.label("sort_value"))
    return base.order_by(key.desc(), id_.desc()) if sort.descending else base.order_by(key, id_)


def place(row: Any, sort: Sort) -> str:
    """Return a row's place in an order, as an opaque text for the address."""
    value = row.sort_value
    if isinstance(value, (date, datetime)):
        value = value.isoformat()
    return base64.urlsafe_b64encode(json.dumps([sort.name, value, row.id]).encode()).decode().rstrip("=")


def read_place(after: str | None, sort: Sort) -> tuple[Any, int] | None:
    """Read a place; None for none, a damaged one, or one of another order."""
    if not after:
        return None
    try:
        name, value, id_ = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if name != sort.name:
            return None
        kind = sort.column.type.python_type
        if kind is datetime:
            value = datetime.fromisoformat(value).astimezone(UTC)
        elif kind is date:
            value = date.fromisoformat(value)
        if not isinstance(value, kind) or not id_in(id_) or "\0" in str(value):
            return None
        return value, id_in(id_)
    except (ValueError, TypeError, OverflowError):
        return None


_counted: dict[tuple[Any, ...], tuple[float, int]] = {}


def count(session: Session, listing: Listing, viewer: Viewer, asked: Request) -> int:
    """Return how many rows there are, at most ``BOUND + 1``; remembered for a minute once it is past a page."""
    key = (
        str(session.get_bind().engine.url),
        listing.model.__name__,
        viewer.person_id,
        json.dumps(asked.args, sort_keys=True),
    )
    now = monotonic()
    if key in _counted and now - _counted[key][0] < 60:
        return _counted[key][1]
    bounded = statement(session, listing, viewer, asked).with_only_columns(listing.id).limit(BOUND + 1).subquery()
    total = session.scalar(select(func.count()).select_from(bounded)) or 0
    if total > BOUND // 10:  # small ones are cheap and should be true to the second
        if len(_counted) > 5_000:
            _counted.clear()
        _counted[key] = (now, total)
    return total


def count_all(session: Session, listing: Listing, viewer: Viewer, asked: Request) -> int:
    """Return how many rows there are, however many: for an export, which reads them all anyway."""
    every = statement(session, listing, viewer, asked).with_only_columns(listing.id).subquery()
    return session.scalar(select(func.count()).select_from(every)) or 0


def exported(listing: Listing) -> list[Column]:
    """Return the columns of an export: all, but for fields that are described as sensitive."""
    return [c for c in listing.columns if not getattr(c.expression, "info", {}).get("sensitive")]


def labels(column: Column, session: Session, viewer: Viewer) -> Mapping[str, Text] | None:
    """Return the labels of a column's values, or None when the value says it."""
    return column.choices(session, viewer) if callable(column.choices) else column.choices


def chosen(declared: Filter, value: str, session: Session, viewer: Viewer) -> str:
    """Return in words what a filter is set to: a choice, several of them, none, all but some (see :func:`equals`)."""
    if declared.shown is not None:
        return str(declared.shown(session, viewer, value))
    if declared.choices is None:
        return value
    known = {str(key): str(label) for key, label in declared.choices(session, viewer)}
    if value in known:
        return known[value]
    if value == NONE:
        return _("none")
    several = [known.get(one, one) for one in value.removeprefix(NONE).split(",")]
    written = ", ".join(several[:NAMED]) + (f" +{len(several) - NAMED}" if len(several) > NAMED else "")
    return _("all but %(what)s", what=written) if value.startswith(NONE) else written


def every_row(session: Session, listing: Listing, viewer: Viewer, asked: Request, chunk: int = 2_000) -> Iterator[Any]:
    """Yield all rows for an export, in the list's order, a chunk at a time: memory stays bounded."""
    sort = listing.sort(asked.sort)
    after = None
    while True:
        base = _statement(session, listing, viewer, asked, exported(listing))
        rows = list(session.execute(_ordered(base, listing, sort, after).limit(chunk)))
        yield from rows
        if len(rows) < chunk:
            return
        after = place(rows[-1], sort)


def equals(column: InstrumentedAttribute[Any]) -> Condition:
    """Return the condition of a filter: ``a`` is equal, ``a,b`` one of them, ``-`` without any, ``-a`` all but it."""
    return lambda value, viewer: _one_of(column, value, value.removeprefix(NONE).split(","))


def equals_number(column: InstrumentedAttribute[Any]) -> Condition:
    """Return the same for numbers in an address; what is no number matches nothing."""
    return lambda value, viewer: _one_of(column, value, _numbers(value.removeprefix(NONE)))


def _one_of(column: InstrumentedAttribute[Any], value: str, chosen: list[Any]) -> ColumnElement[bool]:
    if value == NONE:
        return column.is_(None)
    if value.startswith(NONE):
        return or_(column.is_(None), column.notin_(chosen))
    return column == chosen[0] if len(chosen) == 1 else column.in_(chosen)


def _numbers(value: str) -> list[int]:
    return [number for one in value.split(",") if (number := id_in(one))]


def since(column: InstrumentedAttribute[Any]) -> Condition:
    """Return the condition *from this date on*."""
    return lambda value, viewer: column >= _date(value)


def until(column: InstrumentedAttribute[Any]) -> Condition:
    """Return the condition *until this date, included*."""
    return lambda value, viewer: column <= _date(value)


def since_day(column: InstrumentedAttribute[Any]) -> Condition:
    """Return the condition of a moment *from this day on*, where the viewer is."""
    return lambda value, viewer: column >= _midnight(value, viewer)


def until_day(column: InstrumentedAttribute[Any]) -> Condition:
    """Return the condition of a moment *until this day, included*, where the viewer is."""
    return lambda value, viewer: column < _midnight(value, viewer, days=1)


def _midnight(value: str, viewer: Viewer, days: int = 0) -> datetime:
    day = min(max(_date(value), EARLIEST), LATEST) + timedelta(days=days)
    return datetime.combine(day, time(), ZoneInfo(viewer.timezone))


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return date.min


def mine(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of the view *mine*."""
    return Record.owner_id == viewer.person_id


def of_my_post(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of the view *my post's*."""
    return and_(Record.post_id == viewer.post_id)


RECENT = Sort("recent", _l("Changed last"), Record.updated_at, descending=True)
VIEWS = (  # the tabs that every list has
    View("", _l("All"), lambda viewer: None),
    View("post", _l("My post's"), of_my_post),
    View("mine", _l("Mine"), mine),
)
