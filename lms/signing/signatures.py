"""Signing one paper: its own bytes stay as they are, and a signature comes behind them."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from lms.clock import VIETNAM
from lms.signing.refusals import StampSilent
from lms.signing.signers import Signer
from lms.signing.updates import UpdatePlan, parted

_HEAD = (
    b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
    b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]"
    b"/M(%b)%b/ByteRange "
)
_RANGE_SIZE = len(b"[0 1234567890 1234567890 1234567890]")
_CONTENTS = b"/Contents"
_TAIL = b">>\nendobj\n"


class Signed(NamedTuple):
    """What stands behind the paper, and the sha256 of the paper without it and with it."""

    update: bytes
    base_sha256: str
    sha256: str


def sign(
    stem: bytes, rest: bytes, plan: UpdatePlan, signer: Signer, *, at: datetime, reason: str = "", location: str = ""
) -> bytes:
    """Return the update that stands behind `stem + rest`: a PAdES signature that allows no change (DocMDP 1).

    `at` is the moment of issue. The same paper signed twice gives the same bytes, where key and time stamp let it.

    Raises:
        KeyOutOfDate, KeySilent, StampSilent: nothing was signed.
        ValueError: the plan is of another template.
    """
    return sign_with_digest(stem, rest, plan, signer, at=at, reason=reason, location=location).update


def sign_with_digest(
    stem: bytes, rest: bytes, plan: UpdatePlan, signer: Signer, *, at: datetime, reason: str = "", location: str = ""
) -> Signed:
    """Do as `sign` does, and tell the digests too, which come with signing; the stem is not read again for them."""
    stem, rest = parted(stem, rest)
    ending = plan.ending_of(stem, rest)
    signer.demand_valid(at)
    paper = plan.state.copy()
    paper.update(rest)
    start, room = len(stem) + len(rest), 2 * signer.room() + len(b"<>")
    head = _HEAD % (plan.signature, _moment(at), _words(reason, location))
    gap = start + len(plan.static) + len(head) + _RANGE_SIZE + len(_CONTENTS)
    digest = paper.digest()
    tail = _TAIL + plan.listing.write(ending, plan.places_from(start), gap + room + len(_TAIL), digest[:16])
    covered = b"[0 %d %d %d]" % (gap, gap + room, len(tail))
    before = b"".join((plan.static, head, covered.ljust(_RANGE_SIZE), _CONTENTS))
    signed = paper.copy()
    signed.update(before + tail)
    message = signer.message(signed.digest())
    if 2 * len(message) + len(b"<>") > room:
        raise StampSilent
    update = b"".join((before, b"<", message.hex().encode().ljust(room - 2, b"0"), b">", tail))
    paper.update(update)
    return Signed(update, digest.hex(), paper.hexdigest())


@lru_cache(maxsize=64)
def _words(reason: str, location: str) -> bytes:
    return (_text(b"/Reason", reason) if reason else b"") + (_text(b"/Location", location) if location else b"")


def _text(key: bytes, words: str) -> bytes:
    """Return the words as a PDF text string, in UTF-16 with its mark (ISO 32000-1, 7.9.2.2)."""
    return b"%b<FEFF%b>" % (key, words.encode("utf-16-be").hex().encode())


@lru_cache(maxsize=64)
def _moment(at: datetime) -> bytes:
    """Return the moment as a PDF date in Vietnam's time."""
    return at.astimezone(VIETNAM).strftime("D:%Y%m%d%H%M%S+07'00'").encode()
