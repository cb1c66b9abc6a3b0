"""A real school: web server and worker as processes of their own, on one database."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, func, select
from sqlalchemy.orm import Session

from tests.conftest import SECRET

ROOT = Path(__file__).parents[2]


@dataclass
class School:
    """Processes, address and settings of a running school."""

    url: str
    environment: dict[str, str]
    log: Path
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def flask(self, *words: str, check: bool = True) -> str:
        """Run a command of the command line and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "lms", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"lms {' '.join(words)}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def arrange(self, verb: str, **facts: object) -> Any:
        """Have something made behind the scenes, by the school's own rules, and return what was made."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.journeys.arrange", verb, json.dumps(facts)],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"arrange {verb}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def ask(self, statement: Any) -> list[Any]:
        """Read the database directly, as nobody in the story can."""
        with Session(self._engine) as session:
            return list(session.execute(statement).all())

    def count(self, model: type, *where: Any) -> int:
        """Return how many rows of a table meet the conditions."""
        return int(self.ask(select(func.count()).select_from(model).where(*where))[0][0])

    def change(self, statement: Any) -> None:
        """Change the database directly: what time or fate does, not a person."""
        with Session(self._engine) as session:
            session.execute(statement)
            session.commit()

    def wait_until(self, happens: Callable[[], Any], seconds: float = 60) -> None:
        """Look again and again until something has happened."""
        end = time.monotonic() + seconds
        while not happens():
            assert time.monotonic() < end, f"it did not happen; the log says {self.log.read_text()[-2000:]}"
            time.sleep(0.01)

    @cached_property
    def _engine(self) -> Engine:
        url = self.environment["LMS_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
        return create_engine(url, poolclass=NullPool)

    def start(self, name: str, *command: str) -> None:
        with self.log.open("a") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def start_web(self) -> None:
        port = self.url.rsplit(":", 1)[1]
        self.start("web", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--workers", "1",
                   "--blocking-threads", "4", "--no-ws", "wsgi:app")  # fmt: skip
        self._wait()

    def start_worker(self) -> None:
        self.start("worker", "flask", "--app", "wsgi", "lms", "jobs")

    def kill(self, name: str) -> None:
        """Kill a process and its children at once, as a power cut would."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def _wait(self) -> None:
        for _ in range(200):
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the server did not start: {self.log.read_text()[-2000:]}")


def open_school(database_url: str, folder: Path, **settings: str) -> School:
    """Return a school on a database with tables and areas, not yet serving."""
    url = f"http://127.0.0.1:{_free_port()}"
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("LMS_")},
        "LMS_SECRET_KEY": SECRET,
        "LMS_DATABASE_URL": database_url,
        "LMS_DATA_DIR": str(folder / "du-lieu"),
        "LMS_PUBLIC_URL": url,
        "LMS_SIGNER_NAME": "Trần Thị Ký",
        "LMS_ISSUER_PLACE": "Thanh Hóa",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    return School(url, environment, folder / "server.log")


def _free_port() -> int:
    """Return a free port below those that outgoing connections take, so that a killed school finds its own again."""
    while True:
        with suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", random.randrange(20000, 30000)))
            return int(tried.getsockname()[1])
