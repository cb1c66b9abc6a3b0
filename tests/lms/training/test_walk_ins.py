"""The door: who comes without a seat, whose place is freed, and who comes late."""

from datetime import timedelta

import pytest

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.training import rules, walk_ins
from lms.training.models import ClassTrainer, Seat, TrainingEvent
from tests.factories import account_id_of, actor_of, make_person, make_team, member_of, officer, trainer

from .world import FIRST_DAY, OTHER_TOPIC

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _first_come(world):
    """Who registers first is first, so that a test can say who that is."""
    world.use_call(order="first_come")


def begins(world, class_id):
    row = world.row(class_id)
    return row.locks_at + timedelta(hours=row.lock_hours)


def confirmed(world, *teams, capacity=2):
    """A class to which the leaders of these teams have said yes, and when it begins."""
    class_id = world.published(*teams, capacity=capacity)
    for team in teams[:capacity]:
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)
    return class_id, begins(world, class_id)


def first_session(class_id):
    return walk_ins.class_sessions(db_session(), class_id)[0].id


def test_whoever_comes_without_a_seat_is_let_in_while_a_place_is_free(world):
    first, stranger, other = world.team(), world.team(), world.team()
    class_id, at = confirmed(world, first, capacity=2)

    world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=stranger.member, now=at)

    seat = world.seat(class_id, stranger.member)
    event = db_session().query(TrainingEvent).filter_by(entity="seat", entity_id=seat.id).one()
    assert (seat.state, seat.kind, seat.team_id) == ("confirmed", "walk_in", stranger.id)
    assert (event.from_state, event.actor_id) == (None, world.trainer.account_id)
    with pytest.raises(rules.NoPlaceLeft):
        world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=other.member, now=at)
    assert world.findings(at) == []


@pytest.mark.parametrize(
    ("minutes", "is_open"),
    [(-16, False), (-15, True), (600, True), (601, False)],
)
def test_the_door_is_open_from_a_quarter_before_the_first_session_to_the_end_of_the_last(world, minutes, is_open):
    first, stranger = world.team(), world.team()
    class_id, at = confirmed(world, first)

    def come():
        moment = at + minutes * MINUTE
        world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=stranger.leader, now=moment)

    if is_open:
        come()
        assert world.states(class_id) == ["confirmed", "confirmed"]
    else:
        with pytest.raises(rules.DoorClosed):
            come()
        assert world.states(class_id) == ["confirmed"]


def test_who_waits_for_this_class_comes_in_on_their_own_place_and_serves_the_need(world):
    first, second = world.team(), world.team()
    class_id, at = confirmed(world, first, second, capacity=1)
    waiting = world.seat(class_id, second.leader)
    world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=2, now=at - MINUTE)

    world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=second.leader, now=at)

    seat = world.seat(class_id, second.leader)
    assert (seat.state, seat.kind, seat.rank, seat.need_id) == ("confirmed", "walk_in", waiting.rank, waiting.need_id)
    assert db_session().get(Seat, waiting.id).state == "moved"
    assert world.need(seat.need_id).state == "met"
    assert world.findings(at) == []


def test_who_is_on_the_list_is_marked_and_not_added_again(world):
    team = world.team()
    class_id, at = confirmed(world, team)

    with pytest.raises(rules.AlreadySeated, match="đã có tên trong danh sách"):
        world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=team.leader, now=at)
    assert world.states(class_id) == ["confirmed"]


def test_who_waits_for_another_class_of_the_topic_is_not_let_in(world):
    first, second = world.team(), world.team()
    class_id, at = confirmed(world, first)
    later = world.plan(title="Lớp số 2", sessions=((FIRST_DAY + timedelta(days=9), "sang"),), sessions_required=1)
    world.publish(later)
    world.do(rules.request_seat, by=second.by("leader"), class_id=later, team_id=second.id, person_id=second.leader)

    with pytest.raises(rules.AlreadySeated, match="Lớp số 2"):
        world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=second.leader, now=at)


def test_only_people_on_a_roster_of_the_province_come_in_and_only_its_staff_let_them(world):
    first, stranger = world.team(), world.team()
    class_id, at = confirmed(world, first)
    hanoi, _ = member_of(make_team("Tổ Hà Nội", "00004"), "Người Hà Nội")

    for person in (hanoi, make_person("Không tổ nào")):
        with pytest.raises(NotFound):
            world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=person, now=at)
    for nobody in (first.by("leader"), actor_of(trainer(name="Người khác")), actor_of(officer("01")), world.clerk):
        with pytest.raises(NotFound):
            world.do(rules.add_walk_in, by=nobody, class_id=class_id, person_id=stranger.leader, now=at)
    assert world.states(class_id) == ["confirmed"]


