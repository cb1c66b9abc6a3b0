"""The officer's pages: from those who wait to a list in two hands, a certificate's page, how it ends, the book."""

import base64
import re

import pytest
from sqlalchemy import select, update

from lms.certificates import list_pages
from lms.certificates.models import ApprovalList, EndingRequest
from lms.clock import utc_now
from lms.db import in_unit
from lms.journal.models import Job
from lms.people.models import Person
from tests.factories import clerk, make_account, officer
from tests.lms.certificates.world import (
    NAMES,
    PROGRAMME,
    SKILL,
    certificates,
    completed_programme,
    finalised_class,
    learned,
    propose,
    publish,
    published,
)

OFFICE = "/quan-ly/chung-nhan/"
DECIDED = {"decision_number": "45/QĐ-SKHCN", "decision_date": "20/11/2026"}
REVOKED = {"decision_number": "52/QĐ-SKHCN", "decision_date": "2026-11-21"}


@pytest.fixture
def second():
    """Another officer of the province."""
    return officer(name="Đỗ Thị Hai")


def proposal(page):
    """Return the form that proposes; the one above it only narrows the list."""
    return page.soup.find("form", method="post")


def show(client, row, *, status=200):
    return client.get(f"{OFFICE}giay/{row.id}", status)


def asked_to_revoke(client, row):
    form = client.get(f"{OFFICE}giay/{row.id}/thu-hoi").form("/thu-hoi")
    return client.send(form, **REVOKED, category="fraud", detail="Chuyện riêng", follow=True, status=200)


def test_one_officer_proposes_another_approves_and_the_numbers_stand(client, second):
    class_id = finalised_class()
    client.sign_in(officer())
    waiting = client.get(OFFICE)
    assert "3 người đủ điều kiện" in waiting.text

    page = client.get(waiting.soup.find("a", class_="button")["href"])
    assert len(page.soup.find_all("input", type="checkbox", checked=True)) == 3
    made = client.send(page.form(f"/lop/{class_id}"), **DECIDED, follow=True, status=200)
    assert "Chưa cấp số nào" in made.text
    assert "tổ dân phố 1, Phường Hạc Thành" in made.text
    assert "Chờ duyệt" in made.text
    assert made.form("/rut")
    assert certificates() == []
    address = made.response.request.path

    client.sign_in(second)
    assert "Danh sách 3 trường hợp" in client.get(OFFICE).text
    approved = client.send(client.get(address).form("/duyet"), follow=True, status=200)
    assert [row.snapshot["number"] in approved.text for row in certificates()] == [True] * 3
    assert "0/3 giấy đã công bố" in approved.text
    assert approved.headers["Refresh"]
    publish()
    assert "3/3 giấy đã công bố" in client.get(address).text
    assert "3 giấy dàn riêng từng tờ" in client.get(address).text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"khoa-hoc/{SKILL}", NAMES[0]),
        (f"bo-ky-nang/{PROGRAMME}", NAMES[0]),
        (f"to/{SKILL}", "Tổ công nghệ số cộng đồng thôn 1"),
    ],
)
def test_what_is_learned_is_proposed_as_what_is_attended(client, path, shown):
    completed_programme(learned())
    client.sign_in(officer())
    offered = [link["href"] for link in client.get(OFFICE).soup.find_all("a", class_="button")]
    assert f"{OFFICE}de-nghi/{path}" in offered

    page = client.get(f"{OFFICE}de-nghi/{path}")
    assert shown in page.text
    made = client.send(proposal(page), **DECIDED, follow=True, status=200)

    assert made.h1 == "Danh sách theo quyết định 45/QĐ-SKHCN"
    assert shown in made.text


def test_a_list_is_narrowed_to_a_commune(client):
    learned()
    client.sign_in(officer())
    address = f"{OFFICE}de-nghi/khoa-hoc/{SKILL}"

    assert NAMES[0] in client.get(f"{address}?xa=14797").text
    elsewhere = client.get(f"{address}?xa=00004")
    assert NAMES[0] not in elsewhere.text
    assert "Không còn ai chờ cấp giấy này" in elsewhere.text
    client.get(f"{OFFICE}de-nghi/lop/khong-phai-so", 404)
    client.get(f"{OFFICE}de-nghi/khong-co/{SKILL}", 404)


