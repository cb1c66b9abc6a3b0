"""The page on which one tries one's strength: five questions before learning a skill, the same after."""

from typing import Any

from flask import Response, request, url_for

import courses
from lms.access import Actor, the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.learning import queries, skill_checks
from lms.learning.lesson_pages import card_address, screen_address
from lms.learning.rules import learner
from lms.learning.skill_checks import Asked, CheckState
from lms.library import queries as library
from lms.pages import deed, render


def skill_check(course: str) -> Any:
    """Ask the five questions when it is time for them, otherwise show how they went."""
    actor = the_actor()
    person_id = learner(actor)
    here = library.course_now(db_session(), course)
    if here is None:
        raise NotFound(f"course {course}")
    if request.method == "POST":
        return _hand_in(actor, person_id, here)
    state = skill_checks.check_for(db_session(), by=actor, now=here)
    if state is None:
        raise skill_checks.NoSkillCheck
    if state.moment is not None:
        return _ask(person_id, here, state.moment)
    return _result(person_id, here, state)


def _ask(person_id: int, here: library.CourseNow, moment: str) -> Response:
    asked = skill_checks.questions_for(db_session(), person_id, here)
    return render(
        "learning/skill_check.html",
        course=here.course,
        moment=moment,
        rows=[
            (one.number, one.question, one.question.shown(one.order), screen_address(_lesson(here, one), one.question))
            for one in asked
        ],
    )


def _hand_in(actor: Actor, person_id: int, here: library.CourseNow) -> Any:
    asked = skill_checks.questions_for(db_session(), person_id, here)
    answers = {one.question.key: courses.read_answer(one.question, one.order, request.form.getlist) for one in asked}
    moment = request.form.get("luc", "")
    return deed(
        lambda s: skill_checks.answer_check(
            s, by=actor, course=here.course.slug, moment=moment, answers=answers, now=utc_now()
        ),
        then=url_for("lms.learning.skill_check", course=here.course.slug),
    )


def _result(person_id: int, here: library.CourseNow, state: CheckState) -> Response:
    if state.before is None and state.after is None:
        raise skill_checks.TooLateForBefore
    progress = queries.course_progress(db_session(), here.course, person_id)
    return render(
        "learning/skill_check_result.html",
        course=here.course,
        state=state,
        following=queries.next_lesson(here.course, progress.passed),
        wrong=_wrong(person_id, here, state),
    )


def _wrong(person_id: int, here: library.CourseNow, state: CheckState) -> list[dict[str, Any]]:
    """Return what was wrong after learning, each with its help and its card; before, nobody is told."""
    session = db_session()
    then = library.course_by_id(session, state.after.version_id) if state.after else None
    if then is None:
        return []
    answers = skill_checks.answers_given(session, person_id, here, skill_checks.AFTER)
    found = []
    for one in skill_checks.questions_for(session, person_id, then):
        verdict = courses.grade(one.question, answers.get(one.question.key))
        if not verdict.correct:
            address = card_address(_lesson(then, one), verdict.card)
            found.append({"number": one.number, "question": one.question, "help": verdict.help, "address": address})
    return found


def _lesson(here: library.CourseNow, one: Asked) -> library.LessonNow:
    """Return the lesson that answers a question; a published check names only lessons of its course."""
    lesson = library.lesson_in(db_session(), here, one.lesson)
    if lesson is None:
        raise NotFound(f"lesson {here.course.slug}/{one.lesson}")
    return lesson
