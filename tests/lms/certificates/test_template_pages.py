"""Pages of the papers' look: drafts, preview, pictures, publishing; and the clerk's token."""

import base64
import io

from PIL import Image
from sqlalchemy import select

from lms.certificates.models import CertificateTemplate
from lms.db import db_session
from tests.client import filled_in
from tests.factories import clerk, officer

MODELS = "/quan-ly/chung-nhan/mau/"


def begun(client):
    """Sign an officer in and begin a draft for classes; return its page."""
    client.sign_in(officer())
    return client.send(client.get(MODELS).form("/class/soan"), follow=True, status=200)


def the_draft():
    db_session().expire_all()
    return db_session().scalars(select(CertificateTemplate).order_by(CertificateTemplate.id.desc())).first()


def shown(page):
    source = page.soup.find("img", attrs={"data-preview": True})["src"]
    return base64.b64decode(source.partition("base64,")[2]).decode()


def test_a_draft_shows_the_paper_with_an_invented_person(client):
    page = begun(client)

    assert "Nguyễn Thị Thanh Huyền" in shown(page)
    assert "GIẤY CHỨNG NHẬN" in shown(page)


def test_saved_words_show_on_the_paper_and_published_papers_stay(client):
    page = begun(client)

    after = client.send(page.form(f"/mau/{the_draft().id}"), line_deed="đã dự đủ các buổi học", follow=True, status=200)

    assert "đã dự đủ các buổi học" in shown(after)
    assert the_draft().published_at is None


def test_words_that_cannot_be_printed_come_back_with_the_reason_and_what_was_typed(client):
    page = begun(client)

    after = client.send(page.form(f"/mau/{the_draft().id}"), line_deed="đã học {mật khẩu}", status=422)

    assert "Dòng “Việc đã hoàn thành”: chỗ trống “mật khẩu” không có trong danh sách." in after.text
    assert after.soup.find("input", id="line_deed")["value"] == "đã học {mật khẩu}"
    assert "mật khẩu" not in the_draft().wording["deed"]


def test_markup_in_the_words_stays_text_in_the_preview(client):
    page = begun(client)

    after = client.send(page.form(f"/mau/{the_draft().id}"), line_deed="<script>1</script>", follow=True, status=200)

    assert "<script" not in shown(after)
    assert "&lt;script&gt;" in shown(after)


def test_the_live_preview_answers_with_a_picture_and_stores_nothing(client):
    page = begun(client)
    form = page.form(f"/mau/{the_draft().id}")

    typed = {**filled_in(form), "line_deed": "đang gõ dở"}

    answer = client.post(f"{MODELS}{the_draft().id}/xem-thu", data=typed, status=200)

    assert "đang gõ dở" in base64.b64decode(answer.data.partition(b"base64,")[2]).decode()
    assert the_draft().wording["deed"] != "đang gõ dở"


def test_a_logo_is_shown_and_taken_away_again(client):
    begun(client)
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), "red").save(out, "PNG")
    path = f"{MODELS}{the_draft().id}/anh/logo"

    client.post(path, data={"picture": (io.BytesIO(out.getvalue()), "logo.png")})
    assert list(the_draft().pictures) == ["logo"]
    assert "data:image/png" in shown(client.get(f"{MODELS}{the_draft().id}"))

    client.post(path)
    assert the_draft().pictures == {}


def test_a_file_that_is_no_picture_is_refused_in_words(client):
    begun(client)
    broken = {"picture": (io.BytesIO(b"%PDF-1.7"), "dau.png")}

    answer = client.post(f"{MODELS}{the_draft().id}/anh/seal", data=broken, status=422)

    assert "Tệp này không phải ảnh PNG hoặc JPEG" in answer.text


def test_published_it_is_in_force_and_no_longer_edited(client):
    page = begun(client)
    draft_id = the_draft().id

    after = client.send(page.form("/ban-hanh"), follow=True, status=200)

    assert "Đã ban hành mẫu mới" in after.text
    assert the_draft().published_at is not None
    assert "nên không sửa được nữa" in client.get(f"{MODELS}{draft_id}").text


def test_a_draft_thrown_away_is_gone(client):
    page = begun(client)

    client.send(page.form("/bo-nhap"), follow=True, status=200)

    assert the_draft() is None


def test_neither_a_clerk_nor_another_province_sees_a_draft(client):
    begun(client)
    draft_id = the_draft().id

    client.sign_in(clerk())
    client.get(f"{MODELS}{draft_id}", 403)
    client.sign_in(officer("01", name="Người tỉnh khác"))
    client.get(f"{MODELS}{draft_id}", 404)
