"""The schema's history: complete, repeatable, and safe for the rows already there."""

import pytest
from sqlalchemy import func, select, text

from lms import schema
from lms.db import db_session
from lms.library.models import Course
from lms.people.models import Account, Consent, Person
from tests.factories import NOON, join_team, make_account, make_person, make_team


def test_the_migrated_database_is_what_the_models_say(app):
    assert schema.differences(app.extensions["lms"].db.engine) == []


def test_upgrading_twice_changes_nothing(app):
    engine = app.extensions["lms"].db.engine
    make_person()

    schema.upgrade(engine)

    assert schema.is_current(engine)
    assert db_session().scalar(select(func.count()).select_from(Person)) == 1


def test_making_a_parent_table_anew_keeps_its_children(app, unit):
    """On SQLite a batch migration drops the parent: with foreign keys on, its children went with it."""
    from alembic import op
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    person_id = make_person("Người mẹ")
    make_account("Người khác", None, ("clerk", "14797"))
    join_team(make_team(), person_id)
    unit(lambda s: s.add(Consent(person_id=person_id, purpose="learning", wording="…", means="thử", given_at=NOON)))
    db_session().close()

    def remake(connection):
        way = "always" if connection.dialect.name == "sqlite" else "auto"
        with (
            Operations.context(MigrationContext.configure(connection)),
            op.batch_alter_table("lms_people", recreate=way) as b,
        ):
            b.alter_column("phone_note", server_default="")

    schema.run_apart(app.extensions["lms"].db.engine, remake)

    counted = {m: db_session().scalar(select(func.count()).select_from(m)) for m in (Person, Account, Consent)}
    assert counted == {Person: 2, Account: 2, Consent: 1}


def test_a_step_that_would_orphan_rows_is_not_kept(app):
    if app.extensions["lms"].db.engine.dialect.name == "postgresql":
        from sqlalchemy.exc import IntegrityError

        expected: type[Exception] = IntegrityError
    else:
        from lms.errors import Misconfigured

        expected = Misconfigured
    make_person("Không được mất")

    with pytest.raises(expected):
        schema.run_apart(
            app.extensions["lms"].db.engine, lambda connection: connection.execute(text("DELETE FROM lms_people"))
        )

    assert db_session().scalar(select(func.count()).select_from(Person)) == 1


def test_a_lesson_passed_before_classes_counted_is_a_test_of_ones_own(app, unit):
    engine = app.extensions["lms"].db.engine
    person_id = make_person("Lò Thị Mai")
    unit(lambda s: s.add(Course(slug="an-toan", created_at=NOON)))
    db_session().close()
    schema.downgrade(engine, "0001")
    with engine.begin() as connection:
        row = text(
            "INSERT INTO lms_lesson_progress (person_id, course_slug, lesson_slug, card, seen_at, passed_at)"
            " VALUES (:person, 'an-toan', :lesson, 1, :seen, :passed)"
        )
        connection.execute(row, {"person": person_id, "lesson": "da-dat", "seen": NOON, "passed": NOON})
        connection.execute(row, {"person": person_id, "lesson": "dang-doc", "seen": NOON, "passed": None})

    schema.upgrade(engine)

    with engine.connect() as connection:
        grades = dict(connection.execute(text("SELECT lesson_slug, grade FROM lms_lesson_progress")).all())
    assert grades == {"da-dat": "A", "dang-doc": None}
