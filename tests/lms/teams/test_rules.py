"""Rosters written into teams, and teams reorganised: on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lms.areas.models import Area
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.people.models import Account, Person
from lms.teams import rules
from lms.teams.export import write_roster
from lms.teams.models import Membership, RosterImport, Team
from lms.teams.plan import Plan, WrongCommune
from lms.teams.queries import commune_as_written, members_of, state_of, teams_of
from lms.teams.reorganising import change_role, end_membership, merge_teams, move_member, rename_team
from lms.teams.roster import read_roster
from tests.factories import NOON, actor_of, clerk, join_team, make_person, make_team, member_of, officer
from tests.lms.teams.files import S1_PEOPLE, S2_HEADING, csv_file, s1_xlsx, s2_docx


@pytest.fixture
def van_lang(session):
    return session.scalar(select(Area.code).where(Area.name == "Văn Lang", Area.parent_code == "19"))


@pytest.fixture
def by(app, van_lang):
    return actor_of(clerk(van_lang))


@pytest.fixture
def load(unit, by, van_lang):
    """Load a roster as the clerk does: receive, preview, confirm; return counts and plan."""

    def receive(data, name="a.xlsx", *, team=""):
        roster = read_roster(data, name, team=team)
        row = unit(lambda s: _receive(s, by, van_lang, name).id)
        return row, unit(lambda s: rules.preview_roster(s, import_id=row, roster=roster, now=NOON))

    def load(data, name="a.xlsx", *, team="", leaving=()):
        row, plan = receive(data, name, team=team)
        counts = unit(lambda s: rules.confirm_roster(s, by=by, import_id=row, leaving=leaving, now=NOON))
        return counts, plan

    load.receive = receive
    return load


def _receive(session, by, code, name):
    return rules.receive_roster(
        session, by=by, commune_code=code, file_id=None, file_name=name, now=NOON, read_later=False
    )


def _one_team(*people: tuple[str, str, str]) -> bytes:
    return csv_file([S2_HEADING, *((n, *person) for n, person in enumerate(people, start=1))])


def _members(session, code, team="Thôn 1"):
    row = next(row for row in teams_of(session, code) if row.name == team)
    return [(m.name, m.role, m.phone) for m in members_of(session, row.id)]


def test_a_confirmed_roster_stands_as_teams_people_and_accounts(load, session, van_lang):
    load(s1_xlsx())

    assert [(t.name, t.members, t.leader) for t in teams_of(session, van_lang)] == [
        ("Thôn 1", 4, "Hoàng Thị Hoà"),
        ("Thôn 2", 3, "Nguyễn Văn An"),
    ]
    assert session.scalar(select(func.count(Account.id)).join(Person, Person.id == Account.person_id)) == 8
    assert session.scalars(select(Team.decision_number).order_by(Team.id)).all() == ["05/QĐ-UBND", "06/QĐ-UBND"]


def test_the_same_file_loaded_again_is_0_new_0_changed_0_left(load, session):
    load(s1_xlsx())
    people = session.scalar(select(func.count(Person.id)))

    counts, plan = load(s1_xlsx())

    assert (counts["new"], counts["changed"], counts["left"], counts["same"]) == (0, 0, 0, 7)
    assert plan.changes_nothing
    assert session.scalar(select(func.count(Person.id))) == people


@pytest.mark.parametrize("form", ["s1", "s2"])
@pytest.mark.parametrize("kind", ["xlsx", "docx", "csv"])
def test_export_then_import_changes_nothing_in_the_database(load, session, van_lang, form, kind):
    load(s1_xlsx())
    commune = commune_as_written(session, session.get_one(Area, van_lang))
    data = write_roster(state_of(session, van_lang).teams, commune, form=form, kind=kind)

    counts, plan = load(data, f"a.{kind}")

    assert plan.changes_nothing
    assert counts["same"] == 7


def test_both_forms_speak_of_the_same_team(load, session, van_lang):
    load(s1_xlsx([("1", "Xã Văn Lang", "Thôn Đồng Tâm", "", "Phạm Thị Lan", "Tổ trưởng", "0912000001", "")]))

    counts, _ = load(s2_docx(), "b.docx")

    assert (counts["new"], counts["same"]) == (3, 1)
    assert len(teams_of(session, van_lang)) == 1


def test_one_person_in_two_teams_has_one_account_and_two_memberships(load, session):
    rows = [*S1_PEOPLE[4:6], ("3", "", "Tổ CNSCĐ xã", "", "HOÀNG THỊ HÒA", "Tổ phó", "0914.994.123", "")]

    load(s1_xlsx(rows))

    person = session.scalars(select(Person).where(Person.phone == "0914994123")).one()
    assert session.scalar(select(func.count(Membership.id)).where(Membership.person_id == person.id)) == 2
    assert session.scalar(select(func.count(Account.id)).where(Account.person_id == person.id)) == 1


def test_who_is_missing_from_the_file_stays_until_the_clerk_confirms(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TV", "0912000002")), "b.csv", team="Thôn 1")

    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1")

    assert len(_members(session, van_lang)) == 2


def test_who_left_keeps_their_history(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TV", "0912000002")), "b.csv", team="Thôn 1")
    gone = session.scalars(select(Membership.id).where(Membership.role == "member")).one()

    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1", leaving=[gone])

    assert _members(session, van_lang) == [("Vừ A Páo", "leader", "0912000001")]
    assert session.get_one(Membership, gone).left_at == NOON
    assert session.scalar(select(func.count(Person.id)).where(Person.full_name == "Giàng A Lử")) == 1


def test_who_comes_back_is_the_same_person(load, session):
    both = _one_team(("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TV", "0912000002"))
    load(both, "b.csv", team="Thôn 1")
    gone = session.scalars(select(Membership.id).where(Membership.role == "member")).one()
    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1", leaving=[gone])

    load(both, "b.csv", team="Thôn 1")

    assert session.scalar(select(func.count(Person.id)).where(Person.full_name == "Giàng A Lử")) == 1


def test_a_membership_that_the_file_did_not_miss_cannot_be_ended_by_it(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1")
    other = session.scalars(select(Membership.id)).one()

    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1", leaving=[other])

    assert len(_members(session, van_lang)) == 1


def test_leader_and_deputy_change_places_at_once(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TP", "0912000002")), "b.csv", team="Thôn 1")

    load(_one_team(("Vừ A Páo", "TP", "0912000001"), ("Giàng A Lử", "TT", "0912000002")), "b.csv", team="Thôn 1")

    assert [(m[0], m[1]) for m in _members(session, van_lang)] == [("Giàng A Lử", "leader"), ("Vừ A Páo", "deputy")]


def test_two_deputies_stand_in_one_team(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TP", "0912000001"), ("Giàng A Lử", "TP", "0912000002")), "b.csv", team="Thôn 1")

    assert [m[1] for m in _members(session, van_lang)] == ["deputy", "deputy"]


def test_a_second_leader_is_not_written(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TT", "0912000002")), "b.csv", team="Thôn 1")

    assert [m[0] for m in _members(session, van_lang)] == ["Vừ A Páo"]


def test_a_new_leader_beside_one_who_stays_is_refused_whole(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1")

    with pytest.raises(rules.TwoLeaders):
        load(_one_team(("Giàng A Lử", "TT", "0912000002")), "b.csv", team="Thôn 1")

    assert [m[0] for m in _members(session, van_lang)] == ["Vừ A Páo"]


def test_a_new_leader_takes_over_when_the_old_one_is_confirmed_as_gone(load, session, van_lang):
    load(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1")
    old = session.scalars(select(Membership.id)).one()

    load(_one_team(("Giàng A Lử", "TT", "0912000002")), "b.csv", team="Thôn 1", leaving=[old])

    assert _members(session, van_lang) == [("Giàng A Lử", "leader", "0912000002")]


def test_the_database_itself_refuses_a_second_leader(app, session):
    team = make_team()
    join_team(team, make_person("Vừ A Páo"), "leader")

    with pytest.raises(IntegrityError):
        join_team(team, make_person("Giàng A Lử"), "leader")


def test_of_two_clerks_importing_at_once_the_second_looks_again(load, unit, by):
    first, _ = load.receive(_one_team(("Vừ A Páo", "TT", "0912000001")), "b.csv", team="Thôn 1")
    second, _ = load.receive(_one_team(("Giàng A Lử", "TT", "0912000002")), "b.csv", team="Thôn 1")
    unit(lambda s: rules.confirm_roster(s, by=by, import_id=first, leaving=(), now=NOON))

    with pytest.raises(rules.PlanOutdated):
        unit(lambda s: rules.confirm_roster(s, by=by, import_id=second, leaving=(), now=NOON))


def test_a_roster_is_confirmed_once(load, unit, by):
    row, _ = load.receive(s1_xlsx())
    unit(lambda s: rules.confirm_roster(s, by=by, import_id=row, leaving=(), now=NOON))

    with pytest.raises(rules.ImportEnded):
        unit(lambda s: rules.confirm_roster(s, by=by, import_id=row, leaving=(), now=NOON))


def test_a_discarded_roster_is_never_written(load, unit, by, session, van_lang):
    row, _ = load.receive(s1_xlsx())
    unit(lambda s: rules.discard_roster(s, by=by, import_id=row, now=NOON))

    with pytest.raises(rules.ImportEnded):
        unit(lambda s: rules.confirm_roster(s, by=by, import_id=row, leaving=(), now=NOON))
    assert teams_of(session, van_lang) == []


def test_a_roster_that_was_not_read_cannot_be_confirmed(unit, by, van_lang):
    row = unit(lambda s: _receive(s, by, van_lang, "a.xlsx").id)

    with pytest.raises(rules.NotReadYet):
        unit(lambda s: rules.confirm_roster(s, by=by, import_id=row, leaving=(), now=NOON))


def test_a_preview_writes_no_team_and_no_person(load, session, van_lang):
    before = session.scalar(select(func.count(Person.id)))

    load.receive(s1_xlsx())

    assert teams_of(session, van_lang) == []
    assert session.scalar(select(func.count(Person.id))) == before


def test_a_clerk_cannot_load_a_roster_for_another_commune(unit, by, session):
    other = session.scalar(select(Area.code).where(Area.name == "Văn Lăng", Area.parent_code == "19"))

    with pytest.raises(NotFound):
        unit(lambda s: _receive(s, by, other, "a.xlsx"))


def test_a_clerk_cannot_confirm_the_roster_of_another_commune(load, unit, session):
    row, _ = load.receive(s1_xlsx())
    stranger = actor_of(clerk(session.scalar(select(Area.code).where(Area.name == "Văn Lăng"))))

    with pytest.raises(NotFound):
        unit(lambda s: rules.confirm_roster(s, by=stranger, import_id=row, leaving=(), now=NOON))


def test_the_officer_of_the_province_may_load_for_its_communes(unit, van_lang):
    by = actor_of(officer("19"))

    assert unit(lambda s: _receive(s, by, van_lang, "a.xlsx").id)


def test_a_file_of_another_commune_leaves_the_neighbour_alone(load):
    rows = [("1", "Xã Văn Lăng", "Thôn 1", "", "Vừ A Páo", "TT", "0912000001", "")]

    with pytest.raises(WrongCommune):
        load(s1_xlsx(rows))


def test_a_changed_name_number_and_note_are_written(load, session, van_lang):
    load(s1_xlsx([("1", "", "Thôn 1", "", "Vu A Pao", "TV", "0912000001", "")]))

    load(s1_xlsx([("1", "", "Thôn 1", "", "Vừ A Páo", "TP", "0912000001 / 0912000009", "Bí thư")]))

    person = session.scalars(select(Person).where(Person.phone == "0912000001")).one()
    membership = session.scalars(select(Membership)).one()
    assert (person.full_name, person.phone_note) == ("Vừ A Páo", "số khác: 0912 000 009")
    assert (membership.role, membership.note) == ("deputy", "Bí thư")


def test_another_decision_replaces_the_old_one(load, session):
    row = ("1", "", "Thôn 1", "05/QĐ-UBND ngày 1/8/2025", "Vừ A Páo", "TT", "0912000001", "")
    load(s1_xlsx([row]))

    load(s1_xlsx([(*row[:3], "09/QĐ-UBND ngày 2/9/2025", *row[4:])]))

    assert session.scalars(select(Team.decision_number)).all() == ["09/QĐ-UBND"]


def test_loading_a_roster_is_written_in_the_journal(load, session):
    load(s1_xlsx())

    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "confirm_roster")).one()
    assert (entry.detail["new"], entry.detail["file"]) == (7, "a.xlsx")


def test_two_thousand_teams_of_a_province_are_written_whole(load, session, van_lang):
    rows = [
        (str(n), "", f"Thôn {n // 8}", "1/QĐ-UBND ngày 1/8/2025", f"Vừ A {chr(65 + n % 26)}", "TV", f"09{n:08}", "")
        for n in range(4_000)
    ]

    counts, _ = load(s1_xlsx(rows))

    assert counts["new"] == 4_000
    assert session.scalar(select(func.count(Membership.id)).where(Membership.left_at.is_(None))) == 4_000


def test_the_stored_plan_can_be_shown_later(load, session):
    load(s1_xlsx())

    row = session.scalars(select(RosterImport)).one()
    assert Plan.from_json(row.plan).counts["new"] == 7


def test_a_team_is_renamed_unless_the_name_is_taken(unit, by, session, van_lang):
    one, _two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)

    unit(lambda s: rename_team(s, by=by, team_id=one, name="Thôn Đồng Tâm", now=NOON))

    assert session.get_one(Team, one).name == "Thôn Đồng Tâm"
    with pytest.raises(rules.TeamNameTaken):
        unit(lambda s: rename_team(s, by=by, team_id=one, name="THÔN  2", now=NOON))


def test_merged_teams_go_on_as_one_and_the_old_one_names_its_successor(unit, by, session, van_lang):
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)
    shared, _ = member_of(one, "Vừ A Páo", "leader", "0912000001")
    join_team(two, shared)
    member_of(one, "Giàng A Lử", "deputy")
    member_of(two, "Sùng Thị Mỷ", "leader")

    unit(lambda s: merge_teams(s, by=by, team_id=one, into_id=two, now=NOON))

    assert _members(session, van_lang, "Thôn 2")[0][:2] == ("Sùng Thị Mỷ", "leader")
    assert sorted(m[0] for m in _members(session, van_lang, "Thôn 2")) == ["Giàng A Lử", "Sùng Thị Mỷ", "Vừ A Páo"]
    assert session.get_one(Team, one).successor_id == two
    assert members_of(session, one) == []


def test_teams_of_two_communes_are_not_merged(unit, session, van_lang):
    other = session.scalar(select(Area.code).where(Area.name == "Văn Lăng"))
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 1", other)
    by = actor_of(officer("19"))

    with pytest.raises(rules.CannotMerge):
        unit(lambda s: merge_teams(s, by=by, team_id=one, into_id=two, now=NOON))


def test_a_deputy_becomes_leader_only_when_nobody_leads(unit, by, session, van_lang):
    team = make_team("Thôn 1", van_lang)
    leader = join_team(team, make_person("Vừ A Páo"), "leader")
    deputy = join_team(team, make_person("Giàng A Lử"), "deputy")

    with pytest.raises(rules.TwoLeaders):
        unit(lambda s: change_role(s, by=by, membership_id=deputy, role="leader", now=NOON))
    unit(lambda s: end_membership(s, by=by, membership_id=leader, now=NOON))
    unit(lambda s: change_role(s, by=by, membership_id=deputy, role="leader", now=NOON))

    assert [m[1] for m in _members(session, van_lang)] == ["leader"]


def test_who_moves_goes_on_as_a_member_and_keeps_the_old_days(unit, by, session, van_lang):
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)
    membership = join_team(one, make_person("Vừ A Páo"), "deputy")
    later = NOON + timedelta(days=1)

    unit(lambda s: move_member(s, by=by, membership_id=membership, team_id=two, now=later))

    assert _members(session, van_lang, "Thôn 2") == [("Vừ A Páo", "member", None)]
    assert session.get_one(Membership, membership).left_at == later


@pytest.mark.parametrize("deed", [change_role, end_membership, move_member])
def test_a_membership_that_ended_is_not_changed_again(unit, by, session, van_lang, deed):
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)
    membership = join_team(one, make_person("Vừ A Páo"))
    unit(lambda s: move_member(s, by=by, membership_id=membership, team_id=two, now=NOON))
    wanted = {change_role: {"role": "deputy"}, end_membership: {}, move_member: {"team_id": two}}[deed]

    with pytest.raises(rules.MembershipEnded):
        unit(lambda s: deed(s, by=by, membership_id=membership, now=NOON + timedelta(days=1), **wanted))

    ended = session.get_one(Membership, membership)
    assert (ended.left_at, ended.role) == (NOON, "member")


def test_nobody_is_twice_in_one_team(unit, by, session, van_lang):
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)
    person = make_person("Vừ A Páo")
    membership = join_team(one, person)
    join_team(two, person)

    with pytest.raises(rules.AlreadyInTeam):
        unit(lambda s: move_member(s, by=by, membership_id=membership, team_id=two, now=NOON))


def test_a_stranger_s_team_does_not_exist(unit, session, van_lang):
    team = make_team("Thôn 1", van_lang)
    stranger = actor_of(clerk("14797"))

    with pytest.raises(NotFound):
        unit(lambda s: rename_team(s, by=stranger, team_id=team, name="Thôn 9", now=NOON))
