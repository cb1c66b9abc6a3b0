"""What happened, in words: staff read names, the team reads tasks, nobody reads what is not theirs."""

from lms.db import db_session
from lms.training import rules
from lms.training.timelines import numbers_in_words, timeline_of, who_acted

from .world import HOUR


def steps(entity, row_id, *, for_staff=True):
    session = db_session()
    session.rollback()
    return timeline_of(session, entity, row_id, for_staff=for_staff)


def test_every_transition_of_a_seat_is_told_in_order_with_who_and_why(world):
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=world.clerk, seat_id=seat, now=world.now + HOUR)
    world.do(rules.cancel_seat, by=team.by("leader"), seat_id=seat, reason="Nhà có việc.", now=world.now + 2 * HOUR)

    told = steps("seat", seat)

    assert told[0].what == "Lập chỗ: đang chờ"
    assert [step.what for step in told][-3:] == [
        "Từ “đang chờ” sang “được mời, chưa trả lời”",
        "Từ “được mời, chưa trả lời” sang “đã xác nhận dự”",
        "Từ “đã xác nhận dự” sang “đã hủy chỗ”",
    ]
    assert told[-2].who == "Phạm Văn Xã (cán bộ xã)"
    assert told[-2].behalf == "Nguyễn Thị Trưởng 1"
    assert told[-1].reason == "Nhà có việc"
    assert [step.at for step in told] == sorted(step.at for step in told)


def test_the_team_reads_the_task_of_staff_and_the_names_of_its_own_people(world):
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("deputy"), seat_id=seat)

    told = steps("seat", seat, for_staff=False)

    assert "cán bộ Sở" in {step.who for step in told}
    assert not any("Lê Thị Sở" in step.who for step in told)
    assert told[-1].who == "Trần Văn Phó 1"


def test_numbers_of_the_moment_are_said_in_words(world):
    team = world.team()
    class_id = world.published(team, capacity=3)

    offered = steps("seat", world.seat(class_id, team.leader).id)[-1]

    assert "lớp có 3 chỗ" in offered.numbers
    assert "chỗ đã có người" in offered.numbers


def test_what_has_no_words_is_left_to_the_auditor():
    assert numbers_in_words({"class": 7, "digest": "abc", "capacity": 30, "order": [2, 5]}) == (
        "thứ tự trong hàng: 2; lớp có 30 chỗ"
    )
    assert numbers_in_words({"order": [2_147_483_647, 5]}) == ""
    assert numbers_in_words({}) == ""


def test_who_has_no_task_keeps_the_name_for_everybody():
    assert who_acted("Nguyễn Thị Trưởng", for_staff=False) == "Nguyễn Thị Trưởng"
    assert who_acted("Phạm Văn Xã (cán bộ xã, giảng viên)", for_staff=False) == "cán bộ xã, giảng viên"
    assert who_acted("Phạm Văn Xã (cán bộ xã)", for_staff=True) == "Phạm Văn Xã (cán bộ xã)"
    assert who_acted("hệ thống", for_staff=False) == "hệ thống"


def test_a_need_and_a_class_have_their_timeline_too(world):
    team = world.team()
    need_id = world.register(team)
    class_id = world.plan()
    world.group(class_id, need_id)
    world.publish(class_id)

    assert [step.what for step in steps("class", class_id)][:2] == [
        "Lập lớp: đang chuẩn bị",
        "Từ “đang chuẩn bị” sang “đã công bố”",
    ]
    assert steps("need", need_id)[0].who == "Nguyễn Thị Trưởng 1"
    assert any("đã xếp lớp" in step.what for step in steps("need", need_id))


def test_need_class_and_seat_pages_show_it_to_those_who_may_see_them(world, client):
    team = world.team()
    need_id = world.register(team)
    class_id = world.plan()
    world.group(class_id, need_id)
    world.publish(class_id)
    seat = world.seat(class_id, team.leader).id
    pages = {f"/tap-huan/nhu-cau/{need_id}/": ("leader", "officer"), f"/tap-huan/cho/{seat}/": ("leader", "officer"),
             f"/quan-ly/tap-huan/lop/{class_id}/": ("officer",)}  # fmt: skip

    for path, readers in pages.items():
        for reader in readers:
            account = world.officer.account_id if reader == "officer" else team.accounts[reader]
            page = client.sign_in(account).get(path)
            folded = next(one for one in page.soup.find_all("details") if "Diễn biến" in one.get_text())
            assert folded.find_all("li")
            assert ("Lê Thị Sở" in folded.get_text()) is (reader == "officer"), (path, reader)
