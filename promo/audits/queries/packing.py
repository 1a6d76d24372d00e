"""Writing a pack: for each case file its pages, data, events and files; procedures, sample, proofs, seals, verifier."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.audits.models import AuditSample
from promo.audits.queries import contents, reading
from promo.audits.queries.followed import Write, paper_of, steps
from promo.audits.queries.masking import Level
from promo.audits.queries.reading import Dossier
from promo.audits.queries.samples import kept_list, picks
from promo.audits.queries.stages import standings
from promo.config import settings
from promo.core import audit, clock
from promo.core.access import Viewer
from promo.core.audit import Checkpoint, Entry, Prover
from promo.core.audit.digests import iso
from promo.core.audit.reading import EVENT
from promo.core.evidence import Happened, Pack, happened, proofs
from promo.core.exporting import Progress
from promo.core.files import open_file
from promo.procedures import words
from promo.procedures.case import Case
from promo.procedures.models import APPROVAL_STATES, Approval, ProcedureVersion

BATCH = 10  # case files read at once
CHAIN = 1000  # seals that go into a pack: its own and those before it
STYLE = Path(__file__).parents[1] / "data" / "pack.css"


class Pen(Protocol):
    """How a pack is drawn and put into words, as pages are."""

    def draw(self, template: str, **context: Any) -> str:
        """Draw a template."""

    def write(self, field: Any, value: Any, names: Any) -> str | None:
        """Write a value in words."""

    def tell(self, entry: Entry, names: Any) -> dict[str, Any]:
        """Tell an event in words."""


@dataclass
class Wanted:
    """Of what a pack is made, for whom, and how much of it is masked."""

    ids: list[int]
    level: Level
    reader: Viewer
    made_for: str
    sample: AuditSample | None = None
    id: str = field(default_factory=lambda: f"EP-{secrets.token_hex(6).upper()}")


_pens: list[Pen] = []


def write_with(pen: Pen) -> None:
    """Say how packs are drawn and written: the wiring does, since only pages know the web."""
    _pens[:] = [pen]


def compose(session: Session, wanted: Wanted, head: Checkpoint, path: Path, progress: Progress) -> dict[str, Any]:
    """Write a pack with all that happened up to a seal; return what the trail keeps of it."""
    made = _Composing(session, wanted, head, _pens[0])
    manifest = {
        "id": wanted.id,
        "made_for": wanted.made_for,
        "made_at": iso(clock.now()),
        "made_by": settings().base_url,
        "masked": wanted.level.name.lower(),
        "checkpoint": head.number,
    }
    with Pack(path, manifest) as pack:
        made.write(pack, progress)
    return {"pack": wanted.id, "masked": manifest["masked"], "references": [line["reference"] for line in made.lines]}


@dataclass
class _Composing:
    """A pack on its way."""

    session: Session
    wanted: Wanted
    head: Checkpoint
    pen: Pen
    events: list[Happened] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    versions: set[int] = field(default_factory=set)

    def write(self, pack: Pack, progress: Progress) -> None:
        """Write everything."""
        ids = self.wanted.ids
        progress(0, len(ids))
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            level, until = self.wanted.level, self.head.last_event_id
            found = reading.read(self.session, self.wanted.reader, batch, level, until=until)
            for done, dossier in enumerate(found, start + 1):
                self._record(pack, dossier)
                progress(done, len(ids))
        for version in reading.versions(self.session, self.versions):
            self._version(pack, version)
        if self.wanted.sample is not None:
            self._sample(pack, self.wanted.sample)
        pack.add_json("checkpoints.json", [c.as_dict() for c in audit.chain(self.session, self.head, CHAIN)])
        pack.add_json("proofs.json", proofs(Prover(self.session.connection(), self.head), self.events))
        pack.add("pack.css", STYLE.read_text())
        about: dict[str, Any] = {"wanted": self.wanted, "made_at": clock.now(), "head": self.head}
        self._page(pack, "index.html", "audits/_index.html", _("Evidence pack"), lines=self.lines, **about)
        texts = []
        for language in ("es", "en"):
            with force_locale(language):
                texts.append(self.pen.draw("audits/_readme.txt", lines=self.lines, **about))
        pack.add("README.txt", "\n\n".join(texts))

    def _record(self, pack: Pack, dossier: Dossier) -> None:
        folder = f"records/{dossier.record.reference}"
        members = {}
        for file in dossier.files:
            if not self.wanted.level.withholds:
                try:
                    stream = open_file(file)
                except FileNotFoundError:
                    continue  # the case file says that it is lost
                members[file.id] = contents.member_of(folder, file)
                with stream:
                    pack.add_stream(members[file.id], stream)
        shown = page_of(dossier, self.pen.write) | {
            "members": {id_: name.removeprefix(f"{folder}/") for id_, name in members.items()},
            "procedure_url": None,
            "wanted": self.wanted,
            "head": self.head,
        }
        title = f"{dossier.record.reference} {dossier.title}"
        self._page(pack, f"{folder}/page-one.html", "audits/_followed.html", title, up="../../", **shown)
        happened = [self.pen.tell(entry, dossier.names) for entry in dossier.entries]
        stood = standings(dossier, self.pen.write)
        data = {"standings": stood, "happened": happened, **shown}
        self._page(pack, f"{folder}/data.html", "audits/_data.html", title, up="../../", **data)
        pack.add_json(f"{folder}/record.json", contents.case_file(dossier, stood, members))
        self._events(pack, f"{folder}/events.json", dossier.events)
        if dossier.case is not None:
            self.versions.add(dossier.case.run.version_id)
        self.lines.append(
            {"reference": dossier.record.reference, "title": dossier.title, "kind": dossier.kind, "folder": folder,
             "page": shown}
        )  # fmt: skip

    def _events(self, pack: Pack, name: str, events: Sequence[Happened]) -> None:
        hide = self.wanted.level.hide
        pack.add_json(name, {"events": [event.as_dict(hide) for event in events]})
        self.events.extend(events)

    def _version(self, pack: Pack, version: ProcedureVersion) -> None:
        folder = f"procedures/{version.code}-v{version.number}"
        pack.add_json(f"{folder}/definition.json", contents.version(version))
        self._events(pack, f"{folder}/events.json", self._of_row(ProcedureVersion.__tablename__, version.id))

    def _sample(self, pack: Pack, drawn: AuditSample) -> None:
        chosen = picks(self.session, self.wanted.reader, drawn.id)
        pack.add_json("sample/sample.json", contents.sample(drawn, chosen))
        pack.add("sample/population.txt", kept_list(self.session, drawn))
        self._events(pack, "sample/events.json", self._of_row(AuditSample.__tablename__, drawn.id))

    def _of_row(self, table: str, id_: int) -> list[Happened]:
        of_row = (EVENT.c.table_name == table) & (EVENT.c.row_key == str(id_))
        return list(happened(self.session.connection(), of_row, self.head.last_event_id))

    def _page(self, pack: Pack, name: str, template: str, title: str, *, up: str = "", **context: Any) -> None:
        body = self.pen.draw(template, up=up, **context)
        pack.add(name, self.pen.draw("audits/_document.html", title=title, body=body, up=up))


def page_of(dossier: Dossier, write: Write) -> dict[str, Any]:
    """Return what the first page shows of a record: the site's page, the pack's and its PDF are drawn from it."""
    case = dossier.case
    told = steps(dossier, write)
    papers = [paper_of(dossier, file) for file in dossier.files]
    required = {paper.id for step in told for line in step.lines for paper in line.papers}
    return {
        "dossier": dossier,
        "record": dossier.record,
        "kind": dossier.kind,
        "version": case.run.version if case else None,
        "procedure": words.pick(case.definition.title) if case else "",
        "steps": told,
        "papers": papers,
        "others": [paper for paper in papers if paper.id not in required],
        "approvals": [_approval(dossier, case, one) for one in case.approvals] if case else [],
    }


def _approval(dossier: Dossier, case: Case, one: Approval) -> dict[str, Any]:
    """Return a request of approval in words."""
    route = str(words.BY_WAY_OF[one.route_step]) if one.route_step else ""
    why = words.route_words(one.route_why)
    return {
        "function": words.function_label(one.function, case.functions),
        "stage": words.stage_title(case.definition, one.stage),
        "state": str(dict(APPROVAL_STATES)[one.state]),
        "reason": one.reason,
        "asked_by": dossier.name(one.asked_by_id),
        "asked_at": one.asked_at,
        "route": f"{route} ({why})" if why else route,
        "decided_by": dossier.name(one.decided_by_id),
        "decided_at": one.decided_at,
        "digest": one.digest,
    }
