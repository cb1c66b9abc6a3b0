"""The page of notices: one's own, the newest first, fifty a page."""

from datetime import timedelta

from lms.journal import rules
from tests.factories import NOON, account_id_of, make_person


def leave(unit, person_id, count):
    def work(session):
        for number in range(count):
            rules.notify(session, person_id=person_id, template="t", event=f"e{person_id}-{number}",
                         text=f"Tin số {number}.", path="/dia-ban/", now=NOON + timedelta(minutes=number))  # fmt: skip

    unit(work)


def sentences(page):
    return [card.p.get_text() if len(card("p")) == 2 else card("p")[1].get_text() for card in page.soup.select(".card")]


def test_notices_are_read_newest_first_fifty_a_page(client, unit):
    person = make_person()
    leave(unit, person, 53)
    client.sign_in(account_id_of(person))

    first = client.get("/thong-bao/")
    older = client.get(next(a["href"] for a in first.soup("a") if "cũ hơn" in a.get_text()))

    assert sentences(first) == [f"Tin số {number}." for number in range(52, 2, -1)]
    assert sentences(older) == ["Tin số 2.", "Tin số 1.", "Tin số 0."]
    assert "cũ hơn" not in older.text


def test_a_notice_that_was_read_stays_on_the_page_without_its_mark(client, unit):
    person = make_person()
    leave(unit, person, 1)
    client.sign_in(account_id_of(person))

    client.send(client.get("/thong-bao/").form("/1"))
    page = client.get("/thong-bao/")

    assert "Tin số 0." in page.text
    assert "Chưa đọc" not in page.text


def test_nobody_reads_the_notices_of_others(client, unit):
    leave(unit, make_person("Người khác"), 2)

    assert "Chưa có thông báo nào." in client.sign_in(account_id_of(make_person())).get("/thong-bao/").text


def test_the_first_page_of_a_member_leads_to_all_notices(client, unit):
    person = make_person()
    page = client.sign_in(account_id_of(person)).get("/hoc/")

    assert page.soup.find("a", href="/thong-bao/")
