"""Every SELECT on rehearsals, and the records that one names. The viewer comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from promo.core.access import Viewer, visible
from promo.core.errors import NotFound
from promo.core.records import Record
from promo.procedures import words
from promo.procedures.case import definition_of, function_names
from promo.procedures.models import ProcedureVersion
from promo.procedures.queries import status_titles
from promo.procedures.rehearsal import rules_digest
from promo.reference.models import Post
from promo.rehearsals.models import Rehearsal


def version(session: Session, viewer: Viewer, id_: int) -> ProcedureVersion:
    """Return a version; raises NotFound."""
    found = session.get(ProcedureVersion, id_)
    if found is None:
        raise NotFound("rehearsals.of")
    return found


def rehearsal(session: Session, viewer: Viewer, id_: int) -> Rehearsal:
    """Return a rehearsal with its result; raises NotFound."""
    found = session.scalars(
        select(Rehearsal)
        .where(Rehearsal.id == id_)
        .options(undefer(Rehearsal.result))
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("rehearsals.show")
    return found


def latest(session: Session, version_id: int) -> Rehearsal | None:
    """Return the last rehearsal of a version, or None."""
    found = select(Rehearsal).where(Rehearsal.version_id == version_id).order_by(Rehearsal.id.desc()).limit(1)
    return session.scalars(found).first()


def by_id(session: Session, id_: int) -> Rehearsal | None:
    """Return a rehearsal for its job."""
    return session.get(Rehearsal, id_, populate_existing=True)


def is_older(rehearsal: Rehearsal, version: ProcedureVersion) -> bool:
    """Whether the draft's rules have changed since it was rehearsed."""
    return rehearsal.digest != rules_digest(version.definition)


@dataclass
class Line:
    """One requirement, or stage, with how many records it concerns, at which posts, and some of them."""

    stage: str
    item: str
    records: int
    posts: list[tuple[str, int]]
    sample: list[tuple[Record, str]] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many records it concerns besides those that are named."""
        return self.records - len(self.sample)


@dataclass
class Shown:
    """A result in the reader's language."""

    figures: Mapping[str, Any]
    refused: list[Line]
    gone: list[Line]
    open_items: list[Line]
    open_gone: list[Line]
    holes: list[tuple[str, str, bool]]
    approvals: list[tuple[str, float, float]]


def shown(session: Session, viewer: Viewer, version: ProcedureVersion, result: Mapping[str, Any]) -> Shown:
    """Return a result as its page shows it: names for keys, records for numbers."""
    lists = {name: result[name] for name in ("refused", "gone", "open_items", "open_gone")}
    ids = {id_ for lines in lists.values() for line in lines for id_ in line["sample"]}
    found = visible(select(Record, Post).join(Post, Post.id == Record.post_id).where(Record.id.in_(ids)), viewer)
    records = {record.id: (record, post.code) for record, post in session.execute(found.order_by(Record.id))}
    titles = status_titles(session, viewer)  # a stage that the draft no longer has is called as it was
    names = {post.id: post.name(viewer.locale) for post in session.scalars(select(Post).order_by(Post.code))}
    definition, functions = definition_of(version), function_names(session)

    def stage_name(key: str) -> str:
        gone = definition.stage(key) is None and key in titles
        return words.pick(titles[key]) if gone else words.stage_title(definition, key)

    def line(one: Mapping[str, Any]) -> Line:
        return Line(
            stage_name(one["stage"]),
            words.item_title(definition, one["item"], functions) if one["item"] else "",
            one["records"],
            [(names.get(post, "–"), count) for post, count in one["posts"]],
            [records[id_] for id_ in one["sample"] if id_ in records],
        )

    weeks = float(result["weeks"])
    english = viewer.locale == "en"
    return Shown(
        figures=result,
        holes=[
            (en if english else es, words.function_label(f, functions), new) for _c, es, en, f, new in result["holes"]
        ],
        approvals=[
            (words.function_label(f, functions), before / weeks, after / weeks)
            for f, before, after in result["approvals"]
        ],
        **{name: [line(one) for one in lines] for name, lines in lists.items()},
    )
