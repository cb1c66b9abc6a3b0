"""Why not: the conditions of seats, once for the rule that refuses and for the page that explains.

Each returns the refusal, or None when nothing stands in the way. Rules raise what they get, after
the lock; pages show the sentence in place of the button.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lms.clock import vn_moment
from lms.errors import Refused
from lms.training.halls import begins_at, is_filling
from lms.training.models import ClassSession, Seat, TrainingClass
from lms.training.transitions import BEFORE_START, AlreadySettled
from lms.training.wording import ROLE_WORDS, state_words

NOT_COME_AFTER = timedelta(minutes=30)
"""How long after a session's beginning a confirmed person keeps the place without being there."""
LATE = timedelta(hours=48)
"""Giving a place back later than this before the class is late, and is marked so."""
ANSWERABLE = frozenset({"published", "roster_locked", "running"})
LISTED = frozenset({"published", "roster_locked"})
_TO_GIVE_BACK = frozenset({"waiting", "offered", "confirmed"})


class OfferLapsed(Refused):
    """The time to answer is over."""


class ClassOnHold(Refused):
    """The class is put off, merged or cancelled, so nobody answers for it now."""


class ClassHasBegun(Refused):
    """A class that has begun keeps its list."""


class ClassNotFilling(Refused):
    """The class takes nobody any more, or not yet."""


class SubstituteNotPossible(Refused):
    """The person named cannot be sent."""


class RoleNotAllowed(SubstituteNotPossible):
    """The call sends people in other roles."""


class AlreadySeated(Refused):
    """A person holds or waits for one seat a topic, and cannot sit in two classes at once."""


class QueueFillsItself(Refused):
    """Before the list is closed the queue invites by itself, in its order."""


class NoPlaceLeft(Refused):
    """Every place is taken."""


class OutOfTurn(Refused):
    """Somebody else is first in the queue; to go past them takes a reason."""

    status = 422


class DoorClosed(Refused):
    """Nobody can be let in now: too early, over, or there is no such class any more."""


class NotAwayYet(Refused):
    """The person may still come, or is there."""


def why_not_confirm(row: TrainingClass, seat: Seat, now: datetime) -> Refused | None:
    """Say why an offer cannot be accepted."""
    refusal = why_not_decline(row, seat, now)
    if refusal is None and is_lapsed(seat, now):
        return OfferLapsed(
            f"Lời mời đã hết hạn lúc {_moment(seat.expires_at)} nên chưa xác nhận được.",
            remedy="Lần đầu quá hạn, anh/chị về cuối hàng chờ và còn được mời lại nếu có chỗ.",
        )
    return refusal


def why_not_decline(row: TrainingClass, seat: Seat, now: datetime) -> Refused | None:
    """Say why an offer cannot be turned down; one that has lapsed still can."""
    if seat.state != "offered":
        return AlreadySettled("seat", seat.state)
    if row.state not in ANSWERABLE:
        return ClassOnHold(
            f"Lớp “{row.title}” hiện {state_words('class', row.state)} nên chưa trả lời được.",
            remedy="Khi lớp có ngày học mới, anh/chị được mời lại.",
        )
    return None


def why_not_cancel(row: TrainingClass, seat: Seat, now: datetime) -> Refused | None:
    """Say why a place cannot be given back."""
    return _settled(seat) or _begun(row, now)


def why_not_substitute(row: TrainingClass, seat: Seat, now: datetime) -> Refused | None:
    """Say why nobody else can go in this place."""
    if (refusal := _settled(seat) or _begun(row, now)) is not None:
        return refusal
    if seat.kind == "makeup":
        return SubstituteNotPossible(
            "Chỗ học bù là của riêng người còn thiếu buổi nên không đổi người được. Chỗ vẫn giữ nguyên."
        )
    return why_not_confirm(row, seat, now) if seat.state == "offered" else None


def why_not_request(row: TrainingClass, now: datetime) -> Refused | None:
    """Say why nobody can join the queue of this class without a need."""
    if not is_filling(row, now):
        return ClassNotFilling("Lớp này không nhận thêm người. Chưa ghi gì cả.", remedy="Hãy chọn lớp khác.")
    return None


def why_not_send(role: str | None, who_may_go: Sequence[str] | None, name: str = "Người này") -> Refused | None:
    """Say why somebody with this role in the team (None: not in it) cannot be sent to a class of the call."""
    if role is None:
        return SubstituteNotPossible(
            "Người được cử phải là người trong tổ. Chưa thay đổi gì.", remedy="Hãy chọn lại người trong tổ."
        )
    if who_may_go and role not in who_may_go:
        allowed = ", ".join(ROLE_WORDS[one].lower() for one in who_may_go)
        return RoleNotAllowed(
            f"{name} là {ROLE_WORDS[role].lower()}, mà đợt này chỉ cử: {allowed}. Chưa thay đổi gì.",
            remedy="Hãy chọn người khác.",
        )
    return None


