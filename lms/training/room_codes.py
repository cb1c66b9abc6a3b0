"""The code on the wall of a classroom: it changes every twenty seconds, and people scan it themselves.

A code can be sent to somebody who is not there, so what people say of themselves counts only once
the staff have looked around and confirmed it. The code is never the only proof.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import VIETNAM
from lms.errors import NotFound, Refused
from lms.training.attendance import Mark, Seen, open_sheet, put_mark, read_sheet, why_not_markable
from lms.training.evidence import own_word
from lms.training.models import AttendanceMark, ClassSession, RoomTry, Seat, TrainingClass
from lms.training.transitions import USED_SEATS

STEP = 20
_TRIES = 5
_WAIT = timedelta(minutes=10)


class RoomCodeWrong(Refused):
    """The code on the wall has changed, or was typed wrong."""

    status = 422

    def __init__(self, left: int) -> None:
        super().__init__(
            "Mã phòng không đúng hoặc đã đổi. Chưa ghi gì cả.",
            remedy=f"Hãy quét lại mã trên màn hình. Còn {left} lần thử." if left else _WAIT_A_WHILE,
        )


class RoomWaits(Refused):
    """Too many wrong codes; guessing is not a way in."""

    status = 422

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"Nhập sai mã phòng nhiều lần nên phải chờ đến {until.astimezone(VIETNAM):%H:%M}. Chưa ghi gì cả.",
            remedy="Hãy nhờ giảng viên quét mã của anh/chị.",
        )


class NotInClass(Refused):
    """Whoever has no confirmed place is checked in by the staff."""

    def __init__(self) -> None:
        super().__init__(
            "Anh/chị chưa có chỗ đã xác nhận trong lớp này nên chưa tự điểm danh được.",
            remedy="Hãy gặp giảng viên hoặc người điểm danh ở cửa.",
        )


_WAIT_A_WHILE = "Hãy nhờ giảng viên quét mã của anh/chị."


def room_code(row: TrainingClass, session_id: int, now: datetime) -> str:
    """Return the six digits on the wall at this moment."""
    return _code_at(row.room_key, session_id, _step(now))


def seconds_left(now: datetime) -> int:
    """Return in how many seconds the code changes."""
    return STEP - int(now.timestamp()) % STEP


def room_code_fits(row: TrainingClass, session_id: int, code: str, now: datetime) -> bool:
    """Say whether this code is on the wall, was a moment ago, or is next: clocks and hands are slow."""
    digits = "".join(code.split())
    steps = (_step(now) + off for off in (-1, 0, 1))
    return any(hmac.compare_digest(_code_at(row.room_key, session_id, step), digits) for step in steps)


def check_in_by_room(
    session: Session, *, by: Actor, session_id: int, code: str, device: str, nonce: str | None, now: datetime
) -> AttendanceMark | Refused:
    """Store the word of somebody who scanned the room's code, for the staff to confirm.

    A wrong code is counted against the person and this session; the refusal is returned, not
    raised, because the count must be stored.

    Raises:
        NotInClass: the person's seat is not confirmed.
        SessionNotYet, LateNeedsReason, AttendanceClosed, AlreadySettled: as for marking.
        NotFound: the person never had a seat in this class.
    """
    held, seat = own_seat(session, by, session_id)
    sheet = read_sheet(session, held)
    _forget_old_tries(session, now)
    wrong = _wrong_tries(session, session_id, seat.person_id)
    if len(wrong) >= _TRIES:
        return RoomWaits(wrong[0] + _WAIT)
    if not room_code_fits(sheet.hall.row, session_id, code, now):
        session.add(RoomTry(session_id=session_id, person_id=seat.person_id, tried_at=now))
        return RoomCodeWrong(_TRIES - len(wrong) - 1)
    if sheet.seats[seat.id].state != "confirmed":
        raise NotInClass
    said_before = own_word(sheet.marks.get(seat.id, ()))
    if said_before is not None and said_before.device == device:
        return said_before
    seen = Seen("room", device=device, nonce=nonce, is_own_word=True)
    row = put_mark(session, sheet, by=by, seat_id=seat.id, given=Mark("present"), seen=seen, now=now)
    if row is None:
        raise AssertionError("a scan always leaves a mark")
    return row


def own_seat(session: Session, by: Actor, session_id: int) -> tuple[ClassSession, Seat]:
    """Return a session and the signed-in person's newest seat in its class.

    Raises:
        NotFound: the person has no seat there.
    """
    held = session.get(ClassSession, session_id)
    seat = _newest_seat(session, held.class_id, by) if held is not None else None
    if held is None or seat is None:
        raise NotFound(f"session {session_id}")
    return held, seat


def why_not_by_room(row: TrainingClass, held: ClassSession, seat: Seat, by: Actor, now: datetime) -> Refused | None:
    """Return why somebody cannot check themselves in now, or None."""
    return why_not_markable(by, row, held, now) or (None if seat.state == "confirmed" else NotInClass())


def confirm_own_words(
    session: Session, *, by: Actor, session_id: int, seat_ids: Sequence[int], now: datetime
) -> list[AttendanceMark]:
    """Confirm that people who scanned the room's code are really there; return the marks that count now.

    The moment of the mark is the person's own. Whoever has a mark of the staff meanwhile is left as
    they are.

    Raises:
        SessionNotYet, AttendanceClosed, AlreadySettled, NotFound: as for marking.
    """
    sheet = open_sheet(session, by, session_id)
    words = {seat_id: own_word(sheet.marks.get(seat_id, ())) for seat_id in seat_ids}
    confirmed = [
        put_mark(
            session,
            sheet,
            by=by,
            seat_id=seat_id,
            given=Mark(word.mark),
            seen=Seen("room", happened_at=word.happened_at),
            now=now,
        )
        for seat_id, word in sorted(words.items())
        if word is not None and seat_id in sheet.expected
    ]
    return [row for row in confirmed if row is not None]


def count_own_words(marks: dict[int, list[AttendanceMark]]) -> int:
    """Return how many people wait for the staff to confirm that they are there."""
    return sum(own_word(rows) is not None for rows in marks.values())


def _newest_seat(session: Session, class_id: int, by: Actor) -> Seat | None:
    held_or_asked = Seat.state.in_(USED_SEATS | {"waiting", "offered"})
    return session.scalars(
        select(Seat)
        .where(Seat.class_id == class_id, Seat.person_id == by.person_id, held_or_asked)
        .order_by(Seat.id.desc())
        .limit(1)
    ).first()


def _forget_old_tries(session: Session, now: datetime) -> None:
    session.execute(delete(RoomTry).where(RoomTry.tried_at <= now - _WAIT))


def _wrong_tries(session: Session, session_id: int, person_id: int) -> Sequence[datetime]:
    return session.scalars(
        select(RoomTry.tried_at)
        .where(RoomTry.session_id == session_id, RoomTry.person_id == person_id)
        .order_by(RoomTry.tried_at)
    ).all()


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP


def _code_at(room_key: str, session_id: int, step: int) -> str:
    digest = hmac.new(room_key.encode(), f"{session_id}:{step}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"
