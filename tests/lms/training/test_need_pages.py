"""The pages of calls and needs: four taps on the phone, the commune's morning, the officer's call."""

from datetime import timedelta

import pytest

from lms.clock import utc_now, vn_date, vn_day
from lms.db import db_session, in_unit
from lms.teams.models import Membership
from lms.training import rules
from lms.training.models import Call, CallCommune, Delegation, Need, NeedProposal
from tests.factories import HAC_THANH, NOON, clerk, member_of, officer, trainer

from .world import OTHER_TOPIC, TOPIC

TODAY = vn_date(utc_now())


@pytest.fixture(autouse=True)
def _at_this_very_moment(world):
    """Pages read the clock themselves."""
    world.now = utc_now()


@pytest.fixture
def call(world):
    """A call that is open now and asks the communes to confirm."""
    return world.use_call(
        opens_at=utc_now() - timedelta(hours=1), closes_at=utc_now() + timedelta(days=5), needs_confirmation=True
    )


def latest(model):
    session = db_session()
    session.rollback()
    return session.query(model).order_by(model.id.desc()).first()


def link(page, words):
    """Return where the first link leads whose text begins so."""
    return next(a["href"] for a in page.soup.find_all("a") if " ".join(a.get_text(" ").split()).startswith(words))


def by_proxy(world, team):
    what = {"call_id": world.call, "team_id": team.id, "topic": TOPIC, "wish": rules.Wish(), "reason": "tổ nhờ"}
    return world.do(rules.register_need, by=world.clerk, **what).need.id


# -- leader and deputy


def test_a_leader_registers_in_three_taps(world, client, call):
    team = world.team()
    client.sign_in(team.accounts["leader"])

    topics = client.get(link(client.get("/tap-huan/"), "Đăng ký cho Tổ dân phố 1"))
    form_page = client.get(link(topics, "Dịch vụ công trực tuyến"))
    done = client.send(form_page.form(), 200, follow=True)

    need = latest(Need)
    assert "Đã đăng ký. Nhu cầu của tổ là số 1 trong đợt." in done.text
    assert (need.topic, need.nominee_ids, need.seats_wanted) == (TOPIC, [team.leader], 1)


def test_ticking_two_people_asks_for_two_places(world, client, call):
    team = world.team()
    client.sign_in(team.accounts["leader"])
    form = client.get(f"/tap-huan/dot/{call}/to/{team.id}/?chuyen-de={TOPIC}").form()

    client.send(form, nominees=[team.leader, team.deputy], half_days=["sang-cuoi-tuan"], mode="in_person")

    need = latest(Need)
    assert (need.seats_wanted, need.half_days, need.mode) == (2, ["sang-cuoi-tuan"], "in_person")


def test_only_those_the_call_invites_are_offered(world, client):
    call = world.use_call(who_may_go=["deputy"], topics=[TOPIC], opens_at=utc_now() - timedelta(hours=1))
    team = world.team()
    client.sign_in(team.accounts["leader"])

    page = client.get(f"/tap-huan/dot/{call}/to/{team.id}/")

    assert "Trần Văn Phó 1" in page.text
    assert "Lê Văn Viên 1" not in page.text
    ticked = [box["value"] for box in page.soup.find_all("input", {"name": "nominees"}) if box.has_attr("checked")]
    assert ticked == [str(team.deputy)]


def test_a_draft_is_kept_and_sent_later(world, client, call):
    team = world.team()
    client.sign_in(team.accounts["leader"])
    form = client.get(f"/tap-huan/dot/{call}/to/{team.id}/?chuyen-de={TOPIC}").form()

    page = client.send(form, 200, follow=True, nhap="1", note="nháp")
    assert "Đã lưu nháp." in page.text
    assert "Chưa có số thứ tự." in page.text
    page = client.send(page.form("/gui"), 200, follow=True)

    assert "Nhu cầu của tổ là số 1 trong đợt." in page.text
    assert (latest(Need).state, latest(Need).note) == ("submitted", "nháp")


