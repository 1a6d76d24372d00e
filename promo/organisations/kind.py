"""Organisations as a kind of record: words, icon, list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from promo.core import listing, records
from promo.core.records import PILLARS, Record
from promo.organisations.models import TYPES, Organisation, OrganisationSector
from promo.reference import queries as reference

LISTING = listing.Listing(
    model=Organisation,
    columns=(
        listing.Column("title", _l("Legal name"), Record.title),
        listing.Column("organisation_type", _l("Kind"), Organisation.organisation_type, "choice", dict(TYPES)),
        listing.Column("country", _l("Country"), Record.country, "choice", reference.country_labels),
        listing.Column("city", _l("City"), Organisation.city),
        listing.Column("tax_id", _l("Tax id"), Organisation.tax_id, hidden=True),
        listing.Column("web", _l("Web"), Organisation.web, hidden=True),
        listing.Column("email", _l("E-mail"), Organisation.email, hidden=True),
        listing.Column("size", _l("Size"), Organisation.size, hidden=True),
        listing.Column("pillar", _l("Pillar"), Record.pillar, "choice", dict(PILLARS)),
        listing.Column("updated_at", _l("Changed"), Record.updated_at, "moment"),
    ),
    filters=(
        listing.Filter(
            "organisation_type", _l("Kind"), listing.equals(Organisation.organisation_type), choices=lambda s, v: TYPES
        ),
        listing.Filter(
            "country", _l("Country"), listing.equals(Record.country),
            choices=lambda s, v: reference.country_choices(s, v.locale),
        ),
        listing.Filter(
            "sector", _l("Sector"),
            lambda value, viewer: Organisation.id.in_(
                select(OrganisationSector.organisation_id).where(
                    OrganisationSector.sector_id == records.id_in(value)
                )
            ),
            choices=lambda s, v: reference.sector_choices(s, v.locale),
        ),
        listing.Filter(
            "post", _l("Post"), listing.equals_number(Record.post_id),
            choices=lambda s, v: reference.post_choices(s, v.locale),
        ),
    ),
    sorts=(
        listing.Sort("name", _l("Name"), Record.sort_key),
        listing.RECENT,
    ),
    views=listing.VIEWS,
)  # fmt: skip

KIND = records.register(
    records.Kind(
        name="organisation",
        model=Organisation,
        label=_l("Organisation"),
        plural=_l("Organisations"),
        icon="building",
        prefix="OR",
        blueprint="organisations",
        listing=LISTING,
        types=TYPES,
        renames={"title": _l("Legal name")},
    )
)
