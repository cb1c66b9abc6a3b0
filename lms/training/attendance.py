"""Attendance: a mark for each seat and session; marks are only added, and the one that happened last stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import VIETNAM, vn_moment
from lms.db import row_exists
from lms.errors import NotFound, Refused
from lms.training.classes import note_class
from lms.training.coming_back import let_back
from lms.training.evidence import TAKEN_BACK, THERE, marks_of_session, standing_mark, why_in_doubt
from lms.training.evidence import latest_marks as latest_marks
from lms.training.halls import Hall, enter_hall
from lms.training.judging import CAME
from lms.training.models import AttendanceMark, ClassSession, ClassTrainer, Seat, TrainingClass
from lms.training.standing import name_of
from lms.training.transitions import AlreadySettled, move
from lms.training.wording import MARK_WORDS

BEGUN = frozenset({"published", "roster_locked", "running"})
MARKABLE = BEGUN | {"ended"}
OPENS_BEFORE = timedelta(minutes=15)
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clock of a phone may run ahead before what it says is not believed."""
ON_PAPER = "nhập từ danh sách giấy có chữ ký"


class SessionNotYet(Refused):
    """Nobody can have been present before the session opens."""

    def __init__(self, held: ClassSession) -> None:
        super().__init__(
            f"Buổi này bắt đầu lúc {vn_moment(held.begins_at)} nên chưa điểm danh được. Chưa ghi gì cả.",
            remedy=f"Điểm danh mở từ {vn_moment(opens_at(held))}.",
        )


class LateNeedsReason(Refused):
    """After its day a session is marked only with the reason why so late."""

    status = 422

    def __init__(self, held: ClassSession) -> None:
        super().__init__(
            f"Buổi này đã qua từ {vn_moment(closes_at(held))}. Ghi muộn thì phải có lý do. Chưa ghi gì cả.",
            remedy="Hãy ghi lý do ghi muộn, hoặc chọn nguồn là danh sách giấy đã ký.",
        )


class OverrideNeedsReason(Refused):
    """A mark that stands is evidence; changing it says why."""

    status = 422


class UnknownMark(Refused):
    """The mark, or the person it is for, does not belong to this sheet."""

    status = 422


class ClockWrong(Refused):
    """A device says that something happened which has not happened yet."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "Đồng hồ của máy đã ghi chạy nhanh nên giờ ghi nằm ở tương lai. Dấu này chưa được nhận.",
            remedy="Hãy chỉnh giờ của máy cho đúng rồi gửi lại, hoặc ghi vào danh sách.",
        )


class AttendanceClosed(Refused):
    """The trainer has closed the attendance; only the department changes it now, with a reason."""

    def __init__(self) -> None:
        super().__init__(
            "Lớp đã đóng điểm danh nên không ghi thêm được. Các dấu đã ghi vẫn còn nguyên.",
            remedy="Nếu có chỗ sai, hãy báo cán bộ Sở sửa và ghi rõ lý do.",
        )


class ChiefDecides(Refused):
    """Taking back a mark and settling a contradiction is for the chief trainer and the department."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Việc này do giảng viên chính của lớp hoặc cán bộ Sở quyết định. Chưa thay đổi gì.",
            remedy="Hãy báo giảng viên chính.",
        )


class Mark(NamedTuple):
    """What is said of one seat in one session."""

    mark: str
    reason: str = ""


@dataclass(frozen=True)
class Seen:
    """How a mark came about; on which device and when, unless on this page and now.

    `by_account` is who marked, where somebody else sends it; an own word is what people say of
    themselves by the room's code, by which nobody of the staff stands yet.
    """

    source: str = "list"
    device: str | None = None
    nonce: str | None = None
    happened_at: datetime | None = None
    is_offline: bool = False
    is_own_word: bool = False
    by_account: int | None = None

    @property
    def cannot_explain(self) -> bool:
        """Say whether nobody was there to give a reason, so that what contradicts is left to the chief."""
        return self.is_offline or self.is_own_word

    @property
    def is_by_hand(self) -> bool:
        """Say whether somebody chose the mark on a page of ours, rather than seeing the person come."""
        return self.source in ("list", "paper") and not self.is_offline


ON_THE_LIST = Seen()


