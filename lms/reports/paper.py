"""The report as an official paper (Nghị định 30/2020/NĐ-CP): a draft until somebody signs it.

The number stays blank for the pen; difficulties and proposals (S4 asks for them) are lines to fill.
"""

from datetime import date

from lms.printing.documents import Heading, Paragraph, ReportPaper, Table
from lms.reports.columns import GROUPS, Column
from lms.reports.figures import Line, Report
from lms.reports.letterhead import Letterhead, title_of
from lms.reports.sentences import notes, opening, period_sentence

_ROMAN = ("I", "II", "III", "IV", "V")
_BLANK = "…" * 30


def as_paper(report: Report, letterhead: Letterhead, day: date) -> ReportPaper:
    """Return what the paper says; `report_pdf` of the printing room lays it out."""
    return ReportPaper(
        parent_agency=letterhead.parent,
        agency=letterhead.agency,
        number="",
        place=letterhead.place,
        day=day,
        summary=title_of(report),
        addressed_to=letterhead.addressed_to,
        body=(
            Paragraph(opening(report)),
            Paragraph(period_sentence(report)),
            *_tables(report),
            Heading(f"{_ROMAN[len(GROUPS)]}. Khó khăn, vướng mắc; đề xuất, kiến nghị"),
            Paragraph(_BLANK),
            Paragraph(_BLANK),
            Heading("Cách tính"),
            *(Paragraph(sentence) for sentence in notes(report)),
        ),
        authority=letterhead.authority,
        signer=letterhead.signer,
        recipients=letterhead.recipients,
    )


def _tables(report: Report) -> list[Heading | Table]:
    parts: list[Heading | Table] = []
    for roman, group in zip(_ROMAN, GROUPS, strict=False):
        columns = [column for column in report.columns if column.group == group]
        parts += [Heading(f"{roman}. {group}"), _table(report, columns)]
    return parts


def _table(report: Report, columns: list[Column]) -> Table:
    return Table(
        columns=("TT", report.row_label, *(column.label for column in columns)),
        rows=tuple((str(number), *_cells(line, columns)) for number, line in enumerate(report.rows, 1)),
        total=("", *_cells(report.total, columns)),
        numeric=tuple(range(2, 2 + len(columns))),
    )


def _cells(line: Line, columns: list[Column]) -> tuple[str, ...]:
    return (line.name, *(column.shown(line.counts) for column in columns))
