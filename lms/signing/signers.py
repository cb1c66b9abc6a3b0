"""The signer of this installation: a key, its envelope, and whoever gives the time stamp."""

import asyncio
from datetime import datetime
from typing import Any

from lms.errors import Misconfigured
from lms.signing.envelopes import DIGEST_SIZE, Envelope
from lms.signing.keys import Key, load_key, longest_signature
from lms.signing.refusals import KeyOutOfDate, StampSilent
from lms.signing.settings import SigningSettings, demand_extra

STAMP_SECONDS = 10
_SPARE_FOR_A_STAMP = 512


class Signer:
    """Makes the message that goes into a PDF; `authority` is a pyHanko `TimeStamper` or nothing."""

    def __init__(self, key: Key, authority: Any = None) -> None:
        self.key, self._authority = key, authority
        self._first, self._last = key.certificate.not_valid_before_utc, key.certificate.not_valid_after_utc
        self._envelope = Envelope(key.certificate, key.chain)
        self._plain_room = len(self._envelope.close(bytes(DIGEST_SIZE), bytes(longest_signature(key.certificate))))

    def room(self) -> int:
        """Return how many bytes the longest message takes.

        Raises:
            StampSilent: how long a time stamp is, is learned from the first, and none came.
        """
        return self._plain_room + self._stamp_room() if self._authority else self._plain_room

    def demand_valid(self, at: datetime) -> None:
        """Raise `KeyOutOfDate` unless the certificate is valid at that moment."""
        if not self._first <= at <= self._last:
            raise KeyOutOfDate(self._first, self._last)

    def message(self, digest: bytes) -> bytes:
        """Return the CAdES message over the digest of a file.

        Raises:
            KeySilent, StampSilent: no signature, or no time stamp, came back.
        """
        signature = self.key.sign(self._envelope.attributes(digest))
        if not self._authority:
            return self._envelope.close(digest, signature)
        try:  # an authority can answer anything, and the library falls over some of it
            return self._envelope.close_stamped(digest, signature, self._authority)
        except Exception as fault:
            raise StampSilent from fault

    def _stamp_room(self) -> int:
        try:
            first = asyncio.run(self._authority.async_dummy_response("sha256"))
        except Exception as fault:
            raise StampSilent from fault
        return len(first.dump()) + _SPARE_FOR_A_STAMP


def load_signer(settings: SigningSettings) -> Signer | None:
    """Return the signer the settings name, or nothing when this installation signs elsewhere or not at all.

    A key is opened by the process that uses it, after it was forked: a PKCS#11 module does not survive a fork.

    Raises:
        Misconfigured: the key is named but cannot be used, or papers are signed and the extra `sign` is not installed.
    """
    if settings.way != "none":
        demand_extra()
    key = load_key(settings)
    if key is None:
        return None
    return Signer(key, _authority(settings.stamp_url))


def _authority(url: str) -> Any:
    if not url:
        return None
    if not url.startswith(("https://", "http://")):
        raise Misconfigured(f"Địa chỉ cấp dấu thời gian “{url}” phải bắt đầu bằng https:// hoặc http://.")
    from pyhanko.sign.timestamps import HTTPTimeStamper

    return HTTPTimeStamper(url, timeout=STAMP_SECONDS)
