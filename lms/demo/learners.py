"""Learning as it happens: some finish, some stop half way, some fail a test and try again.

Every answer goes through the rules that a phone's answers go through; only the time is told.
"""

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courses import Question, read_answer
from lms.access import Actor
from lms.db import db_session, in_unit, row_exists
from lms.demo.marker import CourseMissing
from lms.demo.people import let_in, person_actor
from lms.demo.province import COURSE, ZEAL, days_before
from lms.learning.attempts import save_answer, start_attempt, submit_attempt
from lms.learning.models import LessonProgress
from lms.learning.rules import see_card
from lms.learning.sheets import open_sheet
from lms.learning.skill_checks import AFTER, BEFORE, answer_check
from lms.library import queries as library
from lms.teams.models import Membership, Team

_PER_ANSWER = timedelta(seconds=35)


def let_everybody_learn(anchor: datetime, tell: Callable[[int, int], None]) -> None:
    """Let each person of the province learn as far as they get; whoever has begun is left alone."""
    lessons = lessons_of_course(db_session())
    plans = _plans(db_session())
    for done, (person_id, commune) in enumerate(plans, 1):
        in_unit(partial(_learn, person_id=person_id, commune=commune, lessons=lessons, anchor=anchor))
        tell(done, len(plans))


def lessons_of_course(session: Session) -> list[tuple[str, int]]:
    """Return slug and number of cards of each lesson of the built-in course.

    Raises:
        CourseMissing: it is not published.
    """
    now = library.course_now(session, COURSE)
    if now is None:
        raise CourseMissing
    return [(line.slug, line.cards) for line in now.course.lessons]


def right_fields(question: Question, order: Iterable[int]) -> dict[str, list[str]]:
    """Return the form fields of a right answer to a question shown in this order."""
    shown = question.full_order(tuple(order))
    if question.kind == "short":
        return {question.field: [question.accept[0]]}
    if question.kind == "order":
        return {question.field_at(place): [str(index + 1)] for place, index in enumerate(shown, 1)}
    if question.kind == "match":
        return {question.field_at(left + 1): [str(shown.index(left) + 1)] for left in range(question.size)}
    return {question.field: [option.key for option in question.options if option.right]}


def wrong_fields(question: Question, order: Iterable[int]) -> dict[str, list[str]]:
    """Return the form fields of a wrong answer, as somebody gives it who has not read on."""
    right = right_fields(question, order)
    if question.kind == "short":
        return {question.field: ["không nhớ"]}
    if question.kind in ("order", "match"):
        values = [value for (value,) in right.values()]
        return {field: [value] for field, value in zip(right, [*values[1:], values[0]], strict=True)}
    return {question.field: [next(option.key for option in question.options if not option.right)]}


def _plans(session: Session) -> list[tuple[int, str]]:
    """Return each person with the commune of their first team."""
    rows = session.execute(
        select(Membership.person_id, func.min(Team.commune_code))
        .join(Team, Team.id == Membership.team_id)
        .where(Membership.left_at.is_(None), Team.commune_code.in_(ZEAL))
        .group_by(Membership.person_id)
        .order_by(Membership.person_id)
    )
    return [(person_id, commune) for person_id, commune in rows]


def _learn(session: Session, *, person_id: int, commune: str, lessons: list[tuple[str, int]], anchor: datetime) -> None:
    if row_exists(session, LessonProgress, LessonProgress.person_id == person_id):
        return
    chance = random.Random(f"hoc {person_id}")  # noqa: S311 - how an invented person learns
    finish, begin = ZEAL[commune]
    luck = chance.random()
    if luck > begin:
        return
    goal = len(lessons) if luck < finish else chance.randint(0, len(lessons) - 1)
    when = days_before(anchor, chance.randint(15, 62), chance.randint(6, 20), chance.randint(0, 59))
    let_in(session, person_id, now=when - timedelta(minutes=3))
    by = person_actor(session, person_id, when)
    knows = random.Random(f"thu suc {person_id}")  # noqa: S311 - what an invented person knows
    _try_oneself(session, by, BEFORE, knows.randint(0, 3), when)
    for slug, cards in lessons[:goal]:
        when = _do_lesson(session, by, slug, cards, chance, min(when, anchor - timedelta(hours=1)))
    if goal == len(lessons):
        _try_oneself(session, by, AFTER, knows.randint(3, 5), min(when, anchor - timedelta(minutes=30)))
    else:
        slug, cards = lessons[goal]
        stopped = min(when, anchor - timedelta(minutes=30))
        see_card(session, by=by, course=COURSE, lesson=slug, card=chance.randint(1, cards), now=stopped)


def _do_lesson(session: Session, by: Actor, slug: str, cards: int, chance: random.Random, when: datetime) -> datetime:
    """Read a lesson and pass its test, perhaps at the second try; return when the next one begins."""
    see_card(session, by=by, course=COURSE, lesson=slug, card=cards, now=when)
    when += timedelta(minutes=chance.randint(4, 9))
    if chance.random() < 0.12:
        when = take_test(session, by, slug, when, mistakes=99)
    when = take_test(session, by, slug, when, mistakes=0)
    return when + timedelta(minutes=chance.randint(3, 30), days=chance.choice((0, 0, 0, 1, 1, 2)))


def take_test(session: Session, by: Actor, slug: str, when: datetime, *, mistakes: int) -> datetime:
    """Take a lesson's test with so many wrong answers first; return when it was handed in."""
    attempt_id = start_attempt(session, by=by, course=COURSE, lesson=slug, now=when)
    sheet = open_sheet(session, by=by, attempt_id=attempt_id)
    for place, question in enumerate(sheet.questions):
        when += _PER_ANSWER
        answer = wrong_fields if place < mistakes else right_fields
        fields = answer(question, sheet.paper.order_of(question.key))
        save_answer(
            session, by=by, sheet=sheet, question=question.key, getlist=partial(_sent, fields), seq=1, now=when,
        )  # fmt: skip
    submit_attempt(session, by=by, attempt_id=attempt_id, now=when)
    return when


def _try_oneself(session: Session, by: Actor, moment: str, right: int, when: datetime) -> None:
    """Answer the five questions about the skill, so many of them rightly."""
    here = library.course_now(session, COURSE)
    if here is None or here.course.checked_skill is None:
        return
    answers = {}
    for place, one in enumerate(library.skill_check(session, here)):
        order = range(one.question.size)
        fields = (right_fields if place < right else wrong_fields)(one.question, order)
        answers[one.question.key] = read_answer(one.question, order, partial(_sent, fields))
    answer_check(session, by=by, course=COURSE, moment=moment, answers=answers, now=when)


def _sent(fields: dict[str, list[str]], name: str) -> list[str]:
    return fields.get(name, [])
