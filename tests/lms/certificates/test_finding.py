"""An officer finds one certificate, and comes through all lists, however many there are."""

from sqlalchemy import update

from lms.certificates import list_pages
from lms.certificates.finding import find_certificates
from lms.certificates.models import ApprovalList
from lms.db import in_unit
from lms.people.models import Person
from lms.teams.models import Team
from tests.factories import THANH_HOA, clerk, officer
from tests.lms.certificates.issued import issue
from tests.lms.certificates.world import SKILL, accept, certificates, learned, propose_about

FIND = "/quan-ly/chung-nhan/tim"
OFFICE = "/quan-ly/chung-nhan/"


def found(session, typed, *, provinces=(THANH_HOA,), limit=50):
    return [row.id for row in find_certificates(session, provinces, typed, limit=limit)]


def test_a_certificate_is_found_by_its_number_alone_or_with_its_year(session):
    first, second = issue(), issue()
    number = first.number

    assert found(session, f" {number} ") == found(session, f"{number:04d}") == [first.id]
    assert found(session, f"{number:04d}/{2026 + number}") == [first.id]
    assert found(session, f"{number:04d}/{2026 + number}/GCN-SKHCN") == [first.id]
    assert found(session, f"{number:04d}/1999") == []
    assert found(session, str(second.number)) == [second.id]


def test_a_certificate_is_found_by_its_code_however_it_is_typed(session):
    row = issue()

    for typed in (row.public_id, row.public_id.lower(), row.snapshot["code"], row.snapshot["code"].replace("-", " ")):
        assert found(session, typed) == [row.id]


def test_a_certificate_is_found_by_the_name_with_and_without_marks_and_by_a_part_of_it(session):
    first, second = issue(name="Nguyễn Thị Đẹp"), issue(name="Lê Văn Tám")

    for typed in ("Nguyễn Thị Đẹp", "nguyen thi dep", "THỊ ĐẸP"):
        assert found(session, typed) == [first.id]
    assert found(session, "văn") == [second.id]
    assert found(session, "%") == found(session, "_") == found(session, "  ") == []


def test_whose_name_is_no_longer_kept_is_found_by_what_the_paper_says(session):
    row = issue(name="Nguyễn Thị Đẹp")
    in_unit(lambda s: s.execute(update(Person).values(full_name="", fold="")))

    assert found(session, "Nguyễn Thị Đẹp") == [row.id]


def test_a_team_is_found_by_its_name(session):
    learned()
    team = in_unit(lambda s: s.query(Team.id).scalar())
    accept(propose_about("team", SKILL, [f"team:{team}:{SKILL}"]))

    assert found(session, "thon 1") == [certificates()[0].id]


def test_no_officer_finds_what_is_of_another_province(session):
    row = issue()

    assert found(session, row.public_id, provinces=["52"]) == found(session, "Đẹp", provinces=["52"]) == []


def test_the_newest_come_first_and_no_more_than_asked_for(session):
    rows = [issue().id for _ in range(3)]

    assert found(session, "Đẹp", limit=2) == [rows[2], rows[1]]


def test_the_officer_types_a_name_and_opens_the_certificate(client):
    row = issue("revoked")
    client.sign_in(officer())

    form = client.get(client.get(OFFICE).soup.find("a", string="Tìm một giấy")["href"]).form("/tim")
    page = client.get(f"{form['action']}?{form.input['name']}=nguyen+thi+dep")

    assert "1 giấy" in page.text
    assert "Đã thu hồi" in page.text
    assert client.get(page.soup.find("a", string=row.snapshot["number"])["href"]).h1.endswith(row.snapshot["number"])
    assert "Không có giấy nào" in client.get(f"{FIND}?tim=khong+ai").text


def test_of_many_that_fit_the_page_says_that_there_are_more(client, monkeypatch):
    monkeypatch.setattr("lms.certificates.finding_pages._SHOWN", 1)
    issue()
    issue()
    client.sign_in(officer())

    assert "Có nhiều giấy khớp" in client.get(f"{FIND}?tim=dep").text


def test_a_clerk_does_not_search_the_province(client):
    client.sign_in(clerk())

    client.get(f"{FIND}?tim=dep", status=403)


def test_an_officer_leafs_through_all_lists(client, monkeypatch):
    monkeypatch.setattr(list_pages, "_SHOWN_LISTS", 2)
    for number in range(3):
        issue()
        named = update(ApprovalList).where(ApprovalList.title == "").values(title=f"L{number}")
        in_unit(lambda s, named=named: s.execute(named))
    client.sign_in(officer())

    newest = client.get(OFFICE)
    older = client.get(newest.soup.find("a", string="Danh sách cũ hơn")["href"])

    titles = [
        [cell.get_text() for cell in page.soup.select("td[data-label='Danh sách'] a")] for page in (newest, older)
    ]
    assert titles == [["L2", "L1"], ["L0"]]
    assert older.soup.find("a", string="Danh sách cũ hơn") is None
    assert client.get(older.soup.find("a", string="Danh sách mới hơn")["href"]).text == newest.text
