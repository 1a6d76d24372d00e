"""What the address of a report asks for; what makes no sense in it is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import listing, periods
from promo.core.access import Viewer
from promo.core.records import PILLARS
from promo.reports.measures import Scope
from promo.reports.queries import Office

LABELS = {"post": _l("Post"), "pillar": _l("Pillar"), "country": _l("Country")}
NAMED = 3  # posts named where there is room for a few


@dataclass(frozen=True)
class Asked:
    """What was asked for: the scope; the address as it was understood; what was not, in words."""

    scope: Scope
    args: dict[str, str]
    notices: tuple[str, ...]
    locale: str


def read(
    args: Mapping[str, str], viewer: Viewer, offices: Sequence[Office], countries: Mapping[str, str], today: date
) -> Asked:
    """Read the address of a report: ``period`` or ``since`` and ``until``, ``post``, ``pillar``, ``country``.

    ``post`` is an id, several (``3,7``), or a country whose posts are meant. Without it the report is of all of the
    viewer's posts.
    """
    kept: dict[str, str] = {}
    notices = []
    try:
        period = periods.read(args, today)
        kept |= {name: args[name] for name in ("since", "until", "period") if args.get(name)}
    except periods.BadPeriod as bad:
        period = periods.named(periods.DEFAULT, today)
        notices.append(_("%(reason)s This is the report of this year.", reason=str(bad)))
    posts, wanted = None if viewer.headquarters else tuple(o.id for o in offices), args.get("post", "").strip()
    if wanted:
        chosen = _posts(wanted, offices)
        if chosen:
            posts, kept["post"] = chosen, wanted
        else:
            notices.append(_("There is no such post, or its figures are not yours to see: these are those of yours."))
    sides = {}
    for name, known, notice in (
        ("pillar", dict(PILLARS), _("There is no such pillar: these are all.")),
        ("country", countries, _("There is no such country: these are all.")),
    ):
        value = args.get(name, "").strip()
        if value in known or value == listing.NONE:
            sides[name] = kept[name] = value
        elif value:
            notices.append(notice)
    return Asked(Scope(period, posts, **sides), kept, tuple(notices), viewer.locale)


def _posts(wanted: str, offices: Sequence[Office]) -> tuple[int, ...]:
    """Return the viewer's posts that a text names, by number or by country."""
    numbers = wanted.split(",")
    return tuple(o.id for o in offices if str(o.id) in numbers or o.country == wanted)


def words(
    asked: Asked, offices: Sequence[Office], countries: Mapping[str, str], named: int = NAMED
) -> list[tuple[str, str]]:
    """Return what a report is of, as (name, value) in words: period, posts, pillar, country."""
    scope = asked.scope
    posts = [o.name for o in offices if scope.posts is None or o.id in scope.posts]
    which = ", ".join(posts)
    if scope.posts is None:
        which = _("All posts")
    elif len(posts) > named:
        which = _("%(count)s posts: %(names)s and others", count=len(posts), names=", ".join(posts[:named]))
    return [
        (_("Period"), scope.period.title(asked.locale)),
        (str(LABELS["post"]), which),
        (str(LABELS["pillar"]), _name(scope.pillar, dict(PILLARS), _("all pillars"), _("without pillar"))),
        (str(LABELS["country"]), _name(scope.country, countries, _("all countries"), _("without country"))),
    ]


def _name(value: str | None, known: Mapping[Any, Any], every: str, none: str) -> str:
    if value is None:
        return every
    return none if value == listing.NONE else str(known.get(value, value))
