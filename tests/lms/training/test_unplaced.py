"""“Vì sao chưa có chỗ?” for every need that has no place: what stops it, its number and the order, its points."""

import pytest

from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.models import PlannedNeed, TrainingPlan
from lms.training.proposing import Limits
from lms.training.unplaced import why_unplaced

from .world import OTHER_TOPIC


def why(world, need_id):
    return why_unplaced(db_session(), world.need(need_id))


def close(world):
    world.do(rules.close_call, by=world.officer, call_id=world.call, reason="đã đủ")


def test_what_the_commune_has_not_confirmed_says_so(world):
    world.use_call(needs_confirmation=True, order="fair")
    need_id = world.register(world.team())

    said = why(world, need_id)

    assert said.rule == "Xã chưa xác nhận nhu cầu này. Xác nhận rồi mới được xếp vào lớp."
    assert said.order.startswith("Nhu cầu của tổ là số 1 của đợt “Đợt tháng 12”. Thứ tự chia đều giữa các xã")
    assert said.points[0].startswith("Điểm của tổ: ")
    assert any(words.startswith("Tổ chưa được tập huấn chuyên đề này lần nào") for words in said.points)


def test_where_the_number_decides_no_points_are_said(world):
    assert why(world, world.register(world.team())).points == ()


def test_a_need_given_back_says_what_the_team_has_to_do(world):
    need_id = world.register(world.team())
    world.do(rules.return_need, by=world.officer, need_id=need_id, reason="xem lại")

    assert "Tổ sửa và gửi lại" in why(world, need_id).rule


def test_the_rule_follows_the_round(world):
    need_id = world.register(world.team())
    assert why(world, need_id).rule.startswith("Đợt còn nhận đăng ký đến ")

    close(world)
    assert why(world, need_id).rule == "Đợt đã thôi nhận đăng ký. Sở đang lập các lớp."

    world.do(rules.mark_planned, by=world.officer, call_id=world.call)
    assert why(world, need_id).rule.startswith("Sở đã công bố các lớp của đợt, chưa có chỗ cho tổ.")

    world.do(rules.archive_call, by=world.officer, call_id=world.call)
    assert "Đợt sau có chuyên đề này thì nhu cầu được chuyển sang" in why(world, need_id).rule

    world.use_call(title="Đợt sau")
    assert why(world, need_id).rule == "Nhu cầu đã chuyển sang đợt “Đợt sau”, số 1."


def test_why_a_plan_left_a_need_out_is_told_once_it_is_published_and_not_before(world):
    need_id = world.register(world.team())
    world.register(world.team(), topic=OTHER_TOPIC)
    limits = Limits(starts_on=vn_date(world.now), size=10, min_viable=1)
    plan_id = world.do(rules.propose_plan, by=world.officer, call_id=world.call, limits=limits).id
    world.do(rules.move_need, by=world.officer, plan_id=plan_id, need_id=need_id, number=None, reason="ở quá xa.")
    close(world)
    assert why(world, need_id).rule == "Đợt đã thôi nhận đăng ký. Sở đang lập các lớp."

    in_unit(lambda s: s.query(TrainingPlan).filter_by(id=plan_id).update({"published_at": world.now}))

    assert db_session().get(PlannedNeed, (plan_id, need_id)).left_out_because == "ở quá xa."
    assert why(world, need_id).rule == ("Sở đã công bố các lớp mà chưa xếp được tổ. Kế hoạch của Sở ghi: ở quá xa.")


def test_in_a_queue_or_met_in_part_the_class_is_named(world):
    world.use_call(order="first_come")
    team, other = world.team(), world.team()
    need_id = world.register(team, seats_wanted=2, nominee_ids=(team.leader, team.deputy))
    class_id = world.plan(1)
    world.group(class_id, need_id, world.register(other))
    assert why(world, need_id).rule == "Tổ có người đang trong hàng chờ của lớp “Lớp dịch vụ công số 1”."
    world.publish(class_id)
    assert why(world, need_id).rule.startswith("Tổ có người được mời vào lớp “Lớp dịch vụ công số 1”")

    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)

    assert world.need(need_id).state == "partly_met"
    assert why(world, need_id).rule == (
        "Tổ đã có 1 trên 2 chỗ. Tổ có người đang trong hàng chờ của lớp “Lớp dịch vụ công số 1”."
    )


@pytest.mark.parametrize("ending", ["met", "withdrawn", "rejected"])
def test_where_nothing_is_missing_nothing_is_said(world, ending):
    team = world.team()
    if ending == "met":
        class_id = world.published(team)
        seat = world.seat(class_id, team.leader)
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat.id)
        need_id = seat.need_id
    else:
        need_id = world.register(team)
        verb = {"withdrawn": rules.withdraw_need, "rejected": rules.reject_need}[ending]
        by = team.by("leader") if ending == "withdrawn" else world.officer
        world.do(verb, by=by, need_id=need_id, reason="không cần nữa")

    assert why(world, need_id) is None


def test_the_page_of_a_need_says_why_it_has_no_place(world, client):
    world.now = utc_now()
    world.use_call(needs_confirmation=True, order="fair")
    team = world.team()
    need_id = world.register(team)

    for account in (team.accounts["leader"], world.clerk.account_id, world.officer.account_id):
        page = client.sign_in(account).get(f"/tap-huan/nhu-cau/{need_id}/")
        assert page.soup.find("h2", string="Vì sao chưa có chỗ?")
        assert "Xã chưa xác nhận nhu cầu này." in page.text
        assert "Điểm của tổ:" in page.text