def test_a_trainer_beside_the_chief_keeps_the_door_too(world):
    first, stranger = world.team(), world.team()
    class_id, at = confirmed(world, first)
    second = trainer(name="Giảng viên thứ hai")
    in_unit(lambda s: s.add(ClassTrainer(class_id=class_id, account_id=second, added_at=world.now)))

    world.do(rules.add_walk_in, by=actor_of(second), class_id=class_id, person_id=stranger.leader, now=at)

    assert world.states(class_id) == ["confirmed", "confirmed"]


def test_half_an_hour_after_the_beginning_the_place_of_who_has_not_come_is_freed(world):
    first, second, stranger = world.team(), world.team(), world.team()
    class_id, at = confirmed(world, first, second, capacity=2)
    session_id, seats = first_session(class_id), [world.seat(class_id, team.leader).id for team in (first, second)]
    world.do(
        rules.mark_session, by=world.trainer, session_id=session_id, marks={seats[0]: rules.Mark("present")}, now=at
    )

    with pytest.raises(rules.NotAwayYet, match="mới được nhường chỗ"):
        world.do(rules.set_away, by=world.trainer, session_id=session_id, seat_ids=seats[1:], now=at + 29 * MINUTE)
    with pytest.raises(rules.NotAwayYet, match="đã được điểm danh"):
        world.do(rules.set_away, by=world.trainer, session_id=session_id, seat_ids=seats, now=at + 30 * MINUTE)
    world.do(rules.set_away, by=world.trainer, session_id=session_id, seat_ids=seats[1:], now=at + 30 * MINUTE)
    assert world.states(class_id) == ["confirmed", "away"]

    late = at + 31 * MINUTE
    world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=stranger.leader, now=late)
    with pytest.raises(rules.NoPlaceLeft):
        world.do(rules.come_back, by=world.trainer, seat_id=seats[1], now=late)
    assert world.states(class_id) == ["confirmed", "away", "confirmed"]
    assert world.need(world.seat(class_id, second.leader).need_id).state == "met"
    assert world.findings(late) == []


def test_who_comes_late_takes_their_place_again_while_one_is_left(world):
    team = world.team()
    class_id, at = confirmed(world, team, capacity=1)
    seat_id, late = world.seat(class_id, team.leader).id, at + 40 * MINUTE
    world.do(rules.set_away, by=world.trainer, session_id=first_session(class_id), seat_ids=[seat_id], now=late)

    world.do(rules.come_back, by=world.trainer, seat_id=seat_id, now=late)

    assert world.states(class_id) == ["confirmed"]
    with pytest.raises(rules.AlreadySettled):
        world.do(rules.come_back, by=world.trainer, seat_id=seat_id, now=late)
    assert world.findings(late) == []


def test_a_seat_of_another_class_is_not_set_away_nor_brought_back_by_strangers(world):
    team, other = world.team(), world.team()
    class_id, at = confirmed(world, team)
    elsewhere = world.plan(title="Lớp khác", topic=OTHER_TOPIC)
    seat_id, late = world.seat(class_id, team.leader).id, at + 40 * MINUTE

    with pytest.raises(NotFound):
        world.do(rules.set_away, by=world.officer, session_id=first_session(elsewhere), seat_ids=[seat_id], now=late)
    with pytest.raises(NotFound):
        world.do(
            rules.set_away, by=other.by("leader"), session_id=first_session(class_id), seat_ids=[seat_id], now=late
        )
    with pytest.raises(NotFound):
        world.do(rules.come_back, by=team.by("leader"), seat_id=seat_id, now=late)


def test_people_are_found_by_name_without_accents_and_by_member_code_in_the_province_only(world):
    team = world.team()
    class_id, _ = confirmed(world, team)
    member_of(make_team("Tổ Hà Nội", "00004"), "Lê Văn Viên Hà Nội")
    row, session = world.row(class_id), db_session()

    by_name = walk_ins.find_people(session, row, "le van vien")
    assert [(found.full_name, found.team) for found in by_name] == [("Lê Văn Viên 1", "Tổ dân phố 1")]
    code = session.get(walk_ins.Account, account_id_of(team.deputy)).code
    assert [found.id for found in walk_ins.find_people(session, row, f" {code.lower()} ")] == [team.deputy]
    assert walk_ins.find_people(session, row, "100%_") == []
    assert walk_ins.find_people(session, row, "l") == []


def test_while_the_list_is_open_a_free_place_goes_down_the_queue_before_it_goes_to_the_door(world):
    """A list may close only when the class begins; the door opens a quarter of an hour before."""
    first, second, stranger = world.team(), world.team(), world.team()
    class_id = world.published(first, second, capacity=1, offer_hours=5, lock_hours=0)
    at = begins(world, class_id) - 10 * MINUTE

    with pytest.raises(rules.NoPlaceLeft):
        world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=stranger.leader, now=at)
    world.do(rules.add_walk_in, by=world.trainer, class_id=class_id, person_id=second.leader, now=at)

    assert world.seat(class_id, second.leader).state == "confirmed"
    assert world.need(world.seat(class_id, second.leader).need_id).state == "met"
    assert world.findings(at) == []
