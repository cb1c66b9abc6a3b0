"""Rules of classes and seats: one queue, never over capacity, promoted in the freeing transaction."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from lms.access import SYSTEM
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import Notice
from lms.signals import seat_offered
from lms.teams.models import Membership
from lms.training import rules
from lms.training.models import Seat, TrainingEvent
from tests.factories import NOON, actor_of, clerk, make_team, member_of, officer

from .world import AT_CLASS, FIRST_DAY, OTHER_TOPIC, TOPIC


def test_two_are_offered_and_the_third_waits_and_can_read_why(world):
    teams = [world.team() for _ in range(3)]

    class_id = world.published(*teams, capacity=2)

    assert world.states(class_id) == ["offered", "offered", "waiting"]
    why = rules.reasons_for_waiting(db_session(), world.seat(class_id, teams[2].leader), now=NOON)
    assert why[0] == "Đứng thứ 1 trong hàng chờ. Không có ai đứng trước."
    assert "Lớp có 2 chỗ, 2 chỗ đã có người." in why[1]
    assert "Nhu cầu của tổ là số 3" in why[2]
    assert world.findings() == []


def test_nobody_is_invited_before_publication(world):
    need_id = world.register(world.team())
    class_id = world.plan()
    world.group(class_id, need_id)

    assert world.states(class_id) == ["waiting"]
    assert world.need(need_id).state == "grouped"


def test_a_declined_seat_goes_to_the_next_in_the_same_transaction(world):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=2)
    seat_id = world.seat(class_id, teams[0].leader).id
    told = []

    def listen(_app, **facts):
        told.append(facts["person_id"])

    with seat_offered.connected_to(listen):
        world.do(rules.decline_seat, by=teams[0].by("leader"), seat_id=seat_id, reason="bận mùa")

    assert world.states(class_id) == ["declined", "offered", "offered"]
    assert told == [teams[2].leader]
    assert db_session().query(Notice).filter_by(person_id=teams[2].leader, template="seat-offered").count() == 1
    assert world.findings() == []


def test_what_is_rolled_back_frees_nothing(world):
    teams = [world.team() for _ in range(2)]
    class_id = world.published(*teams, capacity=1)
    seat_id, by = world.seat(class_id, teams[0].leader).id, teams[0].by("leader")

    def fall_over(session):
        rules.decline_seat(session, by=by, seat_id=seat_id, now=NOON)
        raise KeyError("điện tắt")

    with pytest.raises(KeyError):
        in_unit(fall_over)
    assert world.states(class_id) == ["offered", "waiting"]


def test_the_queue_goes_by_the_number_of_the_need_whatever_the_order_of_grouping(world):
    teams = [world.team() for _ in range(3)]
    needs = [world.register(team) for team in teams]
    class_id = world.plan(1)
    world.group(class_id, needs[2])
    world.group(class_id, needs[0], needs[1])

    world.publish(class_id)

    assert world.states(class_id) == ["offered", "waiting", "waiting"]
    assert world.seat(class_id, teams[0].leader).state == "offered"
    assert world.findings() == []


@pytest.mark.parametrize("who", ["person", "leader", "deputy", "clerk"])
def test_person_leader_deputy_and_clerk_may_confirm(world, who):
    team = world.team()
    need_id = world.register(team, nominee_ids=(team.member,))
    class_id = world.plan()
    world.group(class_id, need_id)
    world.publish(class_id)
    by = {"person": team.by("member"), "clerk": world.clerk}.get(who) or team.by(who)

    world.do(rules.confirm_seat, by=by, seat_id=world.seat(class_id, team.member).id)

    seat = world.seat(class_id, team.member)
    event = db_session().query(TrainingEvent).filter_by(entity="seat", to_state="confirmed").one()
    assert seat.state == "confirmed"
    assert event.on_behalf_of_id == (None if who == "person" else team.member)


def test_a_stranger_does_not_find_the_seat_and_a_team_mate_may_not_answer_for_it(world):
    team, other = world.team(), world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id

    for stranger in (other.by("leader"), actor_of(clerk("00004")), actor_of(officer("01"))):
        with pytest.raises(NotFound):
            world.do(rules.cancel_seat, by=stranger, seat_id=seat_id, reason="thử")
    with pytest.raises(rules.NotLeader):
        world.do(rules.confirm_seat, by=team.by("member"), seat_id=seat_id)


def test_answering_twice_does_it_once(world):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.decline_seat, by=team.by("leader"), seat_id=seat_id)

    with pytest.raises(rules.AlreadySettled) as refusal:
        world.do(rules.decline_seat, by=team.by("deputy"), seat_id=seat_id)
    assert "không dự được" in refusal.value.sentence


def test_an_offer_nobody_answers_lapses_and_the_next_is_invited(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    later = NOON + timedelta(hours=72)

    with pytest.raises(rules.OfferLapsed):
        world.do(rules.confirm_seat, by=first.by("leader"), seat_id=world.seat(class_id, first.leader).id, now=later)
    assert world.do(rules.expire_offers, by=SYSTEM, now=later) == 1
    assert world.do(rules.expire_offers, by=SYSTEM, now=later) == 0

    assert world.states(class_id) == ["expired", "offered"]
    assert world.findings(later) == []


def test_an_offer_never_runs_beyond_the_first_day(world):
    team = world.team()
    class_id = world.published(team, offer_hours=24 * 60)

    assert world.seat(class_id, team.leader).expires_at.date() == FIRST_DAY


def test_more_capacity_invites_at_once_and_less_than_taken_is_refused(world):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=1)

    world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=3)
    assert world.states(class_id) == ["offered"] * 3

    with pytest.raises(rules.CapacityBelowLive, match="Đã có 3 người"):
        world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=2)
    assert world.row(class_id).capacity == 3
    assert world.findings() == []


def test_the_deputy_goes_instead_of_the_leader_in_the_same_place(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    old = world.seat(class_id, first.leader).id
    world.do(rules.confirm_seat, by=first.by("leader"), seat_id=old)

    world.do(rules.substitute, by=first.by("deputy"), seat_id=old, person_id=first.deputy)

    seat = world.seat(class_id, first.deputy)
    before = db_session().get(Seat, old)
    assert (before.state, seat.state) == ("moved", "confirmed")
    assert (seat.need_seq, seat.place) == (before.need_seq, before.place)
    assert seat.seq != before.seq
    assert world.seat(class_id, second.leader).state == "waiting"
    assert world.findings() == []


def test_a_substitute_must_be_of_the_team_and_free(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second)
    seat_id = world.seat(class_id, first.leader).id

    with pytest.raises(rules.SubstituteNotPossible):
        world.do(rules.substitute, by=first.by("leader"), seat_id=seat_id, person_id=second.deputy)
    with pytest.raises(rules.NotLeader):
        world.do(rules.substitute, by=first.by("member"), seat_id=seat_id, person_id=first.deputy)


def test_a_substitute_in_the_queue_keeps_the_teams_place(world):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=1)
    world.do(
        rules.substitute,
        by=teams[1].by("leader"),
        seat_id=world.seat(class_id, teams[1].leader).id,
        person_id=teams[1].member,
    )

    world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=2)

    assert world.seat(class_id, teams[1].member).state == "offered"
    assert world.seat(class_id, teams[2].leader).state == "waiting"


def test_one_person_has_one_open_seat_in_a_topic(world):
    team = world.team()
    world.published(team)
    second = world.plan(title="Lớp số 2", sessions=((FIRST_DAY + timedelta(days=9), "sang"),), sessions_required=1)
    twin = make_team("Tổ công nghệ số phường")
    _, account = member_of(twin, "Vũ Thị Khác", "leader")

    def join(session):
        session.add(Membership(team_id=twin, person_id=team.leader, role="member", joined_at=NOON))

    in_unit(join)
    need = world.do(
        rules.register_need,
        by=actor_of(account),
        call_id=world.call,
        team_id=twin,
        topic=TOPIC,
        wish=rules.Wish(nominee_ids=(team.leader,)),
    ).need.id

    left_out = world.group(second, need)

    assert left_out == ("Nguyễn Thị Trưởng 1: đã có chỗ hoặc đang chờ ở lớp “Lớp dịch vụ công số 1”.",)
    assert world.need(need).state == "submitted"


def test_nobody_sits_in_two_classes_at_once(world):
    team = world.team()
    world.published(team)
    need = world.register(team, topic=OTHER_TOPIC, nominee_ids=(team.leader,))
    class_id = world.plan(title="Lớp thanh toán", topic=OTHER_TOPIC)

    left_out = world.group(class_id, need)

    assert left_out[0].startswith("Nguyễn Thị Trưởng 1")
    assert world.states(class_id) == []


def test_the_database_itself_refuses_a_second_open_seat(world):
    team = world.team()
    class_id = world.published(team)

    def again(session):
        session.add(
            Seat(
                class_id=class_id,
                person_id=team.leader,
                team_id=team.id,
                state="waiting",
                seq=99,
                queued_at=NOON,
            )
        )

    with pytest.raises(IntegrityError):
        in_unit(again)


def test_places_not_named_yet_go_to_the_leader_then_the_deputy(world):
    team = world.team()
    need = world.register(team, seats_wanted=2)
    class_id = world.plan()

    world.group(class_id, need)

    people = {seat.person_id for seat in db_session().query(Seat).filter_by(class_id=class_id)}
    assert people == {team.leader, team.deputy}


def test_who_has_left_the_team_is_passed_over_and_holds_nobody_up(world):
    first, second = world.team(), world.team()
    needs = [world.register(first), world.register(second)]
    class_id = world.plan(1)
    world.group(class_id, *needs)

    def leave(session):
        session.query(Membership).filter_by(person_id=first.leader).update({"left_at": NOON})

    in_unit(leave)
    world.publish(class_id)

    assert world.states(class_id) == ["cancelled", "offered"]
    assert world.findings() == []


def test_withdrawing_the_need_frees_its_seats_for_the_next(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    need_id = world.seat(class_id, first.leader).need_id

    world.do(rules.withdraw_need, by=first.by("leader"), need_id=need_id)

    assert world.states(class_id) == ["cancelled", "offered"]
    assert world.findings() == []


def test_a_latecomer_stands_after_every_need(world):
    first, second, late = world.team(), world.team(), world.team()
    class_id = world.published(first, second, capacity=1)

    world.do(rules.request_seat, by=late.by("leader"), class_id=class_id, team_id=late.id, person_id=late.member)

    assert world.states(class_id) == ["offered", "waiting", "waiting"]
    why = rules.reasons_for_waiting(db_session(), world.seat(class_id, late.member), now=NOON)
    assert why[0] == "Đứng thứ 2 trong hàng chờ. Có 1 người đứng trước."
    assert world.findings() == []


def test_a_latecomer_finds_a_free_place_at_once(world):
    first, late = world.team(), world.team()
    class_id = world.published(first, capacity=2)

    seat = world.do(rules.request_seat, by=world.clerk, class_id=class_id, team_id=late.id, person_id=late.leader)

    assert seat.state == "offered"


def test_a_cancelled_class_gives_the_needs_back_with_their_number(world):
    team = world.team()
    class_id = world.published(team)
    need_id = world.seat(class_id, team.leader).need_id

    world.do(rules.cancel_class, by=world.officer, class_id=class_id, reason="mưa lũ")

    assert world.states(class_id) == ["class_cancelled"]
    assert (world.need(need_id).state, world.need(need_id).queue_seq) == ("confirmed", 1)
    second = world.plan(title="Lớp bù")
    assert world.group(second, need_id) == ()
    assert world.states(second) == ["waiting"]
    assert world.findings() == []


def test_a_fixed_list_is_not_refilled(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    world.do(rules.close_roster, by=world.officer, class_id=class_id)

    world.do(rules.decline_seat, by=first.by("leader"), seat_id=world.seat(class_id, first.leader).id)

    assert world.states(class_id) == ["declined", "waiting"]
    why = rules.reasons_for_waiting(db_session(), world.seat(class_id, second.leader), now=NOON)
    assert "đã chốt" in why[1]
    assert world.findings() == []


@pytest.mark.parametrize(
    "but",
    [
        {"sessions": ()},
        {"sessions": ((FIRST_DAY, "sang"), (FIRST_DAY, "sang"))},
        {"sessions": ((NOON.date() - timedelta(days=1), "sang"),), "sessions_required": 1},
        {"sessions_required": 3},
        {"capacity": 0},
        {"venue": "  "},
        {"topic": "khong-co"},
        {"trainer_id": 999_999},
    ],
)
def test_a_class_lacking_what_makes_a_class_is_refused(world, but):
    with pytest.raises(rules.ClassBadlyPlanned):
        world.plan(**but)


def test_another_provinces_officer_does_not_find_the_class(world):
    class_id = world.plan()

    with pytest.raises(NotFound):
        world.do(rules.publish_class, by=actor_of(officer("01")), class_id=class_id)
    with pytest.raises(NotFound):
        world.do(rules.publish_class, by=world.trainer, class_id=class_id)


def test_a_seat_is_not_given_back_once_the_class_has_begun(world):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    session_id = first_session(class_id)
    world.do(
        rules.mark_session,
        by=world.trainer,
        session_id=session_id,
        marks={seat_id: rules.Mark("present")},
        now=AT_CLASS,
    )

    with pytest.raises(rules.ClassHasBegun):
        world.do(rules.cancel_seat, by=team.by("leader"), seat_id=seat_id, reason="bận", now=AT_CLASS)


def first_session(class_id: int) -> int:
    from lms.training.attendance import class_sessions

    return class_sessions(db_session(), class_id)[0].id
