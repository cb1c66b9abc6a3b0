"""Forms of people: shape and wording of what is typed, never the decision."""

from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from lms.pages import Form

CONSENTS = {
    "learning": (
        "Tôi đồng ý cho hệ thống lưu kết quả học của tôi: bài đã học, câu trả lời, kỹ năng đã hoàn thành. "
        "Mục đích: tính hoàn thành, báo cáo của tổ và cấp giấy chứng nhận."
    ),
    "reminders": "Tôi đồng ý nhận tin nhắn Zalo hoặc cuộc gọi nhắc học từ tổ trưởng, tổ phó và cán bộ xã.",
}

_PIN = {"inputmode": "numeric", "autocomplete": "off", "maxlength": 6, "class": "pin", "pattern": "[0-9]*"}


class SignInForm(Form):
    """Phone (or member code) and PIN."""

    login = StringField(
        "Số điện thoại hoặc mã tài khoản",
        [InputRequired("Hãy nhập số điện thoại hoặc mã tài khoản."), Length(max=30)],
        render_kw={"inputmode": "tel", "autocomplete": "username"},
    )
    pin = PasswordField(
        "Mã PIN 6 chữ số",
        [InputRequired("Hãy nhập mã PIN."), Length(max=20)],
        render_kw={**_PIN, "autocomplete": "current-password"},
    )
    shared = BooleanField("Máy này nhiều người dùng chung (đăng xuất khi tắt trình duyệt)")
    parked = HiddenField(validators=[Optional()])
    tiep = HiddenField(validators=[Optional()])


class EnterForm(Form):
    """First entry by a slip: what one agrees to, and a PIN of one's own."""

    learning = BooleanField(CONSENTS["learning"])
    reminders = BooleanField(CONSENTS["reminders"])
    pin = PasswordField(
        "Mã PIN mới, 6 chữ số",
        [InputRequired("Hãy chọn mã PIN gồm 6 chữ số.")],
        render_kw={**_PIN, "autocomplete": "new-password"},
    )
    pin_again = PasswordField(
        "Nhập lại mã PIN",
        [InputRequired("Hãy nhập lại mã PIN.")],
        render_kw={**_PIN, "autocomplete": "new-password"},
    )

    def validate_pin_again(self, field: PasswordField) -> None:
        """Both PINs are the same."""
        if field.data != self.pin.data:
            raise ValueError("Hai lần nhập chưa giống nhau.")


class ChangePinForm(Form):
    """The old PIN and a new one, twice."""

    old_pin = PasswordField("Mã PIN cũ", [InputRequired("Hãy nhập mã PIN cũ.")], render_kw=_PIN)
    pin = PasswordField("Mã PIN mới, 6 chữ số", [InputRequired("Hãy chọn mã PIN mới.")], render_kw=_PIN)
    pin_again = PasswordField("Nhập lại mã PIN mới", [InputRequired("Hãy nhập lại mã PIN.")], render_kw=_PIN)

    validate_pin_again = EnterForm.validate_pin_again


class EmailForm(Form):
    """Where one wants to be written to; left empty it is removed."""

    email = StringField(
        "Địa chỉ thư điện tử",
        [
            Optional(),
            Length(max=254, message="Địa chỉ dài quá 254 ký tự."),
            Regexp(
                r"^\s*[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\s*$",
                message="Địa chỉ thư phải có dạng ten@noi-gui.vn, không dấu, không có khoảng trắng.",
            ),
        ],
        render_kw={"type": "email", "inputmode": "email", "autocomplete": "email"},
    )
