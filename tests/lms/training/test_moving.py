"""Putting classes off, merging them, and moving who waits."""

from datetime import timedelta

import pytest

from lms.clock import vn_date
from lms.db import db_session
from lms.errors import NotFound
from lms.journal.models import Notice
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.models import RETURNED, TrainingEvent
from tests.factories import NOON, actor_of, officer

from .world import FIRST_DAY, HOUR, OTHER_TOPIC

LATER = FIRST_DAY + timedelta(days=14)
NEW_DATES = ((LATER, "sang"), (LATER, "chieu"))


def postpone(world, class_id, **more):
    world.do(rules.postpone_class, **({"by": world.officer, "class_id": class_id, "reason": "bão số 9"} | more))


def new_dates(world, class_id, sessions=NEW_DATES, **more):
    given = {"by": world.officer, "class_id": class_id, "sessions": sessions, "lock_hours": 48}
    return world.do(rules.set_new_dates, **(given | more))


def merge(world, class_id, into, **more):
    given = {"by": world.officer, "class_id": class_id, "into_id": into, "reason": "ít người"}
    return world.do(rules.merge_class, **(given | more))


def move_waiting(world, seat, class_id, **more):
    given = {"by": world.officer, "seat_id": seat.id, "class_id": class_id, "reason": "gần nhà hơn"}
    return world.do(rules.move_waiting, **(given | more))


def confirm(world, class_id, team):
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)


def templates(person_id):
    session = db_session()
    session.rollback()
    return [n.template for n in session.query(Notice).filter_by(person_id=person_id).order_by("id")]


# putting off


def test_a_class_is_put_off_at_once_and_no_offer_lapses_meanwhile(world):
    one, two, three = (world.team() for _ in range(3))
    class_id = world.published(one, two, three)
    confirm(world, class_id, one)

    postpone(world, class_id)

    assert world.row(class_id).state == "postponed"
    assert world.states(class_id) == ["confirmed", "offered", "waiting"]
    assert world.do(rules.expire_offers, by=world.officer, now=NOON + 99 * HOUR) == 0
    for team in (one, two, three):
        assert "class-postponed" in templates(team.leader)
    with pytest.raises(rules.ClassOnHold):
        confirm(world, class_id, two)


def test_with_new_dates_everybody_who_held_a_place_says_yes_again(world):
    one, two, three = (world.team() for _ in range(3))
    class_id = world.published(one, two, three)
    confirm(world, class_id, one)
    postpone(world, class_id)

    new_dates(world, class_id, venue="Hội trường huyện", now=NOON + HOUR)

    row = world.row(class_id)
    assert (row.state, row.starts_on, row.venue) == ("published", LATER, "Hội trường huyện")
    assert [held.held_on for held in class_sessions(db_session(), class_id)] == [LATER, LATER]
    assert world.states(class_id) == ["offered", "offered", "waiting"]
    seat = world.seat(class_id, one.leader)
    assert (seat.confirmed_at, seat.expires_at) == (None, NOON + HOUR + timedelta(hours=row.offer_hours))
    assert templates(one.leader).count("seat-offered") == 2
    assert world.need(seat.need_id).state == "grouped"
    assert world.findings(NOON + HOUR) == []


def test_who_has_another_class_on_the_new_day_loses_the_place_and_goes_first_next_time(world):
    team, other = world.team(), world.team()
    class_id = world.published(team)
    confirm(world, class_id, team)
    elsewhere = world.plan(topic=OTHER_TOPIC, sessions=NEW_DATES, title="Lớp thanh toán")
    world.group(elsewhere, world.register(team, topic=OTHER_TOPIC))
    world.publish(elsewhere)
    world.group(class_id, world.register(other))
    postpone(world, class_id)

    new_dates(world, class_id)

    assert world.seat(class_id, team.leader).state == "displaced"
    assert world.seat(class_id, other.leader).state == "offered"
    need = world.need(world.seat(class_id, team.leader).need_id)
    assert (need.state, need.displaced_at) == ("confirmed", NOON)
    assert world.findings() == []


