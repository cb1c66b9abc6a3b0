"""Random histories of real processes: whatever people do at the same moment, the auditor finds nothing.

Three in ten forms are sent twice, by two processes, and are answered alike and done once.
The last test takes the lock out; then the same histories go wrong, so the others prove something.
"""

import random
import time
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

import pytest

from lms.db import db_session
from lms.once import OnceKey
from lms.training import rules
from lms.training.attendance import class_sessions
from tests.factories import NOON

from .deeds import DEEDS, Cast, Province, forget, let_the_clock_work
from .pressing import FORK, press, run_processes
from .world import OTHER_TOPIC, TOPIC

PROCESSES = 4
FORMS = 45
OFTEN = (
    ["register"] * 6 + ["group"] * 5 + ["confirm"] * 6 + ["decline"] * 3 + ["cancel"] * 3 + ["substitute"] * 3
    + ["request"] * 6 + ["withdraw"] * 2 + ["more_places"] * 2 + ["fewer_places"] * 2 + ["ask_cut"] * 2
    + ["accept"] * 4 + ["clock"] * 3 + ["walk_in", "mark", "set_away", "come_back"] * 2
    + ["postpone", "set_dates", "merge", "ask_cancel", "move_waiting", "fill_by_hand", "close_roster", "sign"]
    + ["return_need", "close_attendance", "finalise", "ungroup", "refuse", "delegate"]
    + ["offer_makeup"] * 6 + ["ask_correction"] * 2 + ["archive_call"]
)  # fmt: skip
START = NOON + timedelta(days=2)
CLASSES = [(TOPIC, 2, 9), (TOPIC, 1, 6), (TOPIC, 3, 3), (OTHER_TOPIC, 2, 12)]
OPENED = FORK.Array("l", 2 * PROCESSES * FORMS)
MANY = 10
CLOCK = FORK.Value("d", 0.0)


class Said(NamedTuple):
    """What a form was answered, and from when to when it was under way."""

    key: str
    verb: str
    answer: str
    sent: float
    came: float

    @property
    def is_done(self) -> bool:
        return self.answer.startswith("/")


class Town(Province):
    """Four classes that meet on different days, one of them soon, and one that some people have missed half of."""

    def __init__(self, cast: Cast) -> None:
        forget()
        super().__init__(cast, NOON)
        CLOCK.value = 0
        OPENED[:] = [0] * len(OPENED)
        self._teach_half()
        self.go_to(START)
        self.world.use_call(order="fair", needs_confirmation=False)
        for number, (topic, capacity, days) in enumerate(CLASSES):
            day = (START + timedelta(days=days)).date()
            plan = {"topic": topic, "title": f"Lớp số {number}", "sessions": ((day, "sang"), (day, "chieu"))}
            self.classes.append(self.world.plan(capacity, **plan, offer_hours=5, lock_hours=1))
        for class_id in self.classes:
            self.world.publish(class_id)

    def _teach_half(self) -> None:
        """Finalise a class of an earlier call, in which its three people were there in the morning only."""
        world, teams = self.world, self.cast.teams[:3]
        world.use_call(needs_confirmation=False, title="Đợt trước")
        day = (NOON + timedelta(days=1)).date()
        sessions = ((day, "sang"), (day, "chieu"))
        past = world.published(*teams, capacity=3, title="Lớp đã học", sessions=sessions, lock_hours=1)
        for team in teams:
            world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(past, team.leader).id)
        morning, afternoon = class_sessions(db_session(), past)
        marks = {world.seat(past, team.leader).id: rules.Mark("present") for team in teams}
        world.do(rules.mark_session, by=world.trainer, session_id=morning.id, marks=marks, now=morning.begins_at)
        world.finalise(past, now=afternoon.ends_at + timedelta(hours=1))


