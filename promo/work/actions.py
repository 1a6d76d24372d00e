"""Every write on tasks."""

from __future__ import annotations

from datetime import date

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.core import clock
from promo.core.access import Viewer, require, sees
from promo.core.mail import queue_mail
from promo.core.records import Record
from promo.work import queries
from promo.work.models import Task


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
    with force_locale(told.locale):
        subject = _("%(name)s asks for access: %(title)s", name=viewer.name, title=record.title)
        text = _(
            "%(name)s (%(post)s, %(email)s) is entering something like %(reference)s, %(title)s, and may not see it. "
            "To let them, open it in Promo and change “Who sees it”, or answer by mail.",
            name=viewer.name, post=viewer.post_name, email=viewer.email, reference=record.reference, title=record.title,
        )  # fmt: skip
    key = f"access-{record.id}-{viewer.person_id}-{today}"
    queue_mail(session, told.email, subject, text, person_id=told.id, key=key)
