"""Badges, judged by libraries of others in a language of others: those that the standard's own authors wrote."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc", "verify.js")
_KEPT = _HERE.parents[1] / ".venv"


def verify(*cases: dict[str, Any]) -> list[dict[str, Any]]:
    """Judge badges, each with the documents that a verifier would fetch.

    Says whether a badge is `signed`, whether its place in a believable list was found (`listed`), whether the bit
    there says that it `ended`, and `why` anything failed.
    """
    done = subprocess.run(
        [_program("node"), str(_installed() / "verify.js")],
        input=json.dumps(cases), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def _installed() -> Path:
    """Install what the lock file names, once for each state of these files, where git does not look."""
    mark = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _FILES)).hexdigest()[:12]
    folder = _KEPT / f"badge-verifier-{mark}"
    if not folder.exists():
        _KEPT.mkdir(exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=_KEPT))
        for name in _FILES:
            shutil.copy(_HERE / name, half)
        done = subprocess.run(
            [_program("npm"), "ci"], cwd=half, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, f"npm ci: {done.stdout}\n{done.stderr}"
        try:
            os.rename(half, folder)
        except OSError:  # another process of this run was quicker
            shutil.rmtree(half)
    return folder


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: run `make debian` (or apt-get install nodejs npm)"
    return found
