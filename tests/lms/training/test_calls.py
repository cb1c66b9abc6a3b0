"""Rules of calls: from the draft to the archive, and the deadline to the second."""

from datetime import timedelta

import pytest

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.training import rules
from lms.training.calls import why_not_open
from lms.training.models import Call, CallCommune, Need, TrainingEvent
from lms.training.registrations import Registered
from tests.factories import HAC_THANH, NOON, THANH_HOA, account_id_of, actor_of, make_person, officer

from .world import OTHER_TOPIC, TOPIC

WEEK = timedelta(days=7)
MOMENT = timedelta(microseconds=1)


def plan(**but) -> rules.CallPlan:
    return rules.CallPlan(
        **{"title": "Đợt mới", "topics": [TOPIC], "opens_at": NOON, "closes_at": NOON + WEEK, "seats_per_team": 2} | but
    )


def draft(world, **but) -> int:
    return world.do(rules.draft_call, by=world.officer, province_code=THANH_HOA, plan=plan(**but)).id


def call_of(call_id: int) -> Call:
    session = db_session()
    session.rollback()
    return session.get(Call, call_id)


def chain(entity: str, row_id: int) -> list[tuple]:
    session = db_session()
    session.rollback()
    events = session.query(TrainingEvent).filter_by(entity=entity, entity_id=row_id).order_by(TrainingEvent.id)
    return [(e.from_state, e.to_state, e.reason) for e in events]


def register(world, team, now=NOON, topic=TOPIC, **what) -> Registered:
    asked = {"call_id": world.call, "team_id": team.id, "topic": topic, "wish": rules.Wish()} | what
    return world.do(rules.register_need, by=team.by("leader"), now=now, **asked)


# -- draft and opening


def test_a_draft_is_unknown_to_teams_until_it_is_opened(world):
    team, call_id = world.team(), draft(world)

    with pytest.raises(NotFound):
        register(world, team, call_id=call_id)
    world.do(rules.publish_call, by=world.officer, call_id=call_id)

    assert register(world, team, call_id=call_id).need.queue_seq == 1
    assert chain("call", call_id) == [(None, "draft", ""), ("draft", "open", "")]


def test_the_seed_is_drawn_before_anybody_registers_and_stays(world):
    call_id = draft(world)
    seed = call_of(call_id).seed

    world.do(rules.publish_call, by=world.officer, call_id=call_id)

    assert len(seed) == 32
    assert call_of(call_id).seed == seed
    assert db_session().query(TrainingEvent).filter_by(entity="call").first().snapshot["seed"] == seed


def test_of_a_draft_everything_may_change(world):
    call_id = draft(world)

    world.do(
        rules.edit_call,
        by=world.officer,
        call_id=call_id,
        title="Đợt khác",
        topics=[OTHER_TOPIC],
        seats_per_team=3,
        who_may_go=["leader"],
        weights={"remote": 5},
        order="first_come",
    )

    call = call_of(call_id)
    assert (call.title, call.topics, call.seats_per_team) == ("Đợt khác", [OTHER_TOPIC], 3)
    assert (call.who_may_go, call.weights, call.order) == (["leader"], {"remote": 5}, "first_come")
    event = db_session().query(TrainingEvent).order_by(TrainingEvent.id.desc()).first()
    assert event.snapshot["changes"]["seats_per_team"] == [2, 3]


def test_a_draft_whose_deadline_has_passed_is_not_opened(world):
    call_id = draft(world)

    with pytest.raises(rules.CallBadlyPlanned, match="Hạn đăng ký đã qua"):
        world.do(rules.publish_call, by=world.officer, call_id=call_id, now=NOON + WEEK)
    assert call_of(call_id).state == "draft"


def test_a_call_is_opened_once(world):
    call_id = draft(world)
    world.do(rules.publish_call, by=world.officer, call_id=call_id)

    with pytest.raises(rules.AlreadySettled, match="đang nhận đăng ký"):
        world.do(rules.publish_call, by=world.officer, call_id=call_id)


