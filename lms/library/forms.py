"""Forms of the trainer: a new lesson, its text, its questions."""

from collections.abc import Callable, Mapping
from typing import Any

from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from courses.limits import LONGEST_LESSON
from lms.pages import Form
from lms.words import nfc

OPTIONS = 4
KINDS = {
    "chon-mot": "Chọn một ý đúng",
    "chon-nhieu": "Chọn nhiều ý đúng",
    "dung-sai": "Đúng hay sai",
    "tra-loi-ngan": "Trả lời ngắn",
}
_TOO_LONG = "Bài dài quá 60.000 ký tự, nên chưa lưu. Hãy chia thành nhiều bài."
_NEEDED = InputRequired("Cần điền mục này.")
_USES = [SelectChoice("bank", "Bài kiểm tra"), SelectChoice("practice", "Luyện tập")]


class NewDraftForm(Form):
    """Which course, which lesson, and a document if there is one."""

    course = SelectField("Khóa học")
    title = StringField("Tên bài", validators=[MayBeEmpty(), Length(max=150, message="Tên bài tối đa 150 ký tự.")])
    lesson = SelectField("Bài được thay", validators=[MayBeEmpty()])
    document = FileField("Tệp Word (.docx) hoặc tệp chữ .md")

    def validate_title(self, field: Any) -> None:
        """Ask for a title unless an existing lesson is replaced."""
        if not self.lesson.data and not (field.data or "").strip():
            raise ValidationError("Cần đặt tên cho bài mới.")


class DraftTextForm(Form):
    """The lesson's front and its cards."""

    title = StringField("Tên bài", validators=[_NEEDED, Length(max=150, message="Tên bài tối đa 150 ký tự.")])
    goal = StringField("Học xong thì làm được gì", validators=[_NEEDED, Length(max=300, message="Tối đa 300 ký tự.")])
    minutes = IntegerField("Số phút học", validators=[_NEEDED, NumberRange(1, 240, message="Số phút từ 1 đến 240.")])
    pass_percent = IntegerField(
        "Đúng bao nhiêu phần trăm là đạt",
        validators=[_NEEDED, NumberRange(1, 100, message="Từ 1 đến 100 phần trăm.")],
    )
    body = TextAreaField(
        "Nội dung các thẻ",
        validators=[_NEEDED, Length(max=LONGEST_LESSON, message=_TOO_LONG)],
        render_kw={"class": "wide"},
    )


class PublishForm(Form):
    """Whether the lesson counts towards completing the course."""

    required = BooleanField("Bài này bắt buộc để hoàn thành khóa học")


class QuestionForm(Form):
    """What every question has."""

    use = RadioField("Dùng cho", choices=_USES, default="bank")
    text = TextAreaField("Câu hỏi", validators=[_NEEDED, Length(max=500, message="Câu hỏi tối đa 500 ký tự.")])
    card = IntegerField("Thẻ giải thích, ghi số thứ tự", default=1, validators=[_NEEDED, NumberRange(1, 60)])

    @property
    def in_order(self) -> list[Any]:
        """Return the fields as one fills them in: what is asked, the answers, where it belongs."""
        ends = ("text", "card", "use")
        return [self.text, *(field for field in self if field.name not in ends), self.card, self.use]

    def question(self) -> dict[str, Any]:
        """Return the question in the words of the course package."""
        return {"kind": self.kind, "text": nfc(self.text.data), "card": self.card.data, **self.parts()}

    kind = ""

    def parts(self) -> Mapping[str, Any]:
        """Return what only this kind of question has."""
        raise NotImplementedError


def _with_options(right: Callable[[], Any]) -> Callable[[type[QuestionForm]], type[QuestionForm]]:
    """Give a form its options and, behind them, the field that says which are right."""

    def add(form: type[QuestionForm]) -> type[QuestionForm]:
        for number in range(1, OPTIONS + 1):
            needed = _NEEDED if number <= 2 else MayBeEmpty()
            option = StringField(f"Ý {number}", validators=[needed, Length(max=300, message="Tối đa 300 ký tự.")])
            setattr(form, f"option_{number}", option)
            label = f"Lời gợi ý khi chọn ý {number}"
            setattr(form, f"help_{number}", StringField(label, validators=[MayBeEmpty(), Length(max=300)]))
        setattr(form, "right", right())  # noqa: B010 - the fields of a form are made for it
        return form

    return add


class _OptionsForm(QuestionForm):
    """Options, those that are right, and a sentence of help for each wrong one."""

    right: Any

    def parts(self) -> Mapping[str, Any]:
        """Return the options that were filled in."""
        return {"options": [self._option(number) for number in self._filled()]}

    def validate_right(self, _field: Any) -> None:
        """Mend what only the options together can show."""
        rights = [number for number in self._filled() if self._is_right(number)]
        if not rights:
            raise ValidationError("Ý đúng phải là một ý đã điền.")
        for number in self._filled():
            if number not in rights and not self[f"help_{number}"].data:
                raise ValidationError(f"Ý {number} sai nên cần lời gợi ý.")

    def _filled(self) -> list[int]:
        return [n for n in range(1, OPTIONS + 1) if (self[f"option_{n}"].data or "").strip()]

    def _is_right(self, number: int) -> bool:
        chosen = self.right.data if isinstance(self.right.data, list) else [self.right.data]
        return str(number) in chosen

    def _option(self, number: int) -> dict[str, Any]:
        option: dict[str, Any] = {"text": nfc(self[f"option_{number}"].data)}
        if self._is_right(number):
            option["right"] = True
        if self[f"help_{number}"].data:
            option["help"] = nfc(self[f"help_{number}"].data)
        return option


_NUMBERS = [SelectChoice(str(number), f"Ý {number}") for number in range(1, OPTIONS + 1)]


@_with_options(lambda: RadioField("Ý đúng", choices=_NUMBERS, default="1"))
class ChoiceForm(_OptionsForm):
    """One right option."""

    kind = "choice"


@_with_options(lambda: StringField("Các ý đúng, ghi số, ví dụ: 1, 3", validators=[_NEEDED]))
class SeveralForm(_OptionsForm):
    """Several right options."""

    kind = "several"

    def _is_right(self, number: int) -> bool:
        return str(number) in (self.right.data or "").replace(",", " ").split()


class TrueFalseForm(QuestionForm):
    """A statement that is true or false."""

    kind = "truefalse"
    right = RadioField("Câu này", choices=[SelectChoice("dung", "Đúng"), SelectChoice("sai", "Sai")], default="dung")
    help = StringField("Lời gợi ý", validators=[_NEEDED, Length(max=300)])

    def parts(self) -> Mapping[str, Any]:
        """Return which it is, and why."""
        return {"right": self.right.data == "dung", "help": nfc(self.help.data)}


class ShortForm(QuestionForm):
    """A short answer that is typed."""

    kind = "short"
    accept = TextAreaField("Các đáp án đúng, mỗi dòng một đáp án", validators=[_NEEDED, Length(max=2000)])
    help = StringField("Lời gợi ý", validators=[_NEEDED, Length(max=300)])

    def parts(self) -> Mapping[str, Any]:
        """Return the answers that are taken, one a line."""
        lines = [nfc(line) for line in self.accept.data.splitlines() if line.strip()]
        return {"accept": list(dict.fromkeys(lines))[:20], "help": nfc(self.help.data)}


FORMS: dict[str, type[QuestionForm]] = {
    "chon-mot": ChoiceForm,
    "chon-nhieu": SeveralForm,
    "dung-sai": TrueFalseForm,
    "tra-loi-ngan": ShortForm,
}
