"""Checking one person in: by the QR they show, or by the short code beside their name."""

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import VIETNAM
from lms.errors import Refused
from lms.training.attendance import ON_THE_LIST, Mark, Seen, Sheet, open_sheet, put_mark
from lms.training.codes import seq_of
from lms.training.evidence import names_of_markers, outcome_of, standing_mark
from lms.training.models import AttendanceMark, Seat
from lms.training.standing import name_of
from lms.training.wording import MARK_WORDS, SOURCE_WORDS, state_words

_TOKEN = re.compile(r"(?<![0-9A-F])[0-9A-F]{32}(?![0-9A-F])")


class CodeUnknown(Refused):
    """What was scanned or typed is no seat of this class."""

    status = 422


class NotExpected(Refused):
    """The person is known to the class but holds no place in it now."""


def check_in(
    session: Session,
    *,
    by: Actor,
    session_id: int,
    said: str,
    now: datetime,
    seen: Seen = ON_THE_LIST,
    given: Mark = Mark("present"),  # noqa: B008 - a tuple that never changes
) -> AttendanceMark:
    """Mark as present whoever shows this QR or says this code; return the mark that was written.

    Somebody who stands as present already gets a mark that names the one that stands: the answer
    says when and by whom. The same mark of the same device again is the same mark. Whoever was set
    away comes back, if a place is left.

    Raises:
        CodeUnknown: the code has a wrong digit, or is not of this class.
        NotExpected: the person has no confirmed place.
        NoPlaceLeft: they were set away, and their place is taken.
        OverrideNeedsReason: they stand as absent, and no reason is given.
        And what marking raises.
    """
    sheet = open_sheet(session, by, session_id)
    token = token_in(said)
    seat = _seat_of(sheet, token, said)
    if seat.id not in sheet.expected:
        name = name_of(session, seat.person_id)
        raise NotExpected(
            f"{name} hiện {state_words('seat', seat.state)}, chưa có chỗ trong lớp. Chưa ghi gì cả.",
            remedy="Nếu lớp còn chỗ, hãy nhận vào như người đến thẳng lớp.",
        )
    source = "scan" if token else "code"
    row = put_mark(session, sheet, by=by, seat_id=seat.id, given=given, seen=replace(seen, source=source), now=now)
    if row is None:
        raise AssertionError("a scan always leaves a mark")
    return row


def token_in(said: str) -> str | None:
    """Return the secret in what a camera read, alone or inside an address, or None."""
    found = _TOKEN.search(said.upper())
    return found.group() if found else None


def tell_mark(session: Session, row: AttendanceMark) -> tuple[str, str, str]:
    """Return how a mark is told to whoever marked: good, warn or bad; the name; what came of it."""
    rows = session.scalars(
        select(AttendanceMark)
        .where(AttendanceMark.seat_id == row.seat_id, AttendanceMark.session_id == row.session_id)
        .order_by(AttendanceMark.id)
    ).all()
    name = name_of(session, session.get_one(Seat, row.seat_id).person_id)
    outcome = outcome_of(row, rows)
    if outcome == "repeat":
        stands = next(one for one in rows if one.id == row.repeat_of_id)
        return "warn", name, f"Đã điểm danh {mark_story(session, stands)}. Không ghi thêm."
    if outcome == "contested":
        stood = standing_mark(one for one in rows if one.id < row.id)
        said = MARK_WORDS[stood.mark] if stood else ""
        return "bad", name, f"Trái với dấu “{said}” đã ghi. Đã giữ cả hai, chờ giảng viên chính quyết định."
    if outcome == "own_word":
        return "good", name, "Đã ghi. Giảng viên sẽ xác nhận."
    return "good", name, f"{MARK_WORDS[row.mark]}, ghi {_at(row.happened_at)}."


def mark_story(session: Session, row: AttendanceMark) -> str:
    """Return when and how a mark came about: "lúc 07:32, do Hoàng Thị Giảng quét mã của người dự"."""
    name = next(iter(names_of_markers(session, [row]).values()), None)
    by = f", do {name}" if name else ","
    return f"{_at(row.happened_at)}{by} {SOURCE_WORDS[row.source]}"


def _seat_of(sheet: Sheet, token: str | None, said: str) -> Seat:
    if token is not None:
        found = [seat for seat in sheet.seats.values() if seat.token == token]
        if not found:
            raise CodeUnknown(
                "Mã vừa quét không phải của lớp này. Chưa ghi gì cả.",
                remedy="Hãy xem người này học lớp nào, hoặc tìm tên trong danh sách.",
            )
        return found[0]
    seq = seq_of(said)
    found = [seat for seat in sheet.seats.values() if seat.seq == seq]
    if not found:
        raise CodeUnknown(
            "Mã vừa gõ chưa đúng, hoặc không phải của lớp này. Chưa ghi gì cả.",
            remedy="Mã có bốn chữ số, in cạnh tên trong danh sách. Hãy gõ lại.",
        )
    return found[0]


def _at(moment: datetime) -> str:
    return f"lúc {moment.astimezone(VIETNAM):%H:%M}"
