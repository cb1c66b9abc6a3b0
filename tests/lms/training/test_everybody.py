"""Everybody tries everything, in every state: what is theirs to do is done, the rest is refused and changes nothing."""

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from lms.errors import NotFound, Refused
from lms.training.models import CALL_STATES, CLASS_STATES, NEED_STATES, SEAT_STATES

from .deeds import DEEDS, Cast, Undone, digest, let_the_clock_work, restore, stored
from .gallery import Gallery, states_on_show

pytestmark = pytest.mark.timeout(900)  # thousands of tries, and on a busy machine each takes longer


def test_every_deed_in_every_state_by_every_role_is_done_or_changes_nothing(app, world):
    """SQLite is asked for every triple; PostgreSQL, which is slower, for the states in which a deed can be done."""
    gallery = Gallery(Cast(world))
    assert world.findings(gallery.now) == []
    assert states_on_show() == {
        "call": set(CALL_STATES), "need": set(NEED_STATES), "class": set(CLASS_STATES), "seat": set(SEAT_STATES),
    }  # fmt: skip
    is_sqlite = app.extensions["lms"].db.engine.dialect.name == "sqlite"

    wrong = [sentence for deed in DEEDS.values() for sentence in wrong_with(gallery, deed, everywhere=is_sqlite)]

    assert not wrong, "\n".join(wrong)


def wrong_with(gallery, deed, *, everywhere: bool) -> list[str]:
    """Try a deed in every state by everybody; return what should not be."""
    before, told, on_show, done = digest(), [], defaultdict(list), {}
    for row in gallery.rows(deed.entity):
        on_show[getattr(row, "state", "")].append(row)
    for state, rows in on_show.items():
        is_fitting = not deed.states or state in deed.states
        if is_fitting:
            done[state] = done_by(gallery, deed, rows)
        if is_fitting or everywhere:
            told += done_wrongly(gallery, deed, rows[0], is_fitting=is_fitting)
    if deed.each:
        told += [f"{deed.name} in {state} was never done by {deed.may - roles}"
                 for state, roles in done.items() if deed.may - roles]  # fmt: skip
    elif deed.may - set().union(*done.values()):
        told.append(f"{deed.name} was never done by {deed.may - set().union(*done.values())}")
    return told + ([f"{deed.name} was refused, and something changed"] if digest() != before else [])


def done_by(gallery, deed, rows) -> set[str]:
    """Return in which roles the deed can be done to one of the rows."""
    done = set()
    for row in rows:
        for who, roles in everybody(gallery, deed, row):
            new = (roles & deed.may) - done
            if new and any(is_done(gallery, deed, who, row, choice) for choice in range(deed.choices)):
                done |= new
    return done


def done_wrongly(gallery, deed, row, *, is_fitting: bool) -> list[str]:
    """Let everybody try who may not, and where it is not possible those who may."""
    return [
        f"{who}, being {roles}, could do {deed.name} in {getattr(row, 'state', '')}"
        for who, roles in everybody(gallery, deed, row)
        if not (is_fitting and roles & deed.may) and is_done(gallery, deed, who, row, 0)
    ]


def everybody(gallery, deed, row) -> list[tuple[str, set[str]]]:
    """Return one of each kind of people, by what they are to the row."""
    kinds = {frozenset(gallery.roles(who, deed.entity, row)): who for who in gallery.cast.actors}
    return [(who, set(roles)) for roles, who in kinds.items()]


def is_done(gallery, deed, who, row, choice) -> bool:
    """Say whether somebody can do the deed; it is taken back at once."""
    try:
        gallery.attempt(deed, who, row, choice, undo=True)
    except Undone:
        return True
    except (Refused, NotFound):
        return False
    raise AssertionError("unreachable")


class Everybody(RuleBasedStateMachine):
    """Anybody tries anything on any row, one after the other, hour by hour, and the clock does its part."""

    gallery: Gallery
    kept: dict
    done: set

    @initialize()
    def begin(self):
        restore(self.kept["rows"])
        self.gallery.go_to(self.kept["now"])
        self.before = digest()

    @rule(
        name=st.sampled_from(sorted(DEEDS)),
        which=st.integers(0, 99),
        who=st.integers(0, 99),
        is_theirs=st.sampled_from([True, True, True, False]),
        choice=st.integers(0, 17),
        hours=st.sampled_from([0, 0, 0, 0.2, 1, 6, 30]),
    )
    def somebody_tries(self, name, which, who, is_theirs, choice, hours):
        self.gallery.go_to(self.gallery.now + timedelta(hours=hours))
        deed = DEEDS[name]
        rows = self.gallery.rows(deed.entity)
        rows = [row for row in rows if which % 5 and row.state in deed.states] or rows if deed.states else rows
        if rows:
            row, people = rows[which % len(rows)], sorted(self.gallery.cast.actors)
            if is_theirs:
                people = [one for one in people if self.gallery.roles(one, deed.entity, row) & deed.may] or people
            self.tries(deed, people[who % len(people)], row, choice)

    @rule()
    def the_clock_works(self):
        let_the_clock_work(self.gallery)
        self.look()

    def tries(self, deed, who, row, choice):
        roles, state = self.gallery.roles(who, deed.entity, row), getattr(row, "state", "")
        try:
            self.gallery.attempt(deed, who, row, choice)
        except (Refused, NotFound):
            assert digest() == self.before, f"{who} was refused {deed.name}, and something changed"
            return
        assert roles & deed.may, f"{who}, being {roles}, did {deed.name} in {state}"
        assert not deed.states or state in deed.states, f"{deed.name} was done in {state}"
        self.done.add(deed.name)
        self.look()

    def look(self):
        assert self.gallery.world.findings(self.gallery.now) == []
        self.before = digest()


def test_after_whatever_anybody_tried_the_auditor_finds_nothing(app, world):
    is_sqlite = app.extensions["lms"].db.engine.dialect.name == "sqlite"
    gallery = Gallery(Cast(world))
    known = {"gallery": gallery, "kept": {"rows": stored(), "now": gallery.now}, "done": set()}

    run_state_machine_as_test(
        type("Tried", (Everybody,), known),
        settings=settings(
            max_examples=25 if is_sqlite else 6,
            stateful_step_count=40,
            derandomize=True,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert len(known["done"]) > (20 if is_sqlite else 5), sorted(known["done"])
