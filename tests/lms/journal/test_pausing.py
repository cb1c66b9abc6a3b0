"""Work held up and let go on: what was made stays, nothing is made twice, and a kill in between costs nothing."""

import os
import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lms.access import SYSTEM
from lms.clock import utc_now
from lms.errors import NotFound
from lms.journal import rules
from lms.journal.jobs import run_all, run_next
from lms.journal.models import Job, JournalEntry
from lms.people import rules as people
from tests.factories import HAC_THANH, NOON, THANH_HOA, actor_of, clerk, make_account, officer
from tests.lms.journal.pieces import PIECES, PROCESS, make_pieces, work_until_killed

BA_DINH = "00004"


def ask(unit, by, **place):
    return unit(lambda s: rules.queue_job(s, kind="thử", payload={}, by=by, now=NOON, **place).id)


def pause(unit, by, job_id):
    return unit(lambda s: rules.pause_job(s, by=by, job_id=job_id, now=utc_now()))


def resume(unit, by, job_id):
    return unit(lambda s: rules.resume_job(s, by=by, job_id=job_id, now=utc_now()))


def test_paused_work_is_taken_by_no_worker_until_it_is_resumed(app, unit, session, tmp_path):
    me = actor_of(make_account())
    job_id = ask(unit, me)
    pause(unit, me, job_id)

    assert not run_next(make_pieces(tmp_path))
    resume(unit, me, job_id)
    assert run_next(make_pieces(tmp_path))
    assert session.get(Job, job_id).result == {"made": PIECES}


def test_work_paused_in_the_middle_stops_at_its_next_step_and_goes_on_where_it_stood(app, unit, session, tmp_path):
    me = actor_of(make_account())
    job_id, made = ask(unit, me), []

    def work(_payload, progress, _job):
        for number in range(len(made), PIECES):
            progress.step(number, PIECES, "Đang làm")
            made.append(number)
            if number == 2:
                pause(unit, me, job_id)
        return {"made": len(made)}

    assert run_next({"thử": work})
    held_up = session.get(Job, job_id)
    assert made == [0, 1, 2]
    assert (held_up.done, held_up.total, held_up.lease_until, held_up.tries) == (3, PIECES, None, 0)
    assert held_up.finished_at is None
    assert held_up.failed_at is None

    resume(unit, me, job_id)
    assert run_next({"thử": work})
    assert made == list(range(PIECES))


def test_pausing_again_and_again_never_gives_the_work_up(app, unit, session, tmp_path):
    me = actor_of(make_account())
    job_id = ask(unit, me)

    def pause_at_once(_payload, progress, _job):
        pause(unit, me, job_id)
        progress.step(0, 1)

    for _ in range(rules.MAX_TRIES + 2):
        run_next({"thử": pause_at_once})
        resume(unit, me, job_id)

    run_next(make_pieces(tmp_path))
    assert session.get(Job, job_id).finished_at


def test_who_has_a_task_there_may_hold_work_up_and_nobody_else(app, unit):
    neighbour, here, office = actor_of(clerk(BA_DINH, "Cán Bộ Khác")), actor_of(clerk()), actor_of(officer())
    job_id = ask(unit, here, area=HAC_THANH, province=THANH_HOA)

    for allowed in (here, office):
        assert pause(unit, allowed, job_id).paused_by_id == allowed.account_id
        assert resume(unit, allowed, job_id).paused_at is None
    for other in (neighbour, actor_of(officer("52", "Siu Black")), actor_of(make_account("Người lạ"))):
        _may_not_touch(unit, other, job_id)


@pytest.mark.parametrize("place", [{"area": HAC_THANH, "province": THANH_HOA}, {"area": HAC_THANH}])
def test_a_clerk_whose_task_ended_holds_up_nothing_of_the_commune_any_more(app, unit, place):
    account = clerk()
    job_id = ask(unit, actor_of(account), **place)
    pause(unit, actor_of(account), job_id)

    unit(lambda s: people.end_role(s, account_id=account, role="clerk", area_code=HAC_THANH, by=SYSTEM, now=NOON))

    _may_not_touch(unit, actor_of(account), job_id)


