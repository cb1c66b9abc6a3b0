"""Taking back what was signed elsewhere: a clerk's token signs with the clerk's own tool, on a copy of our file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.signing.apart import NotReadable, apart
from lms.signing.checking import Signature, SignatureReport, check_signature, is_only_signed, is_page_clear
from lms.signing.refusals import (
    ChangedAfterSigning,
    ChangedBeforeSigning,
    FileChanged,
    NoSignature,
    NotPdf,
    SignatureBroken,
    SignerOutOfDate,
    SignerUnknown,
    StampBroken,
    StampElsewhere,
    TooLarge,
    Unreadable,
    WrongSignatures,
)
from lms.signing.settings import demand_extra
from lms.signing.trust import Trust
from lms.signing.widgets import Rectangle

MOST_ADDED = 2_000_000


@dataclass(frozen=True)
class Judgement:
    """A returned file that is accepted: its own digest, and who signed it."""

    sha256: str
    signatures: tuple[Signature, ...]


def judge_returned(
    data: bytes, *, base_sha256: str, base_size: int, trust: Trust, now: datetime, expected: int = 1,
    room: Sequence[Rectangle] = (),
) -> Judgement:  # fmt: skip
    """Accept the file, or say why not: our exact bytes, then exactly the signatures expected, and nothing else.

    `expected` is two where both the person's and the office's signature are asked for. `room` is where on the
    page a signature may show, in points from the lower left corner; without it each must be invisible.

    Raises:
        NotTaken: each reason has its own class; nothing that is stored was touched.
        Misconfigured: the extra `sign` is not installed.
    """
    demand_extra()
    _demand_our_bytes(data, base_sha256, base_size)
    try:
        report, is_only, is_clear = apart(examine, data, base_size, trust, now, room)
    except NotReadable as fault:
        raise Unreadable from fault
    _demand_good(report, now, expected)
    if not is_only:
        raise ChangedBeforeSigning
    if not is_clear:
        raise StampElsewhere
    return Judgement(hashlib.sha256(data).hexdigest(), report.signatures)


def examine(
    data: bytes, base_size: int, trust: Trust, now: datetime, room: Sequence[Rectangle]
) -> tuple[SignatureReport, bool, bool]:
    """Return the report, and of a good file whether nothing but signing stands behind our bytes and covers no word.

    Raises:
        NotReadable: the file is hostile or broken.
    """
    report = check_signature(data, trust, now=now)
    is_only = report.is_good and is_only_signed(data, base_size)
    return report, is_only, is_only and is_page_clear(data, room)


def _demand_our_bytes(data: bytes, base_sha256: str, base_size: int) -> None:
    if not data.startswith(b"%PDF-"):
        raise NotPdf
    if len(data) > base_size + MOST_ADDED:
        raise TooLarge
    if len(data) < base_size or hashlib.sha256(data[:base_size]).hexdigest() != base_sha256:
        raise FileChanged
    if len(data) == base_size:
        raise NoSignature


def _demand_good(report: SignatureReport, now: datetime, expected: int) -> None:
    if not report.signatures:
        raise NoSignature
    for one in report.signatures:
        _demand_true(one, now)
    if not (report.is_whole_file and all(one.is_last_word for one in report.signatures)):
        raise ChangedAfterSigning
    if len(report.signatures) != expected:
        raise WrongSignatures(len(report.signatures), expected)
    if not report.is_good:
        raise SignatureBroken


def _demand_true(one: Signature, now: datetime) -> None:
    """Without a time stamp the signer's clock is the signer's word, so the certificate must be valid today as well."""
    if not one.is_intact:
        raise SignatureBroken
    if not one.is_trusted:
        raise SignerUnknown(one.signer or one.fingerprint[:16])
    if not one.is_current or not (one.is_stamped or one.valid_from <= now <= one.valid_until):
        raise SignerOutOfDate(one.valid_from, one.valid_until)
    if one.is_stamped and not one.is_stamp_good:
        raise StampBroken
