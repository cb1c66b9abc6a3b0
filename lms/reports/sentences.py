"""The sentences around the numbers, the same on the screen, in the spreadsheet and on paper."""

from lms.clock import vn_moment
from lms.pages import vn_number
from lms.reports.columns import NOTES, SHARE
from lms.reports.figures import Report


def period_sentence(report: Report) -> str:
    """Say which days count, and as of when the state is shown."""
    if report.is_open:
        return f"Kỳ tính {report.period.days}. Kỳ chưa chốt: số liệu đến {vn_moment(report.as_of)}."
    return f"Kỳ tính {report.period.days}. Số liệu chốt hết ngày {report.period.last_day:%d/%m/%Y}."


def opening(report: Report) -> str:
    """Say the main numbers in words."""
    counts = report.total.counts
    return (
        f"{_capital(report.area.full_name)} có {vn_number(counts.get('teams', 0))} tổ công nghệ số cộng đồng "
        f"với {vn_number(counts.get('people', 0))} người. Đã có {vn_number(counts.get('skilled', 0))} người "
        f"hoàn thành ít nhất một kỹ năng, đạt {vn_number(counts[SHARE])}%."
    )


def notes(report: Report) -> tuple[str, ...]:
    """Say how people and attendances are counted, who completed a programme, and what was entered late."""
    found = list(NOTES)
    for title, people in report.programmes.items():
        found.append(f"Đã có {vn_number(people)} người hoàn thành “{title}”, tính đến ngày chốt.")
    if report.late_classes:
        found.append(f"Có {report.late_classes} lớp học trước kỳ này nhưng chốt kết quả trong kỳ, tính vào kỳ này.")
    if report.pending_classes:
        found.append(f"Còn {report.pending_classes} lớp học trong kỳ chưa chốt kết quả, sẽ tính vào kỳ sau.")
    if report.without_teams:
        found.append(f"Còn {len(report.without_teams)} xã, phường chưa có tổ nào trong hệ thống.")
    return tuple(found)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
