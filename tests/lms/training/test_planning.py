"""The planning board: proposed out of needs, changed by hand, published as a whole."""

from datetime import timedelta

import pytest

from lms.clock import vn_date
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import Job, Notice
from lms.training import plan_needs, planning, rules
from lms.training.models import Call, Need, PlannedClass, PlannedNeed, Seat, TrainingClass, TrainingPlan
from lms.training.proposing import Limits
from tests.factories import officer

from .world import OTHER_TOPIC, TOPIC

OTHER_COMMUNE = "14758"


@pytest.fixture
def limits(world):
    return Limits(starts_on=vn_date(world.now) + timedelta(days=14), size=3, min_viable=1, sessions=2)


@pytest.fixture
def needs(world):
    """Five teams of two communes want the first topic, one also the other."""
    teams = [world.team() for _ in range(3)] + [world.team(commune=OTHER_COMMUNE) for _ in range(2)]
    return [world.register(team) for team in teams] + [world.register(teams[0], topic=OTHER_TOPIC)]


def propose(world, limits) -> TrainingPlan:
    return world.do(rules.propose_plan, by=world.officer, call_id=world.call, limits=limits)


def classes(plan_id: int) -> list[PlannedClass]:
    session = db_session()
    session.rollback()
    return session.query(PlannedClass).filter_by(plan_id=plan_id).order_by(PlannedClass.number).all()


def where(plan_id: int) -> dict[int, int | None]:
    """Return the number of the class of each need."""
    session = db_session()
    session.rollback()
    numbers = {row.id: row.number for row in session.query(PlannedClass).filter_by(plan_id=plan_id)}
    return {
        one.need_id: numbers.get(one.planned_class_id) for one in session.query(PlannedNeed).filter_by(plan_id=plan_id)
    }


def close_call(world) -> None:
    world.do(rules.close_call, by=world.officer, call_id=world.call, reason="đủ nhu cầu")


def give_venues(world, plan_id: int) -> None:
    for row in classes(plan_id):
        change = rules.ClassChange(row.title, "Hội trường xã", row.capacity, row.min_viable, planning.slots_of(row))
        world.do(rules.change_class, by=world.officer, plan_id=plan_id, number=row.number, change=change)


def ready(world, limits) -> int:
    """Return a plan that can be published."""
    plan_id = propose(world, limits).id
    close_call(world)
    give_venues(world, plan_id)
    return plan_id


def test_every_need_is_in_one_class_of_its_topic_or_left_out_with_the_reason(world, limits, needs):
    plan = propose(world, limits)

    placed = db_session().query(PlannedNeed).filter_by(plan_id=plan.id).all()
    topics = {row.id: row.topic for row in classes(plan.id)}
    assert {one.need_id for one in placed} == set(needs)
    for one in placed:
        need = db_session().get(Need, one.need_id)
        assert topics[one.planned_class_id] == need.topic if one.planned_class_id else one.left_out_because


def test_nobody_is_told_and_no_seat_exists_before_the_plan_is_published(world, limits, needs):
    before = db_session().query(Notice).count()

    propose(world, limits)

    db_session().rollback()
    assert db_session().query(Seat).count() == 0
    assert db_session().query(TrainingClass).count() == 0
    assert db_session().query(Notice).count() == before


def test_proposing_again_with_the_same_needs_gives_the_same_plan_and_puts_the_old_one_away(world, limits, needs):
    first = propose(world, limits)
    first_id, digest, placed = first.id, first.digest, where(first.id)

    second = propose(world, limits)

    assert second.digest == digest
    assert where(second.id) == placed
    assert db_session().get(TrainingPlan, first_id).discarded_at == world.now
    assert planning.open_plan(db_session(), world.call).id == second.id


def test_without_a_need_there_is_nothing_to_plan(world, limits):
    with pytest.raises(rules.PlanBadlyMade, match="Chưa có nhu cầu nào chờ xếp lớp"):
        propose(world, limits)


def test_only_the_places_still_lacking_are_asked_for(world, limits):
    team = world.team()
    need_id = world.register(team, seats_wanted=2)
    class_id = world.plan(1)
    world.group(class_id, need_id)
    world.publish(class_id)
    seat = world.seat(class_id, team.leader)
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat.id)
    assert world.need(need_id).state == "partly_met"

    wanted = plan_needs.wanted_of(db_session(), db_session().get(Call, world.call))

    assert [(one.need_id, one.places) for one in wanted] == [(need_id, 1)]


