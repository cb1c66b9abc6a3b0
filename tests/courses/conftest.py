"""Two courses, written by the tests themselves: a small one, and one that meets every standard."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest

from courses import Fault, Lesson, Package, SourceFiles, check_files, load_files
from tests.courses.model import FACTS, model_files

TODAY = date(2026, 11, 21)

COURSE = """\
format: 1
slug: an-toan-so
title: An toàn số
summary: Giữ mình trên mạng.
audience: Thành viên Tổ công nghệ số cộng đồng
skills: [bao-ve-minh]
minutes: 10
rule:
  required: [mat-khau]
  elective: [tin-nhan-la]
  elective_at_least: 0
license: CC BY 4.0
authors: [Nguyễn Thị Đẹp]
"""

LESSON = """\
---
title: Mật khẩu
minutes: 8
goal: Anh/chị đặt được mật khẩu tốt.
test: {draw: 3, pass: 60}
facts:
  - key: khong-doc-otp
    text: Không đọc mã OTP cho ai.
    source: Cẩm nang an toàn, trang 4
    checked: 2026-11-20
    review: 2027-05-20
---
## Đặt mật khẩu dài
Mật khẩu **dài** thì khó đoán.

![Ổ khoá đóng](media/o-khoa.svg)

## Bẫy: đọc mã cho người gọi
{: .trap}
Không ai có quyền hỏi mã của bác.

## Hướng dẫn lại cho người khác
{: .teach}
1. Làm mẫu một lần.

## Phiếu các bước
{: .sheet}
1. Mở cài đặt.
"""

QUESTIONS = """\
practice:
  - key: p1
    kind: choice
    text: Mật khẩu nào tốt hơn?
    card: 1
    options:
      - {text: "123456", help: Kẻ xấu thử dãy này trước.}
      - {text: hoa-sim-tim-tren-doi, right: true}
bank:
  - {key: t1, kind: truefalse, text: Đọc mã OTP cho ngân hàng., right: false,
     help: Ngân hàng không hỏi mã., card: 2, facts: [khong-doc-otp]}
  - key: t2
    kind: several
    text: Điều gì nên làm?
    card: 1
    options:
      - {text: Đặt mật khẩu dài, right: true}
      - {text: Dùng một mật khẩu mọi nơi, help: Lộ một nơi là lộ hết.}
      - {text: Bật xác thực hai lớp, right: true}
  - {key: t3, kind: order, text: Xếp các bước., steps: [Mở máy, Vào cài đặt, Đổi mật khẩu],
     help: Mở máy trước tiên., card: 1}
  - key: t4
    kind: match
    text: Ghép cho đúng.
    pairs: [{left: Mật khẩu, right: chỉ mình biết}, {left: Tên, right: ai cũng biết}]
    help: Mật khẩu là của riêng.
    card: 1
  - {key: t5, kind: short, text: "Số tổng đài?", accept: ["1900 0368"], help: Xem thẻ 1., card: 1}
"""

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>Ổ khoá</title><rect width="9" height="9"/></svg>'
)


def _sample_files() -> SourceFiles:
    texts = {
        "course.yml": COURSE,
        "lessons/01-mat-khau.md": LESSON,
        "questions/01-mat-khau.yml": QUESTIONS,
        "lessons/02-tin-nhan-la.md": LESSON.replace("title: Mật khẩu", "title: Tin nhắn lạ"),
        "questions/02-tin-nhan-la.yml": QUESTIONS,
        "media/o-khoa.svg": DRAWING,
    }
    return {path: text.encode() for path, text in texts.items()}


@pytest.fixture
def today() -> date:
    """The day on which all courses here are checked."""
    return TODAY


@pytest.fixture
def files() -> SourceFiles:
    """The source files of a small course: good enough to be published, not up to the whole standard."""
    return _sample_files()


@pytest.fixture(scope="session")
def package() -> Package:
    """The good course, loaded."""
    return load_files(_sample_files(), today=TODAY)


@pytest.fixture
def model_course() -> SourceFiles:
    """The source files of a course that meets every standard: nothing is found in it."""
    return model_files()


@pytest.fixture
def content(tmp_path: Path, model_course: SourceFiles) -> Path:
    """The model course as authors keep it: in a content folder, its facts in the bank beside it."""
    root = tmp_path / "content"
    course = {path: data for path, data in model_course.items() if path != "facts.yml"}
    for path, data in course.items():
        _write(root / "courses" / "giu-minh" / path, data)
    _write(root / "facts" / "chung.yml", FACTS.encode())
    _write(root / "skills.yml", "skills: [{key: an-toan, title: Tự bảo vệ}]\nframeworks: []\n".encode())
    return root


@pytest.fixture(scope="session")
def lesson(package: Package) -> Lesson:
    """The first lesson of the good course."""
    return package.lessons[0]


@pytest.fixture
def folder(tmp_path: Path, files: SourceFiles) -> Path:
    """The good course as a folder."""
    root = tmp_path / "an-toan-so"
    for path, data in files.items():
        _write(root / path, data)
    return root


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


Change = Callable[..., tuple[Fault, ...]]


@pytest.fixture
def faults_after(files: SourceFiles) -> Change:
    """Change one file of the good course by replacing text, and return what must or should be repaired.

    What is below the standard of the built-in courses is left out: the small course is.
    """

    def change(path: str, old: str, new: str) -> tuple[Fault, ...]:
        text = files[path].decode()
        assert old in text, "the text to replace must be there"
        changed = {**files, path: text.replace(old, new, 1).encode()}
        return without_shortfalls(check_files(changed, today=TODAY))

    return change


_LIMIT = re.compile("tối đa|ít nhất|cần từ")


def tells_how_to_mend(message: str) -> bool:
    """Tell whether an author reads what to do: a last sentence that begins with Hãy, or the limit itself."""
    return re.split("[.?] ", message)[-1].startswith("Hãy ") or _LIMIT.search(message) is not None


def without_shortfalls(found: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return what is said when a course is published: faults and warnings, no shortfalls."""
    return tuple(fault for fault in found if fault.severity != "shortfall")
