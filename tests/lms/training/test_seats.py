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
from lms.training import conditions, rules
from lms.training.models import Seat, TrainingClass, TrainingEvent
from tests.factories import NOON, actor_of, clerk, make_team, member_of, officer

from .world import AT_CLASS, FIRST_DAY, HOUR, OTHER_TOPIC, TOPIC

LOCK = timedelta(hours=48)


@pytest.fixture(autouse=True)
def _first_come(world):
    """Who registers first is first, so that a test can say who that is."""
    world.use_call(order="first_come")


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

    assert world.states(class_id) == ["expired", "offered", "waiting"]
    assert world.findings(later) == []


def test_who_lets_an_offer_lapse_once_goes_to_the_tail_and_twice_is_dropped(world):
    first, second, third = world.team(), world.team(), world.team()
    class_id = world.published(first, second, third, capacity=1)
    need_id = world.seat(class_id, first.leader).need_id
    later = NOON + timedelta(hours=72)
    world.do(rules.expire_offers, by=SYSTEM, now=later)

    returned = world.seat(class_id, first.leader)
    assert (returned.state, returned.lapses) == ("waiting", 1)
    why = rules.reasons_for_waiting(db_session(), returned, now=later)
    assert why[0] == "Đứng thứ 2 trong hàng chờ. Có 1 người đứng trước."
    assert "đã quá hạn nên về cuối hàng" in why[2]
    for team in (second, third):
        world.do(rules.decline_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id, now=later)
    assert world.seat(class_id, first.leader).state == "offered"

    last = later + timedelta(hours=72)
    world.do(rules.expire_offers, by=SYSTEM, now=last)

    assert world.states(class_id) == ["expired", "declined", "declined", "expired"]
    assert world.need(need_id).state == "confirmed"
    assert world.findings(last) == []


def test_an_offer_lapses_to_the_second_by_the_clock_of_the_server(world):
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader)
    second = timedelta(seconds=1)

    assert world.do(rules.expire_offers, by=SYSTEM, now=seat.expires_at - second) == 0
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat.id, now=seat.expires_at - second)

    assert world.seat(class_id, team.leader).state == "confirmed"


def test_an_offer_never_runs_beyond_the_closing_of_the_list(world):
    team = world.team()
    class_id = world.published(team, offer_hours=24 * 60)

    assert world.seat(class_id, team.leader).expires_at == world.row(class_id).locks_at


def test_at_the_closing_of_the_list_nobody_is_invited_any_more(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    closed = world.row(class_id).locks_at

    world.do(rules.expire_offers, by=SYSTEM, now=closed)

    assert world.states(class_id) == ["expired", "waiting", "waiting"]
    why = rules.reasons_for_waiting(db_session(), world.seat(class_id, second.leader), now=closed)
    assert "Còn chỗ trống thì xã gọi điện mời lần lượt." in why[1]
    assert world.findings(closed) == []


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
    assert (seat.rank, seat.place) == (before.rank, before.place)
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
    assert world.need(need).state == "confirmed"


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
    need_id = world.register(team)
    class_id = world.plan()
    world.group(class_id, need_id)

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


def test_what_the_commune_confirms_was_said_on_the_phone(world):
    team = world.team()
    class_id = world.published(team)

    world.do(rules.confirm_seat, by=world.clerk, seat_id=world.seat(class_id, team.leader).id)

    event = last_event(class_id, team.leader)
    assert (event.to_state, event.channel, event.on_behalf_of_id) == ("confirmed", "phone", team.leader)


def test_the_need_follows_its_seats(world):
    team = world.team()
    need_id = world.register(team, seats_wanted=2)
    class_id = world.plan()
    world.group(class_id, need_id)
    world.publish(class_id)
    seats = [world.seat(class_id, person).id for person in (team.leader, team.deputy)]

    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seats[0])
    assert world.need(need_id).state == "partly_met"
    world.do(rules.confirm_seat, by=team.by("deputy"), seat_id=seats[1])
    assert world.need(need_id).state == "met"
    world.do(rules.cancel_seat, by=team.by("leader"), seat_id=seats[0], reason="bận mùa")
    assert world.need(need_id).state == "partly_met"
    world.do(rules.cancel_seat, by=team.by("leader"), seat_id=seats[1], reason="bận mùa")
    assert world.need(need_id).state == "confirmed"
    assert world.findings() == []


