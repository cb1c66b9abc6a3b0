"""The keys that sign badges: one at a time, in a file of their own; earlier ones stay to be checked by.

It is not the key of the papers: that one belongs to a person or an office and to a certificate authority, this
one only says that a badge comes from this site. So the first is made by itself when it is first needed.
"""

import base64
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lms.certificates.badge_proofs import base58
from lms.errors import Misconfigured

FILE_NAME = "khoa-huy-hieu.json"
_ED25519 = bytes((0xED, 0x01))


@dataclass(frozen=True)
class BadgeKey:
    """A key and the moment from which badges are signed with it, until the next one's."""

    since: datetime
    private: Ed25519PrivateKey

    @property
    def multikey(self) -> str:
        """The public key as the standard writes it: "z6Mk…"."""
        return base58(_ED25519 + self.private.public_key().public_bytes_raw())


def key_file(config: Mapping[str, Any]) -> Path:
    """Return where the settings say that the keys are; in the data folder if they say nothing."""
    return Path(config["LMS_BADGE_KEY"] or Path(config["LMS_DATA_DIR"]) / FILE_NAME)


def read_keys(path: Path, *, now: datetime) -> tuple[BadgeKey, ...]:
    """Return all keys, the one in use last; the very first is made here.

    Raises:
        Misconfigured: the file cannot be read, or is not one of ours.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        _write_new(path, _as_text([BadgeKey(now, Ed25519PrivateKey.generate())]))
        text = path.read_bytes()
    except OSError as fault:
        raise Misconfigured(f"Không đọc được tệp khóa huy hiệu {path}: {fault.strerror}.") from fault
    return _from_text(text, path)


def change_key(path: Path, *, now: datetime) -> BadgeKey:
    """Begin to sign with a fresh key; the earlier ones stay, so that what they signed can still be checked."""
    fresh = BadgeKey(now, Ed25519PrivateKey.generate())
    half = _half_written(path, _as_text([*read_keys(path, now=now), fresh]))
    os.replace(half, path)
    return fresh


def _from_text(text: bytes, path: Path) -> tuple[BadgeKey, ...]:
    try:
        kept = [
            BadgeKey(datetime.fromisoformat(one["since"]), _private(one["secret"])) for one in json.loads(text)["keys"]
        ]
    except (ValueError, KeyError, TypeError) as fault:
        raise Misconfigured(
            f"Tệp khóa huy hiệu {path} hỏng hoặc không đúng dạng. Hãy lấy lại từ bản sao lưu."
        ) from fault
    if not kept:
        raise Misconfigured(f"Tệp khóa huy hiệu {path} không có khóa nào. Hãy lấy lại từ bản sao lưu.")
    return tuple(sorted(kept, key=lambda key: key.since))


def _as_text(keys: list[BadgeKey]) -> bytes:
    rows = [{"since": key.since.isoformat(), "secret": _secret(key.private)} for key in keys]
    return json.dumps({"keys": rows}, indent=1).encode()


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(secret))


def _secret(private: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(private.private_bytes_raw()).decode()


def _write_new(path: Path, text: bytes) -> None:
    """Put the file in place whole, unless another process was quicker; then its keys are the keys."""
    half = _half_written(path, text)
    try:
        os.link(half, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(half)


def _half_written(path: Path, text: bytes) -> str:
    """Write beside the place where the file will be; `mkstemp` lets nobody else read it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=path.parent)
    except OSError as fault:
        raise Misconfigured(f"Không ghi được tệp khóa huy hiệu {path}: {fault.strerror}.") from fault
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return half
