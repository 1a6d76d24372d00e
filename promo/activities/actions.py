"""Every write on activities. Logging is never refused for more than who and what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.activities import queries
from promo.activities.models import PART_OF, TYPES, WITH, Activity
from promo.calendars import queries as calendars
from promo.contacts import actions as contacts
from promo.contacts.models import Contact
from promo.core import clock, parties, records
from promo.core.access import Viewer, require, sees
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record
from promo.procedures.matching import match
from promo.reference.models import Post
from promo.work.actions import promise

PREFIX = "AC"
LATE_AFTER = 5  # working days of the post between the fact and its entry


def log(session: Session, viewer: Viewer, values: Mapping[str, Any], key: str | None = None) -> Activity:
    """Log an activity; the same ``key`` again returns the one already made.

    ``who``: ids of contacts and organisations, or ``+Name`` to add a contact in place. Only *who* and *what* are asked.
    Raises :class:`Refused` when one of them is missing.
    """
    require(viewer, "activities.log")
    if (made := records.existing(session, key)) is not None:
        return made  # type: ignore[return-value]
    if values.get("activity_type") not in dict(TYPES):
        raise Refused(Reason(_l("Choose what it was."), "activity_type"))
    post = session.get(Post, viewer.post_id)
    if post is None:
        raise Refused(_l("You have no post yet: ask the administrator."))
    owner = _author(session, viewer, values.get("on_behalf_of_id"))
    activity = Activity(
        post_id=post.id, owner_id=owner, entered_by_id=viewer.person_id, idempotency_key=key, status="logged",
        on_behalf_of_id=owner if owner != viewer.person_id else None, visibility=values.get("visibility") or "post",
        country=post.country, title="", timezone=viewer.timezone,
    )  # fmt: skip
    parties = _parties(session, viewer, values.get("who") or [])
    _fill(session, viewer, activity, values, post)
    _name(activity, parties)
    version = match(session, "activity", activity.activity_type, activity.pillar)
    activity.procedure_version_id = version.id if version else None
    activity.reference = records.next_reference(session, PREFIX, post)
    session.add(activity)
    session.flush()
    _tie(session, viewer, activity, parties, values.get("part_of"))
    if activity.next_step or activity.next_on:
        promise(session, activity, owner, activity.next_step or activity.title, activity.next_on)
    session.flush()
    return activity


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], seen: int | None) -> Activity:
    """Correct an activity. Raises :class:`Stale` when somebody saved it since."""
    activity = _locked(session, viewer, id_, "activities.edit")
    records.check_version(activity, seen, {k: values[k] for k in ("activity_type", "text") if k in values})
    post = session.get_one(Post, activity.post_id)
    parties = _parties(session, viewer, values.get("who") or [])
    _fill(session, viewer, activity, values, post)
    _name(activity, parties)
    for tie in queries.party_links(session, activity.id):
        if tie.to_id not in {p.id for p in parties}:
            session.delete(tie)
    _tie(session, viewer, activity, parties, values.get("part_of"))
    activity.touch()
    session.flush()
    return activity


def archive(session: Session, viewer: Viewer, id_: int) -> Activity:
    """Put an activity away."""
    activity = _locked(session, viewer, id_, "activities.archive")
    records.archive(activity)
    return activity


def unarchive(session: Session, viewer: Viewer, id_: int) -> Activity:
    """Bring it back."""
    activity = _locked(session, viewer, id_, "activities.unarchive")
    records.unarchive(activity)
    return activity


def _locked(session: Session, viewer: Viewer, id_: int, action: str) -> Activity:
    activity = queries.activity(session, viewer, id_)
    require(viewer, action, activity)
    lock(activity)
    return activity


def _author(session: Session, viewer: Viewer, colleague: Any) -> int:
    """Return whose activity it is: the viewer's, or that of a colleague of the same post."""
    if not colleague:
        return viewer.person_id
    person = session.get(Person, records.id_in(colleague))
    if person is None or not person.active or person.post_id != viewer.post_id:
        raise Refused(Reason(_l("Choose a colleague of your own post."), "on_behalf_of_id"))
    return person.id


