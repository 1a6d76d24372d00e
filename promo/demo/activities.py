"""Two years of invented activities, in the order in which they were entered."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from promo.activities.models import WITH, Activity
from promo.contacts.models import Contact
from promo.core.records import RecordLink
from promo.demo.contacts import Known
from promo.demo.firms import SHARES, VISIBILITIES
from promo.demo.people import Office
from promo.demo.store import Store
from promo.work.models import Task

WORDS = {"meeting": "Reunión", "call": "Llamada", "visit": "Visita", "message": "Mensaje", "mail": "Correo electrónico"}
KINDS = ("meeting", "meeting", "call", "call", "message", "message", "message", "mail", "mail", "visit")
LINES = (
    "Interés en quinua blanca y kiwicha; piden muestras de cinco kilos.",
    "Confirmó su participación en la rueda de negocios.",
    "Pide ficha técnica y certificado orgánico vigente.",
    "Conversación sobre rutas gastronómicas en Arequipa y Cusco.",
    "Evalúa una visita a Ica en la próxima campaña de arándano.",
    "Compara precios de palta Hass con los de otro origen; quiere dos contenedores de prueba.",
    "Busca proveedores de prendas de alpaca para la temporada de otoño.",
    "Preguntó por los requisitos del concurso de proyectos en activos.",
    "Quiere un menú nikkei para su semana peruana en septiembre.",
    "El envío de muestras quedó retenido en aduanas; enviamos la carta de apoyo.",
    "Propone un viaje de familiarización para seis agencias.",
    "Mandó el contacto de la persona que decide las compras en la sede.",
    None,
)
STEPS = (
    "Enviar muestras",
    "Enviar ficha técnica",
    "Llamar para confirmar",
    "Presentar a tres proveedores",
    "Mandar la invitación",
)


class Diary:
    """Adds activities and remembers the last contact with each contact."""

    def __init__(self, store: Store, rng: random.Random, today: date, version_id: int) -> None:
        self.store, self.rng, self.today, self.version_id = store, rng, today, version_id
        self.last: dict[int, date] = {}

    def add(self, office: Office, known: Known, entered: datetime) -> None:
        """Collect one activity with a contact of a post, entered at a moment; a quarter of them promise a next step."""
        rng = self.rng
        kind, owner = rng.choice(KINDS), rng.choice(office.writers)
        late = rng.random() < 0.03
        occurred = entered - (
            timedelta(days=rng.randrange(12, 30)) if late else timedelta(minutes=rng.randrange(5, 600))
        )
        day, line = occurred.astimezone(office.zone).date(), rng.choice(LINES)
        step = rng.choice(STEPS) if rng.random() < 0.25 else None
        due = entered.date() + timedelta(days=rng.randrange(2, 25)) if step else None
        pillar = rng.choices(("trade", "tourism", "gastronomy", "investment"), (60, 18, 12, 10))[0]
        title = f"{WORDS[kind]} con {known.title if known.shared else '…'}"
        id_ = self.store.add_record(
            "activity", "AC", office, title, entered, owner_id=owner,
            pillar=pillar, country=office.country, status="logged", parts=(line, step), starts_on=day,
            visibility=rng.choices(VISIBILITIES, cum_weights=SHARES)[0],
        )  # fmt: skip
        self.store.add(
            Activity, id=id_, activity_type=kind, occurred_at=occurred, timezone=office.zone.key, text=line,
            next_step=step, next_on=due, entered_by_id=owner, late=late,
            procedure_version_id=self.version_id,
        )  # fmt: skip
        for to in (known.id, known.firm_id):
            if to is not None:
                self.store.add(RecordLink, from_id=id_, to_id=to, role=WITH, at=occurred)
        if step:
            done = due is not None and due < self.today - timedelta(days=3) and entered + timedelta(days=1)
            self.store.add(
                Task, record_id=id_, title=step, owner_id=owner, due_on=due, done_at=done or None, created_at=entered
            )
        self.last[known.id] = max(day, self.last.get(known.id, day))

    def note_last_contacts(self, session: Session) -> None:
        """Write the day of the last contact of each contact; empties the memory."""
        table = Contact.__table__
        statement = update(table).where(table.c.id == bindparam("contact")).values(last_contact_on=bindparam("day"))  # type: ignore[arg-type]
        rows = [{"contact": id_, "day": day} for id_, day in sorted(self.last.items())]
        if rows:
            session.connection().execute(statement, rows)
        self.last.clear()
