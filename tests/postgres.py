"""A throw-away PostgreSQL: started for one run, on a socket of its own, gone afterwards."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg


@dataclass
class Server:
    """A running server and the folder of its socket."""

    socket: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.socket}"

    def create(self, name: str, template: str = "template0") -> str:
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY ENCODING \'UTF8\'')
        return name

    def create_from(self, template: str) -> str:
        return self.create(f"t{os.getpid()}_{next(self.numbers)}", template)

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def throwaway_postgres(folder: Path) -> Iterator[Server]:
    """Start a PostgreSQL for this run. As root it runs as the user `postgres`, which refuses root."""
    programs = _program_folder()
    home = Path(tempfile.mkdtemp(prefix="lms-pg-", dir=_roomy_memory()))
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(home, "postgres", "postgres")
    data = home / "data"
    log = home / "log"
    _do([*as_user, f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
         "--no-sync"], home)  # fmt: skip
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c synchronous_commit=off "
        "-c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB"
    )
    _do([*as_user, f"{programs}/pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"], home)
    try:
        yield Server(str(home))
    finally:
        _do([*as_user, f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "stop"], home)
        shutil.rmtree(home, ignore_errors=True)


def _roomy_memory() -> Path | None:
    """Return a folder in memory, where a database is copied twenty times faster than on a disk, if there is room."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 2**30 else None


def _program_folder() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is missing: run `make debian` (or apt-get install postgresql)")
    return found[-1].parent


def _do(command: list[object], cwd: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command}: exit code {done.returncode}")
