"""Many processes at once: no gap, no double, with a third of all transactions undone; and not so without the lock.

The test without the lock is the proof that the one with it proves something.
"""

from collections import Counter
from itertools import chain

import pytest
from sqlalchemy import func, select, update

from lms.certificates import approvals, rules
from lms.certificates.audit import audit
from lms.certificates.bundles import BUNDLE
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalList, Certificate, CertificateTemplate, NumberBook
from lms.certificates.pressing import RENDER
from lms.db import db_session, in_unit
from lms.journal.models import Job
from tests.factories import officer
from tests.lms.certificates.workers import (
    accept_one_end,
    approve_once,
    approve_one,
    make_again_once,
    make_template_once,
    number_in_chunks,
    order_once,
    propose_once,
)
from tests.lms.certificates.world import (
    ISSUER,
    NOW,
    approve,
    certificates,
    finalised_class,
    propose,
    published,
    second_officer,
    the_officer,
)
from tests.lms.training import pressing

PROCESSES = 12
EACH = 8
CLICKERS = 10


def test_twelve_processes_with_a_third_undone_leave_no_gap_and_no_double(app, engine_url, session, monkeypatch):
    tasks = arrange(monkeypatch)

    told = sum(run(app, engine_url, tasks, number_in_chunks), Counter())

    assert set(told) == {"done", "ChangedMind"}
    assert told["ChangedMind"] > PROCESSES
    assert [row.number for row in certificates()] == list(range(1, PROCESSES * EACH + 1))
    assert session.scalar(select(NumberBook.last)) == PROCESSES * EACH
    assert len({row.subject for row in certificates()}) == PROCESSES * EACH
    assert audit(session) == []


def test_without_the_lock_of_the_book_the_same_processes_collide(app, engine_url, monkeypatch):
    tasks = arrange(monkeypatch, tries=3)

    told = sum(run(app, engine_url, tasks, number_in_chunks, lock=False), Counter())

    # The database's own constraints still keep two papers from bearing one number; people meet faults instead.
    assert set(told) - {"done", "ChangedMind"}, told


def test_twelve_officers_approve_twelve_lists_at_once(app, engine_url, session):
    proposer = the_officer()
    lists = [propose(finalised_class((f"Người {n}",)), by=proposer).id for n in range(PROCESSES)]
    tasks = [(officer(name=f"Cán bộ {n}"), list_id) for n, list_id in enumerate(lists)]

    told = Counter(chain.from_iterable(run(app, engine_url, tasks, approve_one)))

    assert told == {"done": PROCESSES}
    assert [row.number for row in certificates()] == list(range(1, PROCESSES + 1))
    assert session.scalar(select(func.count()).select_from(CertificateTemplate)) == 1
    assert audit(session) == []


def test_a_hundred_clicks_on_propose_make_one_list(app, engine_url, session):
    class_id = finalised_class()
    tasks = [(officer(name=f"Cán bộ {n}"), class_id) for n in range(CLICKERS)]

    told = Counter(chain.from_iterable(run(app, engine_url, tasks, propose_once)))

    assert told == {"done": 1, "AlreadyProposed": 10 * CLICKERS - 1}
    assert session.scalar(select(func.count()).select_from(ApprovalList)) == 1


def test_a_hundred_clicks_on_approve_number_everybody_once(app, engine_url, session):
    list_id = propose(finalised_class()).id
    tasks = [(officer(name=f"Cán bộ {n}"), list_id) for n in range(CLICKERS)]

    told = Counter(chain.from_iterable(run(app, engine_url, tasks, approve_once)))

    assert told == {"done": 1, "AlreadyDecided": 10 * CLICKERS - 1}
    assert [row.number for row in certificates()] == [1, 2, 3]
    assert audit(session) == []


@pytest.mark.parametrize(
    ("work", "refused", "kind"),
    [(order_once, "BundleUnderWay", BUNDLE), (make_again_once, "PapersUnderWay", RENDER)],
)
def test_a_hundred_clicks_order_the_same_work_once(app, engine_url, session, work, refused, kind):
    list_id = published()[0].list_id
    in_unit(lambda s: s.execute(update(Job).values(finished_at=NOW)))
    tasks = [(officer(name=f"Cán bộ {n}"), list_id) for n in range(CLICKERS)]

    told = Counter(chain.from_iterable(run(app, engine_url, tasks, work)))

    assert told == {"done": 1, refused: 10 * CLICKERS - 1}
    assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == kind, Job.finished_at.is_(None))) == 1


def test_many_officers_change_the_look_at_once_and_one_version_follows_another(app, engine_url, session, monkeypatch):
    monkeypatch.setattr(pressing, "FIRST_WRITE", "INSERT INTO lms_certificate_templates")
    tasks = [(officer(name=f"Cán bộ {n}"), n) for n in range(CLICKERS // 2)]

    told = Counter(chain.from_iterable(run(app, engine_url, tasks, make_template_once)))

    assert told == {"done": 5 * len(tasks)}
    rows = session.scalars(select(CertificateTemplate).order_by(CertificateTemplate.number)).all()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert [row.number for row in rows if row.replaced_at is None] == [len(rows)]
    assert all(row.published_at is not None for row in rows)


def test_revoked_and_replaced_at_once_one_of_them_holds(app, engine_url, session):
    row, asker = published()[0], the_officer()
    certificate_id, decision = row.id, Decision("52/QĐ-SKHCN", NOW.date())
    request = in_unit(
        lambda s: (
            rules.ask_revoke(
                s, by=asker, certificate_id=certificate_id, decision=decision, category="fraud", detail="", now=NOW
            ).id
        )
    )
    list_id = in_unit(
        lambda s: (
            rules.propose_reissue(
                s, by=asker, certificate_id=certificate_id, decision=decision, issuer=ISSUER, now=NOW
            ).id
        )
    )
    by = second_officer().account_id

    told = list(chain.from_iterable(run(app, engine_url, [(by, request, 0), (by, 0, list_id)], accept_one_end)))

    assert sorted(told) == ["NoLongerLive", "done"]
    assert certificates()[0].state in ("revoked", "superseded")
    assert audit(session) == []


def arrange(monkeypatch, *, tries: int = 100) -> list[tuple[int, int, int]]:
    """Approve a list for each process without giving any number yet; let a race have time to happen."""
    monkeypatch.setattr(approvals, "NUMBERED_AT_ONCE", 0)
    monkeypatch.setattr(pressing, "FIRST_WRITE", "INSERT INTO lms_certificates")
    return [
        (approve(finalised_class(tuple(f"Người {number}.{n}" for n in range(EACH)))).id, number, tries)
        for number in range(PROCESSES)
    ]


def run(app, engine_url, tasks, work, *, lock: bool = True):
    """Let a process for each task go at the same moment; return what each has to tell."""
    told = pressing.run_processes(engine_url, app.config["LMS_DATA_DIR"], tasks, work, lock=lock)
    db_session().rollback()
    db_session().expire_all()
    assert db_session().scalar(select(func.count()).select_from(Certificate)) is not None
    return told
