"""This installation's key: opened once by the process that signs, and used for many papers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate as Certificate509
from cryptography.x509.oid import NameOID

from lms.certificates.models import BookLine
from lms.clock import utc_now
from lms.errors import Misconfigured
from lms.press import Pressed
from lms.signing.apart import NotReadable
from lms.signing.checking import SignatureReport, check_signature
from lms.signing.refusals import KeyOutOfDate, KeySilent
from lms.signing.settings import WAYS, SigningSettings
from lms.signing.signatures import sign_with_digest
from lms.signing.signers import Signer, load_signer
from lms.signing.trust import Trust, load_trust
from lms.signing.updates import UpdatePlan, plan_update

SignatureCheck = Callable[[bytes, BookLine | None], str]
"""Judges a signed paper by its bytes and the line of its publication; returns what is wrong, or nothing."""

_REASON = "Cấp giấy chứng nhận"


class Seal:
    """A signer with the plans it has made: one for each template, since their papers differ in the person only."""

    def __init__(self, signer: Signer, *, location: str) -> None:
        self._signer, self._location = signer, location
        self._plans: dict[bytes, UpdatePlan] = {}
        self.certificate = signer.key.certificate
        self.fingerprint = self.certificate.fingerprint(SHA256()).hex()
        self.name = _readable(self.certificate)[:200]

    def sign(self, pressed: Pressed, *, at: datetime) -> tuple[bytes, str]:
        """Return the signature that comes behind the paper, and the sha256 of both together.

        Raises:
            KeyOutOfDate, KeySilent, StampSilent: nothing was signed.
        """
        try:
            signed = sign_with_digest(
                pressed.stem, pressed.rest, self._plan(pressed), self._signer, at=at, reason=_REASON,
                location=self._location,
            )  # fmt: skip
        except (KeySilent, KeyOutOfDate):
            # A device that was pulled out never answers this session again, and a new key file is not read by itself.
            self._leave()
            raise
        return signed.update, signed.sha256

    def _leave(self) -> None:
        """Let go of the key, so that whoever signs next opens it anew."""
        _seal.cache_clear()
        self._signer.key.close()

    def _plan(self, pressed: Pressed) -> UpdatePlan:
        """Return the plan for the paper; one laid out by itself has a plan of its own."""
        if not pressed.stem:
            return plan_update(pressed.rest)
        plan = self._plans.get(pressed.stem)
        if plan is None or not plan.fits(pressed.stem, pressed.rest):
            plan = plan_update(pressed.stem + pressed.rest, len(pressed.stem))
            self._plans[pressed.stem] = plan
        return plan


def _readable(certificate: Certificate509) -> str:
    """Return whom a certificate names, as the check page says it."""
    subject = certificate.subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME) or subject.get_attributes_for_oid(
        NameOID.ORGANIZATION_NAME
    )
    return str(names[0].value) if names else subject.rfc4514_string()


def own_seal(config: Mapping[str, Any]) -> Seal | None:
    """Return the key the settings name, or None if papers are signed elsewhere or not at all.

    Raises:
        Misconfigured: the key is named but cannot be used.
    """
    return _seal(signing_settings(config))


def own_trust(config: Mapping[str, Any]) -> Trust:
    """Return whose signature counts here: the list of the settings and this installation's own key.

    Raises:
        Misconfigured: a folder of the settings cannot be read, or papers are signed elsewhere by nobody knows whom.
    """
    trust = _listed(config)
    if config["LMS_SIGN"] == "elsewhere" and not trust.allowed:
        raise Misconfigured(
            "Chưa có chứng thư số nào của người được phép ký, nên chưa nhận giấy ký ở máy khác. Người quản trị "
            "hãy đặt tệp chứng thư của người ký vào một thư mục và ghi thư mục đó vào LMS_SIGN_CERTIFICATES."
        )
    return trust


def _listed(config: Mapping[str, Any]) -> Trust:
    settings = signing_settings(config)
    seal = _seal(settings)
    return load_trust(settings, [seal.certificate] if seal else [])


def signature_check(config: Mapping[str, Any]) -> SignatureCheck:
    """Return what judges the signature of a stored paper: it answers with what is wrong, or nothing.

    A paper was accepted when it was published, so it is judged as of that moment and by the certificates that its
    line in the book names: a key that was renewed, retired or has run out since takes nothing away from it.
    Lines from before they named any leave it to whoever is listed today; where nobody is, as after signing was
    switched off, the signature must still fit.
    """
    # Asked only for lines that name nobody: it opens the key, and a token that is out must not stop a night's work.
    listed = cache(lambda: _listed(config))

    def fault_of(data: bytes, published: BookLine | None) -> str:
        named = None if published is None else published.detail.get("signers")
        if published is None or named is None:
            return _fault_today(check_signature(data, listed(), now=utc_now()), listed())
        return _fault_then(check_signature(data, Trust(), now=published.at), named)

    def told(data: bytes, published: BookLine | None) -> str:
        if find_spec("pyhanko") is None:
            return "chưa soát được chữ ký số vì máy này thiếu gói ký số."
        try:
            return fault_of(data, published)
        except NotReadable:
            return "không đọc được tệp đã ký."
        except Misconfigured as fault:
            return f"chưa soát được chữ ký số. {fault}"

    return told


def _fault_then(report: SignatureReport, named: Sequence[str]) -> str:
    """Say what is wrong with a paper that must be signed with these certificates, in this order, and no others."""
    fault = _fault_of_bytes(report)
    if fault:
        return fault
    if [one.fingerprint for one in report.signatures] != list(named):
        return f"chữ ký số của {report.signatures[-1].signer} không phải bằng chứng thư đã ghi trong sổ khi công bố."
    if not all(one.is_current for one in report.signatures):
        return "chứng thư số không có hiệu lực lúc ký, hoặc lúc ký sau lúc công bố."
    return ""


def _fault_today(report: SignatureReport, trust: Trust) -> str:
    fault = _fault_of_bytes(report)
    if not fault and trust.allowed and not report.is_good:
        return f"chữ ký số của {report.signatures[-1].signer} không được công nhận."
    return fault


def _fault_of_bytes(report: SignatureReport) -> str:
    if not report.signatures:
        return "mất chữ ký số."
    if not report.is_whole_file or not all(one.is_intact and one.is_last_word for one in report.signatures):
        return "chữ ký số không còn khớp với tệp."
    return ""


def signing_settings(config: Mapping[str, Any]) -> SigningSettings:
    """Return what the settings say about signing.

    Raises:
        Misconfigured: the way is none of those there are.
    """
    way = config["LMS_SIGN"]
    if way not in WAYS:
        raise Misconfigured(f"LMS_SIGN là “{way}”, phải là một trong: {', '.join(WAYS)}.")
    return SigningSettings(
        way=way,
        key_file=_path(config["LMS_SIGN_KEY_FILE"]),
        passphrase_file=_path(config["LMS_SIGN_PASSPHRASE_FILE"]),
        module=_path(config["LMS_SIGN_MODULE"]),
        token=config["LMS_SIGN_TOKEN"],
        pin_file=_path(config["LMS_SIGN_PIN_FILE"]),
        key_label=config["LMS_SIGN_KEY_LABEL"],
        certificates=_path(config["LMS_SIGN_CERTIFICATES"]),
        roots=_path(config["LMS_SIGN_ROOTS"]),
        stamp_url=config["LMS_SIGN_TSA_URL"],
        reason=_REASON,
        location=config["LMS_ISSUER_PLACE"],
    )


@lru_cache(maxsize=4)
def _seal(settings: SigningSettings) -> Seal | None:
    signer = load_signer(settings)
    return None if signer is None else Seal(signer, location=settings.location)


def _path(text: str) -> Path | None:
    return Path(text) if text else None
