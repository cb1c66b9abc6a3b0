"""The number book on screen, as spreadsheet and as paper: one set of rows; and the list that is signed."""

import io
import re
from itertools import accumulate

import openpyxl
import page as validator
import pikepdf
import pytest
from sqlalchemy import select

from lms.certificates import book_papers, rules
from lms.certificates.book_rows import COLUMNS, Standing, all_rows, book_rows
from lms.certificates.jobs import HANDLERS
from lms.certificates.models import ApprovalList, NumberBook
from lms.db import in_unit
from lms.errors import NotFound
from lms.files import store
from lms.files.models import StoredFile
from lms.journal.jobs import run_all
from lms.journal.models import Job, JournalEntry
from lms.printing import registers
from lms.words import sort_key
from tests.factories import actor_of, officer
from tests.lms.certificates.world import (
    ISSUER,
    NAMES,
    NOW,
    approve,
    certificates,
    finalised_class,
    learned,
    propose,
    propose_about,
    published,
    second_officer,
    the_officer,
)
from tests.lms.printing.papers import text_of

OFFICE = "/quan-ly/chung-nhan/"
HOSTILE = "=HYPERLINK(1)"


@pytest.fixture
def make(app):
    """Lay out the papers that wait, and do no other work."""
    idle = dict.fromkeys(HANDLERS, lambda *_: {})
    papers = {kind: HANDLERS[kind] for kind in (book_papers.BOOK_PAPER, book_papers.LIST_PAPER)}
    return lambda: run_all(idle | papers)


@pytest.fixture
def book(app, session):
    """A book in which everything has happened: valid, revoked, copied, void, not yet public."""
    first, second = the_officer(), second_officer()
    rows = published()
    asked = in_unit(
        lambda s: rules.ask_revoke(
            s, by=first, certificate_id=rows[0].id, decision=rules.Decision("52/QĐ-SKHCN", NOW.date()),
            category="fraud", detail="Chuyện riêng", now=NOW,
        ).id
    )  # fmt: skip
    in_unit(lambda s: rules.accept_ending(s, by=second, request_id=asked, now=NOW))
    in_unit(lambda s: rules.note_copy(s, by=first, certificate_id=rows[1].id, reason="bị ướt", now=NOW))
    approve(finalised_class((HOSTILE, "Trần Thị Chờ")))
    void = certificates()[3]
    asked = in_unit(lambda s: rules.ask_void(s, by=first, certificate_id=void.id, reason="nhầm tên", now=NOW).id)
    in_unit(lambda s: rules.accept_ending(s, by=second, request_id=asked, now=NOW))
    return in_unit(lambda s: Standing.of(s.scalars(select(NumberBook)).one()))


def sheet(data):
    return openpyxl.load_workbook(io.BytesIO(data)).active


def letters(text):
    """Return a text without what the end of a line does to it."""
    return re.sub(r"[\W_]+", "", text)


def order_book(book, by=None):
    actor = by or the_officer()
    return in_unit(
        lambda s: book_papers.order_book(s, by=actor, book_id=book.book_id, issuer=ISSUER, back="/", now=NOW).id
    )


def paper_of(session, job_id):
    job = session.get_one(Job, job_id, populate_existing=True)
    return store.read(session.get_one(StoredFile, job.result["file_id"]).sha256)


def test_every_number_keeps_its_row_and_says_what_became_of_it(book, session):
    rows = book_rows(session, book)

    assert [row.entry for row in rows] == ["0001", "0002", "0003", "0004", "0005"]
    assert [row.state for row in rows] == ["Đã thu hồi", "Hợp lệ", "Hợp lệ", "Đã hủy số", "Chưa công bố"]
    assert rows[0].notes == (
        "Thu hồi ngày 21/11/2026: Quyết định số 52/QĐ-SKHCN ngày 21/11/2026. "
        "Gian lận trong học tập, điểm danh hoặc hồ sơ",
    )
    assert rows[1].notes == ("Cấp ngày 21/11/2026: bản sao thứ 1: bị ướt",)
    assert rows[3].notes == ("Hủy số ngày 21/11/2026: nhầm tên",)
    assert [row.is_void for row in rows] == [False, False, False, True, False]
    assert rows[0].decision == "45/QĐ-SKHCN ngày 20/11/2026"
    assert "Chuyện riêng" not in str(rows)


