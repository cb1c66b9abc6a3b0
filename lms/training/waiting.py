"""“Vì sao tôi chưa có chỗ?”: the place in the queue and the rule that stops the person now."""

from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from lms.training.models import LATE_ENTRY, Call, Seat, TrainingClass
from lms.training.queue import is_filling
from lms.training.transitions import LIVE_SEATS
from lms.training.wording import state_words

ORDER_SENTENCE = (
    "Thứ tự theo lúc tổ đăng ký nhu cầu. Ai xin chỗ sau khi lớp công bố thì đứng sau các nhu cầu đã đăng ký."
)


def people_ahead(session: Session, seat: Seat) -> int:
    """Return how many wait in front of this seat."""
    before = tuple_(Seat.need_seq, Seat.place, Seat.id) < tuple_(seat.need_seq, seat.place, seat.id)
    return session.scalars(
        select(func.count()).where(Seat.class_id == seat.class_id, Seat.state == "waiting", before)
    ).one()


def reasons_for_waiting(session: Session, seat: Seat, *, now: datetime) -> list[str]:
    """Return the sentences that tell a waiting person where they stand and what stops them now."""
    row = session.get_one(TrainingClass, seat.class_id)
    if seat.state != "waiting":
        return [f"Chỗ này hiện giờ: {state_words('seat', seat.state)}."]
    ahead = people_ahead(session, seat)
    front = f"Có {ahead} người đứng trước." if ahead else "Không có ai đứng trước."
    return [f"Đứng thứ {ahead + 1} trong hàng chờ. {front}", _rule(session, row, now), _order(session, seat, row)]


def _rule(session: Session, row: TrainingClass, now: datetime) -> str:
    if row.state == "planned":
        return "Lớp chưa công bố. Khi công bố, Sở mời lần lượt theo thứ tự."
    if not is_filling(row, now):
        return "Danh sách lớp đã chốt nên không mời thêm. Tổ giữ thứ tự đăng ký cho lớp sau."
    taken = session.scalars(select(func.count()).where(Seat.class_id == row.id, Seat.state.in_(LIVE_SEATS))).one()
    return f"Lớp có {row.capacity} chỗ, {taken} chỗ đã có người. Khi có người xin thôi, người đầu hàng được mời ngay."


def _order(session: Session, seat: Seat, row: TrainingClass) -> str:
    if seat.need_seq == LATE_ENTRY:
        return "Xin chỗ sau khi lớp công bố nên đứng sau các nhu cầu đã đăng ký."
    call = session.get(Call, row.call_id) if row.call_id else None
    called = f" của đợt “{call.title}”" if call else ""
    return f"Nhu cầu của tổ là số {seat.need_seq}{called}. Thứ tự theo lúc tổ đăng ký."
