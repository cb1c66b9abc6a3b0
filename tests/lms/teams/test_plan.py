"""The dry run: what a roster would change, with the reason of each row."""

import json
import unicodedata
from dataclasses import replace

import pytest

from lms.teams.matching import make_plan
from lms.teams.plan import Commune, CurrentMember, CurrentTeam, KnownPerson, Plan, State, WrongCommune
from lms.teams.roster import read_roster
from tests.lms.teams.files import S1_PEOPLE, S2_HEADING, csv_file, s1_xlsx, s2_docx, s2_rows, s2_xlsx

VAN_LANG = Commune("05551", "xã", "Văn Lang")
NOBODY = State()


def _state(*members: tuple[str, str, str | None], team: str = "Thôn 1", decision: str = "") -> State:
    people = tuple(CurrentMember(i, i, *m) for i, m in enumerate(members, start=1))
    return State(
        (CurrentTeam(1, team, decision, people),), tuple(KnownPerson(m.person_id, m.name, m.phone) for m in people)
    )


def _plan(rows, state: State = NOBODY, *, team: str = "Thôn 1") -> Plan:
    numbered = [(number, *row) for number, row in enumerate(rows, start=1)]
    return make_plan(read_roster(csv_file([S2_HEADING, *numbered]), "b.csv", team=team), VAN_LANG, state)


def _kinds(plan: Plan) -> list[tuple[str, str]]:
    return [(line.name, line.kind) for line in plan.lines]


def _counts(plan: Plan) -> tuple[int, ...]:
    return tuple(plan.counts[kind] for kind in ("new", "changed", "left", "same", "doubtful"))


def stand(plan: Plan, state: State = NOBODY) -> State:
    """Return the state after a plan was carried out, everybody who left included."""
    teams = {t.name: (t.team_id, t.decision, {m.membership_id: m for m in t.members}) for t in state.teams}
    people = {p.person_id: p for p in state.people}
    for line in plan.teams:
        old = teams.get(line.name, (None, "", {}))
        teams[line.name] = (old[0] or 100 + len(teams), line.decision or old[1], old[2])
    for number, line in enumerate(plan.lines, start=1000):
        if line.kind not in ("new", "changed", "left"):
            continue
        members = teams[line.team][2]
        if line.kind == "left":
            del members[line.membership_id]
            continue
        person = line.person_id or 5000 + (line.new_person or 0)
        before = members.get(line.membership_id)
        values = CurrentMember(
            line.membership_id or number,
            person,
            before.name if before else line.name,
            line.role or "member",
            line.phone or (before.phone if before else None),
            line.phone_note or (before.phone_note if before else ""),
            line.note,
        )
        members[values.membership_id] = values
        people[person] = KnownPerson(person, values.name, values.phone)
    made = tuple(CurrentTeam(i, n, d, tuple(m.values())) for n, (i, d, m) in teams.items())
    return State(made, tuple(people.values()))


@pytest.mark.parametrize(
    ("data", "name"),
    [(s1_xlsx(), "a.xlsx"), (s2_xlsx(), "b.xlsx"), (s2_docx(), "b.docx")],
    ids=["s1-xlsx", "s2-xlsx", "s2-docx"],
)
def test_the_same_file_again_is_0_new_0_changed_0_left(data, name):
    first = make_plan(read_roster(data, name), VAN_LANG, State())
    state = stand(first)

    again = make_plan(read_roster(data, name), VAN_LANG, state)

    assert first.counts["new"] in (4, 7)
    assert _counts(again) == (0, 0, 0, first.counts["new"], 0)
    assert again.changes_nothing


def test_an_empty_commune_gets_every_team_and_person_new():
    plan = make_plan(read_roster(s1_xlsx(), "a.xlsx"), VAN_LANG, State())

    assert [(t.name, t.kind, t.decision_number) for t in plan.teams] == [
        ("Thôn 1", "new", "05/QĐ-UBND"),
        ("Thôn 2", "new", "06/QĐ-UBND"),
    ]
    assert plan.counts["new"] == 7
    assert plan.counts["skipped"] == 6


