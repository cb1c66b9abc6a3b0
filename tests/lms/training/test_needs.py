"""Rules of needs (S1, item 3): drafts, registering, signing, what commune and department say, withdrawing."""

from datetime import timedelta

import pytest

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry, Notice
from lms.teams.models import Membership
from lms.training import rules
from lms.training.models import Need, NeedProposal, NeedSignature, TrainingEvent
from tests.factories import NOON, actor_of, clerk, officer

from .world import OTHER_TOPIC, TOPIC


@pytest.fixture
def world(world):
    """The call asks the communes to confirm."""
    world.use_call(needs_confirmation=True)
    return world


def chain(need_id):
    events = db_session().query(TrainingEvent).filter_by(entity="need", entity_id=need_id)
    return [(e.from_state, e.to_state, e.reason) for e in events.order_by(TrainingEvent.id)]


def last_event(need_id):
    events = db_session().query(TrainingEvent).filter_by(entity="need", entity_id=need_id)
    return events.order_by(TrainingEvent.id.desc()).first()


def by_proxy(world, team, **what):
    asked = {"call_id": world.call, "team_id": team.id, "topic": TOPIC, "wish": rules.Wish()} | what
    return world.do(rules.register_need, by=world.clerk, **asked)


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


def test_the_second_of_leader_and_deputy_joins_the_need(world):
    team = world.team()
    need_id = world.register(team, "leader")

    again = world.register(team, "deputy")

    assert again == need_id
    assert db_session().query(Need).count() == 1
    assert {s.role for s in db_session().query(NeedSignature)} == {"leader", "deputy"}
    assert chain(need_id) == [(None, "submitted", ""), ("submitted", "submitted", "ký chung")]


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
        (TOPIC, rules.Wish(half_days=("nua-dem",)), rules.WishNotPossible),
        (TOPIC, rules.Wish(mode="bay"), rules.WishNotPossible),
        (TOPIC, rules.Wish(role_wanted="chu-tich"), rules.WishNotPossible),
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


def test_withdrawing_gives_the_seat_to_the_next_at_once(world):
    one, two = world.team(), world.team()
    needs = [world.register(team) for team in (one, two)]
    world.do(rules.confirm_needs, by=world.clerk, need_ids=needs)
    class_id = world.plan(capacity=1)
    world.group(class_id, *needs)
    world.publish(class_id)

    world.do(rules.withdraw_need, by=one.by("leader"), need_id=needs[0])

    assert world.states(class_id) == ["cancelled", "offered"]
    assert world.need(needs[0]).state == "withdrawn"
    assert world.findings() == []


def test_a_clerk_withdraws_for_a_team_only_with_the_reason(world):
    need_id = world.register(world.team())

    with pytest.raises(rules.ReasonMissing):
        world.do(rules.withdraw_need, by=world.clerk, need_id=need_id)
    world.do(rules.withdraw_need, by=world.clerk, need_id=need_id, reason="tổ nhờ")

    event = last_event(need_id)
    assert (event.to_state, event.reason, event.channel) == ("withdrawn", "tổ nhờ", "proxy")


# -- drafts


def save(world, team, role="leader", **wish):
    by = team.by(role)
    return world.do(
        rules.save_need_draft, by=by, call_id=world.call, team_id=team.id, topic=TOPIC, wish=rules.Wish(**wish)
    ).id


def test_a_draft_has_no_number_until_it_is_sent(world):
    team, other = world.team(), world.team()
    draft = save(world, team, note="nháp")
    world.register(other)
    assert (world.need(draft).state, world.need(draft).queue_seq, world.need(draft).submitted_at) == (
        "draft",
        None,
        None,
    )

    world.do(rules.submit_need, by=team.by("leader"), need_id=draft)

    need = world.need(draft)
    assert (need.state, need.queue_seq, need.note, need.submitted_at) == ("submitted", 2, "nháp", NOON)
    assert db_session().get(NeedSignature, (draft, team.leader)) is not None


def test_a_draft_is_the_teams_and_the_newer_word_counts(world):
    team = world.team()
    draft = save(world, team, note="của tổ trưởng")

    assert save(world, team, "deputy", note="của tổ phó") == draft

    assert world.need(draft).note == "của tổ phó"
    assert last_event(draft).snapshot["changes"] == {"note": ["của tổ trưởng", "của tổ phó"]}


def test_registering_sends_the_teams_draft(world):
    team = world.team()
    draft = save(world, team)

    assert world.register(team, note="gửi luôn") == draft

    assert (world.need(draft).state, world.need(draft).note) == ("submitted", "gửi luôn")
    assert chain(draft) == [(None, "draft", ""), ("draft", "draft", "sửa bản nháp"), ("draft", "submitted", "")]


def test_what_was_sent_is_no_draft_any_more(world):
    team = world.team()
    need_id = world.register(team)

    with pytest.raises(rules.AlreadyRegistered):
        save(world, team)
    with pytest.raises(rules.AlreadySettled):
        world.do(rules.submit_need, by=team.by("leader"), need_id=need_id)


