"""The pages of reports: who sees which area, the picture, the files."""

import pytest
from sqlalchemy import event, select

from lms.areas.models import Area
from lms.journal.models import JournalEntry
from lms.reports.queries import commune_overview, province_overview
from tests.factories import HAC_THANH, THANH_HOA, clerk, make_account, make_person, member_of, officer

from . import town

PROVINCE = f"/quan-ly/tinh/{THANH_HOA}/"
COMMUNE = f"/quan-ly/xa/{HAC_THANH}/"
REPORT = f"/quan-ly/bao-cao/{THANH_HOA}/2026-Q4/"


@pytest.fixture
def full(app):
    return town.small_province_with_classes()


def test_the_officer_sees_the_province_in_numbers_picture_and_table(full, client):
    page = client.sign_in(officer()).get(PROVINCE)
    assert page.h1 == "Kết quả học của tỉnh Thanh Hoá"
    assert "3 tổ" in page.text
    assert "6 người" in page.text
    picture = page.soup.select_one("svg[role=img]")
    assert picture.title.get_text().startswith("Biểu đồ")
    rows = [[c.get_text(strip=True) for c in row(["th", "td"])] for row in page.soup.select("#bang tbody tr")]
    assert ["phường Hạc Thành", "2", "4", "2", "50%"] in rows
    assert ["xã Mường Lát", "1", "3", "3", "100%"] in rows
    assert rows[-1][2:] == ["6", "4", "66,7%"]


def test_another_skill_is_chosen_by_a_plain_link(full, client):
    client.sign_in(officer())
    page = client.get(PROVINCE)
    link = next(a for a in page.soup.select("a.chip") if a.get_text() == "Kỹ năng 2")
    other = client.get(link["href"])
    rows = [[c.get_text(strip=True) for c in row(["th", "td"])] for row in other.soup.select("#bang tbody tr")]
    assert rows[-1][3] == "1"


def test_every_commune_of_the_table_leads_to_its_page(full, client):
    client.sign_in(officer())
    links = [a["href"] for a in client.get(PROVINCE).soup.select("#bang a")]
    assert COMMUNE in links
    for link in links:
        client.get(link)


def test_very_many_communes_are_drawn_as_a_strip_and_both_ends(app, client):
    town.two_skills()
    communes = [c for (c,) in town_communes(60)]
    for number, code in enumerate(communes):
        person = make_person(f"Người {number}")
        town.team_of(code, "Thôn 1", person)
        if number % 3 == 0:
            town.complete(person, town.IN_Q4)
    town.recount()
    page = client.sign_in(officer()).get(PROVINCE)
    strip, lowest, highest = page.soup.select("svg[role=img]")
    assert len(strip.find_all("rect")) == 60
    assert len(lowest.find_all("text")) == len(highest.find_all("text")) == 40


def town_communes(count):
    from lms.db import db_session

    query = select(Area.code).where(Area.parent_code == THANH_HOA).order_by(Area.code).limit(count)
    return db_session().execute(query).all()


def test_a_province_without_teams_says_what_will_be_here(app, client):
    town.two_skills()
    page = client.sign_in(officer()).get(PROVINCE)
    assert "Chưa có tổ nào" in page.text
    client.get(REPORT)


def test_a_clerk_sees_the_own_commune_by_team(full, client):
    page = client.sign_in(clerk()).get(COMMUNE)
    assert "Tổ KP1" in page.text
    assert "Bản Pù Nhi" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        PROVINCE,
        f"/quan-ly/xa/{town.MUONG_LAT}/",
        f"/quan-ly/bao-cao/{town.MUONG_LAT}/2026-Q4/",
        f"/quan-ly/bao-cao/{town.MUONG_LAT}/2026-Q4.xlsx",
        f"/quan-ly/bao-cao/{town.MUONG_LAT}/2026-Q4.json",
        REPORT,
    ],
)
def test_a_clerk_finds_no_other_commune_and_no_province(full, client, path):
    client.sign_in(clerk()).get(path, status=403 if path == PROVINCE else 404)


def test_an_officer_finds_no_other_province(full, client):
    client.sign_in(officer("01"))
    for path in (PROVINCE, COMMUNE, REPORT, f"/quan-ly/bao-cao/{THANH_HOA}/2026-Q4.xlsx"):
        client.get(path, status=404)


def test_members_and_strangers_do_not_enter(full, client):
    _people, (kp1, *_rest) = full
    _person, account = member_of(kp1, "Tổ Viên Thường")
    client.get(REPORT, status=303)
    client.sign_in(account).get(REPORT, status=403)
    client.sign_in(make_account("Giảng Viên", None, ("trainer", THANH_HOA))).get(REPORT, status=403)


def test_a_mistyped_period_is_answered_with_an_example(full, client):
    page = client.sign_in(officer()).get(f"/quan-ly/bao-cao/{THANH_HOA}/quy4/", status=422)
    assert "2026-Q4" in page.text


def test_the_paper_is_made_in_the_background_and_handed_to_who_asked(full, client, run_jobs):
    client.sign_in(officer())
    waiting = client.send(client.get(REPORT).form("/pdf"), follow=False)
    again = client.get(waiting.location)
    assert "Đang" in again.text or again.status == 200
    run_jobs()
    done = client.get(waiting.location)
    link = next(a["href"] for a in done.soup.select("main a") if "tep" in a["href"] or "tai" in a["href"])
    file = client.get(link)
    assert file.data.startswith(b"%PDF")


def test_pressing_twice_orders_one_paper(full, client):
    client.sign_in(officer())
    form = client.get(REPORT).form("/pdf")
    assert client.send(form).location == client.send(form).location


def test_whoever_takes_a_report_away_is_in_the_journal(full, client, session):
    client.sign_in(officer())
    client.get(f"/quan-ly/bao-cao/{THANH_HOA}/2026-Q4.xlsx")
    client.get(f"/quan-ly/bao-cao/{THANH_HOA}/2026-Q4.json")
    entries = session.scalars(select(JournalEntry).where(JournalEntry.verb == "export_report")).all()
    assert [entry.detail["form"] for entry in entries] == ["xlsx", "json"]
    assert {entry.area_code for entry in entries} == {THANH_HOA}


def test_the_report_names_every_period_one_asks_for(full, client):
    page = client.sign_in(officer()).get(REPORT)
    links = [a["href"] for a in page.soup.select("nav .chips a")]
    for link in links:
        client.get(link)


def test_the_province_page_reads_counters_and_never_the_facts_behind_them(app, session):
    town.small_province()
    seen = []
    engine = app.extensions["lms"].db.engine

    def note(_conn, _cursor, statement, *_rest):
        seen.append(statement)

    area = session.get(Area, THANH_HOA)
    event.listen(engine, "before_cursor_execute", note)
    overview = province_overview(session, area, "")
    event.remove(engine, "before_cursor_execute", note)
    assert overview.total.people == 6
    assert len(seen) <= 8
    assert not [s for s in seen if "lms_memberships" in s or "lms_skill_completions" in s or "lms_people" in s]


def test_a_commune_is_shown_by_team_with_picture_and_total(full, session):
    overview = commune_overview(session, session.get(Area, HAC_THANH), town.SKILL)
    assert [(place.name, place.people, place.done) for place in overview.places] == [
        ("Tổ KP1", 3, 2), ("=Tổ KP2", 2, 1),
    ]  # fmt: skip
    assert (overview.total.teams, overview.total.people, overview.total.done) == (2, 4, 2)