def test_decomposed_letters_and_the_place_of_the_tone_do_not_make_a_new_person():
    state = _state(("Nguyễn Thị Hòa", "leader", "0912000001"))

    plan = _plan([(unicodedata.normalize("NFD", "NGUYỄN THỊ HOÀ"), "Tổ trưởng", "0912000001")], state)

    assert _kinds(plan) == [("NGUYỄN THỊ HOÀ", "same")]


def test_a_changed_role_or_number_is_shown_before_and_after():
    state = _state(("Vừ A Páo", "member", "0912000001"))

    line = _plan([("Vừ A Páo", "Tổ phó", "0912000009")], state).lines[0]

    assert line.kind == "changed"
    assert (line.before, line.after) == ("Tổ viên · 0912 000 ***", "Tổ phó · 0912 000 009")
    assert "Đổi chức vụ" in line.reason
    assert "Đổi số điện thoại" in line.reason


def test_a_number_that_the_file_does_not_bring_is_masked_in_the_whole_plan():
    state = _state(
        ("Vừ A Páo", "member", "0912000001"),
        ("Giàng A Lử", "member", "0912000002"),
        ("Sùng Thị Mỷ", "member", "0912000003"),
        ("Lò Văn Tống", "member", "0912000004"),
        ("Vừ A Chua", "member", "0912000005"),
        ("Vừ A Chua", "member", "0912000006"),
    )

    plan = _plan(
        [
            ("Vừ A Páo", "TP", "0912000009"),
            ("Sùng Thị Mỷ", "TV", ""),
            ("Lò Văn Tống", "TP", "0912000***"),
            ("Vừ A Chua", "TV", ""),
        ],
        state,
    )

    stored = json.dumps(plan.to_json(), ensure_ascii=False).replace(" ", "")
    assert [line.kind for line in plan.lines] == ["changed", "same", "changed", "doubtful", "left"]
    assert [number for number in range(1, 7) if f"091200000{number}" in stored] == []
    assert plan.lines[0].phone == "0912000009"
    assert "0912 000 *** → 0912 000 009" in plan.lines[0].reason
    assert [line.before for line in plan.lines if line.kind == "left"] == ["Tổ viên · 0912 000 ***"]


def test_a_number_typed_in_the_file_is_shown_as_typed():
    state = _state(("Vừ A Páo", "member", "0912000001"))

    line = _plan([("Vừ A Páo", "TV", "0912000001")], state).lines[0]

    assert line.after == "Tổ viên · 0912 000 001"


def test_what_a_row_says_for_the_rows_below_is_not_stored_at_any_length():
    rows = [
        ("1", "", "Thôn " + "x" * 7_000, "", "Vừ A Páo", "TV", "", ""),
        ("", "", "", "", "Giàng A Lử", "TV", "", ""),
    ]

    lines = make_plan(read_roster(s1_xlsx(rows), "a.xlsx"), VAN_LANG, NOBODY).lines

    assert [line.kind for line in lines] == ["doubtful", "doubtful"]
    assert max(len(line.team) for line in lines) < 300


def test_a_masked_number_does_not_erase_the_number_that_is_known():
    state = _state(("Vừ A Páo", "member", "0912000001"))

    assert _kinds(_plan([("Vừ A Páo", "TV", "0912000***")], state)) == [("Vừ A Páo", "same")]


def test_a_number_filled_in_later_belongs_to_the_same_person():
    state = _state(("Vừ A Páo", "member", None))

    assert _kinds(_plan([("Vừ A Páo", "TV", "0912000001")], state)) == [("Vừ A Páo", "changed")]


def test_accents_put_right_are_a_changed_name_when_team_and_number_agree():
    state = _state(("Vu A Pao", "member", "0912000001"))

    line = _plan([("Vừ A Páo", "TV", "0912000001")], state).lines[0]

    assert (line.kind, line.membership_id) == ("changed", 1)
    assert "Sửa họ tên" in line.reason


def test_who_is_missing_from_a_team_in_the_file_is_shown_as_left():
    state = _state(("Vừ A Páo", "member", "0912000001"), ("Giàng A Lử", "member", "0912000002"))

    assert _kinds(_plan([("Vừ A Páo", "TV", "0912000001")], state)) == [("Vừ A Páo", "same"), ("Giàng A Lử", "left")]


