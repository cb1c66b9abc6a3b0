"""A member's way in, told page by page without JavaScript."""

from lms.access import SYSTEM
from lms.clock import utc_now
from lms.db import in_unit
from lms.people import rules
from lms.people.codes import slip_code
from tests.conftest import SECRET
from tests.factories import account_id_of, make_person


def slip_for(person_id: int) -> str:
    account_id = account_id_of(person_id)
    nonce = in_unit(
        lambda s: rules.issue_slips(s, [account_id], by=SYSTEM, secret=SECRET, days=30, now=utc_now())[0].nonce
    )
    return slip_code(SECRET, nonce)


def test_a_member_enters_by_slip_sets_a_pin_and_signs_in_with_the_phone(client):
    person_id = make_person("Lò Thị Mai", "0914994123")
    page = client.get(f"/vao/{slip_for(person_id)}")
    assert page.h1 == "Chào Lò Thị Mai"
    form = page.form()
    assert not form.find("input", {"name": "learning"}).has_attr("checked")

    refused = client.send(form, 422, pin="482913", pin_again="482913")
    assert "chưa đánh dấu đồng ý" in refused.text
    client.send(form, 303, pin="482913", pin_again="482913", learning="y")
    assert "Lò Thị Mai" in client.get("/du-lieu-cua-toi").text

    client.sign_out()
    client.send(client.get("/dang-nhap").form(), 303, login="0914 994 123", pin="482913")
    assert "Mai" in client.get("/du-lieu-cua-toi").text


def test_a_used_slip_opens_nothing(client):
    code = slip_for(make_person("Lò Thị Mai"))
    client.send(client.get(f"/vao/{code}").form(), 303, pin="482913", pin_again="482913", learning="y")
    client.sign_out()

    assert "không dùng được nữa" in client.get(f"/vao/{code}", 409).text
