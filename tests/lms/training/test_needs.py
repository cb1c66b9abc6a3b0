"""Rules of calls and needs (S1, item 3)."""

from datetime import timedelta

import pytest

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry, Notice
from lms.teams.models import Membership
from lms.training import rules
from lms.training.models import Need, NeedSignature, TrainingEvent
from tests.factories import NOON, account_id_of, actor_of, clerk, make_person, officer

from .world import OTHER_TOPIC, TOPIC


def test_a_leader_registers_the_teams_need(world):
    team = world.team()

    need_id = world.register(team, seats_wanted=2, nominee_ids=(team.leader, team.member), note="cần máy tính")

    need = world.need(need_id)
    assert (need.state, need.queue_seq, need.seats_wanted) == ("submitted", 1, 2)
    assert need.nominee_ids == [team.leader, team.member]
    assert db_session().get(NeedSignature, (need_id, team.leader)).role == "leader"


def test_a_deputy_may_register_alone(world):
    team = world.team()

    need_id = world.register(team, "deputy")

    assert world.need(need_id).state == "submitted"


def test_a_plain_member_is_refused_with_the_reason(world):
    team = world.team()

    with pytest.raises(rules.NotLeader, match="Chỉ tổ trưởng hoặc tổ phó đăng ký nhu cầu"):
        world.register(team, "member")
    assert db_session().query(Need).count() == 0


def test_a_stranger_does_not_know_the_team(world):
    ours, theirs = world.team(), world.team()

    with pytest.raises(NotFound):
        world.do(
            rules.register_need,
            by=theirs.by("leader"),
            call_id=world.call,
            team_id=ours.id,
            topic=TOPIC,
            wish=rules.Wish(),
        )


def test_a_deputy_who_left_loses_the_right_at_once(world):
    """Even with an actor remembered from before."""
    team = world.team()
    remembered, call = team.by("deputy"), world.call

    def leave(session):
        session.query(Membership).filter_by(team_id=team.id, person_id=team.deputy).update({"left_at": NOON})

    in_unit(leave)

    assert team.id in remembered.led_team_ids
    with pytest.raises(rules.NoLongerInTeam):
        world.do(rules.register_need, by=remembered, call_id=call, team_id=team.id, topic=TOPIC, wish=rules.Wish())


@pytest.mark.parametrize("moment", [NOON - timedelta(minutes=1), NOON + timedelta(days=7)])
def test_outside_the_window_nothing_is_registered(world, moment):
    team = world.team()

    with pytest.raises(rules.CallNotOpen):
        world.register(team, now=moment)


def test_an_extended_call_is_open_again(world):
    team, call = world.team(), world.call
    later = NOON + timedelta(days=8)
    world.do(rules.extend_call, by=world.officer, call_id=call, closes_at=later + timedelta(days=1), reason="mưa lũ")

    assert world.register(team, now=later)


def test_the_second_of_leader_and_deputy_joins_the_need(world):
    team = world.team()
    need_id = world.register(team, "leader")

    again = world.register(team, "deputy")

    assert again == need_id
    assert db_session().query(Need).count() == 1
    assert {s.role for s in db_session().query(NeedSignature)} == {"leader", "deputy"}
    events = db_session().query(TrainingEvent).filter_by(entity="need", entity_id=need_id)
    assert [(e.from_state, e.to_state, e.reason) for e in events.order_by(TrainingEvent.id)] == [
        (None, "submitted", ""),
        ("submitted", "submitted", "ký chung"),
    ]


def test_a_deputys_differing_word_waits_as_a_proposal(world):
    team = world.team()
    need_id = world.register(team, "leader", nominee_ids=(team.leader,))

    world.register(team, "deputy", nominee_ids=(team.deputy,))

    assert world.need(need_id).nominee_ids == [team.leader]
    proposal = db_session().get(NeedSignature, (need_id, team.deputy)).proposal
    assert proposal == {"nominee_ids": [team.deputy]}


def test_the_leaders_word_wins_when_signing_second(world):
    team = world.team()
    need_id = world.register(team, "deputy", nominee_ids=(team.deputy,), note="buổi sáng")

    world.register(team, "leader", nominee_ids=(team.leader,))

    need = world.need(need_id)
    assert (need.nominee_ids, need.note, need.queue_seq) == ([team.leader], "", 1)


