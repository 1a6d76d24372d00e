"""What is wrong with this installation, and what to do about it: one finding a check."""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from promo.config import ROOT, Settings, settings
from promo.core import audit, clock, jobs
from promo.core.backup.tables import revision
from promo.core.backup.writing import MARK
from promo.core.db import session as open_session

Level = Literal["ok", "warning", "wrong"]
GIGABYTE = 1 << 30
LATE_JOB = timedelta(minutes=5)
OLD_BACKUP = timedelta(hours=26)  # a daily one, and two hours of grace
CLOCK_DRIFT = timedelta(seconds=5)
OLD_SEAL = timedelta(hours=1)  # sealed every five minutes, as long as somebody works


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and what to do when it is not well."""

    check: str
    level: Level
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON."""
        return asdict(self)


def examine() -> list[Finding]:
    """Run every check; one that fails to run is a finding too."""
    current = settings()
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found += check(current)
        except (SQLAlchemyError, OSError, smtplib.SMTPException) as error:
            open_session().rollback()
            name = check.__name__.removeprefix("check_")
            found.append(Finding(name, "wrong", f"could not be checked: {error}".splitlines()[0]))
    return found


def check_settings(current: Settings) -> Iterator[Finding]:
    """Keys, cookies, demonstration."""
    for path in sorted((current.data_dir / "keys").glob("*")):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("settings", "wrong", f"others can read {path}", f"chmod 600 {path}")
    if urlsplit(current.base_url).hostname not in ("127.0.0.1", "localhost") and not current.secure_cookies:
        yield Finding(
            "settings", "wrong", "cookies travel without encryption", "serve by HTTPS and set PROMO_SECURE_COOKIES=true"
        )
    if current.demo:
        yield Finding("settings", "warning", "this is a demonstration: its passwords are public", "unset PROMO_DEMO")
    yield Finding("settings", "ok", "the settings are in order")


def outdated(connection: Connection) -> str | None:
    """Say how far the schema is from the present one, or None when it is the same."""
    from alembic.config import Config  # here, so that no process that serves carries it
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(Config(ROOT / "migrations/alembic.ini")).get_current_head()
    there = revision(connection)
    return None if there == head else f"the schema is at {there or 'no'} revision, not {head}"


def check_database(current: Settings) -> Iterator[Finding]:
    """Reachable, whole, at the present schema."""
    connection = open_session().connection()
    if found := outdated(connection):
        yield Finding("database", "wrong", found, "promo db upgrade")
    if current.sqlite:
        state = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if state != "ok":
            yield Finding("database", "wrong", f"the file is damaged: {state}", "promo restore the last backup")
        version = connection.execute(text("SELECT sqlite_version()")).scalar()
        yield Finding("database", "ok", f"SQLite {version} answers")
        return
    if not connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).scalar():
        yield Finding("database", "wrong", "the extension pg_trgm is missing", "CREATE EXTENSION pg_trgm as its owner")
    encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        yield Finding("database", "wrong", f"the database is encoded in {encoding}", "make it anew with ENCODING UTF8")
    version = connection.execute(text("SHOW server_version")).scalar()
    yield Finding("database", "ok", f"PostgreSQL {version} answers")


def check_mail(current: Settings) -> Iterator[Finding]:
    """The mail server, if one is set, greets us."""
    if not current.mail_url:
        level: Level = "ok" if current.demo else "warning"
        yield Finding("mail", level, "no mail server: messages are read at /outbox", "set PROMO_MAIL_URL=smtp://…")
        return
    parts = urlsplit(current.mail_url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    host, port = parts.hostname or "localhost", parts.port or (465 if parts.scheme == "smtps" else 25)
    try:
        with kind(host, port, timeout=5) as server:
            server.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(
            "mail", "wrong", f"{host}:{port} does not answer: {error}", "look at PROMO_MAIL_URL and the server"
        )
        return
    yield Finding("mail", "ok", f"{host}:{port} answers")


def check_files(current: Settings) -> Iterator[Finding]:
    """The file store takes a file."""
    if not current.files_url.startswith("file://"):
        yield Finding("files", "ok", f"the store is {current.files_url.split('?')[0]}")
        return
    folder = Path(current.files_url.removeprefix("file://"))
    probe = folder / f".doctor-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "files", "wrong", f"{folder} takes no file: {error.strerror}", "give Promo's user the right to write"
        )
        return
    yield Finding("files", "ok", f"{folder} takes files")


