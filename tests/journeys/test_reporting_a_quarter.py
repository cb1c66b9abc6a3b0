"""The officer opens the province's page and takes the quarter out as a workbook and a paper; all numbers agree."""

import io
import json

import openpyxl
import pytest

from tests.journeys.conftest import DESK, NARROW_DESK
from tests.journeys.papers import words

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

COMMUNES, PROVINCE = ("14797", "14845"), "38"


@pytest.fixture(scope="module")
def made(school):
    """Two communes with a team each, and a class that three people finished."""
    teams = {
        f"Tổ {at}": {
            "commune": commune,
            "people": [("leader", f"Hoàng Thị {at} Hoà", f"091499410{at}"), ("deputy", f"Lò Văn {at} Tống", None),
                       ("member", f"Vi Thị {at} Mai", None)],
        }
        for at, commune in enumerate(COMMUNES)
    }  # fmt: skip
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": PROVINCE},
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNES[0]},
    ]
    made = school.arrange("society", teams=teams, staff=staff)
    people = made["people"]
    school.arrange("pass_lessons", people=[people[name]["account"] for name in ("Hoàng Thị 0 Hoà", "Vi Thị 1 Mai")])
    going = [
        [made["teams"]["Tổ 0"], people["Hoàng Thị 0 Hoà"]["account"], people["Hoàng Thị 0 Hoà"]["person"],
         people["Vi Thị 0 Mai"]["person"]],
        [made["teams"]["Tổ 1"], people["Hoàng Thị 1 Hoà"]["account"], people["Lò Văn 1 Tống"]["person"]],
    ]  # fmt: skip
    school.arrange(
        "finished_class", officer=people["Lê Thị Sở"]["account"], trainer=people["Hoàng Thị Giảng"]["account"],
        teams=going,
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def officer(made, enter):
    return enter("can-bo-so-bao-cao", "0914000002", DESK)


def on_screen(page):
    """Return the numbers of the report's page: row name → column key → number."""
    found: dict[str, dict[str, str]] = {}
    for row in page.locator("main table tbody tr").all():
        name = " ".join(row.locator("th").inner_text().split())
        cells = found.setdefault(name, {})
        for cell in row.locator("td").all():
            cells[cell.get_attribute("data-column")] = cell.inner_text().strip()
    return found


def as_number(shown):
    """Return a number as Vietnamese papers write it: "1.234", "33,3%"."""
    return float(shown.rstrip("%").replace(".", "").replace(",", "."))


def test_screen_workbook_paper_and_program_say_the_same(school, officer):
    officer.open(f"/quan-ly/tinh/{PROVINCE}/")
    assert officer.page.locator("svg.chart[role=img]").first.is_visible()
    assert "2 tổ" in officer.numbers()
    assert "6 người" in officer.numbers()
    officer.press("Xem báo cáo")
    period = officer.path.rstrip("/").rpartition("/")[2]
    program = json.loads(school.flask("report", period, "--area", PROVINCE, "--json"))

    screen = on_screen(officer.page)
    assert "có 2 tổ công nghệ số cộng đồng với 6 người" in officer.text
    for line in [program["total"], *program["rows"]]:
        for key, number in line["numbers"].items():
            assert as_number(screen[line["name"]][key]) == number, (line["name"], key)

    book = openpyxl.load_workbook(io.BytesIO(officer.download("Tải bảng tính (.xlsx)")), data_only=False)
    cells = [[cell for cell in row if cell is not None] for sheet in book for row in sheet.iter_rows(values_only=True)]
    for line in program["rows"]:
        row = next(cells_of for cells_of in cells if line["name"] in cells_of)
        counts = [number for number in line["numbers"].values() if isinstance(number, int)]
        assert [value for value in row if isinstance(value, int)][-len(counts) :] == counts, line["name"]

    assert json.loads(officer.download("Tải số liệu (.json)"))["rows"] == program["rows"]
    said = words(officer.order("Lập báo cáo để ký (PDF)"))
    for line in program["rows"]:
        assert line["name"] in said
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in said
    assert "Độc lập" in said


def test_the_clerk_reports_the_commune_only(made, enter):
    clerk = enter("can-bo-xa-bao-cao", "0914000001", DESK).open(f"/quan-ly/xa/{COMMUNES[0]}/")
    assert "3 người" in clerk.numbers()
    clerk.press("Xem báo cáo")
    assert "Tổ 0" in clerk.text
    assert "Tổ 1" not in clerk.text
    clerk.open(f"/quan-ly/tinh/{PROVINCE}/")
    assert clerk.h1 == "Trang này không dành cho tài khoản của anh/chị"


def test_the_pages_fit_a_narrow_window_too(made, enter):
    narrow = enter("can-bo-so-bao-cao-hep", "0914000002", NARROW_DESK).open(f"/quan-ly/tinh/{PROVINCE}/")
    narrow.press("Xem báo cáo")
