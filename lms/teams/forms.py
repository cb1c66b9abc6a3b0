"""Forms of teams: shape and wording of what is typed, never the decision."""

from wtforms import FileField, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from lms.pages import Form
from lms.teams.export import FORMS
from lms.teams.roster import DEPUTY, LEADER, MAX_TEAM, MEMBER
from lms.words import nfc

ROLES = [
    SelectChoice(LEADER, "Tổ trưởng"),
    SelectChoice(DEPUTY, "Tổ phó"),
    SelectChoice(MEMBER, "Tổ viên"),
]
KINDS = [
    SelectChoice("xlsx", "Excel (.xlsx)"),
    SelectChoice("docx", "Word (.docx)"),
    SelectChoice("csv", "Bảng chữ (.csv)"),
]


class UploadForm(Form):
    """A roster file for one commune."""

    xa = HiddenField()
    roster = FileField("Tệp danh sách", render_kw={"accept": ".xlsx,.docx,.csv", "required": True})
    team = StringField("Tên tổ (nếu trong tệp chưa ghi)", [Optional(), Length(max=MAX_TEAM)])


class RenameForm(Form):
    """A new name for a team."""

    name = StringField(
        "Tên tổ",
        [DataRequired("Hãy nhập tên tổ."), Length(max=MAX_TEAM, message="Tên tổ dài quá 100 ký tự.")],
        filters=[lambda typed: nfc(typed or "")],
    )


class ChooseTeamForm(Form):
    """Another team of the same commune."""

    into = SelectField("Tổ", coerce=int)


class RoleForm(Form):
    """The role of a member."""

    role = SelectField("Chức vụ trong tổ", choices=ROLES)


class ExportForm(Form):
    """Which official form, as which kind of file."""

    layout = SelectField("Mẫu danh sách", choices=[SelectChoice(*form) for form in FORMS.items()])
    kind = SelectField("Loại tệp", choices=KINDS)
