"""Every write on parts of a draft: the procedure's own texts, its stages, what each requires, its terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import Reason, Refused
from promo.core.fields import CONTROLLED
from promo.core.records import id_in
from promo.drafts import places, queries
from promo.drafts.actions import opened, store
from promo.drafts.elements import about_parts, stage_parts
from promo.drafts.merging import Chosen, Clashes, merge
from promo.drafts.models import DraftEdit
from promo.drafts.parts import Data, Part, Posted, Wrong, posted
from promo.drafts.vocabulary import vocabulary
from promo.procedures import validation
from promo.procedures.models import Procedure, ProcedureVersion

NOTHING: Data = {"applies_to": {}}  # what a writer has seen when nobody knows it any more


def laid_over(
    session: Session,
    version: ProcedureVersion,
    parts: Sequence[Part],
    form: Posted,
    find: Callable[[Data], Data | None],
    edition: int,
    now: Data,
) -> dict[str, Any]:
    """Return an element with what was typed over it. ``find`` finds it in a text, ``edition`` is what its writer saw.

    Raises :class:`Refused` with a reason at each field that can't be read, :class:`Clashes` for what somebody else
    changed too, unless the writer has chosen between the two already.
    """
    seen, between = queries.seen(session, version, edition), chosen_between(session, version, form)
    base = find(seen) if seen else None
    choices = {part.name: form.get(f"choose-{part.name}") for part in parts}
    try:
        chosen = Chosen(choices, find(between) if between else None)
        merged = merge(parts, posted(parts, form), NOTHING if base is None else base, now, chosen)
    except Wrong as wrong:
        raise refused(wrong) from None
    if merged.clashes:
        raise Clashes(merged.clashes, queries.changer(session, version), version.edition)
    return merged.data


def chosen_between(session: Session, version: ProcedureVersion, form: Posted) -> Data | None:
    """Return the text with which what was typed clashed, when its writer has chosen between the two."""
    edition = id_in(form.get("between"))
    return queries.seen(session, version, edition) if edition else None


def refused(wrong: Wrong) -> Refused:
    """Return what can't be read as the reasons of a refusal, each at its field."""
    return Refused([Reason(message, name) for name, message in wrong.errors.items()])


def checked(data: Any, part: str | None = None) -> None:
    """Refuse what does not have a draft's shape: a form that was tampered with."""
    if not validation.fits(data, part):
        raise Refused(_l("Open the page again: the form is damaged."))


def gone(what: str) -> Refused:
    """Return the refusal of a change to what somebody removed meanwhile."""
    return Refused(
        _l("Somebody removed «%(what)s» meanwhile. What you typed is still here: copy it, or add it anew.", what=what)
    )


def edit_about(session: Session, viewer: Viewer, id_: int, form: Posted, edition: int) -> DraftEdit | None:
    """Change what the procedure says of itself: title, purpose, whom it concerns, indicators, what changes."""
    version = opened(session, viewer, id_)
    data = version.definition
    parts = about_parts(vocabulary(session, data))
    made = laid_over(session, version, parts, form, lambda text: text, edition, data)
    if not made["applies_to"].get("kind"):
        raise Refused(Reason(_l("Choose at least one."), "kind"))
    made = _coded(session, version, made, form.get("code").strip())
    version.substance = {"yes": True, "no": False}.get(form.get("substance"), version.substance)
    checked({**made, "stages": []})
    return store(session, viewer, version, made, "edit_about", made["title"])


