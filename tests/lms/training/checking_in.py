"""A class on its day, for the rules and pages that check people in."""

from datetime import timedelta

import time_machine

from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.attendance import class_sessions, latest_marks
from lms.training.evidence import marks_of_session
from lms.training.models import ClassTrainer, Seat
from tests.factories import NOON, actor_of, trainer

from .world import AT_CLASS

AT_DOOR = AT_CLASS - timedelta(hours=4, minutes=28)
"""07:32 of the day, two minutes after the morning began."""


class ClassDay:
    """A published class of two half-days; the leaders of its teams have said yes, a further team waits."""

    def __init__(self, world, people: int = 2) -> None:
        self.world = world
        self.teams = [world.team() for _ in range(people)]
        self.waiting = world.team()
        self.id = world.published(*self.teams, self.waiting, capacity=people)
        self.seats = [world.seat(self.id, team.leader).id for team in self.teams]
        for team, seat_id in zip(self.teams, self.seats, strict=True):
            world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
        self.held = [held.id for held in class_sessions(db_session(), self.id)]
        self.morning = self.held[0]

    @property
    def chief(self):
        return self.world.trainer

    def seat(self, at: int = 0) -> Seat:
        return self.of(self.seats[at])

    def of(self, seat_id: int) -> Seat:
        session = db_session()
        session.rollback()
        return session.get_one(Seat, seat_id)

    def waiting_seat(self) -> Seat:
        return self.world.seat(self.id, self.waiting.leader)

    def helper(self, name: str = "Đỗ Thị Giúp"):
        """Return somebody who teaches beside the chief trainer."""
        account = trainer(name=name)
        in_unit(lambda s: s.add(ClassTrainer(class_id=self.id, account_id=account, added_at=NOON)))
        return actor_of(account)

    def rows(self, at: int = 0):
        """Return every mark of a person in the morning."""
        session = db_session()
        session.rollback()
        return marks_of_session(session, self.morning).get(self.seats[at], [])

    def stands(self, at: int = 0):
        """Return the mark that counts for a person in the morning."""
        session = db_session()
        session.rollback()
        return latest_marks(session, self.id).get((self.seats[at], self.morning))

    def mark(self, at: int, word: str, *, by=None, reason: str = "", now=AT_DOOR) -> int:
        marks = {self.seats[at]: rules.Mark(word, reason)}
        return self.world.do(rules.mark_session, by=by or self.chief, session_id=self.morning, marks=marks, now=now)

    def path(self, page: str = "", number: int = 1) -> str:
        return f"/quan-ly/diem-danh/{self.id}/{number}/{page}"


def at(moment):
    """Let the app's clock stand at a moment."""
    return time_machine.travel(moment, tick=False)
