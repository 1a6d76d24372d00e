"""The application, put together from top to bottom like a table of contents."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, g, has_request_context, request
from flask.templating import Environment
from flask_babel import Babel
from flask_compress import Compress
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from whitenoise import WhiteNoise

from promo import config, logs
from promo.config import ROOT, Settings
from promo.core.db import db, prepare_engine
from promo.web import errors, filters, frame, guard, incoming, trail, transaction, translations, turns

# What runs by itself, whoever asks for it: registered in every process.
BACKGROUND = ("core.jobs.schedule", "core.outbox", "core.audit.sealing")
# Features, in the order of the floors: each has models, permissions, a kind or views, or all of them.
FEATURES = (
    "reference",
    "accounts",
    "notices",
    "calendars",
    "work",
    "procedures",
    "drafts",
    "exceptions",
    "urgencies",
    "nonconformities",
    "versions",
    "acknowledgements",
    "rehearsals",
    "moves",
    "trail",
    "organisations",
    "contacts",
    "activities",
    "outcomes",
    "acts",
    "events",
    "missions",
    "conformance",
    "audits",
    "guests",
    "reports",
    "exports",
    "home",
)
CSP = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "style-src": "'self'",
    "script-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
BODY_LIMIT = 52 * 1024 * 1024


class Templates(Environment):
    """Templates that see their globals in one dict; the usual chain of two is searched in Python, hundreds of times."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Lay a template's own globals over those of all."""
        return {**self.globals, **(d or {})}


def create_app(settings: Settings | None = None) -> Flask:
    """Make the web application for these settings (else those of the environment)."""
    settings = settings or config.settings()
    config.use(settings)
    app = Flask("promo", root_path=str(ROOT / "promo"), template_folder=str(ROOT / "templates"), static_folder=None)
    configure(app, settings)
    logs.init_app(app)
    incoming.init_app(app)
    init_database(app)
    init_languages(app)
    init_security(app, settings)
    transaction.init_app(app)
    guard.init_app(app)
    trail.init_app(app)
    filters.init_app(app)
    frame.init_app(app)
    errors.init_app(app)
    register_features(app)
    Compress(app)
    turns.init_app(app)
    serve_static(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Hand the settings to Flask and its extensions under the names they know."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": not settings.sqlite, **pool(settings)},
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stand open all day; the session ends on its own clock
        WTF_CSRF_SSL_STRICT=False,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        BABEL_DEFAULT_LOCALE="es",
        TESTING=settings.testing,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=3,  # a list of 66 kB becomes 9 kB in half a millisecond
        COMPRESS_STREAMS=False,
    )
    app.jinja_environment = Templates
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_options = {**app.jinja_options, "auto_reload": settings.testing}


def pool(settings: Settings) -> dict[str, int]:
    """Return the pool's sizes: a connection for each thread of a worker."""
    return {"pool_size": 8, "max_overflow": 8}


def init_database(app: Flask) -> None:
    """Connect the database."""
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def init_languages(app: Flask) -> None:
    """Choose the language: the person's, else the one chosen before signing in, else the browser's, else Spanish."""

    def locale() -> str:
        if "locale" in g:
            return str(g.locale)
        if not has_request_context():  # a command or a job
            return "es"
        viewer = guard.maybe_viewer()
        if viewer is not None:
            return viewer.locale
        chosen = request.cookies.get("promo_language")
        return chosen if chosen in ("es", "en") else request.accept_languages.best_match(["es", "en"]) or "es"

    def zone() -> str:
        return filters.reader_zone() if has_request_context() else "America/Lima"

    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "promo" / "translations")
    translations.init_app(app, Babel(app, locale_selector=locale, timezone_selector=zone))


def init_security(app: Flask, settings: Settings) -> None:
    """Ask for a token with each write, and tell browsers to run nothing but our own scripts."""
    CSRFProtect(app)
    Talisman(
        app,
        content_security_policy=CSP,
        force_https=False,
        session_cookie_secure=settings.secure_cookies,
        strict_transport_security=settings.secure_cookies,
        referrer_policy="same-origin",
    )

    @app.after_request
    def keep_nothing(response):  # type: ignore[no-untyped-def]
        """Let no browser keep a page with people's data; what is static says otherwise for itself."""
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def register_features(app: Flask) -> None:
    """Load each feature's tables, rules, kind and pages, where it has them."""
    for name in BACKGROUND:
        import_module(f"promo.{name}")
    for feature in FEATURES:
        folder = ROOT / "promo" / feature
        for part in ("models", "permissions", "measures", "kind", "jobs", "views", "wiring"):
            if (folder / f"{part}.py").exists():
                module = import_module(f"promo.{feature}.{part}")
                if part == "views":
                    app.register_blueprint(module.blueprint)
                if part == "wiring":
                    module.init_app(app)
    if (ROOT / "promo" / "web" / "uploads.py").exists():
        app.register_blueprint(import_module("promo.web.uploads").blueprint)


def serve_static(app: Flask) -> None:
    """Serve the built files, whose names bear their digest, from memory maps and for ever."""
    built = ROOT / "static" / "dist"
    manifest = built / "manifest.json"
    names = json.loads(manifest.read_text()) if manifest.exists() else {}

    def asset(name: str) -> str:
        return f"/static/{names.get(name, name)}"

    drawing = (ROOT / "static" / "src" / "promo.svg").read_text()
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["favicon"] = lambda: f"data:image/svg+xml,{quote(drawing)}"  # spares a request
    if built.exists():
        app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
            app.wsgi_app, root=str(built), prefix="static/", immutable_file_test=_has_digest
        )


def _has_digest(_path: str, url: str) -> bool:
    return "-" in Path(url).stem
