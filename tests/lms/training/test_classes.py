"""Rules of a class: planned, published, made larger, closed, begun and ended by the clock, cancelled."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import Notice
from lms.people.models import Account
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.models import CallCommune, ClassTrainer, TrainingClass, TrainingEvent
from lms.training.timetable import end_due_classes, lock_due_rosters, start_due_classes, warn_too_few
from tests.factories import HAC_THANH, NOON, THANH_HOA, actor_of, officer, trainer

from .world import AFTER_CLASS, AT_CLASS, FIRST_DAY, HOUR, TOPIC

DAY = timedelta(days=1)
LOCK = AT_CLASS.replace(hour=0, minute=30) - 2 * DAY
"""07:30 in Vietnam, two days before the first session."""


def timer(timer_of, now):
    return in_unit(lambda s: timer_of(s, now))


def notices(person_id, template):
    session = db_session()
    session.rollback()
    return session.query(Notice).filter_by(person_id=person_id, template=template).all()


def person_of(account_id):
    return db_session().get(Account, account_id).person_id


def events(class_id):
    return [
        (e.from_state, e.to_state, e.actor_label, e.channel)
        for e in db_session().query(TrainingEvent).filter_by(entity="class", entity_id=class_id).order_by("id")
    ]


# planning


def test_a_class_keeps_its_plan_with_sessions_of_its_own_hours_and_further_trainers(world):
    second = trainer(name="Đỗ Văn Phụ")
    class_id = world.plan(
        30,
        sessions=(
            rules.SessionPlan(FIRST_DAY, "chieu"),
            rules.SessionPlan(FIRST_DAY, "sang", time(8), time(10, 30), is_required=True),
        ),
        min_viable=12,
        lock_hours=24,
        minutes_required=300,
        cluster="Cụm ven biển",
        other_trainer_ids=(second, world.trainer.account_id),
    )

    row, held = world.row(class_id), class_sessions(db_session(), class_id)
    assert (row.min_viable, row.minutes_required, row.cluster) == (12, 300, "Cụm ven biển")
    assert [(one.number, one.half_day, one.minutes, one.is_required) for one in held] == [
        (1, "sang", 150, True),
        (2, "chieu", 240, False),
    ]
    assert row.locks_at == held[0].begins_at - timedelta(hours=24)
    assert [t.account_id for t in db_session().query(ClassTrainer).filter_by(class_id=class_id)] == [second]


@pytest.mark.parametrize(
    ("but", "words"),
    [
        ({"title": " "}, "phải có tên"),
        ({"topic": "khong-co"}, "không có chuyên đề"),
        ({"capacity": 0}, "từ 1 trở lên"),
        ({"min_viable": 3}, "từ 1 đến 2"),
        ({"min_viable": 0}, "từ 1 đến 2"),
        ({"lock_hours": -1}, "từ 0 trở lên"),
        ({"sessions": ()}, "ít nhất một buổi"),
        ({"sessions": ((FIRST_DAY, "sang"), (FIRST_DAY, "sang"))}, "hai buổi trùng nhau"),
        ({"sessions": ((date(2026, 11, 1), "sang"),)}, "ngày đã qua"),
        ({"sessions": (rules.SessionPlan(FIRST_DAY, "sang", time(10), time(9)),)}, "kết thúc trước khi bắt đầu"),
        ({"sessions": (rules.SessionPlan(FIRST_DAY, "sang", time(10), time(14)),)}, "Buổi sáng phải xong"),
        ({"sessions": (rules.SessionPlan(FIRST_DAY, "chieu", time(11), time(14)),)}, "buổi chiều bắt đầu từ"),
        ({"sessions_required": 3}, "từ 1 đến 2"),
        ({"minutes_required": 481}, "480 phút"),
        ({"trainer_id": 99}, "giảng viên của tỉnh"),
        ({"other_trainer_ids": (99,)}, "giảng viên của tỉnh"),
    ],
)
def test_a_class_that_lacks_something_is_not_planned(world, but, words):
    with pytest.raises(rules.ClassBadlyPlanned, match=words):
        world.plan(**({"capacity": 2} | but))

    assert db_session().query(TrainingClass).count() == 0


def test_a_trainer_of_another_province_does_not_teach_here(world):
    with pytest.raises(rules.ClassBadlyPlanned):
        world.plan(other_trainer_ids=(trainer("01"),))


def test_a_class_whose_list_would_be_closed_already_is_not_planned(world):
    with pytest.raises(rules.RosterTimePassed, match="không còn lúc để mời ai"):
        world.plan(sessions=((NOON.date() + DAY, "sang"),), sessions_required=1)
    assert world.plan(sessions=((NOON.date() + DAY, "sang"),), sessions_required=1, lock_hours=2)


def test_the_database_holds_the_least_number_within_the_places(world, unit):
    class_id = world.plan(2)

    with pytest.raises(IntegrityError):
        unit(lambda s: s.query(TrainingClass).filter_by(id=class_id).update({"min_viable": 3}))


# publishing and the number of places


def test_publishing_ranks_the_queue_and_invites_the_first(world):
    class_id = world.published(*[world.team() for _ in range(3)], capacity=2)

    assert world.states(class_id) == ["offered", "offered", "waiting"]
    assert world.row(class_id).published_at == NOON
    assert world.findings() == []


def test_a_class_is_published_once_and_not_after_its_list_is_closed(world):
    class_id, late = world.published(), world.plan()

    with pytest.raises(rules.AlreadySettled, match="Lớp đã công bố nên lúc này không công bố được"):
        world.publish(class_id)
    with pytest.raises(rules.RosterTimePassed):
        world.do(rules.publish_class, by=world.officer, class_id=late, now=LOCK)
    assert world.row(late).state == "planned"


def test_more_places_invite_the_next_in_the_same_transaction(world):
    class_id = world.published(*[world.team() for _ in range(3)], capacity=1)

    assert len(world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=2)) == 1

    assert world.states(class_id) == ["offered", "offered", "waiting"]
    assert world.findings() == []


def test_fewer_places_lower_the_least_number_with_them(world):
    class_id = world.plan(10, min_viable=8)

    world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=5)

    assert (world.row(class_id).capacity, world.row(class_id).min_viable) == (5, 5)
    world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=5, min_viable=3)
    assert world.row(class_id).min_viable == 3


@pytest.mark.parametrize(("capacity", "least"), [(0, None), (5, 6), (5, 0)])
def test_impossible_numbers_of_places_change_nothing(world, capacity, least):
    class_id = world.plan(4)

    with pytest.raises(rules.ClassBadlyPlanned):
        world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=capacity, min_viable=least)
    assert world.row(class_id).capacity == 4


def test_fewer_places_than_people_takes_two_persons(world):
    class_id = world.published(world.team(), world.team(), capacity=2)

    with pytest.raises(rules.CapacityBelowLive, match="Đã có 2 người"):
        world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=1)
    assert world.states(class_id) == ["offered", "offered"]


def test_the_places_of_a_class_that_is_over_do_not_change(world):
    class_id = world.published(world.team())
    timer(start_due_classes, AT_CLASS)
    timer(end_due_classes, AFTER_CLASS)

    with pytest.raises(rules.NotNow, match="đã học xong"):
        world.do(rules.set_capacity, by=world.officer, class_id=class_id, capacity=9)


def test_strangers_find_no_class(world):
    class_id = world.published()

    for by in (actor_of(officer("01")), world.trainer, world.clerk):
        for verb, what in (
            (rules.publish_class, {}),
            (rules.close_roster, {}),
            (rules.set_capacity, {"capacity": 9}),
            (rules.cancel_class, {"reason": "mưa"}),
            (rules.ask_cancel, {"reason": "mưa"}),
            (rules.ask_cut, {"reason": "mưa", "capacity": 1}),
            (rules.postpone_class, {"reason": "mưa"}),
            (rules.finalise_class, {}),
            (rules.ungroup_need, {"need_id": 1, "reason": "mưa"}),
        ):
            with pytest.raises(NotFound):
                world.do(verb, by=by, class_id=class_id, **what)
    with pytest.raises(NotFound):
        world.do(rules.close_attendance, by=actor_of(trainer(name="Người khác")), class_id=class_id)


# the clock


def test_the_officer_closes_the_list_before_its_hour_once(world):
    class_id = world.published()
    world.do(rules.close_roster, by=world.officer, class_id=class_id)

    assert world.row(class_id).state == "roster_locked"
    with pytest.raises(rules.NotNow, match="không chốt danh sách được"):
        world.do(rules.close_roster, by=world.officer, class_id=class_id)


def test_the_timer_closes_the_list_at_its_hour_and_not_a_second_before(world):
    class_id = world.published(world.team())

    assert timer(lock_due_rosters, LOCK - timedelta(seconds=1)) == 0
    assert world.row(class_id).state == "published"
    assert timer(lock_due_rosters, LOCK) == 1
    assert timer(lock_due_rosters, LOCK) == 0

    assert world.row(class_id).state == "roster_locked"
    assert events(class_id)[-1] == ("published", "roster_locked", "hệ thống", "timer")


def test_a_quarter_before_the_first_session_the_class_begins_and_after_the_last_it_is_over(world):
    class_id = world.published(world.team())
    opens = AT_CLASS.replace(hour=0, minute=15)

    timer(start_due_classes, opens - timedelta(seconds=1))
    assert world.row(class_id).state == "published"
    timer(start_due_classes, opens)
    assert world.row(class_id).state == "running"
    timer(end_due_classes, AT_CLASS.replace(hour=10, minute=29))
    assert world.row(class_id).state == "running"
    timer(end_due_classes, AT_CLASS.replace(hour=10, minute=30))
    assert world.row(class_id).state == "ended"
    assert world.findings(AFTER_CLASS) == []


def test_classes_that_are_planned_put_off_or_cancelled_never_begin(world):
    planned, cancelled = world.plan(), world.published()
    world.cancel(cancelled)

    timer(start_due_classes, AFTER_CLASS)
    timer(lock_due_rosters, AFTER_CLASS)

    assert [world.row(c).state for c in (planned, cancelled)] == ["planned", "cancelled"]


def test_the_officers_are_told_once_of_too_few_people_a_week_before(world):
    class_id = world.published(world.team(), world.team(), capacity=5, min_viable=3)
    them = [person_of(by.account_id) for by in (world.officer, world.second_officer)]
    week_before = AT_CLASS.replace(hour=0, minute=30) - 7 * DAY

    assert timer(warn_too_few, week_before - timedelta(seconds=1)) == 0
    assert timer(warn_too_few, week_before) == 1
    assert timer(warn_too_few, week_before + HOUR) == 0

    assert world.row(class_id).too_few_told_at == week_before
    for person in them:
        (notice,) = notices(person, "class-too-few")
        assert "mới có 2 người, ít nhất phải có 3" in notice.text


def test_people_who_wait_count_towards_the_least_number(world):
    world.published(world.team(), world.team(), capacity=1, min_viable=1)
    full = world.published(*[world.team() for _ in range(3)], capacity=3, min_viable=3)

    assert timer(warn_too_few, AT_CLASS - 6 * DAY) == 0
    assert world.row(full).too_few_told_at is None


# cancelling


def test_a_planned_class_is_cancelled_by_one_and_its_needs_are_free_with_their_number(world):
    need = world.register(world.team())
    class_id = world.plan()
    world.group(class_id, need)

    world.do(rules.cancel_class, by=world.officer, class_id=class_id, reason="thiếu phòng")

    assert world.row(class_id).state == "cancelled"
    assert world.states(class_id) == ["class_cancelled"]
    assert (world.need(need).state, world.need(need).queue_seq) == ("confirmed", 1)
    assert world.findings() == []


def test_cancelling_needs_a_reason_and_a_published_class_two_persons(world):
    planned, published = world.plan(), world.published(world.team())

    with pytest.raises(rules.ReasonNeeded):
        world.do(rules.cancel_class, by=world.officer, class_id=planned, reason=" ")
    with pytest.raises(rules.TakesTwoPersons):
        world.do(rules.cancel_class, by=world.officer, class_id=published, reason="mưa lũ")
    assert world.states(published) == ["offered"]


# grouping


def arrange(world, **clusters):
    def work(session):
        session.add_all(
            CallCommune(call_id=world.call, commune_code=code, cluster=name) for code, name in clusters.items()
        )

    in_unit(work)


def test_a_team_of_another_cluster_enters_only_with_a_reason(world):
    need = world.register(world.team("Tổ dân phố Nam"))
    arrange(world, **{HAC_THANH: "Cụm đô thị"})
    class_id = world.plan(cluster="Cụm miền núi")

    with pytest.raises(rules.ClusterMismatch, match=r"Cụm miền núi.*Tổ dân phố Nam"):
        world.group(class_id, need)
    assert world.need(need).state == "confirmed"
    world.do(rules.group_needs, by=world.officer, class_id=class_id, need_ids=[need], reason="tổ tiện đường")

    event = db_session().query(TrainingEvent).filter_by(entity="need", to_state="grouped").one()
    assert event.reason == "tổ tiện đường"


def test_a_team_without_a_cluster_fits_every_class(world):
    need, class_id = world.register(world.team()), world.plan(cluster="Cụm miền núi")

    world.group(class_id, need)

    assert world.need(need).state == "grouped"


def test_needs_that_come_after_publication_stand_behind_those_ranked_before(world):
    first, second, third = (world.register(world.team()) for _ in range(3))
    class_id = world.plan(1)
    world.group(class_id, third)
    world.publish(class_id)
    world.group(class_id, second, first)

    assert [world.seat(class_id, team.leader).rank for team in world.teams] == [2, 3, 1]
    assert world.states(class_id) == ["offered", "waiting", "waiting"]
    assert world.findings() == []


def test_a_need_met_in_part_enters_again_for_the_rest(world):
    team = world.team()
    need = world.register(team, seats_wanted=2, nominee_ids=(team.leader, team.deputy))
    first, day = world.plan(1), FIRST_DAY + timedelta(days=7)
    world.group(first, need)
    world.publish(first)
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(first, team.leader).id)
    world.do(rules.cancel_seat, by=team.by("deputy"), seat_id=world.seat(first, team.deputy).id, reason="chờ lớp sau")
    assert world.need(need).state == "partly_met"

    second = world.plan(1, sessions=((day, "sang"),), sessions_required=1)
    world.group(second, need)

    assert world.seat(second, team.deputy).state == "waiting"
    assert world.seat(second, team.leader) is None


def test_a_class_that_fills_no_more_takes_no_needs(world):
    need, class_id = world.register(world.team()), world.published()
    world.do(rules.close_roster, by=world.officer, class_id=class_id)

    with pytest.raises(rules.ClassNotOpenForNeeds):
        world.group(class_id, need)


def test_a_need_is_taken_out_of_a_planned_class_and_enters_another(world):
    team = world.team()
    need, class_id, other = world.register(team), world.plan(), world.plan(title="Lớp số 2")
    world.group(class_id, need)

    with pytest.raises(rules.ReasonNeeded):
        world.do(rules.ungroup_need, by=world.officer, class_id=class_id, need_id=need, reason="")
    with pytest.raises(NotFound):
        world.do(rules.ungroup_need, by=world.officer, class_id=other, need_id=need, reason="gần hơn")
    world.do(rules.ungroup_need, by=world.officer, class_id=class_id, need_id=need, reason="gần hơn")

    assert world.need(need).state == "confirmed"
    assert world.seat(class_id, team.leader).reason == "chuyển lớp: gần hơn"
    world.group(other, need)
    assert world.states(other) == ["waiting"]
    assert world.findings() == []


def test_nobody_is_taken_out_of_a_published_class_like_that(world):
    class_id = world.published(world.team())

    with pytest.raises(rules.NotNow):
        world.do(rules.ungroup_need, by=world.officer, class_id=class_id, need_id=1, reason="gần hơn")


def test_only_roles_the_call_sends_are_seated(world):
    world.use_call(who_may_go=["deputy"])
    team = world.team()
    class_id = world.plan()
    world.group(class_id, world.register(team, topic=TOPIC))

    assert world.seat(class_id, team.deputy).state == "waiting"
    assert world.seat(class_id, team.leader) is None


def test_no_class_comes_of_a_draft_or_of_a_call_that_is_over(world):
    planned = world.plan()
    day = world.now + timedelta(days=1)
    draft = rules.CallPlan(title="Nháp", topics=[TOPIC], opens_at=day, closes_at=day + timedelta(days=9))
    calls = [world.do(rules.draft_call, by=world.officer, province_code=THANH_HOA, plan=draft).id]
    over = world.use_call(title="Đợt đã khép")
    world.do(rules.close_call, by=world.officer, call_id=over, reason="đủ")
    world.do(rules.archive_call, by=world.officer, call_id=over)

    for call in (*calls, over):
        world._call = call
        with pytest.raises(rules.AlreadySettled):
            world.plan()
        in_unit(lambda s, call=call: setattr(s.get(TrainingClass, planned), "call_id", call))
        with pytest.raises(rules.AlreadySettled):
            world.publish(planned)
    assert world.row(planned).state == "planned"
