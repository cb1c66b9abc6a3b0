"""Certificates as badges (Open Badges 3.0): the same facts for a machine, signed, and no name in them.

The copy that everybody may fetch tells of its holder only the hash of the code on the paper. A hash of the
name would give the name away: whoever guesses names needs no page for it, and five tries an hour would be
thousands a second. So that hash stands only in the copy that the holder shares by a link of their own.
"""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote, urlsplit

from lms.certificates.badge_keys import BadgeKey
from lms.certificates.badge_proofs import BADGES, CREDENTIALS, sign
from lms.certificates.checking import PublicFacts
from lms.certificates.models import Certificate
from lms.clock import VIETNAM

_CRITERIA = {
    "class": "Đã dự đủ số buổi và đạt yêu cầu của lớp tập huấn. Kết quả do Sở chốt theo danh sách điểm danh.",
    "course": "Đã đạt mọi bài kiểm tra của khóa học. Bài kiểm tra do hệ thống chấm.",
    "skills": "Đã hoàn thành mọi kỹ năng của bộ kỹ năng, qua bài kiểm tra hoặc lớp tập huấn.",
    "team": "Tất cả thành viên của tổ đã hoàn thành nội dung này.",
}


@dataclass(frozen=True)
class BadgeIssuer:
    """The site that signs: where it is, and with which keys, the one in use last."""

    site: str
    keys: Sequence[BadgeKey]

    @property
    def did(self) -> str:
        """The issuer's name for machines: "did:web:hoc.example.vn", with the path of an app mounted below."""
        address = urlsplit(self.site)
        parts = [quote(address.netloc, safe=""), *filter(None, address.path.split("/"))]
        return ":".join(["did:web", *parts])

    def method(self, key: BadgeKey) -> str:
        """Return where the public half of a key is found."""
        return f"{self.did}#{key.multikey}"

    def sign(self, document: dict[str, Any], *, at: datetime) -> dict[str, Any]:
        """Return the document with a proof by the key in use, dated when the document was made."""
        key = self.keys[-1]
        created = max(at, key.since)
        return sign(document, key=key.private, method=self.method(key), created=in_utc(created))


def describe_issuer(issuer: BadgeIssuer) -> dict[str, Any]:
    """Return the document in which every verifier finds the keys (DID Core 1.0, did:web).

    Earlier keys stay without an end: what they signed while they were in use is to be believed.
    """
    methods = [
        {
            "id": issuer.method(key),
            "type": "Multikey",
            "controller": issuer.did,
            "publicKeyMultibase": key.multikey,
        }
        for key in reversed(issuer.keys)
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": issuer.did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def describe_badge(
    certificate: Certificate, facts: PublicFacts, *, issuer: BadgeIssuer, secret: str, name: str = ""
) -> dict[str, Any]:
    """Return a published certificate as a badge, unsigned; with a `name` it carries the name's hash too."""
    if certificate.published_at is None:
        raise ValueError("only a published certificate has a badge")
    site, number = issuer.site, facts.number
    identities = [_identity("identifier", facts.public_id, facts.public_id, secret)]
    if name:
        identities.append(_identity("name", name, facts.public_id, secret))
    return {
        "@context": [CREDENTIALS, BADGES],
        "id": f"{site}/v/{facts.public_id}.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"Giấy chứng nhận số {number}",
        "description": f"Cấp theo {facts.decision}. Trang kiểm tra: {site}/v/{facts.public_id}",
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": facts.issuer, "url": f"{site}/"},
        "validFrom": in_utc(certificate.published_at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": identities,
            "licenseNumber": number,
            **_period(facts),
            "achievement": _achievement(facts, site),
        },
        "credentialStatus": {
            "id": f"{site}/status/{certificate.status_list}#{certificate.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(certificate.status_index),
            "statusListCredential": f"{site}/status/{certificate.status_list}",
        },
    }


def in_utc(moment: datetime) -> str:
    """Return a moment as credentials write it: "2026-11-21T05:00:00Z"."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _achievement(facts: PublicFacts, site: str) -> dict[str, Any]:
    """Return what was achieved; the same course of the same site is the same achievement for everybody."""
    same = uuid.uuid5(uuid.NAMESPACE_URL, f"{site}/{facts.kind}/{facts.course}")
    told = [facts.class_name, facts.hours and f"Thời lượng {facts.hours}", facts.result and f"Kết quả: {facts.result}"]
    return {
        "id": f"urn:uuid:{same}",
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "inLanguage": "vi",
        "name": facts.course,
        "description": ". ".join(filter(None, told)) or facts.course,
        "criteria": {"narrative": _CRITERIA[facts.kind]},
    }


def _period(facts: PublicFacts) -> dict[str, str]:
    days = {"activityStartDate": facts.first_day, "activityEndDate": facts.last_day}
    return {name: _midnight(day) for name, day in days.items() if day is not None}


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), VIETNAM).isoformat()


def _identity(kind: str, value: str, public_id: str, secret: str) -> dict[str, Any]:
    """Return who it is as a hash of the value followed by a salt, the same whenever it is asked for."""
    salt = hmac.digest(secret.encode(), f"badge-salt:{kind}:{public_id}".encode(), "sha256").hex()[:32]
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityType": kind,
        "identityHash": "sha256$" + hashlib.sha256((value + salt).encode()).hexdigest(),
        "salt": salt,
    }
