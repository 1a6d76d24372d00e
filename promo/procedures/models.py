"""Procedures and their versions; runs, what was answered and approved in them; routes of approval."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship, validates

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime, on_create
from promo.core.fields import info
from promo.core.records import PILLARS

VERSION_STATES = (
    ("draft", _l("Draft")),
    ("in_review", _l("In review")),
    ("approved", _l("Approved")),
    ("effective", _l("In force")),
    ("obsolete", _l("Obsolete")),
)
DELEGATE = "delegate"
NEXT_STATES = {  # what may follow; an obsolete version never comes back
    "draft": ("in_review",),
    "in_review": ("draft", "approved"),
    "approved": ("effective", "obsolete"),
    "effective": ("obsolete",),
    "obsolete": (),
}
ROUTE_STEPS = (  # by which way a request came to whom it waits for
    ("holder", _l("holder")),
    ("deputy", _l("deputy")),
    ("stand_in", _l("stand-in")),
    ("parent", _l("same function at the parent post")),
    ("line_director", _l("line director")),
    ("director_general", _l("director-general")),
    (DELEGATE, _l("by delegation")),
)
STEP = "step"  # what most requests are about: one step of a stage's approvals
APPROVAL_STATES = (
    ("waiting", _l("Waiting")),
    ("nobody", _l("Nobody to approve")),
    ("approved", _l("Approved")),
    ("returned", _l("Returned")),
    ("recalled", _l("Recalled")),
    ("reopened", _l("To be approved again")),
    ("annulled", _l("Annulled")),
    ("disputed", _l("Disputed")),
)
ACT_TYPES = (  # on which paper an approval was given elsewhere
    ("memorandum", _l("Memorandum")),
    ("signed_pdf", _l("Signed PDF")),
    ("email", _l("E-mail")),
    ("resolution", _l("Resolution")),
    ("other", _l("Other document")),
)


class Procedure(Model):
    """A controlled procedure by its code; its texts are those of its versions.

    ``owner_id`` answers for it; by ``review_on`` somebody looks whether it still holds.
    """

    __tablename__ = "procedure"
    __audit__ = True
    __audit_name__ = _l("Procedure")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True, info=info(_l("Code")))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Owner"), type="person"))
    review_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Next review")))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)


class ProcedureVersion(Model):
    """One version: draft, in review, approved, effective on its date, obsolete. An approved text never changes.

    ``substance``: whether it changes what people do, so that they say that they have read it; None where nobody said.
    ``in_force_at`` is when it really came into force, on or after ``effective_on``.
    A draft's text counts its editions, and holds the lines that include blocks; handing it in puts the blocks there.
    """

    __tablename__ = "procedure_version"
    __audit__ = True
    __audit_name__ = _l("Version of a procedure")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id"))
    number: Mapped[int] = mapped_column(Integer, info=info(_l("Version")))
    status: Mapped[str] = mapped_column(String(12), default="draft", info=info(_l("Status"), choices=VERSION_STATES))
    definition: Mapped[dict[str, Any]] = deferred(mapped_column(Json))
    content_hash: Mapped[str] = mapped_column(String(64), info=info(_l("Digest of the content")))
    edition: Mapped[int] = mapped_column(Integer, default=1, info={"audit": False})
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Author"), type="person"))
    substance: Mapped[bool | None] = mapped_column(Boolean, info=info(_l("Change of substance")))
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Handed in for review")))
    returned_why: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Why it went back to its author")))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Approver"), type="person"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Approved")))
    act_number: Mapped[str | None] = mapped_column(String(100), info=info(_l("Number of the approving act")))
    act_date: Mapped[date | None] = mapped_column(Date, info=info(_l("Date of the approving act")))
    act_file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), info=info(_l("Signed act"), type="file"))
    effective_on: Mapped[date | None] = mapped_column(Date, info=info(_l("In force from")))
    in_force_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Came into force")))
    obsolete_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Obsolete from")))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    procedure: Mapped[Procedure] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("procedure_id", "number"),
        CheckConstraint("approver_id IS NULL OR author_id IS NULL OR approver_id <> author_id", name="four_eyes"),
        CheckConstraint("status <> 'effective' OR effective_on IS NOT NULL", name="effective_has_a_date"),
    )

    @property
    def code(self) -> str:
        """The procedure's code."""
        return self.procedure.code

    @validates("status")
    def _follows(self, _name: str, status: str) -> str:
        if self.status is not None and status != self.status and status not in NEXT_STATES[self.status]:
            raise ValueError(f"a version that is {self.status} can't become {status}")
        return status


