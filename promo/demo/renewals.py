"""The present of the procedures: one renewed in substance and read by most, another under review, a move asked for."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import session as reading
from promo.core.db import write
from promo.core.records import Record
from promo.demo import papers
from promo.demo.carrying import Hand
from promo.moves import actions as moves
from promo.procedures import readers
from promo.procedures import versions as engine
from promo.procedures.case import definition_of
from promo.procedures.matching import effective
from promo.procedures.models import ProcedureVersion, Run
from promo.procedures.version_models import Acknowledgement
from promo.versions import actions as versions

DIEGO, ELENA, GLORIA = "diego.paredes", "elena.cardenas", "gloria.mendoza"
RENEWED, REVIEWED = "PE-COM-01", "PE-COM-02"
IN_FORCE = 6  # days ago
UNREAD = ("luis.ramos", "carmen.nahui", "ivan.benavides")  # of those who sign in; the others have read it
LETTER = {
    "key": "host_letter", "evidence": "invitation",
    "label": {"es": "Carta de la entidad anfitriona", "en": "Letter of the host institution"},
    "guidance": {"es": "Con la fecha y el lugar confirmados.", "en": "With date and place confirmed."},
}  # fmt: skip
BUYERS = {
    "key": "buyers_list", "evidence": "demand_note",
    "label": {
        "es": "Lista de compradores con su último año de importaciones",
        "en": "List of buyers with their last year's imports",
    },
    "guidance": {"es": "Con la fuente y la fecha del dato.", "en": "With the source and date of the figures."},
}  # fmt: skip
RENEWAL = {
    "es": "Antes de cerrar la propuesta y la selección se pide la carta de la entidad anfitriona.",
    "en": "The letter of the host institution is asked before the proposal and the selection are closed.",
}
PROPOSAL = {
    "es": "Se pide la lista de compradores con su último año de importaciones antes de cerrar la demanda.",
    "en": "The list of buyers with their last year's imports is asked before the demand is closed.",
}
COMMENTS = (
    (
        ELENA,
        0,
        "La nota conceptual ya pide esto: ¿hace falta repetirlo?",
        "Se quita de la nota; queda solo aquí.",
        True,
    ),
    (GLORIA, 2, "Diga de qué fuente oficial sale el dato de importaciones.", "", False),
    (ELENA, 2, "El plazo queda corto para las oficinas con otro fin de semana.", "", False),
)


def tell(hand: Hand, rng: random.Random, today: date) -> None:
    """Renew one procedure, hand the next version of another in for review, ask to move one case file on."""
    renewed = _renew(hand, today)
    _read(hand, rng, renewed, today)
    _review(hand, today)
    _ask_to_move(hand, today)
    _look_again(hand, today)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def _draft(
    hand: Hand, code: str, day: date, changes: Mapping[str, str], asked: Mapping[str, Any], stages: Sequence[int]
) -> int:
    """Write the next version of a procedure and hand it in; returns its number in the table."""
    in_force = next(v for v in effective(reading()) if v.code == code)
    data: dict[str, Any] = copy.deepcopy(in_force.definition)
    for place in stages:
        if place < len(data["stages"]) and not data["stages"][place].get("final"):
            data["stages"][place].setdefault("requires", []).append(
                copy.deepcopy(dict(asked)) | {"key": f"{asked['key']}_{place}"}
            )
    diego = hand.person(DIEGO)
    made = hand.do(diego, _at(day, 15), lambda session, viewer: engine.add_draft(session, data, viewer.person_id))
    assert made is not None
    version_id = made.id
    hand.do(
        diego, _at(day, 16), lambda s, viewer: versions.submit(s, viewer, version_id, substance=True, changes=changes)
    )
    return version_id


def _renew(hand: Hand, today: date) -> int:
    """Take a new version through review and approval into force on its date."""
    day = today - timedelta(days=IN_FORCE)
    version_id = _draft(hand, RENEWED, day - timedelta(days=20), RENEWAL, LETTER, (0, 2))
    signing = _at(day - timedelta(days=5), 17)
    number = f"RD 0112-{day.year}-DPE"
    paper = papers.pdf(number, [f"Aprueba {RENEWED}, versión 2.", f"Vigente desde el {day:%d/%m/%Y}."])
    token = hand.hold(hand.person(GLORIA), signing, f"{number}.pdf", paper)
    values = {"act_number": number, "act_date": signing.date(), "effective_on": day, "vacancies": None}
    hand.do(hand.person(GLORIA), signing, lambda s, viewer: versions.approve(s, viewer, version_id, values, token))
    with clock.at(_at(day, 6)), write() as session:
        engine.bring_into_force(session, session.get_one(ProcedureVersion, version_id), day)
    return version_id


def _read(hand: Hand, rng: random.Random, version_id: int, today: date) -> None:
    """Let most of those concerned say that they have read it, on one of the days since."""
    with write() as session:
        version = session.get_one(ProcedureVersion, version_id)
        unread = {hand.person(local) for local in UNREAD}
        for reader in readers.readers(readers.staff(session, today), definition_of(version)):
            days, hour, reads = rng.randrange(1, IN_FORCE + 1), rng.randrange(13, 22), rng.random() < 0.8
            if reads and reader.person_id not in unread:
                at = _at(today - timedelta(days=days), hour)
                session.add(Acknowledgement(version_id=version_id, person_id=reader.person_id, at=at))


def _review(hand: Hand, today: date) -> None:
    """Hand a draft in and let it be commented on."""
    version_id = _draft(hand, REVIEWED, today - timedelta(days=4), PROPOSAL, BUYERS, (2,))
    keys = [stage.key for stage in definition_of(reading().get_one(ProcedureVersion, version_id)).stages]
    for number, (who, place, text, answer, settled) in enumerate(COMMENTS):
        at = _at(today - timedelta(days=3 - min(number, 2)), 15 + number)
        stage = keys[min(place, len(keys) - 1)]
        made = hand.do(hand.person(who), at, partial(_comment, version_id, stage, text))
        if answer:
            hand.do(hand.person(DIEGO), at + timedelta(hours=3), partial(_answer, made, answer))
        if settled:
            hand.do(hand.person(who), at + timedelta(hours=4), partial(_resolve, made))


def _comment(version_id: int, stage: str, text: str, session: Session, viewer: Viewer) -> int:
    return versions.comment(session, viewer, version_id, stage, text).id


def _answer(comment_id: int, text: str, session: Session, viewer: Viewer) -> None:
    versions.answer(session, viewer, comment_id, text)


def _resolve(comment_id: int, session: Session, viewer: Viewer) -> None:
    versions.resolve(session, viewer, comment_id)


def _ask_to_move(hand: Hand, today: date) -> None:
    """Let the owner of an open mission that stands under the former version ask to move it on."""
    found = (
        select(Record.id, Record.owner_id)
        .join(Run, Run.record_id == Record.id)
        .join(ProcedureVersion, ProcedureVersion.id == Run.version_id)
        .where(Run.finished_at.is_(None), ProcedureVersion.status == "obsolete")
        .order_by(Record.id)
    )
    row = reading().execute(found.limit(1)).first()
    if row is None or row.owner_id is None:
        return
    why = "La entidad anfitriona ya envió su carta; conviene seguir con la versión vigente."
    hand.do(row.owner_id, _at(today - timedelta(days=1), 16), lambda s, v: moves.ask(s, v, [row.id], {}, why))


def _look_again(hand: Hand, today: date) -> None:
    """Say of the other procedures that they still hold: of one nearly a year ago, so that it falls due again."""
    others = [v.id for v in effective(reading()) if v.code != RENEWED]
    for number, version_id in enumerate(others):
        at = _at(today - timedelta(days=345 - 120 * number), 15)
        note = "Se revisó con las oficinas: sigue siendo válido."
        hand.do(hand.person(GLORIA), at, partial(_still_holds, version_id, note))


def _still_holds(version_id: int, note: str, session: Session, viewer: Viewer) -> None:
    versions.reviewed(session, viewer, version_id, note)