def test_of_many_only_a_part_is_shown_and_all_can_be_proposed(client, session, monkeypatch):
    learned()
    monkeypatch.setattr("lms.certificates.list_pages.A_PAGE", 2)
    client.sign_in(officer())
    page = client.get(f"{OFFICE}de-nghi/khoa-hoc/{SKILL}")
    assert "Đề nghị cả 3 trường hợp, không chỉ 2 trường hợp dưới đây" in page.text

    made = client.send(proposal(page), **DECIDED, everybody="y", follow=True, status=200)

    assert "3 trường hợp" in made.text
    assert client.get(f"{made.response.request.path}?tu=2").soup.find("a", string="Phần trước")


def test_pressing_twice_proposes_and_approves_once(client, session, second):
    class_id = finalised_class()
    client.sign_in(officer())
    form = client.get(f"{OFFICE}de-nghi/lop/{class_id}").form(f"/lop/{class_id}")
    first, again = client.send(form, **DECIDED), client.send(form, **DECIDED)
    assert first.location == again.location

    client.sign_in(second)
    yes = client.get(first.location).form("/duyet")
    assert client.send(yes).location == client.send(yes).location == first.location
    assert len(certificates()) == 3
    assert len(session.scalars(select(ApprovalList.id)).all()) == 1


def test_the_proposer_cannot_approve_but_take_back(client, session):
    class_id = finalised_class()
    client.sign_in(officer())
    client.send(client.get(f"{OFFICE}de-nghi/lop/{class_id}").form(f"/lop/{class_id}"), **DECIDED)
    list_id = session.scalar(select(ApprovalList.id))
    address = f"{OFFICE}danh-sach/{list_id}"

    page = client.get(address)
    assert not [form for form in page.soup("form") if form["action"].endswith("/duyet")]
    assert "Tỉnh chưa có cán bộ thứ hai" in page.text
    client.post(f"{address}/duyet", status=409)
    back = client.send(page.form("/rut"), follow=True, status=200)

    assert "Đã rút lại" in back.text
    assert "3 người đủ điều kiện" in client.get(OFFICE).text


def test_a_refusal_needs_its_reason_and_everybody_can_be_proposed_again(client, second):
    address = f"{OFFICE}danh-sach/{propose(finalised_class()).id}"
    client.sign_in(second)
    form = client.get(address).form("/khong-duyet")

    assert "Hãy ghi lý do" in client.send(form, status=422, answer="").text
    refused = client.send(form, answer="Thiếu chữ ký của giảng viên", follow=True, status=200)

    assert "Không được duyệt. Lý do: Thiếu chữ ký của giảng viên" in refused.text
    assert "3 người đủ điều kiện" in client.get(OFFICE).text
    assert certificates() == []


def test_a_refused_proposal_shows_the_form_again_as_it_was_filled(client):
    class_id = finalised_class()
    client.sign_in(officer())
    form = client.get(f"{OFFICE}de-nghi/lop/{class_id}").form(f"/lop/{class_id}")

    page = client.send(form, status=422, decision_number="45/QĐ-SKHCN", decision_date="2031-01-01")

    assert page.soup.find("input", attrs={"name": "decision_number"})["value"] == "45/QĐ-SKHCN"
    assert len(page.soup.find_all("input", type="checkbox", checked=True)) == 3
    wrong = client.send(form, status=422, decision_number="", decision_date="hôm qua")
    assert "Ngày chưa đúng" in wrong.text
    assert "Hãy ghi số quyết định" in wrong.text
    assert "Chưa chọn ai" in client.send(form, status=422, **DECIDED, chosen=[]).text


def test_the_making_of_papers_is_held_up_and_let_go_on(client, session, second):
    address = f"{OFFICE}danh-sach/{propose(finalised_class()).id}"
    client.sign_in(second)
    made = client.send(client.get(address).form("/duyet"), follow=True, status=200)

    paused = client.send(made.form("/tam-dung"), follow=True, status=200)
    assert paused.h1 == made.h1
    assert "Đang tạm dừng" in paused.text
    assert "Refresh" not in paused.headers
    going = client.send(paused.form("/lam-tiep"), follow=True, status=200)
    assert going.headers["Refresh"]


def test_what_could_not_be_made_is_told_and_ordered_again(client, session, second):
    address = f"{OFFICE}danh-sach/{propose(finalised_class()).id}"
    client.sign_in(second)
    client.send(client.get(address).form("/duyet"))

    def stop(s):
        job = s.get(Job, s.scalar(select(ApprovalList.job_id)))
        job.finished_at, job.result = utc_now(), {"faulty": ["0002/2026/GCN-SKHCN"]}

    in_unit(stop)
    page = client.get(address)
    assert "Chưa làm được giấy của các số: 0002/2026/GCN-SKHCN" in page.text
    again = client.send(page.form("/lam-tiep"), follow=True, status=200)
    assert again.headers["Refresh"]


