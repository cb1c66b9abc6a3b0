"""Pages of a lesson taught to a room: the cards on a TV, and who was there.

The cards are open to everybody, as lessons are. Crediting belongs to trainers and officers.
"""

from base64 import b64encode
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

import courses
from lms.access import current_actor, the_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.learning import class_credits, class_queries
from lms.learning.lesson_pages import KIND_WORDS, unchanged_or
from lms.learning.models import ClassCredit
from lms.library import queries as library
from lms.library.local_words import in_words, words_for_reader
from lms.pages import deed, public_url, render
from lms.printing.qr import qr_asset

_ASKED_ALOUD = ("choice", "truefalse", "several")
"""Kinds of questions that a room can answer by raising hands."""


def show_to_room(course: str, lesson: str) -> Response:
    """Show one card in very large type; before the first a code to scan, after the last a question to all."""
    here = _in_own_words(_lesson(course, lesson))
    cards = here.lesson.main_cards
    number = _screen(len(cards) + 1)
    of = {**_of_lesson(here), "number": number, "total": len(cards), "kind_words": KIND_WORDS}
    if number == 0:
        return unchanged_or(render("learning/room_start.html", **of, **_code_to_scan(here)))
    if number > len(cards):
        return unchanged_or(render("learning/room_end.html", **of, question=_question_for_all(here)))
    card = cards[number - 1]
    return unchanged_or(render("learning/room_card.html", **of, card=card, html=library.deeper(card.html)))


def credit_class(course: str, lesson: str) -> Any:
    """Choose a team, tick who was there, and credit them all at once."""
    here, actor, session = _lesson(course, lesson), the_actor(), db_session()
    asked = request.values.get("to", "")
    if not asked:
        typed = request.args.get("tim", "")[:100]
        teams, has_more = class_queries.teams_found(session, actor, typed)
        return render("learning/class_team.html", **_of_lesson(here), teams=teams, has_more=has_more, typed=typed)
    team, commune = class_queries.class_team(session, actor, _row_number(asked))
    ticked = [_row_number(value) for value in request.form.getlist("person")]
    refusal = None
    if request.method == "POST":
        team_id = team.id
        try:
            return deed(
                lambda s: class_credits.credit_class(
                    s, by=actor, course=course, lesson=lesson, team_id=team_id, people=ticked, now=utc_now()
                ),
                then=_address_of,
                say="Đã ghi nhận lớp học.",
            )
        except Refused as no:
            refusal = no
    return render(
        "learning/class_roster.html",
        refusal.status if refusal else 200,
        **_of_lesson(here),
        team=team,
        commune=commune,
        roster=class_queries.class_roster(session, actor, team.id, course, lesson),
        ticked=ticked,
        most=class_credits.MOST_PEOPLE,
        refusal=refusal,
    )


def show_credit(credit_id: int) -> Response:
    """Show who was credited, and until when it can be undone."""
    row = class_queries.credit_for(db_session(), the_actor(), credit_id)
    return render(
        "learning/class_credit.html",
        row=row,
        names=class_queries.credited_names(db_session(), credit_id),
        may_undo=row.may_be_undone(utc_now()),
    )


def undo_credit(credit_id: int) -> Any:
    """Take a credit back while its day lasts."""
    actor = the_actor()
    return deed(
        lambda s: class_credits.undo_credit(s, by=actor, credit_id=credit_id, now=utc_now()),
        then=_address_of,
        say="Đã bỏ ghi nhận. Không ai được tính bài này từ lớp học đó.",
    )


def my_credits() -> Response:
    """List the lessons to teach to a room, and the latest credits."""
    session, actor = db_session(), the_actor()
    return render(
        "learning/class_credits.html",
        courses=[now.course for now in library.courses_now(session)],
        credits=class_queries.credits_of(session, actor),
    )


def _lesson(course: str, lesson: str) -> library.LessonNow:
    here = library.lesson_now(db_session(), course, lesson)
    if here is None:
        raise NotFound(f"lesson {course}/{lesson}")
    return here


def _in_own_words(here: library.LessonNow) -> library.LessonNow:
    """Return the lesson with the words of the province of whoever shows it."""
    words = words_for_reader(db_session(), current_actor(), here)
    return replace(here, lesson=in_words(here.lesson, words)) if words else here


def _of_lesson(here: library.LessonNow) -> dict[str, Any]:
    today = vn_date(utc_now())
    return {
        "course": here.course,
        "lesson": here.lesson,
        "place": {"course": here.course.slug, "lesson": here.lesson.slug},
        "due": [fact for fact in here.lesson.facts if fact.is_due(today)],
    }


def _code_to_scan(here: library.LessonNow) -> dict[str, Any]:
    """Return the QR code of the lesson as a picture that needs no request of its own, and the site to type."""
    code = qr_asset(public_url("lms.learning.show_lesson", course=here.course.slug, lesson=here.lesson.slug))
    picture = f"data:{code.media_type};base64,{b64encode(code.data).decode()}"
    return {"code": picture, "site": public_url("lms.front").partition("://")[2].rstrip("/")}


def _question_for_all(here: library.LessonNow) -> dict[str, Any] | None:
    """Return a practice question to read together: its answers in a drawn order, and which are right."""
    question = next((one for one in here.lesson.practice if one.kind in _ASKED_ALOUD), None)
    if question is None:
        return None
    options = [question.options[index] for index in courses.shown_order(question, here.digest)]
    right = [option for option in options if option.right]
    return {
        "text": question.text,
        "options": [option.text for option in options],
        "right": [option.text for option in right],
        "help": " ".join(dict.fromkeys(filter(None, [question.help, *(option.help for option in right)]))),
    }


def _address_of(credit: ClassCredit) -> str:
    return url_for("lms.learning.show_credit", credit_id=credit.id)


def _screen(last: int) -> int:
    """Read from the address which screen is asked for; anything else means the first."""
    asked = request.args.get("the", "0")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 0
    return min(number, last)


def _row_number(typed: str) -> int:
    """Return the number of a row as a form sends it.

    Raises:
        NotFound: that is no number.
    """
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise NotFound(f"row {typed[:20]!r}")
    return int(typed)