class Run(Model):
    """A record's way through one version: where it stands, since when, until when."""

    __tablename__ = "procedure_run"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Procedure")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), unique=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), index=True, info=info(_l("Procedure version"), type="version")
    )
    stage: Mapped[str] = mapped_column(String(30), info=info(_l("Stage"), type="status"))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Started by"), type="person"))
    stage_since: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    due_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Due")))
    due_calendar: Mapped[str | None] = mapped_column(String(4), info={"audit": False})  # on which the term was counted
    due_from: Mapped[date | None] = mapped_column(Date, info={"audit": False})  # and from which day
    late_start: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("Begun after its term")))
    late_reason: Mapped[str | None] = mapped_column(String(1000), info=info(_l("Why it began late")))
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Finished")))

    version: Mapped[ProcedureVersion] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (Index("ix_procedure_run_finished_at_due_on", "finished_at", "due_on"),)


class Transition(Model):
    """One move of a run, with what the checklist said at that moment.

    ``to_version_id`` marks a move to another version of the procedure: the stage may be the same before and after.
    """

    __tablename__ = "procedure_transition"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Step")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    from_stage: Mapped[str] = mapped_column(String(30), info=info(_l("From stage"), type="status"))
    to_stage: Mapped[str] = mapped_column(String(30), info=info(_l("To stage"), type="status"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    left_since: Mapped[datetime] = mapped_column(UTCDateTime)
    due_on: Mapped[date | None] = mapped_column(Date)
    late: Mapped[bool | None] = mapped_column(Boolean)  # left after its term, by the post's day; None without a term
    by_itself: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("By itself, after the approval")))
    reason: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Reason")))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"))
    to_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("To version"), type="version")
    )
    checklist: Mapped[list[Any]] = deferred(mapped_column(Json))
    checklist_digest: Mapped[str] = mapped_column(String(64))


class Answer(Model):
    """What was answered to a question of the procedure, or declared (``true``)."""

    __tablename__ = "procedure_answer"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Answer")
    __audit_which__ = "key"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    key: Mapped[str] = mapped_column(String(60), info=info(_l("Question"), type="question"))
    value: Mapped[Any] = mapped_column(Json, info=info(_l("Answer"), type="answer"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("run_id", "key"),)


class Approval(Model):
    """One request of approval: who was asked and why, what was shown, what was decided. A new request is a new row.

    ``subject`` says what is to be approved: ``step`` of a stage, or another kind of decision registered in
    ``subjects.py`` (an exception …), whose own row is ``subject_id`` (0 for a step). One given on paper has the paper
    and who entered it; one that was annulled or disputed keeps who approved it, and has who undid it, and why.
    """

    __tablename__ = "approval"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Approval")
    __audit_which__ = "function"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    stage: Mapped[str] = mapped_column(String(30), info=info(_l("Stage"), type="status"))
    requirement: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(12), default="step")
    subject_id: Mapped[int] = mapped_column(BigId, default=0)
    function: Mapped[str] = mapped_column(String(60), info=info(_l("Function"), type="function"))
    state: Mapped[str] = mapped_column(String(10), default="waiting", info=info(_l("State"), choices=APPROVAL_STATES))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Asked by"), type="person"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    assigned_to_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Waits for"), type="person")
    )
    route_step: Mapped[str | None] = mapped_column(String(20), info=info(_l("By way of"), choices=ROUTE_STEPS))
    route_why: Mapped[list[Any]] = mapped_column(Json, default=list)
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Decided by"), type="person")
    )
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Decided")))
    reason: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Reason")))
    digest: Mapped[str] = mapped_column(String(64), info=info(_l("Digest of what was shown")))
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    read_seconds: Mapped[int | None] = mapped_column(Integer, info=info(_l("Seconds from opening to approving")))
    read_least: Mapped[int | None] = mapped_column(Integer, info=info(_l("Seconds that reading it takes at least")))
    together: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("Approved together with others")))
    delegated_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Delegated by"), type="person")
    )
    delegate_reason: Mapped[str | None] = mapped_column(String(1000), info=info(_l("Why it was delegated")))
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Reminded")))
    entered_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Entered by"), type="person")
    )
    act_type: Mapped[str | None] = mapped_column(String(12), info=info(_l("Type of document"), choices=ACT_TYPES))
    act_number: Mapped[str | None] = mapped_column(String(100), info=info(_l("Number of the document")))
    act_date: Mapped[date | None] = mapped_column(Date, info=info(_l("Date of the document")))
    act_file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), info=info(_l("File of the document")))
    dispute_until: Mapped[date | None] = mapped_column(Date, info=info(_l("May be disputed until")))
    undone_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Annulled or disputed by"), type="person")
    )
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Annulled or disputed")))
    undone_reason: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Why it was annulled or disputed")))

    run: Mapped[Run] = relationship(lazy="select")

    __table_args__ = (
        Index("ix_approval_assigned_to_id_state_asked_at", "assigned_to_id", "state", "asked_at"),
        Index("ix_approval_asked_by_id_asked_at", "asked_by_id", "asked_at"),
        Index("ix_approval_decided_by_id_decided_at", "decided_by_id", "decided_at"),
        CheckConstraint("entered_by_id IS NULL OR entered_by_id <> decided_by_id", name="entered_by_another"),
    )


