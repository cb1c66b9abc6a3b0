"""What an installation says about signing: plain values, read by the door and handed in here."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from lms.errors import Misconfigured

WAYS = ("none", "pkcs12", "pkcs11", "elsewhere")


@dataclass(frozen=True)
class SigningSettings:
    """How certificates are signed here, and whose signature counts.

    `way`: `none` (unsigned), `pkcs12` (a key file), `pkcs11` (a token at this machine) or `elsewhere` (a clerk
    signs with a tool of their own). A secret stands in a file or is given as a value; the file wins.

    `certificates` is the folder of those whose signature counts. With none in it, whoever holds a certificate
    issued under `roots` counts. `roots` is also what a time stamp must come from.
    """

    way: str = "none"
    key_file: Path | None = None
    passphrase: str = field(default="", repr=False)
    passphrase_file: Path | None = None
    module: Path | None = None
    token: str = ""
    pin: str = field(default="", repr=False)
    pin_file: Path | None = None
    key_label: str = ""
    certificates: Path | None = None
    roots: Path | None = None
    stamp_url: str = ""
    reason: str = ""
    location: str = ""


def demand_extra() -> None:
    """Raise `Misconfigured` unless the libraries that sign and check signatures are installed."""
    if any(find_spec(name) is None for name in ("pyhanko", "pkcs11")):
        raise Misconfigured('Thiếu thư viện ký số và kiểm tra chữ ký số. Chạy: pip install "bdhvs-lms[sign]".')
