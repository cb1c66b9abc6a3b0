"""Forms of training: shape and wording of what is typed; the decisions are in the rules."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from wtforms import DateField, IntegerField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from lms.pages import Form
from lms.training.rules import Wish
from lms.training.wording import (
    HALF_DAY_KINDS,
    MODE_WORDS,
    REJECTIONS,
    ROLE_WANTED_WORDS,
    ROLE_WORDS,
)

_BAD_DAY = "Ngày chưa đúng, ví dụ đúng: 20/11/2026."
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
    """A whole number from one on, or from what is told."""

    def __init__(self, label: str, *, least: int = 1, **wtforms: Any) -> None:
        self.fault = f"Hãy ghi một số từ {least} trở lên."
        asked = [InputRequired(self.fault), NumberRange(min=least, max=100_000, message=self.fault)]
        super().__init__(label, asked, **wtforms)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError(self.fault) from fault


def choices(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Return values with their words, as the fields want them."""
    return [SelectChoice(value, label) for value, label in pairs]


def ticks(label: str, **wtforms: Any) -> SelectMultipleField:
    """Return a list of boxes to tick."""
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **wtforms)


def people(members: Iterable[Any]) -> list[SelectChoice]:
    """Return the people of a team as choices: name and role."""
    return choices((i, f"{name} – {ROLE_WORDS[role].lower()}") for i, name, role in members)


class NeedForm(Form):
    """What a team asks for; more people named than places said means as many places."""

    topic = SelectField("Chuyên đề")
    nominees = ticks("Cử ai đi (để trống nếu cử sau)", coerce=int)
    seats_wanted = Count("Số chỗ cần", default=1)
    role_wanted = SelectField("Nếu cử sau thì ai sẽ đi", default="any")
    half_days = ticks("Buổi nào đi được (để trống nếu buổi nào cũng được)", choices=choices(HALF_DAY_KINDS.items()))
    mode = SelectField("Muốn học cách nào", choices=choices(MODE_WORDS.items()), default="any")
    availability = StringField("Ngày giờ thuận tiện", [Length(max=200, message=_TOO_LONG)])
    note = StringField("Ghi chú", [Length(max=300, message=_TOO_LONG)])
    reason = StringField("Lý do đăng ký thay tổ", [Length(max=300, message=_TOO_LONG)])
    paper_reference = StringField("Hoặc số, ngày của giấy tổ gửi", [Length(max=100, message=_TOO_LONG)])

    def offer(self, topics: Sequence[tuple[str, str]], members: Sequence[Any], roles: Collection[str]) -> None:
        """Fill the choices: the call's topics, and the people of the team whom the call invites."""
        self.topic.choices = choices(topics)
        self.nominees.choices = people(member for member in members if member[2] in roles)
        wanted = ((role, said) for role, said in ROLE_WANTED_WORDS.items() if role == "any" or role in roles)
        self.role_wanted.choices = choices(wanted)

    def show(self, wish: Wish) -> None:
        """Fill in what a need asks for already."""
        self.nominees.data, self.half_days.data = list(wish.nominee_ids), list(wish.half_days)
        for name in ("seats_wanted", "role_wanted", "mode", "availability", "note"):
            self[name].data = getattr(wish, name)

    @property
    def wish(self) -> Wish:
        """What is asked for, as the rules take it."""
        named = tuple(self.nominees.data or ())
        return Wish(
            seats_wanted=max(self.seats_wanted.data, len(named)),
            nominee_ids=named,
            availability=self.availability.data or "",
            note=self.note.data or "",
            role_wanted=self.role_wanted.data or "any",
            half_days=tuple(self.half_days.data or ()),
            mode=self.mode.data or "any",
        )


class ReasonForm(Form):
    """A reason in words."""

    reason = TextAreaField("Lý do", [DataRequired("Hãy ghi lý do."), Length(max=300, message=_TOO_LONG)])


class AnswerForm(ReasonForm):
    """What staff say to a need, with the reason; only the department may say no."""

    answer = SelectField("Trả lời")
    code = SelectField("Không duyệt vì", choices=choices(REJECTIONS.items()), default="other")

    def offer(self, *, may_reject: bool) -> None:
        """Fill in what this person may answer."""
        may = [("return", "Trả lại để tổ sửa")] + ([("reject", "Không duyệt")] if may_reject else [])
        self.answer.choices = choices(may)


class DelegationForm(Form):
    """To which deputy the leader gives the team, and until when."""

    person = SelectField("Tổ phó", coerce=int)
    until = Day("Đến hết ngày", [InputRequired("Hãy ghi ngày cuối.")])
    reason = StringField("Lý do", [Length(max=300, message=_TOO_LONG)])


class CalledForm(Form):
    """Why somebody who stands further back was put on the list after a phone call."""

    reason = StringField("Vì sao bỏ qua người đứng trước", [Length(max=300, message=_TOO_LONG)])


class PersonForm(Form):
    """One person of a team, and perhaps why."""

    person = SelectField("Người dự", coerce=int)
    reason = StringField("Ghi chú", [Length(max=300, message=_TOO_LONG)])
