"""Checking: who signed a file, when, whether anything was changed, and whether that person counts here.

Only pyHanko's bottom line counts, over the whole file. Other readers call a file valid to which something
was added after signing, because the signature over the older part still fits.
"""

import asyncio
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lms.clock import VIETNAM
from lms.signing.apart import NotReadable, apart
from lms.signing.settings import demand_extra
from lms.signing.trust import Trust
from lms.signing.widgets import Rectangle, belong_to_signatures, show_only_in
from lms.words import nfc

LARGEST_FILE = 8_000_000
MOST_REVISIONS = 12
MOST_OBJECTS = 5_000
CLOCKS_DIFFER = timedelta(days=1)
_SIGNING_USES = {"digital_signature", "non_repudiation"}
_START = re.compile(rb"startxref\s+(\d+)")
_OBJECT = re.compile(rb"\d obj\b")
_HEXADECIMAL = re.compile(rb"<[0-9A-Fa-f]*>")


@dataclass(frozen=True)
class Signature:
    """One signature in a file. `at` is when, by the time stamp if there is one, else by the signer's own clock.

    `is_intact`: the signature belongs to these bytes, by a method that still counts. `is_trusted`: the signer
    counts here. `is_current`: the certificate was valid at that moment. `is_last_word`: nothing was changed
    afterwards. `is_stamped`: there is a time stamp; `is_stamp_good` says whether it is true and trusted.
    """

    signer: str
    organisation: str
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    at: datetime | None
    is_intact: bool
    is_trusted: bool
    is_current: bool
    is_last_word: bool
    is_stamped: bool
    is_stamp_good: bool
    is_bottom_line: bool

    @property
    def is_good(self) -> bool:
        """Whether everything about it is right."""
        return self.is_bottom_line and self.is_current and self.is_last_word


@dataclass(frozen=True)
class SignatureReport:
    """What stands in a file: its signatures, oldest first, and whether the last covers every byte."""

    signatures: tuple[Signature, ...]
    is_whole_file: bool

    @property
    def is_good(self) -> bool:
        """Whether the file is signed, by those who count only, and unchanged since."""
        return bool(self.signatures) and self.is_whole_file and all(one.is_good for one in self.signatures)


def check_upload(data: bytes, trust: Trust, *, now: datetime) -> SignatureReport:
    """Do as `check_signature` does with a file that anybody may have sent, so apart from this process.

    Raises:
        NotReadable: the file is hostile, broken, or no PDF.
        Misconfigured: the extra `sign` is not installed.
    """
    demand_extra()
    demand_reasonable(data)
    return apart(check_signature, data, trust, now=now)


def check_signature(data: bytes, trust: Trust, *, now: datetime) -> SignatureReport:
    """Say who signed the file and whether it is as it was signed; an unsigned file has an empty report.

    For files of our own; what comes from outside goes through `check_upload`.

    Raises:
        NotReadable: the file is hostile, broken, or no PDF.
        Misconfigured: the extra `sign` is not installed.
    """
    demand_extra()
    demand_reasonable(data)
    with _any_fault():
        reader = _reader(data)
        found = _signatures_in(reader)
        signatures = tuple(_judge(one, trust, now) for one in found)
        return SignatureReport(signatures, bool(found) and _covers_whole(found[-1], data))


def is_only_signed(data: bytes, base_size: int) -> bool:
    """Say whether all that stands behind the first `base_size` bytes is signatures: no page, font or word was changed.

    A signing tool appends its own update before it signs, and could append more in it than a signature, as a
    field that stays empty and covers the page. What the signatures themselves show is `is_page_clear`'s to say.

    Raises:
        NotReadable: the file is hostile, broken, or no PDF.
    """
    demand_reasonable(data)
    with _any_fault():
        from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

        reader = _reader(data)
        ours = _START.findall(data[:base_size])
        revisions = [
            number
            for number in range(reader.xrefs.total_revisions)
            if ours and reader.xrefs.get_startxref_for_revision(number) == int(ours[-1])
        ]
        if not revisions or "/AcroForm" not in reader.root:
            return False
        if not belong_to_signatures(reader.root["/AcroForm"], len(_signatures_in(reader))):
            return False
        base = reader.get_historical_resolver(revisions[0])
        _give_empty_form(base.root, reader.root["/AcroForm"])
        review = _signing_policy().review_file(reader, base)
        return isinstance(review, DiffResult) and review.modification_level <= ModificationLevel.FORM_FILLING


def is_page_clear(data: bytes, room: Sequence[Rectangle] = ()) -> bool:
    """Say whether what the signatures show stays inside the room, in points from the page's lower left corner.

    Raises:
        NotReadable: the file is hostile, broken, or no PDF.
    """
    demand_reasonable(data)
    with _any_fault():
        return show_only_in(room, _reader(data).root)


def demand_reasonable(data: bytes) -> None:
    """Refuse what no signing tool writes before any parser sees it.

    Raises:
        NotReadable: no PDF, too large, or of too many parts.
    """
    is_small = len(data) <= LARGEST_FILE and data.startswith(b"%PDF-")
    if not is_small or data.count(b"startxref") > MOST_REVISIONS or len(_OBJECT.findall(data)) > MOST_OBJECTS:
        raise NotReadable


