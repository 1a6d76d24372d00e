"""What a kind of act is made of: list, filters, facts. Each kind registers itself with this."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from promo.accounts.models import Person
from promo.acts import queries
from promo.acts.models import Act, ActParticipant
from promo.core import clock, listing, records
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.core.fields import Field, Rows, field_of
from promo.core.records import PILLARS, Kind, Record
from promo.reference import queries as reference
from promo.reference.models import Post

Owner, Office = aliased(Person), aliased(Post)
_owner = select(Owner.name).where(Owner.id == Record.owner_id).correlate(Record).scalar_subquery()
_office = select(Office.code).where(Office.id == Record.post_id).correlate(Record).scalar_subquery()
PLANNED = {"planned": _l("Planned")}
CODES = (
    Field("countries", "codes", _l("Target countries")),
    Field("sectors", "codes", _l("Sectors")),
    Field("posts_involved", "codes", _l("Posts involved")),
)
TITLE, STATUS = field_of(Record.title), field_of(Record.status)
PARTICIPANT = tuple(
    field_of(column)
    for column in (
        ActParticipant.role, ActParticipant.status, ActParticipant.qualified, ActParticipant.note,
        ActParticipant.party_id,
    )
)  # fmt: skip
LISTS = (
    Rows("participants", "list", _l("Participants"), keys=(*PARTICIPANT, TITLE)),
    Rows("activities", "list", _l("Activities"), keys=(TITLE, STATUS)),
    Rows("outcomes", "list", _l("Outcomes"), keys=(TITLE, STATUS)),
)


def _stages(session: Session, viewer: Viewer) -> dict[str, Text]:
    """Return the names of the stages, and of what stands at none."""
    return {**dict(queries.statuses(session, viewer)), **PLANNED}


def listing_of(model: type[Act]) -> listing.Listing:
    """Return the list of a kind of act: newest date first."""
    act: Any = model

    def coming(viewer: Viewer) -> ColumnElement[bool]:
        return act.ends_on >= clock.today(viewer.timezone)

    return listing.Listing(
        model=model,
        columns=(
            listing.Column("title", _l("Title"), Record.title),
            listing.Column("act_type", _l("Type"), act.act_type, "choice", dict(model.TYPES)),
            listing.Column("pillar", _l("Pillar"), Record.pillar, "choice", dict(PILLARS)),
            listing.Column("status", _l("Stage"), Record.status, "choice", _stages),
            listing.Column("starts_on", _l("Starts on"), Record.starts_on, "date"),
            listing.Column("ends_on", _l("Ends on"), act.ends_on, "date"),
            listing.Column("city", _l("City"), act.city),
            listing.Column("country", _l("Country"), Record.country, "choice", reference.country_labels),
            listing.Column("post", _l("Post"), _office),
            listing.Column("owner", _l("Owner"), _owner),
            listing.Column("budget_usd", _l("Budget in US dollars"), act.budget_usd, "money", hidden=True),
            listing.Column("capacity", _l("Capacity"), act.capacity, "integer", hidden=True),
            listing.Column("title_en", _l("Title in English"), Record.title_en, hidden=True),
            listing.Column("updated_at", _l("Changed"), Record.updated_at, "moment", hidden=True),
        ),
        filters=(
            listing.Filter("act_type", _l("Type"), listing.equals(act.act_type), choices=lambda s, v: model.TYPES),
            listing.Filter("pillar", _l("Pillar"), listing.equals(Record.pillar), choices=lambda s, v: PILLARS),
            listing.Filter("status", _l("Stage"), listing.equals(Record.status), choices=queries.statuses),
            listing.Filter(
                "post", _l("Post"), listing.equals_number(Record.post_id),
                choices=lambda s, v: reference.post_choices(s, v.locale),
            ),
            listing.Filter(
                "country", _l("Country"), listing.equals(Record.country),
                choices=lambda s, v: reference.country_choices(s, v.locale),
            ),
            listing.Filter("since", _l("From"), listing.since(Record.starts_on), "date"),
            listing.Filter("until", _l("Until"), listing.until(Record.starts_on), "date"),
        ),
        sorts=(
            listing.Sort("date", _l("Date"), Record.starts_on, descending=True),
            listing.RECENT,
        ),
        views=(listing.VIEWS[0], listing.View("coming", _l("Going on and coming"), coming), *listing.VIEWS[1:]),
    )  # fmt: skip


def register(model: type[Act], name: str, label: Text, plural: Text, icon: str) -> Kind:
    """Register a kind of act."""
    return records.register(
        Kind(
            name=name,
            model=model,
            label=label,
            plural=plural,
            icon=icon,
            prefix=model.PREFIX,
            blueprint=model.FEATURE,
            listing=listing_of(model),
            facts=queries.facts,
            computed=CODES,
            lists=LISTS,
            type_field="act_type",
            bulk_facts=queries.bulk_facts,
            types=model.TYPES,
            states=PLANNED,
            work=True,
        )
    )
