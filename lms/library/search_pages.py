"""Pages that lead to the right course: the search, and the skill frameworks over the courses."""

from flask import Response, request

from lms.access import current_actor
from lms.db import db_session
from lms.library import local_words as words
from lms.library import queries
from lms.library import search as looking
from lms.pages import render


def search() -> Response:
    """Find lessons and cards by words; anybody may."""
    typed = " ".join(request.args.get("q", "")[: looking.LONGEST].split())
    session = db_session()
    province = words.province_of(session, current_actor())
    found = looking.search(session, typed, words_of=lambda course: words.words_for(session, province, course))
    return render("library/search.html", typed=typed, found=found, longest=looking.LONGEST)


def frameworks() -> Response:
    """Show how each authority numbers and words the skills, and which course teaches each."""
    session = db_session()
    teaching: dict[str, list[queries.Outline]] = {}
    for now in queries.courses_now(session):
        for skill in now.course.skills:
            teaching.setdefault(skill, []).append(now.course)
    listed = queries.frameworks(session)
    numbered = {line.skill_key for framework in listed for line in framework.lines}
    return render(
        "library/frameworks.html",
        frameworks=listed,
        teaching=teaching,
        others={key: title for key, title in queries.skill_titles(session).items() if key not in numbered},
    )