def test_a_closed_call_says_so_instead_of_a_form(world, client, call):
    team = world.team()
    world.do(rules.close_call, by=world.officer, call_id=call, reason="đủ")
    client.sign_in(team.accounts["leader"])

    page = client.get(f"/tap-huan/dot/{call}/to/{team.id}/", 409)

    assert "thôi nhận đăng ký" in page.text
    assert "Hiện chưa có đợt nào mở." in client.get("/tap-huan/").text


def test_the_team_signs_or_objects_to_what_the_commune_registered(world, client, call):
    one, two = world.team(), world.team()
    signed, refused = by_proxy(world, one), by_proxy(world, two)

    client.sign_in(one.accounts["leader"])
    page = client.get(f"/tap-huan/nhu-cau/{signed}/")
    assert "Tổ không đồng ý?" in page.text
    page = client.send(page.form("/ky"), 200, follow=True)
    assert "Tổ trưởng Nguyễn Thị Trưởng 1 đã ký." in page.text
    assert "Tổ không đồng ý?" not in page.text

    client.sign_in(two.accounts["deputy"])
    form = client.get(f"/tap-huan/nhu-cau/{refused}/").form("/khong-dong-y")
    assert "Hãy ghi lý do." in client.send(form, 422).text
    page = client.send(form, 200, follow=True, reason="tổ không nhờ")
    assert "đã rút" in page.text
    assert world.need(refused).state == "withdrawn"


def test_the_leader_answers_a_proposal_and_a_deputy_reads_who_does(world, client, call):
    team = world.team()
    need_id = world.register(team, note="hai máy tính")
    world.register(team, "deputy", nominee_ids=(team.deputy,), note="hai máy tính", half_days=("sang-cuoi-tuan",))

    client.sign_in(team.accounts["deputy"])
    page = client.get(f"/tap-huan/nhu-cau/{need_id}/")
    assert "Đề xuất này do tổ trưởng hoặc cán bộ xã quyết định." in page.text
    assert "Nội dung anh/chị sửa sẽ là đề xuất" in page.text
    assert not [form for form in page.soup.find_all("form") if "de-xuat" in form["action"]]

    client.sign_in(team.accounts["leader"])
    page = client.get(f"/tap-huan/nhu-cau/{need_id}/")
    assert "Trần Văn Phó 1 đề xuất: cử Trần Văn Phó 1; buổi: buổi sáng cuối tuần." in page.text
    proposal = latest(NeedProposal).id
    page = client.send(page.form(f"/de-xuat/{proposal}/"), 200, follow=True)

    assert "Đã nhận đề xuất và sửa nhu cầu." in page.text
    assert world.need(need_id).nominee_ids == [team.deputy]


def test_the_clerk_refuses_a_proposal(world, client, call):
    team = world.team()
    need_id = world.register(team, note="một")
    world.register(team, "deputy", note="hai")
    client.sign_in(world.clerk.account_id)
    page = client.get(f"/tap-huan/nhu-cau/{need_id}/")
    form = [form for form in page.soup.find_all("form") if "de-xuat" in form["action"]][1]

    client.send(form)

    assert latest(NeedProposal).outcome == "refused"
    assert world.need(need_id).note == "một"


def test_a_leader_delegates_and_takes_it_back(world, client):
    team = world.team()
    client.sign_in(team.accounts["leader"])
    page = client.get(link(client.get("/tap-huan/"), "Ủy quyền cho tổ phó"))

    refused = client.send(page.form("uy-quyen"), 422, until=(TODAY - timedelta(days=1)).isoformat())
    assert "Ngày cuối phải từ hôm nay" in refused.text
    day = vn_date(utc_now())
    page = client.send(page.form("uy-quyen"), 200, follow=True, reason="đi công tác")
    assert f"Trần Văn Phó 1 được ủy quyền đến hết ngày {vn_day(day + timedelta(days=30))}." in page.text
    client.send(page.form("/thoi"))

    assert latest(Delegation).ended_at is not None
    client.sign_in(team.accounts["deputy"]).get(f"/tap-huan/to/{team.id}/uy-quyen", 409)


