"""Mail: written with the action, sent once by a real server's leave, readable without one."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from aiosmtpd.smtp import Session as Talk
from sqlalchemy.orm import Session

from promo import config
from promo.config import Settings
from promo.core import clock, jobs, outbox
from promo.core.db import write
from promo.core.errors import NotFound
from promo.core.jobs import Job
from promo.core.mail import checked_address, queue_mail
from promo.core.outbox import Mail, Server, compose, message, messages
from tests import database


class Postman:
    """A mail server's hands: keeps what arrives, and answers what the test wants."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.answers: list[str] = []
        self.recipient_answer = "250 OK"
        self.kill: Callable[[int], None] = lambda _signal: None
        self.kill_before: list[int] = []  # so many have arrived: the sender dies before this one is taken
        self.kill_after: list[int] = []  # … or just after it was

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _talk: Talk, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: SMTP, _talk: Talk, envelope: Envelope) -> str:  # noqa: N802
        if len(self.arrived) in self.kill_before:
            self.kill_before.remove(len(self.arrived))
            self.kill(signal.SIGKILL)
            return "451 never read"
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.arrived.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.to.append(list(envelope.rcpt_tos))
        if len(self.arrived) in self.kill_after:
            self.kill_after.remove(len(self.arrived))
            self.kill(signal.SIGKILL)
        return answer


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def postman(session: Session) -> Iterator[Postman]:
    """A running mail server that the settings name."""
    hands = Postman()
    port = free_port()
    controller = Controller(hands, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    before = config.settings()
    config.use(Settings.model_copy(before, update={"mail_url": f"smtp://127.0.0.1:{port}"}))
    yield hands
    config.use(before)
    controller.stop()


def put(**values: object) -> Mail:
    with write() as current:
        return queue_mail(current, **({"to": "ana@ocex.example", "subject": "Aviso", "text": "Hola"} | values))  # type: ignore[arg-type]


def test_a_message_is_sent_once(session: Session, postman: Postman) -> None:
    mail = put(
        to="Ana Ñahui <ana@ocex.example>",
        subject="Reunión: ¿qué falta?",
        text="Señores:\n.\nFin 李明",
        html="<p>Hola</p>",
    )
    assert postman.arrived == []
    assert jobs.run_due() == 1
    assert jobs.run_due() == 0
    (arrived,) = postman.arrived
    assert postman.to == [["ana@ocex.example"]]
    assert arrived["Subject"] == "Reunión: ¿qué falta?"
    assert arrived["To"] == "Ana Ñahui <ana@ocex.example>"
    assert arrived["Message-ID"] == mail.message_id
    plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r", "") == "Señores:\n.\nFin 李明\n"
    assert html.get_content().strip() == "<p>Hola</p>"
    session.rollback()
    assert message(session, mail.id).sent_at is not None


def test_without_a_server_messages_stay_readable(session: Session) -> None:
    first, second = put(), put(subject="Otro")
    assert jobs.run_due() == 0
    assert [m.id for m in messages(session)] == [second.id, first.id]
    assert [m.id for m in messages(session, before=second.id)] == [first.id]
    assert message(session, first.id).text == "Hola"
    with pytest.raises(NotFound):
        message(session, second.id + 1)


def test_the_same_key_is_one_message(session: Session, postman: Postman) -> None:
    assert put(key="invitation-7").id == put(key="invitation-7").id
    jobs.run_due()
    assert len(postman.arrived) == 1


def test_nothing_is_sent_of_a_transaction_rolled_back(session: Session, postman: Postman) -> None:
    with pytest.raises(ZeroDivisionError), write() as current:  # noqa: PT012
        queue_mail(current, "ana@ocex.example", "Aviso", "Hola")
        raise ZeroDivisionError
    assert jobs.run_due() == 0
    assert messages(session) == []


def test_a_server_that_is_busy_is_tried_again(session: Session, postman: Postman) -> None:
    postman.answers = ["451 come back later", "250 taken"]
    with time_machine.travel(clock.now(), tick=False) as travel:
        mail = put()
        jobs.run_due()
        session.rollback()
        kept = message(session, mail.id)
        assert kept.sent_at is None
        assert "451" in (kept.error or "")
        travel.shift(timedelta(minutes=1))
        jobs.run_due()
        session.rollback()
        session.expire_all()
        kept = message(session, mail.id)
        assert (kept.attempts, kept.error) == (2, None)
        assert kept.sent_at is not None
    assert len(postman.arrived) == 1


@pytest.mark.parametrize("where", ["recipient", "data"])
def test_a_refusal_for_good_is_not_tried_again(session: Session, postman: Postman, where: str) -> None:
    if where == "recipient":
        postman.recipient_answer = "550 no such person"
    else:
        postman.answers = ["554 not this one"]
    mail = put()
    jobs.run_due()
    session.rollback()
    kept = message(session, mail.id)
    assert kept.sent_at is None
    assert kept.error is not None
    assert kept.error.startswith("550") or "554" in kept.error
    assert session.query(Job).one().state == "done"


def test_a_second_sending_is_recognised(session: Session, postman: Postman) -> None:
    mail = put(html="<p>Hola</p>")
    assert compose(mail).as_bytes() == compose(mail).as_bytes()
    assert outbox.message_id("a") == outbox.message_id("a") != outbox.message_id("b")


@pytest.mark.parametrize("to", ["", "ana", "ana@", "@ocex.example", "a b@c d", "ana@x\r\nBcc: all@x.example, more"])
def test_what_is_no_address_is_refused(session: Session, to: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        checked_address(to)


def test_no_header_is_smuggled_in(session: Session, postman: Postman) -> None:
    put(subject="Hola\r\nBcc: todos@promo.example", text="\x00 \ud800 fin")
    jobs.run_due()
    (arrived,) = postman.arrived
    assert arrived["Bcc"] is None
    assert arrived["Subject"] == "Hola Bcc: todos@promo.example"
    assert postman.to == [["ana@ocex.example"]]


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example", "mail.example", 25, "offered"),
        ("smtp://u:p%40ss@mail.example", "mail.example", 587, "yes"),
        ("smtp://mail.example:2525?tls=no", "mail.example", 2525, "no"),
        ("smtps://u:p@mail.example", "mail.example", 465, "wrapped"),
    ],
)
def test_the_setting_is_read(url: str, host: str, port: int, tls: str) -> None:
    server = Server.from_url(url)
    assert (server.host, server.port, server.tls) == (host, port, tls)
    assert server.password in ("", "p@ss", "p")


