"""What a file promises to an archive, to a screen reader and to whoever compares two copies."""

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import page as validator
import pikepdf
import pytest

from lms.press import Facts, Frozen, Pressed, Template, compile_template, press
from lms.press.pressing import press_compiled, press_laid_out
from tests.lms.press.specimens import ADDRESS, facts, pictures, template

ROOT = Path(__file__).parents[3]
ARCHIVE = (validator.ValidationProfile.PDF_A_3A, validator.ValidationProfile.PDF_UA_1)


@pytest.fixture(scope="module")
def sealed() -> Template:
    return template("don-gian", pictures=pictures())


@pytest.fixture(scope="module")
def frozen(sealed: Template) -> Frozen:
    return compile_template(sealed, address=ADDRESS)


@pytest.fixture(scope="module")
def both(sealed: Template, frozen: Frozen) -> tuple[Pressed, Pressed]:
    return press_compiled(frozen, facts()), press_laid_out(sealed, facts())


@pytest.mark.parametrize("profile", ARCHIVE)
def test_both_ways_keep_the_standards_they_claim(both: tuple[Pressed, Pressed], profile: object) -> None:
    for paper in both:
        report = validator.validate_pdf_bytes(bytes(paper), profile=profile)
        assert report.is_compliant, str(report)


def test_a_paper_with_empty_lines_keeps_them_too(frozen: Frozen) -> None:
    bare = press_compiled(frozen, facts(role="", team="", commune="", province="", note="", decision=""))
    for profile in ARCHIVE:
        assert validator.validate_pdf_bytes(bytes(bare), profile=profile).is_compliant


def test_the_file_says_its_title_and_no_day_but_that_of_issue(both: tuple[Pressed, Pressed]) -> None:
    for paper in both:
        with pikepdf.open(BytesIO(bytes(paper))) as file:
            assert file.docinfo.Title == "Giấy chứng nhận số 0123/2026/GCN-SKHCN"
            assert str(file.docinfo.CreationDate) == "D:20261120"
            assert "/ModDate" not in file.docinfo
            xmp = file.Root.Metadata.read_bytes().decode()
            assert 'xmp:CreateDate="2026-11-20"' in xmp
            assert '<rdf:li xml:lang="x-default">Giấy chứng nhận số 0123/2026/GCN-SKHCN</rdf:li>' in xmp
            assert "/Filter" not in file.Root.Metadata
            params = file.Root.AF[0].EF.F.Params
            assert {str(params.ModDate), str(params.CreationDate)} == {"D:20261120"}


def test_the_facts_are_attached_as_they_are_stored(both: tuple[Pressed, Pressed]) -> None:
    for paper in both:
        with pikepdf.open(BytesIO(bytes(paper))) as file:
            attached = file.Root.AF[0]
            data = attached.EF.F.read_bytes()
            assert attached.AFRelationship == "/Data"
            assert attached.EF.F.Params.Size == len(data)
            assert bytes(attached.EF.F.Params.CheckSum) == hashlib.md5(data, usedforsecurity=False).digest()
            assert list(file.attachments) == ["thong-tin.json"]
        assert data == facts().as_json()


def test_a_name_of_two_files_is_the_same_only_for_the_same_certificate(frozen: Frozen, sealed: Template) -> None:
    def name(paper: Pressed) -> list[bytes]:
        with pikepdf.open(BytesIO(bytes(paper))) as file:
            return [bytes(part) for part in file.trailer.ID]

    one = name(press_compiled(frozen, facts()))
    assert one == name(press_laid_out(sealed, facts()))
    assert one != name(press_compiled(frozen, facts(code="0K3M9-QX2WD-8RZ4T-N6HPC-X")))


def test_it_is_read_aloud_in_the_order_of_the_paper(both: tuple[Pressed, Pressed]) -> None:
    for paper in both:
        with pikepdf.open(BytesIO(bytes(paper))) as file:
            assert str(file.Root.Lang) == "vi"
            tags = [str(part.S) for part in file.Root.StructTreeRoot.K[0].K[0].K]
            alts = [str(part.Alt) for part in file.Root.StructTreeRoot.K[0].K[0].K if "/Alt" in part]
        assert tags.count("/H1") == 1
        assert tags.index("/H1") < tags.index("/P", tags.index("/H1"))
        assert alts[-1] == "Mã QR mở trang kiểm tra giấy chứng nhận này"
        assert len(alts) == 4


def test_the_hash_is_that_of_the_whole_file(both: tuple[Pressed, Pressed]) -> None:
    for paper in both:
        assert paper.sha256 == hashlib.sha256(bytes(paper)).hexdigest()
        assert len(paper) == len(bytes(paper))
    assert both[0].way == "compiled"
    assert both[1].stem == b""


def test_a_file_stays_small(frozen: Frozen) -> None:
    plain = template("don-gian")
    quick, slow = press(plain, facts(), compile_template(plain, address=ADDRESS)), press(plain, facts())
    assert len(slow) < 40_000
    assert len(quick) < 66_000
    assert len(quick.rest) < 14_000


PRESS_ALL = """
import hashlib, sys
from lms.press import compile_template
from lms.press.pressing import press_compiled, press_laid_out
from tests.lms.press.specimens import ADDRESS, facts, pictures, template
sealed = template("don-gian", pictures=pictures())
frozen = compile_template(sealed, address=ADDRESS)
print(hashlib.sha256(frozen.to_bytes()).hexdigest())
print(press_compiled(frozen, facts()).sha256)
print(press_laid_out(sealed, facts()).sha256)
"""


def test_the_bytes_are_the_same_in_every_process(frozen: Frozen, both: tuple[Pressed, Pressed]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESS_ALL],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    ours = [hashlib.sha256(frozen.to_bytes()).hexdigest(), *(paper.sha256 for paper in both)]
    assert done.stdout.split() == ours


def test_a_fact_that_is_no_line_is_refused() -> None:
    for wrong in ("hai\ndòng", "a\x00", "\ud800", "\ufffe"):
        with pytest.raises(ValueError, match="one line"):
            facts(name=wrong)
    with pytest.raises(ValueError, match="isoformat"):
        Facts(name="A", number="1", code="1", address="1", issued="hôm nay")
