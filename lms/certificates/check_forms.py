"""Forms of whoever checks a paper, and of a holder who shares one."""

from wtforms import FileField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from lms.certificates.shares import DAYS, USUAL_DAYS
from lms.pages import Form


class NameForm(Form):
    """A name, to be confirmed against the printed one."""

    name = StringField(
        "Họ và tên in trên giấy",
        [InputRequired("Hãy gõ họ và tên."), Length(max=120, message="Tên dài quá 120 ký tự.")],
    )


class FileForm(Form):
    """A file, to be compared with the one issued."""

    paper = FileField("Tệp giấy chứng nhận (PDF)")


class ShareForm(Form):
    """For how long a link shows the name."""

    days = RadioField(
        "Liên kết dùng được trong",
        [InputRequired("Hãy chọn thời hạn.")],
        coerce=int,
        choices=[SelectChoice(days, f"{days} ngày") for days in DAYS],
        default=USUAL_DAYS,
    )