@pytest.mark.parametrize("url", ["smtp://", "smtp://mail.example?tls=perhaps"])
def test_a_wrong_setting_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="PROMO_MAIL_URL"):
        Server.from_url(url)


def test_a_password_is_given_to_the_server(session: Session) -> None:
    asked: list[tuple[bytes, bytes]] = []

    def check(_server: SMTP, _talk: Talk, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        asked.append((data.login, data.password))  # type: ignore[attr-defined]
        return AuthResult(success=True)

    port = free_port()
    controller = Controller(Postman(), hostname="127.0.0.1", port=port, authenticator=check, auth_require_tls=False)
    controller.start()
    try:
        Server.from_url(f"smtp://promo:s%3Acret@127.0.0.1:{port}?tls=no").connect().close()
    finally:
        controller.stop()
    assert asked == [(b"promo", b"s:cret")]


def test_the_doctor_is_told_what_is_wrong(session: Session, postman: Postman) -> None:
    assert outbox.reachable() is None
    config.use(Settings.model_copy(config.settings(), update={"mail_url": "smtp://127.0.0.1:1"}))
    assert "refused" in (outbox.reachable() or "")


SENDER = """
from datetime import timedelta
from promo.app import create_app
from promo.core import jobs
from promo.core.jobs import running
running.LEASE = timedelta(seconds=1)
with create_app().app_context():
    jobs.run_due()
"""


def start_sender(place: database.Place, folder: Path) -> subprocess.Popen[bytes]:
    database.touched()
    environment = os.environ | {
        "PROMO_DATABASE_URL": place.url,
        "PROMO_DATA_DIR": str(folder),
        "PROMO_SECRET_KEY": "s" * 48,
        "PROMO_SIGNING_KEY": "k" * 48,
        "PROMO_MAIL_URL": config.settings().mail_url,
    }
    return subprocess.Popen([sys.executable, "-c", SENDER], env=environment)


def send_until_done(postman: Postman, place: database.Place, folder: Path) -> int:
    """Start senders until one comes to its end; return how many were killed on the way."""
    killed = 0
    for _ in range(5):
        with start_sender(place, folder) as process:
            postman.kill = process.send_signal
            process.wait(30)
        if process.returncode == 0:
            break
        killed += 1
        time.sleep(1.1)  # the dead one's claims hold one second
    return killed


def test_killed_while_sending_no_message_is_lost_or_sent_twice(
    session: Session, postman: Postman, place: database.Place, tmp_path: Path
) -> None:
    for number in range(12):
        put(subject=f"Aviso {number}", key=f"notice-{number}")
    postman.kill_before = [3, 8]
    assert send_until_done(postman, place, tmp_path) == 2
    session.rollback()
    ids = [arrived["Message-ID"] for arrived in postman.arrived]
    assert len(ids) == len(set(ids)) == 12
    assert {m.message_id for m in messages(session) if m.sent_at} == set(ids)


def test_killed_just_after_the_server_took_it_the_second_bears_the_same_id(
    session: Session, postman: Postman, place: database.Place, tmp_path: Path
) -> None:
    for number in range(3):
        put(subject=f"Aviso {number}", key=f"notice-{number}")
    postman.kill_after = [1]
    assert send_until_done(postman, place, tmp_path) == 1
    ids = [arrived["Message-ID"] for arrived in postman.arrived]
    assert len(set(ids)) == 3
    first, second = (a for a in postman.arrived if ids.count(a["Message-ID"]) == 2)
    assert first.as_bytes() == second.as_bytes()


def test_messages_come_newest_first_whatever_their_numbers(session: Session) -> None:
    with write() as writing:
        made = [queue_mail(writing, "a@promo.example", f"Mensaje {n}", "Hola").id for n in range(3)]
        for id_, days in zip(made, (1, 3, 2), strict=True):
            message(writing, id_).created_at = clock.now() - timedelta(days=days)
    expected = [made[0], made[2], made[1]]
    assert [m.id for m in messages(session)] == expected
    assert [m.id for m in messages(session, before=made[2])] == [made[1]]