def test_a_draft_is_not_sent_after_the_deadline(world):
    team = world.team()
    draft = save(world, team)

    with pytest.raises(rules.CallNotOpen):
        world.do(rules.submit_need, by=team.by("leader"), need_id=draft, now=NOON + timedelta(days=7))
    assert world.need(draft).state == "draft"


def test_a_withdrawn_draft_never_had_a_number(world):
    team = world.team()
    draft = save(world, team)

    world.do(rules.withdraw_need, by=team.by("deputy"), need_id=draft)

    assert (world.need(draft).state, world.need(draft).queue_seq) == ("withdrawn", None)
    assert db_session().query(Notice).count() == 0


# -- the commune for the team


def test_a_clerk_registers_for_a_team_with_the_reason_and_the_team_is_told_where_to_object(world):
    team = world.team()

    with pytest.raises(rules.ReasonMissing):
        by_proxy(world, team)
    need = by_proxy(world, team, reason="tổ ở điểm lõm sóng").need

    assert need.on_behalf_reason == "tổ ở điểm lõm sóng"
    notices = db_session().query(Notice).filter_by(template="need-by-proxy").all()
    assert {n.person_id for n in notices} == {team.leader, team.deputy}
    assert {n.path for n in notices} == {f"/tap-huan/nhu-cau/{need.id}/"}
    assert "Lý do: tổ ở điểm lõm sóng." in notices[0].text
    entry = db_session().query(JournalEntry).filter_by(verb="register_need").one()
    assert entry.on_behalf_of_id == team.leader
    assert last_event(need.id).channel == "proxy"


def test_the_paper_a_team_sent_is_reason_enough(world):
    need = by_proxy(world, world.team(), paper_reference="Giấy 12/ĐK-TCN").need

    assert (need.on_behalf_reason, need.paper_reference) == ("", "Giấy 12/ĐK-TCN")


def test_leader_and_deputy_sign_what_the_commune_registered(world):
    team = world.team()
    need_id = by_proxy(world, team, reason="tổ nhờ").need.id

    for role in ("leader", "deputy"):
        world.do(rules.sign_need, by=team.by(role), need_id=need_id)

    assert {s.role for s in db_session().query(NeedSignature)} == {"leader", "deputy"}
    with pytest.raises(rules.AlreadySettled):
        world.do(rules.sign_need, by=team.by("leader"), need_id=need_id)
    with pytest.raises(rules.NotLeader):
        world.do(rules.sign_need, by=team.by("member"), need_id=need_id)
    with pytest.raises(rules.NotLeader):
        world.do(rules.sign_need, by=world.clerk, need_id=need_id)


def test_signing_is_possible_after_the_call_has_closed(world):
    team = world.team()
    need_id = world.register(team)

    world.do(rules.sign_need, by=team.by("deputy"), need_id=need_id, now=NOON + timedelta(days=8))

    assert last_event(need_id).reason == "ký chung"


def test_a_team_objects_with_the_reason_and_the_need_is_withdrawn(world):
    team = world.team()
    need_id = by_proxy(world, team, reason="tổ nhờ").need.id

    with pytest.raises(rules.ReasonMissing):
        world.do(rules.object_to_need, by=team.by("deputy"), need_id=need_id, reason=" ")
    world.do(rules.object_to_need, by=team.by("deputy"), need_id=need_id, reason="tổ không nhờ")

    assert world.need(need_id).state == "withdrawn"
    assert (last_event(need_id).reason, last_event(need_id).reason_code) == ("tổ không nhờ", "objected")
    told = db_session().query(Notice).filter_by(template="need-objected-clerk").one()
    assert "không đồng ý" in told.text


def test_there_is_nothing_to_object_to_in_what_the_team_did_itself(world):
    team, other = world.team(), world.team()
    own = world.register(team)
    signed = by_proxy(world, other, reason="tổ nhờ").need.id
    world.do(rules.sign_need, by=other.by("leader"), need_id=signed)

    for need_id, by in ((own, team.by("leader")), (signed, other.by("leader"))):
        with pytest.raises(rules.NotByProxy):
            world.do(rules.object_to_need, by=by, need_id=need_id, reason="thử")
        assert world.need(need_id).state == "submitted"


# -- what commune and department say


def test_the_commune_confirms_people_of_the_team_in_the_roles_of_the_call(world):
    team = world.team()
    need_id = world.register(team, nominee_ids=(team.member,))

    world.do(rules.confirm_need, by=world.clerk, need_id=need_id)

    assert world.need(need_id).state == "confirmed"


