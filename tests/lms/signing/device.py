"""A device played by SoftHSM, with one RSA and one ECDSA key, their certificates and the issuer's."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from lms.signing.settings import SigningSettings
from tests.lms.signing.authorities import Holder, signer

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, PIN = "so-khcn", "4321"


@contextmanager
def plugged_in(folder: Path) -> Iterator[SigningSettings]:
    """Give what the settings say of a device that keeps its objects in this folder."""
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(config)
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "8765"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    library = pkcs11.lib(str(SOFTHSM))
    library.reinitialize()
    with library.get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
        for kind in ("rsa", "ecdsa"):
            _put(session, kind, signer(kind))
    try:
        yield SigningSettings(way="pkcs11", module=SOFTHSM, token=TOKEN, pin=PIN)
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before


def pull_out(folder: Path) -> None:
    """Let the device be gone: what was open on it is dead, and nobody finds it."""
    (folder / "tokens").rename(folder / "away")
    (folder / "tokens").mkdir()
    pkcs11.lib(str(SOFTHSM)).reinitialize()


def put_back(folder: Path) -> None:
    """Let the device be there again."""
    (folder / "tokens").rmdir()
    (folder / "away").rename(folder / "tokens")
    pkcs11.lib(str(SOFTHSM)).reinitialize()


def _put(session: Any, kind: str, holder: Holder) -> None:
    traditional = holder.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    decode = decode_rsa_private_key if kind == "rsa" else decode_ec_private_key
    session.create_object(decode(traditional) | {pkcs11.Attribute.LABEL: kind, pkcs11.Attribute.TOKEN: True})
    for label, certificate in ((kind, holder.certificate), (f"{kind}-issuer", holder.issuers[0])):
        session.create_object({
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.LABEL: label,
            pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
            pkcs11.Attribute.VALUE: certificate.public_bytes(Encoding.DER),
        })  # fmt: skip
