"""The process killed while a course is being published: all or nothing, and running again finishes it."""

import multiprocessing
import signal

from sqlalchemy import func, select

from lms.library.models import CourseVersion, Lesson, Media
from tests.lms.library.dying import publish, publish_and_die

FORK = multiprocessing.get_context("forkserver")


def counted(session):
    return [session.scalar(select(func.count()).select_from(m)) for m in (CourseVersion, Lesson, Media)]


def test_a_course_killed_while_publishing_is_published_whole_the_next_time(app, engine_url, tmp_path, session):
    child = FORK.Process(target=publish_and_die, args=(engine_url, str(tmp_path / "du-lieu")))
    child.start()
    child.join(60)

    assert child.exitcode == -signal.SIGKILL
    assert counted(session) == [0, 0, 0]
    session.rollback()
    assert publish() == 1
    assert publish() == 1
    versions, lessons, pictures = counted(session)
    assert versions == 1
    assert lessons >= 6
    assert pictures >= 8