def test_everything_printed_and_every_line_of_the_book_stands_on_its_page(client):
    row = published()[0]
    client.sign_in(officer())

    page = show(client, row)

    for told in (NAMES[0], "Tổ trưởng", "Phường Hạc Thành", "Dịch vụ công trực tuyến", "16 giờ", "45/QĐ-SKHCN", "Đạt",
                 "Bản điện tử chưa ký số", "Dàn riêng", "Vào sổ, cấp số", "Công bố"):  # fmt: skip
        assert told in page.text


def test_a_certificate_is_revoked_in_two_hands(client, session, second):
    row = published()[0]
    client.sign_in(officer())
    asked = asked_to_revoke(client, row)
    assert "Đề nghị thu hồi giấy số 0001" in asked.h1
    assert not [form for form in asked.soup("form") if form["action"].endswith("/duyet")]
    assert client.get(f"/v/{row.public_id}").h1.startswith("Hợp lệ")
    assert "chờ người thứ hai duyệt" in show(client, row).text

    client.sign_in(second)
    waiting = client.get(OFFICE)
    page = client.get(waiting.soup.find("a", string=re.compile("Thu hồi 0001"))["href"])
    for told in ("52/QĐ-SKHCN ngày 21/11/2026", "Gian lận", "Chuyện riêng", "Lê Thị Sở"):
        assert told in page.text
    done = client.send(page.form("/duyet"), follow=True, status=200)

    assert "Đã thu hồi. Trang kiểm tra trả lời" in done.text
    assert "Thu hồi lúc" in done.text
    assert "Chuyện riêng" in done.text
    client.sign_out()
    public = client.get(f"/v/{row.public_id}").text
    assert public.startswith("Đã thu hồi")
    assert "Chuyện riêng" not in public


def test_an_end_is_refused_with_a_reason_or_taken_back(client, session, second):
    first, other = published()[:2]
    client.sign_in(officer())
    asked_to_revoke(client, first)
    mine = asked_to_revoke(client, other)
    assert "Đã rút lại" in client.send(mine.form("/rut"), follow=True, status=200).text

    client.sign_in(second)
    wanted = session.scalar(select(EndingRequest.id).where(EndingRequest.certificate_id == first.id))
    form = client.get(f"{OFFICE}cho-duyet/{wanted}").form("/khong-duyet")
    assert "Hãy ghi lý do" in client.send(form, status=422, answer=" ").text
    refused = client.send(form, answer="Chưa đủ căn cứ", follow=True, status=200)

    assert "Không được duyệt: Đỗ Thị Hai" in refused.text
    assert "Chưa đủ căn cứ" in refused.text
    assert [row.state for row in certificates()[:2]] == ["valid", "valid"]


def test_a_second_request_for_the_same_certificate_is_refused_on_its_form(client):
    row = published()[0]
    client.sign_in(officer())
    form = client.get(f"{OFFICE}giay/{row.id}/thu-hoi").form("/thu-hoi")
    client.send(form, **REVOKED, category="fraud")
    form.find("input", attrs={"name": "once"})["value"] = "lan-khac"

    assert "đang có đề nghị" in client.send(form, status=409, **REVOKED, category="other").text


def test_somebody_revoked_is_not_proposed_again_as_a_matter_of_course(client, second):
    row = published()[0]
    client.sign_in(officer())
    ending = asked_to_revoke(client, row).response.request.path
    client.sign_in(second)
    page = client.send(client.get(ending).form("/duyet"), follow=True, status=200)

    again = client.get(page.soup.find("a", string="Cấp mới theo quyết định khác")["href"])

    assert "giấy số 0001/2026/GCN-SKHCN đã thu hồi" in again.text
    (tick,) = again.soup.find_all("input", type="checkbox")
    assert not tick.has_attr("checked")


def test_a_reissue_goes_through_a_list_and_the_old_one_leads_to_the_new(client, second):
    row = published()[0]
    client.sign_in(officer())
    form = client.get(f"{OFFICE}giay/{row.id}/cap-lai").form("/cap-lai")
    proposed = client.send(form, decision_number="53/QĐ-SKHCN", decision_date="2026-11-21", follow=True, status=200)
    assert certificates()[0].state == "valid"
    assert "Thay cho giấy số 0001/2026/GCN-SKHCN" in proposed.text

    client.sign_in(second)
    client.send(client.get(proposed.response.request.path).form("/duyet"))
    publish()

    assert "Thay thế" in show(client, row).text
    assert "Thay thế giấy số 0001/2026/GCN-SKHCN" in show(client, certificates()[-1]).text


