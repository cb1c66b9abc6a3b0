"""A member's way in, told page by page without JavaScript."""

from lms.access import SYSTEM
from lms.clock import utc_now
from lms.db import in_unit
from lms.journal.models import JournalEntry
from lms.journal.rules import notify
from lms.people import rules
from lms.people.codes import slip_code
from lms.people.models import Person
from tests.conftest import SECRET
from tests.factories import NOON, account_id_of, make_person
from tests.lms.journal.post import Scripted, use


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


def test_an_address_for_letters_is_given_changed_and_taken_back_by_the_person(app, client, session):
    use(app, Scripted())
    person_id = make_person("Lò Thị Mai")
    client.sign_in(account_id_of(person_id))
    page = client.get("/du-lieu-cua-toi")

    refused = client.send(page.form("/thu-dien-tu"), 422, email="mai at example")
    assert "Địa chỉ thư phải có dạng" in refused.text
    client.send(page.form("/thu-dien-tu"), email=" mai@example.vn ")
    session.expire_all()
    assert session.get(Person, person_id).email == "mai@example.vn"
    assert b"mai@example.vn" in client.get("/du-lieu-cua-toi/tai-ve").data

    client.send(client.get("/du-lieu-cua-toi").form("/thu-dien-tu"), email="")
    session.expire_all()
    assert session.get(Person, person_id).email is None
    told = [(row.verb, row.detail) for row in session.query(JournalEntry).order_by(JournalEntry.id)]
    assert told[-2:] == [("give_email", None), ("remove_email", None)]


def test_without_a_way_to_send_letters_nobody_is_asked_for_an_address(client):
    client.sign_in(account_id_of(make_person("Lò Thị Mai")))

    assert "thư điện tử" not in client.get("/du-lieu-cua-toi").text


def test_the_data_one_takes_along_holds_what_one_was_told(client, unit):
    person_id = make_person("Lò Thị Mai")
    unit(lambda s: notify(s, person_id=person_id, template="t", event="e", text="Có chỗ cho chị.", now=NOON))
    client.sign_in(account_id_of(person_id))

    assert "Có chỗ cho chị." in client.get("/du-lieu-cua-toi/tai-ve").data.decode()
