"""A process that publishes the built-in course, and one whose power is cut while it does."""

import os
import signal
from pathlib import Path

from sqlalchemy import event, func, select

from courses import load_skills, read_folder
from lms.access import SYSTEM
from lms.db import db_session, in_unit
from lms.library.models import CourseVersion
from lms.library.rules import load_frameworks, publish_files
from tests.conftest import make_app
from tests.factories import NOON

CONTENT = Path(__file__).parents[3] / "content"


def publish():
    files = read_folder(CONTENT / "courses" / "dich-vu-cong-truc-tuyen")
    in_unit(lambda s: load_frameworks(s, load_skills((CONTENT / "skills.yml").read_bytes()), now=NOON))
    return in_unit(lambda s: publish_files(s, files, by=SYSTEM, now=NOON).number)


def publish_and_die(url, folder):
    """Publish in a process whose power is cut when everything is written and nothing committed."""
    with make_app(url, folder).app_context():

        @event.listens_for(db_session(), "before_commit")
        def cut(session):
            if session.scalar(select(func.count()).select_from(CourseVersion)):
                os.kill(os.getpid(), signal.SIGKILL)

        publish()
