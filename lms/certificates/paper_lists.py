"""The names of files that hold papers, and the lists beside them: safe on every system and in every spreadsheet."""

import csv
import io
import re
from collections.abc import Sequence

from lms.certificates.models import Certificate
from lms.words import fold

LIST_NAME = "DANH-SACH.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NAME = 60


def file_name(certificate: Certificate, *, in_list: bool) -> str:
    """Return a name that no system stumbles over and that is unique in the whole bundle.

    A list stands in one book, so its numbers are unique; elsewhere the whole printed number is named.
    """
    number = f"{certificate.number:04d}" if in_list else plain(certificate.snapshot["number"])
    return f"{number}-{plain(certificate.snapshot['name'])[:_LONGEST_NAME].strip('-') or 'giay'}.pdf"


def plain(text: str) -> str:
    """Return a text in small letters without accents, digits and dashes: whatever it held, it is no path."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: names come from rosters that anybody typed."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def csv_start(columns: Sequence[str]) -> bytes:
    """Return the first line of a list, with the mark by which spreadsheets know its letters."""
    return csv_line(columns).decode().encode("utf-8-sig")


def csv_line(cells: Sequence[str]) -> bytes:
    """Return one line of a list, with nothing in it that is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode()
