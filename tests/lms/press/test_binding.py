"""Many papers in one file, streamed: a run for the printer, and a ZIP."""

import hashlib
import io
import zipfile
from datetime import date
from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from lms.press import Facts, Frozen, PrintRun, compile_template, press, zip_of
from tests.lms.press.specimens import ADDRESS, facts, template

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.fixture(scope="module")
def frozen() -> Frozen:
    return compile_template(template("don-gian"), address=ADDRESS)


def people(count: int) -> list[Facts]:
    codes = [hashlib.sha256(f"{number}".encode()).digest()[:21] for number in range(count)]
    ids = ["".join(ALPHABET[byte % 32] for byte in code) for code in codes]
    return [
        facts(name=f"Nguyễn Thị Tư {number}", number=f"{number:04}/2026/GCN-SKHCN", code=f"{id_[:5]}-{id_[5:]}",
              address=ADDRESS[:-21] + id_)
        for number, id_ in enumerate(ids)
    ]  # fmt: skip


def test_a_print_run_has_a_page_for_each_paper_and_shows_the_same(frozen: Frozen) -> None:
    everybody = people(300)
    run = PrintRun(frozen, everybody)
    data = b"".join(run)
    assert (run.pages, run.left_out) == (300, [])
    with pikepdf.open(BytesIO(data)) as file:
        assert file.check_pdf_syntax() == []
        assert len(file.pages) == 300
    single = press(template("don-gian"), everybody[257], frozen)
    with pypdfium2.PdfDocument(data) as bound, pypdfium2.PdfDocument(bytes(single)) as alone:
        assert bytes(bound[257].render(scale=1.5).buffer) == bytes(alone[0].render(scale=1.5).buffer)


def test_a_page_of_a_run_takes_little_room(frozen: Frozen) -> None:
    some, more = (sum(map(len, PrintRun(frozen, people(count)))) for count in (100, 300))
    assert (more - some) / 200 <= 2200


def test_whoever_is_not_covered_is_named(frozen: Frozen) -> None:
    stranger = facts(name="Дмитрий")
    run = PrintRun(frozen, [facts(), stranger, facts()])
    with pikepdf.open(BytesIO(b"".join(run))) as file:
        assert len(file.pages) == 2
    assert run.left_out == [stranger]


def test_a_run_of_nobody_is_no_file(frozen: Frozen) -> None:
    assert b"".join(PrintRun(frozen, [])) == b""


def test_a_zip_holds_every_file_byte_for_byte(frozen: Frozen) -> None:
    papers = {f"giấy {about.number[:4]}.pdf": press(template("don-gian"), about, frozen) for about in people(5)}
    bound = b"".join(zip_of(((name, (paper.stem, paper.rest)) for name, paper in papers.items()), date(2026, 11, 20)))
    with zipfile.ZipFile(io.BytesIO(bound)) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == {k: bytes(v) for k, v in papers.items()}
        assert {entry.date_time[:3] for entry in file.infolist()} == {(2026, 11, 20)}
    again = zip_of(((name, (bytes(paper),)) for name, paper in papers.items()), date(2026, 11, 20))
    assert b"".join(again) == bound


def test_a_zip_of_more_files_than_the_old_format_counts_can_be_read() -> None:
    bound = b"".join(zip_of(((f"{number}", (b"x",)) for number in range(65_540)), date(2026, 1, 1)))
    with zipfile.ZipFile(io.BytesIO(bound)) as file:
        assert len(file.namelist()) == 65_540


def test_a_zip_is_written_as_it_goes(frozen: Frozen) -> None:
    asked: list[int] = []

    def endless() -> object:
        for number in range(1000):
            asked.append(number)
            yield f"{number}.pdf", (b"%PDF",)

    stream = zip_of(endless(), date(2026, 1, 1))  # type: ignore[arg-type]
    next(stream)
    assert asked == [0]
