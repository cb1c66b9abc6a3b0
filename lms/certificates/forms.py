"""Forms of certificates: shape and wording of what is typed; the decisions are in the rules."""

from collections.abc import Mapping
from typing import Any, Self

from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from lms.certificates.bundles import FORM_WORDS
from lms.certificates.issuers import Decision
from lms.certificates.rules import REVOKE_REASONS
from lms.pages import Form

_REASON_TOO_LONG = Length(max=300, message="Lý do dài quá 300 ký tự.")


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


class ProposalForm(DecisionForm):
    """Who is proposed for a certificate, and by which decision."""

    chosen = SelectMultipleField(
        "Đề nghị cấp cho",
        # The rule decides who may be on the list; a second press must come as far as its once-key.
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    everybody = BooleanField("Đề nghị tất cả")


class AnswerForm(Form):
    """Why the second person says no."""

    answer = TextAreaField("Lý do không duyệt", [DataRequired("Hãy ghi lý do."), _REASON_TOO_LONG])


class RevokeForm(DecisionForm):
    """Why a certificate is to be revoked: a category for everybody, a detail for the department."""

    category = SelectField(
        "Lý do (công khai)", choices=[SelectChoice(key, words) for key, words in REVOKE_REASONS.items()]
    )
    detail = TextAreaField("Ghi chú nội bộ", [Length(max=2000, message="Ghi chú dài quá 2.000 ký tự.")])


class ReissueForm(DecisionForm):
    """By which decision a certificate is to be replaced."""


class VoidForm(Form):
    """Why a number is to be crossed out before publication."""

    reason = StringField("Lý do hủy số", [DataRequired("Hãy ghi lý do."), _REASON_TOO_LONG])


class CopyForm(Form):
    """Why a copy is given out."""

    reason = StringField("Lý do cấp bản sao", [DataRequired("Hãy ghi lý do."), _REASON_TOO_LONG])


class BundleForm(Form):
    """In which form many papers are wanted."""

    @classmethod
    def offering(cls, forms: Mapping[str, str]) -> Self:
        """Return the form with these answers only."""
        asked = cls()
        asked.form.choices = [SelectChoice(key, words) for key, words in forms.items()]
        return asked

    form = RadioField(
        "Muốn nhận ở dạng nào?", choices=[SelectChoice(key, words) for key, words in FORM_WORDS.items()], default="zip"
    )
