"""Eight real processes number certificates at once, some rolling back: the book has no gap."""

from sqlalchemy import select

from lms.certificates.audit import audit
from lms.certificates.models import NumberBook
from tests.factories import officer
from tests.lms.certificates.workers import PROCESS, approve_all, number_one_by_one
from tests.lms.certificates.world import certificates, finalised_class, seats_of

PROCESSES = 8
EACH = 4


def test_eight_processes_with_roll_backs_leave_no_gap(app, engine_url, session):
    class_ids = [finalised_class(tuple(f"Người {p}.{n}" for n in range(EACH))) for p in range(PROCESSES)]
    jobs = [
        (engine_url, app.config["LMS_DATA_DIR"], officer(name=f"Cán bộ {p}"), class_id, seats_of(class_id), p)
        for p, class_id in enumerate(class_ids)
    ]
    session.rollback()

    with PROCESS.Pool(PROCESSES) as pool:
        rolled_back = sum(pool.starmap(number_one_by_one, jobs))

    session.rollback()
    assert rolled_back > 0
    assert [row.number for row in certificates()] == list(range(1, PROCESSES * EACH + 1))
    assert session.scalar(select(NumberBook.last)) == PROCESSES * EACH
    assert len({row.seat_id for row in certificates()}) == PROCESSES * EACH
    assert audit(session) == []


def test_two_officers_approving_the_same_list_give_one_certificate_each(app, engine_url, session):
    class_id = finalised_class()
    jobs = [(engine_url, app.config["LMS_DATA_DIR"], officer(name=f"Cán bộ {p}"), class_id) for p in range(4)]
    session.rollback()

    with PROCESS.Pool(4) as pool:
        outcomes = pool.starmap(approve_all, jobs)

    session.rollback()
    assert sorted(outcomes) == ["AlreadyCertified"] * 3 + ["approved"]
    assert [row.number for row in certificates()] == [1, 2, 3]
    assert audit(session) == []
