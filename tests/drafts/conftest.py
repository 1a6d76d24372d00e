"""Somebody of quality at a desk: begins drafts, fills their forms in and sends them as a browser would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session, undefer

from promo.procedures.models import ProcedureVersion
from promo.procedures.versions import library
from tests.access.hostile import Filled, forms
from tests.browser_like import Client
from tests.cast import Cast
from tests.pages import Page


class Desk:
    """A browser in which somebody writes drafts. ``id`` is the draft last begun."""

    def __init__(self, client: Client, session: Session) -> None:
        self.client, self.session, self.id = client, session, 0

    def new(self, code: str = "PE-TST-01", kind: str = "event", **more: str) -> int:
        """Begin a procedure; return its draft's number."""
        title = {"title_es": "Prueba", "title_en": "Trial", **more}
        answer = self.client.post("/drafts/new", data={"code": code, "kind": kind, **title})
        assert answer.status_code == 303, answer.text
        return self.is_at(answer.location)

    def is_at(self, address: str) -> int:
        """Go on with the draft that an address names; return its number."""
        self.id = int(address.split("/")[2].split("?")[0])
        return self.id

    def import_(self, text: str) -> Any:
        """Import a document as a new draft."""
        answer = self.client.post("/drafts/import", data={"text": text})
        if answer.status_code == 303:
            self.is_at(answer.location)
        return answer

    def library(self, code: str) -> int:
        """Load the library's drafts and go on with one of them."""
        self.client.post("/drafts/load")
        self.session.rollback()
        found = self.session.query(ProcedureVersion).join(ProcedureVersion.procedure).all()
        self.id = next(v.id for v in found if v.code == code)
        return self.id

    @property
    def version(self) -> ProcedureVersion:
        """The draft as it is stored now."""
        self.session.expire_all()
        return self.session.get_one(ProcedureVersion, self.id, options=[undefer(ProcedureVersion.definition)])

    @property
    def data(self) -> Any:
        """Its text."""
        return self.version.definition

    def get(self, page: str = "") -> Any:
        """Open a page of the draft."""
        return self.client.get(f"/drafts/{self.id}{page}")

    def form(self, page: str, action: str) -> Filled:
        """Return the form of a page that is sent to an action of the draft."""
        answer = self.get(page)
        assert answer.status_code == 200, answer.text
        return self.form_in(answer.text, action)

    def form_in(self, html: str, action: str) -> Filled:
        """Return the form of an answer that is sent to an action of the draft."""
        return next(f for f in forms(Page(html)) if f.action.startswith(f"/drafts/{self.id}/{action}"))

    def send(self, form: Filled, **changes: str | list[str] | None) -> Any:
        """Send a form with other values in some of its fields; None leaves a field out. ``__`` in a name is ``-``."""
        sent: dict[str, list[str]] = {}
        for name, value in form.values:
            sent.setdefault(name, []).append(value)
        for name, changed in changes.items():
            name = name.replace("__", "-")
            if changed is None:
                sent.pop(name, None)
            else:
                sent[name] = changed if isinstance(changed, list) else [changed]
        return self.client.post(form.action, data=sent)

    def add_stage(self, es: str, en: str = "") -> str:
        """Add a stage; return its key."""
        answer = self.client.post(f"/drafts/{self.id}/add_stage", data={"new_es": es, "new_en": en})
        assert answer.status_code == 303, answer.text
        return str(answer.location.partition("stage=")[2])

    def add(self, stage: str, type_: str, **values: str | list[str]) -> Any:
        """Add a requirement by its form."""
        address = f"/add_requirement/{stage}?type={type_}"
        form = self.form(address, f"add_requirement/{stage}")
        form.action = f"/drafts/{self.id}{address}"
        return self.send(form, **values)

    def faults(self) -> list[str]:
        """What the page lists as to be mended."""
        page = Page(self.get("/stages").text)
        box = page.by_id("draft-faults")
        return [a.text for a in page.all("a") if a.within("section") is box]


@pytest.fixture
def desk(sign_in: Callable[..., Client], cast: Cast, session: Session) -> Desk:
    """Gloria of quality at her desk."""
    return Desk(sign_in(cast.quality), session)


@pytest.fixture
def written() -> Callable[[str], Any]:
    """``written("PE-COM-02")`` is the library's document as it is written."""
    return lambda code: next(data for data in library() if data["code"] == code)
