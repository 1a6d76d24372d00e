"""Every write on urgencies: declaring one, what its confirmation does, telling that it is overdue."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer
from promo.core.errors import Reason, Refused
from promo.notices.actions import Said, tell
from promo.notices.actions import declare as kind_of_notice
from promo.procedures import places, words
from promo.procedures.actions import move, opened, sentence, settle
from promo.procedures.approvals import ask_about, authors
from promo.procedures.case import Case, gather
from promo.procedures.checklist import Item
from promo.procedures.definitions import MONEY, Stage
from promo.procedures.departures import URGENCY, Urgency, owed_item
from promo.procedures.models import Approval, Run
from promo.procedures.notices import page_of
from promo.procedures.regularising import barred, protects, regularise_by
from promo.urgencies.permissions import HIGHER, declares_as

NEWS = kind_of_notice("urgency", _l("An urgency that concerns me was declared, answered or is overdue"), mutable=False)


def declare(session: Session, viewer: Viewer, record_id: int, to: str | None, reason: str | None) -> Run:
    """Move a record on at once although items are missing: they are to be regularised by a day.

    Raises :class:`Refused` without a reason, with nothing missing, where one is open already, where only an end is left
    to go to, and with a reason at each item that protects money or personal data.
    """
    case = opened(session, viewer, record_id, "urgencies.declare")
    function = declares_as(viewer, case.record)
    why = sentence(reason, "reason")
    target = _target(case, to)
    if why is None or function is None:
        raise Refused(Reason(_l("Say why it can't wait."), "reason"))
    owed = [owed_item(i.stage, i.own) for i in case.missing]
    one = Urgency(
        run_id=case.run.id, record_id=case.record.id, version_id=case.run.version_id, from_stage=case.run.stage,
        to_stage=target.key, reason=why, items=list(dict.fromkeys(owed)), due_on=regularise_by(case, clock.now()),
        declared_by_id=viewer.person_id, declared_as=function, declared_at=clock.now(),
        by_author=viewer.person_id in authors(session, case),
    )  # fmt: skip
    session.add(one)
    session.flush()
    shown = {"reason": why, "items": one.items, "from": one.from_stage, "to": one.to_stage, "due_on": str(one.due_on)}
    one.approval = ask_about(session, case, URGENCY, one.id, HIGHER[function], viewer.person_id, shown)
    session.flush()
    move(session, gather(session, case.record, case.run), target, viewer.person_id, reason=why)
    _tell_owner(session, case, one, viewer, partial(_declared, case, one, viewer.name))
    return case.run


def targets(case: Case) -> list[Stage]:
    """Return where an urgency may lead: the stages that follow, ends and cancelling apart, which needs none."""
    return [stage for stage in case.ways if not stage.final and not stage.cancelled]


def hindrances(case: Case) -> list[Reason]:
    """Return why no urgency can be declared now; nothing when one can be."""
    if case.urgency is not None:
        return [Reason(_l("An urgency of this case file is open already: regularise first what is owed."))]
    if not case.missing:
        return [Reason(_l("Nothing is missing: move it on as usual."))]
    if not targets(case):
        return [Reason(_l("Only an end is left to go to: what is missing must be there before it."))]
    return [
        Reason(
            words.lazily(partial(_barred, case, item)),
            item.key,
            places.address(case.kind, case.record.id, places.place_of(item)),
        )
        for item in barred(case)
    ]


def _target(case: Case, to: str | None) -> Stage:
    if reasons := hindrances(case):
        raise Refused(reasons)
    found = targets(case)
    chosen = next((s for s in found if s.key == to), found[0] if len(found) == 1 and not to else None)
    if chosen is None:
        raise Refused(Reason(_l("Choose where it goes on to."), "to"))
    return chosen


def _barred(case: Case, item: Item) -> str:
    label = words.item_label(item, case.kind, case.functions)
    if protects(case, item) == MONEY:
        return _("%(item)s: no urgency goes past what protects money.", item=label)
    return _("%(item)s: no urgency goes past what protects personal data.", item=label)


def confirmed(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Tell whoever declared it, and the owner, that it is confirmed."""
    one = session.get_one(Urgency, request.subject_id)
    _tell_all(session, case, one, viewer, partial(_confirmed, case, viewer.name))


