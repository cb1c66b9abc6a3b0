"""What a certificate says, taken from the rows of the campaign and frozen when the list is proposed.

A renamed commune, a corrected name or a new logo must never change a paper already issued, and nobody
types what is printed. So every fact is copied when the first officer proposes, and the second decides about
that copy; number, code and address follow when the book gives them. From then on nothing else is read.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import case, select
from sqlalchemy.orm import Session

import courses
from lms.areas.models import Area
from lms.certificates.earning import Earner, Matter
from lms.certificates.issuers import Decision, Issuer
from lms.certificates.models import Certificate, NumberBook
from lms.certificates.public_id import grouped
from lms.clock import vn_day, vn_long_day
from lms.learning.models import OWN_TEST, SkillCompletion
from lms.library.models import CourseVersion, Programme, Skill
from lms.library.queries import rule_of
from lms.press.facts import Facts
from lms.teams.models import Membership, Team
from lms.training.models import TrainingClass
from lms.words import fold, nfc

AT_ONCE = 500
"""How many people one statement asks about."""

ROLES = {"leader": "Tổ trưởng", "deputy": "Tổ phó", "member": "Tổ viên"}
_RESULTS = {"A": "Đạt bài kiểm tra", "C": "Đạt, học tại lớp"}
_TEAM_TITLES = ("to cong nghe so", "to chuyen doi so", "to cns")
_SETTLEMENTS = frozenset(["to", "thon", "ban", "lang", "xom", "ap", "khom", "buon", "bon", "khu", "khoi"])


@dataclass(frozen=True)
class Told:
    """What the check page may tell, whenever the certificate was made; the name is for comparing only."""

    kind: str
    number: str
    name: str
    commune: str
    province: str
    course: str
    class_name: str
    first_day: date | None
    last_day: date | None
    hours: str
    result: str
    issuer: str
    signer_title: str
    decision: str
    issued_on: date


@dataclass(frozen=True)
class Standing:
    """The team for which somebody is certified, and their role in it."""

    team_id: int
    role: str
    team: str
    commune: str
    commune_code: str


def take_facts(
    session: Session, matter: Matter, earners: Sequence[Earner], *, issuer: Issuer, decision: Decision
) -> dict[str, dict[str, Any]]:
    """Return by subject all that will be printed, but for what the book gives; a few statements for 500 people."""
    common = _by_whom(session, matter, issuer, decision)
    found = {}
    for at in range(0, len(earners), AT_ONCE):
        chunk = earners[at : at + AT_ONCE]
        standing = standings(session, matter, chunk)
        what = _WHAT[matter.kind](session, matter, chunk)
        for earner in chunk:
            facts = common | _who(matter, earner, standing[earner.subject]) | what[earner.subject]
            found[earner.subject] = {key: _plain(value) for key, value in facts.items()}
    return found


def numbered_facts(facts: dict[str, Any], *, book: NumberBook, number: int, public_id: str) -> dict[str, Any]:
    """Return the facts with what the book gives: number, entry, code, address.

    And something random: the press and the facts told in public would otherwise let a stranger try names until
    the hash of a file fits.
    """
    return facts | {
        "number": f"{number:04d}/{book.year}/GCN-{book.issuer.partition('.')[2]}",
        "book_entry": f"{number:04d}",
        "code": grouped(public_id),
        "address": facts["address"] + public_id,
        "salt": secrets.token_hex(16),
    }


def facts_of(certificate: Certificate) -> Facts:
    """Return what the paper of a certificate says, from its snapshot and nothing else."""
    stored = certificate.snapshot
    return Facts.read(stored if "code" in stored else _modern(stored))


def told_of(certificate: Certificate) -> Told:
    """Return what may be told about a certificate, from its snapshot and nothing else."""
    stored = certificate.snapshot
    said = stored if "code" in stored else _modern(stored)
    return Told(
        kind=certificate.kind,
        **{key: said[key] for key in ("number", "name", "commune", "province", "course", "class_name")},
        first_day=_day(said["first_iso"]),
        last_day=_day(said["last_iso"]),
        hours=said["hours"],
        result=said["result"],
        issuer=said["agency"],
        signer_title=", ".join(said["authority"]),
        decision=said["decision"],
        issued_on=date.fromisoformat(said["issued"]),
    )


def standings(session: Session, matter: Matter, earners: Sequence[Earner]) -> dict[str, Standing]:
    """Return by subject the team and role each is certified for, by two statements.

    In a class it is the team that sent them; otherwise a team of the province they are in now, the one they
    lead first; the last one, if they have left.
    """
    people = [earner.person_id for earner in earners if earner.person_id is not None]
    roles: dict[int, dict[int, str]] = {}
    for person_id, team_id, role in session.execute(_memberships(matter.province_code, people)):
        roles.setdefault(person_id, {}).setdefault(team_id, role)
    own = {earner.subject: earner.team_id or next(iter(roles[earner.person_id or 0])) for earner in earners}
    teams = {
        row.id: row
        for row in session.execute(
            select(Team.id, Team.name, Area.code, Area.kind, Area.name.label("area"))
            .join(Area, Area.code == Team.commune_code)
            .where(Team.id.in_(set(own.values())))
        )
    }
    return {
        earner.subject: _standing(teams[own[earner.subject]], roles.get(earner.person_id or 0, {}))
        for earner in earners
    }


def check_address(public_url: str) -> str:
    """Return how the address in every QR code begins.

    Scheme and host go in capitals, which keeps the code small; the path of an app mounted below
    another keeps its letters, since there capitals would lead elsewhere.
    """
    address = urlsplit(public_url)
    site = f"{address.scheme}://{address.netloc}".upper()
    return f"{site}{address.path.rstrip('/')}/V/"


def team_title(name: str) -> str:
    """Return the team's whole title; rosters often name only the settlement ("Thôn 1", "Tổ KP1")."""
    if fold(name).startswith(_TEAM_TITLES):
        return name
    generic = fold(name).split(" ")[0] in _SETTLEMENTS
    return f"Tổ công nghệ số cộng đồng {name[0].lower() + name[1:] if generic else name}"


