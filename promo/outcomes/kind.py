"""Outcomes as a kind of record: words, icon, list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased

from promo.accounts.models import Person
from promo.core import listing, records
from promo.core.fields import Field, Rows, field_of
from promo.core.records import PILLARS, Record
from promo.outcomes import queries
from promo.outcomes.models import GRADE_NAMES, ICON, TYPES, Outcome
from promo.outcomes.queries import evidenced, in_sector, tied_to, title_of
from promo.procedures.evidence import TIERS
from promo.reference import queries as reference
from promo.reference.models import Post, Sector

Owner, Office, Party, Act, Branch = (
    aliased(Person), aliased(Post), aliased(Record), aliased(Record), aliased(Sector)
)  # fmt: skip
_owner = select(Owner.name).where(Owner.id == Record.owner_id).correlate(Record).scalar_subquery()
_office = select(Office.code).where(Office.id == Record.post_id).correlate(Record).scalar_subquery()
_sector = select(Branch.name_es).where(Branch.id == Outcome.sector_id).correlate(Outcome).scalar_subquery()
_act = select(Act.reference).where(Act.id == Outcome.main_act_id).correlate(Outcome).scalar_subquery()


def _name(column: object) -> object:
    """Name a party that the whole ministry sees; others are named on the outcome's page, to those who see them."""
    shared = select(Party.title).where(Party.id == column, Party.visibility == "shared")
    return shared.correlate(Outcome).scalar_subquery()


LISTING = listing.Listing(
    model=Outcome,
    columns=(
        listing.Column("title", _l("Outcome"), Record.title),
        listing.Column("outcome_type", _l("Type"), Outcome.outcome_type, "choice", dict(TYPES)),
        listing.Column("grade", _l("Grade"), Outcome.grade, "choice", dict(GRADE_NAMES)),
        listing.Column("pillar", _l("Pillar"), Record.pillar, "choice", dict(PILLARS)),
        listing.Column("country", _l("Market"), Record.country, "choice", reference.country_labels),
        listing.Column("sector", _l("Sector"), _sector),
        listing.Column("starts_on", _l("Date of the fact"), Record.starts_on, "date"),
        listing.Column("year", _l("Year"), Outcome.year, "integer"),
        listing.Column("amount", _l("Amount"), Outcome.amount, "decimal"),
        listing.Column("currency", _l("Currency"), Outcome.currency),
        listing.Column("usd", _l("Amount in US dollars"), Outcome.usd, "money"),
        listing.Column("evidence", _l("With evidence"), evidenced(), "yes_no"),
        listing.Column("post", _l("Post"), _office),
        listing.Column("owner", _l("Owner"), _owner),
        listing.Column("main_act", _l("Main act"), _act, hidden=True),
        listing.Column("firm", _l("Peruvian firm"), _name(Outcome.organisation_id), hidden=True),
        listing.Column("counterpart", _l("Counterpart"), _name(Outcome.counterpart_id), hidden=True),
        listing.Column("rate", _l("Exchange rate"), Outcome.rate, "decimal", hidden=True),
        listing.Column("rate_on", _l("Date of the exchange rate"), Outcome.rate_on, "date", hidden=True),
        listing.Column("rate_source", _l("Source of the exchange rate"), Outcome.rate_source, hidden=True),
        listing.Column("note", _l("What it consists of"), Outcome.note, hidden=True),
        listing.Column("created_at", _l("Entered"), Record.created_at, "moment", hidden=True),
    ),
    filters=(
        listing.Filter("outcome_type", _l("Type"), listing.equals(Outcome.outcome_type), choices=lambda s, v: TYPES),
        listing.Filter("grade", _l("Grade"), listing.equals(Outcome.grade), choices=lambda s, v: GRADE_NAMES),
        listing.Filter("pillar", _l("Pillar"), listing.equals(Record.pillar), choices=lambda s, v: PILLARS),
        listing.Filter(
            "post", _l("Post"), listing.equals_number(Record.post_id),
            choices=lambda s, v: reference.post_choices(s, v.locale),
        ),
        listing.Filter(
            "country", _l("Market"), listing.equals(Record.country),
            choices=lambda s, v: reference.country_choices(s, v.locale),
        ),
        listing.Filter(
            "sector", _l("Sector"), lambda value, viewer: in_sector(value),
            choices=lambda s, v: reference.sector_choices(s, v.locale),
        ),
        listing.Filter("year", _l("Year"), listing.equals_number(Outcome.year), "text"),
        listing.Filter("since", _l("From"), listing.since(Record.starts_on), "date"),
        listing.Filter("until", _l("Until"), listing.until(Record.starts_on), "date"),
        listing.Filter(
            "evidence", _l("Evidence"), lambda value, viewer: evidenced() if value == "with" else ~evidenced(),
            choices=lambda s, v: (("with", _l("With evidence")), ("without", _l("Without evidence"))),
        ),
        listing.Filter("act", _l("Outcomes of"), lambda value, viewer: tied_to(value), "hidden", shown=title_of),
    ),
    sorts=(
        listing.Sort("date", _l("Date of the fact"), Record.starts_on, descending=True),
        listing.RECENT,
    ),
    views=listing.VIEWS,
)  # fmt: skip

KIND = records.register(
    records.Kind(
        name="outcome",
        model=Outcome,
        label=_l("Outcome"),
        plural=_l("Outcomes"),
        icon=ICON,
        prefix="RE",
        blueprint="outcomes",
        listing=LISTING,
        types=TYPES,
        type_field="outcome_type",
        states=dict(GRADE_NAMES),
        renames={"country": _l("Market"), "starts_on": _l("Date of the fact")},
        work=True,
        facts=queries.facts,
        computed=(
            Field("happened", "yes_no", _l("It has happened")),
            Field("evidence_tier", "choice", _l("Evidence"), choices=TIERS),
        ),
        lists=(Rows("acts", "list", _l("What led to it"), keys=(field_of(Record.title), field_of(Record.status))),),
        stands=Outcome.stand,
        involved=queries.involved,
        places={"evidence_tier": "files", "happened": "summary"},
    )
)
