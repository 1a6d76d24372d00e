"""Activities as a kind of record: words, icon, list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased

from promo.accounts.models import Person
from promo.activities.models import TYPES, Activity
from promo.core import listing, records
from promo.core.records import Record
from promo.reference import queries as reference

Owner = aliased(Person)
_owner = select(Owner.name).where(Owner.id == Record.owner_id).correlate(Record).scalar_subquery()

LISTING = listing.Listing(
    model=Activity,
    columns=(
        listing.Column("title", _l("Activity"), Record.title),
        listing.Column("activity_type", _l("What"), Activity.activity_type, "choice", dict(TYPES)),
        listing.Column("starts_on", _l("Date"), Record.starts_on, "date"),
        listing.Column("owner", _l("Owner"), _owner),
        listing.Column("country", _l("Country"), Record.country, "choice", reference.country_labels),
        listing.Column("late", _l("Entered late"), Activity.late, "yes_no"),
        listing.Column("text", _l("What was said"), Activity.text),
        listing.Column("next_step", _l("Next step"), Activity.next_step),
        listing.Column("next_on", _l("Next step by"), Activity.next_on, "date"),
        listing.Column("created_at", _l("Entered"), Record.created_at, "moment", hidden=True),
    ),
    filters=(
        listing.Filter(
            "activity_type", _l("What"), listing.equals(Activity.activity_type), choices=lambda s, v: TYPES
        ),
        listing.Filter(
            "post", _l("Post"), listing.equals_number(Record.post_id),
            choices=lambda s, v: reference.post_choices(s, v.locale),
        ),
        listing.Filter("since", _l("From"), listing.since(Record.starts_on), "date"),
        listing.Filter("until", _l("Until"), listing.until(Record.starts_on), "date"),
        listing.Filter("pillar", _l("Pillar"), listing.equals(Record.pillar), choices=lambda s, v: records.PILLARS),
        listing.Filter(
            "country", _l("Country"), listing.equals(Record.country),
            choices=lambda s, v: reference.country_choices(s, v.locale),
        ),
    ),
    sorts=(
        listing.Sort("date", _l("Date"), Record.starts_on, descending=True),
        listing.RECENT,
    ),
    views=listing.VIEWS,
)  # fmt: skip

KIND = records.register(
    records.Kind(
        name="activity",
        model=Activity,
        label=_l("Activity"),
        plural=_l("Activities"),
        icon="message",
        prefix="AC",
        blueprint="activities",
        listing=LISTING,
        types=TYPES,
        type_field="activity_type",
        work=True,
    )
)