def objected(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Tell the owner of the objection. The move stays; a nonconforming output is proposed by the clock."""
    one = session.get_one(Urgency, request.subject_id)
    _tell_owner(session, case, one, viewer, partial(_objected, case, viewer.name, request.reason or ""))


def recalled(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Refuse: what was declared is confirmed or objected to."""
    raise Refused(_l("An urgency that was declared is confirmed or objected to: it can't be recalled."))


def taken_back(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Nothing else rests on a confirmation: it waits again."""


def tell_overdue(session: Session, id_: int) -> bool:
    """Tell the owner and whoever declared it that its day is over with something owed; returns whether it was."""
    one = session.get(Urgency, id_)
    if one is None or one.closed_at is not None or one.told_at is not None:
        return False
    case = gather(session, one.record, session.get_one(Run, one.run_id))
    settle(case)
    if one.closed_at is not None or one.due_on >= case.today:
        return False
    one.told_at = clock.now()
    owed = [words.item_label(i, case.kind, case.functions) for i in case.items if i.reason.code == "overdue"]
    for person in {one.declared_by_id, case.record.owner_id}:
        say = partial(_overdue, case, one, owed)
        tell(session, person, NEWS, say, address=page_of(case), record_id=one.record_id)
    return True


def _tell_owner(session: Session, case: Case, one: Urgency, viewer: Viewer, say: partial[Said]) -> None:
    if case.record.owner_id != viewer.person_id:
        tell(session, case.record.owner_id, NEWS, say, address=page_of(case), record_id=one.record_id)


def _tell_all(session: Session, case: Case, one: Urgency, viewer: Viewer, say: partial[Said]) -> None:
    for person in {one.declared_by_id, case.record.owner_id} - {viewer.person_id}:
        tell(session, person, NEWS, say, address=page_of(case), record_id=one.record_id)


def _declared(case: Case, one: Urgency, name: str) -> Said:
    return Said(
        _("Urgency declared: %(title)s", title=case.record.title),
        _("%(name)s moved %(reference)s on to «%(stage)s» although something is missing: %(why)s. It is to be "
          "regularised by %(day)s.", name=name, reference=case.record.reference,
          stage=words.stage_title(case.definition, one.to_stage), why=one.reason, day=words.short_date(one.due_on)),
        _("You are told because you keep the case file."),
    )  # fmt: skip


def _confirmed(case: Case, name: str) -> Said:
    return Said(
        _("Urgency confirmed: %(title)s", title=case.record.title),
        _("%(name)s confirmed the urgency of %(reference)s. What was missing is still to be regularised.",
          name=name, reference=case.record.reference),
        _("You are told because you declared it, or keep the case file."),
    )  # fmt: skip


def _objected(case: Case, name: str, why: str) -> Said:
    return Said(
        _("Urgency objected to: %(title)s", title=case.record.title),
        _("%(name)s objects to the urgency of %(reference)s: %(why)s. The case file stays where it is; quality looks "
          "at it as a nonconforming output.", name=name, reference=case.record.reference, why=why),
        _("You are told because you keep the case file."),
    )  # fmt: skip


def _overdue(case: Case, one: Urgency, owed: list[str]) -> Said:
    return Said(
        _("Not regularised: %(title)s", title=case.record.title),
        _("What an urgency left behind was to be there by %(day)s: %(items)s (%(reference)s). The case file can't go "
          "on before it is.", day=words.short_date(one.due_on), items="; ".join(owed), reference=case.record.reference),
        _("You are told because you declared it, or keep the case file."),
    )  # fmt: skip
