"""Forms about a class: its plan, its places, its dates, and what two persons decide."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import BooleanField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from lms.pages import Form
from lms.training.forms import Count, Day, ReasonForm, choices, ticks
from lms.training.models import ClassSession
from lms.training.rules import Plan, SessionPlan
from lms.training.wording import HALF_DAYS, STATE_WORDS

MOST_SESSIONS = 6
USUAL_SESSIONS = 2
_BAD_HOUR = "Giờ chưa đúng, ví dụ đúng: 07:30."
_TOO_LONG = "Nội dung này dài quá %(max)d ký tự. Hãy viết ngắn lại."


class Hour(TimeField):  # type: ignore[misc]
    """An hour of the day, or nothing where the usual one holds."""

    def __init__(self, label: str, **wtforms: Any) -> None:
        super().__init__(label, [Optional()], format=["%H:%M", "%H:%M:%S"], **wtforms)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError(_BAD_HOUR) from fault


class SessionsForm(Form):
    """The half-days of a class, in lines of which some stay empty."""

    lock_hours = Count("Chốt danh sách trước buổi đầu (số giờ)", least=0, default=48)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The fields of each half-day: day, half, from, to, whether one must come."""
        names = ("day", "half", "from", "to", "must")
        return [tuple(self[f"{name}_{n}"] for name in names) for n in range(1, MOST_SESSIONS + 1)]

    @property
    def sessions(self) -> tuple[SessionPlan, ...]:
        """The half-days as the rules take them."""
        return tuple(
            SessionPlan(day.data, half.data, begins.data, ends.data, must.data)
            for day, half, begins, ends, must in self.rows
            if day.data
        )

    def show(self, held: Sequence[ClassSession], lock_hours: int) -> None:
        """Fill in which of the sessions one must attend, since a new date seldom changes that."""
        self.lock_hours.data = lock_hours
        for one, (_, half, _, _, must) in zip(held, self.rows, strict=False):
            half.data, must.data = one.half_day, one.is_required


for _n in range(1, MOST_SESSIONS + 1):
    setattr(SessionsForm, f"day_{_n}", Day(f"Buổi {_n}: ngày", [Optional()]))
    setattr(SessionsForm, f"half_{_n}", SelectField(f"Buổi {_n}: lúc", choices=choices(HALF_DAYS.items())))
    setattr(SessionsForm, f"from_{_n}", Hour(f"Buổi {_n}: từ giờ"))
    setattr(SessionsForm, f"to_{_n}", Hour(f"Buổi {_n}: đến giờ"))
    setattr(SessionsForm, f"must_{_n}", BooleanField(f"Buổi {_n}: bắt buộc dự"))


class TeachingForm(Form):
    """Where a class meets, and who teaches it."""

    venue = StringField("Địa điểm", [InputRequired("Hãy ghi địa điểm."), Length(max=200, message=_TOO_LONG)])
    trainer = SelectField("Giảng viên chính", coerce=int)
    trainer_name = StringField("Tên giảng viên mời ngoài", [Length(max=120, message=_TOO_LONG)])
    others = ticks("Người cùng dạy, cùng điểm danh", coerce=int)

    def offer_trainers(self, trainers: Sequence[Any]) -> None:
        """Fill in who may teach in the province."""
        self.trainer.choices = choices([*trainers, (0, "Người khác, ghi tên bên dưới")])
        self.others.choices = choices(trainers)

    @property
    def teaching(self) -> dict[str, Any]:
        """Place and trainers as the rules take them."""
        return {
            "venue": self.venue.data,
            "trainer_id": self.trainer.data or None,
            "trainer_name": self.trainer_name.data or "",
            "other_trainer_ids": tuple(self.others.data or ()),
        }


class ClassForm(TeachingForm, SessionsForm):
    """What is fixed before a class is published."""

    title = StringField("Tên lớp", [InputRequired("Hãy ghi tên lớp."), Length(max=200, message=_TOO_LONG)])
    topic = SelectField("Chuyên đề")
    cluster = SelectField("Dành cho cụm xã", default="")
    capacity = Count("Số chỗ", default=40)
    min_viable = Count("Số người ít nhất để mở lớp", default=1)
    hours = Count("Số giờ học", default=8)
    sessions_required = Count("Số buổi phải dự để hoàn thành", default=1)
    minutes_required = Count("Số phút phải dự để hoàn thành", least=0, default=0)
    offer_hours = Count("Hạn trả lời lời mời (số giờ)", default=72)

    def offer(self, topics: Iterable[tuple[str, str]], trainers: Sequence[Any], clusters: Iterable[str]) -> None:
        """Fill the choices: the call's topics and clusters, the province's trainers."""
        self.topic.choices = choices(topics)
        self.offer_trainers(trainers)
        self.cluster.choices = choices([("", "Mọi xã, phường"), *((name, name) for name in clusters)])

    @property
    def plan(self) -> Plan:
        """The class as the rules take it."""
        return Plan(
            title=self.title.data,
            topic=self.topic.data,
            cluster=self.cluster.data or "",
            capacity=self.capacity.data,
            min_viable=self.min_viable.data,
            sessions=self.sessions,
            sessions_required=self.sessions_required.data,
            minutes_required=self.minutes_required.data,
            hours=self.hours.data,
            offer_hours=self.offer_hours.data,
            lock_hours=self.lock_hours.data,
            **self.teaching,
        )


class GroupForm(Form):
    """Which needs enter the queue of the class, and why if they belong elsewhere."""

    needs = ticks("Nhu cầu", coerce=int)
    reason = StringField("Lý do xếp khác cụm, nếu có", [Length(max=300, message=_TOO_LONG)])


class CapacityForm(Form):
    """How many places there are, and how few people are enough."""

    capacity = Count("Số chỗ")
    min_viable = Count("Số người ít nhất để mở lớp")


class NewDatesForm(SessionsForm):
    """Other dates for a class, and perhaps another place."""

    venue = StringField("Địa điểm", [InputRequired("Hãy ghi địa điểm."), Length(max=200, message=_TOO_LONG)])


class OtherClassForm(ReasonForm):
    """Another class of the topic, and why."""

    into = SelectField("Lớp", coerce=int)


class CorrectionForm(ReasonForm):
    """Another result for somebody, why, and what proves it."""

    to = SelectField("Kết quả đúng")
    evidence = TextAreaField(
        "Căn cứ: giấy tờ nào, ai xác nhận", [DataRequired("Hãy ghi căn cứ."), Length(max=500, message=_TOO_LONG)]
    )

    def offer(self, results: Iterable[str]) -> None:
        """Fill in the results that it could be."""
        self.to.choices = choices((result, STATE_WORDS["seat"][result].capitalize()) for result in results)


class RefusalForm(Form):
    """Why the second person says no."""

    answer = TextAreaField("Lý do không duyệt", [DataRequired("Hãy ghi lý do."), Length(max=300, message=_TOO_LONG)])
