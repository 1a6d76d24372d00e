"""One job from claim to end. Its book-keeping uses a connection of its own, so that it never disturbs the handler's."""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import structlog
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Engine, and_, update
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import db, session, writing
from promo.core.errors import PromoError
from promo.core.jobs.models import Job
from promo.core.jobs.queue import due, due_now
from promo.core.jobs.registry import handler

log = structlog.get_logger()
LEASE = timedelta(seconds=30)  # how long a claim holds without being renewed
LOOK = 0.5  # seconds between two writes of progress, or two looks whether it was called off
LONGEST_WAIT = timedelta(hours=1)
UNKNOWN = _l("This program does not know that job: it may be of another version.")
BROKEN_OFF = _l("The job was broken off too often. Ask for it again; if that does not help, tell the administrator.")
stopping = threading.Event()  # set when this process is to end


class Stopped(Exception):
    """The process ends: the job goes back to the queue and will go on at its resume mark."""


class Lost(Exception):
    """The job was called off, or its claim ran out and another worker has it: this one must write nothing more."""


class JobContext:
    """What a handler knows of its job, and how it says how far it is.

    ``payload`` is what was asked; ``resume`` is the last mark saved by an earlier beginning, or None.
    """

    def __init__(self, row: Job, claim: str, engine: Engine) -> None:
        self.id, self.name, self.payload = row.id, row.name, row.payload
        self.owner_id, self.locale, self.attempt = row.owner_id, row.locale, row.attempts
        self.resume, self.done, self.total = row.resume, row.done, row.total
        self.finished = False
        self._claim, self._engine = claim, engine
        self._told = self._looked = 0.0
        self._called_off = False

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Say how far it is. Stored at most twice a second; inside a ``write()`` it is only remembered."""
        self.done, self.total = done, total if total is not None else self.total
        moment = time.monotonic()
        if writing() or (moment - self._told < LOOK and message is None):
            return
        self._told = moment
        values: dict[str, Any] = {"done": self.done, "total": self.total}
        self._update(values | ({"message": message} if message is not None else {}))

    def cancelled(self) -> bool:
        """Whether it was called off. Raises :class:`Stopped` when the process is to end: it goes on elsewhere."""
        if stopping.is_set():
            raise Stopped
        moment = time.monotonic()
        if not self._called_off and not writing() and moment - self._looked >= LOOK:
            self._looked = moment
            with self._engine.connect() as connection:
                self._called_off = connection.execute(Job.__table__.select().where(self._mine())).first() is None
        return self._called_off

    def check(self) -> None:
        """Raise :class:`Lost` when it was called off, :class:`Stopped` when this process is to end."""
        if self.cancelled():
            raise Lost

    def save_resume(self, mark: Any, session: Session | None = None) -> None:
        """Save where to go on, with ``session`` in the very transaction of the writes that it stands for.

        Raises :class:`Lost` when the job is no longer this worker's, which rolls those writes back.
        """
        self.resume = mark
        values = {"resume": mark, "done": self.done, "total": self.total}
        if not self._update(values, session):
            raise Lost

    def finish(self, session: Session, result: Any = None) -> None:
        """Mark it done in the transaction of its effect: both happen, or neither. Raises :class:`Lost`."""
        if not self._update({"state": "done", "result": result, "finished_at": clock.now(), "message": None}, session):
            raise Lost
        self.finished = True

    def hold(self, session: Session) -> None:
        """Take the write lock and make sure that the job is still this worker's. Raises :class:`Lost`."""
        if not self._update({"locked_until": clock.now() + LEASE}, session):
            raise Lost

    def _mine(self) -> ColumnElement[bool]:
        return and_(Job.id == self.id, Job.claim == self._claim, Job.state == "running")

    def _update(self, values: dict[str, Any], session: Session | None = None) -> bool:
        statement = update(Job).where(self._mine()).values(**values).returning(Job.id)
        if session is not None:
            options = {"synchronize_session": False}
            return session.execute(statement, execution_options=options).first() is not None
        with self._engine.begin() as connection:
            return connection.execute(statement).first() is not None

    def renew(self) -> None:
        """Keep the claim for another while."""
        self._update({"locked_until": clock.now() + LEASE})


