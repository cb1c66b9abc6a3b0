"""Marks: attendance rests on a seat, in its session's time, sent once; and results follow from it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.training.attendance import closes_at, opens_at
from lms.training.audit.findings import Finding
from lms.training.audit.story import Story
from lms.training.evidence import TAKEN_BACK, standing_mark
from lms.training.judging import CAME, judge
from lms.training.models import AttendanceMark
from lms.training.transitions import RULE_VERSION

RESULTS = frozenset({"completed", "incomplete", "no_show"})


def prove(session: Session, story: Story) -> Iterator[Finding]:
    """7, 11: look every mark over, and judge every fixed result again."""
    table: Any = AttendanceMark.__table__
    marks = {row.id: row for row in session.connection().execute(select(table).order_by(table.c.id))}
    yield from _marks(story, marks)
    yield from _results(story, marks)


def _marks(story: Story, marks: dict[int, Any]) -> Iterator[Finding]:
    sent: Counter[tuple[str, str]] = Counter()
    for mark in marks.values():
        wrong = _wrong_with(story, mark, marks)
        if wrong:
            yield Finding(11, "mark", mark.id, wrong)
        if mark.nonce is not None:
            sent[mark.device, mark.nonce] += 1
            if sent[mark.device, mark.nonce] == 2:
                yield Finding(11, "mark", mark.id, f"máy {mark.device} gửi hai lần một lượt điểm danh")


def _wrong_with(story: Story, mark: Any, marks: dict[int, Any]) -> str:
    seat, held = story.seats.get(mark.seat_id), story.sessions.get(mark.session_id)
    if seat is None or held is None or seat.class_id != held.class_id:
        return "buổi học không phải của lớp có chỗ này"
    expected = {"confirmed"} if mark.mark in CAME else {"confirmed", "away"}
    if mark.mark != TAKEN_BACK and not expected & _states_at(story, mark):
        return f"chỗ {seat.id} lúc đó không phải của người đã xác nhận"
    if not mark.reason and not opens_at(held) <= mark.happened_at < closes_at(held):
        return "điểm danh ngoài giờ của buổi học mà không ghi lý do"
    repeated = marks.get(mark.repeat_of_id) if mark.repeat_of_id is not None else mark
    if repeated is None or (repeated.seat_id, repeated.session_id) != (mark.seat_id, mark.session_id):
        return "lượt ghi lại không khớp lượt đầu"
    return ""


def _states_at(story: Story, mark: Any) -> set[str | None]:
    """Return the states the seat was in at the moment of a mark; several where both happened at once."""
    chain = story.chains.get(("seat", mark.seat_id), [])
    before = [event.to_state for event in chain if event.at < mark.marked_at]
    return {*before[-1:], *(event.to_state for event in chain if event.at == mark.marked_at)}


def _results(story: Story, marks: dict[int, Any]) -> Iterator[Finding]:
    """7: what was fixed under the rule in force follows from the marks; a correction says what it changed."""
    found: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for mark in marks.values():
        found[mark.seat_id, mark.session_id].append(mark)
    made_up = {seat.makes_up_for_id for seat in story.seats.values()}
    for seat_id, seat in story.seats.items():
        if seat.state in RESULTS and (seat.result or {}).get("rule_version") == RULE_VERSION:
            if seat.result.get("corrections"):
                follows = seat.result["corrections"][-1]["to"]
            elif seat_id in made_up:
                continue
            else:
                follows = _judged(story, seat, found)
            if follows != seat.state:
                yield Finding(7, "seat", seat_id, f"kết quả {seat.state}, theo điểm danh thì là {follows}")


def _judged(story: Story, seat: Any, marks: dict[tuple[int, int], list[Any]]) -> str:
    held = story.sessions_of[seat.class_id]
    standing = {one.number: standing_mark(marks.get((seat.id, one.id), ())) for one in held}
    own = {number: mark.mark for number, mark in standing.items() if mark is not None}
    result, facts = judge(story.classes[seat.class_id], held, own)
    kept = {key: seat.result.get(key) for key in facts}
    return result if kept == facts else f"{result}, {facts['minutes']} phút"
