"""Notices about versions: one came into force, somebody has not read it, one could not come, a review falls due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.core import clock
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.notices.actions import Said, declare
from promo.notices.actions import tell as notify
from promo.procedures import words
from promo.procedures.case import definition_of
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.readers import Reader, Standing, address

IN_FORCE = declare("version", _l("A procedure that I work by changed"), mutable=False)
TO_REVIEW = declare("version_review", _l("A version of a procedure waits for me, or a review falls due"))
BEFORE = timedelta(days=30)  # so long before a review is due its owner is told


def _named(version: ProcedureVersion) -> Mapping[str, object]:
    """Return what every notice says of a version, in the language of whoever is told."""
    return {"code": version.code, "number": version.number, "title": words.pick(definition_of(version).title)}


def tell(session: Session, version: ProcedureVersion, reader: Reader, until: date | None) -> None:
    """Tell somebody that a version is in force, what changed, and (of substance) by when to say they have read it."""

    def say() -> Said:
        about, changes = _named(version), definition_of(version).changes
        lines = [_("%(code)s v%(number)s, %(title)s, is in force.", **about)]
        if changes:
            lines.append(words.pick(changes))
        if until is not None:
            day = words.short_date(until)
            lines.append(_("It changes how the work is done. Read it and say so in Promo by %(day)s.", day=day))
            lines.append(_("After that day you can't begin new work under it before you do; what is open goes on."))
        return Said(_("In force: %(title)s (%(code)s v%(number)s)", **about), "\n\n".join(lines), _work_by_it())

    key = f"version-{version.id}-{reader.person_id}"
    notify(session, reader.person_id, IN_FORCE, say, address=address(version), key=key)


def _work_by_it() -> str:
    return _("You are told because you work by it, or hold a function that it names.")


def remind(session: Session, version: ProcedureVersion, standing: Standing, today: date) -> None:
    """Remind somebody who has not said that they have read a version; once a day."""

    def say() -> Said:
        about, day = _named(version), words.short_date(standing.until)
        return Said(
            _("To read: %(title)s (%(code)s v%(number)s)", **about),
            _("%(code)s v%(number)s, %(title)s, changes how the work is done. Read it and say so by %(day)s.",
              day=day, **about),
            _work_by_it(),
        )  # fmt: skip

    key = f"remind-{version.id}-{standing.reader.person_id}-{today}"
    notify(session, standing.reader.person_id, IN_FORCE, say, address=address(version), key=key)


def _for_quality() -> str:
    return _("You are told because you answer for quality.")


def tell_reviewers(session: Session, version: ProcedureVersion, by: Viewer) -> None:
    """Tell quality, besides whoever does so, that a version waits for review."""

    def say() -> Said:
        about = _named(version)
        said = _("%(name)s hands in %(code)s v%(number)s, %(title)s, for review.", name=by.name, **about)
        text = f"{said}\n\n{words.pick(definition_of(version).changes)}"
        return Said(_("To review: %(title)s (%(code)s v%(number)s)", **about), text, _for_quality())

    for person_id in quality(session, clock.today()):
        if person_id != by.person_id:
            notify(session, person_id, TO_REVIEW, say, address=address(version))


def tell_sent_back(session: Session, version: ProcedureVersion, by: Viewer) -> None:
    """Tell the author of a version that it came back, and why."""

    def say() -> Said:
        return Said(
            _("Sent back: %(title)s (%(code)s v%(number)s)", **_named(version)),
            _("%(name)s sends it back to you: %(why)s", name=by.name, why=version.returned_why or ""),
            _("You are told because you wrote it."),
        )

    if version.author_id != by.person_id:
        notify(session, version.author_id, TO_REVIEW, say, address=address(version))


def tell_held_up(session: Session, version: ProcedureVersion, reasons: Iterable[Text], today: date) -> None:
    """Tell quality, once a day, that a version could not come into force on its date, and why."""
    whys = list(reasons)

    def say() -> Said:
        return Said(
            _("Not in force yet: %(title)s (%(code)s v%(number)s)", **_named(version)),
            "\n".join([_("Its date has come, but:"), *(str(why) for why in whys)]),
            _for_quality(),
        )

    for person_id in quality(session, today):
        key = f"held-up-{version.id}-{person_id}-{today}"
        notify(session, person_id, TO_REVIEW, say, address=address(version), key=key)


def quality(session: Session, on: date) -> list[int]:
    """Return who answers for quality on a day: by role, and by function."""

    def dated(model: type[PersonRole] | type[FunctionHeld]):  # type: ignore[no-untyped-def]
        return model.valid_from <= on, or_(model.valid_to.is_(None), model.valid_to >= on)

    roles = select(PersonRole.person_id).where(PersonRole.role == "quality", *dated(PersonRole))
    held = select(FunctionHeld.person_id).where(FunctionHeld.function == "quality", *dated(FunctionHeld))
    found = select(Person.id).where(Person.active, or_(Person.id.in_(roles), Person.id.in_(held)))
    return list(session.scalars(found.order_by(Person.id)))


def reviews(session: Session, today: date) -> list[tuple[Procedure, ProcedureVersion]]:
    """Return the procedures in force whose review is due within thirty days, or was, the oldest first."""
    found = (
        select(Procedure, ProcedureVersion)
        .join(ProcedureVersion, ProcedureVersion.procedure_id == Procedure.id)
        .where(ProcedureVersion.status == "effective", Procedure.review_on <= today + BEFORE)
        .order_by(Procedure.review_on, Procedure.code)
    )
    return [(procedure, version) for procedure, version in session.execute(found)]


def tell_review(session: Session, procedure: Procedure, version: ProcedureVersion, today: date) -> None:
    """Tell the owner and quality that a review is coming (30 days before) or due; each once."""
    due = procedure.review_on
    assert due is not None

    def say() -> Said:
        about, day = _named(version), words.short_date(due)
        return Said(
            _("Review due on %(day)s: %(title)s", day=day, title=about["title"]),
            _("%(code)s, %(title)s, is to be looked at again by %(day)s: say that it still holds, or begin a draft.",
              code=version.code, title=about["title"], day=day),
            _("You are told because you own the procedure, or answer for quality."),
        )  # fmt: skip

    when = "due" if due <= today else "before"
    for person_id in dict.fromkeys([procedure.owner_id, *quality(session, today)]):
        key = f"review-{procedure.id}-{due}-{when}-{person_id}"
        notify(session, person_id, TO_REVIEW, say, address=address(version), key=key)
