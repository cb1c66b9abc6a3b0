"""A clerk loads the roster of the commune: looks it over row by row, writes it, and takes it out again."""

import io
import json

import openpyxl
import pytest

from lms.journal.models import JournalEntry
from lms.people.models import Person
from tests.journeys.conftest import DESK, NARROW_DESK
from tests.lms.teams.files import S1_PEOPLE, s1_xlsx, s2_docx, s2_rows

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

VAN_LANG = "02143"
FORM_S1 = s1_xlsx(merge=("B9:B12", "C9:C12", "D9:D12"), above=3)
WRITTEN = "Đã ghi danh sách"


@pytest.fixture(scope="module")
def clerk(school, enter):
    school.arrange(
        "society", teams={},
        staff=[{"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": VAN_LANG}],
    )  # fmt: skip
    return enter("can-bo-xa", "0914000001", DESK)


def load(clerk, name, data):
    clerk.open("/quan-ly/danh-sach/tai-len").attach("Tệp danh sách", name, data).send("Đọc tệp")
    return clerk


def dry_run(clerk, name, data):
    return load(clerk, name, data).wait_for("Xem trước danh sách")


def test_a_workbook_with_merged_cells_becomes_teams_after_a_look_at_every_row(clerk):
    clerk.open("/quan-ly/to/")
    assert "Chưa có tổ nào" in clerk.text
    clerk.press("Nạp danh sách")
    assert "Chưa ghi gì cho đến khi" in clerk.text

    dry_run(clerk, "danh-sach-to.xlsx", FORM_S1)
    rows = {name: " ".join(clerk.table_row(name).inner_text().split()) for name in ("Hoàng Thị Hoà", "H'Hen Niê")}
    assert "Mới" in rows["Hoàng Thị Hoà"]
    assert "Tổ trưởng" in rows["Hoàng Thị Hoà"]
    assert "Chưa có số" in rows["H'Hen Niê"]
    assert "7 Mới" in clerk.numbers()
    assert "Dòng ví dụ của mẫu" in clerk.text

    clerk.send("Ghi danh sách")
    assert clerk.h1 == WRITTEN
    clerk.press("Xem các tổ")
    assert "Hoàng Thị Hoà" in clerk.table_row("Thôn 1").inner_text()
    assert "2 tổ" in clerk.text
    clerk.press("Thôn 1")
    assert "0914 994 ***" in clerk.text
    assert "0914 994 123" not in clerk.text
    clerk.send("Hiện số điện thoại để gọi")
    assert clerk.page.locator("a[href='tel:0914994123']").is_visible()


def test_the_same_file_again_changes_nothing(clerk):
    dry_run(clerk, "danh-sach-to.xlsx", FORM_S1)
    assert {"0 Mới", "0 Thay đổi"} <= set(clerk.numbers())
    assert "Tệp này không làm thay đổi gì" in clerk.text


def test_a_document_of_one_hamlet_adds_its_team_and_leaves_the_others_alone(clerk):
    dry_run(clerk, "phu-luc.docx", s2_docx())
    assert "4 Mới" in clerk.numbers()
    assert "0 Không còn trong tệp" in clerk.numbers()
    clerk.send("Ghi danh sách").press("Xem các tổ")
    assert "3 tổ" in clerk.text
    clerk.page.get_by_role("link", name="Đồng Tâm").click()
    assert "Phạm Thị Lan" in clerk.look().text


def test_what_is_taken_out_reads_back_without_a_change(clerk):
    clerk.open("/quan-ly/to/")
    data = clerk.order("Xuất danh sách")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = {cell for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"Hoàng Thị Hoà", "Y Bih Êban", "Phạm Thị Lan"} <= cells
    dry_run(clerk, "xuat-ra.xlsx", data)
    assert {"0 Mới", "0 Thay đổi", "0 Không còn trong tệp"} <= set(clerk.numbers())

    clerk.open("/quan-ly/to/").choose("Mẫu danh sách", clerk.page.locator("#layout option").nth(1).inner_text())
    clerk.choose("Loại tệp", "Word (.docx)")
    dry_run(clerk, "xuat-ra.docx", clerk.order("Xuất danh sách"))
    assert {"0 Mới", "0 Thay đổi", "0 Không còn trong tệp"} <= set(clerk.numbers())


