"""What WTForms says when a field does not hold, in Vietnamese: the library ships no Vietnamese of its own."""

from typing import Any

_WORDS = {
    "Not a valid integer value.": "Hãy nhập một số nguyên.",
    "Not a valid decimal value.": "Hãy nhập một số.",
    "Not a valid float value.": "Hãy nhập một số.",
    "Not a valid date value.": "Hãy nhập ngày, ví dụ 05/02/2026.",
    "Not a valid datetime value.": "Hãy nhập ngày và giờ.",
    "Not a valid choice.": "Hãy chọn một mục trong danh sách.",
    "Invalid Choice: could not coerce.": "Hãy chọn một mục trong danh sách.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Hãy chọn lại trong danh sách.",
    "'%(value)s' is not a valid choice for this field.": "Có mục không nằm trong danh sách. Hãy chọn lại.",
    "'%(value)s' are not valid choices for this field.": "Có mục không nằm trong danh sách. Hãy chọn lại.",
    "This field is required.": "Mục này không được để trống.",
    "This field cannot be edited.": "Mục này không sửa được.",
    "Invalid input.": "Nội dung này chưa đúng.",
    "Number must be between %(min)s and %(max)s.": "Hãy nhập số từ %(min)s đến %(max)s.",
    "Number must be at least %(min)s.": "Hãy nhập số từ %(min)s trở lên.",
    "Number must be at most %(max)s.": "Hãy nhập số không quá %(max)s.",
    "Field must be at least %(min)d character long.": "Hãy nhập ít nhất %(min)d ký tự.",
    "Field must be at least %(min)d characters long.": "Hãy nhập ít nhất %(min)d ký tự.",
    "Field cannot be longer than %(max)d character.": "Dài quá %(max)d ký tự. Hãy viết ngắn lại.",
    "Field cannot be longer than %(max)d characters.": "Dài quá %(max)d ký tự. Hãy viết ngắn lại.",
    "Field must be exactly %(max)d character long.": "Hãy nhập đúng %(max)d ký tự.",
    "Field must be exactly %(max)d characters long.": "Hãy nhập đúng %(max)d ký tự.",
    "Field must be between %(min)d and %(max)d characters long.": "Hãy nhập từ %(min)d đến %(max)d ký tự.",
}
ANYTHING_ELSE = "Nội dung này chưa đúng. Hãy nhập lại."


class VietnameseWords:
    """Translations as WTForms asks for them; a sentence it may add later is answered in general words."""

    def gettext(self, english: str) -> str:
        return _WORDS.get(english, english if _is_ours(english) else ANYTHING_ELSE)

    def ngettext(self, one: str, many: str, n: Any) -> str:
        return self.gettext(one if n == 1 else many)


def _is_ours(text: str) -> bool:
    """Say whether a sentence is Vietnamese already: ours all carry a diacritic."""
    return not text.isascii()
