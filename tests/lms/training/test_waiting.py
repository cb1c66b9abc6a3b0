"""“Vì sao tôi chưa có chỗ?”: position, rule, order and points for every waiting entry."""

import pytest

from lms.db import db_session, in_unit
from lms.journal.models import Notice
from lms.training import rules
from lms.training.allotting import Weights, score
from lms.training.models import Seat, TrainingClass
from lms.training.waiting import why_waiting

from .world import HOUR


@pytest.fixture(autouse=True)
def _first_come(world):
    """Who registers first is first, so that a test can say who that is."""
    world.use_call(order="first_come")


def why(world, class_id, person, now=None):
    return why_waiting(db_session(), world.seat(class_id, person), now=now or world.now)


def test_before_publication_the_number_of_the_need_is_the_order(world):
    teams = [world.team(), world.team()]
    needs = [world.register(team) for team in teams]
    class_id = world.plan(1)
    world.group(class_id, *needs)

    said = why(world, class_id, teams[1].leader)

    assert said.position == "Đứng thứ 2 trong hàng chờ. Có 1 người đứng trước."
    assert said.rule == "Lớp chưa công bố. Khi công bố, Sở mời lần lượt theo thứ tự."
    assert said.order == "Nhu cầu của tổ là số 2 của đợt “Đợt tháng 12”. Thứ tự theo số đăng ký."
    assert said.points == ()


def test_at_publication_everybody_who_waits_is_told_their_own_place(world):
    teams = [world.team() for _ in range(4)]
    world.published(*teams, capacity=2)

    text_of = dict(db_session().query(Notice.person_id, Notice.text).filter_by(template="seat-waiting"))

    assert "đứng thứ 1 trong hàng chờ" in text_of[teams[2].leader]
    assert "đứng thứ 2 trong hàng chờ" in text_of[teams[3].leader]
    assert not {teams[0].leader, teams[1].leader} & text_of.keys()


def test_in_a_fair_call_the_rule_of_the_order_and_the_points_are_said(world):
    world.use_call(order="fair")
    teams = [world.team(), world.team()]
    class_id = world.published(*teams, capacity=1)
    (waiting,) = db_session().query(Seat).filter_by(class_id=class_id, state="waiting")
    scored = score(Weights(), lack=3, never_trained=True, age=2, is_remote=False, missed_last=False)
    in_unit(lambda s: s.query(Seat).filter_by(id=waiting.id).update({"score": scored.as_dict()}))

    said = why(world, class_id, waiting.person_id)

    assert said.order.endswith("Thứ tự chia đều giữa các xã, trong xã theo điểm, rồi theo số đăng ký.")
    assert said.points[0] == "Điểm của tổ: 24."
    assert len(said.points) == 4
    assert "Tổ còn yếu 3 kỹ năng" in said.points[1]
    assert said.sentences == [said.position, said.rule, said.order, *said.points]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("published", "Lớp có 1 chỗ, 1 chỗ đã có người."),
        ("roster_locked", "Danh sách lớp đã chốt nên máy không mời thêm. Tổ giữ thứ tự đăng ký cho lớp sau."),
        ("postponed", "Lớp đang hoãn, chờ ngày mới."),
        ("running", "Lớp đã bắt đầu nên không mời thêm ai trong hàng chờ."),
        ("ended", "Lớp đã học xong nên không mời thêm ai trong hàng chờ."),
    ],
)
def test_the_rule_that_stops_them_now_follows_the_class(world, state, words):
    teams = [world.team(), world.team()]
    class_id = world.published(*teams, capacity=1)
    in_unit(lambda s: s.query(TrainingClass).filter_by(id=class_id).update({"state": state}))

    assert why(world, class_id, teams[1].leader).rule.startswith(words)


def test_from_the_closing_hour_the_rule_is_the_closed_list_whatever_the_timer_has_done(world):
    teams = [world.team(), world.team()]
    class_id = world.published(*teams, capacity=1)
    locks_at = world.row(class_id).locks_at

    assert "Khi có người xin thôi" in why(world, class_id, teams[1].leader, locks_at - HOUR).rule
    assert "đã chốt" in why(world, class_id, teams[1].leader, locks_at).rule


def test_whoever_does_not_wait_reads_how_the_seat_stands(world):
    team = world.team()
    class_id = world.published(team)

    said = rules.reasons_for_waiting(db_session(), world.seat(class_id, team.leader), now=world.now)

    assert said == ["Chỗ này hiện giờ: được mời, chưa trả lời."]
