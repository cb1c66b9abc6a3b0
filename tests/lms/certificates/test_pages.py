"""The pages: the officer's way from class to certificate, the member's download, the public answer."""

import hashlib
import re
import unicodedata

import pypdfium2
import pytest

from lms.certificates.public_id import grouped, new_public_id
from lms.files import store
from tests.factories import account_id_of, clerk, make_account, officer
from tests.lms.certificates.world import NAMES, approve, certificates, finalised_class, published
from tests.lms.printing.papers import codes_on, text_of


def test_the_officer_approves_and_the_member_downloads_what_was_issued(client, run_jobs):
    class_id = finalised_class()
    client.sign_in(officer())
    waiting = client.get("/quan-ly/chung-nhan/")
    assert "3 người đã hoàn thành" in waiting.text

    page = client.get(f"/quan-ly/chung-nhan/lop/{class_id}")
    made = client.send(
        page.form(f"/lop/{class_id}"),
        decision_number="45/QĐ-SKHCN",
        decision_date="2026-11-20",
        follow=True,
        status=200,
    )
    assert "0/3 giấy đã công bố" in made.text
    assert made.headers.get("Refresh")
    run_jobs()
    assert "3/3 giấy đã công bố" in client.get(made.response.request.path).text

    row = certificates()[0]
    client.sign_in(account_id_of(row.person_id))
    assert "Dịch vụ công trực tuyến" in client.get("/chung-nhan/").text
    paper = client.get(f"/chung-nhan/{row.public_id}.pdf")
    assert paper.data == store.read(row.file_sha256)
    assert hashlib.sha256(paper.data).hexdigest() == row.file_sha256
    assert "no-store" in paper.headers["Cache-Control"]
    text = text_of(paper.data)
    for fact in (*row.snapshot["authority"], row.snapshot["name"], row.snapshot["course"], row.snapshot["number"]):
        assert fact in text
    assert unicodedata.is_normalized("NFC", text)
    assert codes_on(paper.data) == [f"HTTPS://HOC.EXAMPLE.VN/V/{row.public_id}"]
    assert len(pypdfium2.PdfDocument(paper.data)) == 1


def test_pressing_twice_approves_once(client):
    class_id = finalised_class()
    client.sign_in(officer())
    form = client.get(f"/quan-ly/chung-nhan/lop/{class_id}").form(f"/lop/{class_id}")
    filled = {"decision_number": "45/QĐ-SKHCN", "decision_date": "20/11/2026"}

    first = client.send(form, **filled)
    second = client.send(form, **filled)

    assert first.location == second.location
    assert len(certificates()) == 3


def test_a_refused_approval_shows_the_form_again_as_it_was_filled(client):
    class_id = finalised_class()
    client.sign_in(officer())
    form = client.get(f"/quan-ly/chung-nhan/lop/{class_id}").form(f"/lop/{class_id}")

    page = client.send(form, status=422, decision_number="45/QĐ-SKHCN", decision_date="2031-01-01")

    assert "Ngày quyết định không hợp lý" in page.text
    assert page.soup.find("input", attrs={"name": "decision_number"})["value"] == "45/QĐ-SKHCN"
    wrong = client.send(form, status=422, decision_number="", decision_date="hôm qua")
    assert "Ngày chưa đúng" in wrong.text
    assert "Hãy ghi số quyết định" in wrong.text
    assert certificates() == []


def test_the_check_page_answers_a_stranger_without_revealing_the_name(client):
    row = published()[0]

    page = client.get(f"/v/{row.public_id}")

    assert "Hợp lệ." in page.text
    for told in ("N***** T** Đ**", "Phường Hạc Thành", "Dịch vụ công trực tuyến", "16 giờ", "05/11/2026", "Đạt",
                 row.snapshot["number"], "45/QĐ-SKHCN", grouped(row.public_id)):  # fmt: skip
        assert told in page.text
    assert row.file_sha256 in page.text.replace(" ", "")
    everything = page.data.decode()
    for hidden in ("Đẹp", "Nguyễn", "0914"):
        assert hidden not in everything
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]


@pytest.mark.parametrize("way", ["/v/{}", "/V/{}"])
def test_capitals_small_letters_and_dashes_all_lead_there(client, way):
    public_id = published()[0].public_id

    for written in (public_id, public_id.lower(), grouped(public_id)):
        assert "Hợp lệ." in client.get(way.format(written)).text


def test_unknown_and_malformed_give_the_same_page(client):
    published()

    unknown = client.get(f"/v/{new_public_id()}", 404)
    malformed = client.get("/v/xin-chao", 404)

    assert _without_tokens(unknown) == _without_tokens(malformed)
    assert "Không có giấy chứng nhận nào mang mã này" in unknown.text
    assert "noindex" in unknown.headers["X-Robots-Tag"]


def test_a_code_typed_by_hand_leads_to_its_page(client):
    public_id = published()[0].public_id
    client.get("/v")

    led = client.get(f"/v?ma={grouped(public_id).lower()}", 303)

    assert led.location.endswith(f"/v/{public_id}")
    client.get("/v?ma=abc/def", 404, follow=True)


def test_the_machine_form_answers_too(client):
    row = published()[0]

    told = client.get(f"/v/{row.public_id.lower()}.json")

    assert told.response.json["state"] == "valid"
    assert told.response.json["number"] == row.snapshot["number"]
    assert "Nguyễn" not in told.response.text
    assert client.get("/v/xin-chao.json", 404).response.json == {"state": "unknown"}