def test_a_need_that_can_no_longer_change_says_why(world, client, call):
    team = world.team()
    need_id = world.register(team)
    world.do(rules.confirm_need, by=world.clerk, need_id=need_id)
    world.group(world.plan(), need_id)
    client.sign_in(team.accounts["leader"])

    page = client.get(f"/tap-huan/nhu-cau/{need_id}/")

    assert "Không sửa nhu cầu được nữa." in page.text
    assert "Sửa nhu cầu" not in [a.get_text() for a in page.soup.find_all("a")]
    client.send(page.form("/rut"))
    assert world.need(need_id).state == "withdrawn"


def test_strangers_find_no_need_proposal_or_delegation(world, client, call):
    team, other = world.team(), world.team()
    need_id = by_proxy(world, team)
    world.register(team, note="của tổ trưởng")
    world.register(team, "deputy", note="của tổ phó")
    proposal = latest(NeedProposal).id
    given = world.do(
        rules.delegate, by=team.by("leader"), team_id=team.id, person_id=team.deputy, until=TODAY + timedelta(days=2)
    ).id

    client.sign_in(other.accounts["leader"])
    client.get(f"/tap-huan/nhu-cau/{need_id}/", 404)
    for deed in (f"nhu-cau/{need_id}/ky", f"nhu-cau/{need_id}/gui", f"nhu-cau/{need_id}/rut",
                 f"de-xuat/{proposal}/", f"uy-quyen/{given}/thoi"):  # fmt: skip
        client.post(f"/tap-huan/{deed}", status=404)
    client.post(f"/tap-huan/nhu-cau/{need_id}/khong-dong-y", {"reason": "thử"}, status=404)
    client.get(f"/tap-huan/to/{team.id}/uy-quyen", 404)
    for stranger in (clerk("00004"), officer("01")):
        client.sign_in(stranger)
        client.get(f"/tap-huan/nhu-cau/{need_id}/", 404)
        client.get(f"/tap-huan/dot/{call}/cach-xep", 404)
    client.sign_in(clerk("00004"))
    client.post("/quan-ly/tap-huan/xa/xac-nhan", {"needs": str(need_id)}, status=404)
    client.sign_in(officer("01"))
    for page in ("sua", "xa"):
        client.get(f"/quan-ly/tap-huan/dot/{call}/{page}", 404)
    for deed in ("mo", "khep-lai", "xa"):
        client.post(f"/quan-ly/tap-huan/dot/{call}/{deed}", status=404)
    client.post(f"/quan-ly/tap-huan/dot/{call}/dong", {"reason": "thử"}, status=404)
    assert world.need(need_id).state == "submitted"


def test_everybody_of_the_province_reads_how_places_are_given_out(world, client):
    world.use_call(order="fair", weights={"remote": 7})
    seed = db_session().get(Call, world.call).seed
    team = world.team()

    for account in (team.accounts["member"], world.clerk.account_id, trainer(), world.officer.account_id):
        page = client.sign_in(account).get(f"/tap-huan/dot/{world.call}/cach-xep")
        assert "Sóng yếu không bị thiệt." in page.text
        assert "Xã đi lại khó khăn +7" in page.text
        assert seed in page.text

    first_come = world.use_call(order="first_come")
    page = client.get(f"/tap-huan/dot/{first_come}/cach-xep")
    assert "Tổ nào đăng ký trước thì được xếp trước" in page.text
    assert "Điểm của tổ" not in page.text


# -- the commune


