"""Checking people in where there is no line: the list a trainer's phone takes along, and what it sends later.

Places without any signal are where classes are held (S2). The phone holds no secret: of each QR it
has only the SHA-256, with which it recognises the code it is shown.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import VIETNAM
from lms.errors import Refused
from lms.training.attendance import (
    CLOCKS_DIFFER,
    Mark,
    Seen,
    Sheet,
    UnknownMark,
    closes_at,
    open_sheet,
    opens_at,
    put_mark,
)
from lms.training.codes import short_code
from lms.training.evidence import is_after_closing, marks_of_session, outcome_of, standing_mark
from lms.training.models import AttendanceMark, ClassSession, ClassTrainer, TrainingClass
from lms.training.queries import seats_of_class
from lms.training.wording import MARK_WORDS, half_day_words

KEPT_AFTER = timedelta(days=7)
"""How long after the session the phone keeps the list, so that late marks still find their names."""
_MOST_AT_ONCE = 500
_SOURCES = frozenset({"scan", "code", "list"})
_SALT = "lms.attendance.offline"


class PassNotOurs(Refused):
    """The marks were not made with a list that we gave to this session."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "Dấu này không đi kèm danh sách do hệ thống cấp cho buổi học nên chưa được nhận.",
            remedy="Hãy tải lại danh sách lúc có mạng, rồi ghi lại người này.",
        )


@dataclass(frozen=True)
class Sent:
    """One mark as the phone kept it."""

    roster_pass: str
    device: str
    nonce: str
    seat_id: int
    mark: str
    source: str
    happened_at: datetime


@dataclass(frozen=True)
class Answer:
    """What became of one mark: added, repeat, changed or contested; or refused, with the sentence."""

    nonce: str
    outcome: str
    said: str


def take_roster(
    session: Session, *, by: Actor, row: TrainingClass, held: ClassSession, secret: str, now: datetime
) -> dict[str, Any]:
    """Return what a phone needs to check people in without a line, with a pass sealed for this list and person."""
    marks = marks_of_session(session, held.id)
    return {
        "title": row.title,
        "when": half_day_words(held.held_on, held.half_day),
        "pass": _sealer(secret).dumps([held.id, by.account_id, int(now.timestamp())]),
        "now": _milliseconds(now),
        "opens": _milliseconds(opens_at(held)),
        "closes": _milliseconds(closes_at(held)),
        "kept_until": _milliseconds(closes_at(held) + KEPT_AFTER),
        "seats": [
            {
                "id": found.Seat.id,
                "name": found.Person.full_name,
                "team": f"{found.Team.name}, {found.commune}",
                "code": short_code(found.Seat.seq),
                "token": hashlib.sha256(found.Seat.token.encode()).hexdigest(),
                "mark": _standing(marks.get(found.Seat.id, ())),
            }
            for found in seats_of_class(session, row.id)
            if found.Seat.state in ("confirmed", "away")
        ],
    }


def read_sent(data: object) -> list[Sent]:
    """Read what a phone sent.

    Raises:
        UnknownMark: it does not have the form of a list of marks.
    """
    try:
        rows = data["marks"]  # type: ignore[index]  # whatever is wrong with it ends in the refusal below
        if len(rows) > _MOST_AT_ONCE:
            raise ValueError
        return [_read_one(row) for row in rows]
    except (TypeError, KeyError, ValueError, OverflowError, OSError) as wrong:
        raise UnknownMark("Máy gửi lên danh sách không đọc được. Các dấu vẫn còn trên máy.") from wrong


def receive_marks(
    session: Session, *, by: Actor, session_id: int, sent: Sequence[Sent], secret: str, now: datetime
) -> list[Answer]:
    """Store what a phone marked without a line; each mark gets its own answer, and one refusal stops no other.

    The marks are of whoever took the list along. Sending again adds nothing and answers the same.

    Raises:
        AlreadySettled: the class has not been published, or its results are final.
        NotFound: neither a trainer of the class nor the province's officer.
    """
    sheet = open_sheet(session, by, session_id)
    markers = _markers(session, sheet.hall.row)
    in_order = sorted(sent, key=lambda one: (one.happened_at, one.nonce))
    return [_receive(session, sheet, by, one, secret, markers, now) for one in in_order]


def _receive(
    session: Session, sheet: Sheet, by: Actor, one: Sent, secret: str, markers: frozenset[int], now: datetime
) -> Answer:
    try:
        account = _account_of_pass(one, sheet.held.id, by, secret, markers)
        seen = Seen(
            one.source,
            device=one.device,
            nonce=one.nonce,
            happened_at=one.happened_at,
            is_offline=True,
            by_account=account,
        )
        row = put_mark(session, sheet, by=by, seat_id=one.seat_id, given=Mark(one.mark), seen=seen, now=now)
    except Refused as no:
        return Answer(one.nonce, "refused", f"{no.sentence} {no.remedy}".strip())
    if row is None:
        raise AssertionError("a mark made without a line is always stored")
    return Answer(one.nonce, *_outcome(row, sheet))


def _outcome(row: AttendanceMark, sheet: Sheet) -> tuple[str, str]:
    rows = sheet.marks[row.seat_id]
    outcome = outcome_of(row, rows)
    at = row.happened_at.astimezone(VIETNAM)
    if outcome == "repeat":
        stands = next(one for one in rows if one.id == row.repeat_of_id)
        return outcome, f"Đã được ghi trước, lúc {stands.happened_at.astimezone(VIETNAM):%H:%M}."
    if outcome == "contested":
        return outcome, "Trái với dấu đã ghi ở nơi khác. Đã giữ cả hai, chờ giảng viên chính quyết định."
    if is_after_closing(row, sheet.hall.row):
        return "contested", "Đã nhận sau khi đóng điểm danh. Cán bộ Sở xem rồi quyết định."
    return outcome, f"Đã nhận: {MARK_WORDS[row.mark]}, ghi lúc {at:%H:%M}."


def _account_of_pass(one: Sent, session_id: int, by: Actor, secret: str, markers: frozenset[int]) -> int:
    """Return who took the list along: the sender, or another trainer of the class on the same phone."""
    try:
        for_session, account, issued = _sealer(secret).loads(one.roster_pass)
    except (BadSignature, ValueError, TypeError) as wrong:
        raise PassNotOurs from wrong
    known = account == by.account_id or account in markers
    issued_at = datetime.fromtimestamp(issued, UTC)
    if for_session != session_id or not known or one.happened_at < issued_at - CLOCKS_DIFFER:
        raise PassNotOurs
    return int(account)


def _markers(session: Session, row: TrainingClass) -> frozenset[int]:
    others = session.scalars(select(ClassTrainer.account_id).where(ClassTrainer.class_id == row.id))
    return frozenset(others) | ({row.trainer_id} if row.trainer_id is not None else frozenset())


def _read_one(row: Mapping[str, Any]) -> Sent:
    source, mark = str(row["source"]), str(row["mark"])
    if source not in _SOURCES:
        raise ValueError(source)
    return Sent(
        roster_pass=str(row["pass"]),
        device=_identifier(row["device"]),
        nonce=_identifier(row["nonce"]),
        seat_id=int(row["seat"]),
        mark=mark,
        source=source,
        happened_at=datetime.fromtimestamp(int(row["at"]) / 1000, UTC),
    )


def _identifier(value: object) -> str:
    if not isinstance(value, str) or not 8 <= len(value) <= 40:
        raise ValueError(value)
    return value


def _standing(rows: Sequence[AttendanceMark]) -> str:
    stands = standing_mark(rows)
    return stands.mark if stands else ""


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _sealer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)
