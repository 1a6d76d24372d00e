"""The world that tests find: schema, reference data, the cast; and how it is put back."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from flask import Flask, has_app_context

from promo import config
from promo.accounts import security
from promo.accounts.models import Person
from promo.accounts.wiring import COOKIE
from promo.app import create_app
from promo.calendars import queries as calendars
from promo.core.db import create_schema, db, write
from promo.reference import actions as reference
from promo.reference.queries import kept
from tests import database
from tests.browser_like import Client
from tests.cast import Cast, Member, settle


def make(folder: Path, place: database.Place) -> tuple[Flask, Cast]:
    """Make the application and everything that each test starts from."""
    settings = config.load(
        data_dir=folder / "var", database_url=place.url, testing=True, base_url="http://localhost",
        secret_key="s" * 48, signing_key="k" * 48, log_format="text",
    )  # fmt: skip
    app = create_app(settings)
    app.config["PROPAGATE"] = True  # a fault in a page is the test's failure, not a page that says sorry
    app.test_client_class = Client
    with app.app_context():
        with db.engine.begin() as connection:
            create_schema(connection)
        with write() as session:
            reference.load(session)
            reference.load_demo_rates(session, date.today())
            cast = settle(session)
        db.session.remove()
        place.keep(db.engine)
    shutil.copytree(settings.data_dir, folder / "var_template")
    return app, cast


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def clean(app: Flask, place: database.Place) -> None:
    """Set database and files back to how each test finds them."""
    with app.app_context():
        db.session.remove()
        place.set_back(db.engine)
    calendars.kept.forget()
    kept.forget()  # a stamp may come again with another content when time is turned back
    folder = config.settings().data_dir
    if _files(folder) != _files(place.folder / "var_template"):
        shutil.rmtree(folder)
        shutil.copytree(place.folder / "var_template", folder)


def leave(app: Flask) -> None:
    """Close every connection at the end of the run."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def open_device(app: Flask, member: Member, *, shared: bool = False) -> str:
    """Open a device session for a member of the cast, as the sign-in page does; return its cookie."""
    with app.app_context():
        with write() as session:
            person = session.get_one(Person, member.id)
            token = security.open_session(session, person, "test", "127.0.0.1", shared=shared, strong=True)
        db.session.remove()
    return token


def sign_in(client: Client, member: Member, *, shared: bool = False) -> None:
    """Sign a member of the cast in."""
    client.set_cookie(COOKIE, open_device(client.application, member, shared=shared))


def forget_reads() -> None:
    """Let the test's own session read anew what a request has changed."""
    if has_app_context():
        db.session.rollback()


Client.after = staticmethod(forget_reads)