def test_screen_spreadsheet_and_paper_show_the_same_rows(book, session, client, make):
    expected = [row.cells for row in book_rows(session, book)]
    client.sign_in(officer())

    shown = client.get(f"{OFFICE}so/{book.book_id}")
    on_screen = [tuple(" ".join(td.get_text().split()) for td in tr("td")) for tr in shown.soup.tbody("tr")]
    taken = sheet(client.get(f"{OFFICE}so/{book.book_id}.xlsx").data)
    lines = [[cell.value or "" for cell in row] for row in taken.iter_rows()]
    head = lines.index(list(COLUMNS))
    in_sheet = [tuple(line) for line in lines[head + 1 : head + 1 + len(expected)]]
    job_id = order_book(book)
    make()
    on_paper = letters(text_of(paper_of(session, job_id)))

    assert on_screen == expected
    assert in_sheet == expected
    for row in expected:
        for cell in row:
            assert letters(cell) in on_paper


def test_no_name_becomes_a_formula_and_a_void_row_is_struck(book, session):
    page = sheet(book_papers.book_xlsx(session, book, ISSUER))
    by_name = {row[2].value: row for row in page.iter_rows() if row[2].value}

    assert by_name[HOSTILE][2].data_type == "s"
    assert by_name[HOSTILE][2].font.strike
    assert not by_name[NAMES[0]][2].font.strike
    assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert any(book.head in str(row[0].value) and f"dòng {book.lines}" in str(row[0].value) for row in page.iter_rows())


def test_the_paper_carries_the_head_of_the_chain_and_the_official_head(book, session, make):
    job_id = order_book(book)
    make()

    said = text_of(paper_of(session, job_id))

    bare = re.sub(r"\s+", "", said)
    assert book.head in bare
    assert f"dòng{book.lines}" in bare
    for line in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SỔ CẤP GIẤY CHỨNG NHẬN NĂM 2026", "Từ số 0001 đến số 0005"):
        assert re.sub(r"\s+", "", line) in bare
    assert "TRẦNTHỊKÝ" in bare.upper()


def test_what_is_added_after_the_paper_was_asked_for_is_not_on_it(book, session, make):
    job_id = order_book(book)
    approve(finalised_class(("Người Đến Sau",)))
    in_unit(lambda s: rules.note_copy(s, by=the_officer_now(s), certificate_id=2, reason="lần sau", now=NOW))
    make()

    said = text_of(paper_of(session, job_id))

    assert "Người Đến Sau" not in said
    assert "lần sau" not in said
    assert len(book_rows(session, book)) == 5


@pytest.fixture(scope="module")
def pieces():
    """A book of sixty numbers, laid out in three pieces."""
    paper = registers.RegisterPaper(
        agency="Sở", title="Sổ", about="", columns=COLUMNS, closing=("Mã cuối sổ",), place="Thanh Hóa", day=NOW.date(),
        authority=("GIÁM ĐỐC",),
    )  # fmt: skip
    rows = [registers.RegisterRow((f"{n:04d}", *"abcdefg")) for n in range(1, 61)]
    return list(registers.register_pieces(paper, iter([rows[:30], rows[30:50], rows[50:]])))


def test_a_long_book_is_laid_out_in_pieces_whose_pages_count_through(pieces):
    said = [text_of(piece) for piece in pieces]
    bound = text_of(registers.bind_pieces(pieces))

    assert "Còn tiếp trang sau" in said[0]
    assert "Còn tiếp trang sau" in said[1]
    assert "Mã cuối sổ" not in said[0]
    assert "Mã cuối sổ" in said[2]
    assert "GIÁM ĐỐC" not in said[0]
    assert [f"{n:04d}" in bound for n in range(1, 61)] == [True] * 60
    assert said[2].split()[-1] == str(sum(registers._count_pages(piece) for piece in pieces))


