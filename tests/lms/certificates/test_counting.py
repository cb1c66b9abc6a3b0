"""Counting who checks: by certificate and day, never by whom, and never in the reader's way."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from lms.certificates.counting import count_shown, forget_old_counts, shown_lately
from lms.certificates.models import CheckCount
from lms.certificates.public_id import new_public_id
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from tests.factories import NOON, officer
from tests.lms.certificates.issued import issue

TODAY = vn_date(NOON)


def counted():
    db_session().rollback()
    rows = db_session().execute(select(CheckCount.certificate_id, CheckCount.day, CheckCount.shown)).all()
    return {(row.certificate_id, row.day): row.shown for row in rows}


def count(certificate_id, day, times=1):
    for _ in range(times):
        in_unit(lambda s: count_shown(s, certificate_id=certificate_id, day=day))


def lately(certificate_id, now=NOON):
    return shown_lately(db_session(), certificate_id=certificate_id, now=now)


@contextmanager
def somebody_writes(app, certificate_id):
    """Hold what a writer elsewhere holds: SQLite's only lock, or the row of the day."""
    engine = app.extensions["lms"].db.engine
    begin = engine.connect().execution_options(sqlite_begin="IMMEDIATE")
    with begin as elsewhere:
        if engine.dialect.name == "postgresql":
            held = elsewhere.execute(
                text("SELECT shown FROM lms_check_counts WHERE certificate_id = :id FOR UPDATE"), {"id": certificate_id}
            )
            assert held.all()
        else:
            elsewhere.execute(text("SELECT 1"))
        yield
        elsewhere.rollback()


def test_every_page_that_is_shown_counts_one_for_its_certificate_and_day(client):
    one, other = issue(), issue("revoked")
    for path in (f"/v/{one.public_id}", f"/V/{one.public_id}", f"/v/{one.public_id}/lien-ket-cu"):
        client.get(path)
    client.get(f"/v/{other.public_id}")

    today = vn_date(utc_now())
    assert counted() == {(one.id, today): 3, (other.id, today): 1}


def test_a_certificate_that_does_not_exist_and_what_is_no_page_count_nothing(client):
    public_id = issue().public_id
    client.get(f"/v/{new_public_id()}", 404)
    client.get("/v/xin-chao", 404)
    client.get(f"/v/{public_id}.json?dang=tom-tat")
    client.browser.head(f"/v/{public_id}")
    client.post(f"/v/{public_id}", {"name": "Ai đó"}, 200)

    assert counted() == {}


def test_nothing_is_kept_of_who_looked():
    assert set(CheckCount.__table__.columns.keys()) == {"certificate_id", "day", "shown"}


def test_while_others_write_the_page_comes_uncounted(app, client):
    row = issue()
    client.get(f"/v/{row.public_id}")
    before = counted()

    with somebody_writes(app, row.id):
        assert client.get(f"/v/{row.public_id}").h1 == "Hợp lệ"
        assert counted() == before

    client.get(f"/v/{row.public_id}")
    assert list(counted().values()) == [2]


def test_after_waiting_for_nobody_a_connection_waits_for_writers_again(app, client):
    row = issue()
    client.get(f"/v/{row.public_id}")
    with somebody_writes(app, row.id):
        client.get(f"/v/{row.public_id}")

    if db_session().get_bind().dialect.name == "sqlite":
        waits = db_session().execute(text("PRAGMA busy_timeout")).scalar()
        assert waits == 15_000
    else:
        assert db_session().execute(text("SHOW lock_timeout")).scalar() == "3s"


def test_the_officer_reads_how_often_it_was_looked_up_within_thirty_days(client):
    row = issue()
    today = vn_date(utc_now())
    for days, times in ((0, 2), (29, 3), (30, 9)):
        count(row.id, today - timedelta(days=days), times)

    client.sign_in(officer())

    assert "Đã được tra cứu 5 lần trong 30 ngày qua." in client.get(f"/quan-ly/chung-nhan/giay/{row.id}").text


@pytest.mark.usefixtures("app")
def test_days_are_counted_apart_and_as_vietnam_has_them():
    row, other = issue(), issue()
    late = NOON.replace(hour=18)  # already the next day in Vietnam
    count(row.id, vn_date(NOON))
    count(row.id, vn_date(late))
    count(other.id, vn_date(late))

    assert counted() == {(row.id, TODAY): 1, (row.id, TODAY + timedelta(days=1)): 1,
                         (other.id, TODAY + timedelta(days=1)): 1}  # fmt: skip
    assert lately(row.id, late) == 2
    assert lately(issue().id) == 0


@pytest.mark.usefixtures("app")
def test_counts_older_than_four_hundred_days_are_dropped():
    row = issue()
    kept, old = TODAY - timedelta(days=400), TODAY - timedelta(days=401)
    for day in (kept, old, date(2020, 1, 1)):
        count(row.id, day)

    in_unit(lambda s: forget_old_counts(s, NOON))

    assert list(counted()) == [(row.id, kept)]