@pytest.mark.parametrize(
    "but",
    [
        {"title": "  "},
        {"topics": []},
        {"topics": ["khong-co"]},
        {"closes_at": NOON},
        {"seats_per_team": 0},
        {"who_may_go": []},
        {"who_may_go": ["giám đốc"]},
        {"order": "bốc thăm"},
        {"weights": {"tuoi": 3}},
        {"weights": {"age": "3"}},
        {"fair_until": NOON + WEEK + MOMENT},
        {"fair_until": NOON - MOMENT},
    ],
)
def test_what_makes_no_call_is_refused(world, but):
    with pytest.raises(rules.CallBadlyPlanned):
        draft(world, **but)
    assert db_session().query(Call).count() == 0


def test_only_the_provinces_officer_makes_and_moves_calls(world):
    call_id = world.call
    somebody, far = actor_of(account_id_of(make_person("Người Lạ"))), actor_of(officer("01"))

    for by in (somebody, far, world.clerk):
        with pytest.raises(NotFound):
            world.do(rules.draft_call, by=by, province_code=THANH_HOA, plan=plan())
        for verb, more in (
            (rules.publish_call, {}),
            (rules.edit_call, {"title": "Lạ"}),
            (rules.extend_call, {"closes_at": NOON + 2 * WEEK, "reason": "lạ"}),
            (rules.close_call, {"reason": "lạ"}),
            (rules.mark_planned, {}),
            (rules.archive_call, {}),
            (rules.arrange_communes, {"communes": []}),
        ):
            with pytest.raises(NotFound):
                world.do(verb, by=by, call_id=call_id, **more)
    assert call_of(call_id).state == "open"


# -- an open call


def test_of_an_open_call_only_the_title_changes(world):
    call_id = world.call

    world.do(rules.edit_call, by=world.officer, call_id=call_id, title="Đợt tháng Chạp")
    for change in ({"seats_per_team": 5}, {"topics": [TOPIC]}, {"weights": {"age": 9}}, {"opens_at": NOON - WEEK}):
        with pytest.raises(rules.CallFixed, match="chỉ còn đổi được tên"):
            world.do(rules.edit_call, by=world.officer, call_id=call_id, title="Khác", **change)

    call = call_of(call_id)
    assert (call.title, call.seats_per_team, call.topics) == ("Đợt tháng Chạp", 2, [TOPIC, OTHER_TOPIC])


def test_an_edit_that_changes_nothing_leaves_no_event(world):
    call_id = world.call
    before = chain("call", call_id)

    world.do(rules.edit_call, by=world.officer, call_id=call_id, title="Đợt tháng 12")

    assert chain("call", call_id) == before


def test_the_deadline_counts_to_the_microsecond(world):
    in_time, too_late = world.team(), world.team()
    deadline = NOON + WEEK

    need = register(world, in_time, now=deadline - MOMENT).need

    assert need.queue_seq == 1
    with pytest.raises(rules.CallNotOpen, match="hết hạn lúc"):
        register(world, too_late, now=deadline)
    assert db_session().query(Need).count() == 1


def test_nothing_is_registered_before_the_opening(world):
    world.use_call(opens_at=NOON + timedelta(hours=1))
    team = world.team()

    with pytest.raises(rules.CallNotOpen, match="mở lúc"):
        register(world, team, now=NOON + timedelta(hours=1) - MOMENT)
    assert register(world, team, now=NOON + timedelta(hours=1)).is_new


def test_the_timer_closes_at_the_deadline_and_not_before(world):
    call_id, other = world.call, world.open_call(closes_at=NOON + 2 * WEEK)

    assert in_unit(lambda s: rules.close_due_calls(s, NOON + WEEK - MOMENT)) == 0
    assert in_unit(lambda s: rules.close_due_calls(s, NOON + WEEK)) == 1
    assert in_unit(lambda s: rules.close_due_calls(s, NOON + WEEK)) == 0

    assert [call_of(c).state for c in (call_id, other)] == ["closed", "open"]
    event = db_session().query(TrainingEvent).order_by(TrainingEvent.id.desc()).first()
    assert (event.from_state, event.to_state, event.channel, event.actor_label) == (
        "open",
        "closed",
        "timer",
        "hệ thống",
    )


