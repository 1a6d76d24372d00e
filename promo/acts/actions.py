"""Every write on acts, whatever their kind. ``model`` says which; each kind's own actions name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.acts import queries
from promo.acts.models import (
    ATTENDANCE,
    ROLES,
    TAKES_PART,
    Act,
    ActCountry,
    ActParticipant,
    ActParticipantFile,
    ActPost,
    ActSector,
)
from promo.contacts import actions as contacts
from promo.core import clock, files, money, parties, records
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record, RecordLink
from promo.organisations.actions import keep_children
from promo.procedures import actions as procedures
from promo.procedures.case import run_of
from promo.procedures.readers import overdue
from promo.reference.models import Country, Currency, ExecutingEntity, Post, Sector

A = TypeVar("A", bound=Act)
_PLAIN = (
    *("title", "title_en", "act_type", "pillar", "country", "visibility", "executing_entity", "starts_on", "ends_on"),
    *("starts_at", "ends_at", "timezone", "venue", "city", "objective", "capacity", "fair_id"),
)
_NEEDED = ("title", "act_type", "pillar", "starts_on", "ends_on", "timezone", "visibility")
LETTER = "commitment_letter"


def plan(session: Session, viewer: Viewer, model: type[A], values: Mapping[str, Any], key: str | None = None) -> A:
    """Plan an act and begin its run under the procedure in force; the same ``key`` again returns the one already made.

    Without ``ends_on`` it takes one day; without ``timezone`` that of the post. With no procedure in force there is no
    run. Raises :class:`Refused`.
    """
    require(viewer, f"{model.FEATURE}.new")
    if (made := records.existing(session, key)) is not None:
        return made  # type: ignore[return-value]
    post = session.get(Post, viewer.post_id)
    if post is None:
        raise Refused(_l("You have no post yet: ask the administrator."))
    act = model(
        post_id=post.id, owner_id=viewer.person_id, idempotency_key=key, visibility="post", status="planned",
        timezone=post.timezone, country=post.country, executing_entity="mre",
    )  # fmt: skip
    _fill(session, act, _normal(session, act, values))
    act.reference = records.next_reference(session, model.PREFIX, post)
    _refresh(act)
    session.add(act)
    session.flush()
    _begin(session, viewer, act)
    return act


def edit(session: Session, viewer: Viewer, model: type[A], id_: int, values: Mapping[str, Any], seen: int | None) -> A:
    """Change an act. Raises :class:`Stale` when somebody saved it since, :class:`Refused` for bad values."""
    act = _locked(session, viewer, model, id_, "edit")
    typed = _normal(session, act, values)
    records.check_version(act, seen, typed)
    before, stood_as = act.starts_on, (act.act_type, act.pillar)
    _fill(session, act, typed)
    if (act.act_type, act.pillar) != stood_as:
        _keeps_its_procedure(session, act)
    _refresh(act)
    if act.starts_on != before:
        ties = select(RecordLink).where(RecordLink.from_id == act.id, RecordLink.role == TAKES_PART)
        for tie in session.scalars(ties.order_by(RecordLink.id)):
            tie.at = _moment(act)
    act.touch()
    session.flush()
    _begin(session, viewer, act, new=False)
    return act


def add_participant(session: Session, viewer: Viewer, model: type[A], id_: int, values: Mapping[str, Any]) -> A:
    """Add those who take part in one role; whoever is there already in it stays as they are.

    ``who``: ids of contacts and organisations, or ``+Name`` to add a contact in place. Raises :class:`Refused`.
    """
    act = _locked(session, viewer, model, id_, "add_participant")
    role, status = _choice(values, "role", ROLES), _choice(values, "status", ATTENDANCE, "invited")
    parties = _parties(session, viewer, values.get("who") or [])
    there = set(
        session.scalars(
            select(ActParticipant.party_id).where(ActParticipant.record_id == act.id, ActParticipant.role == role)
        )
    )
    for party in parties:
        if party.id in there:
            continue
        qualified, note = bool(values.get("qualified")), values.get("note")
        one = ActParticipant(
            record_id=act.id, party_id=party.id, role=role, status=status, qualified=qualified, note=note
        )
        session.add(one)
        records.link(session, act, party, TAKES_PART, _moment(act))
    act.touch()
    session.flush()
    return act


def edit_participant(
    session: Session,
    viewer: Viewer,
    model: type[A],
    id_: int,
    participant_id: int,
    values: Mapping[str, Any],
    tokens: Sequence[str] = (),
    category: str = LETTER,
) -> A:
    """Change somebody's role, attendance and note; ``tokens`` are uploads of theirs, under one category of evidence."""
    act = _locked(session, viewer, model, id_, "edit_participant")
    one = queries.participant(session, act.id, participant_id)
    role = _choice(values, "role", ROLES)
    same = select(ActParticipant.id).where(
        ActParticipant.record_id == act.id, ActParticipant.party_id == one.party_id, ActParticipant.role == role
    )
    if session.scalar(same.where(ActParticipant.id != one.id)) is not None:
        raise Refused(Reason(_l("They take part in this role already."), "role"))
    one.role, one.status = role, _choice(values, "status", ATTENDANCE)
    one.qualified, one.note = bool(values.get("qualified")), values.get("note")
    for token in tokens:
        file = files.attach(session, token, act, category[:60], viewer.person_id, field="file")
        if file is None:
            raise Refused(Reason(_l("Wait until the file has arrived, then save."), "file"))
        if session.get(ActParticipantFile, (one.id, file.id)) is None:
            session.add(ActParticipantFile(participant_id=one.id, file_id=file.id, record_id=act.id))
    act.touch()
    session.flush()
    return act


