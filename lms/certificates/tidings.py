"""Who is told what became of a certificate: its holder, and the clerks of the commune, who hand papers out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.models import ApprovalList, Certificate
from lms.journal.rules import Tidings, notify_all
from lms.people.models import Account, AreaRole
from lms.teams.models import Membership

_OWN_PATH = "/chung-nhan/"
_COMMUNE_PATH = "/quan-ly/chung-nhan/xa/"


def tell_of_papers(session: Session, published: Sequence[Certificate], *, now: datetime) -> None:
    """Tell each holder that their paper is there, and the clerks of a commune once for each list."""
    leaders, clerks = _leaders(session, published), _clerks(session, published)
    news = list[Tidings]()
    for certificate in published:
        whose = f"của {certificate.snapshot['name']}" if certificate.kind == "team" else "của anh/chị"
        text = f"Giấy chứng nhận “{certificate.snapshot['course']}” {whose} đã có. Mở trang Chứng nhận để tải về."
        for person in _holders(certificate, leaders):
            news.append(Tidings(person, "certificate_published", _event(certificate), text, _OWN_PATH))
    for list_id, commune in sorted({(row.list_id, row.commune_code) for row in published if row.commune_code}):
        title = session.get_one(ApprovalList, list_id).title
        text = f"Xã, phường có giấy chứng nhận mới: “{title}”. Mở trang này để xem, tải và phát cho bà con."
        for person in clerks.get(commune, ()):
            news.append(Tidings(person, "papers_published", f"list:{list_id}", text, f"{_COMMUNE_PATH}{commune}/"))
    notify_all(session, news, now=now)


def tell_of_revocation(session: Session, certificate: Certificate, *, now: datetime) -> None:
    """Tell holder and clerks that a certificate is revoked, and by which decision."""
    number, commune = certificate.snapshot["number"], certificate.commune_code
    text = f"Giấy chứng nhận số {number} đã thu hồi theo Quyết định số {certificate.revoke_decision}."
    words = f"{certificate.snapshot['name']}: {text} Nếu đã phát bản in, hãy thu lại."
    news = [
        Tidings(person, "certificate_revoked", _event(certificate), text, _OWN_PATH)
        for person in _holders(certificate, _leaders(session, [certificate]))
    ]
    for person in _clerks(session, [certificate]).get(commune or "", ()):
        news.append(Tidings(person, "paper_revoked", _event(certificate), words, f"{_COMMUNE_PATH}{commune}/"))
    notify_all(session, news, now=now)


def _holders(certificate: Certificate, leaders: dict[int, list[int]]) -> Sequence[int]:
    """Return who is told for a paper: the person, or leader and deputies of the team; nobody once forgotten."""
    if certificate.kind == "team":
        return leaders.get(certificate.team_id or 0, ())
    return () if certificate.person_id is None else (certificate.person_id,)


def _leaders(session: Session, certificates: Sequence[Certificate]) -> dict[int, list[int]]:
    teams = {row.team_id for row in certificates if row.kind == "team"}
    query = select(Membership.team_id, Membership.person_id).where(
        Membership.team_id.in_(teams), Membership.left_at.is_(None), Membership.role.in_(("leader", "deputy"))
    )
    return _by_key(session, query) if teams else {}


def _clerks(session: Session, certificates: Sequence[Certificate]) -> dict[str, list[int]]:
    communes = {row.commune_code for row in certificates if row.commune_code is not None}
    return _by_key(
        session,
        select(AreaRole.area_code, Account.person_id)
        .join(Account, Account.id == AreaRole.account_id)
        .where(
            AreaRole.role == "clerk",
            AreaRole.area_code.in_(communes),
            AreaRole.ended_at.is_(None),
            Account.closed_at.is_(None),
        ),
    )


def _by_key(session: Session, query: Any) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for key, person_id in session.execute(query):
        found.setdefault(key, []).append(person_id)
    return found


def _event(certificate: Certificate) -> str:
    return f"certificate:{certificate.id}"
