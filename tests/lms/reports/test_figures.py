"""What a report counts, and in which period it counts it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, update

from lms.areas.models import Area
from lms.learning.sums import commune_sums, province_sums, province_total
from lms.reports.figures import report_on
from lms.reports.periods import PeriodUnknown, periods_to_choose, quarter_of, read_period
from lms.teams.models import Membership, Team
from tests.factories import HAC_THANH, THANH_HOA, make_person

from . import town


def report(session, code=THANH_HOA, period="2026-Q4", now=town.NOW):
    session.rollback()
    return report_on(session, session.get(Area, code), read_period(period, cutoff_day=20), now=now)


def line(made, key):
    return next(row for row in made.rows if row.key == key).counts


def test_a_quarter_ends_on_the_cut_off_day_and_begins_the_day_after_the_former_one():
    fourth = read_period("2026-Q4", cutoff_day=20)
    first = read_period("2026-Q1", cutoff_day=20)
    assert (fourth.first_day, fourth.last_day) == (date(2026, 9, 21), date(2026, 12, 20))
    assert (first.first_day, first.last_day) == (date(2025, 12, 21), date(2026, 3, 20))


def test_half_years_and_years_are_made_of_whole_quarters():
    half, year = (read_period(code, cutoff_day=20) for code in ("2026-H2", "2026"))
    assert (half.first_day, half.last_day) == (date(2026, 6, 21), date(2026, 12, 20))
    assert (year.first_day, year.last_day) == (date(2025, 12, 21), date(2026, 12, 20))


def test_a_cut_off_beyond_the_month_means_its_last_day():
    assert read_period("2026-Q1", cutoff_day=31).first_day == date(2026, 1, 1)
    assert read_period("2026-Q2", cutoff_day=31).last_day == date(2026, 6, 30)


def test_periods_follow_each_other_without_gap_or_overlap():
    for year in (2026, 2027):
        for quarter in (1, 2, 3):
            one, next_one = (read_period(f"{year}-Q{q}", cutoff_day=20) for q in (quarter, quarter + 1))
            assert next_one.starts_at - one.ends_at == timedelta(microseconds=1)


@pytest.mark.parametrize("code", ["", "2026-Q5", "Q4-2026", "2026-H3", "1999", "2026-Q4; DROP"])
def test_what_is_no_period_is_refused_with_an_example(code):
    with pytest.raises(PeriodUnknown, match="Chưa hiểu"):
        read_period(code, cutoff_day=20)


def test_after_the_cut_off_the_next_quarter_is_running():
    assert quarter_of(town.LAST_MOMENT, cutoff_day=20).code == "2026-Q4"
    assert quarter_of(town.AFTER_CUTOFF, cutoff_day=20).code == "2027-Q1"


def test_the_running_quarter_is_offered_first_then_the_one_before():
    codes = [period.code for period in periods_to_choose(town.NOW, cutoff_day=20)]
    assert codes == ["2026-Q4", "2026-Q3", "2026-H2", "2026"]


def test_people_and_memberships_are_never_mixed(session):
    town.small_province()
    made = report(session)
    assert (made.total.counts["people"], made.total.counts["memberships"]) == (6, 8)
    assert (line(made, HAC_THANH)["people"], line(made, HAC_THANH)["memberships"]) == (4, 5)
    assert (made.total.counts["teams"], made.total.counts["leaders"], made.total.counts["deputies"]) == (3, 3, 3)


def test_the_total_counts_somebody_of_two_communes_once(session):
    town.small_province()
    made = report(session)
    assert sum(row.counts["people"] for row in made.rows) == 7
    assert made.total.counts["people"] == 6
    assert made.total.counts["skilled"] == 3


def test_people_with_a_skill_are_those_of_the_cut_off_and_new_ones_those_of_the_period(session):
    town.small_province()
    counts = report(session).total.counts
    assert counts["skill:dich-vu-cong"] == 3
    assert counts["new:dich-vu-cong"] == 2
    assert counts["new:thanh-toan"] == 1
    assert counts["new"] == 3
    assert counts["share"] == 50.0


def test_what_is_entered_after_the_cut_off_falls_into_the_next_period(session):
    town.small_province()
    later = town.AFTER_CUTOFF + timedelta(days=20)
    fourth, next_first = (report(session, period=code, now=later) for code in ("2026-Q4", "2027-Q1"))
    assert fourth.total.counts["skilled"] == 3
    assert next_first.total.counts["skilled"] == 4
    assert next_first.total.counts["new"] == 1


def test_the_last_moment_of_the_cut_off_day_still_counts(session):
    people, _teams = town.small_province()
    town.complete(people[3], town.LAST_MOMENT)
    later = town.AFTER_CUTOFF + timedelta(days=1)
    assert report(session, now=later).total.counts["skilled"] == 4


def test_a_closed_period_does_not_change_when_people_leave_or_join_later(session, unit):
    _people, (kp1, _kp2, ban) = town.small_province()
    later = town.AFTER_CUTOFF + timedelta(days=1)
    before = report(session, now=later)
    unit(lambda s: s.execute(update(Membership).where(Membership.team_id == kp1).values(left_at=later)))
    unit(lambda s: s.execute(update(Team).where(Team.id == ban).values(ended_at=later)))
    town.team_of(HAC_THANH, "Tổ KP9", make_person("Người Mới"), since=later)
    after = report(session, now=later + timedelta(days=1))
    assert after.total == before.total
    assert after.rows == before.rows


def test_a_class_counts_in_the_period_in_which_its_results_were_fixed(session):
    people, (kp1, *_rest) = town.small_province()
    town.finished_class([(people[0], kp1, 2)], finalised_at=town.AFTER_CUTOFF, held_on=date(2026, 12, 15))
    later = town.AFTER_CUTOFF + timedelta(days=1)
    fourth, next_first = (report(session, period=code, now=later) for code in ("2026-Q4", "2027-Q1"))
    assert (fourth.total.counts.get("classes", 0), fourth.pending_classes) == (0, 1)
    assert (next_first.total.counts["classes"], next_first.late_classes) == (1, 1)


def test_somebody_in_two_classes_is_one_person_and_several_attendances(session):
    town.small_province_with_classes()
    counts = report(session).total.counts
    assert counts["classes"] == 2
    assert counts["attendances"] == 2 + 1 + 2 + 2
    assert counts["attendees"] == 3


def test_only_the_last_mark_of_a_session_counts(session):
    people, (kp1, *_rest) = town.small_province()
    town.finished_class([(people[0], kp1, 0)], finalised_at=town.IN_Q4)
    assert report(session).total.counts.get("attendances", 0) == 0


def test_certificates_count_when_published_and_when_revoked(session):
    town.small_province_with_classes()
    made = report(session)
    assert (made.total.counts["issued"], made.total.counts["revoked"]) == (2, 1)
    assert (line(made, town.MUONG_LAT)["issued"], line(made, HAC_THANH).get("revoked", 0)) == (1, 0)


def test_a_commune_reports_by_team_and_sees_no_other_commune(session):
    _people, (kp1, kp2, _ban) = town.small_province_with_classes()
    made = report(session, code=HAC_THANH)
    assert {row.key for row in made.rows} == {str(kp1), str(kp2)}
    assert made.total.counts["people"] == 4
    assert made.total.counts["attendances"] == 5


def test_the_running_period_agrees_with_the_counters(session):
    town.small_province()
    made = report(session)
    for sums in province_sums(session, THANH_HOA):
        row = next((r.counts for r in made.rows if r.key == sums.key), {})
        assert sums.members == row.get("people", 0)
    after = report(session, now=town.AFTER_CUTOFF)
    total = province_total(session, THANH_HOA)
    assert total.members == after.total.counts["people"]
    for team in commune_sums(session, town.MUONG_LAT):
        counts = line(report(session, code=town.MUONG_LAT), team.key)
        assert team.members == counts["people"]


def test_a_province_names_the_communes_that_have_no_team_yet(session):
    town.small_province()
    made = report(session)
    assert len(made.rows) == 2
    assert len(made.without_teams) == 164
    assert "phường Hạc Thành" not in made.without_teams


def test_an_area_without_anybody_is_all_zeros_and_no_fault(session):
    town.two_skills()
    made = report(session)
    assert made.rows == ()
    assert made.total.counts["share"] == 0


def test_the_number_of_statements_does_not_grow_with_the_province(app, session):
    def statements():
        seen = []
        engine = app.extensions["lms"].db.engine

        def note(_conn, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        report(session)
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    town.small_province_with_classes()
    few = statements()
    for number in range(10):
        town.team_of("16177", f"Thôn {number}", make_person(f"Người {number}"))
    assert statements() <= few <= 25


def test_a_report_says_as_of_which_moment_it_is_true(session):
    town.two_skills()
    assert report(session).as_of == town.NOW
    assert report(session).is_open
    closed = report(session, now=datetime(2027, 1, 5, tzinfo=UTC))
    assert not closed.is_open
    assert closed.as_of == closed.period.ends_at
