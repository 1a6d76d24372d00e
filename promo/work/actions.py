"""Every write on tasks and teams."""

from __future__ import annotations

from datetime import date
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.core import clock
from promo.core.access import Viewer, require, sees
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import MEMBER, Record, RecordMember, id_in
from promo.notices.actions import Said, declare, tell
from promo.work import queries
from promo.work.models import Task

ACCESS = declare("access", _l("Somebody asks for access to what is mine"), mutable=False)
TEAM = declare("team", _l("I was added to a team"))


def promise(session: Session, record: Record, owner_id: int, title: str, due_on: date | None) -> Task:
    """Add a task to a record's owner's list; the caller has checked that the record may be worked on."""
    task = Task(record_id=record.id, owner_id=owner_id, title=title[:300], due_on=due_on)
    session.add(task)
    return task


def complete(session: Session, viewer: Viewer, id_: int) -> Task:
    """Say that a task is done."""
    task = queries.task(session, viewer, id_)
    require(viewer, "work.complete", task)
    task.done_at = task.done_at or clock.now()
    return task


def reopen(session: Session, viewer: Viewer, id_: int) -> Task:
    """Take that back."""
    task = queries.task(session, viewer, id_)
    require(viewer, "work.reopen", task)
    task.done_at = None
    return task


def ask_access(session: Session, viewer: Viewer, record_id: int) -> None:
    """Tell the owner of a record that somebody needs to see it, once a day; the head of its post where there is none.

    Whether there is such a record is not said: who asks has only been told its post.
    """
    require(viewer, "work.ask_access")
    record = session.get(Record, record_id)
    if record is None or record.archived_at is not None or sees(viewer, record):
        return
    today = clock.today(viewer.timezone)
    owner = accounts.active_person(session, record.owner_id) if record.owner_id else None
    heads = () if owner else accounts.holders(session, "head_of_mission", record.post_id, None, today)
    told = owner or next((p for h in heads if (p := accounts.active_person(session, h.person_id))), None)
    if told is None:
        return

    def say() -> Said:
        return Said(
            _("%(name)s asks for access: %(title)s", name=viewer.name, title=record.title),
            _(
                "%(name)s (%(post)s, %(email)s) is entering something like %(reference)s, %(title)s, and may not see "
                "it. To let them, add them to its team.",
                name=viewer.name, post=viewer.post_name, email=viewer.email, reference=record.reference,
                title=record.title,
            ),
            _("You are told because it is yours, or your post's."),
        )  # fmt: skip

    address = "/".join(("", "work", "team", f"{record.id}?person={viewer.person_id}"))
    key = f"access-{record.id}-{viewer.person_id}-{today}"
    tell(session, told.id, ACCESS, say, address=address, record_id=record.id, key=key)


def join(session: Session, viewer: Viewer, record_id: int, people: list[str]) -> list[str]:
    """Add people to a record's team, tell each by mail, and return their names.

    Who is in it already stays as they are: whoever counts as its author, or decides a request, may not become another
    by this. Raises :class:`Refused` for nobody, and for one who has no role that works with cases.
    """
    record = queries.record(session, viewer, record_id)
    require(viewer, "work.team", record)
    wanted = {number for value in people if (number := id_in(value))}
    able = {p.id: p for p in queries.may_join(session, limit=None) if p.id in wanted}
    if not wanted or wanted - able.keys():
        raise Refused(Reason(_l("Choose people from the list."), "people"))
    there = {record.owner_id, *(member.person_id for member, _name in queries.team(session, record.id))}
    for id_ in able:
        if id_ in there:
            continue
        session.add(RecordMember(record_id=record.id, person_id=id_))
        tell(session, id_, TEAM, partial(_joined, viewer.name, record), record_id=record.id)
    return [person.name for person in able.values()]


def _joined(name: str, record: Record) -> Said:
    return Said(
        _("You are in the team of %(title)s", title=record.title),
        _("%(name)s added you: %(reference)s, %(title)s. You find it in Promo by its reference.",
          name=name, reference=record.reference, title=record.title),
        _("You are told because you may work on it now."),
    )  # fmt: skip


def leave(session: Session, viewer: Viewer, record_id: int, person_id: int) -> None:
    """Take somebody out of a record's team.

    Raises :class:`Refused` for whoever is there to decide a request or counts as its author: four eyes rest on that.
    """
    record = queries.record(session, viewer, record_id)
    require(viewer, "work.leave", record)
    member = session.get(RecordMember, (record.id, person_id))
    if member is None:
        raise NotFound()
    if member.role != MEMBER:
        raise Refused(_l("They are there to decide a request, or as its author."))
    session.delete(member)
