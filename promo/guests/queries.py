"""Every SELECT on guests: who they are, what was named to them, the role that lets them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Person, PersonRole
from promo.audits.models import AuditGuest, AuditGuestSample, AuditSample
from promo.core.access import GUEST
from promo.core.errors import NotFound
from promo.reference.models import HEADQUARTERS, Post


@dataclass(frozen=True)
class Invited:
    """A guest with their account and the samples named to them."""

    guest: AuditGuest
    person: Person
    samples: list[AuditSample]

    def state(self, today: date) -> str:
        """Whether they may come in today: ``open``, ``coming`` or ``over``."""
        if today > self.guest.valid_to or not self.person.active:
            return "over"
        return "coming" if today < self.guest.valid_from else "open"


def guests(session: Session) -> list[Invited]:
    """Return every guest, the latest first."""
    found = select(AuditGuest, Person).join(Person, Person.id == AuditGuest.person_id)
    rows = session.execute(found.order_by(AuditGuest.valid_to.desc(), AuditGuest.id.desc())).all()
    named = _samples(session, [guest.id for guest, _person in rows])
    return [Invited(guest, person, named.get(guest.id, [])) for guest, person in rows]


def guest(session: Session, id_: int) -> Invited:
    """Return one guest; raises NotFound."""
    found = session.get(AuditGuest, id_)
    if found is None:
        raise NotFound("guest")
    return Invited(found, session.get_one(Person, found.person_id), _samples(session, [found.id]).get(found.id, []))


def _samples(session: Session, guest_ids: list[int]) -> dict[int, list[AuditSample]]:
    found: dict[int, list[AuditSample]] = {}
    query = select(AuditGuestSample.guest_id, AuditSample).join(
        AuditSample, AuditSample.id == AuditGuestSample.sample_id
    )
    query = query.where(AuditGuestSample.guest_id.in_(guest_ids)).order_by(AuditSample.id.desc())
    for guest_id, sample in session.execute(query):
        found.setdefault(guest_id, []).append(sample)
    return found


def named(session: Session, guest_id: int) -> dict[int, AuditGuestSample]:
    """Return what names samples to a guest, by sample."""
    found = select(AuditGuestSample).where(AuditGuestSample.guest_id == guest_id)
    return {one.sample_id: one for one in session.scalars(found)}


def role(session: Session, person_id: int) -> PersonRole | None:
    """Return the latest role of guest that somebody has or had."""
    found = select(PersonRole).where(PersonRole.person_id == person_id, PersonRole.role == GUEST)
    return session.scalars(found.order_by(PersonRole.valid_from.desc(), PersonRole.id.desc())).first()


def headquarters(session: Session) -> int:
    """Return the post at which guests are received."""
    return session.scalars(select(Post.id).where(Post.code == HEADQUARTERS)).one()
