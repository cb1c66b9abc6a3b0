"""Lists of what has ended: one bit for each badge, at a random place, in a document that anybody may fetch.

Whoever checks a badge fetches the whole list, so nobody learns which badge was looked at. The bit follows from
the row of the certificate itself, never from something stored beside it.
"""

import base64
import gzip
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lms.certificates.models import Certificate
from lms.db import row_exists
from lms.errors import NotFound

LENGTH = 131_072
"""Bits in a list: the least that the standard allows, so that a badge is one among many."""
MINUTES_FRESH = 1
"""For how long a reader may keep a list before asking again."""


def describe_list(session: Session, *, number: int, site: str, issuer: str, now: datetime) -> dict[str, Any]:
    """Return the list with this number, unsigned (W3C Bitstring Status List 1.0).

    Raises:
        NotFound: no certificate stands in such a list.
    """
    address = f"{site}/status/{number}"
    moment = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": moment,
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode(_ended(session, number)),
            "ttl": MINUTES_FRESH * 60_000,
        },
    }


def encode(places: list[int]) -> str:
    """Return a list in which the bits at these places are set; the first bit is the highest of the first byte."""
    bits = bytearray(LENGTH // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _ended(session: Session, number: int) -> list[int]:
    if not row_exists(session, Certificate, Certificate.status_list == number):
        raise NotFound(f"status list {number}")
    over = or_(Certificate.revoked_at.is_not(None), Certificate.superseded_at.is_not(None))
    return list(session.scalars(select(Certificate.status_index).where(Certificate.status_list == number, over)))