def remove_participant(session: Session, viewer: Viewer, model: type[A], id_: int, participant_id: int) -> A:
    """Take somebody off the list; their files stay with the act."""
    act = _locked(session, viewer, model, id_, "remove_participant")
    one = queries.participant(session, act.id, participant_id)
    for tie in session.scalars(select(ActParticipantFile).where(ActParticipantFile.participant_id == one.id)).all():
        session.delete(tie)
    session.flush()
    session.delete(one)
    session.flush()
    again = select(ActParticipant.id).where(ActParticipant.record_id == act.id, ActParticipant.party_id == one.party_id)
    if session.scalar(again) is None:
        link = select(RecordLink).where(
            RecordLink.from_id == act.id, RecordLink.to_id == one.party_id, RecordLink.role == TAKES_PART
        )
        for found in session.scalars(link).all():
            session.delete(found)
    act.touch()
    session.flush()
    return act


def archive(session: Session, viewer: Viewer, model: type[A], id_: int) -> A:
    """Put an act away; the lists no longer show it."""
    act = _locked(session, viewer, model, id_, "archive")
    records.archive(act)
    return act


def unarchive(session: Session, viewer: Viewer, model: type[A], id_: int) -> A:
    """Bring it back."""
    act = _locked(session, viewer, model, id_, "unarchive")
    records.unarchive(act)
    return act


def _locked(session: Session, viewer: Viewer, model: type[A], id_: int, verb: str) -> A:
    act = queries.act(session, viewer, model, id_)
    require(viewer, f"{model.FEATURE}.{verb}", act)
    lock(act)
    return act


def _choice(values: Mapping[str, Any], name: str, choices: Any, default: str | None = None) -> str:
    value = values.get(name) or default
    if value not in dict(choices):
        raise Refused(Reason(_l("Choose one of the list."), name))
    return str(value)


def _parties(session: Session, viewer: Viewer, who: Sequence[str]) -> list[Record]:
    """Return those chosen; a name behind ``+`` becomes a contact, whose source is this act."""
    found: dict[int, Record] = {}
    for value in who:
        text = str(value).strip()
        if name := parties.added_name(text, 140, "who"):
            given, _space, family = name.rpartition(" ")
            names = {"family_name": family, "given_name": given or None, "source": "event"}
            record: Record = contacts.add(session, viewer, names)
        elif number := records.id_in(text):
            try:
                record = queries.party(session, viewer, number)
            except NotFound:
                raise Refused(Reason(_l("Choose who takes part from the list."), "who")) from None
        else:
            continue
        found[record.id] = record
    if not found:
        raise Refused(Reason(_l("Say who takes part."), "who"))
    return list(found.values())


