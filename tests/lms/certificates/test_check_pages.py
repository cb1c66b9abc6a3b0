"""The pages for anybody with a paper in hand: each state, nothing but what may be told, nothing kept."""

import io
import re
from pathlib import Path

from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from lms.certificates.models import NameCheck
from lms.certificates.public_id import grouped, new_public_id
from lms.files.models import StoredFile
from tests.lms.certificates.issued import SIGNATURE, issue, paper_of

STATES = {
    "valid": ("Hợp lệ", ["đang có hiệu lực"]),
    "revoked": (
        "Đã thu hồi",
        ["không còn giá trị từ ngày 21/11/2026", "Quyết định số 52/QĐ-SKHCN ngày 21/11/2026", "Lý do: Gian lận"],
    ),
    "superseded": ("Đã được thay thế", ["không dùng nữa từ ngày 21/11/2026"]),
    "unpublished": ("Chưa công bố", ["chưa có giá trị"]),
    "void": ("Số đã hủy", ["Không có giấy chứng nhận nào mang số này"]),
}
PUBLIC = ("valid", "revoked", "superseded")


def test_the_state_stands_first_and_in_words(client):
    for state, (word, told) in STATES.items():
        row = issue(state)
        if state == "superseded":
            issue(replaces=row)

        page = client.get(f"/v/{row.public_id}")

        assert page.h1 == word
        assert page.soup.main.find(True)["class"] == ["verdict", f"verdict--{state}"]  # nothing stands above
        assert all(words in page.text for words in told)
        assert row.snapshot["number"] in page.text
        assert not [other for other, _ in STATES.values() if other != word and other in page.text]


def test_nobody_keeps_the_page_or_learns_where_one_came_from(client):
    for path in ("/v", "/v/xin-chao", *(f"/v/{issue(state).public_id}" for state in STATES)):
        page = client.get(path, 404 if path.endswith("chao") else 200)

        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert page.soup.find("meta", attrs={"name": "robots"})["content"] == "noindex, nofollow"


def test_everything_that_matters_on_the_paper_is_told_but_the_name(client):
    for state in PUBLIC:
        _shows_everything(client, issue(state))


def _shows_everything(client, row):
    page = client.get(f"/v/{row.public_id}")

    for told in ("N***** T** Đ**", "Phường Hạc Thành, tỉnh Thanh Hóa", "Dịch vụ công trực tuyến", "Lớp 03", "16 giờ",
                 "05/11/2026 đến 06/11/2026", "Đạt", row.snapshot["number"], "45/QĐ-SKHCN", grouped(row.public_id),
                 "Sở Khoa học và Công nghệ tỉnh Thanh Hóa", "KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC", "20/11/2026", "Chưa ký số",
                 row.file_sha256):  # fmt: skip
        assert told in page.text
    everything = page.data.decode()
    for hidden in ("Đẹp", "Nguyễn", "Chuyện riêng", "compiled", "Trần Thị Ký"):
        assert hidden not in everything


def test_what_is_on_no_paper_has_no_facts_and_nothing_to_compare(client, session):
    for state in ("unpublished", "void"):
        public_id = issue(state).public_id
        asked = client.get(f"/v/{public_id}")
        named = client.post(f"/v/{public_id}", {"name": "Nguyễn Thị Đẹp"}, 200)
        compared = _compare_at(client, public_id, b"%PDF")

        for page in (asked, named, compared):
            assert page.h1 == STATES[state][0]
            assert not page.soup.main.find_all("form")
            for hidden in ("Dịch vụ công", "N*****", "Khớp", "tệp"):
                assert hidden not in page.text
    assert session.scalar(select(func.count()).select_from(NameCheck)) == 0


def test_who_signed_and_when_is_told(client):
    row = issue(signed_by="Sở Khoa học và Công nghệ Thanh Hóa")

    assert "Ký số bởi Sở Khoa học và Công nghệ Thanh Hóa, ngày 21/11/2026" in client.get(f"/v/{row.public_id}").text


def test_a_replaced_paper_leads_to_the_new_one_and_tells_nothing_else_of_it(client):
    old = issue("superseded")
    new = issue(replaces=old, name="Nguyễn Thị Đẹp Mới", course="An toàn trên mạng")

    page = client.get(f"/v/{old.public_id}")

    assert new.snapshot["number"] in page.text
    assert "An toàn trên mạng" not in page.text
    assert client.get(page.soup.find("a", string="Xem tình trạng giấy mới")["href"]).h1 == "Hợp lệ"


def test_capitals_small_letters_and_dashes_all_lead_there(client):
    public_id = issue().public_id

    for written in (public_id, public_id.lower(), grouped(public_id), public_id.replace("0", "o").replace("1", "l")):
        assert client.get(f"/v/{written}").h1 == client.get(f"/V/{written}").h1 == "Hợp lệ"