def test_a_call_closed_early_takes_nothing_and_says_why(world):
    team, call_id = world.team(), world.call
    with pytest.raises(rules.CallBadlyPlanned):
        world.do(rules.close_call, by=world.officer, call_id=call_id, reason=" ")
    world.do(rules.close_call, by=world.officer, call_id=call_id, reason="đủ người")

    with pytest.raises(rules.CallNotOpen, match="thôi nhận đăng ký"):
        register(world, team)


# -- more time


def test_an_open_call_gets_only_a_later_end(world):
    call_id = world.call
    for end in (NOON + WEEK, NOON + timedelta(days=1), NOON):
        with pytest.raises(rules.CallBadlyPlanned, match="phải sau hạn cũ"):
            world.do(rules.extend_call, by=world.officer, call_id=call_id, closes_at=end, reason="mưa lũ")
    with pytest.raises(rules.CallBadlyPlanned, match="ghi lý do"):
        world.do(rules.extend_call, by=world.officer, call_id=call_id, closes_at=NOON + 2 * WEEK, reason=" ")

    world.do(rules.extend_call, by=world.officer, call_id=call_id, closes_at=NOON + 2 * WEEK, reason="mưa lũ")

    assert call_of(call_id).closes_at == NOON + 2 * WEEK
    assert chain("call", call_id)[-1] == ("open", "open", "mưa lũ")


def test_a_closed_call_opens_again_when_it_gets_more_time(world):
    team, call_id, later = world.team(), world.call, NOON + timedelta(days=8)
    in_unit(lambda s: rules.close_due_calls(s, later))
    with pytest.raises(rules.CallNotOpen):
        register(world, team, now=later)

    world.do(rules.extend_call, by=world.officer, call_id=call_id, closes_at=later + WEEK, reason="mưa lũ", now=later)

    assert chain("call", call_id)[-1] == ("closed", "open", "mưa lũ")
    assert register(world, team, now=later).is_new
    assert db_session().query(JournalEntry).filter_by(verb="extend_call").one().detail["reason"] == "mưa lũ"


@pytest.mark.parametrize("state", ["draft", "planned", "archived"])
def test_a_call_that_is_not_there_yet_or_over_gets_no_time(world, state):
    call_id = draft(world) if state == "draft" else closed(world)
    if state == "planned":
        world.do(rules.mark_planned, by=world.officer, call_id=call_id)
    if state == "archived":
        world.do(rules.archive_call, by=world.officer, call_id=call_id)

    with pytest.raises(rules.AlreadySettled):
        world.do(rules.extend_call, by=world.officer, call_id=call_id, closes_at=NOON + 3 * WEEK, reason="mưa")
    assert why_not_open(call_of(call_id), NOON) is not None or state == "draft"


def closed(world) -> int:
    call_id = world.call
    world.do(rules.close_call, by=world.officer, call_id=call_id, reason="đủ người")
    return call_id


def test_only_a_closed_call_becomes_planned_and_again_changes_nothing(world):
    call_id = world.call
    with pytest.raises(rules.AlreadySettled):
        world.do(rules.mark_planned, by=world.officer, call_id=call_id)
    closed(world)

    for _ in range(2):
        world.do(rules.mark_planned, by=world.officer, call_id=call_id)

    assert [to for _, to, _ in chain("call", call_id)] == ["draft", "open", "closed", "planned"]
    assert world.findings() == []


# -- communes


