"""Calls: the round in which teams register what they need (S1, item 3), from its draft to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.clock import vn_moment
from lms.db import locked, row_exists
from lms.errors import Refused
from lms.journal.rules import record
from lms.library.models import Skill
from lms.training.allotting import Weights
from lms.training.carrying import carry_needs
from lms.training.models import Call, TrainingPlan
from lms.training.standing import need_officer
from lms.training.transitions import AlreadySettled, move, write_event
from lms.words import nfc

ROLES = ("leader", "deputy", "member")


class CallBadlyPlanned(Refused):
    """The call lacks what makes it a call."""

    status = 422


class CallNotOpen(Refused):
    """The window for registering has not opened or is over."""


class CallFixed(Refused):
    """Once teams register, what they go by does not change under their feet."""


class PlanBeingPublished(Refused):
    """A plan of the round is on its way to the teams: it stays as it is, and so does the round."""

    def __init__(self) -> None:
        super().__init__(
            "Kế hoạch của đợt đang được công bố nên lúc này không sửa được. Chưa thay đổi gì.",
            remedy="Hãy chờ công bố xong. Nếu việc công bố dừng giữa chừng, hãy mở lại ở trang kế hoạch.",
        )


@dataclass(frozen=True)
class CallPlan:
    """What the teams go by: topics, who may be sent, places a team, the window, and the rule of the order."""

    title: str
    topics: Sequence[str]
    opens_at: datetime
    closes_at: datetime
    seats_per_team: int = 2
    who_may_go: Sequence[str] = ("leader", "deputy")
    needs_confirmation: bool = True
    fair_until: datetime | None = None
    order: str = "fair"
    weights: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, call: Call) -> "CallPlan":
        """Return the plan of a call as it is."""
        return cls(**{one.name: getattr(call, one.name) for one in fields(cls)})

    def values(self) -> dict[str, Any]:
        """Return what is stored."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        lists = {"topics": list(self.topics), "who_may_go": list(self.who_may_go), "weights": dict(self.weights)}
        return told | lists | {"title": nfc(self.title)}


def draft_call(session: Session, *, by: Actor, province_code: str, plan: CallPlan, now: datetime) -> Call:
    """Write down a round nobody hears of yet; its seed is drawn now, before anybody registers.

    Raises:
        CallBadlyPlanned: no title, no known topic, or a window that is over before it starts.
        NotFound: not the officer's province.
    """
    need_officer(by, province_code, f"province {province_code}")
    values = _checked(session, plan)
    call = Call(province_code=province_code, state="draft", created_at=now, created_by_id=by.account_id, **values)
    session.add(call)
    session.flush()
    write_event(session, call, None, by=by, now=now, snapshot=_told(values) | {"seed": call.seed})
    note_call(session, by, call, "draft_call", {"title": call.title, "topics": call.topics}, now)
    return call


def publish_call(session: Session, *, by: Actor, call_id: int, now: datetime) -> Call:
    """Open a drafted round to the teams; needs left over from earlier rounds come first.

    Raises:
        AlreadySettled: it is open, or over.
        CallBadlyPlanned: its deadline has passed while it lay there.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    _refuse(why_not_publish(call, now))
    move(session, call, "open", by=by, now=now, snapshot=_told(CallPlan.of(call).values()))
    carried = carry_needs(session, call, now=now)
    note_call(session, by, call, "open_call", {"title": call.title, "carried": carried}, now)
    return call


def open_call(session: Session, *, by: Actor, province_code: str, now: datetime, **plan: Any) -> Call:
    """Draft a round and open it at once; the fields of its plan are said by name.

    Raises:
        CallBadlyPlanned, NotFound: see `draft_call` and `publish_call`.
    """
    call = draft_call(session, by=by, province_code=province_code, plan=CallPlan(**plan), now=now)
    return publish_call(session, by=by, call_id=call.id, now=now)


def edit_call(session: Session, *, by: Actor, call_id: int, now: datetime, **changes: Any) -> Call:
    """Change the plan: of a draft everything, of an open round its title only.

    Raises:
        CallFixed: what teams have registered by would change.
        CallBadlyPlanned: the plan would lack something.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    before = CallPlan.of(call).values()
    after = _checked(session, replace(CallPlan.of(call), **changes))
    differing = {name: value for name, value in after.items() if before[name] != value}
    _refuse(why_not_edit_call(call, differing))
    if differing:
        old = {name: before[name] for name in differing}
        for name, value in differing.items():
            setattr(call, name, value)
        move(session, call, call.state, by=by, now=now, snapshot={"changes": _diff(old, differing)})
        note_call(session, by, call, "edit_call", {"changes": sorted(differing)}, now)
    return call


