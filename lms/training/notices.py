"""The sentences training leaves for people, in the transaction of what they tell.

Whoever is told of a need or a seat is decided here, by the kind of news: the person, the team's
leader and deputies, and the commune's clerk where the campaign wants the commune to know.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, cast, func, literal_column, select
from sqlalchemy.orm import Session

from lms.clock import vn_day, vn_moment
from lms.journal.rules import Tidings, notify_all
from lms.people.models import Account, AreaRole, Person
from lms.teams.models import Membership, Team
from lms.training.models import ClassTrainer, Need, Seat, TrainingClass

TEAM_PATH = "/tap-huan/"
COMMUNE_PATH = "/quan-ly/tap-huan/xa/"
PROVINCE_PATH = "/quan-ly/tap-huan/"
TRAINER_PATH = "/quan-ly/diem-danh/"
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


class Audience:
    """Whom a team's news may reach, and the names it tells: one row of the columns `AUDIENCE`."""

    def __init__(self, team: str | None, person: str | None, leaders: str | None, clerks: str | None) -> None:
        self.team, self.person = team or "", person or ""
        self.leaders = [int(number) for number in (leaders or "").split()]
        self.clerks = [int(number) for number in (clerks or "").split()]


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
    told = _tidings(leaders, template, event, text, f"{TEAM_PATH}nhu-cau/{need.id}/")
    if template not in NOT_FOR_CLERKS:
        clerks = _without(audience.clerks, but, *leaders)
        told += _tidings(clerks, f"{template}-clerk", event, f"{audience.team}: {text}", COMMUNE_PATH)
    notify_all(session, told, now=now)


def tell_seat(
    session: Session,
    seat: Seat,
    row: TrainingClass,
    *,
    template: str,
    text: str,
    but: int | None,
    now: datetime,
    audience: Audience | None = None,
) -> None:
    """Tell the person, and leader, deputies and clerks by name, what happened to the seat.

    Whoever has read the seat's audience in this unit hands it over.
    """
    audience = audience or _audience(session, seat.team_id, seat.person_id)
    event = _event("seat", seat.id, template, now)
    person, words = seat.person_id, f"{audience.person}: {text}"
    leaders = _without(audience.leaders, but, person)
    told = _tidings(_without([person], but), template, event, text, TEAM_PATH)
    told += _tidings(leaders, f"{template}-team", event, words, TEAM_PATH)
    if template not in NOT_FOR_CLERKS:
        clerks = _without(audience.clerks, but, person, *leaders)
        told += _tidings(clerks, f"{template}-clerk", event, words, COMMUNE_PATH)
    notify_all(session, told, now=now)


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


def tell_trainers(
    session: Session,
    row: TrainingClass,
    *,
    template: str,
    text: str,
    but: int | None,
    now: datetime,
    accounts: Iterable[int] | None = None,
) -> None:
    """Tell whoever teaches a class, the chief and those beside, or only these accounts of them, what became of it."""
    asked = trainers_of(session, row) if accounts is None else set(accounts)
    people = session.scalars(
        select(Account.person_id).where(Account.id.in_(asked), Account.closed_at.is_(None)).order_by(Account.person_id)
    ).all()
    event = _event("class", row.id, template, now)
    _tell(session, _without(people, but), template=template, event=event, text=text, path=TRAINER_PATH, now=now)


def trainers_of(session: Session, row: TrainingClass) -> set[int]:
    """Return the accounts of those who teach a class: the chief, and those beside."""
    beside = session.scalars(select(ClassTrainer.account_id).where(ClassTrainer.class_id == row.id))
    return {*beside, *({row.trainer_id} if row.trainer_id is not None else ())}


def teach_text(row: TrainingClass) -> str:
    """Say to a trainer what to teach, when and where."""
    return f"Anh/chị được phân công dạy lớp “{row.title}” từ ngày {vn_day(row.starts_on)} tại {row.venue}."


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


def next_time(seat: Seat) -> str:
    """Say what somebody who got no place can hope for: only a registered need keeps its number."""
    return "tổ giữ thứ tự đăng ký cho lớp sau" if seat.need_id else _ASK_AGAIN


def first_next_time(seat: Seat) -> str:
    """Say what somebody whose place is taken away can count on: only a registered need goes first."""
    return "lớp sau của chuyên đề tổ được xếp trước" if seat.need_id else _ASK_AGAIN


_ASK_AGAIN = "muốn dự lớp sau thì hãy nhờ tổ xin chỗ"


def _audience(session: Session, team_id: int, person_id: int | None) -> Audience:
    return Audience(*session.connection().execute(_AUDIENCE, {"team": team_id, "person": person_id}).one())


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
    notify_all(session, _tidings(people, template, event, text, path), now=now)


def _tidings(people: Iterable[int], template: str, event: str, text: str, path: str) -> list[Tidings]:
    return [Tidings(person, template, event, text, path) for person in people]


def _joined(query: Any, person_id: Any) -> Any:
    """Return the people whom a query finds as one value: "12 7"."""
    together = func.aggregate_strings(cast(person_id, String), _BLANK)
    return query.with_only_columns(together).correlate(None).scalar_subquery()


# Put together once: they are asked under the lock of a class, while others wait.
_TEAM: Any = bindparam("team", type_=Integer())
_PERSON: Any = bindparam("person", type_=Integer())
_AREA: Any = bindparam("area", type_=String())
_BLANK: Any = literal_column("' '")  # written into the statement, which so stays the same
_HOLDERS = (
    select(Account.person_id)
    .join(AreaRole, AreaRole.account_id == Account.id)
    .where(AreaRole.ended_at.is_(None), Account.closed_at.is_(None))
)
_STAFF = _HOLDERS.where(AreaRole.role == bindparam("role"), AreaRole.area_code == _AREA).order_by(Account.person_id)
AUDIENCE = (
    select(Team.name).where(Team.id == _TEAM).correlate(None).scalar_subquery(),
    select(Person.full_name).where(Person.id == _PERSON).correlate(None).scalar_subquery(),
    _joined(
        select(Membership.person_id).where(
            Membership.team_id == _TEAM,
            Membership.left_at.is_(None),
            (Membership.role == "leader") | (Membership.role == "deputy"),
        ),
        Membership.person_id,
    ),
    _joined(
        _HOLDERS.join(Team, Team.commune_code == AreaRole.area_code).where(AreaRole.role == "clerk", Team.id == _TEAM),
        Account.person_id,
    ),
)
"""What an `Audience` is made of, of the team named `team` and the person named `person`."""
_AUDIENCE = select(*AUDIENCE)