def _normal(session: Session, act: Act, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as the columns hold it. Raises :class:`Refused` with every reason."""
    typed = {name: values[name] for name in _PLAIN if name in values}
    for name in _NEEDED:
        if name in typed and not typed[name]:
            del typed[name]  # an emptied field that is needed falls back to what stands there, or is refused below
    if "fair_id" in typed:
        typed["fair_id"] = records.id_in(typed["fair_id"]) or None
    if "starts_on" in typed and not values.get("ends_on") and act.ends_on is None:
        typed["ends_on"] = typed["starts_on"]
    for name, model in (("countries", Country), ("sectors", Sector), ("posts", Post)):
        if name in values:
            typed[name] = queries.known(session, model, [str(v) for v in values[name] or []])
    reasons = [*_missing(act, typed), *_wrong(session, act, typed)]
    if "budget_amount" in values:
        try:
            typed |= _budget(session, act, values)
        except Refused as refused:
            reasons += refused.reasons
    if reasons:
        raise Refused(reasons)
    return typed


def _missing(act: Act, typed: Mapping[str, Any]) -> list[Reason]:
    """Return a reason for each needed field that has no value."""
    needed = ("title", "act_type", "pillar", "starts_on")
    return [Reason(_l("Fill this in."), name) for name in needed if not (typed.get(name) or getattr(act, name))]


def _wrong(session: Session, act: Act, typed: Mapping[str, Any]) -> list[Reason]:
    """Return the reasons why these values can't be together."""
    after = {name: typed.get(name, getattr(act, name)) for name in _PLAIN}
    reasons = []
    if after["act_type"] and after["act_type"] not in dict(act.TYPES):
        reasons.append(Reason(_l("Choose one of the list."), "act_type"))
    if after["starts_on"] and after["ends_on"] and after["ends_on"] < after["starts_on"]:
        reasons.append(Reason(_l("It can't end before it begins."), "ends_on"))
    elif after["starts_on"] == after["ends_on"] and (after["ends_at"] or time.max) <= (after["starts_at"] or time.min):
        reasons.append(Reason(_l("It can't end before it begins."), "ends_at"))
    try:
        ZoneInfo(str(after["timezone"]))
    except (KeyError, ValueError, OSError):
        reasons.append(Reason(_l("This is not a time zone such as America/Lima."), "timezone"))
    if after["executing_entity"] and session.get(ExecutingEntity, after["executing_entity"]) is None:
        reasons.append(Reason(_l("Choose one of the list."), "executing_entity"))
    if after["fair_id"] and queries.fair(session, after["fair_id"]) is None:
        reasons.append(Reason(_l("Choose one of the list."), "fair_id"))
    return reasons


def _budget(session: Session, act: Act, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the budget's columns: amount, currency, US dollars and the rate that made them."""
    typed, currency = values["budget_amount"], values.get("budget_currency") or act.budget_currency or money.USD
    names = ("budget_amount", "budget_currency", "budget_usd", "budget_rate", "budget_rate_on", "budget_rate_source")
    if typed is None or typed == "":
        return dict.fromkeys(names)
    if session.get(Currency, currency) is None:
        raise Refused(Reason(_l("Choose one of the list."), "budget_currency"))
    try:
        amount = typed if isinstance(typed, Decimal) else money.parse(str(typed), currency)
    except money.BadAmount as bad:
        raise Refused(Reason(bad.message, "budget_amount")) from None
    if amount == act.budget_amount and currency == act.budget_currency:
        return {name: getattr(act, name) for name in names}
    try:
        made = money.to_usd(session, amount, currency, clock.today(act.timezone))
    except money.NoRate as none:
        raise Refused([Reason(reason.message, "budget_currency") for reason in none.reasons]) from None
    return dict(zip(names, (amount, currency, made.usd, made.rate, made.rate_on, made.source), strict=True))


def _fill(session: Session, act: Act, typed: Mapping[str, Any]) -> None:
    for name, value in typed.items():
        if name not in ("countries", "sectors", "posts"):
            setattr(act, name, value)
    if "countries" in typed:
        keep_children(act.countries, "country", typed["countries"], ActCountry)
    if "sectors" in typed:
        keep_children(act.sectors, "sector_id", typed["sectors"], ActSector)
    if "posts" in typed:
        keep_children(act.posts, "post_id", [i for i in typed["posts"] if i != act.post_id], ActPost)


def _refresh(act: Act) -> None:
    records.refresh_texts(act, act.city, act.venue)


def _moment(act: Act) -> datetime:
    """Return when it begins, as a moment: what places it on a timeline."""
    assert act.starts_on
    return datetime.combine(act.starts_on, act.starts_at or time(9), ZoneInfo(act.timezone)).astimezone(UTC)


def _begin(session: Session, viewer: Viewer, act: Act, *, new: bool = True) -> None:
    """Begin the run when a procedure in force covers the act and none has begun.

    An act that was there is saved whatever its editor has read: it begins when somebody saves it who has.
    """
    if run_of(session, act.id) is not None:
        return
    version = procedures.match(session, act.kind, act.act_type, act.pillar)
    if version is not None and (new or not overdue(session, viewer, version)):
        procedures.start(session, viewer, act)


def _keeps_its_procedure(session: Session, act: Act) -> None:
    """Refuse a type or pillar that would stand under another procedure than the one the act's run follows."""
    run = run_of(session, act.id)
    if run is None:
        return
    now = procedures.match(session, act.kind, act.act_type, act.pillar)
    if now is not None and now.procedure_id != run.version.procedure_id:
        message = _l(
            "It stands under %(code)s, and this type or pillar under %(other)s. Cancel it and plan it anew.",
            code=run.version.code,
            other=now.code,
        )
        raise Refused(Reason(message, "act_type"))
