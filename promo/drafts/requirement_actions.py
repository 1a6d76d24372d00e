"""Every write on what a stage requires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import Reason, Refused
from promo.drafts import places
from promo.drafts.actions import opened, store
from promo.drafts.element_actions import checked, gone, laid_over, target, unchanged
from promo.drafts.elements import requirement_parts
from promo.drafts.models import DraftEdit
from promo.drafts.parts import Data, Part, Posted
from promo.drafts.vocabulary import Vocabulary, vocabulary
from promo.drafts.words import type_of
from promo.procedures.validation import TYPES, name_of, whole

MOST = 200  # requirements of a stage


def parts_of(offered: Vocabulary, type_: str, form: Posted | None = None, data: Data | None = None) -> list[Part]:
    """Return the parts of a requirement, as they fit what its form or its data say it is about."""
    about = form.get(type_) if form is not None else (data or {}).get(type_)
    answers = form.get("type") if form is not None else (data or {}).get("type")
    return requirement_parts(offered, type_, about if isinstance(about, str) else "", answers or "text")


def add_requirement(session: Session, viewer: Viewer, id_: int, stage: str, type_: str, form: Posted) -> str:
    """Add a requirement at the end of a stage; returns its name."""
    version = opened(session, viewer, id_)
    data = version.definition
    index = places.stage_at(data, stage)
    if index is None or type_ not in TYPES:
        raise gone(stage)
    here = data["stages"][index]
    if len(here.get("requires", ())) >= MOST:
        raise Refused(_l("There may be at most %(most)s.", most=MOST))
    offered = vocabulary(session, data)
    made = laid_over(session, version, parts_of(offered, type_, form), form, lambda _text: {}, version.edition, {})
    made = _named(made, type_, data, here, None)
    rows = [*here.get("requires", ()), made]
    text = places.with_stage(data, index, places.with_requirements(here, rows))
    store(session, viewer, version, text, "add_requirement", _subject(made, here))
    return name_of(made)


def edit_requirement(
    session: Session, viewer: Viewer, id_: int, stage: str, name: str, form: Posted, edition: int
) -> str:
    """Change a requirement; returns its name, which may be another one now."""
    version = opened(session, viewer, id_)
    data = version.definition
    found = places.requirement_at(data, stage, name)
    if found is None:
        raise gone(form.get("label_es") or name)
    here = data["stages"][found[0]]
    now = here["requires"][found[1]]
    type_ = type_of(now)
    parts = parts_of(vocabulary(session, data), type_, form)
    made = laid_over(session, version, parts, form, lambda text: places.requirement_of(text, stage, name), edition, now)
    made = _named(made, type_, data, here, now)
    text = places.put(data, ("stages", found[0], "requires", found[1]), made)
    store(session, viewer, version, text, "edit_requirement", _subject(made, here))
    return name_of(made)


def _named(made: dict[str, Any], type_: str, data: Data, here: Data, old: Data | None) -> dict[str, Any]:
    """Return a requirement of full shape, with a name that tells it from the others of its stage."""
    label = made.get("label") or {}
    if type_ in ("answer", "declaration") and type_ not in made:
        made = {type_: places.key_for(label.get("en") or label.get("es") or "", _asked(data), type_), **made}
    for field in (type_, *(("type",) if type_ == "answer" else ())):
        if field not in made and type_ != "approvals":
            raise Refused(Reason(_l("Choose one."), field))
    if type_ == "approvals":
        made = {"approvals": [], **made}
    if type_ == "each":
        made = {"requires": [], **made}
    checked(made, "requirement")
    taken = {name_of(r) for r in here.get("requires", ()) if r is not old}
    if name_of(made) in taken:
        if "key" in made:
            raise Refused(Reason(_l("Another requirement of this stage is called so."), "key"))
        if type_ == "include":
            raise Refused(Reason(_l("This block is included here already."), "include"))
        made = {**made, "key": places.numbered(name_of(made).replace(".", "_")[: places.LONGEST_KEY], taken)}
    return made


def _asked(data: Data) -> set[str]:
    """Return the names of every question and declaration."""
    rows = [r for stage in whole(data)["stages"] for r in stage.get("requires", ())]
    return {str(r[t]) for r in rows for t in ("answer", "declaration") if t in r}


def _subject(made: Data, here: Data) -> Mapping[str, str]:
    """Return what the change was about, for the button that undoes it."""
    return made.get("label") or here["title"]


def move_requirement(session: Session, viewer: Viewer, id_: int, stage: str, name: str, to: str) -> DraftEdit | None:
    """Move a requirement up, down, or to a position in its stage."""
    version = opened(session, viewer, id_)
    data = version.definition
    found = places.requirement_at(data, stage, name)
    if found is None:
        raise gone(name)
    here = data["stages"][found[0]]
    rows = places.moved(here["requires"], found[1], target(to, found[1]))
    text = places.with_stage(data, found[0], places.with_requirements(here, rows))
    return store(session, viewer, version, text, "move_requirement", _subject(here["requires"][found[1]], here))


def duplicate_requirement(session: Session, viewer: Viewer, id_: int, stage: str, name: str) -> str:
    """Put a copy of a requirement below it; returns its name."""
    version = opened(session, viewer, id_)
    data = version.definition
    found = places.requirement_at(data, stage, name)
    if found is None:
        raise gone(name)
    here = data["stages"][found[0]]
    original = here["requires"][found[1]]
    type_ = type_of(original)
    if type_ == "include":
        raise Refused(_l("This block is included here already."))
    if len(here["requires"]) >= MOST:
        raise Refused(_l("There may be at most %(most)s.", most=MOST))
    copied = {k: v for k, v in original.items() if k != "key"}
    if type_ in ("answer", "declaration"):
        copied[type_] = places.numbered(str(original[type_]), _asked(data))
    copied = _named(copied, type_, data, here, None)
    rows = [*here["requires"][: found[1] + 1], copied, *here["requires"][found[1] + 1 :]]
    text = places.with_stage(data, found[0], places.with_requirements(here, rows))
    store(session, viewer, version, text, "duplicate_requirement", _subject(copied, here))
    return name_of(copied)


def remove_requirement(
    session: Session, viewer: Viewer, id_: int, stage: str, name: str, edition: int
) -> DraftEdit | None:
    """Remove a requirement; one that is gone already stays so."""
    version = opened(session, viewer, id_)
    data = version.definition
    found = places.requirement_at(data, stage, name)
    if found is None:
        return None
    here = data["stages"][found[0]]
    now = here["requires"][found[1]]
    unchanged(session, version, now, edition, lambda seen: places.requirement_of(seen, stage, name))
    rows = [r for r in here["requires"] if r is not now]
    text = places.with_stage(data, found[0], places.with_requirements(here, rows))
    return store(session, viewer, version, text, "remove_requirement", _subject(now, here))


def blank(type_: str) -> Data:
    """Return what a new requirement of a type begins with."""
    if type_ == "approvals":
        return {"approvals": [{"function": ""}]}
    return {"type": "text"} if type_ == "answer" else {}
