"""The controlled document on paper: a version as PDF, the same bytes for the same version, status and language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.config import settings
from promo.core import documents
from promo.core.errors import Text
from promo.procedures import queries, words
from promo.procedures.case import definition_of, function_names
from promo.procedures.document import Document, Part, document
from promo.procedures.models import VERSION_STATES, ProcedureVersion

TEMPLATE = "procedures/typst/procedure.typ"
STAMPS: dict[str, Text] = {"draft": _l("DRAFT"), "in_review": _l("IN REVIEW"), "obsolete": _l("OBSOLETE")}
STATES = dict(VERSION_STATES)


def pdf(session: Session, version: ProcedureVersion) -> bytes:
    """Return a version as PDF in the reader's language."""
    told = document(definition_of(version), function_names(session), links=False)
    history = queries.history(session, version)
    return documents.pdf(TEMPLATE, _data(version, told, history), words.language())


def address(version: ProcedureVersion) -> str:
    """Return where Promo shows a version; the QR code leads there."""
    return f"{settings().base_url.rstrip('/')}/procedures/{version.code}/{version.number}"


def file_name(version: ProcedureVersion) -> str:
    """Return the name of the file: ``PE-COM-02-v3-es.pdf``."""
    return f"{version.code}-v{version.number}-{words.language()}.pdf"


def _data(version: ProcedureVersion, told: Document, history: list[queries.Past]) -> dict[str, Any]:
    here = next(past for past in history if past.version.id == version.id)
    return {
        "title": f"{told.code} {told.title}",
        "name": told.title,
        "on": _day_of(version).isoformat(),
        "keywords": [told.code, str(STATES[version.status])],
        "institution": [_("Ministry of Foreign Affairs"), _("Economic Promotion")],
        "code": told.code,
        "version": _("Version %(number)s", number=version.number),
        "stamp": str(STAMPS[version.status]) if version.status in STAMPS else None,
        "warning": _warning(version, history),
        "control": _control(version, told, here),
        "purpose": told.purpose,
        "scope": told.scope,
        "exchange": [(_("Begins from"), told.inputs), (_("Brings forth"), told.outputs)],
        "references": told.references,
        "responsibilities": told.responsibilities,
        "diagram": {
            "svg": told.diagram.svg, "alt": told.diagram.alt, "legend": told.diagram.legend,
            "size": [told.diagram.width, told.diagram.height],
        },
        "stages": [_stage(part) for part in told.stages],
        "records": told.records,
        "indicators": [asdict(indicator) for indicator in told.indicators],
        "history": [_past(past) for past in history],
        "digest": version.content_hash,
        "address": address(version),
        "qr": documents.qr(address(version)),
        "words": _words(),
    }  # fmt: skip


def _day_of(version: ProcedureVersion) -> date:
    """Return the day that the document bears: that of its last step."""
    return version.obsolete_on or version.effective_on or (version.approved_at or version.created_at).date()


def _warning(version: ProcedureVersion, history: list[queries.Past]) -> str | None:
    """Say what whoever holds a copy that is not in force must know."""
    if version.status == "obsolete":
        now = next((past.version for past in history if past.version.status == "effective"), None)
        gone = _("Obsolete since %(day)s: do not use it.", day=words.short_date(version.obsolete_on))
        return gone + " " + _("Version %(number)s is in force.", number=now.number) if now else gone
    if version.status == "approved":
        return _("Approved; in force from %(day)s, not before.", day=words.short_date(version.effective_on))
    return None if version.status == "effective" else _("Not approved: it obliges nobody yet.")


def _control(version: ProcedureVersion, told: Document, here: queries.Past) -> list[tuple[str, str]]:
    act = ", ".join(part for part in (version.act_number, words.short_date(version.act_date)) if part)
    return [
        (_("Code"), version.code),
        (_("Version"), str(version.number)),
        (_("Status"), str(STATES[version.status])),
        (_("In force from"), words.short_date(version.effective_on)),
        (_("Obsolete from"), words.short_date(version.obsolete_on)),
        (_("Author"), here.author or _("Library")),
        (_("Approved by"), here.approver or ""),
        (_("Approved on"), words.short_date(version.approved_at)),
        (_("Approving act"), act),
        (_("Exceptions"), told.exceptions),
        (_("Review"), _("every %(months)s months", months=told.review_months)),
    ]


def _stage(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "mark": part.mark,
        "guidance": part.guidance,
        "facts": [
            (_("Responsible"), part.responsible if part.rows or part.onward else ""),
            (_("Term"), part.deadlines),
            (_("Leads to"), part.onward),
            (_("Is told"), ", ".join(part.tells)),
            (_("Brings forth"), part.outputs),
            (_("What stays as proof"), part.records),
            (_("Refers to"), ", ".join(part.references)),
        ],
        "rows": [asdict(row) for row in part.rows],
    }


def _past(past: queries.Past) -> dict[str, Any]:
    version = past.version
    days = [
        (_("from %(day)s"), version.effective_on),
        (_("until %(day)s"), version.obsolete_on),
    ]
    people = [
        (_("Author: %(name)s"), past.author or _("Library")),
        (_("Approved by: %(name)s"), past.approver),
        (_("Act: %(name)s"), version.act_number),
    ]
    changes = definition_of(version).changes
    return {
        "version": str(version.number),
        "status": str(STATES[version.status]),
        "dates": [pattern % {"day": words.short_date(day)} for pattern, day in days if day],
        "people": [pattern % {"name": name} for pattern, name in people if name],
        "changes": words.pick(changes) if changes else "–",
    }


def _words() -> dict[str, str]:
    """Return the words that the template prints."""
    return {
        "kind": _("Procedure"), "page": _("Page"), "version": _("Version"), "status": _("Status"),
        "uncontrolled": _("Copy not controlled when printed: the version in force is in Promo."),
        "qr": _("QR code of the page of this version in Promo"), "scan": _("This version in Promo"),
        "purpose": _("Purpose"), "scope": _("Scope"), "references": _("References"),
        "responsibilities": _("Responsibilities"), "function": _("Function"), "task": _("What it does"),
        "diagram": _("Flow diagram"), "stages": _("Stages"), "stage": _("Stage"),
        "requirement": _("What is required"), "type": _("Kind"), "condition": _("When"), "always": _("always"),
        "who": _("Who"),
        "records": _("Records it produces"), "record": _("Record"),
        "indicators": _("Indicators"), "indicator": _("Indicator"), "target": _("Target"),
        "formula": _("How it is counted"), "untargeted": _("no target"), "exchange": _("Inputs and outputs"),
        "history": _("History of changes"), "dates": _("In force"), "people": _("Author and approval"),
        "changes": _("What changed"), "digest": _("Mark of the content"), "address": _("In Promo"),
        "proof": _("The mark is the SHA-256 of the definition: this document and what Promo asks for are one."),
    }  # fmt: skip
