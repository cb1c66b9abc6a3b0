"""Pages of a test: begin, one question a screen, hand in, the result with what helps."""

from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.datastructures import MultiDict

import courses
from lms.access import the_actor
from lms.clock import utc_now, vn_moment
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.learning import attempts, queries
from lms.learning.lesson_pages import card_address, screen_address
from lms.learning.models import Attempt
from lms.learning.sheets import Sheet, open_sheet
from lms.library import queries as library
from lms.pages import render

REVIEW = "nop-bai"
_LONGEST_ANSWER = 20_000


def show_test(course: str, lesson: str) -> Any:
    """Show the open paper at one question, or what awaits whoever has not begun."""
    session, actor = db_session(), the_actor()
    attempt_id = attempts.open_attempt(session, by=actor, course=course, lesson=lesson)
    if attempt_id is None:
        return _before(course, lesson)
    sheet = open_sheet(session, by=actor, attempt_id=attempt_id)
    saved = queries.saved_answers(session, attempt_id)
    which = request.args.get("cau", "")
    if which == REVIEW:
        return render("learning/hand_in.html", **_of_sheet(sheet), **_answered(sheet, saved))
    number = _number(which, sheet, saved)
    question = sheet.questions[number - 1]
    value, seq = saved.get(question.key, (None, 0))
    return render(
        "learning/question.html",
        **_of_sheet(sheet),
        question=question,
        items=question.shown(sheet.paper.order_of(question.key), value),
        screen=screen_address(sheet.here, question),
        number=number,
        seq=seq,
    )


def start_test(course: str, lesson: str) -> Any:
    """Draw the paper, or take up the one already begun."""
    actor = the_actor()
    in_unit(lambda s: attempts.start_attempt(s, by=actor, course=course, lesson=lesson, now=utc_now()))
    return redirect(url_for("lms.learning.show_test", course=course, lesson=lesson), 303)


def save_and_go_on(course: str, lesson: str) -> Any:
    """Store the answer of a plain form and lead to the next question.

    No once-key here: storing again is harmless, and whoever went back to change an answer means it.
    """
    sheet = _sheet(course, lesson, request.form.get("attempt", ""))
    number = _position(request.form.get("cau", ""), len(sheet.questions)) or 1
    key = sheet.questions[number - 1].key
    seq = _seq(request.form.get("seq", ""))
    _store(sheet, key, request.form.getlist, seq)
    following = number + 1 if number < len(sheet.questions) else REVIEW
    return redirect(url_for("lms.learning.show_test", course=course, lesson=lesson, cau=following), 303)


def autosave(course: str, lesson: str) -> Any:
    """Store one answer as soon as it changes, and say when."""
    if (request.content_length or 0) > _LONGEST_ANSWER:
        abort(413)
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(sent.get("fields"), dict):
        abort(400)
    seq = sent.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int):
        abort(400)
    sheet = _sheet(course, lesson, str(sent.get("attempt", ""))[:40])
    saved = _store(sheet, str(sent.get("question", ""))[:60], _fields(sent["fields"]).getlist, seq)
    return {"saved": saved.is_stored, "seq": saved.seq, "said": f"Đã lưu lúc {vn_moment(utc_now())[:5]}."}


def submit_test(course: str, lesson: str) -> Any:
    """Hand in the paper; pressing again leads to the same result."""
    actor = the_actor()
    attempt_id = request.form.get("attempt", "")[:40]
    sheet = _sheet(course, lesson, attempt_id)
    in_unit(lambda s: attempts.submit_attempt(s, by=actor, attempt_id=sheet.attempt_id, now=utc_now()))
    return redirect(url_for("lms.learning.show_result", course=course, lesson=lesson, attempt_id=attempt_id), 303)


def show_result(course: str, lesson: str, attempt_id: str) -> Response:
    """Show the score, and for each wrong answer a sentence that helps and the card to read again."""
    sheet = _sheet(course, lesson, attempt_id)
    session = db_session()
    attempt = session.get_one(Attempt, attempt_id, populate_existing=True)
    if attempt.submitted_at is None:
        raise NotFound(f"result of {attempt_id}")
    answers = attempts.answers_of(session, attempt_id)
    result = courses.grade_paper(sheet.here.lesson.test, sheet.questions, answers)
    progress = queries.course_progress(session, sheet.here.course, sheet.person_id)
    done = queries.completed_skills(session, sheet.person_id)
    titles = library.skill_titles(session)
    return render(
        "learning/result.html",
        **_of_sheet(sheet),
        attempt=attempt,
        correct=result.correct,
        wrong=_wrong(sheet, result),
        progress=progress,
        following=queries.next_lesson(sheet.here.course, progress.passed),
        skills=[titles[key] for key in sheet.here.course.skills if key in done],
    )


def _before(course: str, lesson: str) -> Response:
    actor = the_actor()
    state = queries.lesson_state(db_session(), course, lesson, actor.person_id)
    if state is None:
        raise NotFound(f"lesson {course}/{lesson}")
    last = queries.last_result(db_session(), actor.person_id or 0, lesson, course)
    return render(
        "learning/before_test.html",
        state=state,
        course=state.here.course,
        lesson=state.here.lesson,
        place={"course": course, "lesson": lesson},
        last=last,
    )


def _sheet(course: str, lesson: str, attempt_id: str) -> Sheet:
    sheet = open_sheet(db_session(), by=the_actor(), attempt_id=attempt_id)
    if (sheet.here.course.slug, sheet.here.lesson.slug) != (course, lesson):
        raise NotFound(f"attempt {attempt_id} of {course}/{lesson}")
    return sheet


def _store(sheet: Sheet, key: str, getlist: attempts.GetList, seq: int | None) -> attempts.Saved:
    actor = the_actor()
    return in_unit(
        lambda s: attempts.save_answer(s, by=actor, sheet=sheet, question=key, getlist=getlist, seq=seq, now=utc_now())
    )


def _of_sheet(sheet: Sheet) -> dict[str, Any]:
    here = sheet.here
    return {
        "sheet": sheet,
        "course": here.course,
        "lesson": here.lesson,
        "place": {"course": here.course.slug, "lesson": here.lesson.slug},
        "total": len(sheet.questions),
    }


def _answered(sheet: Sheet, saved: dict[str, tuple[Any, int]]) -> dict[str, Any]:
    rows = [
        (number, question, courses.is_answered(question, saved.get(question.key, (None, 0))[0]))
        for number, question in enumerate(sheet.questions, start=1)
    ]
    return {"rows": rows, "missing": [number for number, _, answered in rows if not answered]}


def _wrong(sheet: Sheet, result: courses.PaperResult) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "question": question,
            "help": result.verdicts[question.key].help,
            "address": card_address(sheet.here, question.card),
        }
        for number, question in enumerate(sheet.questions, start=1)
        if not result.verdicts[question.key].correct
    ]


def _number(text: str, sheet: Sheet, saved: dict[str, tuple[Any, int]]) -> int:
    """Return the question asked for, else the first one without an answer."""
    asked = _position(text, len(sheet.questions))
    if asked is not None:
        return asked
    missing = _answered(sheet, saved)["missing"]
    return missing[0] if missing else len(sheet.questions)


def _position(text: str, most: int) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    return number if 1 <= number <= most else None


def _seq(text: str) -> int | None:
    """Return the device's count of changes; a form without JavaScript sends none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _fields(sent: dict[str, Any]) -> MultiDict[str, str]:
    pairs: MultiDict[str, str] = MultiDict()
    for name, values in sent.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str):
                pairs.add(name, value)
    return pairs
