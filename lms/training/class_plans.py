"""What the officer fixes before a class is published: its plan, its sessions, who teaches; and what makes them hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.clock import VIETNAM, vn_date, vn_moment
from lms.db import row_exists
from lms.errors import Refused
from lms.library.models import Skill
from lms.people.models import Account, AreaRole, Person
from lms.training.models import Call, ClassSession, half_day_times
from lms.words import nfc

_MIDDAY = time(12, 30)


class ClassBadlyPlanned(Refused):
    """The class lacks what makes it a class."""

    status = 422


class RosterTimePassed(Refused):
    """The hour at which the list is closed is over, so nobody could be invited any more."""

    status = 422

    def __init__(self, locks_at: datetime) -> None:
        super().__init__(
            f"Danh sách lớp chốt lúc {vn_moment(locks_at)}, giờ đó đã qua nên không còn lúc để mời ai. Chưa ghi gì cả.",
            remedy="Hãy chọn ngày học muộn hơn, hoặc giảm số giờ chốt danh sách trước buổi đầu.",
        )


class SessionPlan(NamedTuple):
    """A session as it is planned: the half-day, its hours if they are not the usual ones, whether one must come."""

    held_on: date
    half_day: str
    begins: time | None = None
    ends: time | None = None
    is_required: bool = False

    @property
    def begins_at(self) -> datetime:
        """When it begins."""
        return self._at(self.begins, half_day_times(self.held_on, self.half_day)[0])

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self._at(self.ends, half_day_times(self.held_on, self.half_day)[1])

    def _at(self, hour: time | None, usual: datetime) -> datetime:
        return usual if hour is None else datetime.combine(self.held_on, hour, tzinfo=VIETNAM)


@dataclass(frozen=True)
class Plan:
    """What the officer fixes before a class is published."""

    title: str
    venue: str
    topic: str
    capacity: int
    sessions: tuple[SessionPlan | tuple[date, str], ...]
    sessions_required: int
    hours: int
    trainer_id: int | None = None
    trainer_name: str = ""
    other_trainer_ids: tuple[int, ...] = ()
    offer_hours: int = 72
    lock_hours: int = 48
    min_viable: int = 1
    minutes_required: int = 0
    cluster: str = ""


def in_time_order(sessions: Sequence[SessionPlan | tuple[date, str]]) -> list[SessionPlan]:
    """Return the sessions as they follow each other, those given shortly with their usual hours."""
    return sorted((SessionPlan(*held) for held in sessions), key=lambda held: held.begins_at)


def check_sessions(held: Sequence[SessionPlan], sessions_required: int, minutes_required: int, now: datetime) -> None:
    """Check that the sessions can be held, and that somebody can complete them.

    Raises:
        ClassBadlyPlanned: none, two at once, one in the past, or more asked for than there is.
    """
    if not held or len({(one.held_on, one.half_day) for one in held}) != len(held):
        raise ClassBadlyPlanned("Lớp phải có ít nhất một buổi, và không có hai buổi trùng nhau.")
    if held[0].held_on < vn_date(now):
        raise ClassBadlyPlanned("Có buổi học trong ngày đã qua. Hãy chọn lại ngày.")
    if any(one.ends_at <= one.begins_at for one in held):
        raise ClassBadlyPlanned("Có buổi kết thúc trước khi bắt đầu. Hãy ghi lại giờ.")
    if any(_is_in_wrong_half(one) for one in held):
        raise ClassBadlyPlanned(
            "Buổi sáng phải xong trước 12 giờ 30, buổi chiều bắt đầu từ 12 giờ 30. Hãy ghi lại giờ."
        )
    if not 1 <= sessions_required <= len(held):
        raise ClassBadlyPlanned(f"Số buổi phải dự là từ 1 đến {len(held)}. Hãy ghi lại.")
    planned = sum(int((one.ends_at - one.begins_at).total_seconds()) // 60 for one in held)
    if not 0 <= minutes_required <= planned:
        raise ClassBadlyPlanned(f"Các buổi dài cả thảy {planned} phút, số phút phải dự không được nhiều hơn.")


def dates_of(held: Sequence[SessionPlan], lock_hours: int) -> dict[str, Any]:
    """Return the class's own dates, as they follow from its sessions."""
    return {
        "starts_on": held[0].held_on,
        "ends_on": held[-1].held_on,
        "locks_at": held[0].begins_at - timedelta(hours=lock_hours),
    }