@dataclass
class Sheet:
    """One session of a locked class: whom it expects, and every mark so far."""

    hall: Hall
    held: ClassSession
    seats: dict[int, Seat]
    marks: dict[int, list[AttendanceMark]]

    @property
    def expected(self) -> dict[int, Seat]:
        """Return the seats that may be marked: confirmed people, whoever walked in, and whoever may come back."""
        return {seat_id: seat for seat_id, seat in self.seats.items() if seat.state in ("confirmed", "away")}


def mark_session(
    session: Session,
    *,
    by: Actor,
    session_id: int,
    marks: Mapping[int, Mark],
    now: datetime,
    seen: Seen = ON_THE_LIST,
) -> int:
    """Mark confirmed seats of one session; return how many marks were added.

    Marks are only added; the same mark again adds nothing. The first mark begins the class.

    Raises:
        SessionNotYet: earlier than a quarter of an hour before the session begins.
        LateNeedsReason: after its day, without a reason.
        OverrideNeedsReason: a mark that stands would change without a reason.
        ChiefDecides: marks contradict each other, and this is not the chief trainer.
        UnknownMark: a seat that is not on the sheet.
        AttendanceClosed: the trainer has closed the attendance.
        AlreadySettled: the class has not been published, or its results are final.
        NotFound: neither a trainer of the class nor the province's officer.
    """
    sheet = open_sheet(session, by, session_id)
    before = sum(map(len, sheet.marks.values()))
    for seat_id, given in marks.items():
        put_mark(session, sheet, by=by, seat_id=seat_id, given=given, seen=seen, now=now)
    return sum(map(len, sheet.marks.values())) - before


def take_back_mark(
    session: Session, *, by: Actor, session_id: int, seat_id: int, reason: str, now: datetime
) -> AttendanceMark:
    """Take back the mark that stands, with the reason; the old one stays to be read.

    Raises:
        ChiefDecides: not the chief trainer, not the province's officer.
        OverrideNeedsReason: no reason.
        UnknownMark: nothing stands that could be taken back.
        AttendanceClosed, AlreadySettled, NotFound: as for marking.
    """
    sheet = open_sheet(session, by, session_id)
    _check_chief(by, sheet)
    stands = standing_mark(sheet.marks.get(seat_id, ()))
    if stands is None or seat_id not in sheet.seats:
        raise UnknownMark("Người này chưa có dấu điểm danh nào để bỏ. Chưa thay đổi gì.")
    if not reason.strip():
        raise OverrideNeedsReason("Muốn bỏ dấu điểm danh thì phải ghi lý do. Chưa thay đổi gì.")
    _check_open(by, sheet, now, reason, ON_THE_LIST)
    row = _store(session, sheet, by, seat_id, Mark(TAKEN_BACK, reason), ON_THE_LIST, now, now)
    detail = {"seat": seat_id, "number": sheet.held.number, "from": stands.mark, "reason": row.reason}
    note_class(session, by, sheet.hall.row, "take_back_mark", now, **detail)
    return row


def open_sheet(session: Session, by: Actor, session_id: int) -> Sheet:
    """Lock the class of a session and read whom it expects and what was marked.

    Raises:
        AlreadySettled: the class has not been published, or its results are final.
        NotFound: neither a trainer of the class nor the province's officer.
    """
    held = session.get(ClassSession, session_id)
    row = session.get(TrainingClass, held.class_id) if held else None
    if held is None or row is None or not may_mark(session, by, row):
        raise NotFound(f"session {session_id}")
    return read_sheet(session, held)


def read_sheet(session: Session, held: ClassSession) -> Sheet:
    """Lock the class of a session, whoever asks, and read its sheet.

    Raises:
        AlreadySettled: the class has not been published, or its results are final.
    """
    hall = enter_hall(session, held.class_id)
    if hall.row.state not in MARKABLE:
        raise AlreadySettled("class", hall.row.state)
    seats = session.scalars(
        select(Seat).where(Seat.class_id == held.class_id).execution_options(populate_existing=True)
    )
    return Sheet(hall, held, {seat.id: seat for seat in seats}, marks_of_session(session, held.id))


