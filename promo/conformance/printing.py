"""Conformance of a procedure on paper: what its page shows, with who made it and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from promo.conformance import measures, queries
from promo.conformance.measures import StageLine, Value
from promo.conformance.reading import Reading, in_days, percent
from promo.core import clock, documents
from promo.procedures import words
from promo.procedures.diagram import Diagram
from promo.procedures.phrases import number

TEMPLATE = "conformance/typst/conformance.typ"
MOST = 40  # refusals and posts on paper; the workbook has all


def pdf(reading: Reading) -> tuple[bytes, int]:
    """Return the document in the reader's language, and how many lines its tables have."""
    told = data(reading)
    lines = sum(len(told[name]) for name in ("figures", "stages", "ways", "refusals", "posts"))
    return documents.pdf(TEMPLATE, told, reading.viewer.locale), lines


def data(reading: Reading) -> dict[str, Any]:
    """Return what the template prints, as plain data."""
    moving = reading.moves and bool(reading.cells)
    return {
        "title": _("Conformance: %(title)s", title=reading.title),
        "name": reading.title,
        "on": clock.today(reading.viewer.timezone).isoformat(),
        "institution": [_("Ministry of Foreign Affairs"), _("Economic Promotion")],
        "code": reading.code,
        "period": reading.asked.title,
        "facts": [*reading.words(), *_made(reading)],
        "empty": None if moving else _nothing(reading),
        "figures": [_figure(value) for value in reading.values] if moving else [],
        "stages": [_stage(line, reading) for line in reading.stages] if moving else [],
        "paths": _paths(reading) if moving else None,
        "ways": _ways(reading) if moving else [],
        "refusals": _refusals(reading),
        "posts": _posts(reading) if moving else [],
        "words": _words(),
    }


def _made(reading: Reading) -> list[tuple[str, str]]:
    viewer = reading.viewer
    counted = queries.counted_at(reading.session, reading.asked.scope)
    return [
        (_("Counted"), _moment(counted, viewer.timezone) if counted else "–"),
        (_("Made by"), f"{viewer.name} <{viewer.email}>"),
        (_("Made on"), _moment(clock.now(), viewer.timezone)),
    ]


def _moment(at: datetime, timezone: str) -> str:
    here = at.astimezone(ZoneInfo(timezone))
    return f"{words.short_date(here.date())}, {here:%H:%M} ({timezone})"


def _nothing(reading: Reading) -> str:
    if not reading.moves:
        return _("This procedure has a single stage, in which it ends: nothing moves on, so there is nothing to count.")
    return _("Nothing in this period")


def _figure(value: Value) -> list[str]:
    shown = number(value.count) if value.total is None else percent(value.share)
    note = ""
    if value.total is not None:
        note = _("%(count)s of %(total)s", count=number(value.count), total=number(value.total))
    return [str(value.figure.label), str(value.figure.definition), shown, note]


def _stage(line: StageLine, reading: Reading) -> list[str]:
    spread = [measures.percentile(of, share) for of in (line.days, line.waited) for share in (0.5, 0.9)]
    counts = (number(line.left), percent(line.on_time), *map(in_days, spread), number(line.refusals))
    return [words.stage_title(reading.definition, line.key), *counts]


def _paths(reading: Reading) -> dict[str, Any]:
    drawn = reading.paths()
    return {"intended": _picture(drawn.intended), "taken": _picture(drawn.taken), "gone": ", ".join(drawn.gone)}


def _picture(picture: Diagram) -> dict[str, Any]:
    size = [picture.width, picture.height]
    return {"svg": picture.svg, "alt": picture.alt, "legend": picture.legend, "size": size}


def _ways(reading: Reading) -> list[list[str]]:
    return [
        [*(words.stage_title(reading.definition, key) for key in (line.key, to)), number(count), number(line.left)]
        for line in reading.stages
        for to, count in line.ways.most_common()
    ]


def _refusals(reading: Reading) -> list[list[str]]:
    definition, functions = reading.definition, reading.functions
    return [
        [words.item_title(definition, item, functions), words.stage_title(definition, stage), number(count)]
        for stage, item, count in reading.refusals(MOST)
    ]


def _posts(reading: Reading) -> list[list[str]]:
    return [
        [
            name, number(line.started), number(line.finished), percent(line.share), number(line.refusals),
            number(line.exceptions), number(line.urgencies), number(line.nonconformities),
        ]
        for _id, name, line in reading.posts()[:MOST]
    ]  # fmt: skip


def _words() -> dict[str, str]:
    """Return the words that the template prints."""
    return {
        "kind": _("Conformance"), "page": _("Page"), "figures": _("Figures"),
        "stages": _("How long each stage takes, in working days"), "stage": _("Stage"),
        "left": _("Left"), "in_time": _("In time"), "half": _("Half within"), "nine": _("Nine of ten within"),
        "waiting": _("waiting, half within"), "waiting_nine": _("waiting, nine of ten within"),
        "refusals": _("Refusals"), "paths": _("The ways really taken"), "intended": _("As intended"),
        "taken": _("As it was"), "how": reading_help(), "gone": _("Stages of earlier versions, not in the picture:"),
        "from": _("From stage"), "to": _("To stage"), "times": _("Taken"),
        "refused": _("What case files were refused for"), "requirement": _("Requirement"),
        "none": _("None was refused in this period."), "posts": _("By post"), "post": _("Post"),
        "begun": _("Begun"), "completed": _("Completed"), "on_time": _("Stages in time"),
        "exceptions": _("With an exception"), "urgencies": _("With an urgency"),
        "nonconformities": _("With a nonconforming output"),
        "internal": _("What whoever made it may see, at that moment. The figures live in Promo."),
    }  # fmt: skip


def reading_help() -> str:
    """Say how the picture of the ways taken is read."""
    return _(
        "In each stage: how often it was reached, and in how many working days half of the stays ended. On each line: "
        "how often it was taken; the thicker, the more often."
    )
