"""The paper of an attempt: what never changes of it, kept in the process while it is answered."""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

import courses
from lms.access import Actor
from lms.errors import NotFound
from lms.learning.models import Attempt
from lms.learning.rules import learner
from lms.library import queries as library
from lms.library.pieces import Pieces

_ID = re.compile(r"[0-9a-f-]{36}")
# An attempt's id is random and never used again, so it names its paper in whichever database.
kept_sheets = Pieces(4000)


@dataclass(frozen=True)
class Sheet:
    """What never changes of an open paper: whose it is, which lesson, which questions."""

    attempt_id: str
    person_id: int
    here: library.LessonNow
    paper: courses.Paper

    @property
    def questions(self) -> tuple[courses.Question, ...]:
        """Return the drawn questions in the order asked."""
        return self.paper.questions(self.here.lesson)

    def question(self, key: str) -> courses.Question:
        """Return a drawn question.

        Raises:
            NotFound: the paper does not ask it.
        """
        for question in self.questions:
            if question.key == key:
                return question
        raise NotFound(f"question {key}")


def open_sheet(session: Session, *, by: Actor, attempt_id: str) -> Sheet:
    """Return a person's paper; what never changes of it is kept in the process.

    Raises:
        NotFound: there is no such paper, or it is somebody else's.
    """
    sheet = kept_sheets.get(attempt_id, lambda: _read_sheet(session, attempt_id))
    if sheet.person_id != learner(by):
        raise NotFound(f"attempt {attempt_id}")
    return sheet


def sheet_of(session: Session, attempt: Attempt) -> Sheet:
    """Return the paper of an attempt."""
    here = library.lesson_by_id(session, attempt.lesson_id)
    assert here is not None, "a lesson of a version is never removed"
    paper = courses.Paper.from_data({"seed": attempt.seed, "items": attempt.paper})
    return Sheet(attempt.id, attempt.person_id, here, paper)


def _read_sheet(session: Session, attempt_id: str) -> Sheet:
    attempt = session.get(Attempt, attempt_id) if _ID.fullmatch(attempt_id) else None
    if attempt is None:
        raise NotFound(f"attempt {attempt_id}")
    return sheet_of(session, attempt)