def test_a_need_moved_by_hand_is_where_it_was_put_and_says_so(world, limits, needs):
    plan = propose(world, limits)
    numbers = where(plan.id)
    need_id = needs[0]
    plan_id = plan.id
    target = next(row for row in classes(plan_id) if row.topic == TOPIC and row.number != numbers[need_id])

    world.do(rules.move_need, by=world.officer, plan_id=plan_id, need_id=need_id, number=target.number,
             reason="gần nhà hơn")  # fmt: skip

    assert where(plan_id)[need_id] == target.number
    assert db_session().get(PlannedNeed, (plan_id, need_id)).moved_by_hand == "gần nhà hơn"


def test_a_need_never_goes_to_a_class_of_another_topic(world, limits, needs):
    plan_id = propose(world, limits).id
    other = next(row.number for row in classes(plan_id) if row.topic == OTHER_TOPIC)

    with pytest.raises(rules.PlanBadlyMade, match="chuyên đề khác"):
        world.do(rules.move_need, by=world.officer, plan_id=plan_id, need_id=needs[1], number=other, reason="gộp")


def test_leaving_a_need_out_asks_for_the_reason(world, limits, needs):
    plan_id = propose(world, limits).id

    with pytest.raises(rules.PlanBadlyMade, match="phải ghi lý do"):
        world.do(rules.move_need, by=world.officer, plan_id=plan_id, need_id=needs[1], number=None, reason=" ")
    world.do(rules.move_need, by=world.officer, plan_id=plan_id, need_id=needs[1], number=None, reason="tổ xin lùi")

    assert where(plan_id)[needs[1]] is None


def test_a_dropped_class_leaves_its_needs_waiting_in_the_plan(world, limits, needs):
    plan_id = propose(world, limits).id
    inside = [need for need, number in where(plan_id).items() if number == 1]

    world.do(rules.drop_class, by=world.officer, plan_id=plan_id, number=1)

    assert all(where(plan_id)[need] is None for need in inside)
    assert 1 not in [row.number for row in classes(plan_id)]


def test_a_plan_belongs_to_its_province(world, limits, needs):
    from tests.factories import actor_of

    plan_id = propose(world, limits).id
    stranger = actor_of(officer("01"))

    with pytest.raises(NotFound):
        world.do(rules.discard_plan, by=stranger, plan_id=plan_id)
    with pytest.raises(NotFound):
        world.do(rules.propose_plan, by=stranger, call_id=world.call, limits=limits)


def test_a_plan_waits_until_nobody_registers_any_more(world, limits, needs):
    plan_id = propose(world, limits).id
    give_venues(world, plan_id)

    with pytest.raises(rules.CallNotClosed, match="chưa khép"):
        world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")


def test_a_plan_with_gaps_names_them_and_stays_on_the_board(world, limits, needs):
    plan_id = propose(world, limits).id
    close_call(world)

    with pytest.raises(rules.PlanBadlyMade, match="Lớp 1 chưa có địa điểm"):
        world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")

    assert db_session().get(TrainingPlan, plan_id).publishing_at is None


def test_publishing_makes_every_class_invites_its_people_and_ends_the_planning(world, limits, needs, run_jobs):
    plan_id = ready(world, limits)

    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")
    run_jobs()

    session = db_session()
    session.rollback()
    assert session.query(Job).one().failure is None
    planned = classes(plan_id)
    assert all(row.class_id for row in planned)
    assert {row.state for row in session.query(TrainingClass)} == {"published"}
    assert session.query(Seat).filter_by(state="offered").count() == len(needs)
    assert session.get(Call, world.call).state == "planned"
    assert session.get(TrainingPlan, plan_id).published_at is not None
    assert {world.need(need).state for need in needs} == {"grouped"}
    assert world.findings() == []


def test_publishing_again_after_a_stop_makes_no_class_twice(world, limits, needs):
    plan_id = ready(world, limits)
    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")
    waiting = rules.classes_to_publish(db_session(), plan_id)
    first = world.do(rules.publish_planned_class, by=world.officer, planned_id=waiting[0])

    again = world.do(rules.publish_planned_class, by=world.officer, planned_id=waiting[0])

    assert again == first
    assert db_session().query(TrainingClass).count() == 1
    assert rules.classes_to_publish(db_session(), plan_id) == waiting[1:]
    with pytest.raises(rules.PlanBadlyMade, match="Còn lớp chưa công bố xong"):
        world.do(rules.finish_publishing, by=world.officer, plan_id=plan_id)


