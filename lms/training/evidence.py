"""Evidence of presence: what the marks of a seat say together, and where they contradict each other.

Marks are only added. Of those that count, the one that happened last stands; a repetition and
somebody's own word from the room's code (nobody of the staff stands by it yet) do not count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from lms.people.models import Account, Person
from lms.training.models import AttendanceMark, ClassSession, Seat, TrainingClass

THERE = frozenset({"present", "late"})
TAKEN_BACK = "unmarked"
_JUDGED = frozenset({"confirmed", "away"})


class Dispute(NamedTuple):
    """What nobody has decided about somebody in a session: contested, own_word, or late."""

    seat_id: int
    number: int
    why: str


def latest_marks(session: Session, class_id: int) -> dict[tuple[int, int], str]:
    """Return the mark that stands for each (seat, session) of the class."""
    found: dict[tuple[int, int], list[AttendanceMark]] = defaultdict(list)
    for row, _ in session.execute(_marks_of_class(class_id)):
        found[row.seat_id, row.session_id].append(row)
    standing = {key: standing_mark(rows) for key, rows in found.items()}
    return {key: row.mark for key, row in standing.items() if row is not None}


def disputes_of(session: Session, of_class: TrainingClass) -> list[Dispute]:
    """Return what must be decided before the marks of a class can be complete or its results fixed.

    Marks that contradict each other, what people said of themselves and nobody confirmed, and what
    was marked in time but received only after the attendance had been closed.
    """
    found: dict[tuple[int, int], list[AttendanceMark]] = defaultdict(list)
    judged = _marks_of_class(of_class.id).join(Seat, Seat.id == AttendanceMark.seat_id).where(Seat.state.in_(_JUDGED))
    for row, number in session.execute(judged):
        found[number, row.seat_id].append(row)
    whys = {key: why_in_doubt(rows, of_class) for key, rows in sorted(found.items())}
    return [Dispute(seat_id, number, why) for (number, seat_id), why in whys.items() if why]


def why_in_doubt(rows: Sequence[AttendanceMark], of_class: TrainingClass) -> str:
    """Say what somebody still has to decide about one person in one session, or nothing."""
    if is_contested(rows):
        return "contested"
    if own_word(rows) is not None:
        return "own_word"
    last = next((row for row in reversed(rows) if row.repeat_of_id is None), None)
    return "late" if last is not None and is_after_closing(last, of_class) else ""


def is_after_closing(row: AttendanceMark, of_class: TrainingClass) -> bool:
    """Say whether a mark came in after the attendance was closed, and nobody has given a reason for it."""
    closed_at = of_class.attendance_closed_at
    return closed_at is not None and row.marked_at > closed_at and not row.reason


def _marks_of_class(class_id: int) -> Select[AttendanceMark, int]:
    return (
        select(AttendanceMark, ClassSession.number)
        .join(ClassSession, ClassSession.id == AttendanceMark.session_id)
        .where(ClassSession.class_id == class_id)
        .order_by(AttendanceMark.id)
    )


def marks_of_session(session: Session, session_id: int) -> dict[int, list[AttendanceMark]]:
    """Return every mark of one session by seat, in the order in which they were written."""
    found: dict[int, list[AttendanceMark]] = defaultdict(list)
    for row in session.scalars(
        select(AttendanceMark).where(AttendanceMark.session_id == session_id).order_by(AttendanceMark.id)
    ):
        found[row.seat_id].append(row)
    return found


def is_own_word(row: AttendanceMark) -> bool:
    """Say whether somebody scanned the room's code and no staff member has confirmed it."""
    return row.source == "room" and row.marked_by_id is None


def own_words() -> ColumnElement[bool]:
    """Return what `is_own_word` says, for a statement."""
    return and_(AttendanceMark.source == "room", AttendanceMark.marked_by_id.is_(None))


def standing_mark(rows: Iterable[AttendanceMark]) -> AttendanceMark | None:
    """Return the mark that stands: of those that count the last to happen; none if it was taken back."""
    counting = [row for row in rows if row.repeat_of_id is None and not is_own_word(row)]
    last = max(counting, key=lambda row: (row.happened_at, row.id), default=None)
    return None if last is None or last.mark == TAKEN_BACK else last


def own_word(rows: Sequence[AttendanceMark]) -> AttendanceMark | None:
    """Return what somebody said of themselves by the room's code, while no mark stands for them."""
    if standing_mark(rows) is not None:
        return None
    return next((row for row in reversed(rows) if is_own_word(row)), None)


def is_contested(rows: Sequence[AttendanceMark]) -> bool:
    """Say whether the marks since the last one given with a reason contradict each other.

    Whoever marks on a page and changes what stands gives a reason, so only what was marked without
    a line, or said by the person themselves, can contradict.
    """
    claims = [row for row in rows if row.repeat_of_id is None]
    last_reason = max((at for at, row in enumerate(claims) if row.reason), default=0)
    said = {row.mark in THERE for row in claims[last_reason:] if row.mark != TAKEN_BACK}
    return len(said) > 1


def outcome_of(row: AttendanceMark, rows: Sequence[AttendanceMark]) -> str:
    """Return what came of a mark when it was written: added, repeat, changed, contested, or own_word.

    It follows from the rows alone, so whoever sends the same mark again gets the same answer.
    """
    if row.repeat_of_id is not None:
        return "repeat"
    if is_own_word(row):
        return "own_word"
    before = standing_mark(one for one in rows if one.id < row.id)
    if before is None or before.mark == row.mark:
        return "added"
    if row.reason:
        return "changed"
    return "contested" if (before.mark in THERE) != (row.mark in THERE) else "added"


def names_of_markers(session: Session, rows: Iterable[AttendanceMark]) -> Mapping[int, str]:
    """Return the names behind the accounts that marked."""
    accounts = {row.marked_by_id for row in rows}
    return dict(
        session.execute(
            select(Account.id, Person.full_name)
            .join(Person, Person.id == Account.person_id)
            .where(Account.id.in_(accounts))
        ).all()
    )


def shared_devices(marks: Mapping[int, Sequence[AttendanceMark]]) -> list[set[int]]:
    """Return the groups of seats whose people scanned the room's code on one and the same device."""
    seats: dict[str, set[int]] = defaultdict(set)
    for seat_id, rows in marks.items():
        for row in rows:
            if row.source == "room" and row.device is not None:
                seats[row.device].add(seat_id)
    return [together for together in seats.values() if len(together) > 1]
