"""Pages of lessons: the learner's first page, cards one by one, practice, what to print.

Lessons are open to everybody and never locked; only progress and tests belong to somebody.
"""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request, url_for

import courses
from lms.access import current_actor, the_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.learning import queries
from lms.learning.rules import learner, see_card
from lms.library import queries as library
from lms.library.local_words import NO_WORDS, in_words, words_for_reader
from lms.library.pieces import Pieces
from lms.pages import address, render

ALL = "tat-ca"
KIND_WORDS = {"trap": "Bẫy thường gặp", "exercise": "Bài tập an toàn"}
ready_cards = Pieces(1000)


def home() -> Response:
    """Show the one thing to do next, then how far the learner is."""
    page = queries.home(db_session(), learner(the_actor()))
    return render("learning/home.html", page=page, step=page.step)


def show_lesson(course: str, lesson: str) -> Response:
    """Show one card of a lesson, or all of them on one page for printing."""
    state = _state(course, lesson)
    cards = state.here.lesson.main_cards
    which = request.args.get("the", "1")
    if which == ALL:
        of = _of_lesson(state, _words(state))
        return unchanged_or(render("learning/whole_lesson.html", **of, cards=of["lesson"].main_cards))
    number = _number(which, len(cards))
    actor = current_actor()
    if actor is not None and actor.person_id is not None and actor.may_be_recorded and number > state.card:
        in_unit(lambda s: see_card(s, by=actor, course=course, lesson=lesson, card=number, now=utc_now()))
    above, below = _around(state, number)
    return unchanged_or(render("learning/lesson.html", lesson=state.here.lesson, state=state, above=above, below=below))


def practise(course: str, lesson: str) -> Response:
    """Ask a practice question and help at once; nothing is stored, so an address is enough."""
    state = _state(course, lesson)
    questions = state.here.lesson.practice
    if not questions:
        raise NotFound(f"practice of {course}/{lesson}")
    number = _number(request.args.get("cau", "1"), len(questions))
    question = questions[number - 1]
    order = courses.shown_order(question, state.here.digest)
    answer = courses.read_answer(question, order, request.args.getlist)
    tried = request.args.get("xem") == "1"
    return render(
        "learning/practice.html",
        **_of_lesson(state),
        question=question,
        items=question.shown(order, answer),
        verdict=courses.grade(question, answer) if tried else None,
        screen=screen_address(state.here, question),
        explained=card_address(state.here, question.card),
        number=number,
        total=len(questions),
    )


def teach_back(course: str, lesson: str) -> Response:
    """Show how to teach the lesson to somebody else."""
    state = _state(course, lesson)
    of = _of_lesson(state, _words(state))
    return unchanged_or(render("learning/teach_back.html", **of, cards=_deeper(of["lesson"].teach_cards)))


def sheet(course: str, lesson: str) -> Response:
    """Show the steps as a sheet to print in large type, with lines for one's own notes."""
    state = _state(course, lesson)
    of = _of_lesson(state, _words(state))
    return unchanged_or(render("learning/sheet.html", **of, cards=_deeper(of["lesson"].sheet_cards)))


def card_address(here: library.LessonNow, number: int) -> str:
    """Return the address of the card that explains something; `number` counts all cards of the file."""
    at = next((at for at, card in enumerate(here.lesson.main_cards, start=1) if card.number == number), None)
    return url_for("lms.learning.show_lesson", course=here.course.slug, lesson=here.lesson.slug, the=at)


def screen_address(here: library.LessonNow, question: courses.Question) -> str:
    """Return the address of the drawn screen that a question asks to tap on, empty for other questions."""
    if question.screen is None:
        return ""
    return url_for("lms.library.media", course=here.course.slug, name=question.screen.name, v=here.digest[:8])


def _state(course: str, lesson: str) -> queries.LessonState:
    actor = current_actor()
    person_id = actor.person_id if actor is not None else None
    state = queries.lesson_state(db_session(), course, lesson, person_id)
    if state is None:
        raise NotFound(f"lesson {course}/{lesson}")
    return state


def _around(state: queries.LessonState, number: int) -> tuple[str, str]:
    """Return what stands above and below a reader's own state: the same for all, so kept ready-made.

    The day is in the key because a fact that is due today was not yesterday; the address, because
    two schools under two prefixes may live in one process; the words, because each province has its own.
    """
    here, is_passed = state.here, state.passed_at is not None
    where = address("lms.learning.show_lesson", course=here.course.slug, lesson=here.lesson.slug)
    words = _words(state)
    key = (here.digest, here.lesson.slug, number, is_passed, where, vn_date(utc_now()), *words.values())
    return ready_cards.get(key, lambda: _make_around(_of_lesson(state, words), number))


def _make_around(of: dict[str, Any], number: int) -> tuple[str, str]:
    lesson, place = of["lesson"], of["place"]
    cards = lesson.main_cards
    total = len(cards)
    card = _macros("learning/_card.html")
    return (
        card.above(of["course"], lesson, place, cards[number - 1], number, total, KIND_WORDS),
        card.below(lesson, place, number, total, of["state"].passed_at is not None, of["due"]),
    )


def _of_lesson(state: queries.LessonState, words: Mapping[str, str] = NO_WORDS) -> dict[str, Any]:
    here = state.here
    today = vn_date(utc_now())
    return {
        "state": state,
        "course": here.course,
        "lesson": in_words(here.lesson, words),
        "place": {"course": here.course.slug, "lesson": here.lesson.slug},
        "due": [fact for fact in here.lesson.facts if fact.is_due(today)],
    }


def _words(state: queries.LessonState) -> dict[str, str]:
    """Return the province's own words for this reader, if the lesson leaves places for any."""
    return words_for_reader(db_session(), current_actor(), state.here)


def _macros(template: str) -> Any:
    """Return a template's macros; what they make is escaped already, and says so."""
    return current_app.extensions["lms"].jinja.get_template(template).module


def _number(text: str, most: int) -> int:
    """Read a number from the address; anything else means the first."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return min(max(number, 1), most)


def _deeper(cards: tuple[courses.Card, ...]) -> list[tuple[courses.Card, Any]]:
    return [(card, library.deeper(card.html)) for card in cards]


def unchanged_or(page: Response) -> Response:
    """Say "not changed" to a browser that has this very page already; a village pays by the megabyte."""
    page.add_etag()
    page.vary.add("Cookie")
    page.make_conditional(request)
    return page