def check_jobs(current: Settings) -> Iterator[Finding]:
    """Somebody works: no due job waits for long, none failed, the scheduler's seat is taken."""
    state = jobs.health(open_session())
    waited = timedelta(seconds=state["oldest_due_seconds"])
    if waited > LATE_JOB:
        minutes = round(waited.total_seconds() / 60)
        yield Finding(
            "jobs", "wrong", f"a job has been due for {minutes} minutes", "start promo serve (or promo serve --worker)"
        )
    if failed := state["counts"].get("failed"):
        yield Finding("jobs", "warning", f"{failed} jobs failed", "read their messages in the administration")
    if state["scheduler"] is None:
        yield Finding("jobs", "warning", "no scheduler is at work", "start promo serve (or promo serve --worker)")
    yield Finding("jobs", "ok", f"{state['counts'].get('waiting', 0)} jobs wait")


def check_disk(current: Settings) -> Iterator[Finding]:
    """There is room for a day's work."""
    usage = shutil.disk_usage(current.data_dir)
    free = f"{usage.free / GIGABYTE:.1f} GB free in {current.data_dir}"
    if usage.free < GIGABYTE:
        yield Finding("disk", "wrong", free, "make room: at less than 1 GB uploads and backups fail")
    elif usage.free < 0.05 * usage.total:
        yield Finding("disk", "warning", free, "make room: less than 5 % is left")
    else:
        yield Finding("disk", "ok", free)


def check_clock(current: Settings) -> Iterator[Finding]:
    """The clock goes like the database's, and not behind what was already written; time zones are known."""
    session = open_session()
    now = clock.now()
    if not current.sqlite:
        theirs = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        if abs(theirs - now) > CLOCK_DRIFT:
            yield Finding("clock", "wrong", f"the database's clock differs by {abs(theirs - now)}", "set both by NTP")
    if (newest := _newest(session)) and newest > now + CLOCK_DRIFT:
        yield Finding(
            "clock", "wrong", f"a record was written at {newest:%Y-%m-%d %H:%M} UTC, later than now", "set it by NTP"
        )
    yield Finding("clock", "ok", f"it is {now.astimezone(ZoneInfo('America/Lima')):%Y-%m-%d %H:%M} in Lima")


def _newest(session: Session) -> datetime | None:
    found: Any = session.execute(text("SELECT created_at FROM record ORDER BY id DESC LIMIT 1")).scalar()
    if isinstance(found, str):
        found = datetime.fromisoformat(found)
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def check_backup(current: Settings) -> Iterator[Finding]:
    """There is a backup, and it is not old."""
    mark = current.data_dir / MARK
    if not mark.exists():
        level: Level = "ok" if current.demo else "warning"
        yield Finding("backup", level, "no backup has been made", "promo backup DIR, daily, to another machine")
        return
    last = json.loads(mark.read_text())
    age = clock.now() - datetime.fromisoformat(last["made_at"])
    hours = round(age.total_seconds() / 3600)
    if age > OLD_BACKUP:
        yield Finding("backup", "warning", f"the last backup is {hours} hours old", "promo backup DIR, daily")
    else:
        yield Finding("backup", "ok", f"the last backup is {hours} hours old: {last['folder']}")


def check_trail(current: Settings) -> Iterator[Finding]:
    """What happened is sealed soon afterwards. Whether it is whole takes longer: ``promo audit verify``."""
    head, tail, since = audit.unsealed(open_session())
    if tail and since and clock.now() - since > OLD_SEAL:
        hours = round((clock.now() - since).total_seconds() / 3600)
        yield Finding(
            "trail",
            "wrong",
            f"{tail} events wait to be sealed, the oldest for {hours} hours",
            "promo audit verify, then start promo serve (or promo serve --worker)",
        )
        return
    when = f"checkpoint {head.number} of {head.at[:16]}Z" if head else "no checkpoint yet"
    yield Finding("trail", "ok", f"{when}, unsealed tail of {tail} events")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_settings,
    check_database,
    check_mail,
    check_files,
    check_jobs,
    check_disk,
    check_clock,
    check_backup,
    check_trail,
)
