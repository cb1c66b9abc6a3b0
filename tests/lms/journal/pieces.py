"""Work that is done piece by piece, and a worker of its own that does it slowly until it is killed."""

import multiprocessing
import time
from pathlib import Path

from lms.journal.jobs import run_all
from tests.conftest import make_app

PIECES = 8
PROCESS = multiprocessing.get_context("forkserver")
PROCESS.set_forkserver_preload([__name__])


def make_pieces(folder: Path, *, slow: float = 0):
    """Return a handler that makes the pieces still missing, each once, and notes every making."""

    def work(_payload, progress, _job):
        for number in range(PIECES):
            piece = folder / f"{number}"
            if not piece.exists():
                progress.step(number, PIECES, "Đang làm")
                time.sleep(slow)
                with piece.open("x") as file:
                    file.write("x")
        return {"made": PIECES}

    return {"thử": work}


def work_until_killed(url, data_dir, folder):
    """Do what waits, slowly, in a process of its own."""
    with make_app(url, data_dir).app_context():
        run_all(make_pieces(Path(folder), slow=0.05))
