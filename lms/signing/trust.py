"""Whose signature counts: the certificates an installation has put on its list, and the roots it trusts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lms.errors import Misconfigured
from lms.signing.settings import SigningSettings

_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})


@dataclass(frozen=True)
class Trust:
    """Certificates in DER: `allowed` may sign, and nobody else; `roots` vouch for time stamps.

    Whoever else holds a certificate of the same authority is a stranger, because such an authority serves
    the whole country. An empty list lets nobody sign.
    """

    allowed: frozenset[bytes] = frozenset()
    roots: frozenset[bytes] = frozenset()


def load_trust(settings: SigningSettings, own: Iterable[x509.Certificate] = ()) -> Trust:
    """Read the folders of the settings; `own` are certificates this installation signs with itself.

    Raises:
        Misconfigured: a folder or a file in it cannot be read.
    """
    allowed = {certificate.public_bytes(Encoding.DER) for certificate in own}
    return Trust(frozenset(allowed | _folder(settings.certificates)), frozenset(_folder(settings.roots)))


def _folder(folder: Path | None) -> set[bytes]:
    if folder is None:
        return set()
    if not folder.is_dir():
        raise Misconfigured(f"Không có thư mục chứng thư {folder}.")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    return {der for file in files for der in _certificates(file)}


def _certificates(file: Path) -> list[bytes]:
    try:
        data = file.read_bytes()
        is_text = b"-----BEGIN" in data
        found = x509.load_pem_x509_certificates(data) if is_text else [x509.load_der_x509_certificate(data)]
    except (OSError, ValueError) as fault:
        raise Misconfigured(f"Không đọc được chứng thư trong tệp {file}.") from fault
    return [certificate.public_bytes(Encoding.DER) for certificate in found]
