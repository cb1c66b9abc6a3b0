"""Results: what follows from the marks when the department closes a class, fixed for good."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.training.attendance import class_sessions
from lms.training.classes import NotNow, allow, enter_own_hall, note_class, open_seats
from lms.training.evidence import disputes_of, latest_marks
from lms.training.fulfilling import settle_needs
from lms.training.judging import judge
from lms.training.makeups import settle_makeups
from lms.training.models import Seat, TrainingClass
from lms.training.notices import ended_text, next_time, tell_seat
from lms.training.queue import Hall, move_seat
from lms.training.timetable import bring_up_to_date, why_disputed
from lms.training.transitions import move
from lms.training.wording import state_words

_JUDGED = frozenset({"confirmed", "away"})
_NOT_YET = frozenset({"published", "roster_locked", "running", "ended"})


class AttendanceOpen(Refused):
    """The trainer has not said that the marks are complete."""


class ResultsChanged(Refused):
    """Since the list was looked at, somebody would get another result."""


@dataclass(frozen=True)
class Outcome:
    """What would become of a seat, and what that rests on."""

    seat: Seat
    result: str
    facts: dict[str, Any]

    @property
    def unmarked(self) -> list[int]:
        """Numbers of the sessions without a mark, which count as absent."""
        return [one["number"] for one in self.facts["sessions"] if one["mark"] is None]


def finalise_class(
    session: Session, *, by: Actor, class_id: int, now: datetime, seen: str | None = None
) -> Counter[str]:
    """Fix the results: completed, incomplete or absent; return how many of each.

    Frozen from here on; certificates are made of it. Whoever has no mark was absent. People still
    waiting keep the number of their need for the next class. `seen` is the list the officer looked
    at, if there was one.

    Raises:
        AttendanceOpen: the marks are not declared complete.
        MarksDisputed: marks that came in since wait for a decision.
        ResultsChanged: the list is another one than was looked at.
        AlreadySettled: fixed before, or cancelled.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    bring_up_to_date(session, hall, now)
    allow(why_not_finalise(hall.row) or why_disputed(disputes_of(session, hall.row)))
    outcomes = preview_results(session, hall.row)
    if seen is not None and seen != seen_results(outcomes):
        raise ResultsChanged(
            "Kết quả của có người đã đổi từ lúc anh/chị xem. Chưa chốt gì cả.",
            remedy="Hãy xem lại danh sách rồi chốt.",
        )
    for outcome in outcomes:
        _settle_seat(session, by, hall, outcome, now)
    _end_the_queue(session, by, hall, now)
    results = Counter(outcome.result for outcome in outcomes)
    fixed: dict[str, Any] = {"finalised_at": now, "finalised_by_id": by.account_id}
    move(session, hall.row, "finalised", by=by, now=now, snapshot=dict(results), **fixed)
    settle_makeups(session, class_id=class_id, by=by, now=now)
    settle_needs(session, hall.needs, now=now)
    note_class(session, by, hall.row, "finalise_class", now, **results)
    return results


def why_not_finalise(row: TrainingClass) -> Refused | None:
    """Say why results cannot be fixed now, or None."""
    if row.state not in _NOT_YET:
        return NotNow(row, "chốt kết quả")
    if row.state != "ended" or row.attendance_closed_at is None:
        return AttendanceOpen(
            "Chưa đóng điểm danh nên chưa chốt kết quả được. Chưa thay đổi gì.",
            remedy="Hãy nhờ giảng viên đóng điểm danh, hoặc tự đóng trên trang của lớp.",
        )
    return None


def preview_results(session: Session, row: TrainingClass) -> list[Outcome]:
    """Return who would become what, in the order of the list, if results were fixed now."""
    held, marks = class_sessions(session, row.id), latest_marks(session, row.id)
    outcomes = []
    for seat in open_seats(session, row.id):
        if seat.state in _JUDGED:
            own = {one.number: marks[seat.id, one.id] for one in held if (seat.id, one.id) in marks}
            outcomes.append(Outcome(seat, *judge(row, held, own)))
    return outcomes


def seen_results(outcomes: Sequence[Outcome]) -> str:
    """Return the list in one word, so that who fixes results fixes just these."""
    return "-".join(f"{outcome.seat.id}{outcome.result[0]}" for outcome in outcomes)


def _settle_seat(session: Session, by: Actor, hall: Hall, outcome: Outcome, now: datetime) -> None:
    seat, attended = outcome.seat, sum(one["minutes"] > 0 for one in outcome.facts["sessions"])
    fixed = {"ended_at": now, "result": outcome.facts}
    move_seat(session, hall, seat, outcome.result, by=by, now=now, snapshot={"result": outcome.facts}, **fixed)
    text = ended_text(hall.row, f"kết quả {state_words('seat', outcome.result)}, dự {attended} buổi", "")
    tell_seat(session, seat, hall.row, template="seat-result", text=text, but=None, now=now)


def _end_the_queue(session: Session, by: Actor, hall: Hall, now: datetime) -> None:
    """End what nobody answered and what still waits; they keep their need's number."""
    for seat in open_seats(session, hall.row.id):
        to, reason = ("expired", "lớp đã học") if seat.state == "offered" else ("cancelled", "lớp đã đủ chỗ")
        move_seat(session, hall, seat, to, by=by, now=now, reason=reason, ended_at=now)
        seat.reason = reason
        text = ended_text(hall.row, f"lớp đã học xong, {next_time(seat)}", "")
        tell_seat(session, seat, hall.row, template="seat-carried", text=text, but=None, now=now)