def test_a_team_missing_from_the_file_is_not_touched():
    state = _state(("Vừ A Páo", "member", "0912000001"), team="Thôn 9")

    assert _kinds(_plan([("Giàng A Lử", "TV", "0912000002")], state)) == [("Giàng A Lử", "new")]


def test_two_people_of_one_name_in_a_team_stay_two():
    rows = [("Nguyễn Văn An", "TT", "0912000001"), ("Nguyễn Văn An", "TV", ""), ("Nguyễn Văn An", "TV", "")]

    plan = _plan(rows)

    assert _counts(plan)[0] == 3
    assert len({line.new_person for line in plan.lines}) == 3
    assert _counts(_plan(rows, stand(plan))) == (0, 0, 0, 3, 0)


def test_of_two_namesakes_without_a_known_number_nobody_is_guessed():
    state = _state(("Nguyễn Văn An", "member", "0912000001"), ("Nguyễn Văn An", "member", "0912000002"))

    assert _kinds(_plan([("Nguyễn Văn An", "TV", "0912000003")], state)) == [("Nguyễn Văn An", "doubtful")]


def test_the_same_row_twice_is_doubtful():
    rows = [("Vừ A Páo", "TV", "0912000001"), ("VỪ A PÁO", "TP", "0912000001")]

    assert [kind for _, kind in _kinds(_plan(rows))] == ["new", "doubtful"]


def test_a_phone_shared_by_two_people_is_accepted_with_a_warning():
    lines = _plan([("Vừ A Páo", "TT", "0912000001"), ("Giàng Thị Dê", "TV", "0912000001")]).lines

    assert [line.kind for line in lines] == ["new", "new"]
    assert "Dùng chung số với Giàng Thị Dê" in lines[0].reason
    assert lines[0].new_person != lines[1].new_person


def test_one_person_in_the_commune_team_and_a_village_team_is_one_person_with_two_memberships():
    rows = [
        *S1_PEOPLE[4:6],
        ("3", "", "Tổ CNSCĐ xã", "", "HOÀNG THỊ HÒA", "Tổ phó", "0914.994.123", ""),
    ]

    plan = make_plan(read_roster(s1_xlsx(rows), "a.xlsx"), VAN_LANG, State())

    assert plan.counts["new"] == 3
    assert plan.lines[0].new_person == plan.lines[2].new_person
    assert _counts(make_plan(read_roster(s1_xlsx(rows), "a.xlsx"), VAN_LANG, stand(plan))) == (0, 0, 0, 3, 0)


def test_who_is_known_in_another_team_of_the_commune_is_not_added_again():
    state = _state(("Vừ A Páo", "leader", "0912000001"), team="Thôn 9")

    line = _plan([("Vừ A Páo", "TV", "0912000001")], state).lines[0]

    assert (line.kind, line.person_id, line.new_person) == ("new", 1, None)


def test_two_deputies_are_accepted():
    assert _counts(_plan([("Vừ A Páo", "TP", "0912000001"), ("Giàng A Lử", "TP", "0912000002")]))[0] == 2


def test_the_second_of_two_leaders_is_left_to_the_clerk():
    lines = _plan([("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TT", "0912000002")]).lines

    assert [line.kind for line in lines] == ["new", "doubtful"]
    assert "đã có tổ trưởng là Vừ A Páo" in lines[1].reason


def test_a_leader_who_stays_is_not_pushed_aside_by_a_second_one():
    state = _state(("Giàng A Lử", "leader", "0912000002"))

    plan = _plan([("Vừ A Páo", "TT", "0912000001"), ("Giàng A Lử", "TT", "0912000002")], state)

    assert [kind for _, kind in _kinds(plan)] == ["doubtful", "same"]


def test_leader_and_deputy_may_change_places_in_one_file():
    state = _state(("Vừ A Páo", "leader", "0912000001"), ("Giàng A Lử", "deputy", "0912000002"))

    plan = _plan([("Giàng A Lử", "TT", "0912000002"), ("Vừ A Páo", "TP", "0912000001")], state)

    assert [kind for _, kind in _kinds(plan)] == ["changed", "changed"]


def test_a_doubtful_row_does_not_make_its_person_leave():
    state = _state(("Vừ A Páo", "member", "0912000001"))

    assert _kinds(_plan([("Vừ A Páo", "Bí thư chi bộ", "0912000001")], state)) == [("Vừ A Páo", "doubtful")]


