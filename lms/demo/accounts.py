"""The list printed at the end: one account for each kind of person, and certificates to check."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lms.certificates.models import Certificate
from lms.demo.people import staff_accounts
from lms.demo.province import COURSE, HAC_THANH, PIN, STAFF
from lms.learning.models import LessonProgress, SkillCompletion
from lms.pages import public_url
from lms.people.models import Account, Person
from lms.teams.models import Membership, Team
from lms.training.models import Need, Seat


@dataclass(frozen=True)
class DemoAccount:
    """Who one can be in the demonstration, and how to come in."""

    title: str
    name: str
    login: str
    pin: str = PIN


@dataclass(frozen=True)
class DemoPaper:
    """A certificate to check, and what its page answers."""

    title: str
    address: str


def accounts(session: Session) -> list[DemoAccount]:
    """Return an account for every kind of person."""
    found = [DemoAccount(m.title, m.name, m.phone) for m, _account in staff_accounts(session, STAFF)]
    registered = select(Need.team_id)
    invited = select(Seat.person_id).where(Seat.state == "offered")
    held = select(Certificate.person_id).where(Certificate.revoked_at.is_(None), Certificate.published_at.is_not(None))
    done = select(SkillCompletion.person_id)
    half_way = (
        select(LessonProgress.person_id)
        .where(LessonProgress.course_slug == COURSE, LessonProgress.passed_at.is_not(None))
        .group_by(LessonProgress.person_id)
        .having(func.count() < 5)
    )
    leads_nowhere = Person.id.not_in(select(Membership.person_id).where(Membership.role != "member"))
    wanted = (
        ("Tổ trưởng, tổ chưa đăng ký tập huấn", ("leader",), Membership.team_id.not_in(registered)),
        ("Tổ trưởng hoặc tổ phó, đang được mời dự lớp", ("leader", "deputy"), Person.id.in_(invited)),
        ("Tổ phó, tổ đã đăng ký tập huấn", ("deputy",), Membership.team_id.in_(registered)),
        ("Tổ viên, đang học dở", ("member",), Person.id.in_(half_way) & Person.id.not_in(done) & leads_nowhere),
        ("Tổ viên, đã hoàn thành khóa học", ("member",), Person.id.in_(done) & leads_nowhere),
        ("Người có giấy chứng nhận", ("leader", "deputy"), Person.id.in_(held)),
    )
    for title, roles, condition in wanted:
        taken = Person.phone.not_in([account.login for account in found])
        one = _one(session, title, roles, condition & taken)
        found += [one] if one else []
    return found


def papers(session: Session) -> list[DemoPaper]:
    """Return the check addresses of a valid and of a revoked certificate."""
    found = []
    for title, condition in (
        ("còn hiệu lực", Certificate.revoked_at.is_(None)),
        ("đã thu hồi", Certificate.revoked_at.is_not(None)),
    ):
        query = select(Certificate.public_id).where(condition, Certificate.published_at.is_not(None))
        public_id = session.scalar(query.order_by(Certificate.id).limit(1))
        if public_id:
            found.append(DemoPaper(title, public_url("lms.certificates.check", public_id=public_id)))
    return found


def _one(session: Session, title: str, roles: tuple[str, ...], condition: ColumnElement[bool]) -> DemoAccount | None:
    """Return somebody who has a number of their own and has been in; of Hạc Thành if possible."""
    sharers = select(Person.phone).group_by(Person.phone).having(func.count() > 1)
    row = session.execute(
        select(Person.full_name, Person.phone, Team.name, Team.commune_code)
        .join(Account, Account.person_id == Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Team, Team.id == Membership.team_id)
        .where(
            Account.pin_hash.is_not(None), Membership.left_at.is_(None), Membership.role.in_(roles),
            Person.phone.is_not(None), Person.phone.not_in(sharers.where(Person.phone.is_not(None))), condition,
        )
        .order_by((Team.commune_code != HAC_THANH), Person.id)
        .limit(1)
    ).first()  # fmt: skip
    return DemoAccount(f"{title} ({row.name})", row.full_name, row.phone) if row else None
