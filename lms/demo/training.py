"""One call with needs, a class held and certified, and a class that is inviting people now."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates import rules as certifying
from lms.certificates.issuers import Decision, Issuer, issuer_from
from lms.certificates.models import ApprovalList, Certificate, EndingRequest
from lms.certificates.pressing import make_papers
from lms.clock import VIETNAM, utc_now, vn_date
from lms.db import db_session, in_unit, row_exists
from lms.demo.people import let_in, member_actor, person_actor, staff_accounts, staff_actor
from lms.demo.province import (
    FIRST_TOPIC,
    PROVINCE,
    SECOND_OFFICER,
    SECOND_TOPIC,
    TRAINERS,
    ZEAL,
    days_before,
    workday_before,
)  # fmt: skip
from lms.teams.models import Membership, Team
from lms.training import rules
from lms.training.models import Call, ClassSession, Need, Seat, TrainingClass

CALL = "Đợt đăng ký tập huấn cho Tổ công nghệ số cộng đồng"
HELD_CLASS = "Lớp 01: Hướng dẫn bà con dùng dịch vụ công trực tuyến"
NEXT_CLASS = "Lớp 02: Tự bảo vệ trên không gian mạng"
HELD, NEXT = 14, -12
_REGISTER_DAYS = (40, 24)


def open_call(anchor: datetime) -> None:
    """Open the call, which is still open on the day the demonstration is loaded."""
    now = days_before(anchor, 45, 8)

    def work(session: Session) -> None:
        if row_exists(session, Call, Call.title == CALL):
            return
        rules.open_call(
            session, by=staff_actor(session, "officer", PROVINCE, now), province_code=PROVINCE, title=CALL,
            topics=[FIRST_TOPIC, SECOND_TOPIC], opens_at=now, closes_at=days_before(anchor, -20, 17),
            seats_per_team=2, now=now,
        )  # fmt: skip

    in_unit(work)


def register_needs(anchor: datetime) -> None:
    """Let teams register; some needs are co-signed, the clerk confirms most and gives one back.

    Every third team has not registered yet, so that a leader can try it.
    """
    teams = [team_id for place, team_id in enumerate(_team_ids(db_session())) if place % 3 != 2]
    first, second = teams[::2][:12], teams[1::2][:11]
    wishes = [(team, FIRST_TOPIC) for team in first] + [(team, SECOND_TOPIC) for team in [*second, first[0]]]
    earliest, latest = _REGISTER_DAYS
    for place, (team_id, topic) in enumerate(wishes):
        now = days_before(anchor, earliest - place * (earliest - latest) // len(wishes), 7 + place % 11, place * 7 % 60)
        _register(team_id=team_id, topic=topic, place=place, now=now)


def hold_first_class(anchor: datetime) -> None:
    """Plan, fill, teach and finalise the first class, each deed in a unit of its own as in life."""
    row = _class_named(db_session(), HELD_CLASS)
    if row is None or row.finalised_at is None:
        _hold(anchor)


def invite_to_next_class(anchor: datetime) -> None:
    """Publish the second class: some have said yes, one no, others wait for a place."""
    planned = days_before(anchor, 1, 8)
    plan = _plan(db_session(), NEXT_CLASS, SECOND_TOPIC, 12, workday_before(anchor, NEXT), offer_hours=240)
    class_id = _open_class(plan, planned)
    for place, seat_id in _unanswered(class_id, until=6):
        _answer(seat_id, planned + timedelta(hours=2 + place), says_no=place == 3)


def certify(anchor: datetime) -> None:
    """Let one officer propose the first class's results and another approve them; make the papers, revoke one."""
    held = _class_named(db_session(), HELD_CLASS)
    assert held is not None
    assert held.finalised_at is not None
    proposed = held.finalised_at + timedelta(days=2)
    list_id = in_unit(lambda s: _propose(s, proposed))
    in_unit(lambda s: _approve(s, list_id, proposed + timedelta(hours=3)))
    make_papers(list_id, lambda done, total, note: None)
    in_unit(lambda s: _ask_to_revoke(s, utc_now()))
    in_unit(lambda s: _accept_revoking(s, utc_now()))


def _team_ids(session: Session) -> list[int]:
    return list(session.scalars(select(Team.id).where(Team.commune_code.in_(ZEAL)).order_by(Team.id)))


def _register(*, team_id: int, topic: str, place: int, now: datetime) -> None:
    session = db_session()
    call_id = session.scalars(select(Call.id).where(Call.title == CALL)).one()
    if row_exists(session, Need, Need.call_id == call_id, Need.team_id == team_id, Need.topic == topic):
        return
    leader, *deputies = _leaders(session, team_id)
    for person_id in (leader, *deputies):
        in_unit(partial(let_in, person_id=person_id, now=now))
    wish = rules.Wish(2, (leader, deputies[0]), ("Ngày trong tuần", "Thứ bảy", "")[place % 3])
    asked = {"call_id": call_id, "team_id": team_id, "topic": topic, "wish": wish}
    need_id = _do(rules.register_need, _person(leader), now=now, **asked).need.id
    if place % 3 == 0:
        _do(rules.register_need, _person(deputies[0]), now=now + timedelta(hours=5), **asked)
    _look_at(need_id, team_id, place, now + timedelta(days=1))


