"""What the other processes of a test do, each with an app of its own on the same database."""

import multiprocessing
import random
from datetime import date

from lms.certificates import rules
from lms.certificates.jobs import make_papers
from lms.certificates.snapshots import Decision
from lms.db import in_unit
from lms.errors import Refused
from tests.conftest import make_app
from tests.factories import actor_of
from tests.lms.certificates.world import ISSUER, NOW, seats_of

# One server process imports the school once; each worker is forked from it, clean of this test's connections.
PROCESS = multiprocessing.get_context("forkserver")
PROCESS.set_forkserver_preload([__name__])


class ChangedMind(Exception):
    """Stands for anything that undoes a transaction after numbers were given."""


def make_all_papers(url, data_dir, list_id):
    """Make the papers of a list until done, or until killed."""
    app = make_app(url, data_dir)
    with app.app_context():
        make_papers(list_id, lambda *_: None)


def number_one_by_one(url, data_dir, account_id, class_id, seat_ids, seed):
    """Approve seat by seat; undo about every third try after its number was given."""
    chance = random.Random(seed)  # the same run every time
    app = make_app(url, data_dir)
    undone = 0
    with app.app_context():
        actor = actor_of(account_id)
        for number, seat in enumerate(seat_ids):
            while chance.random() < 0.35:
                undone += _approve_and_undo(actor, class_id, seat)
            decision = Decision(f"{number + 1}/QĐ-SKHCN", date(2026, 11, 20))
            in_unit(lambda s, seat=seat, decision=decision: _approve(s, actor, class_id, [seat], decision))
        app.extensions["lms"].db.engine.dispose()
    return undone


def approve_all(url, data_dir, account_id, class_id):
    """Approve the whole class; say how it went."""
    app = make_app(url, data_dir)
    with app.app_context():
        actor, seats = actor_of(account_id), seats_of(class_id)
        try:
            in_unit(lambda s: _approve(s, actor, class_id, seats, Decision("45/QĐ", date(2026, 11, 20))))
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            app.extensions["lms"].db.session.remove()
            app.extensions["lms"].db.engine.dispose()
    return "approved"


def _approve(session, actor, class_id, seats, decision):
    return rules.approve(
        session, by=actor, class_id=class_id, seat_ids=seats, decision=decision, issuer=ISSUER, now=NOW
    )


def _approve_and_undo(actor, class_id, seat) -> int:
    def work(session):
        _approve(session, actor, class_id, [seat], Decision("99/QĐ-SKHCN", date(2026, 11, 20)))
        raise ChangedMind

    try:
        in_unit(work)
    except ChangedMind:
        return 1
    raise AssertionError("nothing was undone")
