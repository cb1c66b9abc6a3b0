"""The roster files of the demonstration: both forms, three kinds, and the traps of real ones."""

import io
import unicodedata
import zipfile
from collections import Counter

import pytest

from lms.demo.inventing import write_all
from lms.demo.names import People
from lms.demo.province import ROSTER_FILES, ROSTERS
from lms.teams.roster import read_roster

ROSTER = {file.name: read_roster((ROSTERS / file.name).read_bytes(), file.name) for file in ROSTER_FILES}


def test_both_official_forms_come_in_three_kinds_of_file():
    assert {roster.form for roster in ROSTER.values()} == {"s1", "s2"}
    assert {name.rsplit(".", 1)[1] for name in ROSTER} == {"xlsx", "docx", "csv"}


def test_they_hold_enough_teams_and_people():
    entries = [entry for roster in ROSTER.values() for entry in roster.entries]
    assert len({(e.commune.casefold(), e.team) for e in entries}) >= 30
    assert len({(e.name, e.phone) for e in entries}) >= 280


def test_no_row_of_them_needs_the_clerk():
    assert [e for roster in ROSTER.values() for e in roster.entries if e.problem] == []


def test_every_team_has_one_leader():
    for roster in ROSTER.values():
        leaders = Counter(e.team for e in roster.entries if e.role == "leader")
        assert set(leaders.values()) == {1}
        assert set(leaders) == {e.team for e in roster.entries}


def test_the_example_row_the_total_and_unfilled_lines_are_in_them_and_skipped():
    reasons = " ".join(skipped.reason for roster in ROSTER.values() for skipped in roster.skipped)
    for words in ("ví dụ", "tổng cộng", "in sẵn"):
        assert words in reasons


def test_some_names_arrive_with_letters_and_marks_apart_and_are_read_together():
    raw = (
        zipfile.ZipFile(io.BytesIO((ROSTERS / ROSTER_FILES[0].name).read_bytes())).read("xl/sharedStrings.xml").decode()
    )
    assert not unicodedata.is_normalized("NFC", raw)
    assert all(unicodedata.is_normalized("NFC", e.name) for roster in ROSTER.values() for e in roster.entries)


def test_no_number_in_them_can_ring():
    numbers = [e.phone for roster in ROSTER.values() for e in roster.entries if e.phone]
    assert all(number[:4] in ("0590", "0591", "0594", "0595", "0596", "0597") for number in numbers)


def test_the_files_are_what_their_writer_writes(tmp_path):
    for path in write_all(tmp_path):
        assert read_roster(path.read_bytes(), path.name) == ROSTER[path.name]


@pytest.mark.parametrize("kin", ["kinh", "muong", "thai", "mong"])
def test_invented_names_are_the_same_from_the_same_seed(kin):
    first, again = People("a"), People("a")
    assert [first.name(kin) for _ in range(5)] == [again.name(kin) for _ in range(5)]