def test_the_clerk_confirms_all_and_reads_what_was_left(world, client, call):
    one, two = world.team(), world.team()
    good = world.register(one)
    bad = world.register(two, nominee_ids=(two.member,))
    in_unit(lambda s: s.query(Membership).filter_by(person_id=two.member).update({"left_at": NOON}))
    client.sign_in(world.clerk.account_id)
    page = client.get("/quan-ly/tap-huan/xa/")
    assert "Chưa xác nhận được. Có người được cử không còn trong tổ." in page.text
    assert page.text.index("Chờ xã xác nhận") < page.text.index("Đăng ký thay tổ")

    page = client.send(page.form("xa/xac-nhan"), 200, follow=True)

    assert "Đã xác nhận 1 nhu cầu." in page.text
    assert "Tổ dân phố 2: Có người được cử không còn trong tổ." in page.text
    assert [world.need(n).state for n in (good, bad)] == ["confirmed", "submitted"]


def test_what_was_registered_after_the_page_was_opened_is_not_confirmed_unseen(world, client, call):
    seen = world.register(world.team())
    client.sign_in(world.clerk.account_id)
    form = client.get("/quan-ly/tap-huan/xa/").form("xa/xac-nhan")
    unseen = world.register(world.team())

    client.send(form)

    assert [world.need(n).state for n in (seen, unseen)] == ["confirmed", "submitted"]


def test_the_clerk_may_give_back_but_is_not_offered_to_say_no(world, client, call):
    need_id = world.register(world.team())
    client.sign_in(world.clerk.account_id)
    page = client.get(f"/quan-ly/tap-huan/nhu-cau/{need_id}/tra-loi")
    assert "Không duyệt" not in page.text

    client.send(page.form(), 422, answer="reject", reason="trùng")
    client.send(page.form(), answer="return", reason="thiếu người được cử")

    assert world.need(need_id).state == "returned"


def test_the_clerk_registers_with_the_paper_the_team_sent_and_withdraws_with_a_reason(world, client, call):
    team = world.team()
    client.sign_in(world.clerk.account_id)
    form = client.get(f"/tap-huan/dot/{call}/to/{team.id}/?chuyen-de={OTHER_TOPIC}").form()

    client.send(form, paper_reference="Giấy 05/ĐK-TCN")
    need = latest(Need)
    assert (need.topic, need.paper_reference) == (OTHER_TOPIC, "Giấy 05/ĐK-TCN")
    page = client.get(f"/tap-huan/nhu-cau/{need.id}/")
    assert "Xã đăng ký thay. Theo giấy: Giấy 05/ĐK-TCN." in page.text
    client.send(page.form("/rut"), reason="tổ báo lại")

    assert world.need(need.id).state == "withdrawn"


# -- the office