def _coded(session: Session, version: ProcedureVersion, data: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the data with another code, while no version was handed in yet; the procedure takes it too."""
    if not code or code == data["code"]:
        return data
    if queries.is_fixed(session, version):
        raise Refused(Reason(_l("The code stands: a version of it was handed in."), "code"))
    if not validation.fits({**data, "code": code, "stages": []}):
        raise Refused(Reason(_l("Write it like PE-COM-02."), "code"))
    if session.scalar(select(Procedure.id).where(Procedure.code == code)) is not None:
        raise Refused(Reason(_l("There is a procedure of this code already."), "code"))
    version.procedure.code = code
    return {**data, "code": code}


def add_stage(session: Session, viewer: Viewer, id_: int, title_es: str, title_en: str) -> str:
    """Add a stage behind those that go on; the one before, when it leads nowhere yet, leads to it. Returns its key."""
    version = opened(session, viewer, id_)
    title = {"es": title_es, "en": title_en}
    if not title_es:
        raise Refused(Reason(_l("Fill this in."), "new_es"))
    stages = list(version.definition["stages"])
    key = places.key_for(title_en or title_es, {s["key"] for s in stages}, f"stage_{len(stages) + 1}")
    at = next((i for i, s in enumerate(stages) if is_end(s)), len(stages))
    if at and "next" not in stages[at - 1] and not is_end(stages[at - 1]):
        stages[at - 1] = {**stages[at - 1], "next": [key]}
    stage = {"key": key, "title": title}
    checked(stage, "stage")
    _unhidden(title)
    store(
        session,
        viewer,
        version,
        places.with_stages(version.definition, [*stages[:at], stage, *stages[at:]]),
        "add_stage",
        title,
    )
    return key


def _unhidden(title: Mapping[str, str]) -> None:
    for name, text in title.items():
        if validation.HIDDEN.search(text):
            raise Refused(Reason(CONTROLLED, f"new_{name}"))


def is_end(stage: Data) -> bool:
    """Whether a stage ends the procedure."""
    return bool(stage.get("final") or stage.get("cancelled"))


def edit_stage(session: Session, viewer: Viewer, id_: int, key: str, form: Posted, edition: int) -> DraftEdit | None:
    """Change a stage, but for what it requires."""
    version = opened(session, viewer, id_)
    data, index = version.definition, places.stage_at(version.definition, key)
    if index is None:
        raise gone(form.get("title_es") or key)
    parts, now = stage_parts(vocabulary(session, data)), data["stages"][index]
    stage = laid_over(session, version, parts, form, lambda text: places.stage_of(text, key), edition, now)
    checked(stage, "stage")
    return store(session, viewer, version, places.with_stage(data, index, stage), "edit_stage", stage["title"])


def move_stage(session: Session, viewer: Viewer, id_: int, key: str, to: str) -> DraftEdit | None:
    """Move a stage up, down, or to a position among the others."""
    version = opened(session, viewer, id_)
    index = places.stage_at(version.definition, key)
    if index is None:
        raise gone(key)
    stages = version.definition["stages"]
    data = places.with_stages(version.definition, places.moved(stages, index, target(to, index)))
    return store(session, viewer, version, data, "move_stage", stages[index]["title"])


def target(to: str, index: int) -> int:
    """Return the position that ``up``, ``down`` or a number (from 0) means; anything else is where it is."""
    if to in ("up", "down"):
        return index + (1 if to == "down" else -1)
    return int(to) if to.isascii() and to.isdigit() and len(to) < 5 else index


def remove_stage(session: Session, viewer: Viewer, id_: int, key: str, edition: int) -> DraftEdit | None:
    """Remove a stage with what it requires, and the ways that lead to it; one that is gone already stays so."""
    version = opened(session, viewer, id_)
    data, index = version.definition, places.stage_at(version.definition, key)
    if index is None:
        return None
    stage = data["stages"][index]
    unchanged(session, version, stage, edition, lambda seen: places.stage_of(seen, key))
    rest = [_without_way(s, key) for s in data["stages"] if s is not stage]
    return store(session, viewer, version, places.with_stages(data, rest), "remove_stage", stage["title"])


def _without_way(stage: Data, key: str) -> Data:
    ways = [w for w in stage.get("next", ()) if (w if isinstance(w, str) else w["to"]) != key]
    rest = {k: v for k, v in stage.items() if k != "next"}
    return {**rest, "next": ways} if ways else rest


def unchanged(session: Session, version: ProcedureVersion, now: Data, edition: int, find: Any) -> None:
    """Refuse to remove what somebody changed since it was shown."""
    seen = queries.seen(session, version, edition)
    if seen is None or find(seen) != now:
        by = queries.changer(session, version)
        raise Refused(_l("%(name)s changed it meanwhile. Look at it again before you remove it.", name=by or "–"))
