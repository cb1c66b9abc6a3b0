"""The department chooses how its papers look: words typed, the paper seen at once, then put in force."""

import pytest

from lms.certificates.models import CertificateTemplate
from tests.journeys.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

OFFICE = "/quan-ly/chung-nhan/"


@pytest.fixture(scope="module")
def made(school):
    """One officer of the department."""
    staff = [{"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": "38"}]
    return school.arrange("society", teams={}, staff=staff)


@pytest.fixture(scope="module")
def officer(made, enter):
    return enter("can-bo-so-mau-giay", "0914000002", DESK)


def test_the_officer_begins_a_draft_and_sees_the_paper(officer):
    officer.open(OFFICE).press("Mẫu giấy chứng nhận").look()
    officer.send("Soạn mẫu mới")
    assert officer.h1 == "Soạn mẫu giấy: Lớp tập huấn"
    officer.look()


def test_what_is_typed_shows_on_the_paper_before_it_is_saved(officer):
    before = officer.page.locator("[data-preview]").get_attribute("src")
    officer.fill("Việc đã hoàn thành", "đã dự đủ các buổi học")
    officer.page.wait_for_function("before => document.querySelector('[data-preview]').src !== before", arg=before)
    assert "chưa lưu" in officer.page.locator("[data-said]").inner_text()


def test_another_design_is_saved_and_looked_at_on_a_phone(officer, enter):
    officer.page.get_by_label("Lễ hội").check()
    officer.send("Lưu và xem thử").look()
    assert "Đã lưu bản nháp" in officer.text
    phone = enter("can-bo-so-dien-thoai", "0914000002", PHONE)
    phone.open(officer.path).look()


def test_put_in_force_it_is_the_template_of_the_next_list(officer, school):
    officer.send("Ban hành mẫu này")
    assert "Đã ban hành mẫu mới" in officer.text
    row = school.ask(CertificateTemplate.__table__.select())[0]
    assert (row.design, row.wording["deed"]) == ("le-hoi", "đã dự đủ các buổi học")
    officer.look()