def test_clusters_remote_communes_and_reserves_are_said_with_their_diff(world):
    call_id = world.call
    world.do(
        rules.arrange_communes,
        by=world.officer,
        call_id=call_id,
        communes=[rules.CommunePlan(HAC_THANH, " Cụm 1 ", True, 3)],
    )
    world.do(
        rules.arrange_communes,
        by=world.officer,
        call_id=call_id,
        communes=[rules.CommunePlan(HAC_THANH, "Cụm 2", True, 3)],
    )

    row = db_session().get(CallCommune, (call_id, HAC_THANH))
    assert (row.cluster, row.is_remote, row.reserve) == ("Cụm 2", True, 3)
    event = db_session().query(TrainingEvent).order_by(TrainingEvent.id.desc()).first()
    assert event.snapshot["communes"] == {HAC_THANH: [["Cụm 1", True, 3], ["Cụm 2", True, 3]]}


def test_the_same_said_again_leaves_no_event(world):
    call_id, said = world.call, [rules.CommunePlan(HAC_THANH, "Cụm 1")]
    world.do(rules.arrange_communes, by=world.officer, call_id=call_id, communes=said)
    before = chain("call", call_id)

    world.do(rules.arrange_communes, by=world.officer, call_id=call_id, communes=said)

    assert chain("call", call_id) == before


@pytest.mark.parametrize("said", [("00004", "Cụm lạ", False, 0), (HAC_THANH, "Cụm 1", False, -1)])
def test_a_foreign_commune_or_less_than_no_reserve_is_refused(world, said):
    call_id = world.call

    with pytest.raises(rules.CallBadlyPlanned):
        world.do(rules.arrange_communes, by=world.officer, call_id=call_id, communes=[rules.CommunePlan(*said)])
    assert db_session().query(CallCommune).count() == 0


def test_clusters_stay_once_the_classes_are_planned(world):
    call_id = closed(world)
    world.do(rules.arrange_communes, by=world.officer, call_id=call_id, communes=[rules.CommunePlan(HAC_THANH, "Cụm")])
    world.do(rules.mark_planned, by=world.officer, call_id=call_id)

    with pytest.raises(rules.AlreadySettled):
        world.do(rules.arrange_communes, by=world.officer, call_id=call_id, communes=[rules.CommunePlan(HAC_THANH)])


# -- archive


def test_an_open_call_or_one_with_a_class_to_come_is_not_archived(world):
    call_id = world.call
    with pytest.raises(rules.AlreadySettled):
        world.do(rules.archive_call, by=world.officer, call_id=call_id)
    world.plan()
    closed(world)

    with pytest.raises(rules.CallStillTaught, match="Còn 1 lớp của đợt chưa xong"):
        world.do(rules.archive_call, by=world.officer, call_id=call_id)
    assert call_of(call_id).state == "closed"


def test_archiving_keeps_what_found_no_place_and_withdraws_what_was_not_sent_again(world):
    world.use_call(needs_confirmation=True)
    teams = [world.team() for _ in range(4)]
    waiting, confirmed, returned = (world.register(team) for team in teams[:3])
    world.do(rules.confirm_need, by=world.clerk, need_id=confirmed)
    world.do(rules.return_need, by=world.clerk, need_id=returned, reason="thiếu người")
    draft_id = world.do(
        rules.save_need_draft,
        by=teams[3].by("leader"),
        call_id=world.call,
        team_id=teams[3].id,
        topic=TOPIC,
        wish=rules.Wish(),
    ).id
    closed(world)

    done = world.do(rules.archive_call, by=world.officer, call_id=world.call)

    assert done == (2, 2)
    states = [world.need(n).state for n in (waiting, confirmed, returned, draft_id)]
    assert states == ["unmet_carried", "unmet_carried", "withdrawn", "withdrawn"]
    assert call_of(world.call).state == "archived"


def test_a_draft_is_put_aside(world):
    call_id = draft(world)

    world.do(rules.archive_call, by=world.officer, call_id=call_id)

    assert call_of(call_id).state == "archived"
