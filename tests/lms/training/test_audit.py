"""The auditor finds what somebody with the database in hand has bent.

The data is broken by plain SQL, and where the database itself forbids it, its constraints are taken
away first: every invariant is looked for by the auditor, not only by the database.
"""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event, inspect, text

from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.audit import audit
from lms.training.models import ClassSession, Seat
from tests.conftest import ENGINES, fresh_database, make_app

from .conftest import add_topics
from .world import AFTER_CLASS, OTHER_TOPIC, World


@pytest.fixture(scope="module", params=ENGINES)
def story(request, tmp_path_factory):
    """One story on each engine for all who only look, or bend it and take that back."""
    with fresh_database(request, tmp_path_factory.mktemp("audit")) as (url, folder):
        app = make_app(url, str(folder))
        with app.app_context():
            add_topics()
            world = tell(World())
            engine = app.extensions["lms"].db.engine
            db_session().close()
            engine.dispose()
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA foreign_keys=OFF"))
            yield world
            db_session().close()
            engine.dispose()


@pytest.fixture
def bend(story):
    """Change the data behind everybody's back, the named tables without their constraints; taken back afterwards."""
    session = db_session()
    session.rollback()
    is_sqlite = session.get_bind().dialect.name == "sqlite"

    def change(*statements, free=()):
        for table in free:
            session.execute(text(f"CREATE TABLE bent AS SELECT * FROM {table}"))
            session.execute(text(f"DROP TABLE {table}{'' if is_sqlite else ' CASCADE'}"))
            session.execute(text(f"ALTER TABLE bent RENAME TO {table}"))
        for statement in statements:
            assert session.connection().exec_driver_sql(statement).rowcount, statement

    yield change
    session.rollback()


def tell(world) -> World:
    """Three teams for two places: two invited, of whom one has said yes, and one who waits; and another class."""
    needs = [world.register(world.team()) for _ in range(3)]
    class_id = world.plan(2)
    world.group(class_id, *needs)
    world.publish(class_id)
    world.now += timedelta(minutes=5)
    invited = db_session().query(Seat).filter_by(state="offered").order_by(Seat.rank).first()
    team = next(team for team in world.teams if team.id == invited.team_id)
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=invited.id)
    other = world.plan(2, topic=OTHER_TOPIC, title="Lớp thứ hai")
    world.publish(other)
    who = {"team_id": team.id, "person_id": team.deputy}
    world.do(rules.request_seat, by=team.by("leader"), class_id=other, **who)
    assert world.findings() == []
    return world


def columns_of(table: str, **but: str) -> tuple[str, str]:
    """Return a table's columns but its id, and the same with some replaced, to copy a row with a difference."""
    names = [f'"{column["name"]}"' for column in inspect(db_session().get_bind()).get_columns(table)]
    own = [name for name in names if name != '"id"']
    return ", ".join(own), ", ".join(but.get(name.strip('"'), name) for name in own)


def copy_row(table: str, where: str, **but: str) -> str:
    into, values = columns_of(table, **but)
    return f"INSERT INTO {table} (id, {into}) SELECT (SELECT max(id) + 1 FROM {table}), {values} FROM {table} {where}"


def snapshot(event: str, **but) -> str:
    """Return the statement that bends what an event has kept."""
    event_id, kept = (
        db_session()
        .execute(text(f"SELECT id, snapshot FROM lms_training_events WHERE {event} ORDER BY id DESC"))
        .first()
    )
    kept = (json.loads(kept) if isinstance(kept, str) else kept) | but
    return f"UPDATE lms_training_events SET snapshot = '{json.dumps(kept)}' WHERE id = {event_id}"


WAITING = "(SELECT id FROM lms_seats WHERE state = 'waiting')"
CONFIRMED = "(SELECT id FROM lms_seats WHERE state = 'confirmed')"


def fewer_places(bend):
    bend("UPDATE lms_training_classes SET capacity = 1")


def fewer_places_once(bend):
    bend(snapshot("entity = 'class' AND entity_id = 1 AND to_state = 'published'", capacity=1))


def a_place_not_counted(bend):
    bend(snapshot("entity = 'seat' AND to_state = 'confirmed'", live=1))


def two_seats_of_one_person(bend):
    bend("UPDATE lms_seats SET person_id = (SELECT min(person_id) FROM lms_seats)", free=["lms_seats"])


def two_needs_of_one_team(bend):
    bend("UPDATE lms_needs SET team_id = (SELECT min(team_id) FROM lms_needs)", free=["lms_needs"])


def more_places(bend):
    bend("UPDATE lms_training_classes SET capacity = 3")


def more_places_once(bend):
    bend(snapshot("entity = 'class' AND entity_id = 1 AND to_state = 'published'", capacity=3))


def somebody_passed_over(bend):
    bend(snapshot(f"entity = 'seat' AND entity_id = {WAITING}", order=[0, 0]))


