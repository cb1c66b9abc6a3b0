"""The planning board and the page of a run, as the officer and an inspector use them, without JavaScript."""

import json
from datetime import timedelta

import pytest

from lms.clock import utc_now, vn_date
from lms.training import rules
from lms.training.allotting import Run, same
from tests.factories import officer

from .world import TOPIC

OTHER_COMMUNE = "14758"


@pytest.fixture
def call(world):
    """A call with five needs of two communes, closed; pages read the clock themselves."""
    world.now = utc_now()
    call_id = world.use_call(order="fair", opens_at=world.now - timedelta(hours=1))
    for commune in (None, None, None, OTHER_COMMUNE, OTHER_COMMUNE):
        world.register(world.team(commune=commune) if commune else world.team())
    world.do(rules.close_call, by=world.officer, call_id=call_id, reason="đủ nhu cầu")
    return call_id


def propose(client, call: int, **limits):
    path = f"/quan-ly/tap-huan/dot/{call}/ke-hoach/"
    starts_on = (vn_date(utc_now()) + timedelta(days=20)).isoformat()
    fields = {"starts_on": starts_on, "size": "3", "min_viable": "1"} | limits
    return client.send(client.get(path).form("de-xuat"), 200, follow=True, **fields)


def test_the_officer_proposes_moves_a_need_gives_venues_and_publishes_all_together(world, client, call, run_jobs):
    client.sign_in(world.officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/dot/{call}/")
    assert "Lập kế hoạch các lớp" in page.text

    page = propose(client, call)
    assert "Đã lập bản kế hoạch. Chưa ai được báo" in page.text
    assert "Lớp 1 chưa có địa điểm." in page.text

    first = f"/quan-ly/tap-huan/dot/{call}/ke-hoach/lop/1/"
    page = client.get(first)
    need = page.form("chuyen").find("input", {"name": "needs"})["value"]
    page = client.send(page.form("chuyen"), 200, follow=True, needs=[need], to="2", reason="gần nhà hơn")
    assert "Đã chuyển 1 nhu cầu." in page.text
    assert "Lớp 2:" in page.text

    for number in (1, 2):
        page = client.get(f"/quan-ly/tap-huan/dot/{call}/ke-hoach/lop/{number}/")
        page = client.send(page.form(f"lop/{number}/"), 200, follow=True, venue="Hội trường xã")
        assert "Đã lưu lớp trong bản kế hoạch." in page.text

    page = client.get(f"/quan-ly/tap-huan/dot/{call}/ke-hoach/")
    assert "Công bố cả 2 lớp" in page.text
    client.send(page.form("cong-bo"))
    run_jobs()

    page = client.get(f"/quan-ly/tap-huan/dot/{call}/")
    assert "đã xếp lớp" in page.text
    assert world.findings(utc_now()) == []


def test_a_plan_asks_for_a_size_and_days_it_can_read(world, client, call):
    client.sign_in(world.officer.account_id)
    path = f"/quan-ly/tap-huan/dot/{call}/ke-hoach/"

    page = client.send(client.get(path).form("de-xuat"), 422, starts_on="mai", size="3", min_viable="9", days_off="Tết")

    assert "Ngày chưa đúng" in page.text
    assert "Số người ít nhất không được nhiều hơn số chỗ." in page.text
    assert "Ngày nghỉ chưa đúng" in page.text


def test_needs_left_out_are_shown_with_the_reason_and_can_be_put_back(world, client, call):
    client.sign_in(world.officer.account_id)
    propose(client, call)
    board = f"/quan-ly/tap-huan/dot/{call}/ke-hoach/"
    page = client.send(client.get(board + "lop/1/").form("lop/1/bo"), 200, follow=True)
    assert "chờ xếp vào lớp khác" in page.text

    page = client.get(board + "chua-xep/")
    assert "Lớp 1 đã bỏ khỏi kế hoạch." in page.text
    needs = [box["value"] for box in page.form("chuyen").find_all("input", {"name": "needs"})]
    page = client.send(page.form("chuyen"), 200, follow=True, needs=needs, to="2", reason="dồn lớp")

    assert "Mọi nhu cầu đã có lớp." in page.text
    assert "Quá sức lớp" in page.text


def test_an_empty_class_is_added_and_the_whole_plan_put_away(world, client, call):
    client.sign_in(world.officer.account_id)
    propose(client, call)
    board = f"/quan-ly/tap-huan/dot/{call}/ke-hoach/"

    page = client.send(client.get(board).form("them-lop"), 200, follow=True, topic=TOPIC)
    assert "Đã thêm một lớp trống" in page.text
    page = client.send(client.get(board).form("bo"), 200, follow=True)

    assert "Sở có thể mở lớp thế nào?" in page.text


def test_the_board_and_the_run_of_a_province_do_not_exist_for_another(world, client, call):
    client.sign_in(world.officer.account_id)
    propose(client, call)
    class_id = world.plan()
    client.sign_in(officer("01"))

    client.get(f"/quan-ly/tap-huan/dot/{call}/ke-hoach/", 404)
    client.get(f"/quan-ly/tap-huan/dot/{call}/ke-hoach/lop/1/", 404)
    client.get(f"/quan-ly/tap-huan/lop/{class_id}/xep-cho/", 404)
    client.get(f"/quan-ly/tap-huan/lop/{class_id}/xep-cho/tep", 404)


def test_the_page_of_a_run_explains_every_place_and_gives_the_file_to_compute_it_again(world, client):
    world.now = utc_now()
    world.use_call(order="fair")
    class_id = world.published(*(world.team() for _ in range(4)))
    client.sign_in(world.officer.account_id)

    page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/xep-cho/")
    assert "Đã tính lại ngay bây giờ: kết quả giống hệt" in page.text
    assert "Tổ chưa được tập huấn chuyên đề này lần nào: 6 điểm" in page.text
    assert "Đứng đầu danh sách." in page.text

    kept = json.loads(client.get(f"/quan-ly/tap-huan/lop/{class_id}/xep-cho/tep").data)
    assert same(Run(**kept))


def test_a_class_without_a_run_says_so(world, client):
    world.now = utc_now()
    class_id = world.plan()
    client.sign_in(world.officer.account_id)

    page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/xep-cho/")

    assert "Lớp này chưa có lần xếp chỗ nào." in page.text
    client.get(f"/quan-ly/tap-huan/lop/{class_id}/xep-cho/tep", 404)


def test_needs_that_came_after_the_plan_are_on_its_board_and_their_reason_on_the_page_of_the_call(
    world, client, run_jobs
):
    world.now = utc_now()
    call = world.use_call(order="fair", opens_at=world.now - timedelta(hours=1))
    for _ in range(3):
        world.register(world.team())
    client.sign_in(world.officer.account_id)
    propose(client, call)
    late = world.register(world.team(name="Tổ đến muộn"))
    world.do(rules.close_call, by=world.officer, call_id=call, reason="đủ")
    board = f"/quan-ly/tap-huan/dot/{call}/ke-hoach/"
    page = client.get(board + "lop/1/")
    client.send(page.form("lop/1/"), 303, venue="Hội trường xã")

    page = client.get(board)
    assert "1 nhu cầu đến sau khi lập kế hoạch (số 4)" in page.text
    page = client.get(board + "chua-xep/")
    assert "Tổ đến muộn" in page.text
    assert "(đến sau khi lập kế hoạch)" in page.text
    client.send(page.form("chuyen"), 303, needs=[str(late)], to="0", reason="gửi quá muộn")
    client.send(client.get(board).form("cong-bo"))
    run_jobs()

    page = client.get(f"/quan-ly/tap-huan/dot/{call}/")
    assert "Kế hoạch chưa xếp: gửi quá muộn" in page.text
    assert "Có 1 chỗ đang chờ xếp lớp." in client.get(board).text


def test_an_archived_call_offers_no_new_class(world, client, call):
    client.sign_in(world.officer.account_id)
    assert "Hoặc lập từng lớp bằng tay" in client.get(f"/quan-ly/tap-huan/dot/{call}/").text

    world.do(rules.archive_call, by=world.officer, call_id=call)

    page = client.get(f"/quan-ly/tap-huan/dot/{call}/").text
    assert "Lập kế hoạch các lớp" not in page
    assert "từng lớp bằng tay" not in page
