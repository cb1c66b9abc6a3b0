"""A cut of the capacity that takes places away: seen before, agreed to by two, done at once or not at all."""

import pytest

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import Notice
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.displacing import preview_cut
from lms.training.models import AllotmentRun, Need
from lms.training.runs import stored_run
from tests.factories import NOON, actor_of, officer

from .world import AT_CLASS, HOUR


def full(world, people=3):
    """A class whose every place is offered."""
    return world.published(*[world.team() for _ in range(people)], capacity=people)


def seats_of(world, class_id):
    return [world.seat(class_id, team.leader).id for team in world.teams]


def ask(world, class_id, capacity, **more):
    more.setdefault("by", world.officer)
    return world.do(rules.ask_cut, class_id=class_id, capacity=capacity, reason="phòng nhỏ", **more).id


def accept(world, decision, **more):
    more.setdefault("by", world.second_officer)
    return world.do(rules.accept_decision, decision_id=decision, **more)


def test_the_preview_names_the_last_in_the_order_and_changes_nothing(world):
    class_id = full(world)
    one, two, three = seats_of(world, class_id)

    cut = preview_cut(db_session(), class_id, 1, now=NOON)

    assert cut.displaced == (three, two)
    assert cut.staying == (one,)
    assert world.states(class_id) == ["offered"] * 3


def test_a_cut_waits_for_the_second_person_and_then_happens_whole(world):
    class_id = full(world)
    world.do(rules.confirm_seat, by=world.teams[2].by("leader"), seat_id=seats_of(world, class_id)[2])
    decision = ask(world, class_id, 2)
    assert world.row(class_id).capacity == 3

    accept(world, decision, now=NOON + HOUR)

    assert world.row(class_id).capacity == 2
    assert world.states(class_id) == ["offered", "offered", "displaced"]
    seat = world.seat(class_id, world.teams[2].leader)
    assert (seat.reason, seat.ended_at) == ("phòng nhỏ", NOON + HOUR)
    need = world.need(seat.need_id)
    assert (need.state, need.displaced_at, need.queue_seq) == ("confirmed", NOON + HOUR, 3)
    assert db_session().query(Notice).filter_by(person_id=seat.person_id, template="seat-displaced").count() == 1
    assert world.findings() == []


def test_the_least_number_goes_down_with_the_cut(world):
    class_id = world.published(*[world.team() for _ in range(3)], capacity=3, min_viable=3)

    accept(world, ask(world, class_id, 2))

    assert world.row(class_id).min_viable == 2


def test_who_was_displaced_comes_first_in_the_next_class_of_the_topic(world):
    class_id = full(world)
    accept(world, ask(world, class_id, 2))
    newcomer, lost = world.register(world.team()), world.seat(class_id, world.teams[2].leader).need_id
    earlier = db_session().query(Need).filter_by(state="confirmed").order_by(Need.queue_seq).all()
    assert [need.id for need in earlier] == [lost, newcomer]

    second = world.plan(1)
    world.group(second, newcomer, lost)
    world.publish(second)

    assert world.seat(second, world.teams[2].leader).state == "offered"
    assert world.seat(second, world.teams[3].leader).state == "waiting"


def test_the_yes_does_nothing_if_the_list_has_changed_since_it_was_looked_at(world):
    class_id = full(world)
    decision = ask(world, class_id, 1)
    world.do(rules.decline_seat, by=world.teams[2].by("leader"), seat_id=seats_of(world, class_id)[2])

    with pytest.raises(rules.ListChanged, match="Chưa thay đổi gì"):
        accept(world, decision)
    assert world.states(class_id) == ["offered", "offered", "declined"]
    assert world.row(class_id).capacity == 3

    accept(world, decision, seen=preview_cut(db_session(), class_id, 1, now=NOON).seen)
    assert world.states(class_id) == ["offered", "displaced", "declined"]
    assert world.findings() == []


def test_the_yes_does_nothing_if_meanwhile_everybody_fits(world):
    class_id = full(world, 2)
    decision = ask(world, class_id, 1)
    world.do(rules.decline_seat, by=world.teams[1].by("leader"), seat_id=seats_of(world, class_id)[1])

    with pytest.raises(rules.NobodyDisplaced):
        accept(world, decision)
    assert world.row(class_id).capacity == 2


def test_whoever_has_come_keeps_the_place(world):
    class_id = full(world)
    seats = seats_of(world, class_id)
    for team, seat in zip(world.teams, seats, strict=True):
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat)
    morning = class_sessions(db_session(), class_id)[0].id
    marks = {seats[2]: rules.Mark("present"), seats[1]: rules.Mark("left_early")}
    world.do(rules.mark_session, by=world.trainer, session_id=morning, marks=marks, now=AT_CLASS)

    assert preview_cut(db_session(), class_id, 2, now=AT_CLASS).displaced == (seats[0],)
    with pytest.raises(rules.PeoplePresent, match="Đã có 2 người đến lớp"):
        ask(world, class_id, 1)
    accept(world, ask(world, class_id, 2, now=AT_CLASS), now=AT_CLASS)
    assert world.states(class_id) == ["displaced", "confirmed", "confirmed"]
    assert world.findings(AT_CLASS) == []