@pytest.mark.parametrize(("before_class", "code"), [(49, ""), (47, "late")])
def test_a_place_given_back_within_two_days_of_the_class_is_marked_late(world, before_class, code):
    team = world.team()
    class_id = world.published(team)
    seat_id, begins = world.seat(class_id, team.leader).id, world.row(class_id).locks_at + LOCK
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)

    at = begins - before_class * HOUR
    world.do(rules.cancel_seat, by=team.by("leader"), seat_id=seat_id, reason="ốm", now=at)

    event = last_event(class_id, team.leader)
    assert (event.to_state, event.reason, event.reason_code) == ("cancelled", "ốm", code)


def test_from_the_hour_of_the_class_the_list_stands_whatever_the_timer_has_done(world):
    team = world.team()
    class_id = world.published(team)
    seat_id, begins = world.seat(class_id, team.leader).id, world.row(class_id).locks_at + LOCK
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)

    for verb, what in ((rules.cancel_seat, {"reason": "ốm"}), (rules.substitute, {"person_id": team.deputy})):
        with pytest.raises(rules.ClassHasBegun):
            world.do(verb, by=team.by("leader"), seat_id=seat_id, now=begins, **what)
    assert world.states(class_id) == ["confirmed"]


def test_only_roles_that_the_call_sends_may_go_instead(world):
    world.use_call(order="first_come", who_may_go=["leader", "deputy"])
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id

    with pytest.raises(rules.RoleNotAllowed, match="Lê Văn Viên 1 là tổ viên, mà đợt này chỉ cử: tổ trưởng, tổ phó"):
        world.do(rules.substitute, by=team.by("leader"), seat_id=seat_id, person_id=team.member)
    world.do(rules.substitute, by=team.by("leader"), seat_id=seat_id, person_id=team.deputy)

    assert world.states(class_id) == ["moved", "offered"]


def test_nobody_asks_for_a_place_in_a_role_that_the_call_does_not_send(world):
    world.use_call(order="first_come", who_may_go=["leader"])
    team = world.team()
    class_id = world.published()

    with pytest.raises(rules.RoleNotAllowed):
        world.do(rules.request_seat, by=team.by("leader"), class_id=class_id, team_id=team.id, person_id=team.deputy)

    assert world.states(class_id) == []


def test_a_substitute_for_a_confirmed_person_is_confirmed_and_answers_for_the_same_need(world):
    team = world.team()
    class_id = world.published(team)
    old = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=old)

    world.do(rules.substitute, by=team.by("leader"), seat_id=old, person_id=team.deputy, reason="đi họp tỉnh")

    seat = world.seat(class_id, team.deputy)
    told = db_session().query(Notice.person_id, Notice.template).filter(Notice.template.in_(["seat-taken-over"])).all()
    assert (seat.state, world.need(seat.need_id).state) == ("confirmed", "met")
    assert last_event(class_id, team.deputy).snapshot["replaces"] == old
    assert (team.deputy, "seat-taken-over") in told
    assert world.findings() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "member"}, "không giữ vai trò mà đợt này cho cử đi"),
        ({"left_at": NOON}, "đã rời tổ"),
    ],
)
def test_whoever_cannot_go_when_their_turn_comes_is_passed_over_and_holds_nobody_up(world, change, words):
    world.use_call(order="first_come", who_may_go=["leader", "deputy"])
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=1)
    need_id = world.seat(class_id, teams[1].leader).need_id

    def alter(session):
        session.query(Membership).filter_by(person_id=teams[1].leader).update(change)

    in_unit(alter)
    why = rules.reasons_for_waiting(db_session(), world.seat(class_id, teams[1].leader), now=NOON)
    assert why[1].startswith(f"Người này {words}. Nếu đến lượt mà vẫn vậy thì chỗ được mời người sau.")
    world.do(rules.decline_seat, by=teams[0].by("leader"), seat_id=world.seat(class_id, teams[0].leader).id)

    assert world.states(class_id) == ["declined", "cancelled", "offered"]
    assert world.seat(class_id, teams[1].leader).reason == words
    assert world.need(need_id).state == "confirmed"
    assert world.findings() == []


