"""Learners and their answers, for the tests of learning."""

from lms.db import db_session, in_unit
from lms.learning import attempts
from lms.learning.sheets import open_sheet
from tests.factories import NOON, actor_of, member_of
from tests.lms.library.package import RIGHT


def learner_in(team_id, name="Nguyễn Văn An", role="member", phone=None):
    """Make a learner in a team; return the actor."""
    _, account_id = member_of(team_id, name, role, phone)
    return actor_of(account_id)


def start(actor, lesson="mot-cua", course="dich-vu-cong", now=NOON):
    """Begin a test; return the attempt's id."""
    return in_unit(lambda s: attempts.start_attempt(s, by=actor, course=course, lesson=lesson, now=now))


def values_for(sheet, key, answer):
    """Return the form values that mean this answer on this paper."""
    question = sheet.question(key)
    order = question.full_order(sheet.paper.order_of(key))
    if question.kind == "order":
        return {question.field_at(place): [str(answer[index])] for place, index in enumerate(order, start=1)}
    if question.kind == "match":
        return {question.field_at(left): [str(order.index(right) + 1)] for left, right in enumerate(answer, start=1)}
    return {question.field: answer if isinstance(answer, list) else [answer]}


def answer(actor, attempt_id, key, value, seq=None, now=NOON):
    """Save one answer as a form would send it."""
    sheet = open_sheet(db_session(), by=actor, attempt_id=attempt_id)
    sent = values_for(sheet, key, value)
    return in_unit(
        lambda s: attempts.save_answer(
            s, by=actor, sheet=sheet, question=key, getlist=lambda name: sent.get(name, []), seq=seq, now=now
        )
    )


def submit(actor, attempt_id, now=NOON):
    """Hand in; return score and outcome."""

    def work(session):
        attempt = attempts.submit_attempt(session, by=actor, attempt_id=attempt_id, now=now)
        return attempt.score, attempt.passed

    return in_unit(work)


def answer_right(actor, attempt_id, now=NOON):
    """Answer every question of the paper rightly."""
    sheet = open_sheet(db_session(), by=actor, attempt_id=attempt_id)
    for key in sheet.paper.keys:
        answer(actor, attempt_id, key, RIGHT[key], now=now)


def pass_test(actor, lesson="mot-cua", course="dich-vu-cong", now=NOON):
    """Take a lesson's test from beginning to a pass; return the attempt's id."""
    attempt_id = start(actor, lesson, course, now)
    answer_right(actor, attempt_id, now)
    assert submit(actor, attempt_id, now) == (100, True)
    return attempt_id


def pass_course(actor, lessons=("mot-cua", "nop-ho-so"), course="dich-vu-cong", now=NOON):
    """Pass every lesson."""
    for lesson in lessons:
        pass_test(actor, lesson, course, now)
