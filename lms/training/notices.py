"""The sentences training leaves for people, in the transaction of what they tell.

Whoever is told of a need or a seat is decided here, by the kind of news: the person, the team's
leader and deputies, and the commune's clerk where the campaign wants the commune to know.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from lms.clock import vn_day, vn_moment
from lms.journal.rules import Tidings, notify_all
from lms.people.models import Account, AreaRole, Person
from lms.teams.models import Membership, Team
from lms.training.models import Need, Seat, TrainingClass

TEAM_PATH = "/tap-huan/"
COMMUNE_PATH = "/quan-ly/tap-huan/xa/"
PROVINCE_PATH = "/quan-ly/tap-huan/"
NOT_FOR_CLERKS = frozenset(
    {
        "need-joined",
        "need-confirmed",
        "need-returned",
        "need-proposal-accepted",
        "seat-waiting",
        "seat-expired",
        "seat-moved",
        "seat-taken-over",
    }
)
"""News of a team or person with which the commune has nothing to do; of all other news its clerks hear."""


def tell_team(
    session: Session,
    need: Need,
    *,
    template: str,
    text: str,
    but: int | None,
    now: datetime,
) -> None:
    """Tell leader, deputies and clerks what happened to a team's need, except the one who did it."""
    audience = _audience(session, need.team_id, None)
    event = _event("need", need.id, template, now)
    leaders = _without(audience.leaders, but)
    _tell(session, leaders, template=template, event=event, text=text, path=f"{TEAM_PATH}nhu-cau/{need.id}/", now=now)
    if template not in NOT_FOR_CLERKS:
        clerks, words = _without(audience.clerks, but, *leaders), f"{audience.team}: {text}"
        _tell(session, clerks, template=f"{template}-clerk", event=event, text=words, path=COMMUNE_PATH, now=now)


def tell_seat(
    session: Session,
    seat: Seat,
    row: TrainingClass,
    *,
    template: str,
    text: str,
    but: int | None,
    now: datetime,
) -> None:
    """Tell the person, and leader, deputies and clerks by name, what happened to the seat."""
    audience = _audience(session, seat.team_id, seat.person_id)
    event = _event("seat", seat.id, template, now)
    person, words = seat.person_id, f"{audience.person}: {text}"
    leaders = _without(audience.leaders, but, person)
    _tell(session, _without([person], but), template=template, event=event, text=text, path=TEAM_PATH, now=now)
    _tell(session, leaders, template=f"{template}-team", event=event, text=words, path=TEAM_PATH, now=now)
    if template not in NOT_FOR_CLERKS:
        clerks = _without(audience.clerks, but, person, *leaders)
        _tell(session, clerks, template=f"{template}-clerk", event=event, text=words, path=COMMUNE_PATH, now=now)


def tell_person(
    session: Session, person_id: int, *, template: str, event: str, text: str, now: datetime, path: str = TEAM_PATH
) -> None:
    """Tell one person what `tell_team` and `tell_seat` do not tell: news of a proposal, of a task."""
    _tell(session, [person_id], template=template, event=event, text=text, path=path, now=now)


def tell_clerks(
    session: Session,
    commune_code: str,
    *,
    template: str,
    event: str,
    text: str,
    but: int | None,
    now: datetime,
    path: str = COMMUNE_PATH,
) -> None:
    """Tell a commune's clerks what concerns no single need or seat; of those they hear by `tell_team`, `tell_seat`."""
    clerks = _staff(session, "clerk", commune_code)
    _tell(session, _without(clerks, but), template=template, event=event, text=text, path=path, now=now)


def tell_officers(
    session: Session,
    province_code: str,
    *,
    template: str,
    event: str,
    text: str,
    but: int | None,
    now: datetime,
    path: str = PROVINCE_PATH,
) -> None:
    """Tell the officers of a province what waits for them: a class with too few people, a decision of two."""
    officers = _staff(session, "officer", province_code)
    _tell(session, _without(officers, but), template=template, event=event, text=text, path=path, now=now)


