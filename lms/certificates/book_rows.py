"""The rows of a number book as its screen, its spreadsheet and its paper show them: one query for all three.

What became of a number is read from the lines of the chain up to one line, never from the certificate, so a
printed book is exactly what the printed head of the chain proves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.models import BookLine, Certificate, NumberBook
from lms.certificates.page_reads import line_detail
from lms.certificates.sources import facts_of
from lms.clock import vn_day

AT_ONCE = 400
"""So many rows are read, and laid out, in one piece: layout costs memory by the row, and a year may have 16,000."""
COLUMNS = (
    "Số vào sổ", "Số giấy", "Họ và tên", "Đơn vị", "Nội dung", "Quyết định", "Ngày vào sổ", "Tình trạng, ghi chú",
)  # fmt: skip
_STATES = {"publish": "Hợp lệ", "revoke": "Đã thu hồi", "supersede": "Đã thay thế", "void": "Đã hủy số"}
_NOTES = {"revoke": "Thu hồi", "supersede": "Thay thế", "void": "Hủy số", "copy": "Cấp"}


@dataclass(frozen=True)
class Standing:
    """How a book stood at one moment: its last number, its last line, and the hash of that line."""

    book_id: int
    issuer: str
    year: int
    last: int
    lines: int
    head: str

    @classmethod
    def of(cls, book: NumberBook) -> Self:
        """Return how a book stands as it was read."""
        return cls(book.id, book.issuer, book.year, book.last, book.lines, book.head)

    @property
    def sentence(self) -> str:
        """The end of the chain in words, as it is printed."""
        return f"Mã cuối sổ: {self.head or 'chưa có'} (dòng {self.lines}). Số cuối: {self.last:04d}."


@dataclass(frozen=True)
class BookRow:
    """One number: what it was given for, and what became of it."""

    certificate_id: int
    serial: int
    entry: str
    number: str
    name: str
    unit: str
    course: str
    decision: str
    entered_on: str
    state: str
    notes: tuple[str, ...]
    is_void: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns."""
        told = "; ".join((self.state, *self.notes))
        return (self.entry, self.number, self.name, self.unit, self.course, self.decision, self.entered_on, told)


def book_rows(session: Session, book: Standing, *, after: int = 0, limit: int = AT_ONCE) -> list[BookRow]:
    """Return the numbers behind one, as the book stood; void ones keep their row."""
    certificates = session.scalars(
        select(Certificate)
        .where(Certificate.book_id == book.book_id, Certificate.number > after, Certificate.number <= book.last)
        .order_by(Certificate.number)
        .limit(limit)
    ).all()
    if not certificates:
        return []
    lines: dict[int, list[BookLine]] = {}
    for line in session.scalars(
        select(BookLine)
        .where(
            BookLine.book_id == book.book_id,
            BookLine.line <= book.lines,
            BookLine.number.between(certificates[0].number, certificates[-1].number),
        )
        .order_by(BookLine.line)
    ):
        lines.setdefault(line.number, []).append(line)
    return [_row(certificate, lines.get(certificate.number, [])) for certificate in certificates]


def all_rows(session: Session, book: Standing) -> Iterator[Sequence[BookRow]]:
    """Yield the whole book, some numbers at a time."""
    after = 0
    while rows := book_rows(session, book, after=after):
        yield rows
        after = rows[-1].serial


def _row(certificate: Certificate, lines: Sequence[BookLine]) -> BookRow:
    facts = facts_of(certificate)
    kinds = [line.kind for line in lines]
    state = next(
        (_STATES[kind] for kind in ("void", "revoke", "supersede", "publish") if kind in kinds), "Chưa công bố"
    )
    notes = [f"{_NOTES[line.kind]} {_what(line)}".strip() for line in lines if line.kind in _NOTES]
    return BookRow(
        certificate_id=certificate.id,
        serial=certificate.number,
        entry=facts.book_entry,
        number=facts.number,
        name=facts.name,
        unit=", ".join(part for part in (facts.team, facts.commune) if part and part != facts.name),
        course=facts.course,
        decision=facts.decision.removeprefix("Quyết định số "),
        entered_on=vn_day(lines[0].at) if lines else "",
        state=state,
        notes=tuple([facts.note, *notes] if facts.note else notes),
        is_void="void" in kinds,
    )


def _what(line: Any) -> str:
    return f"ngày {vn_day(line.at)}: {line_detail(line)}"
