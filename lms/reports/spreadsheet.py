"""The report as a spreadsheet: official head, one table with all columns, numbers as numbers.

Names come from rosters that anybody typed, so text is written as text and never as a formula.
"""

import io
from dataclasses import dataclass
from typing import Any

from lms.reports.columns import GROUPS, SHARE, Column
from lms.reports.figures import Line, Report
from lms.reports.letterhead import Letterhead, title_of
from lms.reports.sentences import notes, period_sentence

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD_ROWS = 8
_FIRST_NUMBER = 2
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def as_xlsx(report: Report, letterhead: Letterhead) -> bytes:
    """Return the report as an .xlsx file."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _SAFE) as book:
        book.set_properties({"title": title_of(report), "author": letterhead.agency})
        _Sheet(book.add_worksheet("Báo cáo"), _styles(book), report).fill(letterhead)
    return out.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    plain = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    boxed = {**plain, "border": 1}
    return {
        "plain": book.add_format(plain),
        "bold": book.add_format({**plain, "bold": True, "align": "center"}),
        "center": book.add_format({**plain, "align": "center"}),
        "title": book.add_format({**plain, "bold": True, "font_size": 14, "align": "center"}),
        "head": book.add_format({**boxed, "bold": True, "align": "center", "text_wrap": True}),
        "text": book.add_format({**boxed, "text_wrap": True}),
        "number": book.add_format({**boxed, "num_format": "#,##0"}),
        "share": book.add_format({**boxed, "num_format": '0.0"%"'}),
        "text_total": book.add_format({**boxed, "bold": True}),
        "number_total": book.add_format({**boxed, "bold": True, "num_format": "#,##0"}),
        "share_total": book.add_format({**boxed, "bold": True, "num_format": '0.0"%"'}),
    }


@dataclass
class _Sheet:
    page: Any
    styles: dict[str, Any]
    report: Report

    def fill(self, letterhead: Letterhead) -> None:
        """Write head, table, notes and the place for the signature."""
        self._lay_out()
        self._write_head(letterhead)
        self._write_headings()
        row = HEAD_ROWS
        for number, line in enumerate(self.report.rows, 1):
            self._write_line(row, str(number), line)
            row += 1
        self._write_line(row, "", self.report.total, "_total")
        self._write_foot(row + 2, letterhead)

    def _lay_out(self) -> None:
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(HEAD_ROWS - 2, HEAD_ROWS - 1)
        self.page.freeze_panes(HEAD_ROWS, _FIRST_NUMBER)
        self.page.set_column(0, 0, 5)
        self.page.set_column(1, 1, 32)
        self.page.set_column(_FIRST_NUMBER, self._last, 13)
        self.page.set_row(HEAD_ROWS - 1, 64)

    @property
    def _last(self) -> int:
        return _FIRST_NUMBER + len(self.report.columns) - 1

    def _write_head(self, letterhead: Letterhead) -> None:
        middle = max(4, self._last // 2)
        self._across(
            0, 0, middle - 1, letterhead.parent or letterhead.agency, "center" if letterhead.parent else "bold"
        )
        if letterhead.parent:
            self._across(1, 0, middle - 1, letterhead.agency, "bold")
        self._across(0, middle, self._last, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bold")
        self._across(1, middle, self._last, "Độc lập - Tự do - Hạnh phúc", "bold")
        self._across(3, 0, self._last, "BÁO CÁO", "title")
        self._across(4, 0, self._last, title_of(self.report), "title")
        self._across(5, 0, self._last, period_sentence(self.report), "center")

    def _write_headings(self) -> None:
        top, under = HEAD_ROWS - 2, HEAD_ROWS - 1
        for place, words in enumerate(("TT", self.report.row_label)):
            self.page.merge_range(top, place, under, place, "", self.styles["head"])
            self.page.write_string(top, place, words, self.styles["head"])
        for group in GROUPS:
            places = [at for at, column in enumerate(self.report.columns, _FIRST_NUMBER) if column.group == group]
            self._across(top, places[0], places[-1], group, "head")
        for at, column in enumerate(self.report.columns, _FIRST_NUMBER):
            self.page.write_string(under, at, column.label, self.styles["head"])

    def _write_line(self, row: int, number: str, line: Line, weight: str = "") -> None:
        self.page.write_string(row, 0, number, self.styles["text" + weight])
        self.page.write_string(row, 1, line.name, self.styles["text" + weight])
        for at, column in enumerate(self.report.columns, _FIRST_NUMBER):
            self.page.write_number(row, at, line.counts.get(column.key, 0), self._number_style(column, weight))

    def _number_style(self, column: Column, weight: str) -> Any:
        return self.styles[("share" if column.key == SHARE else "number") + weight]

    def _write_foot(self, row: int, letterhead: Letterhead) -> None:
        for at, sentence in enumerate(notes(self.report), row):
            self.page.write_string(at, 1, sentence, self.styles["plain"])
        row += len(notes(self.report)) + 1
        middle = max(4, self._last // 2)
        self._across(row, middle, self._last, f"{letterhead.place}, ngày      tháng      năm", "center")
        for at, words in enumerate((*letterhead.authority, "", "", "", letterhead.signer), row + 1):
            self._across(at, middle, self._last, words, "bold")

    def _across(self, row: int, first: int, last: int, words: str, style: str) -> None:
        if last > first:
            self.page.merge_range(row, first, row, last, "", self.styles[style])
        self.page.write_string(row, first, words, self.styles[style])