def test_unknown_and_malformed_give_the_same_page(client):
    row = issue()
    swapped = row.public_id[:-2] + row.public_id[-1] + row.public_id[-2]

    shapes = {
        _without_tokens(client.get(f"/v/{code}", 404))
        for code in (new_public_id(), "xin-chao", swapped, row.snapshot["number"].replace("/", "-"), "1" * 500, "a/b")
    }

    assert len(shapes) == 1
    page = client.get("/v/xin-chao", 404)
    assert page.h1 == "Không có giấy này"
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_an_unknown_code_answers_alike_at_every_door(client):
    for code in (new_public_id(), "xin-chao"):
        assert client.get(f"/v/{code}/mot-lien-ket", 404).h1 == "Không có giấy này"
        assert client.post(f"/v/{code}", {"name": "Ai đó"}, 404).h1 == "Không có giấy này"
        assert (
            client.post(f"/v/{code}/so-tep", {"paper": (io.BytesIO(b"%PDF"), "a.pdf")}, 404).h1 == "Không có giấy này"
        )


def test_a_code_typed_by_hand_leads_to_its_page(client):
    public_id = issue().public_id

    assert client.get(f"/v?ma={grouped(public_id).lower()}", 303).location.endswith(f"/v/{public_id}")


def test_a_mistyped_code_is_told_before_any_question_to_the_database(client, asked):
    right = issue().public_id

    for typed, told in (
        ("7K3M9-QX2WD", "Mã có 21 ký tự, không kể dấu gạch. Anh/chị đã gõ 10 ký tự."),
        ("7K3M9-QX2WD-8RZ4T-N6HPC-U", "Mã không bao giờ có ký tự “U”."),
        ("abc/def", "Mã không bao giờ có ký tự “/”."),
        (_with_a_letter_misread(right), "Có ký tự gõ nhầm, hoặc hai ký tự bị đổi chỗ."),
    ):
        asked.clear()
        page = client.get(f"/v?ma={typed}", 422)

        assert told in page.text
        assert page.soup.find("input", id="ma")["value"] == typed
        assert client.get(f"/v/{typed.replace('/', '-')}", 404)
        assert asked == []


def test_a_name_is_confirmed_on_the_page_until_the_tries_are_used_up(client):
    public_id = issue().public_id

    def try_name(name, status=200):
        form = client.get(f"/v/{public_id}").form("#xac-nhan-ten")
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


def test_a_file_sent_up_is_compared_and_nothing_of_it_stays(app, client, session):
    row = issue(signed_by="Sở")
    paper, before = paper_of(row), _kept(app, session)

    for sent, told in (
        (paper, "Đúng tệp đã cấp."),
        (paper + b"more", "Tệp đã bị sửa sau khi cấp."),
        (paper.removesuffix(SIGNATURE), "Đây là bản trước khi ký số."),
        (b"%PDF quite another", "Không phải tệp đã cấp."),
    ):
        page = _compare(client, row, sent)

        assert told in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert _kept(app, session) == before


def test_a_file_that_is_missing_empty_or_too_large_is_refused(app, client, session):
    row = issue()
    before = _kept(app, session)

    assert "Chưa chọn tệp" in _compare(client, row, None, 422).text
    assert "Tệp này trống" in _compare(client, row, b"", 422).text
    assert "Tệp lớn hơn 5 MB" in _compare(client, row, bytes(5 * 1024 * 1024 + 1), 413).text
    assert _kept(app, session) == before


def test_the_address_to_which_a_file_is_sent_leads_back_when_opened(client):
    public_id = issue().public_id

    assert client.get(f"/v/{public_id}/so-tep", 303).location.endswith(f"/v/{public_id}")


def _compare(client, row, data, status=200):
    assert client.get(f"/v/{row.public_id}").form("/so-tep#so-tep")["enctype"] == "multipart/form-data"
    return _compare_at(client, row.public_id, data, status)


def _compare_at(client, public_id, data, status=200):
    fields = {"csrf_token": client.csrf()}
    if data is not None:
        fields["paper"] = FileStorage(io.BytesIO(data), "giấy.pdf")
    body, _, boundary = stream_encode_multipart(fields, use_tempfile=False)
    page = client._open(
        client.browser.post, f"/v/{public_id}/so-tep", data=body.read(),
        content_type=f'multipart/form-data; boundary="{boundary}"',
    )  # fmt: skip
    assert page.status == status, page.text
    return page


def _kept(app, session):
    """Everything the school keeps in files and the rows that name them."""
    session.rollback()
    folder = Path(app.config["LMS_DATA_DIR"])
    return sorted(folder.rglob("*")), session.scalar(select(func.count()).select_from(StoredFile))


def _with_a_letter_misread(public_id):
    other = "3" if public_id[0] != "3" else "8"
    return other + public_id[1:]


def _without_tokens(page) -> str:
    return re.sub(r'value="[^"]*"', "", page.data.decode())