def test_somebody_who_left_or_changed_role_is_not_confirmed(world):
    world.use_call(needs_confirmation=True, who_may_go=["leader", "deputy"])
    one, two = world.team(), world.team()
    left = world.register(one, nominee_ids=(one.deputy,))
    lower = world.register(two, nominee_ids=(two.deputy,))

    def change(session):
        session.query(Membership).filter_by(person_id=one.deputy).update({"left_at": NOON})
        session.query(Membership).filter_by(person_id=two.deputy).update({"role": "member"})

    in_unit(change)

    for need_id, sentence in ((left, "không còn trong tổ"), (lower, "chỉ mời tổ trưởng, tổ phó")):
        with pytest.raises(rules.WishNotPossible, match=sentence):
            world.do(rules.confirm_need, by=world.clerk, need_id=need_id)
        assert world.need(need_id).state == "submitted"


def test_confirming_all_says_what_was_not_done_and_why(world):
    teams = [world.team() for _ in range(3)]
    needs = [world.register(team, nominee_ids=(team.leader,)) for team in teams]
    in_unit(lambda s: s.query(Membership).filter_by(person_id=teams[1].leader).update({"left_at": NOON}))
    world.do(rules.confirm_need, by=world.clerk, need_id=needs[2])

    done = world.do(rules.confirm_needs, by=world.clerk, need_ids=needs)

    assert [need.id for need in done.done] == [needs[0]]
    assert len(done.left_out) == 2
    assert done.left_out[0].startswith("Tổ dân phố 2: Có người được cử không còn trong tổ.")
    assert done.left_out[1].startswith("Tổ dân phố 3: Việc này đã làm rồi")
    assert [world.need(n).state for n in needs] == ["confirmed", "submitted", "confirmed"]


def test_confirming_all_stops_at_a_stranger(world):
    need_id = world.register(world.team())

    with pytest.raises(NotFound):
        world.do(rules.confirm_needs, by=actor_of(clerk("00004")), need_ids=[need_id])
    with pytest.raises(NotFound):
        world.do(rules.confirm_need, by=world.officer, need_id=need_id)
    assert world.need(need_id).state == "submitted"


def test_a_call_that_asks_for_no_confirmation_confirms_by_itself(world):
    world.use_call(needs_confirmation=False)
    need_id = world.register(world.team())

    assert chain(need_id) == [(None, "submitted", ""), ("submitted", "confirmed", "đợt này không cần xã xác nhận")]
    assert last_event(need_id).channel == "timer"


def test_the_department_says_no_with_code_and_words_and_where_to_object(world):
    team = world.team()
    need_id = world.register(team)

    with pytest.raises(rules.ReasonMissing):
        world.do(rules.reject_need, by=world.officer, need_id=need_id, reason="x", code="vì thế")
    world.do(
        rules.reject_need, by=world.officer, need_id=need_id, reason="lớp tháng 9 đã có tổ", code="already_trained"
    )

    assert world.need(need_id).rejected_for == "already_trained"
    assert last_event(need_id).reason_code == "already_trained"
    told = db_session().query(Notice).filter_by(template="need-rejected", person_id=team.leader).one()
    assert "Tổ đã học chuyên đề này. lớp tháng 9 đã có tổ. Nếu chưa đồng ý, hãy gửi ý kiến" in told.text


def test_the_commune_gives_back_but_does_not_say_no(world):
    need_id = world.register(world.team())

    with pytest.raises(rules.OnlyTheDepartment):
        world.do(rules.reject_need, by=world.clerk, need_id=need_id, reason="trùng")
    world.do(rules.return_need, by=world.clerk, need_id=need_id, reason="thiếu người")

    assert world.need(need_id).state == "returned"


def test_a_returned_need_is_sent_again_without_a_change_but_not_by_a_mere_proposal(world):
    team = world.team()
    need_id = world.register(team)
    world.do(rules.return_need, by=world.officer, need_id=need_id, reason="xem lại")

    world.register(team, "deputy", note="khác")
    assert world.need(need_id).state == "returned"
    world.register(team)

    assert world.need(need_id).state == "submitted"
    assert db_session().query(NeedProposal).count() == 1


# -- changing what was asked for


def test_an_edit_keeps_the_number_and_tells_old_and_new(world):
    team, other = world.team(), world.team()
    need_id = world.register(team)
    world.register(other)

    world.register(team, half_days=("chieu-cuoi-tuan", "sang-trong-tuan"), mode="online", role_wanted="leader")

    need = world.need(need_id)
    assert (need.queue_seq, need.half_days, need.mode, need.role_wanted) == (
        1,
        ["sang-trong-tuan", "chieu-cuoi-tuan"],
        "online",
        "leader",
    )
    assert last_event(need_id).snapshot == {
        "seq": 1,
        "signed_as": "leader",
        "changes": {
            "role_wanted": ["any", "leader"],
            "half_days": [[], ["sang-trong-tuan", "chieu-cuoi-tuan"]],
            "mode": ["any", "online"],
        },
    }


def test_what_has_a_place_is_not_edited_any_more(world):
    team = world.team()
    need_id = world.register(team)
    world.do(rules.confirm_need, by=world.clerk, need_id=need_id)
    world.group(world.plan(), need_id)

    with pytest.raises(rules.AlreadySettled, match="đã xếp lớp"):
        world.register(team, note="đổi ý")
    assert world.need(need_id).note == ""
