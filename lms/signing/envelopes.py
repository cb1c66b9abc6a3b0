"""The envelope of a signature: a CAdES message whose bytes are the same for everybody but for two values.

pyHanko writes the message once with stand-ins for the digest and the signature; for each certificate
only these two are put in their places. This is what makes signing as fast as the key itself.
"""

import asyncio
import secrets
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

DIGEST_SIZE = 32


class Envelope:
    """Writes the messages of one signer: content type, digest, signing certificate (v2), chain; no time.

    The time stands in the PDF's own dictionary, as PAdES baseline wants it (ETSI EN 319 142-1, 5.3).
    """

    def __init__(self, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> None:
        self._certificates = tuple(one.public_bytes(Encoding.DER) for one in (certificate, *chain))
        digest = secrets.token_bytes(DIGEST_SIZE)
        signer_info = self._write(digest, b"\0")["content"]["signer_infos"][0]
        self._attributes = _around(signer_info["signed_attrs"].untag().dump(), digest)
        self._messages: dict[int, tuple[bytes, ...]] = {}

    def attributes(self, digest: bytes) -> bytes:
        """Return what the key signs: the attributes that hold the file's digest."""
        before, behind = self._attributes
        return before + digest + behind

    def close(self, digest: bytes, signature: bytes) -> bytes:
        """Return the whole message in DER."""
        size = len(signature)
        if size not in self._messages:
            stand_ins = secrets.token_bytes(DIGEST_SIZE), secrets.token_bytes(size)
            self._messages[size] = _around(self._write(*stand_ins).dump(), *stand_ins)
        before, between, behind = self._messages[size]
        return b"".join((before, digest, between, signature, behind))

    def close_stamped(self, digest: bytes, signature: bytes, authority: Any) -> bytes:
        """Return the whole message with a time stamp over the signature, asked for from the authority.

        Raises:
            Exception: the authority did not answer, said no, or answered something else.
        """
        return bytes(self._write(digest, signature, authority).dump())

    def _write(self, digest: bytes, signature: bytes, authority: Any = None) -> Any:
        from asn1crypto.x509 import Certificate
        from pyhanko.sign.signers import ExternalSigner
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        own, *issuers = (Certificate.load(one) for one in self._certificates)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(issuers)
        writer = ExternalSigner(own, store, signature_value=signature)
        return asyncio.run(writer.async_sign(digest, "sha256", use_pades=True, timestamper=authority))


def _around(written: bytes, *stand_ins: bytes) -> tuple[bytes, ...]:
    """Return the pieces before, between and behind the stand-ins, which must come once each, in this order."""
    pieces, rest = [], written
    for stand_in in stand_ins:
        before, found, rest = rest.partition(stand_in)
        if not found or stand_in in rest:
            raise ValueError("a value does not stand exactly once in the message")
        pieces.append(before)
    return (*pieces, rest)