def test_numbers_are_given_once_and_never_by_edits(world):
    first, second = world.team(), world.team()
    one = world.register(first)
    two = world.register(second)

    world.register(first, note="đổi ghi chú")
    three = world.register(first, topic=OTHER_TOPIC)

    assert [world.need(n).queue_seq for n in (one, two, three)] == [1, 2, 3]
    assert world.findings() == []


def test_a_clerk_registers_for_a_team_with_the_reason_and_the_team_is_told(world):
    team = world.team()
    what = {"by": world.clerk, "call_id": world.call, "team_id": team.id, "topic": TOPIC, "wish": rules.Wish()}

    with pytest.raises(rules.ReasonMissing):
        world.do(rules.register_need, **what)
    need = world.do(rules.register_need, **what, reason="tổ ở điểm lõm sóng").need

    assert need.on_behalf_reason == "tổ ở điểm lõm sóng"
    assert db_session().query(Notice).filter_by(template="need-by-proxy").count() == 2
    entry = db_session().query(JournalEntry).filter_by(verb="register_need").one()
    assert entry.on_behalf_of_id == team.leader


def test_the_clerk_cannot_add_a_second_need(world):
    team = world.team()
    world.register(team)

    with pytest.raises(rules.AlreadyRegistered):
        world.do(
            rules.register_need,
            by=world.clerk,
            call_id=world.call,
            team_id=team.id,
            topic=TOPIC,
            wish=rules.Wish(),
            reason="tổ nhờ",
        )


def test_another_communes_clerk_and_another_provinces_officer_see_no_need(world):
    team = world.team()
    need_id = world.register(team)

    for stranger in (clerk("00004"), officer("01")):
        with pytest.raises(NotFound):
            world.do(rules.reject_need, by=actor_of(stranger), need_id=need_id, reason="thử")


@pytest.mark.parametrize(
    ("topic", "wish", "refusal"),
    [
        ("khong-co", rules.Wish(), rules.TopicNotInCall),
        (TOPIC, rules.Wish(seats_wanted=3), rules.WishNotPossible),
        (TOPIC, rules.Wish(seats_wanted=0), rules.WishNotPossible),
        (TOPIC, rules.Wish(seats_wanted=1, nominee_ids=(1, 2)), rules.WishNotPossible),
        (TOPIC, rules.Wish(nominee_ids=(999_999,)), rules.WishNotPossible),
    ],
)
def test_what_the_call_does_not_offer_is_refused(world, topic, wish, refusal):
    team = world.team()

    with pytest.raises(refusal):
        world.do(rules.register_need, by=team.by("leader"), call_id=world.call, team_id=team.id, topic=topic, wish=wish)


def test_a_returned_need_keeps_its_number_when_sent_again(world):
    team, other = world.team(), world.team()
    need_id = world.register(team)
    world.register(other)
    world.do(rules.return_need, by=world.clerk, need_id=need_id, reason="thiếu người được cử")
    assert world.need(need_id).state == "returned"

    world.register(team, nominee_ids=(team.leader,))

    need = world.need(need_id)
    assert (need.state, need.queue_seq) == ("submitted", 1)


def test_a_no_needs_its_reason(world):
    need_id = world.register(world.team())

    with pytest.raises(rules.ReasonMissing):
        world.do(rules.reject_need, by=world.officer, need_id=need_id, reason=" ")
    assert world.need(need_id).state == "submitted"


def test_after_withdrawing_the_team_may_register_again_at_the_end(world):
    team, other = world.team(), world.team()
    need_id = world.register(team)
    world.register(other)
    world.do(rules.withdraw_need, by=team.by("leader"), need_id=need_id)

    again = world.register(team)

    assert world.need(need_id).state == "withdrawn"
    assert world.need(again).queue_seq == 3
    with pytest.raises(rules.AlreadySettled):
        world.do(rules.withdraw_need, by=team.by("leader"), need_id=need_id)


def test_the_commune_confirms_only_people_of_the_team(world):
    team = world.team()
    need_id = world.register(team, nominee_ids=(team.member,))
    world.do(rules.confirm_need, by=world.clerk, need_id=need_id)

    assert world.need(need_id).state == "confirmed"


def test_only_the_provinces_officer_opens_a_call(world):
    somebody = actor_of(account_id_of(make_person("Người Lạ")))

    with pytest.raises(NotFound):
        world.do(
            rules.open_call,
            by=somebody,
            province_code="38",
            title="Đợt lạ",
            topics=[TOPIC],
            opens_at=NOON,
            closes_at=NOON + timedelta(days=1),
            seats_per_team=1,
        )
