"""What tests of sending share: gateways that behave as told, processes that send, a mail server that listens."""

import json
import multiprocessing
import os
import signal
import socketserver
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from lms.db import db_session, in_unit
from lms.journal import rules
from lms.journal.deliveries import deliver_due_notices, read_quiet_hours
from lms.journal.gateways import Gateway, Message, Recorder
from lms.journal.models import NoticeDelivery
from lms.people.models import Person
from tests.conftest import make_app
from tests.factories import NOON, make_person

PROCESS = multiprocessing.get_context("forkserver")
PROCESS.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Scripted:
    """Keeps what is handed over, after doing what the test says."""

    does: Callable[[Message], None] = lambda _message: None
    name: str = "thử"
    is_idempotent: bool = False
    taken: list[Message] = field(default_factory=list)

    def deliver(self, message: Message) -> None:
        self.does(message)
        self.taken.append(message)


def use(app: Flask, *gateways: Gateway, quiet_hours: str = "") -> None:
    """Let the app send by these gateways."""
    state = app.extensions["lms"]
    post = replace(state.post, gateways=gateways, quiet_hours=read_quiet_hours(quiet_hours))
    app.extensions["lms"] = replace(state, post=post)


def reader(email: str | None = "an@example.vn", name: str = "Nguyễn Văn An") -> int:
    """Make somebody who gave this address; return the person's id."""
    person_id = make_person(name)
    in_unit(lambda s: setattr(s.get_one(Person, person_id), "email", email))
    return person_id


def tell(person_id: int, event_name: str = "seat-1", text: str = "Có chỗ cho anh/chị.", now: datetime = NOON) -> None:
    """Leave a notice, as a deed does."""
    in_unit(
        lambda s: rules.notify(
            s, person_id=person_id, template="offer", event=event_name, text=text, path="/tap-huan/", now=now
        )
    )


def deliveries() -> list[NoticeDelivery]:
    session = db_session()
    session.rollback()
    return session.query(NoticeDelivery).order_by(NoticeDelivery.id).all()


def change_deliveries(**values: Any) -> None:
    """Arrange what stands in every delivery, for instance that the time to try again has come."""
    in_unit(lambda s: s.query(NoticeDelivery).update(values))


def written(book: Path) -> list[str]:
    """Return the keys of the messages that a recorder wrote down."""
    return [json.loads(line)["key"] for line in book.read_text("utf-8").splitlines()] if book.exists() else []


@dataclass(frozen=True)
class Deadly(Recorder):
    """Kills its own process before or after it hands over."""

    when: str = "after"

    def deliver(self, message: Message) -> None:
        if self.when == "after":
            super().deliver(message)
        os.kill(os.getpid(), signal.SIGKILL)


def send_all(url: str, data_dir: str, book: Path, start: Any) -> None:
    """Be a worker that sends what is due, together with others."""
    app = make_app(url, data_dir)
    use(app, Recorder(book))
    with app.app_context():
        start.wait(60)
        while deliver_due_notices(NOON):
            pass
        app.extensions["lms"].db.engine.dispose()


def send_and_die(url: str, data_dir: str, book: Path, when: str) -> None:
    """Be a worker that is killed: before it notes that it tries, before or after handing over."""
    app = make_app(url, data_dir)
    use(app, Deadly(book, when=when))
    with app.app_context():
        if when == "before_claim":
            event.listen(db_session(), "before_commit", lambda _session: os.kill(os.getpid(), signal.SIGKILL))
        deliver_due_notices(NOON)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.answers, self.letters, self.senders, self.readers = answers, [], [], []


class _Conversation(socketserver.StreamRequestHandler):
    """Enough of a mail server: says what it was told to say, or hangs up."""

    def handle(self) -> None:
        self._say("220 thu.example.vn")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            answer = self.server.answers.get(word, "250 OK")
            if answer == "hang up":
                return
            if word == "MAIL":
                self.server.senders.append(line)
            elif word == "RCPT":
                self.server.readers.append(line)
            elif word == "DATA" and "DATA" not in self.server.answers:
                self._say("354 go on")
                if not self._read_letter():
                    return
                answer = "250 taken"
            self._say("221 bye" if word == "QUIT" else answer)
            if word == "QUIT":
                return

    def _read_letter(self) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.letters.append(b"".join(lines))
        return self.server.answers.get("letter") != "hang up"

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def mail_server(**answers: str) -> Any:
    """Run a mail server that answers as told; yield it."""
    with _Server(answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