def add_sessions(session: Session, class_id: int, held: Sequence[SessionPlan]) -> None:
    """Store the sessions of a class, numbered in time order."""
    for number, one in enumerate(held, 1):
        session.add(
            ClassSession(
                class_id=class_id,
                number=number,
                held_on=one.held_on,
                half_day=one.half_day,
                begins_at=one.begins_at,
                ends_at=one.ends_at,
                is_required=one.is_required,
            )
        )
    session.flush()


def check_plan(session: Session, call: Call, plan: Plan, now: datetime) -> list[SessionPlan]:
    """Check what the officer fixed; return the sessions in time order.

    Raises:
        ClassBadlyPlanned: no place, no session, a day in the past, too few places for the least number.
        RosterTimePassed: its list would have to be closed already.
    """
    if not nfc(plan.title) or not nfc(plan.venue):
        raise ClassBadlyPlanned("Lớp phải có tên và địa điểm. Chưa ghi gì cả.")
    if plan.topic not in call.topics or not row_exists(session, Skill, Skill.key == plan.topic):
        raise ClassBadlyPlanned("Đợt này không có chuyên đề đã chọn. Chưa ghi gì cả.")
    if plan.capacity < 1 or plan.offer_hours < 1 or plan.hours < 1:
        raise ClassBadlyPlanned("Số chỗ, số giờ học và hạn trả lời phải từ 1 trở lên.")
    if not 1 <= plan.min_viable <= plan.capacity:
        raise ClassBadlyPlanned(f"Số người ít nhất để mở lớp là từ 1 đến {plan.capacity}. Hãy ghi lại.")
    if plan.lock_hours < 0:
        raise ClassBadlyPlanned("Số giờ chốt danh sách trước buổi đầu phải từ 0 trở lên. Hãy ghi lại.")
    held = in_time_order(plan.sessions)
    check_sessions(held, plan.sessions_required, plan.minutes_required, now)
    if (locks_at := dates_of(held, plan.lock_hours)["locks_at"]) <= now:
        raise RosterTimePassed(locks_at)
    return held


def name_of_trainer(session: Session, province_code: str, plan: Plan) -> str:
    """Return the name of the chief trainer: of the account, or as it was written.

    Raises:
        ClassBadlyPlanned: a trainer from elsewhere.
    """
    if plan.trainer_id is None:
        return nfc(plan.trainer_name)
    return check_trainer(session, province_code, plan.trainer_id)


def check_trainer(session: Session, province_code: str, account_id: int) -> str:
    """Return the name of somebody who may teach in the province.

    Raises:
        ClassBadlyPlanned: a trainer from elsewhere.
    """
    name = session.scalar(
        select(Person.full_name)
        .join(Account, Account.person_id == Person.id)
        .join(AreaRole, AreaRole.account_id == Account.id)
        .where(
            Account.id == account_id,
            AreaRole.role.in_(("trainer", "officer")),
            AreaRole.area_code == province_code,
            AreaRole.ended_at.is_(None),
        )
    )
    if name is None:
        raise ClassBadlyPlanned("Người dạy phải là giảng viên của tỉnh. Hãy chọn lại.")
    return name


def _is_in_wrong_half(held: SessionPlan) -> bool:
    if held.half_day == "sang":
        return held.ends_at.timetz().replace(tzinfo=None) > _MIDDAY
    return held.begins_at.timetz().replace(tzinfo=None) < _MIDDAY