def extend_call(session: Session, *, by: Actor, call_id: int, closes_at: datetime, reason: str, now: datetime) -> Call:
    """Give the teams more time, with the reason (gia hạn); a round that has closed opens again.

    Raises:
        CallBadlyPlanned: the new end is not later, or there is no reason.
        AlreadySettled: the round is not open yet, or its classes are planned.
        PlanBeingPublished: its classes are being published just now.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    _refuse(why_not_extend(session, call))
    if closes_at <= now or (call.state == "open" and closes_at <= call.closes_at):
        raise CallBadlyPlanned("Hạn mới phải sau hạn cũ và sau lúc này. Hạn cũ vẫn giữ nguyên.")
    if not nfc(reason):
        raise CallBadlyPlanned("Hãy ghi lý do gia hạn. Hạn cũ vẫn giữ nguyên.")
    changes = _diff(_told({"closes_at": call.closes_at}), _told({"closes_at": closes_at}))
    move(session, call, "open", by=by, now=now, reason=nfc(reason), snapshot={"changes": changes}, closes_at=closes_at)
    note_call(session, by, call, "extend_call", {"changes": changes, "reason": nfc(reason)}, now)
    return call


def close_call(session: Session, *, by: Actor, call_id: int, reason: str, now: datetime) -> Call:
    """End the registering before its deadline, with the reason.

    Raises:
        CallBadlyPlanned: there is no reason.
        AlreadySettled: the round is not open.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    if not nfc(reason):
        raise CallBadlyPlanned("Hãy ghi lý do đóng sớm. Đợt vẫn đang nhận đăng ký.")
    if call.state != "open":
        raise AlreadySettled("call", call.state)
    move(session, call, "closed", by=by, now=now, reason=nfc(reason))
    note_call(session, by, call, "close_call", {"reason": nfc(reason)}, now)
    return call


def close_due_calls(session: Session, now: datetime) -> int:
    """Close the rounds whose deadline has come, by the server's time; return how many."""
    due = session.scalars(select(Call.id).where(Call.state == "open", Call.closes_at <= now).order_by(Call.id)).all()
    closed = 0
    for call_id in due:
        call = locked(session, Call, call_id)
        if call.state == "open" and call.closes_at <= now:
            move(session, call, "closed", by=SYSTEM, now=now, reason="hết hạn đăng ký")
            closed += 1
    return closed


def mark_planned(session: Session, *, by: Actor, call_id: int, now: datetime) -> Call:
    """Note that the classes of a closed round are published; another plan of the same round changes nothing.

    Raises:
        AlreadySettled: the round still takes needs, or is over.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    if call.state != "planned":
        move(session, call, "planned", by=by, now=now)
    return call


def why_not_open(call: Call, now: datetime) -> Refused | None:
    """Say why teams cannot register in the round now, by the server's time, if they cannot."""
    if call.state == "draft" or (call.state == "open" and now < call.opens_at):
        return CallNotOpen(
            f"Đợt “{call.title}” mở lúc {vn_moment(call.opens_at)}. Chưa ghi gì cả.",
            remedy="Hãy đăng ký từ lúc đó.",
        )
    if call.state != "open" or now >= call.closes_at:
        ended = f"hết hạn lúc {vn_moment(call.closes_at)}" if now >= call.closes_at else "thôi nhận đăng ký"
        return CallNotOpen(
            f"Đợt “{call.title}” đã {ended}. Chưa ghi gì thêm.",
            remedy="Hãy chờ đợt sau, hoặc xin chỗ ở lớp còn nhận người.",
        )
    return None


