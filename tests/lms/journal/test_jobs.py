"""Background work: exists with its deed, done once, taken over when a worker dies."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.access import SYSTEM
from lms.clock import utc_now
from lms.db import in_unit
from lms.errors import NotFound, Refused
from lms.files.rules import keep
from lms.journal import rules
from lms.journal.jobs import run_all, run_next
from lms.journal.models import Job, JournalEntry, Notice
from lms.journal.queries import my_job
from lms.people import rules as people
from tests.factories import HAC_THANH, NOON, THANH_HOA, actor_of, clerk, make_account, make_person, officer


def ask(unit, kind="thử", payload=None, by=SYSTEM):
    return unit(lambda s: rules.queue_job(s, kind=kind, payload=payload or {}, by=by, now=NOON).id)


def test_a_deed_that_is_rolled_back_leaves_no_job(app, unit, session):
    def work(s):
        rules.queue_job(s, kind="thử", payload={}, by=SYSTEM, now=NOON)
        raise Refused("Không.")

    with pytest.raises(Refused):
        unit(work)

    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for(app, unit):
    done = []
    for number in range(3):
        ask(unit, payload={"n": number})

    assert run_all({"thử": lambda payload, progress, job: done.append(payload["n"]) or {}}) == 3
    assert done == [0, 1, 2]


def test_a_refusal_in_the_background_reaches_its_asker_as_the_sentence(app, unit, session):
    job_id = ask(unit)

    def refuse(payload, progress, job):
        raise Refused("Tệp này trống.", remedy="Chọn tệp khác.")

    run_all({"thử": refuse})

    job = session.get(Job, job_id)
    assert job.failure == "Tệp này trống. Chọn tệp khác."
    assert job.finished_at is None


def test_a_fault_in_one_job_does_not_stop_the_next(app, unit, session):
    broken, fine = ask(unit, "hỏng"), ask(unit, "thử")

    run_all({"hỏng": lambda *_: 1 / 0, "thử": lambda *_: {"ok": True}})

    assert session.get(Job, broken).failed_at
    assert "ZeroDivision" not in session.get(Job, broken).failure
    assert session.get(Job, fine).result == {"ok": True}


def test_a_leased_job_is_not_given_to_a_second_worker_until_its_lease_ends(app, unit):
    job_id = ask(unit)
    first = unit(lambda s: rules.lease_job(s, now=NOON).id)

    assert first == job_id
    assert unit(lambda s: rules.lease_job(s, now=NOON + timedelta(seconds=30))) is None
    taken_over = unit(lambda s: rules.lease_job(s, now=NOON + timedelta(seconds=61)).id)
    assert taken_over == job_id


def test_progress_keeps_the_lease(app, unit):
    job_id = ask(unit)
    unit(lambda s: rules.lease_job(s, now=NOON))
    later = NOON + timedelta(seconds=50)

    unit(lambda s: rules.renew_lease(s, job_id=job_id, done=3, total=9, note="phiếu", now=later))

    assert unit(lambda s: rules.lease_job(s, now=NOON + timedelta(seconds=70))) is None


def test_a_job_that_kills_its_worker_again_and_again_is_given_up(app, unit, session):
    job_id = ask(unit)
    long_ago = utc_now() - timedelta(hours=1)
    for turn in range(rules.MAX_TRIES):
        unit(lambda s, turn=turn: rules.lease_job(s, now=long_ago + timedelta(minutes=2 * turn)))

    assert run_next({"thử": lambda *_: {}})
    assert session.get(Job, job_id).failed_at


def test_the_same_event_tells_the_same_person_once(app, unit, session):
    person_id = make_person()
    for _ in range(2):
        unit(lambda s: rules.notify(s, person_id=person_id, template="offer", event="seat:1", text="Có chỗ.", now=NOON))

    assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_a_notice_is_read_by_its_reader_only(client, unit, session):
    mine, other = make_account("Người nhận"), make_account("Người khác")
    person_id = actor_of(mine).person_id
    unit(lambda s: rules.notify(s, person_id=person_id, template="t", event="e", text="…", path="/dia-ban/", now=NOON))
    notice_id = session.scalar(select(Notice.id))

    client.sign_in(other).post(f"/thong-bao/{notice_id}", status=404)
    assert session.get(Notice, notice_id).read_at is None
    assert client.sign_in(mine).post(f"/thong-bao/{notice_id}").location == "/dia-ban/"
    session.expire_all()
    assert session.get(Notice, notice_id).read_at


def test_a_job_is_seen_by_its_asker_only(client, unit):
    mine, other = make_account("Người hỏi"), make_account("Người khác")
    job_id = ask(unit, by=actor_of(mine))

    page = client.sign_in(mine).get(f"/viec/{job_id}")
    assert page.h1 == "Đang làm"
    assert page.headers["Refresh"] == "2"
    client.sign_in(other).get(f"/viec/{job_id}", 404)
    client.get(f"/viec/{job_id}/tep", 404)


@pytest.mark.parametrize(
    ("role", "area", "place"),
    [
        ("officer", THANH_HOA, {"province": THANH_HOA}),
        ("officer", THANH_HOA, {"area": THANH_HOA, "province": THANH_HOA}),
        ("trainer", THANH_HOA, {"area": THANH_HOA}),
        ("clerk", HAC_THANH, {"area": HAC_THANH}),
        ("clerk", HAC_THANH, {"area": HAC_THANH, "province": THANH_HOA}),
    ],
)
def test_what_was_made_for_a_place_is_seen_and_fetched_only_as_long_as_the_task_there_lasts(
    client, unit, role, area, place
):
    account = make_account("Cán Bộ Cũ", None, (role, area))
    job_id = unit(lambda s: rules.queue_job(s, kind="thử", payload={}, by=actor_of(account), now=NOON, **place).id)
    run_all({"thử": _make_a_file})
    client.sign_in(account)
    assert client.get(f"/viec/{job_id}/tep").data == b"so"
    client.get(f"/viec/{job_id}")

    unit(lambda s: people.end_role(s, account_id=account, role=role, area_code=area, by=SYSTEM, now=NOON))

    client.get(f"/viec/{job_id}", 404)
    client.get(f"/viec/{job_id}/tep", 404)


def test_an_officer_who_is_only_a_trainer_now_fetches_no_paper_of_the_officers_any_more(app, unit, session):
    account = make_account("Cán Bộ Cũ", None, ("officer", THANH_HOA), ("trainer", THANH_HOA))
    job_id = unit(
        lambda s: rules.queue_job(s, kind="thử", payload={}, by=actor_of(account), now=NOON, province=THANH_HOA).id
    )
    assert my_job(session, by=actor_of(account), job_id=job_id)

    unit(lambda s: people.end_role(s, account_id=account, role="officer", area_code=THANH_HOA, by=SYSTEM, now=NOON))

    with pytest.raises(NotFound):
        my_job(session, by=actor_of(account), job_id=job_id)


def test_what_was_made_for_a_place_is_fetched_by_its_asker_alone(app, unit, session):
    asker, colleague = actor_of(officer()), actor_of(officer(name="Đỗ Thị Hai"))
    job_id = unit(lambda s: rules.queue_job(s, kind="thử", payload={}, by=asker, now=NOON, province=THANH_HOA).id)

    assert my_job(session, by=asker, job_id=job_id).id == job_id
    with pytest.raises(NotFound):
        my_job(session, by=colleague, job_id=job_id)


def test_every_officer_of_a_province_sees_how_far_work_on_it_is_and_nobody_elsewhere(client, unit):
    asker, colleague = officer(), officer(name="Đỗ Thị Hai")
    place = {"area": HAC_THANH, "province": THANH_HOA}
    job_id = unit(lambda s: rules.queue_job(s, kind="thử", payload={}, by=actor_of(asker), now=NOON, **place).id)
    seen = client.sign_in(colleague).get(f"/viec/{job_id}")
    assert seen.h1 == "Đang làm"
    client.sign_in(clerk()).get(f"/viec/{job_id}")
    for other in (officer("52", "Siu Black"), clerk("00004", "Cán Bộ Khác"), make_account("Người lạ")):
        client.sign_in(other).get(f"/viec/{job_id}", 404)

    run_all({"thử": _make_a_file})

    done = client.sign_in(colleague).get(f"/viec/{job_id}")
    assert "Người yêu cầu việc này mới tải được tệp" in done.text
    client.get(f"/viec/{job_id}/tep", 404)
    assert "Tải tệp về" in client.sign_in(asker).get(f"/viec/{job_id}").text


def _make_a_file(_payload, _progress, _job):
    kept = in_unit(lambda s: keep(s, b"so", name="so.pdf", media_type="application/pdf", by=SYSTEM, now=NOON).id)
    return {"file_id": kept}


def test_the_journal_names_who_did_what(app, unit, session):
    account = make_account("Phạm Văn Xã", None, ("clerk", "14797"))

    unit(
        lambda s: rules.record(s, by=actor_of(account), verb="rename", kind="team", object_id=7, area="14797", now=NOON)
    )

    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "rename")).one()
    assert (entry.actor_label, entry.object_id) == ("Phạm Văn Xã (cán bộ xã)", "7")
