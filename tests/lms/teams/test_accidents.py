"""Two clerks in the same instant, and a process killed in the middle: all or nothing."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from lms.access import SYSTEM
from lms.areas.models import Area
from lms.db import db_session, in_unit, locked
from lms.errors import Refused
from lms.people.models import Person
from lms.teams import rules
from lms.teams.models import Membership, RosterImport, Team
from lms.teams.reorganising import end_membership, merge_teams, move_member
from lms.teams.roster import read_roster
from tests.factories import NOON, actor_of, clerk, join_team, make_person, make_team
from tests.lms.teams.files import S2_HEADING, csv_file, s1_xlsx

VAN_LANG = "02143"
KILLED = """
import os, signal, sys
from lms.access import SYSTEM
from lms.db import in_unit
from lms.teams import rules
from tests.conftest import make_app
from tests.factories import NOON

def work(session):
    rules.confirm_roster(session, by=SYSTEM, import_id=int(sys.argv[3]), leaving=(), now=NOON)
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)

with make_app(sys.argv[1], sys.argv[2]).app_context():
    in_unit(work)
"""


def _previewed(data, name="a.xlsx", team=""):
    roster = read_roster(data, name, team=team)

    def work(session):
        row = rules.receive_roster(
            session, by=SYSTEM, commune_code=VAN_LANG, file_id=None, file_name=name, now=NOON, read_later=False
        )
        rules.preview_roster(session, import_id=row.id, roster=roster, now=NOON)
        return row.id

    return in_unit(work)


def _confirm(import_id):
    in_unit(lambda s: rules.confirm_roster(s, by=SYSTEM, import_id=import_id, leaving=(), now=NOON))


def test_of_two_rosters_written_in_the_same_instant_one_stands_and_one_is_told(app, session):
    files = [
        csv_file([S2_HEADING, (1, "Vừ A Páo", "TT", "0912000001")]),
        csv_file([S2_HEADING, (1, "Giàng A Lử", "TT", "0912000002")]),
    ]
    imports = [_previewed(data, "b.csv", team="Thôn 1") for data in files]
    start, told = threading.Barrier(2), []

    def clerk(import_id):
        with app.app_context():
            start.wait()
            try:
                _confirm(import_id)
            except rules.PlanOutdated:
                told.append(import_id)
            finally:
                app.extensions["lms"].db.session.remove()

    threads = [threading.Thread(target=clerk, args=(import_id,)) for import_id in imports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()

    assert len(told) == 1
    assert session.scalar(select(func.count(Team.id))) == 1
    assert session.scalar(select(func.count(Membership.id))) == 1


@pytest.fixture
def by(app):
    return actor_of(clerk(VAN_LANG))


def _at_once(app, session, deeds):
    """Let every deed read what stands and wait for the commune; then let them go. Return who was told no."""
    told = []

    def press(number, deed):
        with app.app_context():
            try:
                in_unit(deed)
            except Refused as refusal:
                told.append((number, type(refusal)))
            finally:
                app.extensions["lms"].db.session.remove()

    threads = [threading.Thread(target=press, args=(number, deed)) for number, deed in enumerate(deeds)]
    session.rollback()
    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    locked(session, Area, VAN_LANG)
    for thread in threads:
        thread.start()
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    while on_postgresql and all(thread.is_alive() for thread in threads) and _waiting(session) < len(deeds):
        threads[0].join(0.01)
    session.rollback()
    for thread in threads:
        thread.join()
    return told


def _waiting(session):
    return session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


def test_of_two_moves_in_the_same_instant_one_stands_and_one_is_told(app, session, by):
    one, two, three = (make_team(f"Thôn {number}", VAN_LANG) for number in (1, 2, 3))
    membership = join_team(one, make_person("Vừ A Páo"))

    def move_to(team):
        return lambda s: move_member(s, by=by, membership_id=membership, team_id=team, now=NOON).id

    told = _at_once(app, session, [move_to(two), move_to(three)])

    assert [kind for _, kind in told] == [rules.MembershipEnded]
    assert session.scalar(select(func.count(Membership.id)).where(Membership.left_at.is_(None))) == 1
    assert session.scalar(select(func.count(Membership.id))) == 2


def test_who_leaves_while_being_moved_is_in_no_team_or_in_the_new_one(app, session, by):
    one, two = (make_team(f"Thôn {number}", VAN_LANG) for number in (1, 2))
    membership = join_team(one, make_person("Vừ A Páo"))

    told = _at_once(
        app,
        session,
        [
            lambda s: move_member(s, by=by, membership_id=membership, team_id=two, now=NOON).id,
            lambda s: end_membership(s, by=by, membership_id=membership, now=NOON).id,
        ],
    )

    live = session.scalars(select(Membership.team_id).where(Membership.left_at.is_(None))).all()
    assert [kind for _, kind in told] == [rules.MembershipEnded]
    assert live == ([two] if told[0][0] == 1 else [])


def test_who_is_moved_while_the_teams_are_merged_is_in_one_team(app, session, by):
    one, two, three = (make_team(f"Thôn {number}", VAN_LANG) for number in (1, 2, 3))
    membership = join_team(one, make_person("Vừ A Páo"))

    told = _at_once(
        app,
        session,
        [
            lambda s: move_member(s, by=by, membership_id=membership, team_id=two, now=NOON).id,
            lambda s: merge_teams(s, by=by, team_id=one, into_id=three, now=NOON).id,
        ],
    )

    live = session.scalars(select(Membership.team_id).where(Membership.left_at.is_(None))).all()
    assert live == ([three] if told else [two])


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_process_killed_while_writing_leaves_nothing_and_the_next_run_finishes(app, engine_url, tmp_path):
    import_id = _previewed(s1_xlsx())
    db_session().rollback()
    root = Path(__file__).parents[3]
    words = [sys.executable, "-c", KILLED, engine_url, str(tmp_path / "du-lieu"), str(import_id)]

    killed = subprocess.run(words, cwd=root, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert db_session().scalar(select(func.count(Person.id))) == 0
    assert db_session().get_one(RosterImport, import_id).confirmed_at is None
    _confirm(import_id)
    assert db_session().scalar(select(func.count(Membership.id))) == 7
