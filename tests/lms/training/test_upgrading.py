"""What was planned before the whole training queue came keeps its place and its words."""

from datetime import timedelta

from sqlalchemy import select, text

from lms import schema
from lms.clock import vn_moment
from lms.db import db_session
from lms.training.models import AttendanceMark, Call, ClassSession, NeedProposal, Seat, TrainingClass
from tests.factories import NOON


def test_needs_classes_and_seats_from_before_keep_their_place_their_words_and_get_what_is_new(app, world):
    team = world.team()
    need_id = world.register(team)
    class_id = world.plan()
    world.group(class_id, need_id)
    world.publish(class_id)
    by = world.trainer
    engine = app.extensions["lms"].db.engine
    db_session().close()
    schema.downgrade(engine, "0002")
    with engine.begin() as connection:
        before = connection.execute(text("SELECT id, need_seq, place FROM lms_seats")).one()
        connection.execute(
            text(
                "INSERT INTO lms_need_signatures (need_id, person_id, role, signed_at, proposal)"
                " VALUES (:need, :person, 'deputy', :at, '{\"seats_wanted\": 1}')"
            ),
            {"need": need_id, "person": team.deputy, "at": NOON},
        )
        connection.execute(
            text(
                "INSERT INTO lms_attendance_marks (seat_id, session_id, mark, reason, marked_at, marked_by_id)"
                " SELECT :seat, min(id), 'present', '', :at, :by FROM lms_class_sessions"
            ),
            {"seat": before.id, "at": NOON, "by": by.account_id},
        )

    schema.upgrade(engine)

    session = db_session()
    seat = session.get(Seat, before.id)
    assert (seat.rank, seat.place) == (before.need_seq, before.place)
    assert len(seat.token) == 32
    call = session.scalars(select(Call)).one()
    assert (call.state, call.order) == ("open", "first_come")
    assert [proposal.changes for proposal in session.scalars(select(NeedProposal))] == [{"seats_wanted": 1}]
    mark = session.scalars(select(AttendanceMark)).one()
    assert (mark.happened_at, mark.source) == (NOON, "list")
    held = session.scalars(select(ClassSession).order_by(ClassSession.number)).first()
    assert vn_moment(held.begins_at).startswith("07:30")
    row = session.scalars(select(TrainingClass)).one()
    assert held.begins_at - row.locks_at == timedelta(hours=48)