def test_a_name_is_confirmed_on_the_page_until_the_tries_are_used_up(client):
    public_id = published()[0].public_id

    def try_name(name, status=200):
        form = client.get(f"/v/{public_id}").form(f"/v/{public_id}")
        return client.send(form, status=status, name=name).text

    assert "Khớp. Tên vừa gõ đúng" in try_name("nguyễn thị đẹp")
    assert "Khớp không dấu." in try_name("Nguyen Thi Dep")
    assert "Không khớp." in try_name("Trần Thị Đẹp")
    try_name("Trần Thị A")
    try_name("Trần Thị B")
    limited = try_name("Nguyễn Thị Đẹp", status=429)
    assert "tạm dừng" in limited
    assert "Khớp." not in limited
    assert "Hãy gõ họ và tên" in try_name("", status=422)


def test_a_revoked_certificate_says_so_to_everybody(client):
    row = published()[0]
    client.sign_in(officer())
    form = client.get(f"/quan-ly/chung-nhan/giay/{row.id}/thu-hoi").form("/thu-hoi")

    done = client.send(
        form, decision_number="52/QĐ-SKHCN", decision_date="2026-11-21", category="fraud", detail="Chuyện riêng",
        follow=True, status=200,
    )  # fmt: skip
    client.sign_out()
    page = client.get(f"/v/{row.public_id}")

    assert "Đã thu hồi" in done.text
    assert "Đã thu hồi ngày" in page.text
    assert "theo Quyết định số 52/QĐ-SKHCN ngày 21/11/2026" in page.text
    assert "Gian lận" in page.text
    assert "Chuyện riêng" not in page.text
    assert "Hợp lệ" not in page.text


def test_somebody_revoked_is_not_certified_again_as_a_matter_of_course(client):
    row = published()[0]
    account = officer()
    client.sign_in(account)
    revoking = client.get(f"/quan-ly/chung-nhan/giay/{row.id}/thu-hoi").form("/thu-hoi")
    page = client.send(
        revoking, decision_number="52/QĐ-SKHCN", decision_date="2026-11-21", category="fraud", follow=True, status=200
    )

    again = client.get(page.soup.find("a", string="Cấp mới theo quyết định khác")["href"])

    assert "Không có lớp nào đang chờ" in client.get("/quan-ly/chung-nhan/").text
    assert "giấy số 0001/2026/GCN-SKHCN đã thu hồi" in again.text
    (tick,) = again.soup.find_all("input", type="checkbox")
    assert not tick.has_attr("checked")


def test_a_replaced_certificate_leads_to_the_new_one(client, run_jobs):
    row = published()[0]
    client.sign_in(officer())
    form = client.get(f"/quan-ly/chung-nhan/giay/{row.id}/cap-lai").form("/cap-lai")

    client.send(form, decision_number="53/QĐ-SKHCN", decision_date="2026-11-21", follow=True, status=200)
    run_jobs()
    client.sign_out()
    page = client.get(f"/v/{row.public_id}")

    assert "Đã thay thế bằng giấy số 0004/2026/GCN-SKHCN" in page.text
    new = page.soup.find("a", string="Xem tình trạng giấy mới")["href"]
    assert "Hợp lệ." in client.get(new).text


def test_a_number_is_crossed_out_on_its_page(client):
    approve(finalised_class())
    row = certificates()[0]
    client.sign_in(officer())
    form = client.get(f"/quan-ly/chung-nhan/giay/{row.id}/huy-so").form("/huy-so")

    client.send(form, reason="in nhầm ngày học", follow=True, status=200)

    book = client.get(f"/quan-ly/chung-nhan/so/{row.book_id}")
    assert "Đã hủy số : in nhầm ngày học" in book.text or "Đã hủy số: in nhầm ngày học" in book.text
    assert "Số này đã hủy" in client.get(f"/v/{row.public_id}").text


def test_before_publication_the_page_says_wait(client):
    approve(finalised_class())

    assert "Chưa công bố." in client.get(f"/v/{certificates()[0].public_id}").text


def test_a_stranger_a_clerk_and_another_province_find_no_certificate(client):
    row = published()[0]
    client.get(f"/chung-nhan/{row.public_id}.pdf", 303)

    for other in (make_account("Người Lạ", None), clerk(), officer("52", "Siu Black")):
        client.sign_in(other)
        client.get(f"/chung-nhan/{row.public_id}.pdf", 404)
    for path in (f"giay/{row.id}", f"danh-sach/{row.list_id}", f"so/{row.book_id}", f"giay/{row.id}/thu-hoi"):
        client.get(f"/quan-ly/chung-nhan/{path}", 404)


def test_a_member_sees_only_their_own(client):
    rows = published()
    client.sign_in(account_id_of(rows[0].person_id))

    page = client.get("/chung-nhan/")

    assert rows[0].snapshot["number"] in page.text
    assert rows[1].snapshot["number"] not in page.text
    client.get(f"/chung-nhan/{rows[1].public_id}.pdf", 404)


def test_a_member_without_certificate_is_told_how_to_get_one(client):
    client.sign_in(make_account("Người Mới", None))

    assert "chưa có giấy chứng nhận nào" in client.get("/chung-nhan/").text


def test_every_page_of_the_officer_stands(client):
    row = published()[0]
    client.sign_in(officer())

    for path in ("", f"danh-sach/{row.list_id}", f"giay/{row.id}", f"so/{row.book_id}"):
        assert client.get(f"/quan-ly/chung-nhan/{path}").h1
    assert NAMES[0] in client.get(f"/quan-ly/chung-nhan/so/{row.book_id}").text


def _without_tokens(page) -> str:
    return re.sub(r'value="[^"]*"', "", page.data.decode())
