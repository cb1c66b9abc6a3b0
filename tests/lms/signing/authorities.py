"""Keys and certificates made for one run of the tests: a root, its signers, a time-stamping authority."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, pkcs12

ISSUED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Holder:
    """Somebody with a key and a certificate, and whoever stands between them and their root."""

    key: Any
    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def as_file(self, passphrase: bytes | None = None) -> bytes:
        """Return the PKCS#12 file."""
        lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"ky-so", self.key, self.certificate, self.issuers, lock)


@cache
def root(name: str = "Gốc kiểm thử") -> Holder:
    key = new_key("rsa")
    return Holder(key, certificate_for(name, key, None, is_authority=True))


@cache
def signer(kind: str = "ecdsa", name: str = "Sở Khoa học và Công nghệ", last: datetime = LAST) -> Holder:
    """Return a signer issued under the root by an authority in between."""
    between, key = _between(), new_key(kind)
    return Holder(key, certificate_for(name, key, between, last=last), (between.certificate,))


@cache
def stranger() -> Holder:
    """Return somebody with the same name, and a key of their own under a root of their own."""
    key = new_key("ecdsa")
    return Holder(key, certificate_for("Sở Khoa học và Công nghệ", key, root("Gốc khác")))


@cache
def stamper() -> Holder:
    key = new_key("rsa")
    return Holder(key, certificate_for("Dấu thời gian kiểm thử", key, root(), is_stamper=True))


@cache
def _between() -> Holder:
    key = new_key("ecdsa")
    return Holder(key, certificate_for("Trung gian kiểm thử", key, root(), is_authority=True))


def new_key(kind: str) -> Any:
    if kind == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_for(
    name: str, key: Any, issuer: Holder | None, *, last: datetime = LAST, is_authority: bool = False,
    is_stamper: bool = False,
) -> x509.Certificate:  # fmt: skip
    subject = _named(name)
    uses = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FIRST)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority, **uses),
            critical=True,
        )
    )
    if is_stamper:
        built = built.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return built.sign(issuer.key if issuer else key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Tỉnh Thanh Hóa"),
        x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
    ])  # fmt: skip