def _claim(engine: Engine, job_id: int, claim: str) -> Job | None:
    statement = (
        update(Job)
        .where(Job.id == job_id, due_now())
        .values(
            state="running", claim=claim, attempts=Job.attempts + 1, started_at=clock.now(),
            locked_until=clock.now() + LEASE,
        )
        .returning(Job)
    )  # fmt: skip
    with Session(engine, expire_on_commit=False) as own:
        found = own.scalars(statement, execution_options={"synchronize_session": False}).first()
        if found is not None:
            own.expunge(found)
        own.commit()
    return found


@contextmanager
def _renewing(context: JobContext) -> Iterator[None]:
    """Renew the claim from beside while the handler runs, however long it takes."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE.total_seconds() / 3):
            try:
                context.renew()
            except Exception as error:
                log.warning("claim not renewed", job=context.id, error=str(error))

    beside = threading.Thread(target=renew, name=f"job-{context.id}", daemon=True)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()


Frame = Callable[[JobContext], AbstractContextManager[object]]
_frames: list[Frame] = []


def surround(frame: Frame) -> None:
    """Put a context manager around every handler: the trail says there who acts."""
    _frames.append(frame)


def run(job_id: int) -> bool:
    """Run a job if it is due and nobody else has it; return whether it was. Needs an application context."""
    assert not writing()
    session().rollback()
    claim = secrets.token_hex(16)
    row = _claim(db.engine, job_id, claim)
    if row is None:
        return False
    context = JobContext(row, claim, db.engine)
    known = handler(row.name) if _known(row.name) else None
    if known is None or row.attempts > known.attempts:
        with force_locale(row.locale):
            _end(context, "failed", message=str(UNKNOWN if known is None else BROKEN_OFF))
        return True
    structlog.contextvars.bind_contextvars(job=row.id)
    try:
        with _renewing(context), force_locale(row.locale), ExitStack() as around:
            for frame in _frames:
                around.enter_context(frame(context))
            result = known.run(context)
        if not context.finished:
            _end(context, "done", result=result, message=None)
    except Lost:
        log.info("job called off", name=row.name)
    except Stopped:
        context._update({"state": "waiting", "claim": None, "locked_until": None, "attempts": row.attempts - 1})
    except PromoError as error:
        with force_locale(row.locale):
            _end(context, "failed", message=str(error))
    except Exception as error:
        _failed(context, known.attempts, known.backoff, error)
    finally:
        session().rollback()
        structlog.contextvars.unbind_contextvars("job")
    return True


def _known(name: str) -> bool:
    try:
        handler(name)
    except KeyError:
        return False
    return True


def _end(context: JobContext, state: str, **values: Any) -> None:
    ended = {"state": state, "claim": None, "locked_until": None, "finished_at": clock.now(), "done": context.done}
    if not context._update({**ended, "total": context.total, **values}):
        log.info("job ended after it was called off", name=context.name)


def _failed(context: JobContext, attempts: int, backoff: timedelta, error: Exception) -> None:
    """Try again later, ever later; after the last beginning, leave it failed with the reason for the administrator."""
    reason = traceback.format_exception_only(error)[-1].strip()[:2000]
    if context.attempt >= attempts:
        log.exception("job failed for good", name=context.name)
        _end(context, "failed", message=reason)
        return
    log.warning("job failed, to be tried again", name=context.name, attempt=context.attempt, exc_info=error)
    wait = min(backoff * 2 ** (context.attempt - 1), LONGEST_WAIT)
    later = {"state": "waiting", "claim": None, "locked_until": None, "run_at": clock.now() + wait}
    context._update(later | {"message": reason})


def run_due(limit: int = 1000) -> int:
    """Run here and now whatever is due, and what that asks for in turn; return how many ran. For tests and commands."""
    ran = 0
    while ran < limit:
        ids = due(session(), limit - ran)
        session().rollback()
        ran_now = sum(run(job_id) for job_id in ids)
        if not ran_now:
            return ran
        ran += ran_now
    return ran
