"""Seniority that survives: what found no place in one call stands first in the next."""

from datetime import timedelta

import pytest

from lms.db import db_session, in_unit
from lms.journal.models import Notice
from lms.teams.models import Membership, Team
from lms.training import rules
from lms.training.models import Need, Seat
from tests.factories import NOON

from .world import OTHER_TOPIC, TOPIC

NEXT = NOON + timedelta(days=30)


@pytest.fixture
def old(world):
    """A call that is over, its needs kept for the next; returns what closes it."""

    def end():
        world.do(rules.close_call, by=world.officer, call_id=world.call, reason="đủ")
        return world.do(rules.archive_call, by=world.officer, call_id=world.call)

    return end


def next_call(world, **but) -> int:
    world.now = NEXT
    return world.use_call(opens_at=NEXT, closes_at=NEXT + timedelta(days=7), **but)


def needs_in(call_id: int) -> list[Need]:
    session = db_session()
    session.rollback()
    return session.query(Need).filter_by(call_id=call_id).order_by(Need.queue_seq).all()


def set_need(need_id: int, **values) -> None:
    in_unit(lambda s: s.query(Need).filter_by(id=need_id).update(values))


def test_a_need_without_a_place_opens_the_next_call_a_round_older(world, old):
    one, two = world.team(), world.team()
    first = world.register(
        one, seats_wanted=2, nominee_ids=(one.leader,), note="hai máy", half_days=("sang-cuoi-tuan",)
    )
    world.register(two)
    old()

    call_id = next_call(world)
    new = world.team()
    world.register(new)

    needs = needs_in(call_id)
    assert [(n.team_id, n.queue_seq, n.age, n.state) for n in needs] == [
        (one.id, 1, 1, "confirmed"),
        (two.id, 2, 1, "confirmed"),
        (new.id, 3, 0, "confirmed"),
    ]
    carried = needs[0]
    assert (carried.carried_from_id, carried.seats_wanted, carried.nominee_ids) == (first, 2, [one.leader])
    assert (carried.note, carried.half_days) == ("hai máy", ["sang-cuoi-tuan"])
    assert db_session().query(Notice).filter_by(template="need-carried", person_id=one.leader).count() == 1
    assert world.findings() == []


def test_who_has_waited_longest_comes_first_then_the_old_number(world, old):
    needs = [world.register(world.team()) for _ in range(3)]
    set_need(needs[2], age=4)
    old()

    carried = needs_in(next_call(world))

    assert [(n.carried_from_id, n.age) for n in carried] == [(needs[2], 5), (needs[0], 1), (needs[1], 1)]


def test_a_lost_place_goes_along(world, old):
    need_id = world.register(world.team())
    set_need(need_id, displaced_at=NOON)
    old()

    (carried,) = needs_in(next_call(world))

    assert carried.displaced_at == NOON


def test_a_lost_place_of_the_need_that_is_already_there_is_not_forgotten(world, old):
    team = world.team()
    world.register(team)
    following = world.open_call(title="Đợt sau")
    old_call, world._call = world.call, following
    standing = world.register(team)
    set_need(standing, displaced_at=NOON)
    world._call = old_call

    old()

    assert (world.need(standing).age, world.need(standing).displaced_at) == (1, NOON)


def test_it_waits_until_a_call_has_its_topic(world, old):
    need_id = world.register(world.team())
    old()

    other = next_call(world, topics=[OTHER_TOPIC])
    assert needs_in(other) == []
    fitting = next_call(world, topics=[TOPIC])

    assert [n.carried_from_id for n in needs_in(fitting)] == [need_id]


def test_it_is_carried_once(world, old):
    world.register(world.team())
    old()
    first, second = next_call(world), next_call(world)

    assert [len(needs_in(call)) for call in (first, second)] == [1, 0]


def test_a_team_that_ended_carries_nothing(world, old):
    team = world.team()
    world.register(team)
    old()
    in_unit(lambda s: s.query(Team).filter_by(id=team.id).update({"ended_at": NOON}))

    assert needs_in(next_call(world)) == []


def test_people_who_left_and_roles_not_invited_are_not_carried(world, old):
    one, two = world.team(), world.team()
    world.register(one, nominee_ids=(one.deputy,), role_wanted="member")
    world.register(two, nominee_ids=(two.leader,))
    old()
    in_unit(lambda s: s.query(Membership).filter_by(person_id=two.leader).update({"left_at": NOON}))

    carried = needs_in(next_call(world, who_may_go=["leader"]))

    assert [(n.nominee_ids, n.role_wanted) for n in carried] == [([], "any"), ([], "any")]


def test_what_the_commune_never_confirmed_is_still_to_be_confirmed(world, old):
    world.use_call(needs_confirmation=True)
    waiting, confirmed = world.register(world.team()), world.register(world.team())
    world.do(rules.confirm_need, by=world.clerk, need_id=confirmed)
    old()

    carried = needs_in(next_call(world, needs_confirmation=True))

    assert [(n.carried_from_id, n.state) for n in carried] == [(waiting, "submitted"), (confirmed, "confirmed")]
    assert world.findings() == []


def test_a_call_archived_late_passes_the_age_to_the_need_the_team_has_meanwhile(world, old):
    quick, slow = world.team(), world.team()
    before, other = world.register(quick), world.register(slow)
    set_need(before, age=2)
    first = world.call
    second = next_call(world)
    again = world.register(quick, note="ghi lại")
    world._call = first
    old()

    needs = needs_in(second)

    assert [(n.id, n.queue_seq, n.age, n.carried_from_id) for n in needs if n.team_id == quick.id] == [
        (again, 1, 3, before)
    ]
    assert [(n.queue_seq, n.carried_from_id) for n in needs if n.team_id == slow.id] == [(2, other)]
    assert world.need(again).note == "ghi lại"
    assert world.findings(NEXT) == []


def test_of_a_need_met_in_part_the_rest_is_carried(world, old):
    team = world.team()
    need_id = world.register(team, seats_wanted=2, nominee_ids=(team.leader, team.member))

    def hold_a_class(session):
        """As a class leaves it: one of the two went."""
        session.query(Need).filter_by(id=need_id).update({"state": "partly_met"})

    class_id = world.plan()
    in_unit(hold_a_class)
    in_unit(
        lambda s: s.add(
            Seat(
                class_id=class_id,
                person_id=team.leader,
                team_id=team.id,
                need_id=need_id,
                topic=TOPIC,
                state="completed",
                seq=1,
                rank=1,
                place=1,
                queued_at=NOON,
            )
        )
    )
    in_unit(lambda s: s.execute(world.row(class_id).__table__.update().values(state="finalised")))
    old()

    (carried,) = needs_in(next_call(world))

    assert (carried.seats_wanted, carried.nominee_ids, carried.age) == (1, [team.member], 1)