def test_a_wrong_file_ends_in_a_clear_sentence_and_nothing_changes(school, clerk):
    before = school.count(Person)
    nothing_changed = "Danh sách của tổ chưa thay đổi gì"

    load(clerk, "danh-sach.xlsx", b"MZ\x90\x00" + b"\x00" * 400)
    assert "Đây là một chương trình máy tính, không phải danh sách tổ." in clerk.text
    assert nothing_changed in clerk.text
    load(clerk, "trong.xlsx", b"")
    assert "trống" in clerk.text
    load(clerk, "nua-tep.xlsx", FORM_S1[: len(FORM_S1) // 2]).wait_for("Chưa nhận được tệp này")
    assert nothing_changed in clerk.text
    other = [(*row[:1], "Xã Xuân Bình" if row[1] == "Xã Văn Lang" else row[1], *row[2:]) for row in S1_PEOPLE[4:]]
    load(clerk, "xa-khac.xlsx", s1_xlsx(other)).wait_for("Xã Xuân Bình")
    assert clerk.page.get_by_role("button", name="Ghi danh sách").count() == 0
    assert school.count(Person) == before


def test_pressing_twice_or_going_back_writes_the_roster_once(school, clerk):
    names = ("Đinh Văn Một", "Đinh Thị Hai")
    dry_run(clerk, "xom-moi.docx", s2_docx(s2_rows(names, ("0912000011", "0912000012")), unit="Đơn vị: Xóm Mới"))
    people, written = school.count(Person), _written(school)
    clerk.press_twice("Ghi danh sách")
    assert clerk.h1 == WRITTEN
    assert (school.count(Person), _written(school)) == (people + 2, written + 1)

    clerk.page.go_back()
    if clerk.page.get_by_role("button", name="Ghi danh sách").count():
        clerk.send("Ghi danh sách")
    assert (school.count(Person), _written(school)) == (people + 2, written + 1)


def test_two_clerks_who_load_at_once_do_not_double_anybody(school, clerk, enter):
    school.arrange(
        "society", teams={},
        staff=[{"name": "Lê Thị Phó", "phone": "0914000002", "role": "clerk", "area": VAN_LANG}],
    )  # fmt: skip
    other = enter("can-bo-xa-2", "0914000002", DESK)
    data = s2_docx(s2_rows(("Bùi Văn Ba",), ("0912000021",)), unit="Đơn vị: Xóm Chung")
    dry_run(clerk, "chung.docx", data)
    dry_run(other, "chung.docx", data)
    before = school.count(Person)
    clerk.send("Ghi danh sách")
    other.send("Ghi danh sách")
    assert other.h1 in (WRITTEN, "Chưa làm được việc này")
    assert school.count(Person) == before + 1
    other.open("/quan-ly/danh-sach/")
    assert "chung.docx" in other.text


def test_every_page_fits_a_narrow_window_too(school, clerk, enter):
    narrow = enter("can-bo-xa-hep", "0914000001", NARROW_DESK)
    for path in ("/quan-ly/to/", "/quan-ly/danh-sach/", "/quan-ly/danh-sach/tai-len", "/quan-ly/danh-sach/1"):
        narrow.open(path)
    narrow.open("/quan-ly/to/").press("Thôn 1").press("Sửa")
    narrow.open("/quan-ly/to/").press("Thôn 1").press("Đổi tên, gộp tổ")
    assert json.loads(school.flask("learning", "audit", "--json"))["agree"]


def _written(school):
    return school.count(JournalEntry, JournalEntry.verb == "confirm_roster")