def test_a_person_whose_two_rows_disagree_is_not_changed_to_and_fro():
    one = CurrentMember(1, 1, "Vừ A Páo", "member", "0912000001")
    teams = (CurrentTeam(1, "Thôn 1", "", (one,)), CurrentTeam(2, "Thôn 2", "", (replace(one, membership_id=2),)))
    rows = [
        ("", "", "Thôn 1", "", "Vừ A Páo", "TV", "0912000009", ""),
        ("", "", "Thôn 2", "", "Vừ A Páo", "TV", "0912000001", ""),
    ]

    plan = make_plan(
        read_roster(s1_xlsx(rows), "a.xlsx"), VAN_LANG, State(teams, (KnownPerson(1, "Vừ A Páo", "0912000001"),))
    )

    assert [line.kind for line in plan.lines] == ["doubtful", "same"]


@pytest.mark.parametrize(
    ("said", "is_ours"),
    [
        ("Xã Văn Lang", True),
        ("xã VĂN LANG", True),
        ("UBND xã Văn Lang", True),
        ("Văn Lang", True),
        ("Xã Văn Lang, tỉnh Thái Nguyên", True),
        ("Xã Văn Lăng", False),
        ("Phường Văn Lang", False),
        ("Van Lang", False),
    ],
)
def test_communes_that_differ_by_one_accent_are_two_communes(said, is_ours):
    assert VAN_LANG.is_meant_by(said) is is_ours


def test_the_place_of_the_tone_does_not_make_another_commune():
    assert Commune("1", "phường", "Hoà Bình").is_meant_by("P. Hòa Bình")


def test_a_file_of_another_commune_is_refused_whole():
    with pytest.raises(WrongCommune, match="Văn Lang"):
        make_plan(read_roster(s1_xlsx(), "a.xlsx"), Commune("05552", "xã", "Văn Lăng"), State())


def test_rows_of_another_commune_are_passed_over_with_the_reason():
    rows = [*S1_PEOPLE[4:6], ("9", "Xã Văn Lăng", "Thôn 1", "", "Vừ A Páo", "TT", "", "")]

    lines = make_plan(read_roster(s1_xlsx(rows), "a.xlsx"), VAN_LANG, State()).lines

    assert [line.kind for line in lines] == ["new", "new", "skipped"]
    assert "không thuộc xã Văn Lang" in lines[2].reason


def test_a_former_name_of_the_commune_still_means_it():
    assert Commune("1", "phường", "Mới", former=("xã Cũ",)).is_meant_by("Xã Cũ")


def test_fewer_than_nine_people_in_form_s2_is_a_note_and_no_refusal():
    plan = make_plan(read_roster(s2_xlsx(s2_rows()), "b.xlsx"), VAN_LANG, State())

    assert "mới có 4 người" in plan.notes[0]
    assert plan.counts["new"] == 4


def test_another_decision_for_a_team_is_a_change_and_another_spelling_is_not():
    state = _state(("Hoàng Thị Hoà", "leader", "0914994123"), decision="05/QĐ-UBND ngày 01/08/2025")
    rows = [S1_PEOPLE[4]]
    newer = [(*rows[0][:3], "09/QĐ-UBND ngày 2/9/2025", *rows[0][4:])]

    same = make_plan(read_roster(s1_xlsx(rows), "a.xlsx"), VAN_LANG, state)
    changed = make_plan(read_roster(s1_xlsx(newer), "a.xlsx"), VAN_LANG, state)

    assert (same.teams[0].kind, changed.teams[0].kind) == ("same", "changed")


def test_a_plan_is_stored_and_taken_up_again_unchanged():
    plan = make_plan(read_roster(s1_xlsx(), "a.xlsx"), VAN_LANG, State())

    assert Plan.from_json(plan.to_json()) == plan


def test_the_fingerprint_tells_whether_the_teams_changed_meanwhile():
    state = _state(("Vừ A Páo", "member", "0912000001"))

    assert state.digest == _state(("Vừ A Páo", "member", "0912000001")).digest
    assert state.digest != _state(("Vừ A Páo", "deputy", "0912000001")).digest
