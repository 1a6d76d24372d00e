"""Every write on organisations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import parties, records
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.organisations.models import (
    Certification,
    Organisation,
    OrganisationPhone,
    OrganisationProduct,
    OrganisationSector,
)
from promo.reference import queries as reference
from promo.reference.models import Post, Sector

PREFIX = "OR"
_PLAIN = ("title", "organisation_type", "country", "city", "address", "email", "size", "about", "pillar", "visibility")


def add(session: Session, viewer: Viewer, values: Mapping[str, Any], key: str | None = None) -> Organisation:
    """Add an organisation; the same ``key`` again returns the one already made. Raises :class:`Refused`."""
    require(viewer, "organisations.new")
    if (made := records.existing(session, key)) is not None:
        return made  # type: ignore[return-value]
    post = session.get(Post, values.get("post_id") or viewer.post_id)
    if post is None:
        raise Refused(Reason(_l("Choose the post that keeps it."), "post_id"))
    organisation = Organisation(
        post_id=post.id,
        owner_id=viewer.person_id,
        idempotency_key=key,
        visibility="shared",
        status="active",
        trading_names=[],
    )
    _fill(session, organisation, values)
    organisation.reference = records.next_reference(session, PREFIX, post)
    _refresh(organisation)
    session.add(organisation)
    session.flush()
    return organisation


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], seen: int | None) -> Organisation:
    """Change an organisation. Raises :class:`Stale` when somebody saved it since, :class:`Refused` for bad values."""
    organisation = _locked(session, viewer, id_, "organisations.edit")
    records.check_version(organisation, seen, values)
    _fill(session, organisation, values)
    _refresh(organisation)
    organisation.touch()
    session.flush()
    return organisation


def archive(session: Session, viewer: Viewer, id_: int) -> Organisation:
    """Put it away; the lists no longer show it, what refers to it still does."""
    organisation = _locked(session, viewer, id_, "organisations.archive")
    records.archive(organisation)
    return organisation


def unarchive(session: Session, viewer: Viewer, id_: int) -> Organisation:
    """Bring it back."""
    organisation = _locked(session, viewer, id_, "organisations.unarchive")
    records.unarchive(organisation)
    return organisation


def _locked(session: Session, viewer: Viewer, id_: int, action: str) -> Organisation:
    from promo.organisations.queries import organisation as find

    organisation = find(session, viewer, id_)
    require(viewer, action, organisation)
    lock(organisation)
    return organisation


def _fill(session: Session, organisation: Organisation, values: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if name in values and (values[name] is not None or name not in ("title", "organisation_type", "visibility")):
            setattr(organisation, name, values[name])
    reasons: list[Reason] = []
    _fill_addresses(organisation, values, reasons)
    if "trading_names" in values:
        typed = values["trading_names"] or []
        names = typed.split("\n") if isinstance(typed, str) else typed
        organisation.trading_names = [n.strip() for n in names if n and n.strip()]
        if len(organisation.trading_names) > 20 or any(len(n) > 300 for n in organisation.trading_names):
            reasons.append(Reason(_l("At most 20 names of 300 characters each, please."), "trading_names"))
    if "sectors" in values:
        ids = [n for v in values["sectors"] or [] if (n := records.id_in(v))]
        known = set(session.scalars(select(Sector.id).where(Sector.id.in_(ids))))
        keep_children(organisation.sectors, "sector_id", [i for i in ids if i in known], OrganisationSector)
    if "products" in values:
        _fill_products(session, organisation, values["products"] or [], reasons)
    if "certifications" in values:
        organisation.certifications[:] = [
            Certification(name=c["name"], valid_until=c.get("valid_until"))
            for c in values["certifications"] or []
            if c.get("name")
        ]
    if not organisation.title:
        reasons.append(Reason(_l("Fill this in."), "title"))
    if reasons:
        raise Refused(reasons)


def _fill_addresses(organisation: Organisation, values: Mapping[str, Any], reasons: list[Reason]) -> None:
    """What is checked and brought into its usual form: tax id, web, e-mail, telephones."""

    def attempt(work: Any, *args: Any) -> Any:
        try:
            return work(*args)
        except Refused as refused:
            reasons.extend(refused.reasons)

    country = organisation.country
    if "tax_id" in values:
        organisation.tax_country = country if values["tax_id"] else None
        organisation.tax_id = attempt(parties.tax_id, values["tax_id"], country)
    if "web" in values:
        organisation.web = attempt(parties.web, values["web"])
    if organisation.email:
        organisation.email = attempt(parties.email, organisation.email, "email")
    if "phones" in values:
        numbers = [attempt(parties.phone, n, country) for n in values["phones"] or [] if n]
        keep_children(organisation.phones, "number", [n for n in numbers if n], OrganisationPhone)


def _fill_products(session: Session, organisation: Organisation, typed: list[str], reasons: list[Reason]) -> None:
    codes = list(dict.fromkeys(typed))
    known = {h.code for h in reference.hs_names(session, codes)}
    if wrong := [c for c in codes if c not in known]:
        reasons.append(Reason(_l("Unknown HS code: %(codes)s.", codes=", ".join(wrong)[:80]), "products"))
    keep_children(organisation.products, "hs_code", [c for c in codes if c in known], OrganisationProduct)


def keep_children(rows: list[Any], name: str, wanted: list[Any], model: type[Any]) -> None:
    """Make a list of child rows hold exactly these values, leaving those that stay as they are."""
    wanted = list(dict.fromkeys(wanted))
    for row in [r for r in rows if getattr(r, name) not in wanted]:
        rows.remove(row)
    there = {getattr(r, name) for r in rows}
    rows.extend(model(**{name: value}) for value in wanted if value not in there)


def _refresh(organisation: Organisation) -> None:
    records.refresh_texts(
        organisation,
        *organisation.trading_names,
        organisation.tax_id,
        organisation.city,
        organisation.email,
        *(p.number for p in organisation.phones),
    )
