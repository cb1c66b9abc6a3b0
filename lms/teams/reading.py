"""Read a roster file into tables of text, with the row numbers the clerk sees.

Three kinds of file arrive: .xlsx with merged cells, .docx with a table, .csv. All become the same
`Table`: what stands above it, and rows of text. Nothing is interpreted here.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lms.teams.gate import MAX_CELL_TEXT, MAX_CELLS, MAX_TEXT_BYTES, UnreadableRoster, blown_up, kind_of, long_cell
from lms.words import nfc

__all__ = ["Row", "Table", "UnreadableRoster", "read_tables"]

_MAX_CARRIED = 500_000
_MAX_SPAN = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as shown in Excel or Word, its cells, and which of them were merged.

    A merged cell has its value repeated in every place it covers; `merged` holds the columns
    where this row shows a value that was written in another row or column.
    """

    number: int
    cells: tuple[str, ...]
    merged: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, or one table of a document, with the lines that stand above it."""

    name: str
    rows: tuple[Row, ...]
    above: tuple[str, ...] = ()


def read_tables(data: bytes, name: str) -> list[Table]:
    """Return the tables of a roster file.

    Raises: UnreadableRoster, with the sentence that fits what is wrong with the file.
    """
    readers = {"xlsx": _read_xlsx, "docx": _read_docx, "csv": _read_csv}
    return readers[kind_of(data, name)](data)


def _damaged() -> UnreadableRoster:
    return UnreadableRoster("Tệp bị hỏng, không đọc được hết.", "Mở lại tệp gốc, lưu lại rồi tải lên lần nữa.")


def _read_xlsx(data: bytes) -> list[Table]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        return list(_sheet_tables(book, shown))
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged() from error
    except BaseException as error:
        # A panic inside the Rust reader has no importable class and is not an Exception.
        if type(error).__name__ == "PanicException":
            raise _damaged() from error
        raise


def _sheet_tables(book: Any, names: Iterable[str]) -> Iterator[Table]:
    """Read one sheet after the other; a book may name the same big sheet a thousand times."""
    slots = 0
    for name in names:
        sheet = book.get_sheet_by_name(name)
        slots += sheet.total_height * sheet.total_width
        if slots > MAX_CELLS:
            raise blown_up()
        yield _sheet_table(sheet)


def _sheet_table(sheet: Any) -> Table:
    known = _Known()
    lines = [
        [known[value] if isinstance(value, str) else _text(value) for value in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]
    carried = _carry_merged(lines, sheet.merged_cell_ranges or [])
    rows = (
        Row(number, tuple(cells), frozenset(carried.get(number - 1, ()))) for number, cells in enumerate(lines, start=1)
    )
    return Table(sheet.name, tuple(rows))


class _Known(dict[str, str]):
    """Texts already brought into shape: rosters repeat roles, decisions and blanks endlessly."""

    def __missing__(self, text: str) -> str:
        shaped = self[text] = nfc(text)
        return shaped


def _carry_merged(lines: list[list[str]], ranges: Iterable[Any]) -> dict[int, set[int]]:
    """Write the value of each merged range into every cell it covers; return where."""
    carried: dict[int, set[int]] = {}
    total = text = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(lines) or left >= len(lines[top]):
            continue
        value = lines[top][left]
        for row in range(top, min(bottom + 1, len(lines))):
            for column in range(left, min(right + 1, len(lines[row]))):
                if (row, column) != (top, left):
                    lines[row][column] = value
                    carried.setdefault(row, set()).add(column)
                    total, text = total + 1, text + len(value)
        if total > _MAX_CARRIED or text > MAX_TEXT_BYTES:
            raise _damaged()
    return carried


def _text(value: object) -> str:
    """Show a cell as the clerk sees it: a phone typed as a number arrives as 914994123.0."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, dt.datetime | dt.date):
        return f"{value.day:02}/{value.month:02}/{value.year}"
    return str(value)


def _read_docx(data: bytes) -> list[Table]:
    import docx
    from docx.opc.exceptions import OpcError

    try:
        document = docx.Document(io.BytesIO(data))
        return list(_document_tables(document.element.body))
    except (OpcError, SyntaxError, LookupError, ValueError, zipfile.BadZipFile) as error:
        raise _damaged() from error
    except (AttributeError, TypeError, RecursionError) as error:
        # The library meets a document whose parts are not what their names promise with these.
        raise _damaged() from error


def _document_tables(body: Any) -> Iterator[Table]:
    above: list[str] = []
    count = 0
    for block in _blocks(body):
        if hasattr(block, "tr_lst"):
            count += 1
            yield Table(f"bảng {count}", tuple(_word_rows(block)), tuple(above))
            above = []
        elif text := _word_text(block):
            above.append(text)


def _blocks(parent: Any) -> Iterator[Any]:
    """Yield paragraphs and tables in reading order, those inside content controls too."""
    from docx.oxml.ns import qn

    for child in parent.iterchildren():
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent")):
            yield from _blocks(child)


def _word_rows(table: Any) -> Iterator[Row]:
    """Walk the rows; a cell merged downwards repeats the text of the cell above it."""
    over: dict[int, str] = {}
    for number, row in enumerate(table.tr_lst, start=1):
        cells: list[str] = [""] * min(int(row.grid_before), _MAX_SPAN)
        merged: set[int] = set()
        for cell in row.tc_lst:
            continues = cell.vMerge == "continue"
            text = over.get(len(cells), "") if continues else _cell(_word_text(cell))
            for step in range(min(int(cell.grid_span), _MAX_SPAN)):
                if continues or step:
                    merged.add(len(cells))
                over[len(cells)] = text
                cells.append(text)
        yield Row(number, tuple(cells), frozenset(merged))


def _word_text(block: Any) -> str:
    """Return the text of a paragraph or cell: breaks and tabs are blanks, removed text is gone."""
    from docx.oxml.ns import qn

    parts: list[str] = []
    for node in block.iter(qn("w:t"), qn("w:br"), qn("w:tab"), qn("w:p")):
        parts.append((node.text or "") if node.tag == qn("w:t") else " ")
    return nfc("".join(parts))


def _read_csv(data: bytes) -> list[Table]:
    text = _decoded(data)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise _damaged() from error
    rows = (Row(number, tuple(map(_csv_cell, cells))) for number, cells in enumerate(lines, start=1))
    return [Table("", tuple(rows))]


def _decoded(data: bytes) -> str:
    """Excel saves .csv in whatever the machine speaks: UTF-8, UTF-16 or the old Vietnamese page."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1258"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableRoster(
        "Không đọc được chữ tiếng Việt trong tệp .csv.", "Mở bằng Excel, lưu thành loại .xlsx rồi tải lên lại."
    )


def _delimiter(text: str) -> str:
    """Choose the mark that splits the first lines into most columns."""
    first = text[:20_000].splitlines()[:60]
    return max(";\t,", key=lambda mark: sum(line.count(mark) for line in first))


def _csv_cell(cell: str) -> str:
    """Take back the apostrophe that keeps a spreadsheet from running a cell as a formula."""
    text = _cell(nfc(cell))
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _cell(text: str) -> str:
    """Return the text of a cell as it is, unless no cell of a roster is that long."""
    if len(text) > MAX_CELL_TEXT:
        raise long_cell()
    return text