def put_mark(
    session: Session, sheet: Sheet, *, by: Actor, seat_id: int, given: Mark, seen: Seen, now: datetime
) -> AttendanceMark | None:
    """Add one mark to a locked sheet and return its row; what the list already says adds nothing.

    The same mark of the same device again returns the row that is there. Somebody scanned again
    gets a row that names the one that stands. What was marked without a line asks for no reason: it
    is stored beside what stands, and the chief settles what contradicts. Somebody set away of whom it
    is said that they came takes a place again, as long as one is left.

    Raises:
        SessionNotYet, LateNeedsReason, OverrideNeedsReason, ChiefDecides, UnknownMark, ClockWrong,
        AttendanceClosed: see `mark_session`.
        NoPlaceLeft: the person was set away, and the place is taken.
    """
    sent_before = _sent_before(session, sheet, seat_id, seen)
    if sent_before is not None:
        return sent_before
    _check_mark(sheet, seat_id, given)
    happened_at = _when(seen, now)
    _check_open(by, sheet, happened_at, given.reason, seen)
    rows = sheet.marks.get(seat_id, ())
    stands = standing_mark(rows)
    is_in_doubt = why_in_doubt(rows, sheet.hall.row) in ("contested", "late")
    settles = bool(given.reason.strip()) and not seen.cannot_explain and is_in_doubt
    if settles:
        _check_chief(by, sheet)
    elif stands is not None and _says_the_same(stands.mark, given.mark, seen):
        if seen.is_by_hand:
            return None
        return _store(session, sheet, by, seat_id, given, seen, happened_at, now, repeat_of=stands)
    elif stands is not None and not seen.cannot_explain:
        _check_reason(session, sheet, seat_id, given, stands)
    if sheet.seats[seat_id].state == "away" and given.mark in CAME:
        let_back(session, by, sheet.hall, sheet.seats[seat_id], now=now)
    row = _store(session, sheet, by, seat_id, given, seen, happened_at, now)
    if stands is not None and row.reason:
        detail = {"seat": seat_id, "from": stands.mark, "to": given.mark, "reason": row.reason}
        note_class(session, by, sheet.hall.row, "override_mark", now, **detail)
    return row


def may_mark(session: Session, by: Actor, row: TrainingClass) -> bool:
    """Say whether this is a trainer of the class, or the officer of its province."""
    if is_chief(by, row):
        return True
    return row.province_code in by.trainer_provinces and row_exists(
        session, ClassTrainer, ClassTrainer.class_id == row.id, ClassTrainer.account_id == by.account_id
    )


def is_chief(by: Actor, row: TrainingClass) -> bool:
    """Say whether this is the chief trainer of the class, or the officer of its province."""
    is_own_trainer = row.trainer_id is not None and row.trainer_id == by.account_id
    return (is_own_trainer and row.province_code in by.trainer_provinces) or row.province_code in by.provinces


def class_sessions(session: Session, class_id: int) -> Sequence[ClassSession]:
    """Return the sessions of a class in time order."""
    return session.scalars(
        select(ClassSession).where(ClassSession.class_id == class_id).order_by(ClassSession.number)
    ).all()


def opens_at(held: ClassSession) -> datetime:
    """Return from when people may be checked in: a quarter of an hour before the session begins."""
    return held.begins_at - OPENS_BEFORE


def closes_at(held: ClassSession) -> datetime:
    """Return until when a mark needs no reason: the end of the session's day in Vietnam."""
    return datetime.combine(held.held_on + timedelta(days=1), time(), tzinfo=VIETNAM)


def why_not_markable(by: Actor, row: TrainingClass, held: ClassSession, now: datetime) -> Refused | None:
    """Return why nobody can be marked now, or None; after the day a reason is asked for, which is no refusal."""
    if row.state not in MARKABLE:
        return AlreadySettled("class", row.state)
    if now < opens_at(held):
        return SessionNotYet(held)
    if row.attendance_closed_at is not None and row.province_code not in by.provinces:
        return AttendanceClosed()
    return None


