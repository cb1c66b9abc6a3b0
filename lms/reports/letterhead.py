"""Who writes a report: the department for a province, the people's committee for a commune."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.areas.models import Area
from lms.reports.figures import Report
from lms.settings import parent_agency


@dataclass(frozen=True)
class Letterhead:
    """The parts of an official paper that come from who writes it to whom."""

    parent: str
    agency: str
    place: str
    authority: tuple[str, ...]
    signer: str
    addressed_to: tuple[str, ...]
    recipients: tuple[str, ...]


def letterhead_of(area: Area, province: Area, config: Mapping[str, Any]) -> Letterhead:
    """Return the letterhead of the area's report; the department's words come from the settings."""
    department: str = config["LMS_ISSUER_NAME"]
    if area.parent_code is not None:
        return Letterhead(
            parent="",
            agency=f"ỦY BAN NHÂN DÂN {area.full_name.upper()}",
            place=area.name,
            authority=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
            signer="",
            addressed_to=(f"{department} {province.full_name}",),
            recipients=("Như trên", "Phòng Văn hóa - Xã hội", "Lưu: VT"),
        )
    return Letterhead(
        parent=parent_agency(config, province.full_name),
        agency=department,
        place=config["LMS_ISSUER_PLACE"] or province.name,
        authority=tuple(line.strip() for line in config["LMS_SIGNER_TITLE"].split("/") if line.strip()),
        signer=config["LMS_SIGNER_NAME"],
        addressed_to=(f"Ủy ban nhân dân {province.full_name}",),
        recipients=("Như trên", "Giám đốc Sở (để báo cáo)", "Lưu: VT"),
    )


def title_of(report: Report) -> str:
    """Return what the report is about, in one line."""
    return f"Kết quả hoạt động của Tổ công nghệ số cộng đồng {report.area.full_name}, {report.period.title}"
