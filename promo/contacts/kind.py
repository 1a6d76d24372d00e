"""Contacts as a kind of record: words, icon, list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from promo.accounts.models import Person
from promo.contacts.models import CONSENT_STATES, SOURCES, Contact, ContactEmail, ContactPhone
from promo.core import clock, listing, records
from promo.core.access import Viewer
from promo.core.records import Record
from promo.reference import queries as reference
from promo.reference.models import Post

Firm = aliased(Record, name="firm")
Owner, Office = aliased(Person), aliased(Post)
_owner = select(Owner.name).where(Owner.id == Record.owner_id).correlate(Record).scalar_subquery()
_office = select(Office.code).where(Office.id == Record.post_id).correlate(Record).scalar_subquery()

# A firm's name is shown beside a contact only where the firm itself is shared, which nearly all are.
_firm_name = (
    select(Firm.title)
    .where(Firm.id == Contact.organisation_id, Firm.visibility == "shared")
    .correlate(Contact)
    .scalar_subquery()
)


def _all_of(column: Any, of: Any) -> Any:
    """Return the values of a contact's e-mails or phones as one text."""
    every = select(func.aggregate_strings(column, ", ")).where(of == Contact.id)
    return every.correlate(Contact).scalar_subquery()


_emails = _all_of(ContactEmail.address, ContactEmail.contact_id)
_phones = _all_of(ContactPhone.number, ContactPhone.contact_id)

LISTING = listing.Listing(
    model=Contact,
    columns=(
        listing.Column("title", _l("Name"), Record.title),
        listing.Column("romanised", _l("In Latin letters"), Contact.romanised),
        listing.Column("position", _l("Position"), Contact.position),
        listing.Column("organisation", _l("Organisation"), _firm_name),
        listing.Column("country", _l("Country"), Record.country, "choice", reference.country_labels),
        listing.Column("last_contact_on", _l("Last contact"), Contact.last_contact_on, "date"),
        listing.Column("consent_state", _l("Consent"), Contact.consent_state, "choice", CONSENT_STATES),
        listing.Column("emails", _l("E-mail"), _emails, hidden=True),
        listing.Column("phones", _l("Phone"), _phones, hidden=True),
        listing.Column("post", _l("Post"), _office, hidden=True),
        listing.Column("owner", _l("Owner"), _owner, hidden=True),
        listing.Column("updated_at", _l("Changed"), Record.updated_at, "moment", hidden=True),
        listing.Column("source", _l("Source"), Contact.source, "choice", dict(SOURCES), hidden=True),
    ),
    filters=(
        listing.Filter(
            "country", _l("Country"), listing.equals(Record.country),
            choices=lambda s, v: reference.country_choices(s, v.locale),
        ),
        listing.Filter(
            "post", _l("Post"), listing.equals_number(Record.post_id),
            choices=lambda s, v: reference.post_choices(s, v.locale),
        ),
        listing.Filter(
            "consent", _l("Consent"), listing.equals(Contact.consent_state),
            choices=lambda s, v: list(CONSENT_STATES.items()),
        ),
        listing.Filter("source", _l("Source"), listing.equals(Contact.source), choices=lambda s, v: SOURCES),
    ),
    sorts=(
        listing.Sort("name", _l("Name"), Record.sort_key),
        listing.RECENT,
    ),
    views=(
        *listing.VIEWS,
        listing.View("silent", _l("Silent for 90 days"), lambda viewer: _silent(viewer)),
    ),
)  # fmt: skip


def _silent(viewer: Viewer) -> ColumnElement[bool]:
    """One's own contacts with whom nobody spoke for 90 days."""
    since = clock.today(viewer.timezone) - timedelta(days=90)
    return listing.mine(viewer) & or_(Contact.last_contact_on < since, Contact.last_contact_on.is_(None))


KIND = records.register(
    records.Kind(
        name="contact",
        model=Contact,
        label=_l("Contact"),
        plural=_l("People"),
        icon="users",
        prefix="CT",
        blueprint="contacts",
        listing=LISTING,
        renames={"title": _l("Name")},
    )
)
