"""The write of the table of terms: all its cells together, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import Reason, Refused
from promo.drafts import queries
from promo.drafts.actions import opened, store
from promo.drafts.element_actions import checked, chosen_between
from promo.drafts.merging import Chosen, Clash, Clashes, merge
from promo.drafts.models import DraftEdit
from promo.drafts.parts import Data, Errors, Posted, Raw, Wrong
from promo.drafts.places import at
from promo.drafts.terms import Term, terms
from promo.drafts.vocabulary import Vocabulary, vocabulary


def edit_terms(session: Session, viewer: Viewer, id_: int, form: Posted, edition: int) -> DraftEdit | None:
    """Change terms, amounts and functions: those of which something was posted.

    Raises :class:`Refused` with a reason at each cell that can't be read or is no longer there, :class:`Clashes` with
    the cells that somebody else changed since they were shown.
    """
    version = opened(session, viewer, id_)
    data = version.definition
    seen = queries.seen(session, version, edition)
    offered = vocabulary(session, data)
    made, clashes, errors = data, list[Clash](), Errors()
    between = chosen_between(session, version, form)
    before = {term.name: term for term in terms(seen, offered)} if seen else {}
    for term in terms(data, offered):
        raw = typed(term, form)
        if raw is None:
            continue
        base = before[term.name].flat(seen) if seen and term.name in before else {}
        try:
            merged = merge(term.parts, raw, base, term.flat(data), _chosen(term, form, between))
        except Wrong as wrong:
            errors |= {f"{term.name}-{cell}": said for cell, said in wrong.errors.items()}
            continue
        clashes += [replace(clash, name=f"{term.name}-{clash.name}") for clash in merged.clashes]
        if merged.data != term.flat(data):
            made = term.put(made, merged.data)
    reasons = [Reason(said, name) for name, said in errors.items()] + _gone(before, seen, data, form, offered)
    if reasons:
        raise Refused(reasons)
    if clashes:
        raise Clashes(clashes, queries.changer(session, version), version.edition)
    checked(made)
    return store(session, viewer, version, dict(made), "edit_terms")


def _chosen(term: Term, form: Posted, between: Data | None) -> Chosen:
    """Return what the writer chose in a line: to save what stands in a cell that clashed is to choose it."""
    choices = {part.name: form.get(f"choose-{term.name}-{part.name}") for part in term.parts}
    stands = between is not None and at(between, term.place) is not None
    return Chosen(choices, term.flat(between) if between is not None and stands else None)


def typed(term: Term, form: Posted) -> dict[str, Raw] | None:
    """Return what was posted in a line's cells; None when it was not in the form."""
    if not any(form.has(f"{term.name}-{part.name}") for part in term.parts):
        return None
    return {part.name: part.typed(form, f"{term.name}-") for part in term.parts}


def _gone(before: Mapping[str, Term], seen: Data | None, now: Data, form: Posted, offered: Vocabulary) -> list[Reason]:
    """Return what was typed in lines that somebody removed since."""
    there = {term.name for term in terms(now, offered)}
    found = []
    for name, term in before.items():
        raw: Any = typed(term, form) if name not in there else None
        shown = {part.name: part.show(term.flat(seen or {})) for part in term.parts}
        if raw is not None and raw != shown:
            what = f"{term.stage} · {term.what}: {' '.join(str(v) for v in raw.values())}"
            found.append(Reason(_l("Somebody removed this line meanwhile: %(what)s", what=what)))
    return found
