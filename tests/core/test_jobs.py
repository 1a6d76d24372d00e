"""Background work: asked for in a transaction, done once, gone on with after a failure, a stop or a ``kill -9``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from promo.core import clock, jobs
from promo.core.db import db, write
from promo.core.errors import NotFound, Refused
from promo.core.jobs import Job, JobContext, broker, running, schedule
from promo.core.jobs.chunks import _next_size
from promo.core.jobs.registry import Periodic, _handlers, _periodic
from tests import database
from tests.cast import Cast
from tests.core.job_victim import EFFECT, ROWS

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    """Whatever a test registers is gone afterwards."""
    handlers, tasks = dict(_handlers), dict(_periodic)
    yield
    _handlers.clear()
    _handlers.update(handlers)
    _periodic.clear()
    _periodic.update(tasks)


@pytest.fixture
def messages(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids that workers were told of."""
    told: list[int] = []
    monkeypatch.setattr(broker, "wake", told.extend)
    return told


def ask(name: str = "test.job", **values: object) -> Job:
    with write() as current:
        return jobs.enqueue(current, name, **values)  # type: ignore[arg-type]


def read(session: Session, job_id: int) -> Job:
    session.rollback()
    return jobs.find(session, job_id)


def test_a_job_runs_once_and_keeps_its_result(session: Session) -> None:
    seen = []

    @jobs.job("test.job")
    def work(job: JobContext) -> dict[str, int]:
        seen.append(job.payload)
        job.progress(3, 4)
        return {"rows": 3}

    asked = ask(payload={"post": 7})
    assert jobs.run_due() == 1
    assert jobs.run_due() == 0
    row = read(session, asked.id)
    assert (seen, row.state, row.result, row.done, row.total) == ([{"post": 7}], "done", {"rows": 3}, 3, 4)
    assert row.percent == 100
    assert row.finished_at is not None


def test_workers_are_told_after_the_commit_only(messages: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), write() as current:  # noqa: PT012
        jobs.enqueue(current, "test.job")
        raise ZeroDivisionError
    assert messages == []
    with write() as current:
        asked = jobs.enqueue(current, "test.job")
        jobs.enqueue(current, "test.job", run_at=clock.now() + timedelta(hours=1))
        with current.begin_nested():
            pass
        assert messages == []
    assert messages == [asked.id]


def test_the_same_key_asks_once(messages: list[int]) -> None:
    first = ask(key="renumber-7", payload={"n": 1})
    second = ask(key="renumber-7", payload={"n": 2})
    assert first.id == second.id
    assert second.payload == {"n": 1}
    assert messages == [first.id]


def test_a_broken_broker_loses_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_order(*_: object) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(broker, "_connect", out_of_order)
    assert read(session, ask().id).state == "waiting"


def test_a_failure_is_tried_again_later_and_ends(session: Session) -> None:
    @jobs.job("test.job", attempts=3, backoff=10 * SECOND)
    def fails(job: JobContext) -> None:
        raise ValueError(f"beginning {job.attempt}")

    with time_machine.travel(clock.now(), tick=False) as travel:
        asked = ask()
        for waited in (0, 10, 20):
            travel.shift(waited * SECOND)
            assert jobs.run_due() == 1
        row = read(session, asked.id)
        assert (row.state, row.message, row.attempts) == ("failed", "ValueError: beginning 3", 3)


def test_what_people_are_told_is_final(session: Session) -> None:
    @jobs.job("test.job")
    def refuses(job: JobContext) -> None:
        raise Refused("The period has no days.")

    asked = ask()
    jobs.run_due()
    row = read(session, asked.id)
    assert (row.state, row.message, row.attempts) == ("failed", "The period has no days.", 1)


