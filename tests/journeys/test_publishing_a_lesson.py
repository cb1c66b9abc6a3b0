"""A trainer brings a lesson of their own: Markdown or Word with a picture, preview, questions, publishing."""

import io
import json

import docx
import pytest
from PIL import Image

from lms.learning.models import LessonProgress, SkillCompletion
from lms.library.models import CourseVersion
from tests.journeys.answering import COURSE
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

MARKDOWN = """# Tra cứu hồ sơ

## Hồ sơ đang ở đâu

Mở **Cổng Dịch vụ công quốc gia**, bấm *Tra cứu hồ sơ*.

## Mã hồ sơ

- Mã nằm trên giấy hẹn.
- Chụp lại mã để khỏi quên.

## Hướng dẫn lại

Cầm tay chỉ việc, để bà con tự bấm.
"""


def word_file():
    """Return a Word document with two headings and a picture."""
    picture = io.BytesIO()
    Image.new("RGB", (640, 360), (11, 92, 173)).save(picture, "PNG")
    picture.seek(0)
    made = docx.Document()
    made.add_heading("Nhận kết quả", 1)
    made.add_paragraph("Kết quả về trên mạng, hoặc qua bưu chính công ích.")
    made.add_picture(picture, width=docx.shared.Inches(3))
    made.add_heading("Giữ giấy hẹn", 1)
    made.add_paragraph("Giấy hẹn có mã hồ sơ và ngày trả kết quả.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def made(school):
    """A trainer, and a member who has completed the course."""
    people = [("leader", "Hoàng Thị Hoà", "0914994123"), ("member", "Lò Thị Mai", "0914994124")]
    made = school.arrange(
        "society",
        teams={"Thôn 1": {"commune": "14797", "people": people}},
        staff=[{"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": "38"}],
    )
    school.arrange("pass_lessons", people=[made["people"]["Lò Thị Mai"]["account"]])
    return made


@pytest.fixture(scope="module")
def trainer(made, enter):
    return enter("giang-vien", "0914000003", DESK)


@pytest.fixture(scope="module")
def mai(made, enter):
    return enter("mai-hoc-bai-moi", "0914994124", PHONE)


def standing(school):
    """Return everything that was ever passed or completed, with its moment."""
    passed = LessonProgress.__table__.select().where(LessonProgress.passed_at.is_not(None))
    return school.ask(passed), school.ask(SkillCompletion.__table__.select())


def is_drawn(picture):
    """Say whether the browser could show the picture."""
    picture.scroll_into_view_if_needed()
    return picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def begin(trainer, name, data, title):
    trainer.press("Học liệu").press("Soạn bài mới").fill("Tên bài", title)
    trainer.choose("Khóa học", "Dịch vụ công trực tuyến")
    trainer.attach("Tệp Word", name, data).send("Tiếp tục")
    for _ in range(60):
        if not trainer.find("Mở lại").count():
            return trainer
        trainer.page.wait_for_timeout(300)
        trainer.press("Mở lại")
    raise AssertionError("the document was not read")


def test_a_markdown_lesson_is_previewed_asked_about_and_published(school, made, trainer, mai):
    before = standing(school)
    begin(trainer, "tra-cuu.md", MARKDOWN.encode(), "Tra cứu hồ sơ")
    trainer.fill("Học xong thì làm được gì", "Tra được hồ sơ của mình đang ở bước nào").send("Lưu bài nháp")
    trainer.press("Xem thử trên điện thoại")
    assert "Hồ sơ đang ở đâu" in trainer.text
    trainer.press("Về bài nháp").press("Đúng hay sai")
    trainer.fill("Câu hỏi", "Mã hồ sơ nằm trên giấy hẹn.").fill("Lời gợi ý", "Xem dòng đầu của giấy hẹn.")
    trainer.send("Thêm câu hỏi")
    trainer.press("Chọn một ý đúng").fill("Câu hỏi", "Tra cứu hồ sơ ở đâu?")
    trainer.fill("Ý 1", "dichvucong.gov.vn").fill("Ý 2", "Trang tìm thấy đầu tiên")
    trainer.fill("Lời gợi ý khi chọn ý 2", "Trang đầu tiên có thể là trang giả.").send("Thêm câu hỏi")
    trainer.press("Trả lời ngắn").fill("Câu hỏi", "Viết địa chỉ của Cổng.")
    trainer.fill("Các đáp án đúng", "dichvucong.gov.vn").fill("Lời gợi ý", "Viết liền, không dấu.")
    trainer.send("Thêm câu hỏi")
    assert trainer.page.locator("table tbody tr").count() == 3

    trainer.press("Phát hành")
    assert "Ai đã đạt thì vẫn đạt." in trainer.text
    trainer.press_twice("Phát hành cho người học")
    assert "Đã phát hành bản số 2" in trainer.text
    versions = (
        CourseVersion.__table__.select().where(CourseVersion.course_slug == COURSE).order_by(CourseVersion.number)
    )
    assert [row.number for row in school.ask(versions)] == [1, 2]
    mai.open(f"/khoa-hoc/{COURSE}/").press("Tra cứu hồ sơ")
    assert "Hồ sơ đang ở đâu" in mai.text
    mai.open(f"/khoa-hoc/{COURSE}/")
    assert "7/7" in mai.text
    assert standing(school) == before
    assert json.loads(school.flask("learning", "audit", "--json"))["agree"]


def test_a_word_file_brings_its_picture_to_the_phone(school, trainer, mai):
    before = standing(school)
    begin(trainer, "nhan-ket-qua.docx", word_file(), "Nhận kết quả")
    trainer.fill("Học xong thì làm được gì", "Nhận được kết quả đúng hẹn").send("Lưu bài nháp")
    for statement in ("Kết quả có thể về trên mạng.", "Giấy hẹn có mã hồ sơ.", "Giấy hẹn ghi ngày trả kết quả."):
        trainer.press("Đúng hay sai").fill("Câu hỏi", statement).fill("Lời gợi ý", "Đọc lại thẻ này.")
        trainer.send("Thêm câu hỏi")
    trainer.press("Xem thử trên điện thoại")
    assert trainer.page.evaluate(
        "[...document.images].filter(i => i.closest('.phone-frame')).every(i => i.naturalWidth)"
    )
    assert trainer.page.locator(".phone-frame img").count() == 1
    trainer.press("Phát hành")
    for _ in range(3):
        if trainer.find("Phát hành cho người học").count():
            break
        raise AssertionError(trainer.text)
    trainer.send("Phát hành cho người học")
    assert "Đã phát hành bản số 3" in trainer.text
    mai.open(f"/khoa-hoc/{COURSE}/").press("Nhận kết quả")
    assert is_drawn(mai.page.locator("article img"))
    assert standing(school) == before


def test_a_file_that_is_no_lesson_ends_in_a_clear_sentence(trainer):
    begin(trainer, "bai.docx", b"MZ\x90\x00" + b"\x00" * 300, "Tệp lạ")
    assert trainer.page.locator(".notice--bad").count() == 1


def test_the_pages_fit_a_narrow_window_too(trainer, enter):
    narrow = enter("giang-vien-hep", "0914000003", NARROW_DESK)
    narrow.press("Học liệu").press("Soạn bài mới").fill("Tên bài", "Bài thử")
    narrow.choose("Khóa học", "Dịch vụ công trực tuyến").send("Tiếp tục")
    draft = narrow.path
    for kind in ("Chọn một ý đúng", "Chọn nhiều ý đúng", "Đúng hay sai", "Trả lời ngắn"):
        narrow.open(draft).press(kind)
    narrow.open(draft).press("Xem thử trên điện thoại")
    narrow.open(draft).press("Phát hành")
    narrow.open(draft).send("Bỏ bài nháp này")
