"""Somebody is shown a certificate: they scan it, compare it, and learn whether it is true; and its holder shares it."""

import pytest

from lms.certificates.models import ShareLink
from lms.certificates.public_id import grouped
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE, SMALL

pytestmark = pytest.mark.browser

PROVINCE, COMMUNE = "38", "14797"
NAME, MASKED = "Nguyễn Thị Đẹp", "N***** T** Đ**"


@pytest.fixture(scope="module")
def made(school):
    """Two people who completed a class and were certified, the second one's certificate revoked since."""
    people = [("leader", NAME, "0914994110"), ("member", "Lê Văn Gian", "0914994112")]
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Đỗ Thị Hai", "phone": "0914000004", "role": "officer", "area": PROVINCE},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": PROVINCE},
    ]
    teams = {"Tổ dân phố 1": {"commune": COMMUNE, "people": people}}
    made = school.arrange("society", teams=teams, staff=staff)
    ids = {name: one["account"] for name, one in made["people"].items()}
    going = [made["people"][name]["person"] for _, name, _ in people]
    held = school.arrange(
        "finished_class", officer=ids["Lê Thị Sở"], trainer=ids["Hoàng Thị Giảng"],
        teams=[[made["teams"]["Tổ dân phố 1"], ids[NAME], *going]], title="Lớp dịch vụ công 01",
    )  # fmt: skip
    two = {"proposer": ids["Lê Thị Sở"], "approver": ids["Đỗ Thị Hai"]}
    issued = school.arrange("certified", class_id=held["class"], **two)
    by_name = {one["name"]: one for one in issued}
    school.arrange(
        "revoked", certificate=by_name["Lê Văn Gian"]["id"], asker=ids["Lê Thị Sở"], accepter=ids["Đỗ Thị Hai"]
    )
    return {"good": by_name[NAME], "bad": by_name["Lê Văn Gian"]}


@pytest.fixture(scope="module")
def holder(made, enter):
    return enter("nguoi-duoc-cap", "0914994110", PHONE)


@pytest.fixture(scope="module")
def paper(made, holder):
    """The file as its holder downloaded it."""
    holder.open("/chung-nhan/")
    return holder.download("Tải giấy chứng nhận (PDF)")


def test_a_scanned_code_says_first_whether_the_paper_is_true(made, visit):
    for name, device in (("nguoi-xem-dien-thoai", PHONE), ("nguoi-xem-may-nho", SMALL), ("nguoi-xem-may-tinh", DESK)):
        stranger = visit(name, device).open(f"/V/{made['good']['public_id']}")
        assert stranger.h1 == "Hợp lệ"
        assert stranger.page.locator("h1").bounding_box()["y"] < 300
        assert MASKED in stranger.text
        assert NAME not in stranger.page.content()


def test_a_revoked_paper_and_an_invented_one_are_told_apart(made, visit):
    stranger = visit("nguoi-xem-giay-thu-hoi", PHONE).open(f"/V/{made['bad']['public_id']}")
    assert stranger.h1 == "Đã thu hồi"
    assert "52/QĐ-SKHCN" in stranger.text
    assert "Gian lận" in stranger.text
    stranger.open("/v/XINCHAO")
    assert stranger.h1 == "Không có giấy này"


def test_a_code_is_typed_wrongly_then_rightly(made, visit):
    stranger = visit("nguoi-go-ma", NARROW_DESK, scripts=False).open("/v")
    code = grouped(made["good"]["public_id"])
    stranger.fill("Mã kiểm tra", code[:-1]).send("Kiểm tra")
    assert "Anh/chị đã gõ 20 ký tự" in stranger.text
    stranger.fill("Mã kiểm tra", code.lower()).send("Kiểm tra")
    assert stranger.h1 == "Hợp lệ"


def test_the_name_on_the_paper_is_confirmed(made, visit):
    stranger = visit("nguoi-xac-nhan-ten", PHONE, scripts=False).open(f"/v/{made['good']['public_id']}")
    stranger.fill("Họ và tên in trên giấy", "nguyen thi dep").send("Xác nhận tên")
    assert "Khớp không dấu." in stranger.text
    stranger.fill("Họ và tên in trên giấy", "Trần Thị Đẹp").send("Xác nhận tên")
    assert "Không khớp." in stranger.text
    stranger.fill("Họ và tên in trên giấy", NAME).send("Xác nhận tên")
    assert "Khớp. Tên vừa gõ đúng" in stranger.text


def test_a_file_is_compared_on_the_phone_and_never_leaves_it(made, paper, visit):
    stranger = visit("nguoi-so-tep", PHONE).open(f"/v/{made['good']['public_id']}")
    assert "tệp không gửi đi đâu cả" in stranger.text
    sent = []
    stranger.page.on("request", lambda request: sent.append(request.url))
    for data, told in (
        (paper, "Đúng tệp đã cấp."),
        (paper + b"\n1 0 obj\n<<>>\nendobj\n", "Tệp đã bị sửa sau khi cấp."),
        (paper.replace(b"%%EOF", b"%%E0F"), "Không phải tệp đã cấp."),
    ):
        stranger.attach("Tệp giấy chứng nhận", "giay.pdf", data).page.get_by_role("button", name="So tệp").click()
        stranger.page.get_by_text(told).wait_for()
        stranger.look()
    assert sent == []


def test_without_scripts_the_file_is_sent_and_the_answer_is_the_same(made, paper, visit):
    stranger = visit("nguoi-gui-tep", DESK, scripts=False).open(f"/v/{made['good']['public_id']}")
    assert "rồi bỏ ngay, không giữ lại" in stranger.text
    for data, told in ((paper, "Đúng tệp đã cấp."), (paper + b" ", "Tệp đã bị sửa sau khi cấp.")):
        stranger.attach("Tệp giấy chứng nhận", "giay.pdf", data).send("So tệp")
        assert told in stranger.text


def test_the_holder_shares_the_name_and_takes_it_back(made, holder, school, visit):
    holder.open("/chung-nhan/").press("Chia sẻ")
    holder.tick("7 ngày").send("Tạo liên kết")
    link = holder.page.get_by_label("Liên kết để gửi").input_value()
    assert "chỉ hiện một lần" in holder.text
    path = link.removeprefix(school.environment["LMS_PUBLIC_URL"])

    friend = visit("nha-tuyen-dung", DESK).open(path)
    assert friend.h1 == "Hợp lệ"
    assert NAME in friend.text

    holder.open(f"/chung-nhan/{made['good']['public_id']}/chia-se").send("Thu lại liên kết này")
    assert "Đã thu lại liên kết" in holder.text
    friend.open(path)
    assert "Liên kết này không còn dùng được" in friend.text
    assert NAME not in friend.page.content()
    assert school.count(ShareLink, ShareLink.withdrawn_at.is_not(None)) == 1
