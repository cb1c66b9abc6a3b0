"""The file store: bytes under their own sha256 in the data folder, written whole or not at all."""

import hashlib
import os
import tempfile
from pathlib import Path

from flask import current_app

from lms.errors import NotFound


def digest_of(data: bytes) -> str:
    """Return the sha256 under which bytes are kept."""
    return hashlib.sha256(data).hexdigest()


def put(data: bytes) -> str:
    """Keep the bytes and return their sha256; the same bytes are kept once."""
    digest = digest_of(data)
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    return digest


def read(digest: str) -> bytes:
    """Return the bytes kept under a sha256.

    Raises:
        NotFound: nothing is kept under it.
    """
    try:
        return _path(digest).read_bytes()
    except FileNotFoundError as missing:
        raise NotFound(f"file {digest}") from missing


def drop(digest: str) -> None:
    """Take the bytes away; nothing happens if they are gone already."""
    _path(digest).unlink(missing_ok=True)


def _path(digest: str) -> Path:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound("no such file")
    return Path(current_app.config["LMS_DATA_DIR"]) / "tep" / digest[:2] / digest
