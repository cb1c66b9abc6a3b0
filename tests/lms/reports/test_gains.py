"""What was gained: averages before and after, of groups large enough, never one person's result."""

import pytest
from sqlalchemy import event

from lms.areas.models import Area
from lms.db import in_unit
from lms.learning.models import ProgrammeCompletion, SkillCheck
from lms.library.models import Course, CourseVersion, Programme
from lms.reports.figures import report_on
from lms.reports.gains import gains_of
from lms.reports.periods import read_period
from tests.factories import HAC_THANH, NOON, THANH_HOA, clerk, join_team, make_person, officer

from . import town

PROVINCE = f"/quan-ly/ket-qua/{THANH_HOA}/truoc-sau/"
COMMUNE = f"/quan-ly/ket-qua/{HAC_THANH}/truoc-sau/"


def group(commune, scores, skill=town.SKILL, name="Tổ 1"):
    """Make a team whose members answered so: (before, after), None where somebody did not answer."""
    people = [make_person(f"{name} người {number}") for number in range(len(scores))]
    town.team_of(commune, name, *people)

    def work(session):
        version = session.query(CourseVersion).first()
        for person, pair in zip(people, scores, strict=True):
            for moment, correct in zip(("before", "after"), pair, strict=True):
                if correct is not None:
                    session.add(
                        SkillCheck(person_id=person, skill_key=skill, moment=moment, version_id=version.id,
                                   correct=correct, total=5, answered_at=NOON)
                    )  # fmt: skip

    in_unit(work)
    return people


def teach(*skills):
    """Let a current course teach skills, so that reports speak of them."""

    def work(session):
        session.add(Course(slug="dang-day", position=1, created_at=town.EARLY))
        session.flush()
        session.add(
            CourseVersion(course_slug="dang-day", number=1, digest="e" * 64, title="Khóa", skills=list(skills),
                          minutes=1, rule={"required": [], "elective": [], "elective_at_least": 0},
                          package_sha256="q" * 64, published_at=town.EARLY)
        )  # fmt: skip

    in_unit(work)


@pytest.fixture
def skills(app):
    town.two_skills()
    teach(town.SKILL, town.OTHER_SKILL)


def gains(session, code=THANH_HOA):
    session.rollback()
    found = gains_of(session, session.get(Area, code))
    return [(one.title, one.people, one.before, one.after, one.gained) for one in found.shown], found.too_few


def test_averages_before_and_after_are_of_those_who_answered_both_times(skills, session):
    group(HAC_THANH, [(1, 4), (2, 5), (0, 3), (3, 3), (2, 5), (5, None), (None, 1)])

    assert gains(session) == ([("Kỹ năng 1", 5, 1.6, 4.0, 2.4)], ("Kỹ năng 2",))


def test_a_group_smaller_than_five_is_not_shown(skills, session):
    group(HAC_THANH, [(1, 4)] * 4)

    assert gains(session) == ([], ("Kỹ năng 1", "Kỹ năng 2"))


def test_every_skill_is_counted_by_itself(skills, session):
    group(HAC_THANH, [(1, 4)] * 5)
    group(HAC_THANH, [(5, 4)] * 6, town.OTHER_SKILL, "Tổ 2")

    assert gains(session)[0] == [("Kỹ năng 1", 5, 1.0, 4.0, 3.0), ("Kỹ năng 2", 6, 5.0, 4.0, -1.0)]


def test_a_commune_sees_its_own_people_only_and_the_province_all(skills, session):
    group(HAC_THANH, [(0, 5)] * 5)
    group(town.MUONG_LAT, [(2, 3)] * 5, name="Bản 1")

    assert gains(session)[0] == [("Kỹ năng 1", 10, 1.0, 4.0, 3.0)]
    assert gains(session, HAC_THANH)[0] == [("Kỹ năng 1", 5, 0.0, 5.0, 5.0)]
    assert gains(session, "14812")[0] == []


def test_somebody_in_two_teams_is_one_person(skills, session):
    people = group(HAC_THANH, [(1, 4)] * 4 + [(1, 5)])
    second = town.team_of(HAC_THANH, "Tổ 2", people[0])
    join_team(second, people[4])

    assert gains(session)[0] == [("Kỹ năng 1", 5, 1.0, 4.2, 3.2)]


