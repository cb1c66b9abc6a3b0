"""Keys: a PKCS#12 file or a PKCS#11 token, both behind one small protocol."""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import pkcs12

from lms.errors import Misconfigured
from lms.signing.refusals import KeySilent
from lms.signing.settings import SigningSettings

Value = TypeVar("Value")
LEAST_RSA_BITS = 2048
LONGEST_P256 = 72


class Key(Protocol):
    """Who signs: the certificate, what stands between it and its root, and the act itself."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def sign(self, data: bytes) -> bytes:
        """Return the signature over the data, hashed with SHA-256: PKCS#1 v1.5, or ECDSA in DER.

        Raises:
            KeySilent: the device that holds the key did not answer.
        """

    def close(self) -> None:
        """Let go of whatever holds the key; it signs no more."""


def longest_signature(certificate: x509.Certificate) -> int:
    """Return how many bytes a signature by this certificate takes at most."""
    public = certificate.public_key()
    return public.key_size // 8 if isinstance(public, rsa.RSAPublicKey) else LONGEST_P256


class FileKey:
    """A key from a PKCS#12 file; the same bytes signed twice give the same signature (RFC 6979 for ECDSA)."""

    def __init__(self, data: bytes, passphrase: bytes | None) -> None:
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase)
        except ValueError as fault:
            raise Misconfigured("Không mở được tệp khóa ký: sai mật khẩu hoặc tệp không phải PKCS#12.") from fault
        if key is None or certificate is None:
            raise Misconfigured("Tệp khóa ký phải có cả khóa bí mật và chứng thư số.")
        _demand_known_kind(certificate)
        self.certificate, self.chain = certificate, _issuers(certificate, others)
        self._signing = _rsa_signing(key) if isinstance(key, rsa.RSAPrivateKey) else _ecdsa_signing(key)

    def sign(self, data: bytes) -> bytes:
        """Return the signature, as `Key` says."""
        return self._signing(data)

    def close(self) -> None:
        """Do nothing: the key was read once, and no device is held."""


class TokenKey:
    """A key that never leaves its PKCS#11 device: an HSM or a USB token at this machine."""

    def __init__(self, module: Path, token: str, pin: str, label: str) -> None:
        import pkcs11

        self._session: Any = None
        try:
            self._session = _opened(pkcs11.lib(str(module)).get_token(token_label=token), pin)
            self._key: Any = self._session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=label)
            found = list(self._session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}))
        except (pkcs11.PKCS11Error, RuntimeError) as fault:
            self.close()
            raise Misconfigured(
                f"Không mở được khóa “{label}” trên thiết bị “{token}”. "
                "Kiểm tra thiết bị còn cắm, mô-đun, tên thiết bị, mã PIN và nhãn khóa."
            ) from fault
        self.certificate, self.chain = _from_token(found, label)
        _demand_known_kind(self.certificate)
        self._is_rsa = isinstance(self.certificate.public_key(), rsa.RSAPublicKey)
        self._turn = Lock()

    def sign(self, data: bytes) -> bytes:
        """Return the signature, as `Key` says; one at a time, as a device can only do one."""
        from pkcs11 import Mechanism, PKCS11Error

        try:
            with self._turn:
                if self._is_rsa:
                    return bytes(self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
                pair = self._key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA)
        except PKCS11Error as fault:
            raise KeySilent from fault
        half = len(pair) // 2
        return encode_dss_signature(int.from_bytes(pair[:half]), int.from_bytes(pair[half:]))

    def close(self) -> None:
        """Leave the device, as far as it is still there to be left."""
        from pkcs11 import PKCS11Error

        session, self._session = self._session, None
        if session is not None:
            with suppress(PKCS11Error):
                session.close()


def load_key(settings: SigningSettings) -> Key | None:
    """Return the key the settings name, or nothing when this installation signs elsewhere or not at all.

    Raises:
        Misconfigured: the key is named, but cannot be used; the message says what to put right.
    """
    if settings.way == "pkcs12":
        secret = _secret(settings.passphrase, settings.passphrase_file)
        return FileKey(_read(_named(settings.key_file, "tệp khóa ký"), "tệp khóa ký"), secret.encode() or None)
    if settings.way == "pkcs11":
        return TokenKey(
            _named(settings.module, "mô-đun PKCS#11"),
            _named(settings.token, "tên thiết bị"),
            _secret(settings.pin, settings.pin_file),
            _named(settings.key_label, "nhãn khóa"),
        )
    if settings.way not in ("none", "elsewhere"):
        raise Misconfigured(f"Cách ký “{settings.way}” không có. Chọn none, pkcs12, pkcs11 hoặc elsewhere.")
    return None


def _rsa_signing(key: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    method, digest = padding.PKCS1v15(), SHA256()
    return lambda data: key.sign(data, method, digest)


def _ecdsa_signing(key: Any) -> Callable[[bytes], bytes]:
    """Sign the same way every time where OpenSSL can (3.2 and later), else with a fresh number each time."""
    method = ec.ECDSA(SHA256(), deterministic_signing=True)
    try:
        key.sign(b"", method)
    except UnsupportedAlgorithm:
        method = ec.ECDSA(SHA256())
    return lambda data: bytes(key.sign(data, method))


def _opened(token: Any, pin: str) -> Any:
    """Open the device; a process logs in once, and its other sessions may then come in as well."""
    from pkcs11 import UserAlreadyLoggedIn

    try:
        return token.open(user_pin=pin)
    except UserAlreadyLoggedIn:
        return token.open()


def _from_token(found: Iterable[Any], label: str) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """Return the certificate with the key's label, and those of its issuers that the device also holds."""
    from pkcs11 import Attribute

    mine, others = None, []
    for entry in found:
        certificate = x509.load_der_x509_certificate(bytes(entry[Attribute.VALUE]))
        if mine is None and entry[Attribute.LABEL] == label:
            mine = certificate
        else:
            others.append(certificate)
    if mine is None:
        raise Misconfigured(f"Trên thiết bị không có chứng thư số nào mang nhãn “{label}”.")
    return mine, _issuers(mine, others)


def _issuers(certificate: x509.Certificate, others: Iterable[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the certificates between this one and its root, nearest first; the root itself stays away."""
    by_subject = {other.subject: other for other in others if other.subject != other.issuer}
    chain: list[x509.Certificate] = []
    current = certificate
    while (issuer := by_subject.pop(current.issuer, None)) is not None:
        chain.append(issuer)
        current = issuer
    return tuple(chain)


def _demand_known_kind(certificate: x509.Certificate) -> None:
    public = certificate.public_key()
    is_rsa = isinstance(public, rsa.RSAPublicKey) and public.key_size >= LEAST_RSA_BITS
    is_p256 = isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
    if not (is_rsa or is_p256):
        raise Misconfigured(f"Khóa ký phải là RSA từ {LEAST_RSA_BITS} bit hoặc ECDSA P-256.")


def _named(value: Value | None, what: str) -> Value:
    if not value:
        raise Misconfigured(f"Đã chọn cách ký nhưng chưa cài đặt {what}.")
    return value


def _secret(value: str, file: Path | None) -> str:
    return _read(file, "tệp mật khẩu").decode().strip() if file else value


def _read(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise Misconfigured(f"Không đọc được {what} {file}: {fault.strerror}.") from fault