class ApprovalRoute(Model):
    """Who approves in a post when the holder of a function can't: a deputy, then somebody elsewhere.

    A row says how it is (``valid_to`` None) or how it was on its days: a change ends one row and begins the next.
    """

    __tablename__ = "approval_route"
    __audit__ = True
    __audit_name__ = _l("Approval route")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    function: Mapped[str] = mapped_column(ForeignKey("function.code"), info=info(_l("Function"), type="function"))
    pillar: Mapped[str | None] = mapped_column(String(20), info=info(_l("Pillar"), choices=PILLARS))
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Deputy"), type="person"))
    stand_in_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Stand-in elsewhere"), type="person")
    )
    act_number: Mapped[str | None] = mapped_column(String(100), info=info(_l("Number of the act that names them")))
    valid_from: Mapped[date] = mapped_column(Date, default=clock.today, info=info(_l("From")))
    valid_to: Mapped[date | None] = mapped_column(Date, info=info(_l("Until")))

    __table_args__ = (Index("ix_approval_route_post_id_function", "post_id", "function"),)


class ApprovalSeen(Model):
    """What somebody saw of a request when they last looked, and what they had seen before it changed."""

    __tablename__ = "approval_seen"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str | None] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Refusal(Model):
    """One unmet item for which a record was not let on. Counted, so that a procedure which hinders is found."""

    __tablename__ = "procedure_refusal"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    stage: Mapped[str] = mapped_column(String(30))
    item: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (Index("ix_procedure_refusal_version_id_at", "version_id", "at"),)


# Said in the statement itself: a plan that is kept for all values expects as many of each state.
IS_WAITING = Approval.state == literal_column("'waiting'")
IS_OPEN = Approval.state.in_((literal_column("'waiting'"), literal_column("'nobody'")))

_ONE_EFFECTIVE = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_procedure_version_one_effective "
    "ON procedure_version (procedure_id) WHERE status = 'effective'"
)
_ONE_OPEN = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_approval_one_open "
    "ON approval (run_id, stage, requirement, function, subject, subject_id) WHERE state IN ('waiting', 'nobody')"
)
_ONE_ROUTE = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_approval_route_one_open "
    "ON approval_route (post_id, function, pillar) WHERE valid_to IS NULL AND pillar IS NOT NULL"
)
_ONE_ROUTE_FOR_ALL = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_approval_route_one_open_for_all "
    "ON approval_route (post_id, function) WHERE valid_to IS NULL AND pillar IS NULL"
)
on_create("procedure_version", sqlite=[_ONE_EFFECTIVE], postgresql=[_ONE_EFFECTIVE])
_QUICK = "CREATE INDEX IF NOT EXISTS ix_approval_quick ON approval (decided_at) WHERE read_seconds < read_least"
_DISPUTED = (
    "CREATE INDEX IF NOT EXISTS ix_approval_to_dispute "
    "ON approval (decided_by_id, dispute_until) WHERE dispute_until IS NOT NULL"
)
_OF_APPROVALS = [_ONE_OPEN, _QUICK, _DISPUTED]
on_create("approval", sqlite=_OF_APPROVALS, postgresql=_OF_APPROVALS)
for _index in (_ONE_ROUTE, _ONE_ROUTE_FOR_ALL):
    on_create("approval_route", sqlite=[_index], postgresql=[_index])
