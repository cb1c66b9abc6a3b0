"""Every form: pressed twice, sent after the session ended, sent without its token."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from lms.people.models import Consent
from lms.people.rules import give_consent
from tests.client import LintedClient, filled_in
from tests.factories import NOON, actor_of, make_account


def consenting(unit, name="Lò Thị Mai"):
    account = make_account(name)
    person_id = actor_of(account).person_id
    unit(
        lambda s: give_consent(
            s, person_id=person_id, purpose="learning", wording="…", means="thử", now=NOON
        )
    )
    return account


def test_a_form_pressed_twice_is_carried_out_once_and_leads_to_the_same_place(client, unit, session):
    client.sign_in(consenting(unit))
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")

    first, second = client.send(form), client.send(form)

    assert first.location == second.location
    assert "Đã rút lại sự đồng ý" in client.get("/du-lieu-cua-toi").text
    assert session.scalar(select(func.count()).select_from(Consent)) == 1


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
    from lms.db import in_unit
    from lms.people.models import Account
    from lms.people.pins import hash_pin

    account = consenting(unit)

    def set_pin(s):
        row = s.get(Account, account)
        row.pin_hash = hash_pin("482913")
        return row.code

    code = in_unit(set_pin)
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
    from lms.pages import local_path

    for bad in ("https://example.org/", "//example.org", "/\\example.org", "javascript:x", "/a\nb", None, ""):
        assert local_path(bad) is None
    assert local_path("/hoc/?the=2") == "/hoc/?the=2"


def test_signing_out_ends_the_session_on_the_server_too(app, client, unit):
    client.sign_in(consenting(unit))
    cookie = client.browser.get_cookie("session").value
    client.send(client.get("/du-lieu-cua-toi").form("/dang-xuat"))

    stale = LintedClient(app)
    stale.browser.set_cookie("session", cookie)
    assert "/dang-nhap" in stale.get("/du-lieu-cua-toi", 303).location