def test_a_planned_class_gets_other_dates_and_nobody_hears_of_it(world):
    team = world.team()
    class_id = world.plan()
    world.group(class_id, world.register(team))
    before = templates(team.leader)

    new_dates(world, class_id)

    assert world.row(class_id).state == "planned"
    assert world.row(class_id).starts_on == LATER
    assert templates(team.leader) == before
    told = db_session().query(TrainingEvent).filter_by(entity="class", from_state="planned").one().snapshot
    assert told["dates"][0].startswith(LATER.isoformat())


@pytest.mark.parametrize(
    ("sessions", "refusal"),
    [
        ((), rules.ClassBadlyPlanned),
        (((LATER, "sang"),), rules.ClassBadlyPlanned),
        (((vn_date(NOON), "chieu"), (LATER, "chieu")), rules.RosterTimePassed),
    ],
)
def test_impossible_dates_leave_the_class_put_off(world, sessions, refusal):
    class_id = world.published(world.team())
    postpone(world, class_id)

    with pytest.raises(refusal):
        new_dates(world, class_id, sessions)
    assert world.row(class_id).state == "postponed"
    assert len(class_sessions(db_session(), class_id)) == 2


def test_only_a_published_class_that_has_not_begun_is_put_off_and_with_a_reason(world):
    planned, published = world.plan(), world.published()

    with pytest.raises(rules.NotNow, match="không hoãn được"):
        postpone(world, planned)
    with pytest.raises(rules.ReasonNeeded):
        postpone(world, published, reason="")
    with pytest.raises(rules.NotNow, match="không đổi ngày được"):
        new_dates(world, published)
    with pytest.raises(NotFound):
        new_dates(world, planned, by=actor_of(officer("01")))


def test_a_class_that_was_put_off_can_be_cancelled_by_two(world):
    class_id = world.published(world.team())
    postpone(world, class_id)

    world.cancel(class_id)

    assert world.states(class_id) == ["class_cancelled"]


# merging


@pytest.fixture
def two_classes(world):
    """One with a confirmed, an offered and a waiting person; one with three free places."""
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams)
    confirm(world, class_id, teams[0])
    return class_id, world.published(capacity=3, sessions=NEW_DATES, title="Lớp số 2"), teams


def test_in_a_merged_class_everybody_moves_and_says_yes_again(world, two_classes):
    class_id, into, teams = two_classes

    merge(world, class_id, into)

    assert (world.row(class_id).state, world.row(class_id).merged_into_id) == ("merged", into)
    assert world.states(class_id) == ["moved"] * 3
    assert world.states(into) == ["offered"] * 3
    assert world.seat(into, teams[0].leader).need_id == world.seat(class_id, teams[0].leader).need_id
    assert {"seat-other-class", "seat-offered"} <= set(templates(teams[0].leader))
    assert world.need(1).state == "grouped"
    assert world.findings() == []


def test_who_waited_waits_behind_in_the_order_of_their_class(world, two_classes):
    class_id, into, teams = two_classes
    late = world.team()
    world.group(class_id, world.register(late))
    world.do(rules.set_capacity, by=world.officer, class_id=into, capacity=2)

    merge(world, class_id, into)

    assert world.states(into) == ["offered", "offered", "waiting", "waiting"]
    ranks = [world.seat(into, team.leader).rank for team in (teams[2], late)]
    places = [world.seat(into, team.leader).place for team in (teams[2], late)]
    assert ranks == [RETURNED, RETURNED]
    assert places == sorted(places)
    assert world.findings() == []


def test_without_room_for_everybody_nothing_is_merged(world, two_classes):
    class_id, into, _ = two_classes
    world.do(rules.set_capacity, by=world.officer, class_id=into, capacity=1)

    with pytest.raises(rules.NoRoomForAll, match="còn 1 chỗ mà ở đây 2 người"):
        merge(world, class_id, into)
    assert world.states(class_id) == ["confirmed", "offered", "waiting"]
    assert world.states(into) == []