def a_run_with_another_result(bend):
    bend("UPDATE lms_allotment_runs SET digest = 'không phải dấu của lượt này'")


def a_rank_given_by_hand(bend):
    bend(f"UPDATE lms_seats SET rank = rank + 100 WHERE id = {CONFIRMED}")


def another_number(bend):
    bend("UPDATE lms_needs SET queue_seq = 99 WHERE queue_seq = 3", "UPDATE lms_calls SET need_seq = 99")


def a_number_beyond_the_last(bend):
    bend("UPDATE lms_calls SET need_seq = 1")


def a_number_given_twice(bend):
    bend("UPDATE lms_seats SET seq = 1", free=["lms_seats"])


def another_state(bend):
    bend("UPDATE lms_seats SET state = 'completed' WHERE state = 'waiting'")


def another_state_of_the_call(bend):
    bend("UPDATE lms_calls SET state = 'archived'")


def a_need_that_does_not_follow(bend):
    bend(
        "UPDATE lms_needs SET state = 'confirmed' WHERE state = 'grouped'",
        "UPDATE lms_training_events SET to_state = 'confirmed' WHERE entity = 'need' AND to_state = 'grouped' "
        "AND entity_id IN (SELECT id FROM lms_needs WHERE state = 'confirmed')",
    )


def a_row_taken_away(bend):
    bend(f"DELETE FROM lms_seats WHERE id = {WAITING}")


def a_link_taken_away(bend):
    bend("DELETE FROM lms_training_events WHERE entity = 'seat' AND to_state = 'offered'")


def one_form_done_twice(bend):
    bend("UPDATE lms_training_events SET request_key = '7.form'")


def nobody_did_it(bend):
    bend("UPDATE lms_training_events SET actor_label = '' WHERE entity = 'need'", free=["lms_training_events"])


def no_rule(bend):
    bend("UPDATE lms_training_events SET rule_version = '' WHERE entity = 'call'", free=["lms_training_events"])


def one_person_decided(bend):
    ask = (
        "INSERT INTO lms_training_decisions (id, kind, class_id, wanted, reason, asked_at, asked_by_id, decided_at, "
        "decided_by_id, outcome, answer) SELECT 1, 'cancel', id, '{}', 'mưa bão', created_at, 7, created_at, 7, "
        "'accepted', '' FROM lms_training_classes"
    )
    bend(ask, free=["lms_training_decisions"])


def a_move_that_is_not_declared(bend):
    bend("UPDATE lms_training_events SET from_state = 'declined' WHERE entity = 'seat' AND to_state = 'offered'")


def a_result_changed_by_nobody(bend):
    link = "WHERE entity = 'seat' AND to_state = 'confirmed'"
    bend(
        copy_row("lms_training_events", link, from_state="'confirmed'", to_state="'incomplete'"),
        copy_row("lms_training_events", link, from_state="'incomplete'", to_state="'completed'"),
        "UPDATE lms_seats SET state = 'completed' WHERE state = 'confirmed'",
    )


def mark(seat: str, at: str = "begins_at", session: str = "id", **but: str) -> str:
    kept = {"reason": "''", "device": "NULL", "nonce": "NULL", "repeat_of_id": "NULL"} | but
    return (
        f"INSERT INTO lms_attendance_marks (id, seat_id, session_id, mark, source, marked_at, happened_at, "
        f"{', '.join(kept)}) SELECT coalesce((SELECT max(id) FROM lms_attendance_marks), 0) + 1, {seat}, {session}, "
        f"'present', 'list', ends_at, {at}, {', '.join(kept.values())} FROM lms_class_sessions "
        "WHERE class_id = 1 AND number = 1"
    )


def a_mark_for_somebody_who_waits(bend):
    bend(mark(WAITING))


def a_mark_before_the_hour(bend):
    bend(mark(CONFIRMED, at="(SELECT min(created_at) FROM lms_training_classes)"))


def a_mark_in_another_class(bend):
    bend(mark(CONFIRMED, session="777"), free=["lms_attendance_marks"])


def a_mark_sent_twice(bend):
    sent = mark(CONFIRMED, device="'may-1'", nonce="'a'")
    bend(sent, sent, free=["lms_attendance_marks"])


def a_repetition_of_nothing(bend):
    bend(mark(CONFIRMED, repeat_of_id="55"), free=["lms_attendance_marks"])


def a_notice_told_twice(bend):
    bend(copy_row("lms_notices", "WHERE id = (SELECT max(id) FROM lms_notices)"), free=["lms_notices"])


def two_places_at_one_hour(bend):
    bend(
        f"UPDATE lms_seats SET person_id = (SELECT person_id FROM lms_seats WHERE id = {CONFIRMED}) WHERE class_id = 2"
    )


def no_place_at_all(bend):
    bend("UPDATE lms_training_classes SET capacity = 0", free=["lms_training_classes"])


def a_name_of_loose_accents(bend):
    bend("UPDATE lms_training_classes SET title = 'Lo\u031b\u0301p so\u0302\u0301 1'")


