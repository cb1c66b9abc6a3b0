"""Calls: the round in which teams register what they need (S1, item 3)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_moment
from lms.db import locked
from lms.errors import Refused
from lms.journal.rules import record
from lms.library.models import Skill
from lms.training.models import Call
from lms.training.standing import need_officer
from lms.words import nfc


class CallBadlyPlanned(Refused):
    """The call lacks what makes it a call."""

    status = 422


class CallNotOpen(Refused):
    """The window for registering has not opened or is over."""


def open_call(
    session: Session,
    *,
    by: Actor,
    province_code: str,
    title: str,
    topics: Sequence[str],
    opens_at: datetime,
    closes_at: datetime,
    seats_per_team: int,
    now: datetime,
) -> Call:
    """Open a round in which the teams of the province register their needs.

    Raises:
        CallBadlyPlanned: no title, no known topic, or a window that is over before it starts.
        NotFound: not the officer's province.
    """
    need_officer(by, province_code, f"province {province_code}")
    if not nfc(title):
        raise CallBadlyPlanned("Đợt đăng ký chưa có tên. Hãy ghi tên đợt.")
    if closes_at <= opens_at or closes_at <= now:
        raise CallBadlyPlanned("Hạn đăng ký phải sau lúc mở và sau lúc này. Hãy chọn lại ngày.")
    if seats_per_team < 1:
        raise CallBadlyPlanned("Mỗi tổ phải được ít nhất một chỗ. Hãy ghi lại số chỗ.")
    call = Call(
        province_code=province_code,
        title=nfc(title),
        topics=_known_topics(session, topics),
        seats_per_team=seats_per_team,
        opens_at=opens_at,
        closes_at=closes_at,
        created_at=now,
        created_by_id=by.account_id,
    )
    session.add(call)
    session.flush()
    record(
        session,
        by=by,
        verb="open_call",
        kind="call",
        object_id=call.id,
        area=province_code,
        detail={"title": call.title, "topics": call.topics},
        now=now,
    )
    return call


def extend_call(session: Session, *, by: Actor, call_id: int, closes_at: datetime, reason: str, now: datetime) -> Call:
    """Give the teams more time, with the reason (gia hạn).

    Raises:
        CallBadlyPlanned: the new end is not later, or there is no reason.
        NotFound: not a call of the officer's province.
    """
    call = locked(session, Call, call_id)
    need_officer(by, call.province_code, f"call {call_id}")
    if closes_at <= call.closes_at or closes_at <= now:
        raise CallBadlyPlanned("Hạn mới phải sau hạn cũ và sau lúc này. Hạn cũ vẫn giữ nguyên.")
    if not nfc(reason):
        raise CallBadlyPlanned("Hãy ghi lý do gia hạn. Hạn cũ vẫn giữ nguyên.")
    detail = {"from": call.closes_at.isoformat(), "to": closes_at.isoformat(), "reason": nfc(reason)}
    call.closes_at = closes_at
    record(
        session,
        by=by,
        verb="extend_call",
        kind="call",
        object_id=call.id,
        area=call.province_code,
        detail=detail,
        now=now,
    )
    return call


def check_open(call: Call, now: datetime) -> None:
    """Let registering go on only inside the window, by the server's time inside the transaction.

    Raises:
        CallNotOpen: before or after the window.
    """
    if now < call.opens_at:
        raise CallNotOpen(
            f"Đợt “{call.title}” mở lúc {vn_moment(call.opens_at)}. Chưa ghi gì cả.",
            remedy="Hãy đăng ký từ lúc đó.",
        )
    if now >= call.closes_at:
        raise CallNotOpen(
            f"Đợt “{call.title}” đã hết hạn lúc {vn_moment(call.closes_at)}. Chưa ghi gì thêm.",
            remedy="Hãy chờ đợt sau, hoặc xin chỗ ở lớp còn nhận người.",
        )


def _known_topics(session: Session, topics: Sequence[str]) -> list[str]:
    known = set(session.scalars(select(Skill.key).where(Skill.key.in_(topics))))
    if not known or known != set(topics):
        raise CallBadlyPlanned("Hãy chọn ít nhất một chuyên đề có trong danh mục.")
    return list(session.scalars(select(Skill.key).where(Skill.key.in_(known)).order_by(Skill.position)))