def _by_whom(session: Session, matter: Matter, issuer: Issuer, decision: Decision) -> dict[str, Any]:
    return {
        "kind": matter.kind,
        "province": session.get_one(Area, matter.province_code).full_name,
        "parent": issuer.parent,
        "agency": issuer.name,
        "authority": issuer.authority,
        "signer": issuer.signer_name,
        "decision": f"Quyết định số {decision}",
        "issued": decision.day.isoformat(),
        "issued_words": vn_long_day(decision.day),
        "address": check_address(issuer.public_url),
        "note": "",
    }


def _who(matter: Matter, earner: Earner, standing: Standing) -> dict[str, Any]:
    title = team_title(standing.team)
    return {
        "name": title if matter.kind == "team" else earner.name,
        "role": "" if matter.kind == "team" else ROLES[standing.role],
        "team": title,
        "team_id": standing.team_id,
        "commune": standing.commune,
        "commune_code": standing.commune_code,
    }


def _of_class(session: Session, matter: Matter, earners: Sequence[Earner]) -> dict[str, dict[str, Any]]:
    held = session.get_one(TrainingClass, matter.class_id)
    what = {
        "course": session.get_one(Skill, held.topic).title,
        "class_name": held.title,
        "hours": f"{held.hours} giờ",
        "result": "Đạt",
        **_from_to(held.starts_on, held.ends_on),
    }
    return {earner.subject: what for earner in earners}


def _of_course(session: Session, matter: Matter, earners: Sequence[Earner]) -> dict[str, dict[str, Any]]:
    versions = {
        row.id: row
        for row in session.execute(
            select(CourseVersion.id, CourseVersion.title, CourseVersion.minutes).where(
                CourseVersion.id.in_({earner.basis for earner in earners})
            )
        )
    }
    return {
        earner.subject: {
            "course": versions[earner.basis].title,
            "class_name": "",
            "hours": _about(versions[earner.basis].minutes),
            "result": _RESULTS[earner.grade],
            **_from_to(None, earner.earned_on),
        }
        for earner in earners
    }


