"""Decisions of two persons: one officer asks with the reason, another one says yes or no.

What is asked for happens inside the transaction of the yes, judged afresh under the lock of the
class; until then nothing changes.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked, row_exists
from lms.errors import NotFound, Refused
from lms.people.models import Account
from lms.training.cancelling import ReasonNeeded, carry_out_cancel, why_not_cancel
from lms.training.classes import allow, enter_own_hall, note_class
from lms.training.corrections import carry_out_correction, why_not_correct
from lms.training.displacing import carry_out_cut, preview_cut, why_not_cut
from lms.training.models import Decision, Seat, TrainingClass
from lms.training.notices import tell_officers, tell_person
from lms.training.queue import Hall
from lms.words import nfc

DECISIONS_PATH = "/quan-ly/tap-huan/cho-duyet/"
KIND_WORDS = {"cut": "giảm số chỗ", "cancel": "hủy lớp", "correct": "sửa kết quả"}
OUTCOME_WORDS = {"accepted": "đã duyệt", "refused": "không duyệt", "taken_back": "đã rút lại"}


class AlreadyAsked(Refused):
    """The same thing waits for the second person already."""

    def __init__(self) -> None:
        super().__init__(
            "Việc này đang chờ người thứ hai duyệt rồi. Chưa ghi thêm gì.",
            remedy="Xem ở trang “Chờ người thứ hai duyệt”.",
        )


class SamePerson(Refused):
    """Who asks does not decide."""

    def __init__(self) -> None:
        super().__init__(
            "Anh/chị là người đề nghị nên không tự duyệt được. Chưa thay đổi gì.",
            remedy="Hãy nhờ một cán bộ Sở khác duyệt, hoặc rút lại đề nghị.",
        )


class NotTheAsker(Refused):
    """Only who asked takes it back; everybody else refuses."""

    def __init__(self) -> None:
        super().__init__(
            "Chỉ người đề nghị mới rút lại được. Chưa thay đổi gì.",
            remedy="Nếu không đồng ý, hãy bấm không duyệt và ghi lý do.",
        )


class AlreadyDecided(Refused):
    """Somebody has already decided this."""

    def __init__(self, decision: Decision) -> None:
        words = OUTCOME_WORDS[decision.outcome or "accepted"]
        super().__init__(f"Đề nghị này {words} rồi. Chưa thay đổi gì thêm.")


def ask_cut(session: Session, *, by: Actor, class_id: int, capacity: int, reason: str, now: datetime) -> Decision:
    """Ask for a capacity that takes places away from people.

    Raises:
        NobodyDisplaced: it takes nobody's place, so one person does it.
        AlreadyAsked, ReasonNeeded: as they say.
        ClassBadlyPlanned, PeoplePresent, AlreadySettled: the class does not allow it.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    cut = preview_cut(session, class_id, capacity, now=now)
    allow(why_not_cut(hall.row, cut))
    return _ask(session, by, hall, "cut", {"capacity": capacity, "seen": cut.seen}, reason, now)


