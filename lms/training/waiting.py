"""“Vì sao tôi chưa có chỗ?”: the place in the queue, how it came about, and the rule that stops the person now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from lms.training.allotting import Score, part_words
from lms.training.conditions import LISTED
from lms.training.halls import begins_at, is_filling
from lms.training.models import LATE_ENTRY, RETURNED, Call, Need, Seat, TrainingClass
from lms.training.notices import Audience, next_time, tell_seat, waiting_text
from lms.training.queue import BAR_WORDS, bars_of
from lms.training.transitions import LIVE_SEATS, in_states
from lms.training.wording import state_words

ORDER_SENTENCE = (
    "Thứ tự theo quy tắc công bố trong đợt đăng ký. Ai xin chỗ sau khi lớp công bố thì đứng sau các nhu cầu đã đăng ký."
)


@dataclass(frozen=True)
class Waiting:
    """Why somebody has no place yet: how many are ahead, the rule that stops them, the points, the order."""

    ahead: int
    rule: str
    points: tuple[str, ...]
    order: str

    @property
    def position(self) -> str:
        """Say which place in the queue it is."""
        front = f"Có {self.ahead} người đứng trước." if self.ahead else "Không có ai đứng trước."
        return f"Đứng thứ {self.ahead + 1} trong hàng chờ. {front}"

    @property
    def sentences(self) -> list[str]:
        """Return everything in the order in which people ask."""
        return [self.position, self.rule, self.order, *self.points]


def is_ahead(seat: Seat) -> ColumnElement[bool]:
    """Say in SQL which seats wait in front of this one."""
    before = tuple_(Seat.rank, Seat.place, Seat.id) < tuple_(seat.rank, seat.place, seat.id)
    return and_(Seat.class_id == seat.class_id, Seat.state == "waiting", before)


def people_ahead(session: Session, seat: Seat) -> int:
    """Return how many wait in front of this seat."""
    return session.scalars(select(func.count()).where(is_ahead(seat))).one()


def tell_waiting(
    session: Session, row: TrainingClass, seats: Iterable[Seat], *, but: int | None, now: datetime
) -> None:
    """Tell those who found no place in a published class where they stand in its queue."""
    if not is_filling(row, now):
        return
    queue = select(Seat.id).where(Seat.class_id == row.id, Seat.state == "waiting")
    in_order = session.scalars(queue.order_by(Seat.rank, Seat.place, Seat.id))
    places = {seat_id: place for place, seat_id in enumerate(in_order, 1)}
    for seat in seats:
        if seat.id in places:
            tell_place(session, row, seat, places[seat.id], but=but, now=now)


def tell_place(
    session: Session,
    row: TrainingClass,
    seat: Seat,
    place: int,
    *,
    but: int | None,
    now: datetime,
    audience: Audience | None = None,
) -> None:
    """Tell somebody who waits which place in the queue it is."""
    text = waiting_text(row, place)
    tell_seat(session, seat, row, template="seat-waiting", text=text, but=but, now=now, audience=audience)


def places_taken(session: Session, class_id: int) -> int:
    """Return how many places of a class are offered or confirmed."""
    return session.scalars(
        select(func.count()).where(Seat.class_id == class_id, in_states(Seat.state, LIVE_SEATS))
    ).one()


def why_waiting(session: Session, seat: Seat, *, now: datetime) -> Waiting:
    """Tell somebody who waits where they stand, what stops them now, and how the order came about."""
    row = session.get_one(TrainingClass, seat.class_id)
    call = session.get(Call, row.call_id) if row.call_id else None
    rule = _barred(session, seat, row, call) or _rule(session, row, seat, now)
    return Waiting(people_ahead(session, seat), rule, _points(seat), _order(session, seat, row, call))


def reasons_for_waiting(session: Session, seat: Seat, *, now: datetime) -> list[str]:
    """Return the sentences that tell a waiting person where they stand and what stops them now."""
    if seat.state != "waiting":
        return [f"Chỗ này hiện giờ: {state_words('seat', seat.state)}."]
    return why_waiting(session, seat, now=now).sentences


def _barred(session: Session, seat: Seat, row: TrainingClass, call: Call | None) -> str | None:
    """Warn of what would pass them over, by the condition that decides when their turn comes."""
    bar = bars_of(session, [seat], row, call.who_may_go if call else None).get(seat.id)
    if bar is None:
        return None
    return (
        f"Người này {BAR_WORDS[bar]}. Nếu đến lượt mà vẫn vậy thì chỗ được mời người sau. "
        "Tổ hãy cử người khác thay để giữ thứ tự."
    )


def _rule(session: Session, row: TrainingClass, seat: Seat, now: datetime) -> str:
    if row.state == "planned":
        return "Lớp chưa công bố. Khi công bố, Sở mời lần lượt theo thứ tự."
    if row.state == "postponed":
        return "Lớp đang hoãn, chờ ngày mới. Hàng chờ giữ nguyên, có ngày mới sẽ mời tiếp."
    taken = places_taken(session, row.id)
    if is_filling(row, now):
        return (
            f"Lớp có {row.capacity} chỗ, {taken} chỗ đã có người. Khi có người xin thôi, người đầu hàng được mời ngay."
        )
    after = next_time(seat).capitalize()
    if row.state not in LISTED or now >= begins_at(row):
        begun = "đã học xong" if row.state in ("ended", "finalised") else "đã bắt đầu"
        return f"Lớp {begun} nên không mời thêm ai trong hàng chờ. {after}."
    free = "Còn chỗ trống thì xã gọi điện mời lần lượt. " if taken < row.capacity else ""
    return f"Danh sách lớp đã chốt nên máy không mời thêm. {free}{after}."


def _points(seat: Seat) -> tuple[str, ...]:
    return point_words(Score.from_dict(seat.score)) if seat.score else ()


def point_words(score: Score) -> tuple[str, ...]:
    """Say how many points a team has, and for what."""
    return (f"Điểm của tổ: {score.total}.", *(f"{words}." for words in part_words(score)))


def _order(session: Session, seat: Seat, row: TrainingClass, call: Call | None) -> str:
    if seat.rank == LATE_ENTRY:
        return "Xin chỗ sau khi lớp công bố nên đứng sau các nhu cầu đã đăng ký."
    if seat.rank == RETURNED:
        return "Lần mời trước đã quá hạn nên về cuối hàng, sau các nhu cầu đã đăng ký. Lần sau xin trả lời sớm."
    need = session.get(Need, seat.need_id) if seat.need_id else None
    if need is None or call is None:
        return "Tổ được Sở xếp vào lớp. Thứ tự theo số đăng ký."
    return order_of_need(need, call)


def order_of_need(need: Need, call: Call) -> str:
    """Say which number a need has in its round, and by which rule the round goes."""
    fair = "Thứ tự chia đều giữa các xã, trong xã theo điểm, rồi theo số đăng ký."
    rule = fair if call.order == "fair" else "Thứ tự theo số đăng ký."
    return f"Nhu cầu của tổ là số {need.queue_seq} của đợt “{call.title}”. {rule}"
