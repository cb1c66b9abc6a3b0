"""A course as a whole for tests: places for a province's words, facts of both marks, sister lessons, messages."""

import courses
from lms.db import in_unit
from lms.library import local_words
from tests.factories import NOON, THANH_HOA, actor_of, officer
from tests.lms.library.package import BANK, publish

SLUG = "dia-phuong"
LESSON = f"/khoa-hoc/{SLUG}/bao-viec/"

BODY = """## Gọi đúng số
{: facts="so-tinh"}
Gọi {tinh.duong-day-nong} khi đèn hỏng. Đọc thêm [bài thứ hai](bai:hoi-lai).

## Không đưa mã cho ai
{: .trap facts="so-tinh theo-luat"}
Kẻ lừa đảo hay hỏi mã OTP. Gõ {gio-mo.gio} rồi mới hỏi.

## Thử xem
{: .exercise}
Mở {tinh.ung-dung}, không gửi gì cả. Giảm 100% nỗi lo.

## Hướng dẫn lại
{: .teach}
1. Gọi {tinh.duong-day-nong} cho bà con nghe. Xem [bài thứ hai](bai:hoi-lai).

## Phiếu các bước
{: .sheet}
1. Gọi {tinh.duong-day-nong}.
"""
PLAIN = """## Hỏi lại nơi chính thức
Máy có thể nhầm, nghe xong phải hỏi lại.

## Hướng dẫn lại
{: .teach}
1. Làm mẫu chậm.

## Phiếu các bước
{: .sheet}
1. Hỏi lại.
"""
FACTS = [
    {
        "key": "so-tinh",
        "text": "Tỉnh có một số điện thoại chung.",
        "source": "Báo tỉnh",
        "mark": "B",
        "checked": "2026-11-10",
        "review": "2026-12-20",
    },
    {
        "key": "gio-mo",
        "text": "Nơi tiếp dân mở lúc {gio}.",
        "values": {"gio": "7 giờ"},
        "source": "Trang của xã",
        "mark": "B",
        "checked": "2026-11-05",
        "review": "2027-11-05",
    },
    {
        "key": "theo-luat",
        "text": "Không ai được hỏi mã OTP.",
        "source": "Luật An ninh mạng",
        "mark": "A",
        "checked": "2026-10-01",
        "review": "2027-10-01",
    },
]
VARIABLES = [
    {"key": "duong-day-nong", "label": "Số đường dây nóng của tỉnh", "fallback": "số tổng đài tỉnh đã công bố"},
    {"key": "ung-dung", "label": "Tên ứng dụng của tỉnh", "fallback": "ứng dụng của tỉnh"},
]
LOUDSPEAKER = "# Bà con nghe nhé\n\nXin gọi {tinh.duong-day-nong}. " + "Chậm rãi từng việc một. " * 75
ZALO = "Bà con gọi {tinh.duong-day-nong} nhé. Xem ở đây: {link}"


def make_course(*, slug=SLUG, title="Nền tảng số ở địa phương", facts=FACTS, variables=VARIABLES, body=BODY):
    """Return the source files of the course."""
    meta = {
        "slug": slug,
        "title": title,
        "summary": "Báo việc của xóm đúng nơi.",
        "audience": "Thành viên Tổ công nghệ số cộng đồng",
        "skills": ["dich-vu-cong"],
        "minutes": 20,
        "license": "CC BY 4.0",
        "authors": ["Nhóm biên soạn"],
    }
    if variables:
        meta["variables"] = variables
    bank = [{**BANK[0], "facts": ["so-tinh"]}, *BANK[1:]]
    lessons = [
        _lesson("bao-viec", "Báo việc của xóm", body, facts, bank),
        _lesson("hoi-lai", "Hỏi lại cho chắc", PLAIN, [], BANK),
    ]
    files = courses.files_from_parts(meta, lessons, {})
    return {**files, "loudspeaker.md": LOUDSPEAKER.encode(), "zalo.txt": ZALO.encode()}


def publish_course(**changes):
    """Publish the course; return the version's id."""
    return publish(make_course(**changes))


def set_words(values, province=THANH_HOA, by=None):
    """Let a province's officer set its words; return the keys that changed."""
    actor = by or actor_of(officer(province))
    return in_unit(lambda s: local_words.set_local_words(s, by=actor, province_code=province, values=values, now=NOON))


def _lesson(slug, title, body, facts, bank):
    front = {"title": title, "minutes": 8, "goal": "Tự làm được.", "test": {"draw": 3, "pass": 80}, "facts": facts}
    practice = [{**question, "key": f"p{number}"} for number, question in enumerate(bank, start=1)]
    return courses.LessonPart(slug, front, body, bank, practice)
