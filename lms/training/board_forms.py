"""Forms of the planning board: what the department can do, what a planned class will be, what moves where."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from lms.pages import Form
from lms.training.class_forms import MOST_SESSIONS
from lms.training.forms import Count, Day, choices, ticks
from lms.training.models import PlannedClass
from lms.training.planning import ClassChange, slots_of
from lms.training.proposing import Limits, filling_words
from lms.training.wording import HALF_DAYS

OUT = 0
"""The number under which a form means "in no class"."""
_TOO_LONG = "Nội dung này dài quá %(max)d ký tự. Hãy viết ngắn lại."


class LimitsForm(Form):
    """What the department can do: places and half-days a class, from when on, how many at once."""

    starts_on = Day("Học từ ngày", [InputRequired("Hãy ghi ngày bắt đầu.")])
    size = Count("Số chỗ mỗi lớp", default=40)
    min_viable = Count("Số người ít nhất để mở lớp", default=15)
    sessions = Count("Số buổi mỗi lớp", default=2)
    per_slot = Count("Số lớp nhiều nhất trong cùng một buổi", default=3)
    max_classes = Count("Số lớp nhiều nhất cho mỗi chuyên đề", default=100)
    days_off = StringField("Ngày nghỉ, cách nhau bằng dấu phẩy", [Length(max=400, message=_TOO_LONG)])

    def validate_min_viable(self, field: Any) -> None:
        """Refuse a least number beyond the places."""
        if field.data and self.size.data and field.data > self.size.data:
            raise ValidationError("Số người ít nhất không được nhiều hơn số chỗ.")

    def validate_sessions(self, field: Any) -> None:
        """Refuse more half-days than a class can have."""
        if field.data and field.data > MOST_SESSIONS:
            raise ValidationError(f"Một lớp có nhiều nhất {MOST_SESSIONS} buổi.")

    def validate_days_off(self, field: Any) -> None:
        """Refuse a day that cannot be read."""
        try:
            _days(field.data or "")
        except ValueError as fault:
            raise ValidationError("Ngày nghỉ chưa đúng, ví dụ đúng: 01/01/2027, 02/01/2027.") from fault

    def show(self, limits: Limits) -> None:
        """Fill in the limits of the standing plan."""
        for name in ("starts_on", "size", "min_viable", "sessions", "per_slot"):
            self[name].data = getattr(limits, name)
        self.max_classes.data = limits.max_classes or 100
        self.days_off.data = ", ".join(f"{day:%d/%m/%Y}" for day in sorted(limits.days_off))

    @property
    def limits(self) -> Limits:
        """The limits as the rules take them."""
        return Limits(
            starts_on=self.starts_on.data,
            size=self.size.data,
            min_viable=self.min_viable.data,
            sessions=self.sessions.data,
            max_classes=self.max_classes.data,
            per_slot=self.per_slot.data,
            days_off=frozenset(_days(self.days_off.data or "")),
        )


class PlannedClassForm(Form):
    """What a planned class will be."""

    title = StringField("Tên lớp", [InputRequired("Hãy ghi tên lớp."), Length(max=200, message=_TOO_LONG)])
    venue = StringField("Địa điểm", [Length(max=200, message=_TOO_LONG)])
    capacity = Count("Số chỗ")
    min_viable = Count("Số người ít nhất để mở lớp")
    trainer = SelectField("Giảng viên chính", coerce=int)

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The fields of the half-days, in pairs."""
        return [(self[f"day_{n}"], self[f"half_{n}"]) for n in range(1, MOST_SESSIONS + 1)]

    def offer(self, trainers: Sequence[Any]) -> None:
        """Fill the choice of trainers."""
        self.trainer.choices = choices([(0, "Chưa chọn"), *trainers])

    def show(self, row: PlannedClass) -> None:
        """Fill in the class as it is planned."""
        self.title.data, self.venue.data, self.capacity.data = row.title, row.venue, row.capacity
        self.min_viable.data, self.trainer.data = row.min_viable, row.trainer_id or 0
        for (day, half), (held_on, half_day) in zip(self.rows, slots_of(row), strict=False):
            day.data, half.data = held_on, half_day

    @property
    def change(self) -> ClassChange:
        """The class as the rules take it."""
        return ClassChange(
            title=self.title.data,
            venue=self.venue.data or "",
            capacity=self.capacity.data,
            min_viable=self.min_viable.data,
            sessions=tuple((day.data, half.data) for day, half in self.rows if day.data),
            trainer_id=self.trainer.data or None,
        )


for _n in range(1, MOST_SESSIONS + 1):
    setattr(PlannedClassForm, f"day_{_n}", Day(f"Buổi {_n}: ngày", [Optional()]))
    setattr(PlannedClassForm, f"half_{_n}", SelectField(f"Buổi {_n}: lúc", choices=choices(HALF_DAYS.items())))


class MoveForm(Form):
    """Which needs go to which class of the plan, and why."""

    needs = ticks("Nhu cầu", coerce=int)
    to = SelectField("Chuyển đến", coerce=int)
    reason = StringField("Lý do (cần ghi khi sang cụm xã khác)", [Length(max=200, message=_TOO_LONG)])

    def offer(self, board: Sequence[Any], topic: str | None, but: int | None) -> None:
        """Fill the choice of classes: those of the topic, with how full they are, and none at all."""
        lines = [
            (row.number, f"Lớp {row.number}, {row.cluster or 'mọi cụm'}: {filling_words(planned)}")
            for row, planned in board
            if row.number != but and topic in (None, row.topic)
        ]
        self.to.choices = choices([*lines, (OUT, "Để ngoài, chưa xếp lớp nào")])


class TopicForm(Form):
    """The topic of a class added by hand."""

    topic = SelectField("Chuyên đề")


class VenueForm(Form):
    """One place for the planned classes that have none yet."""

    cluster = SelectField("Cụm xã")
    venue = StringField("Địa điểm", [InputRequired("Hãy ghi địa điểm."), Length(max=200, message=_TOO_LONG)])
    trainer = SelectField("Giảng viên chính", coerce=int)


def _days(text: str) -> list[date]:
    days = []
    for part in filter(None, (one.strip() for one in text.replace(";", ",").split(","))):
        day, month, year = (int(number) for number in part.split("/"))
        days.append(date(year, month, day))
    return days
