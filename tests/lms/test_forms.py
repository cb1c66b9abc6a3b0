"""Every form: pressed twice, sent after the session ended, sent without its token."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import get_flashed_messages
from sqlalchemy import func, select

from lms.pages import deed, local_path
from lms.people.models import Account, Consent
from lms.people.pins import hash_pin
from lms.people.rules import give_consent
from tests.client import LintedClient, filled_in
from tests.conftest import SECRET, make_app
from tests.factories import NOON, actor_of, clerk, make_account


def consenting(unit, name="Lò Thị Mai"):
    account = make_account(name)
    person_id = actor_of(account).person_id
    unit(lambda s: give_consent(s, person_id=person_id, purpose="learning", wording="…", means="thử", now=NOON))
    return account


def set_pin(session, account):
    row = session.get(Account, account)
    row.pin_hash = hash_pin("482913", SECRET)
    return row.code


def test_a_form_pressed_twice_is_carried_out_once_and_leads_to_the_same_place(client, unit, session):
    client.sign_in(consenting(unit))
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")

    first, second = client.send(form), client.send(form)

    assert first.location == second.location
    assert client.get("/du-lieu-cua-toi").text.count("Đã rút lại sự đồng ý") == 1
    assert session.scalar(select(func.count()).select_from(Consent)) == 1


def test_whoever_lost_the_first_answer_hears_the_same_from_the_second(client, unit):
    client.sign_in(consenting(unit))
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    before = client.browser.get_cookie("session").value
    client.send(form)
    client.browser.set_cookie("session", before)  # as if the line had gone before the answer came

    assert "Đã rút lại sự đồng ý" in client.get(client.send(form).location).text
    assert "Đã rút lại sự đồng ý" not in client.get("/du-lieu-cua-toi").text


def test_every_one_of_presses_in_the_same_instant_hears_what_was_done(app, client, unit):
    client.sign_in(consenting(unit))
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    cookie = client.browser.get_cookie("session").value

    def press(_):
        browser = app.test_client()
        browser.set_cookie("session", cookie)
        return browser.post(form["action"], data=filled_in(form), follow_redirects=True).text

    with ThreadPoolExecutor(4) as pool:
        assert all("Đã rút lại sự đồng ý" in page for page in pool.map(press, range(4)))


def test_all_sentences_of_a_deed_are_told_again_each_in_its_colour(app, unit):
    told = [("warn", "Một người chưa được xếp."), ("good", "Đã xếp 2 người.")]

    def press():
        with app.test_request_context(method="POST", data={"once": "mot-lan"}):
            answer = deed(lambda s: told, then="/", say=lambda done: done)
            return answer.status_code, get_flashed_messages(with_categories=True)

    assert press() == press() == (303, told)


def test_two_presses_in_the_same_instant_are_one_deed(app, client, unit):
    client.sign_in(consenting(unit))
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    cookie = client.browser.get_cookie("session").value

    def press(_):
        browser = app.test_client()
        browser.set_cookie("session", cookie)
        return browser.post(form["action"], data=filled_in(form)).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, range(4))) == {303}


def test_somebody_elses_key_means_nothing(client, unit, session):
    mine, other = consenting(unit), consenting(unit, "Vi Văn Tâm")
    form = client.sign_in(mine).get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    client.send(form)

    page = client.sign_in(other).get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    client.send(page, once=form.find("input", {"name": "once"})["value"])
    withdrawn = session.scalars(select(Consent.withdrawn_at)).all()
    assert len(withdrawn) == 2
    assert all(withdrawn)


def test_a_form_without_its_token_does_nothing_and_keeps_what_was_typed(client, unit, session):
    client.sign_in(consenting(unit))

    page = client.post("/du-lieu-cua-toi/rut-dong-y/learning", {"csrf_token": "giả", "ghi_chu": "đã gõ"}, 400)

    assert "đã gõ" in page.text
    assert session.scalar(select(Consent.withdrawn_at)) is None


def test_a_form_sent_after_the_session_ended_is_still_there_after_signing_in(app, client, unit, session):
    account = consenting(unit)
    code = unit(lambda s: set_pin(s, account))
    client.sign_in(account)
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    client.sign_out()

    asked = client.send(form, 401, ghi_chu="nội dung đã gõ")
    assert "vẫn còn" in asked.text
    kept = client.send(asked.form("/dang-nhap"), 200, login=code, pin="482913")
    assert "nội dung đã gõ" in kept.text
    client.send(kept.form("/rut-dong-y/learning"))
    assert session.scalar(select(Consent.withdrawn_at)) is not None


def test_signing_in_never_leads_to_another_site(client, unit):
    page = client.get("/dang-nhap?tiep=https://example.org/")

    assert page.form("/dang-nhap").find("input", {"name": "tiep"})["value"] == "https://example.org/"
    for bad in (
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "javascript:x",
        "/a\nb",
        "/\t/e.org",
        None,
        "",
    ):
        assert local_path(bad) is None
    assert local_path("/hoc/?the=2") == "/hoc/?the=2"


def test_signing_out_ends_the_session_on_the_server_too(app, client, unit):
    client.sign_in(consenting(unit))
    cookie = client.browser.get_cookie("session").value
    client.send(client.get("/du-lieu-cua-toi").form("/dang-xuat"))

    stale = LintedClient(app)
    stale.browser.set_cookie("session", cookie)
    assert "/dang-nhap" in stale.get("/du-lieu-cua-toi", 303).location


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_form_from_another_sites_page_is_not_even_kept_for_sending_again(client, unit, session, headers):
    client.sign_in(consenting(unit))
    path = "/du-lieu-cua-toi/rut-dong-y/learning"

    page = client.post(path, {"ghi_chu": "của kẻ lạ"}, 403, headers=headers)

    assert not page.is_html
    assert "Set-Cookie" not in page.headers
    assert session.scalar(select(Consent.withdrawn_at)) is None


def test_a_form_from_our_own_page_without_a_referrer_is_taken(client, unit):
    client.sign_in(consenting(unit))

    client.post("/du-lieu-cua-toi/rut-dong-y/learning", {}, headers={"Origin": "null"})


def test_the_session_cookie_stays_on_this_site_and_out_of_scripts(client, unit):
    account = consenting(unit)
    code = unit(lambda s: set_pin(s, account))

    answer = client.send(client.get("/dang-nhap").form("/dang-nhap"), login=code, pin="482913")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_public_https_address_makes_the_cookie_secure(tmp_path):
    app = make_app(f"sqlite:///{tmp_path}/x.sqlite", str(tmp_path), TESTING=False)

    assert app.config["SESSION_COOKIE_SECURE"] is True


def test_staff_pages_are_not_kept_by_the_browser(client):
    client.sign_in(clerk())

    assert client.get("/quan-ly/to/").headers["Cache-Control"] == "private, no-store"
