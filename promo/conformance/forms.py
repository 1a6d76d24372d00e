"""What the address of a page of conformance asks for: whole months, versions, posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from promo.conformance.queries import Scope
from promo.core import periods
from promo.core.access import Viewer
from promo.core.periods import Period
from promo.core.records import id_in
from promo.procedures.models import ProcedureVersion

DEFAULT = "year"


@dataclass(frozen=True)
class Asked:
    """What was asked for: the scope; the address as it was understood; what was not, in words."""

    scope: Scope
    args: dict[str, str]
    notices: tuple[str, ...]
    version: ProcedureVersion
    title: str


def whole_months(period: Period) -> Period:
    """Return the whole months in which a period lies: what is counted is counted by month."""
    last = (period.until.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return Period(period.since.replace(day=1), last, period.name)


def read(
    args: Mapping[str, str], viewer: Viewer, versions: Sequence[ProcedureVersion], posts: Sequence[int], today: date
) -> Asked:
    """Read an address: ``period`` or ``since`` and ``until``, ``version`` (a number), ``post`` (an id).

    Without a post it is of all posts from headquarters, else of the viewer's own. What makes no sense is left out, and
    said.
    """
    kept: dict[str, str] = {}
    notices: list[str] = []
    try:
        period = periods.read({"period": DEFAULT, **{k: v for k, v in args.items() if v}}, today)
        kept |= {name: args[name] for name in ("since", "until", "period") if args.get(name)}
    except periods.BadPeriod as bad:
        period = periods.named(DEFAULT, today)
        notices.append(_("%(reason)s This is the report of this year.", reason=str(bad)))
    chosen = [v for v in versions if str(v.number) == args.get("version")]
    if chosen:
        kept["version"] = str(chosen[0].number)
    elif args.get("version"):
        notices.append(_("There is no such version in force or obsolete: these are all."))
    where = None if viewer.headquarters else tuple(posts)
    post = id_in(args.get("post"))
    if post in posts:
        where, kept["post"] = (post,), str(post)
    elif args.get("post"):
        notices.append(_("There is no such post, or its figures are not yours to see: these are those of yours."))
    among = chosen or versions
    return Asked(
        Scope(tuple(v.id for v in among), whole_months(period), where),
        kept,
        tuple(notices),
        among[0],
        period.title(viewer.locale),
    )


def as_filters(asked: Asked) -> dict[str, str]:
    """Return the filters by which a list of departures shows what the figures of the same address count."""
    period, posts = asked.scope.period, asked.scope.posts
    found = {"begun": f"{period.since}/{period.until}"}
    if posts is not None:
        found["post"] = ",".join(map(str, posts))
    if "version" in asked.args:
        found["version"] = asked.args["version"]
    return found