def test_a_plan_on_its_way_is_not_changed_and_one_that_stopped_is_reopened(world, limits, needs, unit):
    plan_id = ready(world, limits)
    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")
    with pytest.raises(rules.PlanBeingPublished):
        world.do(rules.drop_class, by=world.officer, plan_id=plan_id, number=1)
    with pytest.raises(rules.PlanBeingPublished):
        world.do(rules.reopen_plan, by=world.officer, plan_id=plan_id)
    done = rules.classes_to_publish(db_session(), plan_id)[0]
    world.do(rules.publish_planned_class, by=world.officer, planned_id=done)
    number = db_session().get(PlannedClass, done).number

    def stop(session):
        job = session.query(Job).one()
        job.failed_at, job.failure = world.now, "dừng giữa chừng"

    in_unit(stop)
    world.do(rules.reopen_plan, by=world.officer, plan_id=plan_id)

    with pytest.raises(rules.PlanBadlyMade, match="đã công bố"):
        world.do(rules.drop_class, by=world.officer, plan_id=plan_id, number=number)
    world.do(rules.drop_class, by=world.officer, plan_id=plan_id, number=number + 1)


def test_a_need_that_came_after_the_plan_keeps_it_from_being_published_until_it_has_a_place_or_a_reason(
    world, limits, needs
):
    plan_id = propose(world, limits).id
    one, other = (world.register(world.team()) for _ in range(2))
    close_call(world)
    give_venues(world, plan_id)
    target = next(row.number for row in classes(plan_id) if row.topic == TOPIC)
    plan = {"by": world.officer, "plan_id": plan_id}

    with pytest.raises(rules.PlanBadlyMade, match=r"2 nhu cầu đến sau khi lập kế hoạch \(số 7, 8\)"):
        world.do(rules.ask_to_publish, **plan, back="/")
    world.do(rules.move_need, **plan, need_id=one, number=target, reason="")
    with pytest.raises(rules.PlanBadlyMade, match="1 nhu cầu đến sau"):
        world.do(rules.ask_to_publish, **plan, back="/")
    world.do(rules.move_need, **plan, need_id=other, number=None, reason="gửi quá muộn")

    assert (where(plan_id)[one], where(plan_id)[other]) == (target, None)
    world.do(rules.ask_to_publish, **plan, back="/")


def test_a_need_that_does_not_wait_for_a_class_of_the_call_is_in_no_plan(world, limits, needs):
    plan_id = propose(world, limits).id
    withdrawn = world.register(world.team())
    world.do(rules.withdraw_need, by=world.teams[-1].by("leader"), need_id=withdrawn)
    world.use_call(title="Đợt khác")
    elsewhere = world.register(world.team())

    for need_id in (withdrawn, elsewhere, 777):
        with pytest.raises(NotFound):
            world.do(rules.move_need, by=world.officer, plan_id=plan_id, need_id=need_id, number=1, reason="thêm")


def test_what_a_published_plan_left_out_is_planned_once_more(world, limits, needs, run_jobs):
    first = ready(world, limits)
    of = {"by": world.officer}
    world.do(rules.move_need, **of, plan_id=first, need_id=needs[1], number=None, reason="tổ xin lùi")
    world.do(rules.ask_to_publish, **of, plan_id=first, back="/")
    run_jobs()
    assert db_session().query(Job).one().note == (
        "Đã công bố xong các lớp. Còn 1 nhu cầu chưa có lớp, xem lý do ở trang đợt."
    )
    assert plan_needs.reasons_left_out(db_session(), world.call) == {needs[1]: "tổ xin lùi"}

    second = propose(world, limits).id
    give_venues(world, second)
    world.do(rules.ask_to_publish, **of, plan_id=second, back="/")
    run_jobs()

    assert {world.need(need).state for need in needs} == {"grouped"}
    assert plan_needs.reasons_left_out(db_session(), world.call) == {}
    assert db_session().get(Call, world.call).state == "planned"
    assert world.findings() == []


