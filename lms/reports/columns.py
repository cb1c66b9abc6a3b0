"""What a report counts and what each number is called: one list for screen, spreadsheet, PDF and program.

"Lượt" and "người" never share a column: somebody in two teams is one person and two places in
teams; somebody in two classes is one person and several attendances.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lms.pages import vn_number

TEAMS = "Tổ và thành viên"
SKILLS = "Người đã hoàn thành, tính đến ngày chốt"
NEW = "Lượt hoàn thành mới trong kỳ"
TRAINING = "Tập huấn và giấy chứng nhận trong kỳ"
GROUPS = (TEAMS, SKILLS, NEW, TRAINING)
SHARE = "share"
NOTES = (
    "“Người” đếm mỗi người một lần. “Lượt” đếm từng lần.",
    "Người ở hai tổ là một người, hai lượt tham gia tổ. Tổ trưởng, tổ phó đếm theo tổ.",
    "Người ở hai nơi được đếm ở cả hai dòng, nhưng chỉ một lần ở dòng tổng.",
    "Lớp, lượt dự và người dự chỉ tính lớp đã chốt kết quả trong kỳ.",
)


@dataclass(frozen=True)
class Column:
    """One number of a report: its key for programs, its words for people, and the table it stands in."""

    key: str
    label: str
    group: str

    def shown(self, counts: Mapping[str, int | float]) -> str:
        """Return the number as Vietnamese papers write it."""
        value = counts.get(self.key, 0)
        return f"{vn_number(value)}%" if self.key == SHARE else vn_number(value)


def columns_for(skills: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of a report over these skills, in the order of every table."""
    return (
        Column("teams", "Số tổ", TEAMS),
        Column("leaders", "Tổ trưởng", TEAMS),
        Column("deputies", "Tổ phó", TEAMS),
        Column("people", "Số người", TEAMS),
        Column("memberships", "Lượt tham gia tổ", TEAMS),
        *(Column(skill_column(key), title, SKILLS) for key, title in skills.items()),
        Column("skilled", "Người có ít nhất một kỹ năng", SKILLS),
        Column(SHARE, "Tỷ lệ", SKILLS),
        *(Column(new_column(key), f"Mới: {title}", NEW) for key, title in skills.items()),
        Column("new", "Tổng lượt hoàn thành mới", NEW),
        Column("classes", "Số lớp", TRAINING),
        Column("attendances", "Lượt dự buổi học", TRAINING),
        Column("attendees", "Người dự lớp", TRAINING),
        Column("issued", "Giấy chứng nhận đã cấp", TRAINING),
        Column("revoked", "Giấy chứng nhận thu hồi", TRAINING),
    )


def skill_column(skill_key: str) -> str:
    """Return the key of the column of people who completed a skill."""
    return f"skill:{skill_key}"


def new_column(skill_key: str) -> str:
    """Return the key of the column of completions of a skill that are new in the period."""
    return f"new:{skill_key}"
