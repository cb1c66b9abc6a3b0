"""Pages of the number book: on screen, as a spreadsheet, as a paper; and the list to be signed."""

from typing import Any

from flask import Response, request, url_for

from lms.access import the_actor
from lms.certificates import book_papers, queries
from lms.certificates.book_rows import COLUMNS, Standing, book_rows
from lms.certificates.list_pages import issuer_of
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.pages import deed, download, render

A_PAGE = 200


def number_book(book_id: int) -> Response:
    """Show the book, some numbers at a time; crossed-out ones stay."""
    book = Standing.of(queries.one_book(db_session(), the_actor().provinces, book_id))
    after = max(0, request.args.get("sau", 0, int))
    rows = book_rows(db_session(), book, after=after, limit=A_PAGE)
    return render("certificates/book.html", book=book, columns=COLUMNS, rows=rows, after=after, a_page=A_PAGE)


def book_spreadsheet(book_id: int) -> Response:
    """Hand out the whole book as a spreadsheet."""
    actor, session = the_actor(), db_session()
    book = in_unit(lambda s: book_papers.note_export(s, by=actor, book_id=book_id, form="xlsx", now=utc_now()))
    data = book_papers.book_xlsx(session, book, issuer_of(book.issuer.partition(".")[0]))
    return download(data, book_papers.file_name(book, ".xlsx"), book_papers.XLSX)


def print_book(book_id: int) -> Any:
    """Ask for the whole book as a paper; the next page shows how far it is."""
    actor, issuer = the_actor(), issuer_of(_province_of(book_id))
    return deed(
        lambda s: book_papers.order_book(
            s, by=actor, book_id=book_id, issuer=issuer, back=url_for(".number_book", book_id=book_id), now=utc_now()
        ),
        then=lambda job: url_for("lms.journal.show_job", job_id=job.id),
    )


def print_list(list_id: int) -> Any:
    """Ask for a list as the paper to be signed."""
    actor = the_actor()
    listed = queries.one_list(db_session(), actor.provinces, list_id)
    issuer = issuer_of(listed.province_code)
    return deed(
        lambda s: book_papers.order_list(
            s, by=actor, list_id=list_id, issuer=issuer, back=url_for(".show_list", list_id=list_id), now=utc_now()
        ),
        then=lambda job: url_for("lms.journal.show_job", job_id=job.id),
    )


def _province_of(book_id: int) -> str:
    return queries.one_book(db_session(), the_actor().provinces, book_id).issuer.partition(".")[0]