def test_an_officer_whose_task_ended_holds_up_nothing_of_the_province_any_more(app, unit):
    account = officer()
    job_id = ask(unit, actor_of(account), province=THANH_HOA)
    pause(unit, actor_of(account), job_id)

    unit(lambda s: people.end_role(s, account_id=account, role="officer", area_code=THANH_HOA, by=SYSTEM, now=NOON))

    _may_not_touch(unit, actor_of(account), job_id)


def test_a_trainer_holds_up_what_they_asked_for_on_their_province(app, unit):
    mine, other = (actor_of(make_account(name, None, ("trainer", THANH_HOA))) for name in ("Giảng Viên", "Người Khác"))
    job_id = ask(unit, mine, area=THANH_HOA)

    assert pause(unit, mine, job_id).paused_at
    _may_not_touch(unit, other, job_id)


def test_the_system_itself_may_hold_up_what_it_asked_for(app, unit):
    job_id = ask(unit, SYSTEM)

    assert pause(unit, SYSTEM, job_id).paused_at


def test_work_that_has_ended_is_neither_paused_nor_resumed(app, unit):
    me = actor_of(make_account())
    job_id = ask(unit, me)
    run_all({"thử": lambda *_: {}})

    for verb in (pause, resume):
        with pytest.raises(rules.JobOver):
            verb(unit, me, job_id)


def test_pausing_is_one_deed_however_often_it_is_pressed(app, unit, session):
    me = actor_of(make_account())
    job_id = ask(unit, me)

    first = pause(unit, me, job_id).paused_at
    assert pause(unit, me, job_id).paused_at == first
    resume(unit, me, job_id)
    resume(unit, me, job_id)

    verbs = session.scalars(select(JournalEntry.verb).where(JournalEntry.kind == "job").order_by(JournalEntry.id)).all()
    assert verbs == ["pause_job", "resume_job"]


def test_paused_killed_resumed_and_killed_again_every_piece_is_made_once(app, engine_url, unit, session, tmp_path):
    me, folder = actor_of(make_account()), tmp_path / "phần"
    folder.mkdir()
    job_id = ask(unit, me)

    _work_and_kill(app, engine_url, folder, until=2)
    pause(unit, me, job_id)
    unit(_let_the_lease_end)
    assert not run_next(make_pieces(folder))
    resume(unit, me, job_id)
    _work_and_kill(app, engine_url, folder, until=4)
    unit(_let_the_lease_end)
    made = {piece.name: piece.stat().st_mtime_ns for piece in folder.iterdir() if piece.stat().st_size}

    assert run_next(make_pieces(folder))

    assert session.get(Job, job_id).result == {"made": PIECES}
    assert {name: (folder / name).stat().st_mtime_ns for name in made} == made
    assert len(list(folder.iterdir())) == PIECES


def test_the_page_holds_work_up_and_lets_it_go_on(client, unit, session):
    account = make_account()
    job_id = ask(unit, actor_of(account))
    unit(lambda s: s.execute(update(Job).values(done=1, total=9)))
    client.sign_in(account)

    paused = client.send(client.get(f"/viec/{job_id}").form("/tam-dung"), follow=True, status=200)
    assert paused.h1 == "Đang tạm dừng"
    assert "Refresh" not in paused.headers
    going = client.send(paused.form("/lam-tiep"), follow=True, status=200)
    assert going.h1 == "Đang làm"
    assert session.get(Job, job_id).paused_at is None
    client.post(f"/viec/{job_id}/tam-dung", {"back": "/chung-nhan/"})
    client.sign_in(make_account("Người lạ"))
    client.post(f"/viec/{job_id}/lam-tiep", status=404)


def _may_not_touch(unit, actor, job_id):
    for verb in (pause, resume):
        with pytest.raises(NotFound):
            verb(unit, actor, job_id)


def _work_and_kill(app, url, folder, *, until):
    worker = PROCESS.Process(target=work_until_killed, args=(url, app.config["LMS_DATA_DIR"], str(folder)))
    worker.start()
    while len(list(folder.iterdir())) < until:
        assert worker.is_alive()
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()


def _let_the_lease_end(session):
    session.execute(update(Job).values(lease_until=utc_now() - timedelta(seconds=1)))