def _of_programme(session: Session, matter: Matter, earners: Sequence[Earner]) -> dict[str, dict[str, Any]]:
    """Say of each programme by which of its versions it was completed, and whether by tests alone."""
    tested: dict[int | None, set[str]] = {}
    for person_id, skill in session.execute(
        select(SkillCompletion.person_id, SkillCompletion.skill_key).where(
            SkillCompletion.person_id.in_([earner.person_id for earner in earners]),
            SkillCompletion.grade == OWN_TEST,
        )
    ):
        tested.setdefault(person_id, set()).add(skill)
    programmes = {
        row.id: row
        for row in session.scalars(select(Programme).where(Programme.id.in_({earner.basis for earner in earners})))
    }
    found = {}
    for earner in earners:
        programme = programmes[earner.basis]
        by_tests = courses.is_complete(rule_of(programme), tested.get(earner.person_id, set()))
        found[earner.subject] = {
            "course": programme.title,
            "class_name": "",
            "hours": "",
            "result": _RESULTS["A" if by_tests else "C"],
            **_from_to(None, earner.earned_on),
        }
    return found


def _of_team(session: Session, matter: Matter, earners: Sequence[Earner]) -> dict[str, dict[str, Any]]:
    return {
        earner.subject: {
            "course": matter.title,
            "class_name": "",
            "hours": "",
            "result": earner.result or f"{earner.basis} trong {earner.basis} thành viên hoàn thành",
            **_from_to(None, earner.earned_on),
        }
        for earner in earners
    }


_WHAT = {"class": _of_class, "course": _of_course, "skills": _of_programme, "team": _of_team}


def _from_to(first: date | None, last: date) -> dict[str, str]:
    return {
        "first_day": vn_day(first) if first else "",
        "first_iso": first.isoformat() if first else "",
        "last_day": vn_day(last),
        "last_iso": last.isoformat(),
    }


def _about(minutes: int) -> str:
    """Return the time a course takes as people say it: by the quarter of an hour, from an hour on by halves."""
    if minutes <= 0:
        return "không quy định"
    if minutes < 60:
        return f"khoảng {max(15, round(minutes / 15) * 15)} phút"
    halves = round(minutes / 30)
    return f"khoảng {halves // 2}{',5' if halves % 2 else ''} giờ"


def _memberships(province_code: str, people: Sequence[int]) -> Any:
    rank = case((Membership.role == "leader", 0), (Membership.role == "deputy", 1), else_=2)
    return (
        select(Membership.person_id, Membership.team_id, Membership.role)
        .join(Team, Team.id == Membership.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Membership.person_id.in_(people), Area.parent_code == province_code)
        .order_by(
            case((Membership.left_at.is_(None), 0), else_=1), rank, Membership.joined_at.desc(), Membership.id.desc()
        )
    )


def _standing(team: Any, roles: dict[int, str]) -> Standing:
    commune = f"{team.kind} {team.area}"
    return Standing(team.id, roles.get(team.id, "member"), team.name, commune[:1].upper() + commune[1:], team.code)


def _modern(old: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot of the first certificates under the names of today."""
    first, last = date.fromisoformat(old["first_day"]), date.fromisoformat(old["last_day"])
    day = date.fromisoformat(old["issued_on"])
    return old | {
        "code": old["check_code"],
        "address": old["check_url"],
        "issued": old["issued_on"],
        "issued_words": vn_long_day(day),
        "note": f"Thay thế giấy số {old['replaces']}" if old.get("replaces") else "",
        **_from_to(first, last),
    }


def _day(iso: str) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _same_words(value)
    return [nfc(line) for line in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _same_words(text: str) -> str:
    """Return the text in NFC; all but the name is the same for many people of a list."""
    return nfc(text)
