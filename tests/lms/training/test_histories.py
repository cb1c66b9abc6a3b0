"""Random histories: whatever people do in whatever order, the auditor finds nothing.

Seeded, so that a failure can be told again by its number.
"""

import random
from datetime import timedelta

import pytest

from lms.access import SYSTEM
from lms.db import db_session, in_unit
from lms.errors import Refused
from lms.training import rules
from lms.training.models import Need, Seat
from lms.training.transitions import LIVE_NEEDS, OPEN_SEATS
from tests.factories import NOON

from .world import TOPIC

STEPS = 60


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_history_the_auditor_finds_nothing(world, seed):
    history = History(world, random.Random(seed))

    for _ in range(STEPS):
        history.step()

    assert world.findings(history.now) == [], history.told
    assert {"register", "group", "decline", "expire", "more_places"} <= {verb for verb, _ in history.told}


class History:
    """A province in which somebody does something at random, hour by hour."""

    def __init__(self, world, chance: random.Random) -> None:
        self.world, self.chance, self.now = world, chance, NOON
        self.told: list[tuple[str, str]] = []
        self.teams = [world.team() for _ in range(6)]
        self.classes = [world.plan(2), world.plan(1, title="Lớp số 2", offer_hours=5)]
        self.officer, self.call = world.officer, world.call
        for class_id in self.classes:
            world.publish(class_id)

    def step(self) -> None:
        verb = self.chance.choice(
            [
                self.register,
                self.register,
                self.group,
                self.group,
                self.confirm,
                self.decline,
                self.cancel,
                self.substitute,
                self.late,
                self.withdraw,
                self.expire,
                self.more_places,
                self.fewer_places,
            ]
        )
        self.now += timedelta(hours=self.chance.choice([0, 1, 3]))
        try:
            outcome = str(verb())
        except Refused as refusal:
            outcome = type(refusal).__name__
        db_session().rollback()
        self.told.append((verb.__name__, outcome))

    def register(self):
        team = self.chance.choice(self.teams)
        wish = rules.Wish(seats_wanted=self.chance.choice([1, 2]))
        return self._do(
            rules.register_need,
            by=team.by(self.chance.choice(["leader", "deputy", "member"])),
            call_id=self.call,
            team_id=team.id,
            topic=TOPIC,
            wish=wish,
        ).is_new

    def group(self):
        needs = [need.id for need in self._rows(Need, Need.state.in_(LIVE_NEEDS))]
        chosen = self.chance.sample(needs, k=min(len(needs), 3))
        return self._do(
            rules.group_needs, by=self.officer, class_id=self.chance.choice(self.classes), need_ids=chosen
        ).left_out

    def confirm(self):
        return self._answer(rules.confirm_seat)

    def decline(self):
        return self._answer(rules.decline_seat)

    def cancel(self):
        return self._answer(rules.cancel_seat, reason="bận")

    def substitute(self):
        seat = self._any(Seat, Seat.state.in_(OPEN_SEATS))
        team = next(team for team in self.teams if team.id == seat.team_id)
        person = self.chance.choice([team.leader, team.deputy, team.member])
        return self._do(rules.substitute, by=team.by("leader"), seat_id=seat.id, person_id=person).state

    def late(self):
        team = self.chance.choice(self.teams)
        return self._do(
            rules.request_seat,
            by=team.by("deputy"),
            class_id=self.chance.choice(self.classes),
            team_id=team.id,
            person_id=team.member,
        ).state

    def withdraw(self):
        need = self._any(Need, Need.state.in_(LIVE_NEEDS))
        team = next(team for team in self.teams if team.id == need.team_id)
        return self._do(rules.withdraw_need, by=team.by("leader"), need_id=need.id).state

    def expire(self):
        return self._do(rules.expire_offers, by=SYSTEM)

    def more_places(self):
        return self._capacity(1)

    def fewer_places(self):
        return self._capacity(-1)

    def _capacity(self, change: int):
        class_id = self.chance.choice(self.classes)
        capacity = self.world.row(class_id).capacity + change
        return len(self._do(rules.set_capacity, by=self.officer, class_id=class_id, capacity=capacity))

    def _answer(self, verb, **more):
        seat = self._any(Seat, Seat.state.in_(OPEN_SEATS))
        team = next(team for team in self.teams if team.id == seat.team_id)
        return self._do(verb, by=team.by("leader"), seat_id=seat.id, **more).state

    def _do(self, verb, **what):
        return in_unit(lambda s: verb(s, now=self.now, **what))

    def _any(self, model, condition):
        rows = self._rows(model, condition)
        if not rows:
            raise Refused("chưa có gì để làm")
        return self.chance.choice(rows)

    def _rows(self, model, condition):
        session = db_session()
        session.rollback()
        return session.query(model).filter(condition).order_by(model.id).all()
