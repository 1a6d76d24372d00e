"""What every page of a draft shows around its content; reading its forms; answering what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from promo.core.access import can
from promo.core.errors import Refused
from promo.core.records import id_in
from promo.drafts import conditions, queries
from promo.drafts.faults import Fault, faults
from promo.drafts.merging import Clashes
from promo.drafts.parts import Part, Posted, Raw
from promo.drafts.vocabulary import Vocabulary, vocabulary
from promo.drafts.words import VERBS
from promo.procedures.models import ProcedureVersion
from promo.procedures.words import pick
from promo.web.guard import viewer
from promo.web.pages import page
from promo.web.transaction import session


@dataclass
class Fields:
    """A form as its template draws it: what stands in its fields, the messages, where to go on.

    ``at`` is what the ids of its fields begin with; ``type`` and ``name`` are those of a requirement (None: a new one).
    """

    raw: dict[str, Raw]
    parts: Mapping[str, Part]
    edition: int
    at: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    reasons: list[Any] = field(default_factory=list)
    focus: str | None = None
    type: str = ""
    name: str | None = None
    changed: bool = False  # what was typed is not stored yet

    JOINTS, OPS, YES_NO, DEEPEST = conditions.JOINTS, conditions.OPS, conditions.YES_NO, conditions.DEEPEST


@dataclass
class Draft:
    """A draft as its pages need it."""

    version: ProcedureVersion
    offered: Vocabulary
    faults: list[Fault]
    may_edit: bool

    @property
    def data(self) -> Mapping[str, Any]:
        """Its text."""
        return self.version.definition

    @property
    def title(self) -> str:
        """What it is called; by its code while it has no title."""
        return pick(self.data["title"]) or self.version.code


def draft(id_: int) -> Draft:
    """Return a draft that the viewer reads; raises NotFound."""
    version = queries.draft(session(), viewer(), id_)
    offered = vocabulary(session(), version.definition)
    may_edit = can(viewer(), "drafts.edit", version)
    return Draft(version, offered, faults(id_, version.definition, offered), may_edit)


def framed(template: str, shown: Draft, here: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page of a draft: its head, its parts as tabs, what is wrong, the change that can be undone."""
    version = shown.version
    whole = _("Terms, amounts and functions")
    tabs = [("show", _("Table"), whole), ("stages", _("Stages"), None), ("about", _("About"), None)]
    edit = queries.last_edit(session(), viewer(), version) if shown.may_edit else None
    return page(
        template,
        status,
        draft=shown,
        version=version,
        offered=shown.offered,
        tabs=[
            {
                "label": label,
                "url": url_for(f"drafts.{name}", id_=version.id),
                "current": name == here,
                "title": title,
            }
            for name, label, title in (tabs if shown.may_edit else tabs[:1])
        ],
        undo=_undoing(edit.id, edit.verb, edit.subject) if edit else None,
        here=here,
        pick=pick,
        **context,
    )


def _undoing(id_: int, verb: str, subject: Mapping[str, str]) -> dict[str, Any]:
    return {"id": id_, "what": str(VERBS.get(verb, verb)) % {"what": pick(subject)}}


def posted() -> Posted:
    """Return what was posted."""
    return Posted(request.form.to_dict(flat=False))


def edition() -> int:
    """Return the edition that the form's writer saw; 0, which none has, when it does not say."""
    return id_in(request.form.get("edition"))


def fields(parts: Sequence[Part], raw: dict[str, Raw], edition_: int, at: str = "", **more: Any) -> Fields:
    """Return a form for its template."""
    return Fields(raw, {part.name: part for part in parts}, edition_, at, **more)


def doing() -> str:
    """Return what is to be done with the form instead of saving it; nothing to save it."""
    return next((text for text in request.form.getlist("do") if text), "")


def errors_of(refused: Refused) -> tuple[dict[str, str], list[Any]]:
    """Return the messages at fields, and the reasons that stand at none."""
    at = {reason.field: str(reason.message) for reason in refused.reasons if reason.field}
    return at, [reason for reason in refused.reasons if not reason.field]


def clashed(clashes: Clashes, shown: Draft, back: str) -> Response:
    """Show both texts of what two people changed, to choose from; everything typed goes with the choice."""
    skipped = ("csrf_token", "between", "do")
    posted_ = request.form.items(multi=True)
    typed = [(k, v) for k, v in posted_ if k not in skipped and not k.startswith("choose-")]
    return page(
        "drafts/_clash.html",
        409,
        clashes=clashes,
        draft=shown,
        typed=typed,
        again=request.full_path.rstrip("?"),
        back=back,
    )