def offer_text(seat: Seat, row: TrainingClass) -> str:
    """Say to what one is invited, where, and until when to answer."""
    until = f", trước {vn_moment(seat.expires_at)}" if seat.expires_at else ""
    return (
        f"Mời dự lớp “{row.title}” từ ngày {vn_day(row.starts_on)} tại {row.venue}. "
        f"Hãy bấm xác nhận hoặc báo không dự được{until}."
    )


def confirmed_text(row: TrainingClass) -> str:
    """Say that one is expected, when and where, and what to do if one cannot come."""
    when_and_where = f"từ ngày {vn_day(row.starts_on)} tại {row.venue}"
    return f"Đã xác nhận dự lớp “{row.title}” {when_and_where}. Nếu bận, hãy báo sớm để mời người khác."


def waiting_text(row: TrainingClass, place: int) -> str:
    """Say which place in the queue one has, and how it goes on."""
    return (
        f"Lớp “{row.title}” đã đủ người, anh/chị đứng thứ {place} trong hàng chờ. "
        f"Có chỗ trống là mời ngay theo thứ tự, đến {vn_moment(row.locks_at)}. Mở trang Tập huấn để xem vì sao."
    )


def ended_text(row: TrainingClass, outcome: str, reason: str) -> str:
    """Say how a seat ended and why."""
    return f"Lớp “{row.title}”: {outcome}." + (f" Lý do: {reason}." if reason else "")


class _Audience:
    """Whom a team's news may reach, read by one statement: it is asked under the lock of a class."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.leaders: list[int] = []
        self.clerks: list[int] = []
        self.team = self.person = ""
        for kind, number, words in rows:
            if kind == "leader":
                self.leaders.append(number)
            elif kind == "clerk":
                self.clerks.append(number)
            elif kind == "team":
                self.team = words
            else:
                self.person = words


def _audience(session: Session, team_id: int, person_id: int | None) -> _Audience:
    return _Audience(session.connection().execute(_AUDIENCE, {"team": team_id, "person": person_id}))


def _staff(session: Session, role: str, area_code: str) -> list[int]:
    return list(session.connection().scalars(_STAFF, {"role": role, "area": area_code}))


def _event(entity: str, row_id: int, template: str, now: datetime) -> str:
    """Name what happened: the same kind of news may come again, for instance when a class is put off."""
    return f"{entity}-{row_id}-{template}-{now:%y%m%d%H%M%S%f}"[:80]


def _without(people: Iterable[int], *others: int | None) -> list[int]:
    return [person for person in dict.fromkeys(people) if person not in others]


def _tell(
    session: Session, people: Iterable[int], *, template: str, event: str, text: str, path: str, now: datetime
) -> None:
    notify_all(session, [Tidings(person, template, event, text, path) for person in people], now=now)


# Put together once: they are asked under the lock of a class, while others wait.
_TEAM: Any = bindparam("team", type_=Integer())
_PERSON: Any = bindparam("person", type_=Integer())
_AREA: Any = bindparam("area", type_=String())
_NOTHING = literal("", String())
_HOLDERS = (
    select(Account.person_id)
    .join(AreaRole, AreaRole.account_id == Account.id)
    .where(AreaRole.ended_at.is_(None), Account.closed_at.is_(None))
)
_STAFF = _HOLDERS.where(AreaRole.role == bindparam("role"), AreaRole.area_code == _AREA).order_by(Account.person_id)
_AUDIENCE = union_all(
    select(literal("leader"), Membership.person_id, _NOTHING).where(
        Membership.team_id == _TEAM, Membership.left_at.is_(None), Membership.role.in_(("leader", "deputy"))
    ),
    _HOLDERS.with_only_columns(literal("clerk"), Account.person_id, _NOTHING)
    .join(Team, Team.commune_code == AreaRole.area_code)
    .where(AreaRole.role == "clerk", Team.id == _TEAM),
    select(literal("team"), Team.id, Team.name).where(Team.id == _TEAM),
    select(literal("person"), Person.id, Person.full_name).where(Person.id == _PERSON),
)