def test_the_number_of_statements_does_not_grow_with_the_people(app, skills, session):
    def statements():
        session.rollback()
        seen = []
        engine = app.extensions["lms"].db.engine

        def note(_conn, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        gains_of(session, session.get(Area, THANH_HOA))
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    group(HAC_THANH, [(1, 4)] * 5)
    gains(session)
    few = statements()
    group(town.MUONG_LAT, [(1, 4)] * 30, name="Bản 1")

    assert statements() == few


def test_the_officer_sees_picture_and_table_and_what_is_not_shown(skills, client):
    group(HAC_THANH, [(1, 4), (2, 5), (0, 3), (3, 3), (2, 5)])

    page = client.sign_in(officer()).get(PROVINCE)

    assert page.h1 == "Trước và sau khi học, tỉnh Thanh Hoá"
    rows = [[c.get_text(strip=True) for c in row(["th", "td"])] for row in page.soup.select("#bang tbody tr")]
    assert rows == [["Kỹ năng 1", "5", "1,6/5", "4/5", "2,4"]]
    picture = page.soup.select_one("svg[role=img]")
    assert [bar["width"] for bar in picture.find_all("rect")] == ["270", "86.4", "270", "216.0"]
    assert "Kỹ năng 2: ít hơn 5 người nên chưa hiện." in page.text


def test_too_few_people_leave_no_number_on_the_page(skills, client):
    group(HAC_THANH, [(1, 4)] * 4)

    page = client.sign_in(officer()).get(PROVINCE)

    assert "Kỹ năng 1: ít hơn 5 người nên chưa hiện." in page.text
    assert page.soup.select("svg.chart, #bang") == []


def test_the_overview_leads_there_and_back(skills, client):
    client.sign_in(clerk())
    link = client.get(f"/quan-ly/xa/{HAC_THANH}/").soup.select_one(f"a[href='{COMMUNE}']")
    page = client.get(link["href"])

    assert page.soup.select_one(".breadcrumb a")["href"] == f"/quan-ly/xa/{HAC_THANH}/"


def test_nobody_sees_another_area(skills, client):
    client.sign_in(clerk()).get(f"/quan-ly/ket-qua/{town.MUONG_LAT}/truoc-sau/", 404)
    client.get(PROVINCE, 404)
    client.sign_in(officer("01")).get(PROVINCE, 404)
    client.get(COMMUNE, 404)


def complete_programme(*people, when=town.IN_Q4):
    def work(session):
        programme = session.query(Programme).first()
        if programme is None:
            programme = Programme(key="ctr", number=1, title="Chương trình thử", source="…", published_at=town.EARLY,
                                  rule={"required": [town.SKILL], "elective": [], "elective_at_least": 0})  # fmt: skip
            session.add(programme)
            session.flush()
        for person in people:
            session.add(
                ProgrammeCompletion(person_id=person, programme_key="ctr", programme_id=programme.id, completed_at=when)
            )

    in_unit(work)


def test_who_completed_a_programme_is_counted_on_the_overview_and_in_the_report(app, client, session):
    people, _teams = town.small_province()
    complete_programme(people[0], people[1])
    complete_programme(people[5], when=town.AFTER_CUTOFF)
    town.recount()

    page = client.sign_in(officer()).get(f"/quan-ly/tinh/{THANH_HOA}/")
    assert "3 người xong “Chương trình thử”" in page.text
    assert "2 người xong “Chương trình thử”" in client.get(f"/quan-ly/xa/{HAC_THANH}/").text
    report = client.get(f"/quan-ly/bao-cao/{THANH_HOA}/2026-Q4/")
    assert "người hoàn thành “Chương trình thử”, tính đến ngày chốt." in report.text


def test_a_report_counts_the_programme_as_of_its_cut_off(app, session):
    people, _teams = town.small_province()
    complete_programme(people[0], people[1])
    complete_programme(people[5], when=town.AFTER_CUTOFF)
    session.rollback()

    made = report_on(
        session, session.get(Area, THANH_HOA), read_period("2026-Q4", cutoff_day=20), now=town.AFTER_CUTOFF
    )

    assert made.programmes == {"Chương trình thử": 2}