def test_who_is_busy_on_the_other_day_is_free_and_goes_first_next_time(world, two_classes):
    class_id, into, teams = two_classes
    elsewhere = world.plan(topic=OTHER_TOPIC, sessions=NEW_DATES, title="Lớp thanh toán")
    world.group(elsewhere, world.register(teams[0], topic=OTHER_TOPIC))
    world.publish(elsewhere)

    merge(world, class_id, into)

    assert world.seat(into, teams[0].leader).state == "cancelled"
    need = world.need(world.seat(class_id, teams[0].leader).need_id)
    assert (need.state, need.displaced_at) == ("confirmed", NOON)
    assert world.findings() == []


def test_planned_classes_are_merged_by_the_number_of_the_need(world):
    first, second = world.team(), world.team()
    one, two = world.register(first), world.register(second)
    class_id, into = world.plan(), world.plan(title="Lớp số 2")
    world.group(class_id, one)
    world.group(into, two)

    merge(world, class_id, into)

    assert world.states(into) == ["waiting", "waiting"]
    assert [world.seat(into, team.leader).rank for team in (first, second)] == [1, 2]


def test_a_class_is_merged_only_into_another_of_its_topic_that_takes_people(world, two_classes):
    class_id, into, _ = two_classes
    other_topic, planned = world.published(topic=OTHER_TOPIC), world.plan(title="Lớp số 3")

    for target in (class_id, other_topic):
        with pytest.raises(rules.TargetNotPossible, match="cùng chuyên đề"):
            merge(world, class_id, target)
    with pytest.raises(rules.TargetNotPossible, match="chưa công bố"):
        merge(world, class_id, planned)
    world.do(rules.close_roster, by=world.officer, class_id=into)
    with pytest.raises(rules.TargetNotPossible, match="không nhận thêm"):
        merge(world, class_id, into)
    with pytest.raises(rules.ReasonNeeded):
        merge(world, planned, world.published(title="Lớp số 4"), reason=" ")
    with pytest.raises(NotFound):
        merge(world, class_id, into, by=actor_of(officer("01")))


# one who waits


def test_who_waits_moves_to_another_class_and_is_invited_if_there_is_room(world, two_classes):
    class_id, into, teams = two_classes
    waiting = world.seat(class_id, teams[2].leader)

    move_waiting(world, waiting, into)

    assert world.states(class_id) == ["confirmed", "offered", "moved"]
    assert world.states(into) == ["offered"]
    assert world.seat(class_id, teams[2].leader).reason.endswith("gần nhà hơn")
    assert world.need(waiting.need_id).state == "grouped"
    assert world.findings() == []


def test_only_who_waits_moves_and_with_a_reason(world, two_classes):
    class_id, into, teams = two_classes
    waiting, offered = (world.seat(class_id, teams[place].leader) for place in (2, 1))

    with pytest.raises(rules.AlreadySettled):
        move_waiting(world, offered, into)
    with pytest.raises(rules.ReasonNeeded):
        move_waiting(world, waiting, into, reason="")
    with pytest.raises(rules.TargetNotPossible):
        move_waiting(world, waiting, class_id)
    with pytest.raises(NotFound):
        move_waiting(world, waiting, into, by=world.clerk)
    assert world.states(class_id) == ["confirmed", "offered", "waiting"]


def test_a_moved_person_is_not_forgotten_when_their_need_is_grouped_again(world, two_classes):
    """Who let somebody else go is not asked again; who was moved by the department is."""
    class_id, into, teams = two_classes
    move_waiting(world, world.seat(class_id, teams[2].leader), into)
    seat = world.seat(into, teams[2].leader)
    world.do(rules.cancel_seat, by=world.officer, seat_id=seat.id, reason="chờ lớp gần hơn")
    third = world.plan(title="Lớp số 3")

    world.group(third, seat.need_id)

    assert world.seat(third, teams[2].leader).state == "waiting"