def ask_cancel(session: Session, *, by: Actor, class_id: int, reason: str, now: datetime) -> Decision:
    """Ask for the end of a published class.

    Raises:
        AlreadyAsked, ReasonNeeded: as they say.
        AlreadySettled: it has begun, or ended.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    allow(why_not_cancel(hall.row))
    return _ask(session, by, hall, "cancel", {}, reason, now)


def ask_correction(
    session: Session, *, by: Actor, seat_id: int, to: str, reason: str, evidence: str, now: datetime
) -> Decision:
    """Ask for another result of somebody in a class whose results are fixed.

    Raises:
        NoSuchResult: no result, or the same.
        AlreadyAsked, ReasonNeeded: as they say.
        AlreadySettled: the results of the class are not fixed yet.
        NotFound: not a seat of the officer's province.
    """
    found = session.get(Seat, seat_id)
    if found is None:
        raise NotFound(f"seat {seat_id}")
    hall = enter_own_hall(session, by, found.class_id)
    seat = locked(session, Seat, seat_id)
    allow(why_not_correct(hall.row, seat, to))
    if not nfc(evidence):
        raise ReasonNeeded("và căn cứ sửa kết quả")
    wanted = {"from": seat.state, "to": to, "evidence": nfc(evidence)[:500]}
    return _ask(session, by, hall, "correct", wanted, reason, now, seat_id)


def accept_decision(
    session: Session, *, by: Actor, decision_id: int, now: datetime, seen: str | None = None
) -> Decision:
    """Say yes as the second person: what was asked for happens now, or nothing does.

    `seen` is the list of people the second person looked at; without it, the one the asker saw.

    Raises:
        SamePerson: the asker.
        AlreadyDecided: somebody has decided before.
        ListChanged, ResultMoved: it would do something else than what was seen.
        AlreadySettled, PeoplePresent, NobodyDisplaced: it is not possible any more.
        NotFound: not a decision of the officer's province.
    """
    hall, decision = _enter(session, by, decision_id)
    allow(why_not_accept(decision, by))
    _EFFECTS[decision.kind](session, hall, decision, by, seen, now)
    _settle(session, by, hall, decision, "accepted", "", now)
    return decision


def refuse_decision(session: Session, *, by: Actor, decision_id: int, answer: str, now: datetime) -> Decision:
    """Say no as the second person, with the reason; nothing changes.

    Raises:
        SamePerson, AlreadyDecided, ReasonNeeded, NotFound: as for saying yes.
    """
    hall, decision = _enter(session, by, decision_id)
    allow(why_not_accept(decision, by))
    if not nfc(answer):
        raise ReasonNeeded("không duyệt")
    _settle(session, by, hall, decision, "refused", nfc(answer), now)
    return decision


def take_back_decision(session: Session, *, by: Actor, decision_id: int, now: datetime) -> Decision:
    """Take back what one has asked for oneself.

    Raises:
        NotTheAsker: somebody else.
        AlreadyDecided, NotFound: as for saying yes.
    """
    hall, decision = _enter(session, by, decision_id)
    allow(why_not_take_back(decision, by))
    _settle(session, by, hall, decision, "taken_back", "", now)
    return decision


def why_not_accept(decision: Decision, by: Actor) -> Refused | None:
    """Say why this officer cannot say yes or no, or None."""
    if decision.decided_at is not None:
        return AlreadyDecided(decision)
    return SamePerson() if decision.asked_by_id == by.account_id else None


def why_not_take_back(decision: Decision, by: Actor) -> Refused | None:
    """Say why this officer cannot take it back, or None."""
    if decision.decided_at is not None:
        return AlreadyDecided(decision)
    return None if decision.asked_by_id == by.account_id else NotTheAsker()


def own_decision(session: Session, by: Actor, decision_id: int) -> Decision:
    """Return a decision about a class of the officer's province.

    Raises:
        NotFound: no such decision, or another province's.
    """
    decision = session.scalar(
        select(Decision)
        .join(TrainingClass, TrainingClass.id == Decision.class_id)
        .where(Decision.id == decision_id, TrainingClass.province_code.in_(by.provinces))
    )
    if decision is None:
        raise NotFound(f"decision {decision_id}")
    return decision


def _ask(
    session: Session,
    by: Actor,
    hall: Hall,
    kind: str,
    wanted: dict[str, Any],
    reason: str,
    now: datetime,
    seat_id: int | None = None,
) -> Decision:
    words = nfc(reason)
    if not words:
        raise ReasonNeeded(KIND_WORDS[kind])
    same = (Decision.seat_id == seat_id,) if seat_id else (Decision.class_id == hall.row.id, Decision.kind == kind)
    if row_exists(session, Decision, *same, Decision.decided_at.is_(None)):
        raise AlreadyAsked
    decision = Decision(
        kind=kind,
        class_id=hall.row.id,
        seat_id=seat_id,
        wanted=wanted,
        reason=words[:300],
        asked_at=now,
        asked_by_id=by.account_id,
    )
    session.add(decision)
    session.flush()
    note_class(session, by, hall.row, f"ask_{kind}", now, reason=words, decision=decision.id, **wanted)
    text = f"{by.name} đề nghị {KIND_WORDS[kind]} “{hall.row.title}”. Lý do: {words}. Cần người thứ hai duyệt."
    tell_officers(session, hall.row.province_code, template="decision-asked", event=f"decision-{decision.id}-asked",
                  text=text, but=by.person_id, now=now, path=DECISIONS_PATH)  # fmt: skip
    return decision


def _enter(session: Session, by: Actor, decision_id: int) -> tuple[Hall, Decision]:
    hall = enter_own_hall(session, by, own_decision(session, by, decision_id).class_id)
    return hall, locked(session, Decision, decision_id)


def _settle(
    session: Session, by: Actor, hall: Hall, decision: Decision, outcome: str, answer: str, now: datetime
) -> None:
    decision.decided_at, decision.decided_by_id = now, by.account_id
    decision.outcome, decision.answer = outcome, answer[:300]
    session.flush()
    note_class(session, by, hall.row, f"{outcome}_{decision.kind}", now, decision=decision.id, answer=answer)
    asker = session.get(Account, decision.asked_by_id)
    if asker is not None and decision.asked_by_id != by.account_id:
        text = f"Đề nghị {KIND_WORDS[decision.kind]} “{hall.row.title}” {OUTCOME_WORDS[outcome]}."
        tell_person(session, asker.person_id, template="decision-settled", event=f"decision-{decision.id}-settled",
                    text=text + (f" Lý do: {answer}." if answer else ""), now=now, path=DECISIONS_PATH)  # fmt: skip


def _cut(session: Session, hall: Hall, decision: Decision, by: Actor, seen: str | None, now: datetime) -> None:
    looked_at = decision.wanted["seen"] if seen is None else seen
    capacity, reason = decision.wanted["capacity"], decision.reason
    carry_out_cut(session, hall, capacity, seen=looked_at, by=by, reason=reason, now=now)


def _cancel(session: Session, hall: Hall, decision: Decision, by: Actor, seen: str | None, now: datetime) -> None:
    carry_out_cancel(session, hall, by=by, reason=decision.reason, now=now)


def _correct(session: Session, hall: Hall, decision: Decision, by: Actor, seen: str | None, now: datetime) -> None:
    seat, wanted = locked(session, Seat, decision.seat_id), decision.wanted
    carry_out_correction(
        session,
        hall,
        seat,
        came_from=wanted["from"],
        to=wanted["to"],
        reason=decision.reason,
        evidence=wanted["evidence"],
        by=by,
        asked_by_id=decision.asked_by_id,
        now=now,
    )


_EFFECTS: dict[str, Callable[[Session, Hall, Decision, Actor, str | None, datetime], None]] = {
    "cut": _cut,
    "cancel": _cancel,
    "correct": _correct,
}