def test_a_number_is_crossed_out_in_two_hands_and_stays_in_the_book(client, second):
    proposed = propose(finalised_class())
    client.sign_in(second)
    client.send(client.get(f"{OFFICE}danh-sach/{proposed.id}").form("/duyet"))
    row = certificates()[0]
    form = client.get(f"{OFFICE}giay/{row.id}/huy-so").form("/huy-so")
    ending = client.send(form, reason="in nhầm ngày học", follow=True, status=200).response.request.path
    client.sign_in(officer(name="Bà Ba"))
    client.send(client.get(ending).form("/duyet"))

    book = client.get(f"{OFFICE}so/{row.book_id}")
    assert "Đã hủy số" in book.text
    assert "in nhầm ngày học" in book.text
    assert [struck.get_text() for struck in book.soup.find_all("s")][1] == NAMES[0]


def test_a_copy_is_noted_with_its_reason_and_counted(client):
    row = published()[0]
    client.sign_in(officer())
    for why in ("bị ướt", "bị mất"):
        done = client.send(
            client.get(f"{OFFICE}giay/{row.id}/ban-sao").form("/ban-sao"), reason=why, follow=True, status=200
        )

    assert "bản sao thứ 1: bị ướt" in done.text
    assert "bản sao thứ 2: bị mất" in done.text
    assert certificates()[0].file_sha256 == row.file_sha256


def test_the_office_is_closed_to_strangers_and_other_provinces(client, session, second):
    row = published()[0]
    client.sign_in(second)
    asked_to_revoke(client, row)
    wanted = session.scalar(select(EndingRequest.id))
    paths = (f"giay/{row.id}", f"giay/{row.id}/thu-hoi", f"giay/{row.id}/huy-so", f"giay/{row.id}/cap-lai",
             f"giay/{row.id}/ban-sao", f"danh-sach/{row.list_id}", f"so/{row.book_id}", f"so/{row.book_id}.xlsx",
             f"cho-duyet/{wanted}")  # fmt: skip

    client.sign_in(officer("52", "Siu Black"))
    for path in paths:
        client.get(OFFICE + path, 404)
    for deed in (f"danh-sach/{row.list_id}/duyet", f"danh-sach/{row.list_id}/ban-in", f"so/{row.book_id}/pdf",
                 f"cho-duyet/{wanted}/duyet", f"danh-sach/{row.list_id}/bo"):  # fmt: skip
        client.post(OFFICE + deed, status=404)
    for other in (make_account("Người Lạ", None), clerk()):
        client.sign_in(other)
        for path in paths:
            client.get(OFFICE + path, 403)


def test_the_second_officer_sees_the_paper_and_what_has_changed_since(client, second):
    finalised_class()
    client.sign_in(officer())
    page = client.get(client.get(OFFICE).soup.find("a", class_="button")["href"])
    path = client.send(proposal(page), **DECIDED).location
    client.sign_in(second)
    page = client.get(path)
    drawn = base64.b64decode(page.soup.find("img", class_="paper")["src"].partition("base64,")[2]).decode()
    assert NAMES[0] in drawn
    assert "đã đổi" not in page.text

    in_unit(lambda s: s.execute(update(Person).where(Person.full_name == NAMES[2]).values(full_name="Lê Văn Chín")))

    assert f"thông tin của 1 trường hợp đã đổi: {NAMES[2]}" in client.get(path).text


def test_of_a_long_list_the_second_officer_is_told_that_it_was_not_compared(client, second, monkeypatch):
    monkeypatch.setattr(list_pages, "A_PAGE", 2)
    proposed = propose(finalised_class())
    in_unit(lambda s: s.execute(update(Person).values(full_name="Tên Khác")))
    client.sign_in(second)

    page = client.get(f"{OFFICE}danh-sach/{proposed.id}")

    assert "không so được với thông tin hiện nay" in page.text
    monkeypatch.setattr(list_pages, "A_PAGE", 3)
    page = client.get(f"{OFFICE}danh-sach/{proposed.id}")
    assert "không so được" not in page.text
    assert "thông tin của 3 trường hợp đã đổi" in page.text
