"""Reading a stranger's file in a process of its own: no file can hold up or break the one that asks.

A few thousand bytes can be written so that a parser walks in circles for years. A size limit does not help
against that; a process that may be stopped does. One reader waits beside each process that asks (`reader`).
"""

import atexit
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from threading import Lock
from typing import IO, ParamSpec, TypeVar

HEAD = 8
Result = TypeVar("Result")
Words = ParamSpec("Words")


class NotReadable(Exception):
    """The bytes are no PDF, or one that no signing tool writes: too large, too many parts, broken, endless."""


def apart(work: Callable[Words, Result], *args: Words.args, **kwargs: Words.kwargs) -> Result:
    """Return what the work returns, done by a short-lived process that may use only so much time and memory.

    The work is a function of a module, so that the other process finds it by its name.

    Raises:
        NotReadable: the work failed, took too long, or did not survive.
    """
    answer = _reader.ask(pickle.dumps((work, args, kwargs)))
    if not answer:
        raise NotReadable
    result: Result = pickle.loads(answer)  # noqa: S301 - written by our own process
    return result


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message behind its length."""
    pipe.write(len(message).to_bytes(HEAD) + message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Return the next message, or nothing when the other end has gone."""
    head = pipe.read(HEAD)
    return pipe.read(int.from_bytes(head)) if len(head) == HEAD else None


class _Reader:
    """The reader of this process, started when it is first needed, and again if it has gone."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: bytes) -> bytes | None:
        """Return its answer, one question at a time."""
        with self._turn:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                send(process.stdin, question)
                return receive(process.stdout)
            except OSError:
                return None

    def stop(self) -> None:
        """End it together with the process that asks."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            self._let_go()

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the process; one that was inherited by a fork belongs to another."""
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._let_go()
            path = os.pathsep.join(part for part in sys.path if part)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lms.signing.reader"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip
            self._owner = os.getpid()
        return self._process

    def _let_go(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout) if self._process else ():
            if pipe:
                pipe.close()


_reader = _Reader()
atexit.register(_reader.stop)
