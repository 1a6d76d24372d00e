"""Every write on contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.contacts import queries
from promo.contacts.models import LANGUAGES, Consent, Contact, ContactEmail, ContactPhone, Position, spoken_name
from promo.core import clock, parties, records
from promo.core.access import Viewer, require, sees
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.organisations.actions import keep_children
from promo.organisations.models import Organisation
from promo.reference.models import Post

PREFIX = "CT"
_PLAIN = ("family_name", "given_name", "name_order", "romanised", "country", "source", "notes", "pillar", "visibility")
_NEVER_EMPTY = ("family_name", "name_order", "source", "visibility")


def add(session: Session, viewer: Viewer, values: Mapping[str, Any], key: str | None = None) -> Contact:
    """Add a contact; the same ``key`` again returns the one already made. Raises :class:`Refused`."""
    require(viewer, "contacts.new")
    if (made := records.existing(session, key)) is not None:
        return made  # type: ignore[return-value]
    post = session.get(Post, values.get("post_id") or viewer.post_id)
    if post is None:
        raise Refused(Reason(_l("Choose the post that keeps it."), "post_id"))
    contact = Contact(
        post_id=post.id, owner_id=viewer.person_id, idempotency_key=key, visibility="shared", status="active",
        name_order="given_first", source="in_person", family_name="", languages=[],
        country=values.get("country") or post.country,
    )  # fmt: skip
    _fill(session, viewer, contact, values)
    contact.reference = records.next_reference(session, PREFIX, post)
    _refresh(contact)
    session.add(contact)
    session.flush()
    return contact


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], seen: int | None) -> Contact:
    """Change a contact. Raises :class:`Stale` when somebody saved it since, :class:`Refused` for bad values."""
    contact = _locked(session, viewer, id_, "contacts.edit")
    records.check_version(contact, seen, values)
    _fill(session, viewer, contact, values)
    _refresh(contact)
    contact.touch()
    session.flush()
    return contact


def archive(session: Session, viewer: Viewer, id_: int) -> Contact:
    """Put it away; the lists no longer show it, what refers to it still does."""
    contact = _locked(session, viewer, id_, "contacts.archive")
    records.archive(contact)
    return contact


def unarchive(session: Session, viewer: Viewer, id_: int) -> Contact:
    """Bring it back."""
    contact = _locked(session, viewer, id_, "contacts.unarchive")
    records.unarchive(contact)
    return contact


def _locked(session: Session, viewer: Viewer, id_: int, action: str) -> Contact:
    contact = queries.contact(session, viewer, id_)
    require(viewer, action, contact)
    lock(contact)
    return contact


def _fill(session: Session, viewer: Viewer, contact: Contact, values: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if name in values and (values[name] is not None or name not in _NEVER_EMPTY):
            setattr(contact, name, values[name])
    reasons: list[Reason] = []
    if "emails" in values:
        addresses = _normal(reasons, parties.email, values["emails"])
        keep_children(contact.emails, "address", [a.lower() for a in addresses], ContactEmail)
    if "phones" in values:
        numbers = _normal(reasons, parties.phone, values["phones"], contact.country)
        keep_children(contact.phones, "number", numbers, ContactPhone)
    if "languages" in values:
        known = dict(LANGUAGES)
        contact.languages = [code for code in values["languages"] or [] if code in known]
    if "positions" in values:
        _fill_positions(session, viewer, contact, values["positions"] or [], reasons)
    _give_consent(contact, values, reasons)
    if not contact.family_name:
        reasons.append(Reason(_l("Fill this in."), "family_name"))
    if reasons:
        raise Refused(reasons)


def _normal(reasons: list[Reason], work: Any, typed: list[str] | None, *options: Any) -> list[str]:
    found = []
    for value in typed or []:
        try:
            if value:
                found.append(work(value, *options))
        except Refused as refused:
            reasons.extend(refused.reasons)
    return found


def _fill_positions(
    session: Session, viewer: Viewer, contact: Contact, rows: list[Mapping[str, Any]], reasons: list[Reason]
) -> None:
    there = {p.id: p for p in contact.positions}
    kept = []
    for row in rows:
        position = there.get(records.id_in(row.get("id"))) or Position()
        held = position.organisation
        hidden = held is not None and not sees(viewer, held)  # not to be chosen anew, so it stays
        firm_id = records.id_in(row.get("organisation_id")) or (held.id if held and hidden else None)
        if firm_id is None and not row.get("title"):
            if row.get("since") or row.get("until"):
                reasons.append(
                    Reason(_l("Say which organisation or which position these days are about."), "positions")
                )
            continue
        firm = session.get(Organisation, firm_id) if firm_id else None
        if firm_id and (firm is None or not (sees(viewer, firm) or firm is held)):
            reasons.append(Reason(_l("Choose the organisation from the list."), "positions"))
            continue
        if row.get("until") and row.get("since") and row["until"] < row["since"]:
            reasons.append(Reason(_l("The last day is before the first."), "positions"))
        position.organisation_id, position.title = firm_id, row.get("title")
        position.since, position.until, position.organisation = row.get("since"), row.get("until"), firm
        kept.append(position)
    contact.positions[:] = kept
    today = clock.today()
    current = next((p for p in kept if p.until is None or p.until >= today), None)
    contact.organisation_id = current.organisation_id if current else None
    contact.position = current.title if current else None


def _give_consent(contact: Contact, values: Mapping[str, Any], reasons: list[Reason]) -> None:
    if not values.get("consent_purpose"):
        if values.get("consent_on") or values.get("consent_how"):
            reasons.append(Reason(_l("Say what was agreed to."), "consent_purpose"))
        return
    contact.consents.append(
        Consent(
            purpose=values["consent_purpose"],
            given_on=values.get("consent_on") or clock.today(),
            how=values.get("consent_how"),
        )
    )
    contact.consent_state = "given"


def _refresh(contact: Contact) -> None:
    contact.title = spoken_name(contact.given_name, contact.family_name, contact.name_order)[:300]
    latin = contact.romanised
    family_first = f"{contact.family_name} {contact.given_name or ''}"
    firm = contact.positions[0].organisation if contact.positions else None
    records.refresh_texts(
        contact,
        latin,
        contact.given_name,
        contact.family_name,
        firm.title if firm is not None and firm.visibility == "shared" else None,
        *(e.address for e in contact.emails),
        *(p.number for p in contact.phones),
        sort=latin or family_first,
    )