@pytest.mark.parametrize(
    ("break_it", "invariant"),
    [
        (fewer_places, 1),
        (fewer_places_once, 1),
        (a_place_not_counted, 1),
        (two_seats_of_one_person, 2),
        (two_needs_of_one_team, 3),
        (more_places, 4),
        (more_places_once, 4),
        (somebody_passed_over, 5),
        (a_run_with_another_result, 5),
        (a_rank_given_by_hand, 5),
        (another_number, 6),
        (a_number_beyond_the_last, 6),
        (a_number_given_twice, 6),
        (another_state, 7),
        (another_state_of_the_call, 7),
        (a_need_that_does_not_follow, 7),
        (a_row_taken_away, 7),
        (a_link_taken_away, 7),
        (one_form_done_twice, 8),
        (nobody_did_it, 9),
        (no_rule, 9),
        (one_person_decided, 9),
        (a_move_that_is_not_declared, 10),
        (a_result_changed_by_nobody, 10),
        (a_mark_for_somebody_who_waits, 11),
        (a_mark_before_the_hour, 11),
        (a_mark_in_another_class, 11),
        (a_mark_sent_twice, 11),
        (a_repetition_of_nothing, 11),
        (a_notice_told_twice, 18),
        (two_places_at_one_hour, 19),
        (no_place_at_all, 20),
        (a_name_of_loose_accents, 20),
    ],
)
def test_the_auditor_names_the_broken_invariant(story, bend, break_it, invariant):
    break_it(bend)

    found = audit(db_session(), now=story.now).findings

    assert invariant in {finding.invariant for finding in found}, found


@pytest.mark.parametrize("written", ["2026-11-21 12:00:00+07:00", "2026-11-21T05:00:00"])
def test_a_moment_that_is_not_in_utc_is_found_where_the_database_would_keep_it(story, bend, written):
    """PostgreSQL knows the zone of every moment; SQLite keeps what it is given."""
    if db_session().get_bind().dialect.name == "postgresql":
        offset = db_session().scalar(text("SELECT extract(timezone FROM '2026-11-21 12:00+07'::timestamptz)"))
        assert offset == 0
        return
    bend(f"UPDATE lms_calls SET closes_at = '{written}'")
    found = audit(db_session(), now=story.now).findings
    assert [(f.invariant, f.entity) for f in found] == [(20, "lms_calls")]


@pytest.mark.parametrize("changes", [{"state": "completed"}, {"result": {"minutes": 480}}])
def test_a_fixed_result_that_does_not_follow_from_the_marks_is_found(world, changes):
    """Somebody was there in the morning only; whoever makes it a whole day is found."""
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    morning = db_session().query(ClassSession).filter_by(class_id=class_id, number=1).one()
    marks = {seat_id: rules.Mark("present")}
    world.do(rules.mark_session, by=world.trainer, session_id=morning.id, marks=marks, now=morning.begins_at)
    world.finalise(class_id)
    assert world.findings(AFTER_CLASS) == []

    def change(session):
        seat = session.get(Seat, seat_id)
        assert seat.state == "incomplete"
        seat.state = changes.get("state", seat.state)
        seat.result = seat.result | changes.get("result", {})

    in_unit(change)

    assert any(found.startswith("[7]") for found in world.findings(AFTER_CLASS))


def test_the_auditor_reads_and_never_writes(story):
    session = db_session()
    before = session.execute(text("SELECT count(*) FROM lms_training_events")).scalar()
    session.rollback()

    audit(session, now=story.now)

    assert not session.new
    assert not session.dirty
    assert session.execute(text("SELECT count(*) FROM lms_training_events")).scalar() == before


def test_the_command_ends_with_1_at_the_first_breach(world, app):
    tell(world)
    run = app.test_cli_runner().invoke
    assert run(args=["lms", "training", "audit"]).exit_code == 0
    in_unit(lambda s: s.execute(text("UPDATE lms_training_classes SET capacity = 1")))

    told = run(args=["lms", "training", "audit", "--json"])

    assert told.exit_code == 1
    report = json.loads(told.output)
    assert not report["is_clean"]
    assert report["findings"][0]["invariant"] == 1


def test_the_number_of_statements_does_not_grow_with_the_queue(world):
    """Seventeen thousand seats are read by the same statements as three."""
    tell(world)
    few = statements_of_an_audit(world)
    for _ in range(5):
        team = world.team()
        who = {"team_id": team.id, "person_id": team.member}
        world.do(rules.request_seat, by=team.by("leader"), class_id=1, **who)

    assert statements_of_an_audit(world) == few


def statements_of_an_audit(world) -> int:
    session, asked = db_session(), []
    session.rollback()
    listen = ("after_cursor_execute", lambda *_: asked.append(1))
    event.listen(session.get_bind(), *listen)
    try:
        audit(session, now=world.now)
    finally:
        event.remove(session.get_bind(), *listen)
    return len(asked)
