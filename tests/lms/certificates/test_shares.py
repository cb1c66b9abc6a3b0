"""A holder shows a certificate with its name by a link: theirs alone to make, ending by itself, or withdrawn."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lms.certificates import shares
from lms.certificates.models import Certificate, ShareLink
from lms.db import in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from tests.factories import NOON, account_id_of, actor_of, make_account, officer
from tests.lms.certificates.issued import NAME, end, issue

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def row():
    return issue()


@pytest.fixture
def holder(row):
    return actor_of(account_id_of(row.person_id))


def make(row, holder, *, token="mot-chuoi", days=30, now=NOON):
    return in_unit(lambda s: shares.make_link(s, by=holder, public_id=row.public_id, token=token, days=days, now=now))


def name_by(row, token, now=NOON):
    return in_unit(lambda s: shares.shared_name(s, s.get_one(Certificate, row.id), token=token, now=now))


def test_a_link_shows_the_name_for_as_many_days_as_was_said(row, holder):
    make(row, holder, days=7)

    assert name_by(row, "mot-chuoi") == NAME
    assert name_by(row, "mot-chuoi", NOON + timedelta(days=7, seconds=-1)) == NAME
    assert name_by(row, "mot-chuoi", NOON + timedelta(days=7)) is None
    assert name_by(row, "chuoi-khac") is None
    assert name_by(row, "") is None


def test_a_link_opens_one_certificate_and_no_other(row, holder):
    make(row, holder)

    assert name_by(issue(), "mot-chuoi") is None


def test_a_withdrawn_link_is_closed_and_both_deeds_are_in_the_journal(session, row, holder):
    link = make(row, holder)

    for _ in range(2):
        in_unit(lambda s: shares.withdraw_link(s, by=holder, public_id=row.public_id, link_id=link.id, now=NOON))

    assert name_by(row, "mot-chuoi") is None
    verbs = session.scalars(select(JournalEntry.verb).where(JournalEntry.kind == "certificate")).all()
    assert verbs == ["share", "withdraw_share"]


def test_only_the_hash_of_a_token_is_kept(session, row, holder):
    make(row, holder, token="bi-mat-cua-toi")

    kept = session.scalars(select(ShareLink)).one()
    assert "bi-mat-cua-toi" not in str({c.name: getattr(kept, c.name) for c in ShareLink.__table__.columns})
    assert len(kept.token_sha256) == 64


def test_only_the_holder_makes_sees_and_withdraws_links(row, holder):
    link = make(row, holder)

    for stranger in (actor_of(make_account()), actor_of(officer())):
        with pytest.raises(NotFound):
            make(row, stranger, token="khac")
        with pytest.raises(NotFound):
            in_unit(
                lambda s, by=stranger: shares.withdraw_link(
                    s, by=by, public_id=row.public_id, link_id=link.id, now=NOON
                )
            )
    assert name_by(row, "mot-chuoi") == NAME


def test_a_link_of_another_certificate_is_not_withdrawn_through_ones_own(row, holder):
    other = issue()
    theirs = make(other, actor_of(account_id_of(other.person_id)))

    with pytest.raises(NotFound):
        in_unit(lambda s: shares.withdraw_link(s, by=holder, public_id=row.public_id, link_id=theirs.id, now=NOON))


def test_pressing_twice_makes_one_link(session, row, holder):
    first, second = make(row, holder), make(row, holder)

    assert first.id == second.id
    assert len(session.scalars(select(ShareLink)).all()) == 1


def test_a_link_lives_a_day_at_least_and_ninety_at_most(row, holder):
    for days in (0, -1, 91, 10_000):
        with pytest.raises(shares.DaysUnusable):
            make(row, holder, days=days)
    assert make(row, holder, days=90).expires_at == NOON + timedelta(days=90)


def test_ten_links_can_be_open_at_once(row, holder):
    for number in range(10):
        make(row, holder, token=f"chuoi-{number}", days=7)

    with pytest.raises(shares.TooManyLinks):
        make(row, holder, token="chuoi-10")
    assert make(row, holder, token="chuoi-10", now=NOON + timedelta(days=8)).id


def test_what_has_ended_or_is_not_public_is_not_shared(holder, row):
    end(row, "revoked")
    with pytest.raises(shares.NothingToShare):
        make(row, holder)

    waiting = issue("unpublished")
    with pytest.raises(NotFound):
        make(waiting, actor_of(account_id_of(waiting.person_id)))


def test_when_the_person_is_erased_the_link_says_nothing_more(row, holder):
    make(row, holder)

    in_unit(lambda s: setattr(s.get_one(Certificate, row.id), "person_id", None))

    assert name_by(row, "mot-chuoi") is None


def test_a_token_is_long_and_told_by_nothing_but_the_secret():
    token = shares.token_for("x" * 40, "7.ABC.nut-bam")

    assert len(token) == 32
    assert token == shares.token_for("x" * 40, "7.ABC.nut-bam")
    assert len({token, shares.token_for("y" * 40, "7.ABC.nut-bam"), shares.token_for("x" * 40, "8.ABC.nut-bam")}) == 3


def test_the_holder_makes_a_link_and_a_stranger_reads_the_name(client):
    with time_machine.travel(NOON, tick=False):
        row = issue()
        link = _made(client, row)
        assert link.startswith(f"https://hoc.example.vn/v/{row.public_id}/")
        assert link not in client.get(f"/chung-nhan/{row.public_id}/chia-se").data.decode()

        client.sign_out()
        shown = client.get(_path(link))
        assert shown.h1 == "Hợp lệ"
        assert NAME in shown.text
        assert not shown.soup.find("input", attrs={"name": "name"})
        assert (shown.headers["Cache-Control"], shown.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert NAME not in client.get(f"/v/{row.public_id}").text

    with time_machine.travel(NOON + timedelta(days=31), tick=False):
        assert NAME not in client.get(_path(link)).data.decode()


def test_expired_withdrawn_and_invented_links_get_one_answer(client):
    row = issue()
    link = _made(client, row)
    listed = client.get(f"/chung-nhan/{row.public_id}/chia-se")
    assert "dùng được đến" in listed.text

    gone = client.send(listed.form("/thu-lai"), follow=True, status=200)
    assert "Đã thu lại liên kết" in gone.text
    assert "Chưa có liên kết nào" in gone.text
    client.sign_out()
    withdrawn, invented = client.get(_path(link)), client.get(f"/v/{row.public_id}/{'a' * 32}")

    assert "Liên kết này không còn dùng được" in withdrawn.text
    assert withdrawn.text == invented.text
    assert "N***** T** Đ**" in withdrawn.text
    assert NAME not in withdrawn.data.decode()


def test_a_second_press_shows_the_same_link(client, session):
    row = issue()
    client.sign_in(account_id_of(row.person_id))
    form = client.get(f"/chung-nhan/{row.public_id}/chia-se").form("/chia-se")

    first, second = (_link_on(client.send(form, status=200)) for _ in range(2))

    assert first == second
    assert len(session.scalars(select(ShareLink)).all()) == 1


def test_a_form_from_elsewhere_makes_no_link(client, session):
    row = issue()
    client.sign_in(account_id_of(row.person_id))

    client.post(f"/chung-nhan/{row.public_id}/chia-se", {"days": "30", "csrf_token": "x"}, 400)

    assert session.scalars(select(ShareLink)).all() == []


def test_a_term_that_is_not_offered_is_refused_on_the_page(client, session):
    row = issue()
    client.sign_in(account_id_of(row.person_id))

    for days in ("365", "", "mai"):
        client.post(f"/chung-nhan/{row.public_id}/chia-se", {"days": days}, 422)

    assert session.scalars(select(ShareLink)).all() == []


def test_the_page_of_links_is_for_the_holder_only(client):
    row = issue()
    client.get(f"/chung-nhan/{row.public_id}/chia-se", 303)

    for other in (make_account(), officer()):
        client.sign_in(other).get(f"/chung-nhan/{row.public_id}/chia-se", 404)
        client.post(f"/chung-nhan/{row.public_id}/chia-se", {"days": "30"}, 404)


def _made(client, row) -> str:
    client.sign_in(account_id_of(row.person_id))
    form = client.get(f"/chung-nhan/{row.public_id}/chia-se").form("/chia-se")
    return _link_on(client.send(form, status=200))


def _link_on(page) -> str:
    return page.soup.find("input", id="lien-ket")["value"]


def _path(link) -> str:
    return link.removeprefix("https://hoc.example.vn")