def test_a_late_entry_loses_the_place_before_any_need(world):
    first, late = world.team(), world.team()
    class_id = world.published(first, capacity=2)
    world.do(rules.request_seat, by=late.by("leader"), class_id=class_id, team_id=late.id, person_id=late.leader)

    accept(world, ask(world, class_id, 1))

    assert world.states(class_id) == ["offered", "displaced"]


def test_a_cut_that_displaces_nobody_or_everybody_is_not_asked_for(world):
    class_id = full(world)

    with pytest.raises(rules.NobodyDisplaced):
        ask(world, class_id, 3)
    with pytest.raises(rules.ClassBadlyPlanned):
        ask(world, class_id, 0)
    with pytest.raises(rules.ReasonNeeded):
        world.do(rules.ask_cut, by=world.officer, class_id=class_id, capacity=1, reason=" ")


def test_strangers_neither_ask_nor_accept(world):
    class_id = full(world)
    decision, stranger = ask(world, class_id, 1), actor_of(officer("01"))

    with pytest.raises(NotFound):
        ask(world, class_id, 1, by=stranger)
    for by in (stranger, world.clerk, world.trainer):
        with pytest.raises(NotFound):
            accept(world, decision, by=by)


def test_a_cut_that_fails_halfway_leaves_nothing(world, monkeypatch):
    class_id = full(world)
    decision = ask(world, class_id, 1)

    def stop(*_, **__):
        raise RuntimeError("the lamp went out")

    monkeypatch.setattr("lms.training.displacing.resize", stop)
    with pytest.raises(RuntimeError):
        in_unit(lambda s: rules.accept_decision(s, by=world.second_officer, decision_id=decision, now=NOON))

    assert world.states(class_id) == ["offered"] * 3
    assert db_session().query(Need).filter(Need.displaced_at.is_not(None)).count() == 0


def test_a_lapsed_offer_holds_no_place_so_nobody_loses_theirs_to_it(world):
    """The first of three did not answer in time; only the last of the two who hold a place is displaced."""
    world.use_call(order="first_come")
    class_id = world.published(*[world.team() for _ in range(3)], capacity=3, offer_hours=5)
    lapsed, one, two = seats_of(world, class_id)
    for team, seat in zip(world.teams[1:], (one, two), strict=True):
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat)
    world.now += 6 * HOUR
    with pytest.raises(rules.NobodyDisplaced):
        ask(world, class_id, 2)

    accept(world, ask(world, class_id, 1))

    assert world.states(class_id) == ["expired", "confirmed", "displaced", "waiting"]
    assert world.seat(class_id, world.teams[0].leader).id != lapsed
    assert world.findings() == []


def test_a_capacity_that_holds_everybody_but_a_lapsed_offer_takes_one_person(world):
    world.use_call(order="first_come")
    class_id = world.published(world.team(), world.team(), capacity=2, offer_hours=5)
    world.do(rules.confirm_seat, by=world.teams[0].by("leader"), seat_id=seats_of(world, class_id)[0])
    world.now += 6 * HOUR

    world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=1)

    assert world.states(class_id) == ["confirmed", "expired", "waiting"]
    assert world.findings() == []


def test_who_was_offered_another_place_does_not_go_first_again(world):
    world.use_call(order="first_come")
    class_id = full(world, 2)
    accept(world, ask(world, class_id, 1))
    team = world.teams[1]
    need_id = world.seat(class_id, team.leader).need_id
    world.now += HOUR
    second = world.plan(1, title="Lớp thứ hai")
    world.group(second, need_id)
    assert world.need(need_id).displaced_at == NOON
    world.publish(second)
    assert world.need(need_id).displaced_at is None
    world.do(rules.decline_seat, by=team.by("leader"), seat_id=world.seat(second, team.leader).id)

    earlier = world.register(world.team())
    third = world.plan(1, title="Lớp thứ ba")
    world.group(third, need_id, earlier)
    world.publish(third)

    claims = stored_run(db_session().query(AllotmentRun).order_by(AllotmentRun.id.desc()).first()).inputs
    assert not any(claim[claims["columns"].index("goes_first")] for claim in claims["claims"])
    assert world.findings() == []


def test_who_is_only_behind_others_in_the_next_class_still_goes_first_in_the_one_after(world):
    """Two were displaced and the next class has one place: who waits in vain keeps the right."""
    world.use_call(order="first_come")
    class_id = full(world)
    accept(world, ask(world, class_id, 1))
    needs = [world.seat(class_id, team.leader).need_id for team in world.teams[1:]]
    world.now += HOUR

    second = world.plan(1, title="Lớp thứ hai")
    world.group(second, *needs)
    world.publish(second)

    assert [world.need(need).displaced_at for need in needs] == [None, NOON]


def test_one_lost_place_puts_one_place_of_the_team_first(world):
    world.use_call(order="first_come")
    team, other = world.team(), world.team()
    needs = [world.register(team, seats_wanted=2), world.register(other)]
    in_unit(lambda s: setattr(s.get(Need, needs[0]), "displaced_at", NOON))
    class_id = world.plan(3)
    world.group(class_id, *needs)

    world.publish(class_id)

    inputs = stored_run(db_session().query(AllotmentRun).one()).inputs
    first = [claim for claim in inputs["claims"] if claim[inputs["columns"].index("goes_first")]]
    assert [claim[:2] for claim in first] == [[needs[0], 1]]