@pytest.mark.parametrize("seed", [1, 4])
def test_after_any_history_of_real_processes_the_auditor_finds_nothing(world, engine_url, tmp_path, seed):
    town = Town(Cast(world, more_teams=3))

    told = live(town, engine_url, tmp_path, seed, lock=True)

    done = [said for said in told if said.is_done]
    assert findings(town) == []
    assert [said.answer for said in told if said.answer.startswith("?")] == []
    assert len({said.verb for said in done}) >= MANY
    assert answered_otherwise(told) == []
    assert db_session().query(OnceKey).count() == len({said.key for said in done})


def test_with_the_lock_taken_out_the_same_histories_go_wrong(world, engine_url, tmp_path):
    cast = Cast(world, more_teams=3)

    for seed in range(1, 6):
        town = Town(cast)
        live(town, engine_url, tmp_path, seed, lock=False)
        if findings(town):
            return
    raise AssertionError("five histories without a lock, and nothing wrong: this test would prove nothing")


def answered_otherwise(told: list[Said]) -> list[tuple[Said, Said]]:
    """Return forms that were done twice, or were answered otherwise after they had been done."""
    first: dict[str, Said] = {}
    for said in sorted(told, key=lambda said: said.came):
        if said.is_done:
            first.setdefault(said.key, said)
    return [
        (first[said.key], said)
        for said in told
        if said.key in first
        and said.answer != first[said.key].answer
        and (said.is_done or said.sent > first[said.key].came)
    ]


def live(town, url, folder, seed, *, lock) -> list[Said]:
    """Let four processes send their forms, some of them the same as another's."""
    chance = random.Random(seed)
    scripts = [[] for _ in range(PROCESSES)]
    for number in range(PROCESSES * FORMS):
        form = (f"{seed}-{number}", chance.choice(OFTEN), *(chance.randrange(1000) for _ in range(3)))
        first, second = chance.sample(scripts, k=2)
        first.append(form)
        if chance.random() < 0.3:
            second.append(form)
    told = run_processes(url, folder / "du-lieu", [(town, script) for script in scripts], work_through, lock=lock)
    town.go_to(START + timedelta(hours=CLOCK.value))
    return list(chain.from_iterable(told))


def work_through(task) -> list[Said]:
    """Send one form after the other; the clock is the same for all processes and goes on with every form."""
    town, script = task
    told = []
    for key, verb, which, who, choice in script:
        with CLOCK.get_lock():
            CLOCK.value += 2 * (which % 5 == 0)
            town.go_to(START + timedelta(hours=CLOCK.value))
        sent = time.monotonic()
        try:
            answer = send(town, key, verb, which, who, choice)
        except Exception as error:  # whatever breaks is told, and found by the test
            answer = f"? {type(error).__name__}: {error}"
        told.append(Said(key, verb, answer, sent, time.monotonic()))
    return told


def send(town, key, verb, which, who, choice) -> str:
    if verb == "clock":
        let_the_clock_work(town)
        return "!"
    form = open_form(town, key, DEEDS[verb], which, who)
    if form is None:
        return "!"
    row_id, by, team = form
    return press(key, by, lambda s: DEEDS[verb].do(town, s, by, row_id, choice=choice, team=team))


def open_form(town, key, deed, which, who):
    """Return whose form it is and what it is about; whoever has the same form open sends the same."""
    rows, people, slot = town.rows(deed.entity), sorted(town.cast.actors), 2 * int(key.split("-")[1])
    with OPENED.get_lock():
        if not OPENED[slot]:
            fitting = [row for row in rows if row.state in deed.states] if deed.states else rows
            if not rows:
                return None
            row = (fitting or rows)[which % len(fitting or rows)]
            theirs = [one for one in people if town.roles(one, deed.entity, row) & deed.may]
            chosen = theirs[who % len(theirs)] if theirs and which % 5 else people[who % len(people)]
            OPENED[slot], OPENED[slot + 1] = row.id, people.index(chosen)
        row_id, by = OPENED[slot], town.cast.actors[people[OPENED[slot + 1]]]
    row = next((row for row in rows if row.id == row_id), None)
    team = getattr(row, "team_id", None)
    db_session().rollback()
    return None if row is None else (row_id, by, team)


def findings(town) -> list[str]:
    db_session().expunge_all()
    return town.world.findings(town.now)
