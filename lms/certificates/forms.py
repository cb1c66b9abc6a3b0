"""Forms of certificates: shape and wording of what is typed; the decisions are in the rules."""

from typing import Any

from wtforms import DateField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from lms.certificates.endings import REVOKE_REASONS
from lms.certificates.snapshots import Decision
from lms.pages import Form


class VietnameseDate(DateField):  # type: ignore[misc]
    """A day, from the browser's own calendar or typed as 20/11/2026."""

    def __init__(self, label: str, **wtforms: Any) -> None:
        super().__init__(label, [InputRequired("Hãy ghi ngày.")], format=["%Y-%m-%d", "%d/%m/%Y"], **wtforms)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError("Ngày chưa đúng, ví dụ đúng: 20/11/2026.") from fault


class DecisionForm(Form):
    """The decision that everything official stands on."""

    decision_number = StringField(
        "Số quyết định",
        [InputRequired("Hãy ghi số quyết định."), Length(max=60, message="Số quyết định dài quá 60 ký tự.")],
    )
    decision_date = VietnameseDate("Ngày quyết định")

    @property
    def decision(self) -> Decision:
        """The decision as the rules take it."""
        return Decision(self.decision_number.data or "", self.decision_date.data)


class ApproveForm(DecisionForm):
    """Who of a class is approved, and by which decision."""

    seats = SelectMultipleField(
        "Người được cấp giấy chứng nhận",
        [InputRequired("Hãy chọn ít nhất một người.")],
        coerce=int,
        # The rule decides who may be on the list; a second press must come as far as its once-key.
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class RevokeForm(DecisionForm):
    """Why a certificate is revoked: a category for everybody, a detail for the department."""

    category = SelectField(
        "Lý do (công khai)", choices=[SelectChoice(key, words) for key, words in REVOKE_REASONS.items()]
    )
    detail = TextAreaField("Ghi chú nội bộ", [Length(max=2000, message="Ghi chú dài quá 2.000 ký tự.")])


class ReissueForm(DecisionForm):
    """By which decision a certificate is replaced."""


class VoidForm(Form):
    """Why a number is crossed out before publication."""

    reason = StringField(
        "Lý do hủy số", [InputRequired("Hãy ghi lý do."), Length(max=300, message="Lý do dài quá 300 ký tự.")]
    )


class NameForm(Form):
    """A name, to be confirmed against the printed one."""

    name = StringField(
        "Họ và tên in trên giấy",
        [InputRequired("Hãy gõ họ và tên."), Length(max=120, message="Tên dài quá 120 ký tự.")],
    )
