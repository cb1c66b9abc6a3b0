"""A small course for tests: as many lessons as wanted, every kind of question, one picture."""

import courses
from lms.access import SYSTEM
from lms.db import in_unit
from lms.library import rules
from tests.factories import NOON

SKILLS = courses.load_skills(
    """
skills:
  - {key: dich-vu-cong, title: Dịch vụ công trực tuyến}
  - {key: thanh-toan, title: Thanh toán trực tuyến}
frameworks:
  - key: bac-giang-2023
    title: Năm kỹ năng số cơ bản
    source: Chỉ thị năm 2023
    skills:
      - {key: dich-vu-cong, number: 1, wording: Sử dụng dịch vụ công trực tuyến}
      - {key: thanh-toan, number: 3, wording: Thanh toán không dùng tiền mặt}
""".encode()
)
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><path d="M0 0h40v20H0z"/></svg>'

BODY = """## Chỉ một cửa
Vào **một** địa chỉ.

![Màn hình đăng nhập](media/cua.svg)

## Không đưa mã cho ai
{: .trap}
Cán bộ không bao giờ hỏi mã OTP.

## Thử xem
{: .exercise}
Mở trang, không gửi gì cả.

## Hướng dẫn lại
{: .teach}
1. Làm mẫu chậm.

## Phiếu các bước
{: .sheet}
1. Mở trang.
"""

BANK = (
    {"key": "t1", "kind": "truefalse", "text": "Chỉ có một cửa.", "right": True, "help": "Chỉ một cửa.", "card": 1},
    {
        "key": "t2",
        "kind": "choice",
        "text": "Ai được hỏi mã OTP?",
        "card": 2,
        "options": [{"text": "Không ai", "right": True}, {"text": "Cán bộ xã", "help": "Cán bộ không hỏi mã."}],
    },
    {
        "key": "t3",
        "kind": "several",
        "text": "Cần gì để vào?",
        "card": 1,
        "options": [
            {"text": "Điện thoại", "right": True},
            {"text": "VNeID", "right": True},
            {"text": "Tiền", "help": "Không mất tiền."},
        ],
    },
    {
        "key": "t4",
        "kind": "order",
        "text": "Xếp thứ tự.",
        "steps": ["Mở", "Nhập", "Gửi"],
        "help": "Mở trước.",
        "card": 3,
    },
    {
        "key": "t5",
        "kind": "match",
        "text": "Nối lại.",
        "pairs": [{"left": "A", "right": "một"}, {"left": "B", "right": "hai"}],
        "help": "A là một.",
        "card": 2,
    },
    {"key": "t6", "kind": "short", "text": "Số tổng đài?", "accept": ["1900 0368"], "help": "1900 0368.", "card": 1},
)
RIGHT = {
    "t1": "dung",
    "t2": "a",
    "t3": ["a", "b"],
    "t4": [1, 2, 3],
    "t5": [0, 1],
    "t6": "1900.0368",
}


def make_files(
    lessons=("mot-cua", "nop-ho-so"),
    *,
    slug="dich-vu-cong",
    skills=("dich-vu-cong",),
    draw=6,
    required=None,
    title=None,
):
    """Return the source files of a course."""
    meta = {
        "slug": slug,
        "title": title or "Dịch vụ công trực tuyến",
        "summary": "Làm thủ tục trên điện thoại.",
        "audience": "Thành viên Tổ công nghệ số cộng đồng",
        "skills": list(skills),
        "minutes": 30,
        "license": "CC BY 4.0",
        "authors": ["Nhóm biên soạn"],
    }
    if required is not None:
        meta["rule"] = {"required": list(required)}
    return courses.files_from_parts(meta, [make_part(name, draw) for name in lessons], {"cua.svg": DRAWING})


def make_part(slug, draw=6):
    """Return one lesson."""
    front = {
        "title": f"Bài {slug.replace('-', ' ')}",
        "minutes": 8,
        "goal": "Tự làm được.",
        "test": {"draw": draw, "pass": 80},
        "facts": [
            {
                "key": "mot-cua",
                "text": "Chỉ còn một cổng.",
                "source": "Công văn 3701",
                "checked": "2026-11-01",
                "review": "2027-05-01",
            }
        ],
    }
    practice = [{**question, "key": f"p{number}"} for number, question in enumerate(BANK, start=1)]
    return courses.LessonPart(slug, front, BODY, BANK, practice)


def publish(files=None, *, by=SYSTEM, now=NOON):
    """Load the skills and publish; return the version's id."""

    def work(session):
        rules.load_frameworks(session, SKILLS, now=now)
        return rules.publish_files(session, files or make_files(), by=by, now=now).id

    return in_unit(work)
