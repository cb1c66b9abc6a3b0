"""Who teaches a class and where: it may change until the class is over, and nobody learns of it too late."""

from datetime import timedelta

import pytest

from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry, Notice
from lms.training import rules
from lms.training.models import Call, ClassTrainer, TrainingClass
from lms.training.notices import trainers_of
from tests.factories import actor_of, officer, trainer

HALL = "Nhà văn hóa phường Hạc Thành"


@pytest.fixture
def helper(world):
    """Another trainer of the province."""
    return actor_of(trainer(name="Đỗ Thị Giúp"))


def change(world, class_id, by=None, **but):
    what = {"venue": HALL, "trainer_id": world.trainer.account_id, "other_trainer_ids": ()} | but
    return world.do(rules.change_teaching, by=by or world.officer, class_id=class_id, **what)


def told(person_id):
    session = db_session()
    session.rollback()
    return [row.template for row in session.query(Notice).filter_by(person_id=person_id).order_by(Notice.id)]


def text_of(person_id, template):
    return db_session().query(Notice).filter_by(person_id=person_id, template=template).one().text


def waiting_and_invited(world):
    """A published class of one place, with one invited and one waiting."""
    world.use_call(order="first_come")
    first, second = world.team(), world.team()
    return world.published(first, second, capacity=1), first, second


def test_another_place_is_told_to_everybody_on_the_list_and_to_the_trainer(world):
    class_id, first, second = waiting_and_invited(world)

    change(world, class_id, venue="Hội trường ủy ban")

    assert world.row(class_id).venue == "Hội trường ủy ban"
    for person in (first.leader, second.leader):
        assert text_of(person, "class-changed") == (
            "Lớp “Lớp dịch vụ công số 1” có thay đổi. Nay học tại Hội trường ủy ban."
        )
    assert told(world.trainer.person_id)[-1] == "class-changed-teach"
    assert db_session().query(JournalEntry).filter_by(verb="change_teaching").count() == 1
    assert world.findings() == []


def test_another_chief_may_mark_and_the_one_before_may_not_and_all_three_are_told(world, helper):
    class_id, first, _ = waiting_and_invited(world)
    chief = world.trainer

    change(world, class_id, trainer_id=helper.account_id)

    row = world.row(class_id)
    assert (row.trainer_id, row.trainer_name) == (helper.account_id, "Đỗ Thị Giúp")
    assert told(helper.person_id) == ["class-teach"]
    assert told(chief.person_id)[-1] == "class-teach-no-more"
    assert text_of(first.leader, "class-changed").endswith("Giảng viên: Đỗ Thị Giúp.")
    with pytest.raises(NotFound):
        world.do(rules.close_attendance, by=chief, class_id=class_id)


def test_somebody_beside_the_chief_is_added_and_told_and_nobody_else_hears(world, helper):
    class_id, first, _ = waiting_and_invited(world)
    before = told(first.leader)

    change(world, class_id, other_trainer_ids=(helper.account_id,))

    assert trainers_of(db_session(), world.row(class_id)) == {world.trainer.account_id, helper.account_id}
    assert (told(helper.person_id), told(first.leader)) == (["class-teach"], before)


def test_where_nothing_differs_nothing_happens(world):
    class_id, *_ = waiting_and_invited(world)

    change(world, class_id)

    assert db_session().query(JournalEntry).filter_by(verb="change_teaching").count() == 0


def test_of_a_class_nobody_knows_yet_nobody_hears(world, helper):
    class_id = world.plan()

    change(world, class_id, venue="Trường học", trainer_id=helper.account_id)

    assert (world.row(class_id).venue, told(helper.person_id)) == ("Trường học", [])


def test_no_place_a_stranger_and_a_class_that_is_over_are_refused(world):
    class_id = world.plan()
    elsewhere = trainer("01", name="Giảng viên nơi khác")
    for wrong in ({"venue": " "}, {"trainer_id": elsewhere}, {"other_trainer_ids": (elsewhere,)}):
        with pytest.raises(rules.ClassBadlyPlanned):
            change(world, class_id, **wrong)
    with pytest.raises(NotFound):
        change(world, class_id, by=actor_of(officer("01")))
    assert db_session().query(ClassTrainer).count() == 0

    in_unit(lambda s: s.query(TrainingClass).filter_by(id=class_id).update({"state": "ended"}))
    with pytest.raises(rules.AlreadySettled):
        change(world, class_id, venue="Trường học")


def test_trainers_hear_of_everything_that_becomes_of_their_class(world):
    class_id, *_ = waiting_and_invited(world)
    chief = world.trainer.person_id
    assert told(chief) == ["class-teach"]

    world.do(rules.postpone_class, by=world.officer, class_id=class_id, reason="bão")
    assert told(chief)[-1] == "class-postponed-teach"
    day = vn_date(world.now) + timedelta(days=20)
    dates = {"sessions": ((day, "sang"), (day, "chieu")), "lock_hours": 24}
    world.do(rules.set_new_dates, by=world.officer, class_id=class_id, **dates)
    assert told(chief)[-1] == "class-new-dates-teach"
    world.cancel(class_id)
    assert told(chief)[-1] == "class-cancelled-teach"


def test_trainers_hear_that_their_class_became_part_of_another(world, helper):
    class_id, *_ = waiting_and_invited(world)
    into = world.plan(3, title="Lớp gộp", trainer_id=helper.account_id)
    world.publish(into)

    world.do(rules.merge_class, by=world.officer, class_id=class_id, into_id=into, reason="ít người")

    assert "gộp vào lớp “Lớp gộp”" in text_of(world.trainer.person_id, "class-merged-teach")


def test_who_waits_hears_the_new_dates_and_the_place_in_the_queue(world):
    class_id, first, second = waiting_and_invited(world)
    world.do(rules.postpone_class, by=world.officer, class_id=class_id, reason="bão")
    day = vn_date(world.now) + timedelta(days=20)

    dates = {"sessions": ((day, "sang"), (day, "chieu")), "lock_hours": 24}
    world.do(rules.set_new_dates, by=world.officer, class_id=class_id, **dates)

    assert text_of(second.leader, "class-new-dates") == (
        f"Lớp “Lớp dịch vụ công số 1” có ngày học mới: từ ngày {day:%d/%m/%Y} tại {HALL}. "
        "Anh/chị đứng thứ 1 trong hàng chờ."
    )
    assert "class-new-dates" not in told(first.leader)


def test_the_officer_changes_place_and_trainer_on_one_page(world, client, helper):
    world.now = utc_now()
    class_id, *_ = waiting_and_invited(world)
    client.sign_in(world.officer.account_id)

    page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/")
    form_page = client.get(page.soup.find("a", string="Đổi giảng viên, địa điểm")["href"])
    client.send(form_page.form("giang-vien"), 422, venue="")
    client.send(form_page.form("giang-vien"), 303, venue="Trường tiểu học", trainer=str(helper.account_id))

    row = world.row(class_id)
    assert (row.venue, row.trainer_id) == ("Trường tiểu học", helper.account_id)


def test_classes_made_by_hand_end_the_planning_of_a_round_on_its_page(world, client):
    world.now = utc_now()
    class_id, *_ = waiting_and_invited(world)
    call = f"/quan-ly/tap-huan/dot/{world.call}/"
    client.sign_in(world.officer.account_id)
    assert "Đã lập xong các lớp" not in client.get(call).text
    world.do(rules.close_call, by=world.officer, call_id=world.call, reason="đã đủ")

    client.send(client.get(call).form("da-lap-lop"), 303)

    assert db_session().get_one(Call, world.row(class_id).call_id).state == "planned"