def test_a_bound_book_is_read_aloud_like_its_pieces_one_after_the_other(pieces):
    bound = registers.bind_pieces(pieces)

    report = validator.validate_pdf_bytes(bound, profile=validator.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, report.failures
    document, *rest = read_aloud(bound)
    assert document == ("/Document", None, [])
    assert rest == [
        (kind, None if page is None else page + before, marks)
        for piece, before in zip(pieces, pages_before(pieces), strict=True)
        for kind, page, marks in read_aloud(piece)[1:]
    ]
    assert registers.bind_pieces(pieces) == bound
    assert len(bound) < sum(map(len, pieces))


def pages_before(pieces):
    return list(accumulate((registers._count_pages(piece) for piece in pieces[:-1]), initial=0))


def read_aloud(data):
    """Return every tag in reading order: its kind, the page it leads to, and the marks of its words there.

    From each page the tree of parents must lead back to tags of that page.
    """
    with pikepdf.open(io.BytesIO(data)) as file:
        parents = list(file.Root.StructTreeRoot.ParentTree.Nums)
        of_page = dict(zip(map(int, parents[::2]), parents[1::2], strict=True))
        pages = {}
        for number, page in enumerate(file.pages):
            assert {tag.Pg.objgen for tag in of_page[int(page.obj.StructParents)]} == {page.obj.objgen}
            pages[page.obj.objgen] = number
        return list(_tags(file.Root.StructTreeRoot.K[0], pages))


def _tags(tag, pages):
    inside = tag.get("/K", [])
    inside = list(inside) if isinstance(inside, pikepdf.Array) else [inside]
    page = pages[tag.Pg.objgen] if "/Pg" in tag else None
    yield str(tag.S), page, [int(mark) for mark in inside if isinstance(mark, int)]
    for one in inside:
        if isinstance(one, pikepdf.Dictionary) and "/S" in one:
            yield from _tags(one, pages)


def test_who_took_the_book_stands_in_the_journal_and_a_stranger_gets_none(book, session, client):
    account = officer(name="Bà Ba")
    client.sign_in(account).get(f"{OFFICE}so/{book.book_id}.xlsx")
    order_book(book, actor_of(account))

    taken = session.scalars(
        select(JournalEntry).where(JournalEntry.verb == "export_book").order_by(JournalEntry.id)
    ).all()
    assert [(one.actor_id, one.detail["form"], one.detail["head"]) for one in taken] == [
        (account, "xlsx", book.head),
        (account, "pdf", book.head),
    ]
    with pytest.raises(NotFound):
        order_book(book, actor_of(officer("52", "Siu Black")))


def test_the_list_to_be_signed_names_people_decision_and_how_the_book_stood(book, session, client, make):
    listed = propose(finalised_class(("Đinh Thị Mới",)))
    list_id, line, head = listed.id, listed.seen_line, listed.seen_head
    assert (line, head) == (book.lines, book.head)
    client.sign_in(officer())
    page = client.get(f"{OFFICE}danh-sach/{list_id}")
    ordered = client.send(page.form("/ban-in"))
    make()

    said = re.sub(r"\s+", "", text_of(client.get(f"{ordered.location}/tep").data))

    for told in ("ĐỀ NGHỊ CẤP GIẤY CHỨNG NHẬN", "Đinh Thị Mới", "Tổ trưởng", "45/QĐ-SKHCN ngày 20/11/2026", "Lớp 03",
                 f"dòng {line}", head, "Phường Hạc Thành"):  # fmt: skip
        assert re.sub(r"\s+", "", told).casefold() in said.casefold()


def test_the_signed_list_of_what_was_learned_keeps_the_order_of_its_numbers(session, make):
    people = learned()
    listed = propose_about("course", "dich-vu-cong", [f"course:{person}:dich-vu-cong" for person in people])
    actor, list_id = the_officer(), listed.id
    job_id = in_unit(
        lambda s: book_papers.order_list(s, by=actor, list_id=list_id, issuer=ISSUER, back="/", now=NOW).id
    )
    make()

    said = " ".join(text_of(paper_of(session, job_id)).split())

    places = [said.index(name) for name in sorted(NAMES, key=sort_key)]
    assert places == sorted(places)


def test_the_book_is_read_page_by_page(book, client, monkeypatch):
    monkeypatch.setattr("lms.certificates.book_pages.A_PAGE", 2)
    client.sign_in(officer())

    first = client.get(f"{OFFICE}so/{book.book_id}")
    second = client.get(first.soup.find("a", string="Trang sau")["href"])
    third = client.get(second.soup.find("a", string="Trang sau")["href"])

    numbers = [tr.td.get_text(strip=True) for page in (first, second, third) for tr in page.soup.tbody("tr")]
    assert numbers == ["0001", "0002", "0003", "0004", "0005"]
    assert not third.soup.find("a", string="Trang sau")


def test_all_rows_come_in_order_however_few_at_a_time(book, session, monkeypatch):
    monkeypatch.setattr("lms.certificates.book_rows.book_rows.__kwdefaults__", {"after": 0, "limit": 2})

    assert [row.entry for rows in all_rows(session, book) for row in rows] == ["0001", "0002", "0003", "0004", "0005"]


def the_officer_now(session):
    """An officer who is there already: a unit cannot make another."""
    from lms.access import Actor, RoleView

    return Actor(session.scalar(select(ApprovalList.proposed_by_id)), None, "Lê Thị Sở", (RoleView("officer", "38"),))