def _check_open(by: Actor, sheet: Sheet, happened_at: datetime, reason: str, seen: Seen) -> None:
    refusal = why_not_markable(by, sheet.hall.row, sheet.held, happened_at)
    closed_at = sheet.hall.row.attendance_closed_at
    if closed_at is not None and seen.is_offline and happened_at <= closed_at:
        # Evidence from before the closing that was long under way: kept, and left to the department.
        closed_at = None
        refusal = None if isinstance(refusal, AttendanceClosed) else refusal
    if refusal is not None:
        raise refusal
    if happened_at >= closes_at(sheet.held) and not reason.strip() and seen.source != "paper":
        raise LateNeedsReason(sheet.held)
    if closed_at is not None and not reason.strip():
        raise OverrideNeedsReason(
            "Lớp đã đóng điểm danh. Muốn sửa thì phải ghi lý do. Chưa ghi gì cả.", remedy="Hãy ghi lý do rồi lưu lại."
        )


def _sent_before(session: Session, sheet: Sheet, seat_id: int, seen: Seen) -> AttendanceMark | None:
    if seen.nonce is None:
        return None
    row = session.scalar(
        select(AttendanceMark).where(AttendanceMark.device == seen.device, AttendanceMark.nonce == seen.nonce)
    )
    if row is not None and (row.seat_id, row.session_id) != (seat_id, sheet.held.id):
        raise UnknownMark(
            "Trang này đã dùng để ghi cho người khác. Dấu này chưa được ghi.", remedy="Hãy mở lại trang rồi ghi lại."
        )
    return row


def _check_mark(sheet: Sheet, seat_id: int, given: Mark) -> None:
    if seat_id not in sheet.expected:
        raise UnknownMark(
            "Có người không còn trong danh sách lớp. Chưa ghi gì cả.", remedy="Hãy mở lại trang điểm danh."
        )
    if given.mark not in MARK_WORDS:
        raise UnknownMark("Có ô điểm danh chưa chọn đúng. Chưa ghi gì cả.", remedy="Hãy chọn lại.")


def _check_reason(session: Session, sheet: Sheet, seat_id: int, given: Mark, stands: AttendanceMark) -> None:
    if not given.reason.strip():
        name = name_of(session, sheet.seats[seat_id].person_id)
        raise OverrideNeedsReason(
            f"{name} đã được ghi “{MARK_WORDS[stands.mark]}”. Muốn đổi thì phải ghi lý do.",
            remedy="Các ô khác chưa được ghi. Hãy ghi lý do rồi lưu lại.",
        )


def _check_chief(by: Actor, sheet: Sheet) -> None:
    if not is_chief(by, sheet.hall.row):
        raise ChiefDecides


def _when(seen: Seen, now: datetime) -> datetime:
    happened_at = seen.happened_at or now
    if happened_at > now + CLOCKS_DIFFER:
        raise ClockWrong
    return min(happened_at, now)


def _says_the_same(stands: str, given: str, seen: Seen) -> bool:
    """Whoever is scanned or seen without a line is there: that they came late, or in time, stays as it was marked."""
    if stands == given:
        return True
    return not seen.is_by_hand and {stands, given} <= THERE


def _store(
    session: Session,
    sheet: Sheet,
    by: Actor,
    seat_id: int,
    given: Mark,
    seen: Seen,
    happened_at: datetime,
    now: datetime,
    repeat_of: AttendanceMark | None = None,
) -> AttendanceMark:
    is_late = happened_at >= closes_at(sheet.held)
    row = AttendanceMark(
        seat_id=seat_id,
        session_id=sheet.held.id,
        mark=given.mark,
        source=seen.source,
        reason=given.reason.strip()[:300] or (ON_PAPER if is_late and seen.source == "paper" else ""),
        device=seen.device,
        nonce=seen.nonce,
        repeat_of_id=repeat_of.id if repeat_of else None,
        happened_at=happened_at,
        marked_at=now,
        marked_by_id=None if seen.is_own_word else seen.by_account or by.account_id,
    )
    session.add(row)
    session.flush()
    sheet.marks.setdefault(seat_id, []).append(row)
    if not seen.is_own_word:
        begin_class(session, sheet.hall, by=by, now=now, channel="offline" if seen.is_offline else None)
    return row


def begin_class(session: Session, hall: Hall, *, by: Actor, now: datetime, channel: str | None = None) -> None:
    """Let a class run from its first mark on."""
    if hall.row.state in BEGUN and hall.row.state != "running":
        snapshot = {"capacity": hall.row.capacity, "live": hall.taken}
        move(session, hall.row, "running", by=by, now=now, snapshot=snapshot, channel=channel)