def why_not_publish(call: Call, now: datetime) -> Refused | None:
    """Say why a round cannot be opened, if it cannot."""
    if call.state != "draft":
        return AlreadySettled("call", call.state)
    if call.closes_at <= now:
        return CallBadlyPlanned("Hạn đăng ký đã qua. Đợt vẫn là bản nháp. Hãy sửa hạn rồi mở.")
    return None


def why_not_edit_call(call: Call, differing: Mapping[str, Any]) -> Refused | None:
    """Say why these fields of the plan cannot change any more, if they cannot."""
    if call.state == "draft" or not differing:
        return None
    if call.state != "open":
        return AlreadySettled("call", call.state)
    if set(differing) - {"title"}:
        return CallFixed(
            "Đợt đã mở nên chỉ còn đổi được tên, cụm, nơi khó đến và chỗ để dành. Chưa đổi gì cả.",
            remedy="Cần thêm thời gian thì gia hạn. Cần quy định khác thì mở đợt mới.",
        )
    return None


def why_not_extend(session: Session, call: Call) -> Refused | None:
    """Say why a round gets no more time, if it does not."""
    if call.state not in ("open", "closed"):
        return AlreadySettled("call", call.state)
    return why_not_while_publishing(session, call)


def why_not_while_publishing(session: Session, call: Call) -> Refused | None:
    """Say that a plan of the round is on its way to the teams, if one is."""
    is_on_its_way = row_exists(
        session,
        TrainingPlan,
        TrainingPlan.call_id == call.id,
        TrainingPlan.publishing_at.is_not(None),
        TrainingPlan.published_at.is_(None),
    )
    return PlanBeingPublished() if is_on_its_way else None


def lock_call(session: Session, by: Actor, call_id: int) -> Call:
    """Return a call of the officer's province under its lock.

    Raises:
        NotFound: no such call, or another province's.
    """
    call = locked(session, Call, call_id)
    need_officer(by, call.province_code, f"call {call_id}")
    return call


def note_call(session: Session, by: Actor, call: Call, verb: str, detail: dict[str, Any], now: datetime) -> None:
    """Add a line to the journal about the call."""
    record(session, by=by, verb=verb, kind="call", object_id=call.id, area=call.province_code, detail=detail, now=now)


def _refuse(no: Refused | None) -> None:
    if no is not None:
        raise no


def _checked(session: Session, plan: CallPlan) -> dict[str, Any]:
    """Return the plan as it is stored, if it makes a round."""
    if not nfc(plan.title):
        raise CallBadlyPlanned("Đợt đăng ký chưa có tên. Hãy ghi tên đợt.")
    if plan.closes_at <= plan.opens_at:
        raise CallBadlyPlanned("Hạn đăng ký phải sau lúc mở và sau lúc này. Hãy chọn lại ngày.")
    if plan.fair_until is not None and not plan.opens_at <= plan.fair_until <= plan.closes_at:
        raise CallBadlyPlanned("Thời gian được tính như nhau phải nằm trong thời gian nhận đăng ký.")
    if plan.seats_per_team < 1:
        raise CallBadlyPlanned("Mỗi tổ phải được ít nhất một chỗ. Hãy ghi lại số chỗ.")
    if not plan.who_may_go or not set(plan.who_may_go) <= set(ROLES):
        raise CallBadlyPlanned("Hãy chọn ai được cử đi: tổ trưởng, tổ phó hoặc tổ viên.")
    if plan.order not in ("fair", "first_come"):
        raise CallBadlyPlanned("Hãy chọn một cách xếp thứ tự.")
    try:
        Weights.from_dict(plan.weights)
    except ValueError as fault:
        raise CallBadlyPlanned("Điểm của mỗi lý do phải là số nguyên. Hãy ghi lại.") from fault
    return plan.values() | {"topics": _known_topics(session, plan.topics)}


def _known_topics(session: Session, topics: Sequence[str]) -> list[str]:
    known = set(session.scalars(select(Skill.key).where(Skill.key.in_(topics))))
    if not known or known != set(topics):
        raise CallBadlyPlanned("Hãy chọn ít nhất một chuyên đề có trong danh mục.")
    return list(session.scalars(select(Skill.key).where(Skill.key.in_(known)).order_by(Skill.position)))


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as an event keeps them: moments as text."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [_told(old)[name], _told(new)[name]] for name in new}