def test_who_has_a_place_in_another_class_at_that_time_is_passed_over(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    other = world.plan(title="Lớp thanh toán", topic=OTHER_TOPIC, sessions=((FIRST_DAY, "chieu"),), sessions_required=1)
    world.publish(other)

    def seat_elsewhere(session):
        session.add(Seat(class_id=other, person_id=second.leader, team_id=second.id, state="confirmed", seq=1,
                         queued_at=NOON, confirmed_at=NOON))  # fmt: skip

    in_unit(seat_elsewhere)
    world.do(rules.decline_seat, by=first.by("leader"), seat_id=world.seat(class_id, first.leader).id)

    assert world.states(class_id) == ["declined", "cancelled"]
    assert last_event(class_id, second.leader).reason_code == "seat_elsewhere"


def closed(world, *teams):
    """A class of one place whose list is closed; the first has given the place back. Returns class and moment."""
    class_id = world.published(*teams, capacity=1)
    seat_id = world.seat(class_id, teams[0].leader).id
    world.do(rules.confirm_seat, by=teams[0].by("leader"), seat_id=seat_id)
    at = world.row(class_id).locks_at + HOUR
    world.do(rules.cancel_seat, by=teams[0].by("leader"), seat_id=seat_id, reason="ốm", now=at)
    return class_id, at


@pytest.mark.parametrize("who", ["clerk", "officer"])
def test_after_the_closing_a_free_place_is_filled_by_hand_after_a_phone_call(world, who):
    first, second = world.team(), world.team()
    class_id, at = closed(world, first, second)
    assert world.states(class_id) == ["cancelled", "waiting"]

    world.do(rules.fill_by_hand, by=getattr(world, who), seat_id=world.seat(class_id, second.leader).id, now=at)

    events = events_of(world.seat(class_id, second.leader).id)
    assert world.states(class_id) == ["cancelled", "confirmed"]
    assert [(e.to_state, e.channel) for e in events[-2:]] == [("offered", "phone"), ("confirmed", "phone")]
    assert world.need(world.seat(class_id, second.leader).need_id).state == "met"
    assert world.findings(at) == []


def test_going_past_somebody_on_the_phone_takes_the_reason(world):
    teams = [world.team() for _ in range(3)]
    class_id, at = closed(world, *teams)
    third = world.seat(class_id, teams[2].leader).id

    with pytest.raises(rules.OutOfTurn, match="Còn 1 người đứng trước"):
        world.do(rules.fill_by_hand, by=world.clerk, seat_id=third, now=at)
    world.do(rules.fill_by_hand, by=world.clerk, seat_id=third, now=at, reason="gọi hai lần không ai nghe")

    event = events_of(third)[-2]
    assert (event.reason, event.snapshot["ahead"]) == ("gọi hai lần không ai nghe", 1)
    with pytest.raises(rules.NoPlaceLeft):
        world.do(rules.fill_by_hand, by=world.clerk, seat_id=world.seat(class_id, teams[1].leader).id, now=at)


def test_before_the_closing_nobody_fills_by_hand_and_a_leader_never_does(world):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    seat_id = world.seat(class_id, second.leader).id

    with pytest.raises(rules.QueueFillsItself):
        world.do(rules.fill_by_hand, by=world.clerk, seat_id=seat_id)
    for stranger in (second.by("leader"), actor_of(clerk("00004")), actor_of(officer("01"))):
        with pytest.raises(NotFound):
            world.do(rules.fill_by_hand, by=stranger, seat_id=seat_id)
    assert world.states(class_id) == ["offered", "waiting"]


def test_the_sweep_fills_a_place_that_somebody_can_take_only_now(world):
    team = world.team()
    need_id = world.register(team)
    class_id = world.plan(1)
    world.group(class_id, need_id)

    def publish_unpromoted(session):
        session.query(TrainingClass).filter_by(id=class_id).update({"state": "published"})

    in_unit(publish_unpromoted)
    world.do(rules.expire_offers, by=SYSTEM)

    assert world.states(class_id) == ["offered"]


def test_pages_refuse_for_the_same_reason_as_the_rules(world):
    team = world.team()
    class_id = world.published(team)
    late = world.row(class_id).locks_at
    seat, row = world.seat(class_id, team.leader), world.row(class_id)

    refusal = conditions.why_not_confirm(row, seat, late)

    with pytest.raises(type(refusal)) as raised:
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat.id, now=late)
    assert raised.value.sentence == refusal.sentence


def events_of(seat_id: int) -> list[TrainingEvent]:
    found = db_session().query(TrainingEvent).filter_by(entity="seat", entity_id=seat_id)
    return found.order_by(TrainingEvent.id).all()


def last_event(class_id: int, person_id: int) -> TrainingEvent:
    seat = db_session().query(Seat).filter_by(class_id=class_id, person_id=person_id).order_by(Seat.id.desc()).first()
    return events_of(seat.id)[-1]


def first_session(class_id: int) -> int:
    from lms.training.attendance import class_sessions

    return class_sessions(db_session(), class_id)[0].id


def test_a_place_is_given_back_with_the_reason(world):
    team = world.team()
    class_id = world.published(team)

    with pytest.raises(rules.ReasonNeeded, match="lý do hủy chỗ"):
        world.do(rules.cancel_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id, reason=" ")

    assert world.states(class_id) == ["offered"]