@contextmanager
def _any_fault() -> Iterator[None]:
    """A hostile file can make a parser raise anything; whatever it is, the file cannot be read."""
    try:
        yield
    except Exception as fault:
        raise NotReadable from fault


def _reader(data: bytes) -> Any:
    from pyhanko.pdf_utils.reader import PdfFileReader

    return PdfFileReader(io.BytesIO(data), strict=True)


def _signatures_in(reader: Any) -> list[Any]:
    return [one for one in reader.embedded_signatures if one.sig_object_type == "/Sig"]


def _judge(found: Any, trust: Trust, now: datetime) -> Signature:
    from pyhanko.sign.ades.report import AdESIndeterminate
    from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    certificate = found.signer_cert
    first, last = certificate.not_valid_before, certificate.not_valid_after
    stamped, claimed = _stamped_at(found), _aware(found.self_reported_timestamp)
    at = stamped or claimed
    moment = at or now
    uses = KeyUsageConstraints(key_usage=_SIGNING_USES, match_all_key_usages=False)
    status = asyncio.run(
        async_validate_pdf_signature(
            found,
            # The signer's own days are judged below, so that "too late" and "a stranger" stay two answers.
            _context(trust.allowed, min(max(moment, first), last)),
            _context(trust.roots, moment),
            key_usage_settings=uses,
        )
    )
    covered = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    is_listed = certificate.dump() in trust.allowed
    is_weak = status.trust_problem_indic == AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE
    stamp = status.timestamp_validity
    return Signature(
        signer=_named(certificate, "common_name"),
        organisation=_named(certificate, "organization_name"),
        fingerprint=certificate.sha256.hex(),
        valid_from=first,
        valid_until=last,
        at=at,
        is_intact=status.intact and status.valid and not is_weak,
        is_trusted=status.trusted and is_listed,
        is_current=first <= moment <= last and moment <= now + CLOCKS_DIFFER,
        is_last_word=status.coverage in covered and bool(status.docmdp_ok),
        is_stamped=stamped is not None,
        is_stamp_good=stamp is not None and stamp.intact and stamp.valid and stamp.trusted,
        is_bottom_line=status.bottom_line and is_listed,
    )


def _covers_whole(found: Any, data: bytes) -> bool:
    """Say whether the signature covers every byte but its own, and its own are nothing but hexadecimal digits."""
    from pyhanko.sign.validation import SignatureCoverageLevel

    if found.coverage != SignatureCoverageLevel.ENTIRE_FILE or len(found.byte_range) != 4:
        return False
    start, before, after, behind = (int(number) for number in found.byte_range)
    gap = data[before:after]
    return start == 0 and after + behind == len(data) and _HEXADECIMAL.fullmatch(gap) is not None


def _context(anchors: Iterable[bytes], moment: datetime) -> Any:
    """Return what pyHanko judges a certificate by: these anchors, that moment, and no network."""
    from asn1crypto.x509 import Certificate
    from pyhanko_certvalidator import ValidationContext

    roots = [Certificate.load(anchor) for anchor in sorted(anchors)]
    return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False)


def _signing_policy() -> Any:
    """Return pyHanko's own rules for changes, which forbid all but forms, and let the first signature certify."""
    from pyhanko.sign import diff_analysis
    from pyhanko.sign.diff_analysis.constants import ROOT_EXEMPT_STRICT_COMPARISON

    usual, catalog_rule = diff_analysis.DEFAULT_DIFF_POLICY, diff_analysis.CatalogModificationRule
    rules = [rule for rule in usual.global_rules if not isinstance(rule, catalog_rule)]
    catalog: Any = catalog_rule(ROOT_EXEMPT_STRICT_COMPARISON | {"/Perms"})  # type: ignore[no-untyped-call]
    return diff_analysis.StandardDiffPolicy([catalog, *rules], usual.form_rule)


def _give_empty_form(catalog: Any, later: Any) -> None:
    """Let pyHanko compare forms: it expects one before the first field is added, and our papers have none."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject

    form = DictionaryObject({NameObject("/Fields"): ArrayObject()})  # type: ignore[no-untyped-call]
    if "/SigFlags" in later:
        form[NameObject("/SigFlags")] = later["/SigFlags"]
    catalog[NameObject("/AcroForm")] = form


def _stamped_at(found: Any) -> datetime | None:
    """Return the time in the stamp inside the signature; whether it is true is pyHanko's to say."""
    for attribute in found.signer_info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            token = attribute["values"][0]["content"]["encap_content_info"]["content"]
            return _aware(token.parsed["gen_time"].native)
    return None


def _aware(moment: datetime | None) -> datetime | None:
    """Read a time without zone as Vietnam's; a clerk's tool may write it so."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _named(certificate: Any, part: str) -> str:
    words = certificate.subject.native.get(part, "")
    return nfc(words if isinstance(words, str) else ", ".join(words))