def why_not_elsewhere(name: str, in_the_way: str | None) -> Refused | None:
    """Say why somebody who has a place in another class cannot have one here."""
    if in_the_way is None:
        return None
    return AlreadySeated(
        f"{name} đã có chỗ hoặc đang chờ ở lớp “{in_the_way}”, cùng chuyên đề hoặc trùng buổi. Chưa ghi gì cả.",
        remedy="Hãy cử người khác, hoặc hủy chỗ kia trước.",
    )


def why_not_fill(row: TrainingClass, seat: Seat, room: int, now: datetime) -> Refused | None:
    """Say why somebody who waits cannot be put on the closed list after a phone call."""
    if seat.state != "waiting":
        return AlreadySettled("seat", seat.state)
    if is_filling(row, now) or row.state == "planned":
        return QueueFillsItself(
            "Danh sách lớp chưa chốt nên máy tự mời theo thứ tự. Chưa thay đổi gì.",
            remedy="Chỉ xếp bằng tay sau khi danh sách đã chốt.",
        )
    if row.state not in LISTED:
        return ClassOnHold(f"Lớp “{row.title}” hiện {state_words('class', row.state)} nên không xếp thêm người được.")
    return _begun(row, now) or why_no_room(row, room)


def why_no_room(row: TrainingClass, room: int) -> Refused | None:
    """Say that every place is taken."""
    if room > 0:
        return None
    return NoPlaceLeft(f"Cả {row.capacity} chỗ của lớp đều đã có người. Chưa thay đổi gì.")


def why_not_let_in(row: TrainingClass, opens: datetime, closes: datetime, now: datetime) -> Refused | None:
    """Say why nobody can be added at the door now, which opens and closes at these times."""
    if row.state not in ANSWERABLE:
        return DoorClosed(
            f"Lớp “{row.title}” hiện {state_words('class', row.state)} nên không thêm người tại cửa được."
        )
    if now < opens:
        return DoorClosed(
            f"Chưa đến giờ học. Từ {vn_moment(opens)} mới thêm người tại cửa được.",
            remedy="Trước giờ đó, tổ xin chỗ hoặc xã gọi người đang chờ.",
        )
    return DoorClosed("Buổi học cuối đã xong nên không thêm người được nữa.") if now > closes else None


def why_not_away(held: ClassSession, seat: Seat, mark: str | None, now: datetime) -> Refused | None:
    """Say why the place of a confirmed person cannot go to somebody who is there."""
    if seat.state != "confirmed":
        return AlreadySettled("seat", seat.state)
    if mark in ("present", "late", "left_early"):
        return NotAwayYet("Người này đã được điểm danh là có đến. Chưa thay đổi gì.")
    if now < held.begins_at + NOT_COME_AFTER:
        return NotAwayYet(
            f"Đến {vn_moment(held.begins_at + NOT_COME_AFTER)} mới được nhường chỗ của người chưa đến.",
            remedy="Hãy chờ thêm. Chưa thay đổi gì.",
        )
    return DoorClosed("Buổi học này đã xong. Chưa thay đổi gì.") if now > held.ends_at else None


def why_not_come_back(row: TrainingClass, seat: Seat, room: int) -> Refused | None:
    """Say why somebody whose place was given away cannot take part again."""
    if seat.state != "away":
        return AlreadySettled("seat", seat.state)
    if row.state not in ANSWERABLE | {"ended"}:
        return DoorClosed(f"Lớp “{row.title}” hiện {state_words('class', row.state)}. Chưa thay đổi gì.")
    return why_no_room(row, room)


def is_lapsed(seat: Seat, now: datetime) -> bool:
    """Say whether the time to answer this offer is over."""
    return seat.state == "offered" and seat.expires_at is not None and seat.expires_at <= now


def is_late(row: TrainingClass, now: datetime) -> bool:
    """Say whether a place given back now is given back late."""
    return begins_at(row) - now < LATE


def _settled(seat: Seat) -> Refused | None:
    return None if seat.state in _TO_GIVE_BACK else AlreadySettled("seat", seat.state)


def _begun(row: TrainingClass, now: datetime) -> Refused | None:
    has_dates = row.state != "postponed"
    if row.state in BEFORE_START and (now < begins_at(row) or not has_dates):
        return None
    return ClassHasBegun(
        f"Lớp “{row.title}” đã bắt đầu nên danh sách không đổi nữa.",
        remedy="Nếu không dự được, hãy báo giảng viên để ghi vắng có phép.",
    )


def _moment(moment: datetime | None) -> str:
    return vn_moment(moment) if moment else ""
