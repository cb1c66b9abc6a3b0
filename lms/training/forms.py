"""Forms of training: shape and wording of what is typed; the decisions are in the rules."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from wtforms import DateField, IntegerField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lms.clock import VIETNAM
from lms.pages import Form
from lms.training.rules import Plan, Wish
from lms.training.wording import HALF_DAYS, ROLE_WORDS

MOST_SESSIONS = 6
_BAD_DAY = "Ngày chưa đúng, ví dụ đúng: 20/11/2026."
_BAD_NUMBER = "Hãy ghi một số từ 1 trở lên."
_TOO_LONG = "Nội dung này dài quá %(max)d ký tự. Hãy viết ngắn lại."


class Day(DateField):  # type: ignore[misc]
    """A day, from the browser's own calendar or typed as 20/11/2026."""

    def __init__(self, label: str, validators: list[Any], **wtforms: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **wtforms)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError(_BAD_DAY) from fault


class Count(IntegerField):  # type: ignore[misc]
    """A whole number from one on."""

    def __init__(self, label: str, **wtforms: Any) -> None:
        asked = [InputRequired(_BAD_NUMBER), NumberRange(min=1, max=100_000, message=_BAD_NUMBER)]
        super().__init__(label, asked, **wtforms)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError(_BAD_NUMBER) from fault


def choices(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Return values with their words, as the fields want them."""
    return [SelectChoice(value, label) for value, label in pairs]


def ticks(label: str, **wtforms: Any) -> SelectMultipleField:
    """Return a list of boxes to tick."""
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **wtforms)


def people(members: Iterable[Any]) -> list[SelectChoice]:
    """Return the people of a team as choices: name and role."""
    return choices((i, f"{name} – {ROLE_WORDS[role].lower()}") for i, name, role in members)


class CallForm(Form):
    """A new call."""

    title = StringField("Tên đợt", [InputRequired("Hãy ghi tên đợt."), Length(max=200, message=_TOO_LONG)])
    topics = ticks("Chuyên đề")
    opens_on = Day("Mở từ ngày", [InputRequired("Hãy ghi ngày mở.")])
    closes_on = Day("Nhận đến hết ngày", [InputRequired("Hãy ghi ngày hết hạn.")])
    seats_per_team = Count("Số chỗ nhiều nhất cho mỗi tổ", default=2)

    @property
    def opens_at(self) -> datetime:
        """The first moment of the window."""
        return datetime.combine(self.opens_on.data, time(0, 0), tzinfo=VIETNAM)

    @property
    def closes_at(self) -> datetime:
        """The end of the last day."""
        return datetime.combine(self.closes_on.data, time(23, 59, 59), tzinfo=VIETNAM)


class ExtendForm(Form):
    """More time for a call."""

    closes_on = Day("Hạn mới, nhận đến hết ngày", [InputRequired("Hãy ghi hạn mới.")])
    reason = StringField("Lý do gia hạn", [InputRequired("Hãy ghi lý do."), Length(max=300, message=_TOO_LONG)])

    closes_at = CallForm.closes_at


class NeedForm(Form):
    """What a team asks for."""

    topic = SelectField("Chuyên đề")
    seats_wanted = Count("Số chỗ cần", default=1)
    nominees = ticks("Cử ai đi (để trống nếu cử sau)", coerce=int)
    availability = StringField("Ngày giờ thuận tiện", [Length(max=200, message=_TOO_LONG)])
    note = StringField("Ghi chú", [Length(max=300, message=_TOO_LONG)])
    reason = StringField("Lý do đăng ký thay tổ", [Length(max=300, message=_TOO_LONG)])

    def offer(self, topics: Sequence[tuple[str, str]], members: Sequence[Any]) -> None:
        """Fill the choices: the call's topics and the team's people."""
        self.topic.choices = choices(topics)
        self.nominees.choices = people(members)

    @property
    def wish(self) -> Wish:
        """What is asked for, as the rules take it."""
        return Wish(self.seats_wanted.data, tuple(self.nominees.data or ()), self.availability.data, self.note.data)


class ReasonForm(Form):
    """A reason in words."""

    reason = TextAreaField("Lý do", [DataRequired("Hãy ghi lý do."), Length(max=300, message=_TOO_LONG)])


class AnswerForm(ReasonForm):
    """What staff say to a need, with the reason."""

    answer = SelectField("Trả lời", choices=choices([("return", "Trả lại để tổ sửa"), ("reject", "Không duyệt")]))


class PersonForm(Form):
    """One person of a team, and perhaps why."""

    person = SelectField("Người dự", coerce=int)
    reason = StringField("Ghi chú", [Length(max=300, message=_TOO_LONG)])


class CapacityForm(Form):
    """How many places there are."""

    capacity = Count("Số chỗ")


class GroupForm(Form):
    """Which needs enter the queue of the class."""

    needs = ticks("Nhu cầu", coerce=int)


class ClassForm(Form):
    """What is fixed before a class is published."""

    title = StringField("Tên lớp", [InputRequired("Hãy ghi tên lớp."), Length(max=200, message=_TOO_LONG)])
    topic = SelectField("Chuyên đề")
    venue = StringField("Địa điểm", [InputRequired("Hãy ghi địa điểm."), Length(max=200, message=_TOO_LONG)])
    capacity = Count("Số chỗ", default=40)
    trainer = SelectField("Giảng viên", coerce=int)
    trainer_name = StringField("Tên giảng viên mời ngoài", [Length(max=120, message=_TOO_LONG)])
    hours = Count("Số giờ học", default=8)
    sessions_required = Count("Số buổi phải dự để hoàn thành", default=1)
    offer_hours = Count("Hạn trả lời lời mời (số giờ)", default=72)

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The fields of the half-days, in pairs."""
        return [(self[f"day_{n}"], self[f"half_{n}"]) for n in range(1, MOST_SESSIONS + 1)]

    @property
    def plan(self) -> Plan:
        """The class as the rules take it."""
        held: list[tuple[date, str]] = [(day.data, half.data) for day, half in self.rows if day.data]
        return Plan(
            title=self.title.data,
            venue=self.venue.data,
            topic=self.topic.data,
            capacity=self.capacity.data,
            sessions=tuple(held),
            sessions_required=self.sessions_required.data,
            hours=self.hours.data,
            trainer_id=self.trainer.data or None,
            trainer_name=self.trainer_name.data or "",
            offer_hours=self.offer_hours.data,
        )


for _n in range(1, MOST_SESSIONS + 1):
    setattr(ClassForm, f"day_{_n}", Day(f"Buổi {_n}: ngày", [Optional()]))
    setattr(ClassForm, f"half_{_n}", SelectField(f"Buổi {_n}: lúc", choices=choices(HALF_DAYS.items())))
