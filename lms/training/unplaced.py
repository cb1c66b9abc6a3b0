"""“Vì sao chưa có chỗ?” of a team's need: where it stands on its way into a class, and what stops it now."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.clock import vn_moment
from lms.teams.models import Team
from lms.training.models import Call, Need, PlannedNeed, Seat, TrainingClass, TrainingPlan
from lms.training.scoring import standings_of
from lms.training.transitions import USED_SEATS
from lms.training.waiting import order_of_need, point_words

_SCORED = frozenset({"submitted", "confirmed", "partly_met"})
_WAITS = _SCORED | {"returned", "grouped", "unmet_carried"}
_CARRIED = "Đợt đã khép lại. Đợt sau có chuyên đề này thì nhu cầu được chuyển sang và được tính thời gian đã chờ."


@dataclass(frozen=True)
class Unplaced:
    """Why a need has no place yet: the rule that stops it now, its number and the order, the points."""

    rule: str
    order: str
    points: tuple[str, ...]


def why_unplaced(session: Session, need: Need) -> Unplaced | None:
    """Tell a team why its need has no place yet, or not all of them; None where nothing is missing."""
    if need.state not in _WAITS:
        return None
    call = session.get_one(Call, need.call_id)
    points = _points(session, need, call) if call.order == "fair" and need.state in _SCORED else ()
    return Unplaced(_rule(session, need, call), order_of_need(need, call), points)


def _rule(session: Session, need: Need, call: Call) -> str:
    if need.state == "submitted":
        return "Xã chưa xác nhận nhu cầu này. Xác nhận rồi mới được xếp vào lớp."
    if need.state == "returned":
        return "Nhu cầu đã được trả lại để sửa. Tổ sửa và gửi lại thì mới được xếp vào lớp."
    if need.state == "unmet_carried":
        return _carried(session, need)
    if need.state == "confirmed":
        return _not_grouped(session, need, call)
    seats = session.execute(
        select(Seat.state, TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Seat.class_id)
        .where(Seat.need_id == need.id)
        .order_by(Seat.id)
    ).all()
    used = sum(seat.state in USED_SEATS for seat in seats)
    had = f"Tổ đã có {used} trên {need.seats_wanted} chỗ. " if used else ""
    titles = {seat.state: seat.title for seat in seats}
    if "offered" in titles:
        return f"{had}Tổ có người được mời vào lớp “{titles['offered']}” mà chưa trả lời. Hãy trả lời đúng hạn."
    if "waiting" in titles:
        return f"{had}Tổ có người đang trong hàng chờ của lớp “{titles['waiting']}”."
    return had + _not_grouped(session, need, call)


def _not_grouped(session: Session, need: Need, call: Call) -> str:
    if call.state == "open":
        return f"Đợt còn nhận đăng ký đến {vn_moment(call.closes_at)}. Sau đó Sở mới lập các lớp."
    because = _left_out_because(session, need)
    if because:
        return f"Sở đã công bố các lớp mà chưa xếp được tổ. Kế hoạch của Sở ghi: {because}."
    if call.state == "closed":
        return "Đợt đã thôi nhận đăng ký. Sở đang lập các lớp."
    return (
        "Sở đã công bố các lớp của đợt, chưa có chỗ cho tổ. Có thêm lớp thì tổ được xếp theo thứ tự. "
        "Tổ cũng có thể xin chỗ ở lớp còn nhận người."
    )


def _left_out_because(session: Session, need: Need) -> str:
    """Return why the newest published plan has no class for the need; an unpublished plan is the department's own."""
    found = session.scalars(
        select(PlannedNeed.left_out_because)
        .join(TrainingPlan, TrainingPlan.id == PlannedNeed.plan_id)
        .where(PlannedNeed.need_id == need.id, TrainingPlan.published_at.is_not(None))
        .order_by(TrainingPlan.id.desc())
        .limit(1)
    ).first()
    return (found or "").rstrip(".")


def _carried(session: Session, need: Need) -> str:
    found = session.execute(
        select(Need.queue_seq, Call.title).join(Call, Call.id == Need.call_id).where(Need.carried_from_id == need.id)
    ).first()
    return f"Nhu cầu đã chuyển sang đợt “{found.title}”, số {found.queue_seq}." if found else _CARRIED


def _points(session: Session, need: Need, call: Call) -> tuple[str, ...]:
    commune = session.get_one(Team, need.team_id).commune_code
    return point_words(standings_of(session, call, need.topic, [need.team_id]).score_of(need, commune))