def _look_at(need_id: int, team_id: int, place: int, now: datetime) -> None:
    """Let the commune's clerk confirm the need; a few are still to be looked at, one comes back."""
    if place % 8 == 5:
        return
    commune = db_session().get_one(Team, team_id).commune_code

    def clerk(session: Session, moment: datetime) -> Actor:
        return staff_actor(session, "clerk", commune, moment)

    if place == 15:
        _do(rules.return_need, clerk, need_id=need_id, reason="Tổ phó đang đi học xa, cần cử người khác", now=now)
    else:
        _do(rules.confirm_need, clerk, need_id=need_id, now=now)


def _leaders(session: Session, team_id: int) -> list[int]:
    rows = session.scalars(
        select(Membership)
        .where(Membership.team_id == team_id, Membership.left_at.is_(None), Membership.role != "member")
        .order_by(Membership.position, Membership.id)
    ).all()
    return [m.person_id for m in sorted(rows, key=lambda m: m.role != "leader")]


def _plan(session: Session, title: str, topic: str, capacity: int, day: date, *, offer_hours: int) -> rules.Plan:
    ((_member, trainer),) = staff_accounts(session, TRAINERS[:1] if topic == FIRST_TOPIC else TRAINERS[1:])
    return rules.Plan(
        title=title, topic=topic, capacity=capacity, hours=8, sessions=((day, "sang"), (day, "chieu")),
        venue="Hội trường UBND phường Hạc Thành", sessions_required=2, trainer_id=trainer.id, offer_hours=offer_hours,
    )  # fmt: skip


def _open_class(plan: rules.Plan, now: datetime) -> int:
    """Plan a class, group every confirmed need of its topic into it, and publish it; return its id.

    A class that a killed run left planned or half filled is taken up where it stands.
    """
    session, later = db_session(), now + timedelta(minutes=30)
    call_id = session.scalars(select(Call.id).where(Call.title == CALL)).one()
    row = _class_named(session, plan.title) or _do(rules.plan_class, _officer, call_id=call_id, plan=plan, now=now)
    class_id, is_published = row.id, row.published_at is not None
    if is_published:
        return class_id
    needs = session.scalars(
        select(Need.id).where(Need.call_id == call_id, Need.topic == plan.topic, Need.state == "confirmed")
    ).all()
    if needs:
        _do(rules.group_needs, _officer, class_id=class_id, need_ids=needs, now=now + timedelta(minutes=20))
    _do(rules.publish_class, _officer, class_id=class_id, now=later)
    return class_id


def _hold(anchor: datetime) -> None:
    day = workday_before(anchor, HELD)
    planned = days_before(anchor, 22, 8)
    plan = _plan(db_session(), HELD_CLASS, FIRST_TOPIC, 16, day, offer_hours=72)
    class_id = _open_class(plan, planned)
    if _state(class_id) == "published":
        for place, seat_id in _unanswered(class_id, until=16):
            _answer(seat_id, planned + timedelta(hours=5 + place), says_no=place in (4, 11))
        for place, seat_id in _unanswered(class_id, until=18):
            _answer(seat_id, planned + timedelta(hours=24 + place), says_no=False)
        _do(rules.close_roster, _officer, class_id=class_id, now=_at(day, 7) - timedelta(days=1))
    if _closed_at(class_id) is None:
        _take_attendance(class_id, day)
    _do(rules.finalise_class, _officer, class_id=class_id, now=_at(day, 9) + timedelta(days=3))


def _take_attendance(class_id: int, day: date) -> None:
    sessions = db_session().execute(
        select(ClassSession.id, ClassSession.half_day)
        .where(ClassSession.class_id == class_id)
        .order_by(ClassSession.number)
    )
    for session_id, half_day in sessions.all():
        marks = {seat: _mark(place, half_day) for place, seat in enumerate(_confirmed(db_session(), class_id))}
        now = _at(day, 8 if half_day == "sang" else 14)
        _do(rules.mark_session, _trainer, session_id=session_id, marks=marks, now=now)
    _do(rules.close_attendance, _trainer, class_id=class_id, now=_at(day, 17) + timedelta(minutes=40))


def _state(class_id: int) -> str:
    return db_session().scalars(select(TrainingClass.state).where(TrainingClass.id == class_id)).one()


def _closed_at(class_id: int) -> datetime | None:
    query = select(TrainingClass.attendance_closed_at).where(TrainingClass.id == class_id)
    return db_session().scalars(query).one()