def _parties(session: Session, viewer: Viewer, who: list[str]) -> list[Record]:
    """Return those it was with; a name behind ``+`` becomes a contact, whose source is this activity."""
    found: dict[int, Record] = {}
    for value in who:
        text = str(value).strip()
        if name := parties.added_name(text, 140, "who"):
            given, _space, family = name.rpartition(" ")
            values = {"family_name": family, "given_name": given or None, "source": "activity"}
            record: Record = contacts.add(session, viewer, values)
        elif number := records.id_in(text):
            try:
                record = queries.party(session, viewer, number)
            except NotFound:
                raise Refused(Reason(_l("Choose who it was with from the list."), "who")) from None
        else:
            continue
        found[record.id] = record
    if not found:
        raise Refused(Reason(_l("Say who it was with."), "who"))
    return list(found.values())


def _fill(session: Session, viewer: Viewer, activity: Activity, values: Mapping[str, Any], post: Post) -> None:
    activity.activity_type = values["activity_type"]
    zone = ZoneInfo(activity.timezone)
    now = clock.now()
    moment = values.get("occurred_at")
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    known = activity.occurred_at
    if known is None:
        moment = moment or now
    elif moment is not None and moment == known.replace(second=0, microsecond=0):
        moment = None  # untouched: the form shows no seconds
    if moment is not None:
        activity.occurred_at = moment.astimezone(UTC)
    entered = activity.created_at or now
    activity.starts_on = activity.occurred_at.astimezone(zone).date()
    activity.late = is_late(session, post, activity.starts_on, entered.astimezone(zone).date())
    for name in ("text", "next_step", "next_on", "pillar"):
        if name in values:
            setattr(activity, name, values[name])


def is_late(session: Session, post: Post, fact: date, entry: date) -> bool:
    """Whether an entry came more than five working days of the post after the fact."""
    return entry > fact and calendars.both(session, post)["post"].working_days_between(fact, entry) > LATE_AFTER


def _name(activity: Activity, parties: list[Record]) -> None:
    """Give it its Spanish title, *Reunión con …*, and what people look for."""
    with force_locale("es"):
        label = str(dict(TYPES)[activity.activity_type])
        shown = ", ".join(p.title for p in parties[:3] if p.visibility == "shared") or "…"
        more = f" +{len(parties) - 3}" if len(parties) > 3 else ""
        activity.title = _("%(what)s with %(who)s", what=label, who=shown + more)[:300]
    records.refresh_texts(activity, (activity.text or "")[:1000], activity.next_step)


def _tie(session: Session, viewer: Viewer, activity: Activity, parties: list[Record], part_of: Any) -> None:
    at = activity.occurred_at
    tied = list(parties)
    firms = {p.organisation_id for p in parties if isinstance(p, Contact) and p.organisation_id}
    for firm_id in firms - {p.id for p in parties}:
        firm = session.get(Record, firm_id)
        if firm is not None and sees(viewer, firm):
            tied.append(firm)
    for record in tied:
        records.link(session, activity, record, WITH, at).at = at
    if part_of:
        act = session.get(Record, records.id_in(part_of))
        if act is None or act.kind not in ("event", "mission") or not sees(viewer, act):
            raise Refused(Reason(_l("Choose the event or trade mission from the list."), "part_of"))
        records.link(session, activity, act, PART_OF, at).at = at
    _note_last_contact(session, [r.id for r in tied if r.kind == "contact"], activity.starts_on)


def _note_last_contact(session: Session, ids: list[int], day: date | None) -> None:
    """Move the day of the last contact on, by a plain UPDATE: officers logging with one contact must not collide."""
    table: Any = Contact.__table__
    older = or_(table.c.last_contact_on.is_(None), table.c.last_contact_on < day)
    session.execute(update(table).where(table.c.id.in_(ids), older).values(last_contact_on=day))
