"""The number book as spreadsheet and as paper, and the list that is signed before anything is issued.

Papers are laid out by the worker, as all papers are; each says what stood in the book when it was asked for.
"""

import io
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.certificates.book_rows import AT_ONCE, COLUMNS, BookRow, Standing, all_rows
from lms.certificates.issuers import Decision, Issuer
from lms.certificates.models import ApprovalEntry, ApprovalList
from lms.certificates.queries import one_book, one_list
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import queue_job, record

BOOK_PAPER, LIST_PAPER = "certificates.book_paper", "certificates.list_paper"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_WIDTHS = (10, 24, 28, 36, 28, 30, 13, 44)
_LIST_COLUMNS = ("STT", "Họ và tên", "Chức vụ", "Đơn vị", "Hoàn thành")
_HEAD_ROWS = 7


def title_of(book: Standing) -> str:
    """Return the title of a book."""
    return f"Sổ cấp giấy chứng nhận năm {book.year}"


def file_name(book: Standing, ending: str) -> str:
    """Return "so-cap-giay-chung-nhan-2026-38.SKHCN.xlsx"."""
    return f"so-cap-giay-chung-nhan-{book.year}-{book.issuer}{ending}"


def note_export(session: Session, *, by: Actor, book_id: int, form: str, now: datetime) -> Standing:
    """Write into the journal who took the book away in which form; return how the book stood.

    Raises:
        NotFound: not a book of the officer's province.
    """
    book = one_book(session, by.provinces, book_id)
    record(
        session, by=by, verb="export_book", kind="number_book", object_id=book_id, area=book.issuer.partition(".")[0],
        detail={"form": form, "line": book.lines, "head": book.head}, now=now,
    )  # fmt: skip
    return Standing.of(book)


def order_book(session: Session, *, by: Actor, book_id: int, issuer: Issuer, back: str, now: datetime) -> Job:
    """Ask for the whole book as a paper, as it stands now.

    Raises:
        NotFound: not a book of the officer's province.
    """
    book = note_export(session, by=by, book_id=book_id, form="pdf", now=now)
    payload = {"book": asdict(book), "letterhead": _letterhead(issuer), "back": back}
    return queue_job(session, kind=BOOK_PAPER, payload=payload, by=by, now=now, province=book.issuer.partition(".")[0])


def order_list(session: Session, *, by: Actor, list_id: int, issuer: Issuer, back: str, now: datetime) -> Job:
    """Ask for a list as the paper to be signed.

    Raises:
        NotFound: not a list of the officer's province.
    """
    listed = one_list(session, by.provinces, list_id)
    record(
        session, by=by, verb="print_list", kind="approval_list", object_id=list_id, area=listed.province_code, now=now
    )
    payload = {"list_id": list_id, "issuer": asdict(issuer), "back": back}
    return queue_job(session, kind=LIST_PAPER, payload=payload, by=by, now=now, province=listed.province_code)


