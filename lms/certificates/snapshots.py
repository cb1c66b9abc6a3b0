"""What a certificate says, frozen on the day it is numbered.

A renamed commune, a corrected name or a new logo must never change a paper already issued, so
every printed fact is copied into the row of the book and the paper is made from that copy alone.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.certificates.models import Certificate
from lms.certificates.public_id import grouped
from lms.clock import vn_day
from lms.library.models import Skill
from lms.people.models import Person
from lms.printing.documents import CertificatePaper
from lms.printing.paper import PaperFault
from lms.teams.models import Membership, Team
from lms.training.models import Seat, TrainingClass
from lms.words import fold, nfc

_ROLES = {"leader": "Tổ trưởng", "deputy": "Tổ phó", "member": "Tổ viên"}
_TEAM_TITLES = ("to cong nghe so", "to chuyen doi so", "to cns")
_SETTLEMENTS = frozenset(["to", "thon", "ban", "lang", "xom", "ap", "khom", "buon", "bon", "khu", "khoi"])
_DAYS = ("first_day", "last_day", "issued_on")


@dataclass(frozen=True)
class Issuer:
    """The body that issues, as its papers name it; read from the settings by whoever asks."""

    parent: str
    name: str
    code: str
    place: str
    signer_title: str
    signer_name: str
    public_url: str


@dataclass(frozen=True)
class Decision:
    """The decision of the department by which something is issued, replaced or revoked."""

    number: str
    day: date

    def __str__(self) -> str:
        return f"{self.number} ngày {vn_day(self.day)}"


def take_snapshot(
    session: Session, seat: Seat, *, issuer: Issuer, decision: Decision, number: int, year: int, public_id: str
) -> dict[str, Any]:
    """Return every fact the certificate of this seat will print, in NFC, days as ISO text."""
    who = _who(session, seat)
    paper = CertificatePaper(
        **who,
        **_what(session, seat.class_id),
        **_by_whom(issuer, decision),
        number=f"{number:04d}/{year}/GCN-{issuer.code}",
        book_entry=f"{number:04d}",
        check_code=grouped(public_id),
        check_url=check_url(issuer.public_url, public_id),
        check_host=_host(issuer.public_url),
        certifier=_certifier(issuer.name, who["province"]),
    )
    return {key: _plain(value) for key, value in asdict(paper).items()}


def paper_of(certificate: Certificate) -> CertificatePaper:
    """Return the paper of a certificate, from its snapshot and nothing else.

    Raises:
        PaperFault: the snapshot lacks a fact or holds one too many.
    """
    facts: dict[str, Any] = dict(certificate.snapshot)
    try:
        for day in _DAYS:
            facts[day] = date.fromisoformat(facts[day])
        facts["authority"] = tuple(facts["authority"])
        return CertificatePaper(**facts)
    except (KeyError, TypeError, ValueError) as fault:
        raise PaperFault(f"snapshot of certificate {certificate.number}: {fault}") from fault


def check_url(public_url: str, public_id: str) -> str:
    """Return the address in the QR code.

    Scheme and host go in capitals, which keeps the code small; the path of an app mounted below
    another keeps its letters, since there capitals would lead elsewhere.
    """
    address = urlsplit(public_url)
    site = f"{address.scheme}://{address.netloc}".upper()
    return f"{site}{address.path.rstrip('/')}/V/{public_id}"


def _who(session: Session, seat: Seat) -> dict[str, Any]:
    person = session.get_one(Person, seat.person_id)
    team = session.get_one(Team, seat.team_id)
    commune = session.get_one(Area, team.commune_code)
    province = session.get_one(Area, commune.parent_code)
    return {
        "name": person.full_name,
        "role": _ROLES[_role(session, seat)],
        "team": _team_name(team.name),
        "commune": _capital(commune.full_name),
        "province": province.full_name,
    }


def _role(session: Session, seat: Seat) -> str:
    """Return the person's role in the team that sent them; the last one held, if they have left."""
    role = session.scalar(
        select(Membership.role)
        .where(Membership.team_id == seat.team_id, Membership.person_id == seat.person_id)
        .order_by(case((Membership.left_at.is_(None), 0), else_=1), Membership.joined_at.desc())
        .limit(1)
    )
    return role or "member"


def _what(session: Session, class_id: int) -> dict[str, Any]:
    held = session.get_one(TrainingClass, class_id)
    return {
        "course": session.get_one(Skill, held.topic).title,
        "class_name": held.title,
        "first_day": held.starts_on,
        "last_day": held.ends_on,
        "hours": f"{held.hours} giờ",
        "result": "Đạt",
    }


def _by_whom(issuer: Issuer, decision: Decision) -> dict[str, Any]:
    return {
        "parent_agency": issuer.parent,
        "agency": issuer.name,
        "decision": f"Quyết định số {decision}",
        "place": issuer.place,
        "issued_on": decision.day,
        "authority": tuple(line.strip() for line in issuer.signer_title.split("/") if line.strip()),
        "signer": issuer.signer_name,
    }


def _certifier(agency: str, province: str) -> str:
    return agency if fold(province) in fold(agency) else f"{agency} {province}"


def _team_name(name: str) -> str:
    """Return the team's whole title; rosters often name only the settlement ("Thôn 1", "Tổ KP1")."""
    if fold(name).startswith(_TEAM_TITLES):
        return name
    generic = fold(name).split(" ")[0] in _SETTLEMENTS
    return f"Tổ công nghệ số cộng đồng {name[0].lower() + name[1:] if generic else name}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _host(public_url: str) -> str:
    address = urlsplit(public_url)
    return address.netloc + address.path.rstrip("/")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, date):
        return value.isoformat()
    return [nfc(line) for line in value] if isinstance(value, tuple) else value