def test_what_surrounds_every_job(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    @contextmanager
    def frame(job: JobContext) -> Iterator[None]:
        seen.append(job.owner_id)
        yield
        seen.append("after")

    monkeypatch.setattr(running, "_frames", [])
    jobs.surround(frame)
    jobs.job("test.job")(lambda job: seen.append("inside"))
    ask(owner_id=cast.officer.id)
    jobs.run_due()
    assert seen == [cast.officer.id, "inside", "after"]


def test_an_unknown_job_fails(session: Session) -> None:
    asked = ask("test.nobody_knows")
    jobs.run_due()
    assert read(session, asked.id).state == "failed"


def test_a_later_job_waits_for_its_time(session: Session) -> None:
    jobs.job("test.job")(lambda job: None)
    with time_machine.travel(clock.now(), tick=False) as travel:
        asked = ask(run_at=clock.now() + timedelta(hours=1))
        assert jobs.run_due() == 0
        travel.shift(timedelta(hours=1))
        assert jobs.run_due() == 1
        assert read(session, asked.id).state == "done"


def test_a_claimed_job_is_not_taken_twice_until_the_claim_runs_out(session: Session) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        asked = ask()
        assert running._claim(db.engine, asked.id, "first") is not None
        assert running._claim(db.engine, asked.id, "second") is None
        travel.shift(running.LEASE + SECOND)
        assert jobs.due(session) == [asked.id]
        assert running._claim(db.engine, asked.id, "third") is not None


def test_a_job_that_kills_its_workers_is_given_up(session: Session) -> None:
    @jobs.job("test.job", attempts=2)
    def never(job: JobContext) -> None:
        raise AssertionError

    with time_machine.travel(clock.now(), tick=False) as travel:
        asked = ask()
        for _ in range(2):
            running._claim(db.engine, asked.id, "gone")
            travel.shift(running.LEASE + SECOND)
        jobs.run_due()
        assert read(session, asked.id).state == "failed"


def test_a_cancelled_job_stops_at_its_next_look(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOOK", 0)

    @jobs.job("test.job")
    def long(job: JobContext) -> None:
        job.check()
        with write() as current:
            assert jobs.cancel(current, job.id)
        job.check()
        raise AssertionError("went on")

    asked = ask()
    jobs.run_due()
    assert read(session, asked.id).state == "cancelled"
    with write() as current:
        assert not jobs.cancel(current, asked.id)


def test_a_job_goes_back_when_the_process_stops(session: Session) -> None:
    @jobs.job("test.job")
    def long(job: JobContext) -> None:
        job.save_resume("here")
        job.check()

    asked = ask()
    running.stopping.set()
    try:
        jobs.run(asked.id)
    finally:
        running.stopping.clear()
    row = read(session, asked.id)
    assert (row.state, row.attempts, row.resume) == ("waiting", 0, "here")


def test_finish_is_one_with_the_effect(session: Session) -> None:
    @jobs.job("test.job")
    def once(job: JobContext) -> None:
        with write() as current:
            jobs.enqueue(current, "test.other", key="the effect")
            job.finish(current, result="made")

    asked = ask()
    jobs.run(asked.id)
    row = read(session, asked.id)
    assert (row.state, row.result) == ("done", "made")


def test_a_worker_that_lost_its_claim_writes_nothing(session: Session) -> None:
    @jobs.job("test.job")
    def slow(job: JobContext) -> None:
        with write() as current:
            jobs.enqueue(current, "test.effect")
            job._claim = "of a worker that was taken for dead"
            job.finish(current)

    asked = ask()
    jobs.run(asked.id)
    session.rollback()
    assert session.scalar(select(func.count()).where(Job.name == "test.effect")) == 0
    assert read(session, asked.id).state == "running"


def test_a_job_is_its_owners(session: Session, cast) -> None:
    asked = ask(owner_id=cast.officer.id)
    assert jobs.find(session, asked.id, cast.officer.id).id == asked.id
    with pytest.raises(NotFound):
        jobs.find(session, asked.id, cast.colleague.id)


@pytest.fixture
def effect(app: Flask, session: Session) -> Iterator[Table]:
    """A table for effects, gone afterwards."""
    with db.engine.begin() as connection:
        EFFECT.create(connection)
    yield EFFECT
    session.rollback()
    with db.engine.begin() as connection:
        EFFECT.drop(connection)
    db.engine.dispose()


def test_chunks_go_on_behind_the_last_one_committed(session: Session, effect: Table) -> None:
    @jobs.job("test.job", backoff=0 * SECOND)
    def fill(job: JobContext) -> int:
        def act(current: Session, chunk: list[int]) -> None:
            if job.attempt == 1 and chunk[-1] > 200:
                raise ValueError("the disk is full")
            current.execute(effect.insert(), [{"number": n} for n in chunk])

        return jobs.write_in_chunks(job, lambda after: range((after or 0) + 1, 501), act, mark=lambda n: n, total=500)

    asked = ask()
    jobs.run(asked.id)
    row = read(session, asked.id)
    assert row.state == "waiting"
    assert 0 < row.done <= 200
    assert row.resume == row.done
    session.rollback()
    jobs.run_due()
    row = read(session, asked.id)
    assert (row.state, row.done, row.total, row.result) == ("done", 500, 500, 500)
    assert session.execute(select(func.count(), func.count(effect.c.number.distinct()))).one() == (500, 500)


def test_chunks_fit_the_time(session: Session, effect: Table) -> None:
    assert _next_size(100, 0.070, 0.035) == 50
    assert _next_size(100, 1.0, 0.035) == 25
    assert _next_size(100, 0.001, 0.035) == 200
    assert _next_size(1, 9.0, 0.035) == 1
    held = []

    def act(current: Session, chunk: list[int]) -> None:
        began = time.perf_counter()
        current.execute(effect.insert(), [{"number": n} for n in chunk])
        time.sleep(0.0005 * len(chunk))
        held.append(time.perf_counter() - began)

    assert jobs.write_in_chunks(None, lambda _: range(600), act, mark=lambda n: n) == 600
    assert sorted(held)[len(held) // 2] < 0.1


def victim(url: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PROMO_DATABASE_URL": url,
        "PROMO_DATA_DIR": str(folder),
        "PROMO_SECRET_KEY": "s" * 48,
        "PROMO_SIGNING_KEY": "k" * 48,
    }
    command = [sys.executable, "-m", "tests.core.job_victim", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_killed_in_the_middle_nothing_is_lost_or_done_twice(
    session: Session, effect: Table, place: database.Place, tmp_path: Path
) -> None:
    asked = ask("victim.fill")
    kills = 0
    for wait in (0.15, 0.3, 0.45, 60):
        with victim(place.url, tmp_path, str(asked.id)) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "begun"
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
        time.sleep(1.1)  # the victim's claims hold one second
        if read(session, asked.id).state == "done":
            break
        session.rollback()
    assert kills >= 1
    row = read(session, asked.id)
    assert (row.state, row.done) == ("done", ROWS)
    assert session.execute(select(func.count(), func.count(effect.c.number.distinct()))).one() == (ROWS, ROWS)


def test_the_sweeper_announces_what_was_forgotten_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    asked = ask()
    monkeypatch.setattr(schedule, "wake", told.extend)
    scheduler = schedule.Scheduler()
    scheduler.sweep(100.0)
    scheduler.sweep(102.0)
    assert told == [asked.id]
    scheduler.sweep(100.0 + schedule.AGAIN)
    assert told == [asked.id, asked.id]


def test_one_scheduler_has_the_seat(session: Session) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        first, second = schedule.Scheduler(), schedule.Scheduler()
        assert first.tick()
        assert not second.tick()
        assert jobs.health(session)["scheduler"] == first.holder
        travel.shift(schedule.SEAT + SECOND)
        assert second.tick()


def test_a_periodic_function_runs_once_a_period_on_all_machines(session: Session) -> None:
    ran = []
    task = Periodic("test.task", lambda: ran.append(1), timedelta(minutes=5))
    with time_machine.travel(clock.now(), tick=False) as travel:
        here, there = schedule.Scheduler(), schedule.Scheduler()
        here.run_if_due(task)
        there.run_if_due(task)
        assert len(ran) == 1
        travel.shift(timedelta(minutes=5))
        there.run_if_due(task)
        here.run_if_due(task)
        assert len(ran) == 2


def test_a_periodic_failure_waits_for_next_time(session: Session) -> None:
    def fails() -> None:
        raise ValueError("no luck")

    schedule.Scheduler().run_if_due(Periodic("test.fails", fails, timedelta(minutes=5)))


def test_what_ended_long_ago_is_removed(session: Session) -> None:
    jobs.job("test.job")(lambda job: None)
    with time_machine.travel(clock.now(), tick=False) as travel:
        gone = ask().id
        jobs.run_due()
        travel.shift(schedule.KEPT + SECOND)
        left = ask().id
        schedule.clean_up()
        session.rollback()
        assert session.scalars(select(Job.id)).all() == [left]
        assert gone != left