def _unanswered(class_id: int, *, until: int) -> Iterator[tuple[int, int]]:
    """Yield the seats that still owe an answer, each with its place among the answers; `until` are given in all.

    A place counts the answers already there, so a run taken up again says no at the same places.
    """
    session = db_session()
    answered = ("confirmed", "declined")
    count = select(func.count()).where(Seat.class_id == class_id, Seat.state.in_(answered))
    first = session.scalars(count).one()
    yield from zip(range(first, until), _seats(session, class_id, "offered"), strict=False)


def _answer(seat_id: int, now: datetime, *, says_no: bool) -> None:
    own = _person(db_session().scalars(select(Seat.person_id).where(Seat.id == seat_id)).one())
    if says_no:
        _do(rules.decline_seat, own, seat_id=seat_id, reason="Bận việc gia đình", now=now)
    else:
        _do(rules.confirm_seat, own, seat_id=seat_id, now=now)


def _do(verb: Callable[..., Any], who: Callable[[Session, datetime], Actor], *, now: datetime, **what: Any) -> Any:
    """Carry out one deed as one person would, at that moment."""
    return in_unit(lambda s: verb(s, by=who(s, now), now=now, **what))


def _person(person_id: int) -> Callable[[Session, datetime], Actor]:
    return lambda session, now: person_actor(session, person_id, now)


def _officer(session: Session, now: datetime) -> Actor:
    return staff_actor(session, "officer", PROVINCE, now)


def _second_officer(session: Session, now: datetime) -> Actor:
    return member_actor(session, SECOND_OFFICER)


def _trainer(session: Session, now: datetime) -> Actor:
    return staff_actor(session, "trainer", PROVINCE, now)


def _mark(place: int, half_day: str) -> rules.Mark:
    """One is absent, one leaves at noon, one comes late; all others are there."""
    if place == 6:
        return rules.Mark("excused", "Đi viện")
    if place == 9 and half_day == "chieu":
        return rules.Mark("absent")
    return rules.Mark("late") if (place, half_day) == (2, "sang") else rules.Mark("present")


def _propose(session: Session, now: datetime) -> int:
    """Propose everybody who completed the class; a list that a killed run left is taken up where it stands."""
    row = _class_named(session, HELD_CLASS)
    assert row is not None
    done = session.scalar(select(ApprovalList.id).where(ApprovalList.class_id == row.id).limit(1))
    if done is not None:
        return done
    seats = session.scalars(select(Seat.id).where(Seat.class_id == row.id, Seat.state == "completed")).all()
    return certifying.propose(
        session, by=_officer(session, now), kind="class", class_id=row.id, chosen=[f"seat:{seat}" for seat in seats],
        decision=Decision("45/QĐ-SKHCN", vn_date(now)), issuer=_issuer(session), now=now,
    ).id  # fmt: skip


def _approve(session: Session, list_id: int, now: datetime) -> None:
    if session.get_one(ApprovalList, list_id).approved_at is None:
        certifying.approve_list(
            session, by=_second_officer(session, now), list_id=list_id, is_unsigned=_issuer(session).is_unsigned,
            now=now,
        )  # fmt: skip


def _ask_to_revoke(session: Session, now: datetime) -> None:
    """Ask for the end of the list's last certificate, for a fault in its facts."""
    published = select(Certificate).where(Certificate.published_at.is_not(None)).order_by(Certificate.number.desc())
    last = session.scalar(published.limit(1))
    if last is None or row_exists(session, EndingRequest):
        return
    certifying.ask_revoke(
        session, by=_officer(session, now), certificate_id=last.id,
        decision=Decision("52/QĐ-SKHCN", vn_date(now)), category="wrong_facts", detail="Ghi nhầm người đi thay",
        now=now,
    )  # fmt: skip


def _accept_revoking(session: Session, now: datetime) -> None:
    wanted = session.scalar(select(EndingRequest.id).where(EndingRequest.decided_at.is_(None)).limit(1))
    if wanted is not None:
        certifying.accept_ending(session, by=_second_officer(session, now), request_id=wanted, now=now)


def _issuer(session: Session) -> Issuer:
    config = current_app.config
    return issuer_from(config, session.get_one(Area, PROVINCE), public_url=config["LMS_PUBLIC_URL"])


def _class_named(session: Session, title: str) -> TrainingClass | None:
    return session.scalar(select(TrainingClass).where(TrainingClass.title == title))


def _confirmed(session: Session, class_id: int) -> list[int]:
    return _seats(session, class_id, "confirmed")


def _seats(session: Session, class_id: int, state: str) -> list[int]:
    query = select(Seat.id).where(Seat.class_id == class_id, Seat.state == state)
    return list(session.scalars(query.order_by(Seat.rank, Seat.place, Seat.id)))


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=VIETNAM)
