"""What the other processes of a test do, each with an app of its own on the same database."""

import random
from collections import Counter

from sqlalchemy.exc import DBAPIError

from lms.certificates import bundles, rules, templates
from lms.certificates.models import ApprovalEntry
from lms.certificates.numbering import number_list
from lms.db import db_session, in_unit, row_exists
from lms.errors import Refused
from lms.training.models import Seat
from tests.factories import THANH_HOA, actor_of
from tests.lms.certificates.world import DECISION, ISSUER, NOW

UNDONE = 0.3
"""How many of the transactions that gave numbers are rolled back."""


class ChangedMind(Exception):
    """Stands for anything that undoes a transaction after numbers were given."""


def number_in_chunks(task: tuple[int, int, int]) -> Counter[str]:
    """Number an approved list one to three entries at a time; undo about every third time after numbers were given."""
    list_id, seed, tries = task
    chance, told = random.Random(seed), Counter[str]()  # the same run every time
    for _ in range(tries):
        session = db_session()
        waits = (ApprovalEntry.list_id == list_id, ApprovalEntry.settled_at.is_(None))
        if not row_exists(session, ApprovalEntry, *waits):
            break
        undo, at_most = chance.random() < UNDONE, chance.randint(1, 3)
        told[_try(lambda s, undo=undo, at_most=at_most: _number(s, list_id, at_most, undo=undo))] += 1
    return told


def approve_one(task: tuple[int, int]) -> list[str]:
    """Approve one list."""
    account, list_id = task
    actor = actor_of(account)
    return [_try(lambda s: _approve(s, actor, list_id))]


def approve_once(task: tuple[int, int]) -> list[str]:
    """Approve a list, as somebody who pressed the button once more would."""
    account, list_id = task
    actor = actor_of(account)
    return [_try(lambda s: _approve(s, actor, list_id)) for _ in range(10)]


def propose_once(task: tuple[int, int]) -> list[str]:
    """Propose everybody of a class, as somebody who pressed the button once more would."""
    account, class_id = task
    actor, session = actor_of(account), db_session()
    chosen = [f"seat:{seat}" for (seat,) in session.query(Seat.id).filter(Seat.class_id == class_id)]
    return [
        _try(
            lambda s: rules.propose(
                s, by=actor, kind="class", class_id=class_id, chosen=chosen, decision=DECISION, issuer=ISSUER, now=NOW
            )
        )
        for _ in range(10)
    ]


def order_once(task: tuple[int, int]) -> list[str]:
    """Order the papers of a list as ZIP, as somebody who pressed the button once more would."""
    account, list_id = task
    actor = actor_of(account)
    return [_try(lambda s: bundles.order_bundle(s, by=actor, form="zip", list_id=list_id, now=NOW)) for _ in range(10)]


def make_again_once(task: tuple[int, int]) -> list[str]:
    """Ask for the missing papers of a list, as somebody who pressed the button once more would."""
    account, list_id = task
    actor = actor_of(account)
    return [_try(lambda s: rules.order_papers_again(s, by=actor, list_id=list_id, now=NOW)) for _ in range(10)]


def accept_one_end(task: tuple[int, int, int]) -> list[str]:
    """Accept that a certificate is revoked, or a list that replaces it: whichever was handed over."""
    account, request_id, list_id = task
    actor = actor_of(account)
    if request_id:
        return [_try(lambda s: rules.accept_ending(s, by=actor, request_id=request_id, now=NOW))]
    return [_try(lambda s: _approve(s, actor, list_id))]


def _approve(session, actor, list_id):
    return rules.approve_list(session, by=actor, list_id=list_id, is_unsigned=ISSUER.is_unsigned, now=NOW)


def _number(session, list_id, at_most, *, undo):
    number_list(session, list_id=list_id, now=NOW, at_most=at_most)
    if undo:
        raise ChangedMind


def _try(work) -> str:
    """Return how a unit went: "done", or by what it was stopped."""
    try:
        in_unit(work)
    except (Refused, ChangedMind, DBAPIError) as stopped:
        db_session().rollback()
        return type(stopped).__name__
    return "done"


def make_template_once(task: tuple[int, int]) -> list[str]:
    """Draft a look and put it in force, again and again, or make sure that there is one, as a proposal does."""
    account, place = task
    actor = actor_of(account)
    return [_try(lambda s, step=step: _make_template(s, actor, place + step)) for step in range(5)]


def _make_template(session, actor, place):
    if place % 2:
        templates.ensure_template(session, province_code=THANH_HOA, kind="class", issuer=ISSUER, now=NOW)
        return
    draft = templates.draft_template(session, by=actor, province_code=THANH_HOA, kind="class", issuer=ISSUER, now=NOW)
    templates.publish_template(session, by=actor, template_id=draft.id, issuer=ISSUER, now=NOW)