def book_xlsx(session: Session, book: Standing, issuer: Issuer) -> bytes:
    """Return the whole book as a spreadsheet; text stays text, so that no name becomes a formula."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _SAFE) as workbook:
        workbook.set_properties({"title": title_of(book), "author": issuer.name})
        page, styles = workbook.add_worksheet(f"Sổ {book.year}"), _styles(workbook)
        _write_head(page, styles, book, issuer)
        row = _HEAD_ROWS
        for rows in all_rows(session, book):
            for line in rows:
                _write_row(page, row, styles, line)
                row += 1
        page.write_string(row + 1, 0, book.sentence, styles["plain"])
    return out.getvalue()


def _styles(workbook: Any) -> dict[str, Any]:
    plain = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
    boxed = {**plain, "border": 1, "text_wrap": True}
    return {
        "plain": workbook.add_format(plain),
        "bold": workbook.add_format({**plain, "bold": True, "align": "center"}),
        "center": workbook.add_format({**plain, "align": "center"}),
        "head": workbook.add_format({**boxed, "bold": True, "align": "center"}),
        "text": workbook.add_format(boxed),
        "void": workbook.add_format({**boxed, "font_strikeout": True}),
    }


def _write_head(page: Any, styles: dict[str, Any], book: Standing, issuer: Issuer) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD_ROWS - 1)
    page.freeze_panes(_HEAD_ROWS, 0)
    for at, width in enumerate(_WIDTHS):
        page.set_column(at, at, width)
    page.merge_range(0, 0, 0, 3, issuer.parent, styles["center"])
    page.merge_range(1, 0, 1, 3, issuer.name, styles["bold"])
    page.merge_range(0, 4, 0, 7, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", styles["bold"])
    page.merge_range(1, 4, 1, 7, "Độc lập - Tự do - Hạnh phúc", styles["bold"])
    page.merge_range(3, 0, 3, 7, title_of(book).upper(), styles["bold"])
    for at, words in enumerate(COLUMNS):
        page.write_string(_HEAD_ROWS - 1, at, words, styles["head"])


def _write_row(page: Any, row: int, styles: dict[str, Any], line: BookRow) -> None:
    last = len(COLUMNS) - 1
    for at, words in enumerate(line.cells):
        page.write_string(row, at, words, styles["void" if line.is_void and at < last else "text"])


def _make_book(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Lay the book out as it stood when it was asked for."""
    from lms.printing import registers

    book, asked_at = Standing(**payload["book"]), job.created_at
    paper = registers.RegisterPaper(
        title=title_of(book),
        about=f"Từ số 0001 đến số {book.last:04d}",
        columns=COLUMNS,
        closing=(book.sentence, "Số bị gạch là số đã hủy. Sổ không có số trống."),
        day=vn_date(asked_at),
        **{**payload["letterhead"], "authority": tuple(payload["letterhead"]["authority"])},
    )
    rows = ([registers.RegisterRow(row.cells, row.is_void) for row in some] for some in all_rows(db_session(), book))
    pieces, total = list[bytes](), -(-book.last // AT_ONCE)
    for piece in registers.register_pieces(paper, rows):
        pieces.append(piece)
        progress.step(len(pieces), max(len(pieces), total), "Đang lập sổ")
    return _kept(registers.bind_pieces(pieces), file_name(book, ".pdf"), payload["back"])


def _make_list(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Lay out the list to be signed, with how the book stood when it was proposed."""
    from lms.printing.registers import ProposalPaper, proposal_pdf

    progress.step(0, 1, "Đang lập danh sách")
    session, issuer = db_session(), Issuer(**payload["issuer"])
    listed = session.get_one(ApprovalList, payload["list_id"])
    decision = Decision(listed.decision_number, listed.decision_date)
    rows = _list_rows(session, listed)
    paper = ProposalPaper(
        about=listed.title,
        basis=f"(Kèm theo Quyết định số {decision})",
        columns=_LIST_COLUMNS,
        rows=rows,
        closing=(
            f"Danh sách có {len(rows)} trường hợp.",
            f"Sổ cấp giấy chứng nhận khi lập danh sách: dòng {listed.seen_line}, "
            f"mã cuối sổ {listed.seen_head or 'chưa có'}.",
        ),
        day=vn_date(listed.proposed_at),
        **{**_letterhead(issuer), "authority": tuple(issuer.authority)},
    )
    return _kept(proposal_pdf(paper), f"danh-sach-de-nghi-{listed.id}.pdf", payload["back"])


def _list_rows(session: Session, listed: ApprovalList) -> tuple[tuple[str, ...], ...]:
    """Return who stands on the list, as frozen when it was proposed; who was taken off it since is left out."""
    found = session.scalars(
        select(ApprovalEntry.facts)
        .where(ApprovalEntry.list_id == listed.id, ApprovalEntry.facts.is_not(None))
        .order_by(ApprovalEntry.position)
    )
    return tuple((str(place), *_person(said or {})) for place, said in enumerate(found, 1))


def _person(said: dict[str, Any]) -> tuple[str, ...]:
    unit = ", ".join(part for part in (said["team"], said["commune"]) if part and part != said["name"])
    return said["name"], said["role"], unit, said["last_day"]


def _letterhead(issuer: Issuer) -> dict[str, Any]:
    return {
        "parent_agency": issuer.parent,
        "agency": issuer.name,
        "place": issuer.place,
        "authority": issuer.authority,
        "signer": issuer.signer_name,
    }


def _kept(data: bytes, name: str, back: str) -> dict[str, Any]:
    file_id = in_unit(lambda s: keep(s, data, name=name, media_type="application/pdf", by=SYSTEM, now=utc_now()).id)
    return {"file_id": file_id, "back": back}


HANDLERS: dict[str, Handler] = {BOOK_PAPER: _make_book, LIST_PAPER: _make_list}