def test_an_officer_keeps_a_draft_mends_it_and_opens_it(world, client):
    team = world.team()
    client.sign_in(world.officer.account_id)
    form = client.get("/quan-ly/tap-huan/dot-moi").form("dot-moi")
    ends = TODAY + timedelta(days=9)
    page = client.send(form, 200, follow=True, nhap="1", title="Đợt nháp", topics=[TOPIC], closes_on=ends.isoformat())
    call = latest(Call)
    assert "Đã lưu nháp. Các tổ chưa thấy đợt này." in page.text
    assert (call.state, call.who_may_go, call.needs_confirmation, call.weights) == (
        "draft",
        ["leader", "deputy"],
        True,
        {},
    )
    client.sign_in(team.accounts["leader"]).get(f"/tap-huan/dot/{call.id}/to/{team.id}/", 404)

    client.sign_in(world.officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/dot/{call.id}/sua")
    assert page.form().find("input", {"name": "closes_on"})["value"] == ends.isoformat()
    client.send(page.form(), title="Đợt thật", order="first_come", remote="5")
    page = client.send(client.get(f"/quan-ly/tap-huan/dot/{call.id}/").form("/mo"), 200, follow=True)

    call = latest(Call)
    assert (call.title, call.state, call.order, call.weights["remote"]) == ("Đợt thật", "open", "first_come", 5)
    assert "Đợt thật" in client.sign_in(team.accounts["leader"]).get("/tap-huan/").text


def test_a_call_that_does_not_hold_keeps_what_was_typed(world, client):
    client.sign_in(world.officer.account_id)
    form = client.get("/quan-ly/tap-huan/dot-moi").form("dot-moi")

    page = client.send(form, 422, title="Đợt dở", topics=[TOPIC], closes_on=(TODAY - timedelta(days=2)).isoformat())

    assert "Hạn đăng ký phải sau lúc mở" in page.text
    assert page.form("dot-moi").find("input", {"name": "title"})["value"] == "Đợt dở"
    assert db_session().query(Call).count() == 0


def test_an_open_call_is_renamed_extended_closed_and_archived(world, client, call):
    world.register(world.team())
    client.sign_in(world.officer.account_id)
    path = f"/quan-ly/tap-huan/dot/{call}/"
    assert "Đóng đợt rồi mới khép lại được." in client.get(path).text

    client.send(client.get(path + "sua").form(), title="Đợt đổi tên")
    client.send(client.get(path).form("gia-han"), closes_on=(TODAY + timedelta(days=20)).isoformat(), reason="mưa lũ")
    assert "Hãy ghi lý do." in client.send(client.get(path).form("dong"), 422).text
    client.send(client.get(path).form("dong"), reason="đủ người")
    page = client.send(client.get(path).form("khep-lai"), 200, follow=True)

    assert "1 nhu cầu chưa có chỗ được giữ cho đợt sau." in page.text
    assert page.h1 == "Đợt đổi tên"
    assert latest(Call).state == "archived"


def test_the_demand_stands_beside_the_places_of_classes(world, client, call):
    world.register(world.team(), seats_wanted=2)
    world.plan(capacity=30)
    client.sign_in(world.officer.account_id)

    page = client.get(f"/quan-ly/tap-huan/dot/{call}/")

    assert "Hạc Thành 2 0 2" in page.text
    page = client.get(link(page, "Hạc Thành"))
    assert "Chỉ hiện một xã, phường." in page.text
    assert "1 Tổ dân phố 1 Hạc Thành" in page.text
    assert "1 Tổ dân phố 1 Hạc Thành" not in client.get(f"/quan-ly/tap-huan/dot/{call}/?xa=00004").text
    assert "Chỗ ở các lớp đã lập 30 0 30" in page.text
    assert "Còn 1 lớp của đợt chưa xong" not in page.text


def test_the_officer_arranges_communes_in_one_table_with_suggested_clusters(world, client, call):
    world.register(world.team())
    client.sign_in(world.officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/dot/{call}/xa")

    page = client.send(page.form(), 200, **{"goi-y": "1"})
    assert "Chưa lưu." in page.text
    assert page.form().find("input", {"name": f"cluster_{HAC_THANH}"})["value"].startswith("Cụm")
    assert db_session().query(CallCommune).count() == 0
    bad = client.send(page.form(), 422, **{f"reserve_{HAC_THANH}": "hai"})
    assert "Hạc Thành: số chỗ để dành phải là số" in bad.text
    client.send(
        page.form(), **{f"cluster_{HAC_THANH}": "Cụm ven biển", f"remote_{HAC_THANH}": "1", f"reserve_{HAC_THANH}": "2"}
    )

    row = db_session().get(CallCommune, (call, HAC_THANH))
    assert (row.cluster, row.is_remote, row.reserve) == ("Cụm ven biển", True, 2)


def test_a_leader_of_two_teams_chooses_for_which(world, client, call):
    one, two = world.team(), world.team()
    member_of(two.id, "Vũ Thị Khác", "deputy")
    in_unit(lambda s: s.add(Membership(team_id=two.id, person_id=one.leader, role="deputy", joined_at=NOON)))
    client.sign_in(one.accounts["leader"])

    page = client.get("/tap-huan/")

    assert "Đăng ký cho Tổ dân phố 1" in page.text
    assert "Đăng ký cho Tổ dân phố 2" in page.text
