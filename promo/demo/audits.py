"""An audit under way: a sample of events half looked at, a guest who may read it, registers that stand outside."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.audits import actions
from promo.audits.models import AuditGuest, AuditPick, AuditSample
from promo.audits.queries.population import Filters
from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import session as reading
from promo.core.records import Record
from promo.demo.carrying import Hand
from promo.guests import actions as guests

AUDITOR, QUALITY, GUEST = "hugo.espinoza", "gloria.mendoza", "beatriz.salcedo"
TITLE = "Auditoría interna: eventos de comercio e inversiones"
CHOSEN = "Rueda de negocios: palta y arándano"  # added by judgement: the whole way, and the largest amount
WHY = "La de mayor presupuesto del periodo; se revisa además de la muestra."
NOTES = (
    "Conforme: cada requisito tiene su respaldo.",
    "El acta se adjuntó después del cierre. Preguntar a la oficina.",
    None,
    "Conforme. Buen detalle de riesgos.",
)
REGISTERS = (
    ("7.2", "Registro de capacitación del personal", "Oficina de recursos humanos", "Carpeta compartida RH-07", 40),
    ("8.4", "Evaluación de proveedores de eventos", "Oficina de administración", "Sistema de logística", 95),
    ("9.3", "Actas de revisión por la dirección", "Dirección General de Promoción Económica", "Archivo DPE, estante 4",
     180),
    ("10.2", "Registro de acciones correctivas", "Gestión de la calidad", "SGC-R-10.xlsx, carpeta de calidad", 25),
)  # fmt: skip


def tell(hand: Hand) -> None:
    """Let the auditor draw a sample and look at some of it, quality let a guest in and name registers."""
    at = datetime.combine(hand.today, time(14), UTC)
    drawn = _drawn(hand, at)
    _looked(hand, at, drawn)
    hand.do(hand.person(QUALITY), at, lambda session, viewer: _let_in(session, viewer, hand, drawn))
    hand.do(hand.person(QUALITY), at, lambda session, viewer: _name_registers(session, viewer, hand))


def _drawn(hand: Hand, at: datetime) -> int:
    auditor = hand.person(AUDITOR)
    filters, seed = Filters(kind="event"), f"{hand.today:%Y%m%d}"
    with clock.at(at):
        fixed = actions.fix(reading(), hand.viewer(auditor), filters, "pillar", 12, seed)
    values = {"title": TITLE, "size": 12, "seed": seed}
    return hand.do(auditor, at, lambda session, viewer: actions.draw(session, viewer, fixed, values, None).id)


def _looked(hand: Hand, at: datetime, drawn: int) -> None:
    def look(session: Session, viewer: Viewer) -> None:
        reference = session.scalars(select(Record.reference).where(Record.title == CHOSEN)).first()
        there = select(AuditPick.reference).where(AuditPick.sample_id == drawn)
        if reference is not None and reference not in session.scalars(there).all():
            actions.add(session, viewer, drawn, reference, WHY)
        picks = session.scalars(select(AuditPick).where(AuditPick.sample_id == drawn).order_by(AuditPick.position))
        for pick, note in zip(picks.all(), NOTES, strict=False):
            actions.look(session, viewer, drawn, pick.id, looked=True, note=note)

    hand.do(hand.person(AUDITOR), at + timedelta(minutes=30), look)


def _let_in(session: Session, viewer: Viewer, hand: Hand, drawn: int) -> None:
    first, last = hand.today - timedelta(days=2), hand.today + timedelta(days=28)
    guest = AuditGuest(
        person_id=hand.person(GUEST), organisation="Certificadora del Pacífico", invited_by_id=viewer.person_id,
        scope="Seguimiento ISO 9001: promoción comercial", valid_from=first, valid_to=last, version=1,
    )  # fmt: skip
    session.add(guest)
    session.flush()
    sample = session.get_one(AuditSample, drawn)
    about = {name: getattr(guest, name) for name in ("organisation", "scope", "valid_from", "valid_to")}
    guests.edit(
        session, viewer, guest.id, about | {"samples": [sample.id], "personal": False, "personal_reason": None}, None
    )


def _name_registers(session: Session, viewer: Viewer, hand: Hand) -> None:
    for clause, name, owner, place, days in REGISTERS:
        reviewed = hand.today - timedelta(days=days)
        about = {"name": name, "owner": owner, "place": place, "reviewed_on": reviewed}
        actions.register(session, viewer, clause, None, about, None)
