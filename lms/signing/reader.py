"""The process that reads strangers' files: `python -m lms.signing.reader`, started and spoken to by `apart`.

It does nothing itself. For each file it makes a process that does the work within limits, and waits for it.
"""

import os
import pickle
import resource
import signal
import sys

from pyhanko.sign import validation

from lms.signing.apart import receive, send

SECONDS, CPU_SECONDS, MEGABYTES = 20, 3, 1024


def serve() -> None:
    """Answer questions until nobody can ask any more; an empty answer says that the work failed."""
    assert validation  # loaded once, for all who are made from this process
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (question := receive(sys.stdin.buffer)) is not None:
        send(answers, _answer(question))


def _answer(question: bytes) -> bytes:
    ours, theirs = os.pipe()
    worker = os.fork()
    if not worker:
        try:
            _work(question, theirs)
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(worker, 0)
    return answer


def _work(question: bytes, answers: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))
    signal.alarm(SECONDS)
    work, args, kwargs = pickle.loads(question)  # noqa: S301 - from our own process
    answer = pickle.dumps(work(*args, **kwargs))
    with os.fdopen(answers, "wb") as pipe:
        pipe.write(answer)


if __name__ == "__main__":
    serve()
