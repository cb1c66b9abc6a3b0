"""What a story takes for granted, made behind the scenes by the school's own rules.

Run in a process of its own: `python -m tests.journeys.arrange people '{"…": …}'` prints what was made as JSON.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

import courses
from lms.access import SYSTEM, Actor
from lms.areas.models import Area
from lms.certificates import rules as certificates
from lms.certificates.models import Certificate
from lms.certificates.pressing import make_papers
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.learning import attempts, sheets
from lms.learning.counters import rebuild_counters
from lms.pages import public_url
from lms.people import rules as people
from lms.people.models import Account
from lms.people.pins import hash_pin
from lms.teams.models import Membership, Team
from lms.training import rules as training
from lms.training.models import ClassSession, Seat, TrainingClass
from lms.words import fold, name_key, sort_key
from tests.factories import actor_of
from tests.journeys.visitor import PIN

LONG_AGO = timedelta(days=20)
COURSE = "dich-vu-cong-truc-tuyen"
_PACKAGE = Path(__file__).parents[2] / "content" / "courses" / COURSE


def society(teams: dict[str, dict[str, Any]], staff: list[dict[str, Any]]) -> dict[str, Any]:
    """Make teams with their people, and staff with their tasks; all have a PIN and have agreed."""
    hashed = hash_pin(PIN, current_app.config["LMS_SECRET_KEY"])
    made: dict[str, Any] = {"teams": {}, "people": {}}
    for name, team in teams.items():
        team_id = made["teams"][name] = _team(name, team["commune"])
        for role, *person in team["people"]:
            ids = made["people"][person[0]] = _settled(hashed, *person)
            _join(team_id, ids["person"], role)
    for one in staff:
        made["people"][one["name"]] = _settled(hashed, one["name"], one["phone"], one["role"], one["area"])
    in_unit(rebuild_counters)
    return made


def pass_lessons(people: list[int], lessons: list[str] | None = None) -> dict[str, int]:
    """Let accounts answer the tests of lessons rightly, by the rules of learning."""
    course = courses.load_folder(_PACKAGE, today=vn_date(utc_now()))
    for account_id in people:
        for slug in lessons or [lesson.slug for lesson in course.lessons]:
            _pass(actor_of(account_id), slug)
    return {"people": len(people)}


def registered(call: int, teams: list[list[int]]) -> dict[str, Any]:
    """Register the needs of teams, given as below, in a call."""
    return {"needs": [_register(call, team, utc_now()) for team in teams]}


def seated_class(officer: int, trainer: int, teams: list[list[int]], title: str = "Lớp 01") -> dict[str, Any]:
    """Make a class as below, of today, in which all are confirmed."""
    made = invited_class(officer, trainer, teams, title)
    for seat in db_session().scalars(select(Seat.id).where(Seat.class_id == made["class"])).all():
        in_unit(lambda s, seat=seat: training.confirm_seat(s, by=_owner(s, seat), seat_id=seat, now=utc_now()))
    class_day(made["class"])
    return made


def invited_class(officer: int, trainer: int, teams: list[list[int]], title: str = "Lớp 01") -> dict[str, Any]:
    """Make a call, needs by the first person of each team, and a class in ten days to which all are invited.

    A team is given as [team, account of the leader, person, person, …]; those named go to the class.
    """
    now, by = utc_now(), actor_of(officer)
    window = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=7)}
    call = in_unit(
        lambda s: training.open_call(
            s, by=by, province_code=by.provinces[0], title="Đợt làm sẵn", topics=["dich-vu-cong"],
            seats_per_team=50, who_may_go=["leader", "deputy", "member"], needs_confirmation=False, now=now, **window,
        ).id
    )  # fmt: skip
    needs = [_register(call, team, now) for team in teams]
    size = sum(len(team) - 2 for team in teams)
    day = vn_date(now) + timedelta(days=10)
    plan = training.Plan(
        title=title, venue="Nhà văn hóa xã", topic="dich-vu-cong", capacity=size,
        sessions=((day, "sang"), (day, "chieu")), sessions_required=1, hours=8, trainer_id=trainer,
    )  # fmt: skip
    row = in_unit(lambda s: training.plan_class(s, by=by, call_id=call, plan=plan, now=now).id)
    in_unit(lambda s: training.group_needs(s, by=by, class_id=row, need_ids=needs, now=now))
    in_unit(lambda s: training.publish_class(s, by=by, class_id=row, now=now))
    return {"class": row, "call": call, "needs": needs}


def class_day(class_id: int) -> dict[str, int]:
    """Let the day of a class have come: its list is closed, and all its sessions have just begun."""

    def work(session: Any) -> None:
        now = utc_now()
        row = session.get_one(TrainingClass, class_id)
        row.starts_on = row.ends_on = vn_date(now)
        row.locks_at = now
        for held in session.scalars(select(ClassSession).where(ClassSession.class_id == class_id)):
            held.held_on = vn_date(now)
            held.begins_at, held.ends_at = now - timedelta(minutes=5), now + timedelta(hours=4)

    in_unit(work)
    return {"class": class_id}


def finished_class(officer: int, trainer: int, teams: list[list[int]], title: str = "Lớp 01") -> dict[str, Any]:
    """Make a class as above, with everybody present in both half-days, and its results fixed."""
    made = seated_class(officer, trainer, teams, title)
    now, by = utc_now(), actor_of(officer)
    seats = db_session().scalars(select(Seat.id).where(Seat.class_id == made["class"])).all()
    held = db_session().scalars(select(ClassSession.id).where(ClassSession.class_id == made["class"])).all()
    for one in held:
        marks = {seat: training.Mark("present") for seat in seats}
        in_unit(lambda s, one=one, marks=marks: training.mark_session(s, by=by, session_id=one, marks=marks, now=now))
    in_unit(lambda s: training.close_attendance(s, by=by, class_id=made["class"], now=now))
    in_unit(lambda s: training.finalise_class(s, by=by, class_id=made["class"], now=now))
    return made


def certified(class_id: int, proposer: int, approver: int) -> list[dict[str, Any]]:
    """Certify all who completed a class, by two officers; return what was issued, in the order of the book."""
    now, by, other = utc_now(), actor_of(proposer), actor_of(approver)
    province, site = db_session().get_one(Area, by.provinces[0]), public_url("lms.certificates.enter_code")
    issuer = certificates.issuer_from(current_app.config, province, public_url=site.removesuffix("/v"))
    decision = certificates.Decision("45/QĐ-SKHCN", vn_date(now))
    seats = db_session().scalars(select(Seat.id).where(Seat.class_id == class_id, Seat.state == "completed")).all()
    chosen = [f"seat:{seat}" for seat in seats]
    listed = in_unit(
        lambda s: (
            certificates.propose(
                s, by=by, kind="class", class_id=class_id, chosen=chosen, decision=decision, issuer=issuer, now=now
            ).id
        )
    )
    in_unit(lambda s: certificates.approve_list(s, by=other, list_id=listed, is_unsigned=issuer.is_unsigned, now=now))
    make_papers(listed, lambda *_: None)
    return [
        {"id": row.id, "public_id": row.public_id, "number": row.snapshot["number"], "name": row.snapshot["name"]}
        for row in db_session().scalars(
            select(Certificate).where(Certificate.list_id == listed).order_by(Certificate.number)
        )
    ]


def revoked(certificate: int, asker: int, accepter: int) -> dict[str, Any]:
    """Revoke a certificate by two officers."""
    now, decision = utc_now(), certificates.Decision("52/QĐ-SKHCN", vn_date(utc_now()))
    asked = in_unit(
        lambda s: (
            certificates.ask_revoke(
                s,
                by=actor_of(asker),
                certificate_id=certificate,
                decision=decision,
                category="fraud",
                detail="",
                now=now,
            ).id
        )
    )
    in_unit(lambda s: certificates.accept_ending(s, by=actor_of(accepter), request_id=asked, now=now))
    return {"certificate": certificate}


def _team(name: str, commune: str) -> int:
    def work(session: Any) -> int:
        team = Team(commune_code=commune, name=name, name_key=name_key(name), fold=fold(name), sort_key=sort_key(name),
                    created_at=utc_now() - LONG_AGO)  # fmt: skip
        session.add(team)
        session.flush()
        return team.id

    return in_unit(work)


def _join(team_id: int, person_id: int, role: str) -> None:
    joined = utc_now() - LONG_AGO
    in_unit(lambda s: s.add(Membership(team_id=team_id, person_id=person_id, role=role, joined_at=joined)))


def _settled(hashed: str, name: str, phone: str | None = None, role: str = "", area: str = "") -> dict[str, Any]:
    def work(session: Any) -> dict[str, Any]:
        now = utc_now()
        person = people.add_person(session, full_name=name, phone=phone, now=now)
        people.open_accounts(session, [person.id], now=now)
        account = people.account_of(session, person.id)
        account.pin_hash, account.pin_set_at = hashed, now
        for purpose in ("learning", "reminders"):
            people.give_consent(
                session, person_id=person.id, purpose=purpose, wording="Tôi đồng ý.", means="phiếu", now=now
            )
        if role:
            people.grant_role(session, account_id=account.id, role=role, area_code=area, by=SYSTEM, now=now)
        return {"person": person.id, "account": account.id, "code": account.code}

    return in_unit(work)


def _pass(by: Actor, lesson: str) -> None:
    now = utc_now()
    attempt_id = in_unit(lambda s: attempts.start_attempt(s, by=by, course=COURSE, lesson=lesson, now=now))
    sheet = sheets.open_sheet(db_session(), by=by, attempt_id=attempt_id)
    for question in sheet.questions:
        sent = right_values(question, sheet.paper.order_of(question.key))
        in_unit(
            lambda s, key=question.key, sent=sent: attempts.save_answer(
                s, by=by, sheet=sheet, question=key, getlist=lambda name: sent.get(name, []), seq=None, now=now
            )
        )
    in_unit(lambda s: attempts.submit_attempt(s, by=by, attempt_id=attempt_id, now=now))


def right_values(question: courses.Question, order: tuple[int, ...]) -> dict[str, list[str]]:
    """Return what a form would send with the right answer."""
    order = question.full_order(order)
    if question.kind == "short":
        return {question.field: [question.accept[0]]}
    if question.kind == "order":
        return {question.field_at(place): [str(index + 1)] for place, index in enumerate(order, 1)}
    if question.kind == "match":
        return {question.field_at(left + 1): [str(order.index(left) + 1)] for left in range(question.size)}
    return {question.field: [option.key for option in question.options if option.right]}


def _register(call: int, team: list[int], now: Any) -> int:
    team_id, leader, *going = team
    wish = training.Wish(seats_wanted=len(going), nominee_ids=tuple(going))
    return in_unit(
        lambda s: (
            training.register_need(
                s, by=actor_of(leader), call_id=call, team_id=team_id, topic="dich-vu-cong", wish=wish, now=now
            ).need.id
        )
    )


def _owner(session: Any, seat_id: int) -> Actor:
    person = session.get_one(Seat, seat_id).person_id
    return actor_of(session.scalar(select(Account.id).where(Account.person_id == person)))


VERBS = (
    society, pass_lessons, registered, invited_class, seated_class, class_day, finished_class, certified, revoked,
)  # fmt: skip


def main() -> None:
    """Do one verb in the app that the environment names."""
    from wsgi import app

    name, facts = sys.argv[1:3]
    (verb,) = (one for one in VERBS if one.__name__ == name)
    with app.app_context():
        sys.stdout.write(json.dumps(verb(**json.loads(facts)), ensure_ascii=False))


if __name__ == "__main__":
    main()
