"""Pages about a course as a whole: its lessons, what it rests on, the words to spread it."""

from flask import Response

import courses
from courses.sidepieces import LINK
from lms.access import current_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.errors import NotFound
from lms.learning import queries
from lms.learning.lesson_pages import unchanged_or
from lms.learning.skill_checks import check_for
from lms.library import local_words as words
from lms.library import queries as library
from lms.library.grounds import MARKS, grounds_of
from lms.pages import public_url, render

WORDS_A_MINUTE = 150
"""How fast somebody reads aloud over the village loudspeakers."""

LONGEST_MESSAGE = 400


def show_course(course: str) -> Response:
    """Show a course's lessons, with ticks for whoever is signed in, and what else it offers."""
    session, now = db_session(), _course(course)
    actor = current_actor()
    progress = None
    if actor is not None and actor.person_id is not None:
        progress = queries.course_progress(session, now.course, actor.person_id)
    titles = library.skill_titles(session)
    return unchanged_or(
        render(
            "learning/course.html",
            now=now,
            course=now.course,
            progress=progress,
            skills=[titles[key] for key in now.course.skills],
            messages=library.messages(session, now),
            check=check_for(session, by=actor, now=now),
        )
    )


def facts(course: str) -> Response:
    """Show every fact a course rests on: who says so, when it was checked, which cards use it."""
    now = _course(course)
    return unchanged_or(
        render(
            "learning/facts.html",
            course=now.course,
            lessons=grounds_of(db_session(), now),
            marks=MARKS,
            today=vn_date(utc_now()),
        )
    )


def outreach(course: str) -> Response:
    """Show what to read aloud in the village and what to send to its groups."""
    session, now = db_session(), _course(course)
    messages = library.messages(session, now)
    if not messages.loudspeaker and not messages.zalo:
        raise NotFound(f"outreach of {course}")
    said = words.words_for(session, words.province_of(session, current_actor()), now.course)
    length = len(words.filled_text(messages.loudspeaker, said).split())
    link = public_url("lms.learning.show_course", course=course)
    return unchanged_or(
        render(
            "learning/outreach.html",
            course=now.course,
            script=words.filled(courses.render(messages.loudspeaker).html, said) if length else None,
            minutes=max(round(length / WORDS_A_MINUTE), 1),
            zalo=words.filled_text(messages.zalo, said).replace(LINK, link),
            most=LONGEST_MESSAGE,
        )
    )


def _course(course: str) -> library.CourseNow:
    now = library.course_now(db_session(), course)
    if now is None:
        raise NotFound(f"course {course}")
    return now