def test_who_finds_no_way_into_the_class_of_a_plan_is_named_in_it_and_to_the_officers(world, limits, needs):
    """One team has withdrawn, the people of another sit elsewhere by now; the rest is invited."""
    plan_id = ready(world, limits)
    numbers = where(plan_id)
    gone, barred = [need for need in needs[:5] if numbers[need] == numbers[needs[0]]][:2]
    teams = {need: next(t for t in world.teams if t.id == world.need(need).team_id) for need in (gone, barred)}
    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")
    world.do(rules.withdraw_need, by=teams[gone].by("leader"), need_id=gone)
    elsewhere = world.plan(9, title="Lớp khác")
    world.publish(elsewhere)
    for role in ("leader", "deputy"):
        who = {"team_id": teams[barred].id, "person_id": getattr(teams[barred], role)}
        world.do(rules.request_seat, by=teams[barred].by("leader"), class_id=elsewhere, **who)
    planned = next(row.id for row in classes(plan_id) if row.number == numbers[gone])

    done = world.do(rules.publish_planned_class, by=world.officer, planned_id=planned)

    placed = {one.need_id: one for one in db_session().query(PlannedNeed).filter_by(plan_id=plan_id)}
    assert [placed[need].planned_class_id for need in (gone, barred)] == [None, None]
    assert placed[gone].left_out_because == f"Nhu cầu số {world.need(gone).queue_seq} lúc công bố: đã rút."
    assert "đã có chỗ hoặc đang chờ ở lớp “Lớp khác”" in placed[barred].left_out_because
    assert len(done.left_out) == 2
    told = db_session().query(Notice).filter_by(template="plan-left-out").one()
    assert all(sentence in told.text for sentence in done.left_out)
    assert db_session().get(TrainingClass, done.id).state == "published"
    assert world.findings() == []


def test_a_class_that_nobody_enters_is_made_and_not_published_and_the_others_go_on(world, limits, needs, run_jobs):
    plan_id = ready(world, limits)
    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")
    alone = next(row.number for row in classes(plan_id) if row.topic == OTHER_TOPIC)
    world.do(rules.withdraw_need, by=world.teams[0].by("leader"), need_id=needs[-1])

    run_jobs()

    states = {row.number: db_session().get(TrainingClass, row.class_id).state for row in classes(plan_id)}
    assert states.pop(alone) == "planned"
    assert set(states.values()) == {"published"}
    told = db_session().query(Notice).filter_by(template="plan-left-out").one()
    assert "chưa có ai nên chưa công bố" in told.text
    assert db_session().get(TrainingPlan, plan_id).published_at is not None


def test_a_class_whose_every_need_was_withdrawn_keeps_the_plan_on_the_board(world, limits, needs):
    plan_id = ready(world, limits)
    alone = next(row.number for row in classes(plan_id) if row.topic == OTHER_TOPIC)
    world.do(rules.withdraw_need, by=world.teams[0].by("leader"), need_id=needs[-1])

    with pytest.raises(rules.PlanBadlyMade, match=f"Lớp {alone} chưa có nhu cầu nào đang chờ xếp"):
        world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")


def test_the_board_counts_the_places_still_lacking_and_what_a_published_class_has_given(world, limits):
    teams = [world.team() for _ in range(2)]
    partly, _ = world.register(teams[0], seats_wanted=2), world.register(teams[1])
    class_id = world.plan(1)
    world.group(class_id, partly)
    world.publish(class_id)
    leaders, deputys = (world.seat(class_id, person).id for person in (teams[0].leader, teams[0].deputy))
    world.do(rules.confirm_seat, by=teams[0].by("leader"), seat_id=leaders)
    world.do(rules.cancel_seat, by=teams[0].by("leader"), seat_id=deputys, reason="chờ lớp sau")
    plan_id = ready(world, limits)
    assert sum(planned.places for _, planned in planning.board_of(db_session(), plan_id)) == 2

    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")
    (planned_id,) = rules.classes_to_publish(db_session(), plan_id)
    made = world.do(rules.publish_planned_class, by=world.officer, planned_id=planned_id).id
    world.do(rules.confirm_seat, by=teams[1].by("leader"), seat_id=world.seat(made, teams[1].leader).id)

    assert sum(planned.places for _, planned in planning.board_of(db_session(), plan_id)) == 2


def test_while_a_plan_is_being_published_its_call_is_neither_extended_nor_ended(world, limits, needs, run_jobs):
    plan_id = ready(world, limits)
    of = {"by": world.officer, "call_id": world.call}
    world.do(rules.ask_to_publish, by=world.officer, plan_id=plan_id, back="/")

    with pytest.raises(rules.PlanBeingPublished):
        world.do(rules.extend_call, **of, closes_at=world.now + timedelta(days=20), reason="mưa lũ")
    with pytest.raises(rules.PlanBeingPublished):
        world.do(rules.archive_call, **of)
    run_jobs()

    assert db_session().get(TrainingPlan, plan_id).published_at is not None
    with pytest.raises(rules.CallStillTaught):
        world.do(rules.archive_call, **of)
