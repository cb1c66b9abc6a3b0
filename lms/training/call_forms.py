"""Forms of a call: plain questions with sensible answers filled in."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.clock import VIETNAM, vn_date
from lms.pages import Form
from lms.training.allotting import Weights
from lms.training.call_communes import CommunePlan
from lms.training.calls import CallPlan
from lms.training.forms import Count, Day, choices, ticks
from lms.training.models import Call
from lms.training.wording import ROLE_WORDS

_TOO_LONG = "Nội dung này dài quá %(max)d ký tự. Hãy viết ngắn lại."
_ORDERS = [
    ("fair", "Chia đều giữa các xã, phường; tổ cần hơn đi trước"),
    ("first_come", "Tổ đăng ký trước đi trước"),
]
_MOST_KEPT = 1000


class Points(IntegerField):  # type: ignore[misc]
    """A whole number of points, also below zero."""

    def __init__(self, label: str, **wtforms: Any) -> None:
        few = NumberRange(min=-100, max=100, message="Hãy ghi một số nguyên từ -100 đến 100.")
        super().__init__(label, [InputRequired("Hãy ghi một số nguyên."), few], **wtforms)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError("Hãy ghi một số nguyên.") from fault


class TitleForm(Form):
    """The one thing of an open call that may still be put right."""

    title = StringField("Tên đợt", [InputRequired("Hãy ghi tên đợt."), Length(max=200, message=_TOO_LONG)])


class CallForm(TitleForm):
    """A new call, or a draft."""

    topics = ticks("Chuyên đề")
    opens_on = Day("Mở từ ngày", [InputRequired("Hãy ghi ngày mở.")])
    closes_on = Day("Nhận đến hết ngày", [InputRequired("Hãy ghi ngày hết hạn.")])
    seats_per_team = Count("Số chỗ nhiều nhất cho mỗi tổ", default=2)
    who_may_go = ticks("Ai được cử đi", choices=choices(ROLE_WORDS.items()), default=["leader", "deputy"])
    needs_confirmation = BooleanField("Xã, phường phải xác nhận trước khi xếp lớp", default=True)
    order = RadioField("Khi không đủ chỗ thì", choices=choices(_ORDERS), default="fair")
    fair_on = Day("Gửi đến hết ngày này thì được tính như nhau", [Optional()])
    lack = Points("Mỗi kỹ năng tổ còn yếu", default=Weights.lack)
    never = Points("Tổ chưa học chuyên đề này lần nào", default=Weights.never)
    age = Points("Mỗi đợt đã chờ mà chưa có chỗ", default=Weights.age)
    remote = Points("Xã đi lại khó khăn", default=Weights.remote)
    no_show = Points("Đợt trước có chỗ mà vắng, không báo", default=Weights.no_show)

    @property
    def plan(self) -> CallPlan:
        """The call as the rules take it; the usual points are not said."""
        weights = {name: self[name].data for name in Weights().as_dict()}
        return CallPlan(
            title=self.title.data,
            topics=self.topics.data or [],
            opens_at=_first_moment(self.opens_on.data),
            closes_at=last_moment(self.closes_on.data),
            seats_per_team=self.seats_per_team.data,
            who_may_go=self.who_may_go.data or [],
            needs_confirmation=self.needs_confirmation.data,
            fair_until=last_moment(self.fair_on.data) if self.fair_on.data else None,
            order=self.order.data,
            weights={} if weights == Weights().as_dict() else weights,
        )

    def show(self, call: Call) -> None:
        """Fill in what a draft says already."""
        for name in ("title", "topics", "seats_per_team", "who_may_go", "needs_confirmation", "order"):
            self[name].data = getattr(call, name)
        self.opens_on.data, self.closes_on.data = vn_date(call.opens_at), vn_date(call.closes_at)
        self.fair_on.data = vn_date(call.fair_until) if call.fair_until else None
        for name, weight in Weights.from_dict(call.weights).as_dict().items():
            self[name].data = weight


class ExtendForm(Form):
    """More time for a call."""

    closes_on = Day("Hạn mới, nhận đến hết ngày", [InputRequired("Hãy ghi hạn mới.")])
    reason = StringField("Lý do gia hạn", [InputRequired("Hãy ghi lý do."), Length(max=300, message=_TOO_LONG)])

    @property
    def closes_at(self) -> datetime:
        """The end of the last day."""
        return last_moment(self.closes_on.data)


class CloseForm(Form):
    """Why a call ends before its deadline."""

    reason = StringField(
        "Lý do đóng sớm", [InputRequired("Hãy ghi lý do."), Length(max=300, message=_TOO_LONG)], id="close-reason"
    )


class CommuneLines:
    """The communes of a call as one table: cluster, hard to reach, places kept, one line a commune."""

    def __init__(self, communes: Iterable[Any], plans: dict[str, CommunePlan]) -> None:
        self.names: dict[str, str] = dict(communes)
        self.lines = {code: plans.get(code, CommunePlan(code)) for code in self.names}
        self.faults: list[str] = []

    def read(self, sent: Any) -> None:
        """Take over what was typed; what is no number is named, and the line stays as typed."""
        for code, name in self.names.items():
            kept = (sent.get(f"reserve_{code}") or "0").strip()
            is_number = kept.isdecimal() and int(kept) <= _MOST_KEPT
            if not is_number:
                self.faults.append(f"{name}: số chỗ để dành phải là số từ 0 đến {_MOST_KEPT}.")
            cluster = (sent.get(f"cluster_{code}") or "").strip()[:80]
            reserve = int(kept) if is_number else self.lines[code].reserve
            self.lines[code] = CommunePlan(code, cluster, f"remote_{code}" in sent, reserve)

    def suggest(self, clusters: dict[str, str]) -> None:
        """Fill in suggested clusters; nothing is stored yet."""
        for code, cluster in clusters.items():
            self.lines[code] = self.lines[code]._replace(cluster=cluster)


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(0, 0), tzinfo=VIETNAM)


def last_moment(day: date) -> datetime:
    """Return the end of a day in Vietnam, as a deadline says it."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=VIETNAM)
