"""Everything that anybody can do in training, and who may: one list for all random stories."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from lms.access import SYSTEM, Actor
from lms.clock import vn_date
from lms.db import Base, db_session, in_unit
from lms.errors import NotFound, Refused
from lms.journal.models import Job, JournalEntry, Notice, NoticeDelivery
from lms.once import OnceKey
from lms.training import models, rules, timetable
from lms.training.models import (
    Call,
    CallCommune,
    ClassSession,
    Decision,
    Delegation,
    Need,
    NeedProposal,
    PlannedClass,
    PlannedNeed,
    Seat,
    TrainingClass,
    TrainingPlan,
    new_token,
)
from lms.training.offline import Sent, take_roster
from lms.training.planning import slots_of
from lms.training.proposing import Limits
from lms.training.room_codes import own_seat, room_code
from lms.training.transitions import LIVE_NEEDS, OPEN_SEATS
from tests.factories import HAC_THANH, actor_of, clerk, officer, trainer

from .world import OTHER_TOPIC, TOPIC, World

OTHER_COMMUNE = "14812"
HANOI = "01"
SECRET = "chi-dung-trong-kiem-thu"
TEAM = frozenset({"leader", "deputy"})
STAFF = frozenset({"officer", "second officer"})
DOOR = STAFF | {"trainer"}
SPEAKERS = TEAM | {"clerk"}
ANSWERERS = SPEAKERS | {"person"}

TABLES = [
    *(found.__table__ for found in vars(models).values() if isinstance(found, type) and Base in found.__bases__),
    *(found.__table__ for found in (Notice, NoticeDelivery, JournalEntry, Job, OnceKey)),
]


def digest() -> str:
    """Return the fingerprint of every row of training, of its notices, journal and forms."""
    session = db_session()
    session.rollback()
    connection = session.connection()
    rows = [connection.execute(select(table).order_by(*table.primary_key.columns)).all() for table in TABLES]
    session.rollback()
    return sha256(repr(rows).encode()).hexdigest()


def forget() -> None:
    """Empty the tables of training; people, teams and topics stay."""

    def empty(session):
        for table in reversed(Base.metadata.sorted_tables):
            if table in TABLES:
                session.execute(table.delete())

    in_unit(empty)


def stored() -> dict[Any, list[dict[str, Any]]]:
    """Return every row of training, to be put back later."""
    session = db_session()
    session.rollback()
    found = {
        table: [
            dict(row) for row in session.connection().execute(select(table).order_by(*table.primary_key)).mappings()
        ]
        for table in TABLES
    }
    session.rollback()
    return found


def restore(kept: dict[Any, list[dict[str, Any]]]) -> None:
    """Put the rows of training back as they were."""
    forget()
    db_session().expunge_all()

    def fill(session):
        for table in Base.metadata.sorted_tables:
            if kept.get(table):
                session.execute(table.insert(), kept[table])

    in_unit(fill)


@dataclass
class Cast:
    """Three teams in two communes, and everybody else who could want something."""

    world: World
    more_teams: int = 0
    actors: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        teams = [self.world.team(commune=commune) for commune in (HAC_THANH, HAC_THANH, OTHER_COMMUNE)]
        teams += [self.world.team() for _ in range(self.more_teams)]
        for number, team in enumerate(teams, 1):
            self.actors |= {f"{role} {number}": team.by(role) for role in ("leader", "deputy", "member")}
        self.actors |= {
            "clerk": self.world.clerk,
            "other clerk": actor_of(clerk(OTHER_COMMUNE, "Vũ Thị Xã Khác")),
            "trainer": self.world.trainer,
            "other trainer": actor_of(trainer(name="Đỗ Văn Giảng Khác")),
            "officer": self.world.officer,
            "second officer": self.world.second_officer,
            "officer elsewhere": actor_of(officer(HANOI, "Bùi Thị Sở Khác")),
            "timer": SYSTEM,
        }

    @property
    def teams(self):
        return self.world.teams

    def role(self, name: str, team_id: int | None = None, person_id: int | None = None) -> set[str]:
        """Return what somebody of the cast is to a team and a person."""
        word, _, number = name.rpartition(" ")
        if not number.isdigit():
            commune = OTHER_COMMUNE if team_id == self.teams[2].id else HAC_THANH if team_id else None
            clerks = {"clerk": HAC_THANH, "other clerk": OTHER_COMMUNE}
            return ({"clerk"} if clerks[name] == commune else set()) if name in clerks else {name}
        team = self.teams[int(number) - 1]
        roles = {word} if team.id == team_id else {f"stranger's {word}"}
        return roles | ({"person"} if getattr(team, word) == person_id else set())


@dataclass(frozen=True)
class Deed:
    """One verb: on what, who may, in which states of the row it can be done at all.

    What depends on more than state and role (who signed, who asked) is not done by `each` role in each state.
    """

    name: str
    entity: str
    may: frozenset[str]
    do: Callable[..., Any]
    states: frozenset[str] = frozenset()
    choices: int = 1
    each: bool = True


class Undone(Exception):
    """A deed was possible, and has been taken back."""


class Province:
    """A province in which anybody tries anything."""

    topics_asked = (TOPIC, OTHER_TOPIC)

    def __init__(self, cast: Cast, start: datetime) -> None:
        self.cast, self.world, self.classes = cast, cast.world, []
        self.world._call = None
        self.go_to(start)

    def go_to(self, now: datetime) -> None:
        """Let it be that moment."""
        self.now = self.world.now = now

    def pass_time(self, hours: float) -> None:
        self.go_to(self.now + timedelta(hours=hours))

    def rows(self, entity: str) -> list[Any]:
        """Return the rows a deed can be done to, the newest first."""
        model = {"call": Call, "need": Need, "class": TrainingClass, "seat": Seat, "decision": Decision,
                 "proposal": NeedProposal, "session": ClassSession, "delegation": Delegation, "plan": TrainingPlan,
                 "planned": PlannedClass}.get(entity)  # fmt: skip
        if model is None:
            return list(self.cast.teams)
        session = db_session()
        session.rollback()
        return session.query(model).order_by(model.id.desc()).all()

    def roles(self, name: str, entity: str, row: Any) -> set[str]:
        """Return what somebody is to this row."""
        team, person = getattr(row, "team_id", None), getattr(row, "person_id", None)
        if entity == "team":
            team = row.id
        if entity == "proposal":
            team = db_session().get(Need, row.need_id).team_id
        roles = self.cast.role(name, team, None if entity in ("proposal", "delegation") else person)
        if entity == "proposal" and "deputy" in roles and self._is_delegated(team, self.cast.actors[name].person_id):
            roles.add("delegate")
        if entity == "decision" and self.cast.actors[name].account_id == row.asked_by_id:
            return {"asker"}
        return roles

    def _is_delegated(self, team_id: int, person_id: int) -> bool:
        live = {"team_id": team_id, "person_id": person_id, "ended_at": None}
        found = db_session().query(Delegation).filter_by(**live).one_or_none()
        return found is not None and found.until >= vn_date(self.now)

    def attempt(self, deed: Deed, name: str, row: Any, choice: int = 0, *, undo: bool = False) -> Any:
        """Let somebody try a deed on a row, in a unit of its own; `choice` settles what is left open."""
        by, row_id = self.cast.actors[name], row.id
        team = getattr(row, "team_id", None)
        # An id that was taken back is given again; nothing of the last attempt may be remembered.
        db_session().expunge_all()

        def work(session):
            done = deed.do(self, session, by, row_id, choice=choice, team=team)
            if undo:
                session.flush()
                raise Undone
            return done

        return in_unit(work)

    def person(self, team_id: int, choice: int) -> int:
        team = next(team for team in self.cast.teams if team.id == team_id)
        return (team.leader, team.deputy, team.member)[choice % 3]

    def other_class(self, session, class_id: int, choice: int) -> int:
        """Return another class, of the same topic while there is one."""
        here = session.get(TrainingClass, class_id)
        there = session.query(TrainingClass).filter(TrainingClass.id != class_id).order_by(TrainingClass.id.desc())
        rows = sorted(there, key=lambda row: row.topic != here.topic)
        return rows[choice % min(3, len(rows))].id


def deed(entity: str, may: frozenset[str], states: str = "", choices: int = 1, *, each: bool = True):
    """Enter a verb into the list; `choices` are the ways in which it can be done."""

    def enter(do: Callable[..., Any]) -> Callable[..., Any]:
        DEEDS[do.__name__] = Deed(do.__name__, entity, may, do, frozenset(states.split()), choices, each)
        return do

    return enter


def something(done: Any) -> Any:
    """Return what was done; a verb that answers row by row has refused where it did nothing."""
    if not done:
        raise Refused("Không có gì để làm.")
    return done


def session_of(s, seat_id: int, choice: int) -> int:
    """Return one of the sessions of the seat's class."""
    of_class = ClassSession.class_id == s.get(Seat, seat_id).class_id
    held = s.scalars(select(ClassSession.id).where(of_class).order_by(ClassSession.number)).all()
    return held[choice % len(held)]


def scan_the_wall(p: Province, s, by: Actor, seat_id: int, choice: int) -> Any:
    """Let somebody scan the code on the wall; people scan for themselves, so this is about no seat but theirs."""
    held = session_of(s, seat_id, choice)
    if own_seat(s, by, held)[1].id != seat_id:
        raise NotFound(f"seat {seat_id}")
    code = room_code(s.get(TrainingClass, s.get(Seat, seat_id).class_id), held, p.now)
    more = {"device": f"may-{seat_id}-{new_token()}"[:40], "nonce": new_token()}
    return rules.check_in_by_room(s, by=by, session_id=held, code=code, now=p.now, **more)


DEEDS: dict[str, Deed] = {}


# Calls


@deed("call", STAFF, "draft")
def publish_call(p, s, by, row, **_):
    return rules.publish_call(s, by=by, call_id=row, now=p.now)


@deed("call", STAFF, "draft open")
def edit_call(p, s, by, row, **_):
    title = f"{s.get(Call, row).title[:150]}, sửa"
    return rules.edit_call(s, by=by, call_id=row, title=title, now=p.now)


@deed("call", STAFF, "open closed")
def extend_call(p, s, by, row, **_):
    later = max(p.now, s.get(Call, row).closes_at) + timedelta(days=1)
    return rules.extend_call(s, by=by, call_id=row, closes_at=later, reason="mưa lũ", now=p.now)


@deed("call", STAFF, "open")
def close_call(p, s, by, row, **_):
    return rules.close_call(s, by=by, call_id=row, reason="đã đủ", now=p.now)


@deed("call", STAFF, "closed planned")
def mark_planned(p, s, by, row, **_):
    return rules.mark_planned(s, by=by, call_id=row, now=p.now)


@deed("call", STAFF, "draft open closed")
def arrange_communes(p, s, by, row, **_):
    said = s.scalar(select(CallCommune).where(CallCommune.call_id == row, CallCommune.commune_code == HAC_THANH))
    plan = rules.CommunePlan(HAC_THANH, is_remote=said is None or not said.is_remote)
    return rules.arrange_communes(s, by=by, call_id=row, communes=[plan], now=p.now)


@deed("call", STAFF, "open closed planned")
def plan_class(p, s, by, row, **_):
    day = vn_date(p.now) + timedelta(days=30)
    sessions = ((day, "sang"), (day, "chieu"))
    plan = rules.Plan(title="Lớp lập tay", venue="Nhà văn hóa", topic=s.get(Call, row).topics[0], capacity=2, hours=8,
                      sessions=sessions, sessions_required=2, trainer_name="Lê Thị Giảng")  # fmt: skip
    return rules.plan_class(s, by=by, call_id=row, plan=plan, now=p.now)


@deed("call", STAFF, "open closed planned")
def propose_plan(p, s, by, row, **_):
    limits = Limits(starts_on=vn_date(p.now) + timedelta(days=60), size=3, min_viable=1)
    return rules.propose_plan(s, by=by, call_id=row, limits=limits, now=p.now)


@deed("call", STAFF, "draft closed planned")
def archive_call(p, s, by, row, **_):
    return rules.archive_call(s, by=by, call_id=row, now=p.now)


# Needs


@deed("team", SPEAKERS, choices=4)
def register(p, s, by, row, choice, **_):
    topic = p.topics_asked[choice // 2 % 2]
    wish = rules.Wish(seats_wanted=1 + choice % 2)
    more = {"team_id": row, "topic": topic, "wish": wish, "reason": "tổ gọi điện nhờ"}
    return rules.register_need(s, by=by, call_id=p.world.call, now=p.now, **more)


@deed("team", SPEAKERS, choices=2)
def save_draft(p, s, by, row, choice, **_):
    wish = rules.Wish(seats_wanted=1 + choice % 2)
    more = {"team_id": row, "topic": p.topics_asked[0], "wish": wish, "reason": "tổ gọi điện nhờ"}
    return rules.save_need_draft(s, by=by, call_id=p.world.call, now=p.now, **more)


@deed("team", frozenset({"leader"}))
def delegate(p, s, by, row, **_):
    until = vn_date(p.now) + timedelta(days=20)
    return rules.delegate(s, by=by, team_id=row, person_id=p.person(row, 1), until=until, now=p.now)


@deed("delegation", frozenset({"leader"}))
def end_delegation(p, s, by, row, **_):
    return rules.end_delegation(s, by=by, delegation_id=row, now=p.now)


@deed("need", SPEAKERS, "draft")
def submit(p, s, by, row, **_):
    return rules.submit_need(s, by=by, need_id=row, now=p.now)


@deed("need", TEAM, "submitted confirmed returned grouped partly_met met", each=False)
def sign(p, s, by, row, **_):
    return rules.sign_need(s, by=by, need_id=row, now=p.now)


@deed("need", frozenset({"clerk"}), "submitted")
def confirm_need(p, s, by, row, **_):
    return rules.confirm_need(s, by=by, need_id=row, now=p.now)


@deed("need", frozenset({"clerk"}), "submitted")
def confirm_needs(p, s, by, row, **_):
    return something(rules.confirm_needs(s, by=by, need_ids=[row], now=p.now).done)


@deed("need", STAFF | {"clerk"}, "submitted confirmed")
def return_need(p, s, by, row, **_):
    return rules.return_need(s, by=by, need_id=row, reason="thiếu người", now=p.now)


@deed("need", STAFF, "submitted confirmed")
def reject(p, s, by, row, **_):
    return rules.reject_need(s, by=by, need_id=row, reason="không thuộc đợt này", now=p.now)


@deed("need", SPEAKERS, "draft submitted confirmed returned grouped partly_met met")
def withdraw(p, s, by, row, **_):
    return rules.withdraw_need(s, by=by, need_id=row, reason="tổ bận", now=p.now)


@deed("need", TEAM, "draft submitted confirmed returned grouped partly_met met", each=False)
def object_to_need(p, s, by, row, **_):
    return rules.object_to_need(s, by=by, need_id=row, reason="tổ không nhờ", now=p.now)


@deed("proposal", frozenset({"leader", "clerk", "delegate"}))
def accept_proposal(p, s, by, row, **_):
    return rules.accept_proposal(s, by=by, proposal_id=row, now=p.now)


@deed("proposal", frozenset({"leader", "clerk", "delegate"}))
def refuse_proposal(p, s, by, row, **_):
    return rules.refuse_proposal(s, by=by, proposal_id=row, now=p.now)


@deed("need", STAFF, "grouped")
def ungroup(p, s, by, row, **_):
    class_id = s.scalar(select(Seat.class_id).where(Seat.need_id == row, Seat.state.in_(OPEN_SEATS)))
    return rules.ungroup_need(s, by=by, class_id=class_id or p.classes[0], need_id=row, reason="đổi lớp", now=p.now)


# Plans: what can be done hangs on how far the plan is, which is no state of its own


@deed("plan", STAFF, each=False)
def add_class(p, s, by, row, **_):
    call = s.get(Call, s.get(TrainingPlan, row).call_id)
    return rules.add_class(s, by=by, plan_id=row, topic=call.topics[0], now=p.now)


@deed("plan", STAFF, each=False)
def move_need(p, s, by, row, **_):
    need_id = s.scalar(select(PlannedNeed.need_id).where(PlannedNeed.plan_id == row))
    return rules.move_need(s, by=by, plan_id=row, need_id=need_id, number=None, reason="tổ xin lùi", now=p.now)


@deed("plan", STAFF, each=False)
def discard_plan(p, s, by, row, **_):
    return rules.discard_plan(s, by=by, plan_id=row, now=p.now)


@deed("plan", STAFF, each=False)
def ask_to_publish(p, s, by, row, **_):
    return rules.ask_to_publish(s, by=by, plan_id=row, back="/", now=p.now)


@deed("plan", STAFF, each=False)
def finish_publishing(p, s, by, row, **_):
    return rules.finish_publishing(s, by=by, plan_id=row, now=p.now)


@deed("plan", STAFF, each=False)
def reopen_plan(p, s, by, row, **_):
    return rules.reopen_plan(s, by=by, plan_id=row, now=p.now)


@deed("planned", STAFF, each=False)
def change_class(p, s, by, row, **_):
    planned = s.get(PlannedClass, row)
    change = rules.ClassChange(planned.title, "Hội trường xã", planned.capacity, 1, slots_of(planned))
    of = {"plan_id": planned.plan_id, "number": planned.number}
    return rules.change_class(s, by=by, **of, change=change, now=p.now)


@deed("planned", STAFF, each=False)
def drop_class(p, s, by, row, **_):
    planned = s.get(PlannedClass, row)
    return rules.drop_class(s, by=by, plan_id=planned.plan_id, number=planned.number, now=p.now)


@deed("planned", STAFF, each=False)
def publish_planned_class(p, s, by, row, **_):
    return rules.publish_planned_class(s, by=by, planned_id=row, now=p.now)


# Classes


@deed("class", STAFF, "planned published")
def group(p, s, by, row, **_):
    topic = select(TrainingClass.topic).where(TrainingClass.id == row).scalar_subquery()
    needs = s.scalars(select(Need.id).where(Need.state.in_(LIVE_NEEDS), Need.topic == topic)).all()
    return rules.group_needs(s, by=by, class_id=row, need_ids=needs, now=p.now)


@deed("class", STAFF, "planned")
def publish(p, s, by, row, **_):
    return rules.publish_class(s, by=by, class_id=row, now=p.now)


@deed("class", STAFF, "planned published roster_locked postponed running")
def more_places(p, s, by, row, **_):
    capacity = s.get(TrainingClass, row).capacity
    return rules.set_capacity(s, by=by, class_id=row, capacity=capacity + 1, now=p.now, reason="phòng to hơn")


@deed("class", STAFF, "planned published roster_locked postponed running")
def fewer_places(p, s, by, row, **_):
    capacity = s.get(TrainingClass, row).capacity
    return rules.set_capacity(s, by=by, class_id=row, capacity=capacity - 1, now=p.now, reason="phòng nhỏ hơn")


@deed("class", STAFF, "published")
def close_roster(p, s, by, row, **_):
    return rules.close_roster(s, by=by, class_id=row, now=p.now)


@deed("class", STAFF, "published roster_locked")
def postpone(p, s, by, row, **_):
    return rules.postpone_class(s, by=by, class_id=row, reason="bão", now=p.now)


@deed("class", STAFF, "planned postponed", choices=3)
def set_dates(p, s, by, row, choice, **_):
    day = vn_date(p.now) + timedelta(days=4 + choice % 3)
    sessions = ((day, "sang"), (day, "chieu"))
    return rules.set_new_dates(s, by=by, class_id=row, sessions=sessions, lock_hours=24, now=p.now)


@deed("class", STAFF, "planned published roster_locked postponed running")
def change_teaching(p, s, by, row, **_):
    here = s.get(TrainingClass, row)
    venue = f"{here.venue[:150]}, phòng khác"
    return rules.change_teaching(s, by=by, class_id=row, venue=venue, trainer_id=here.trainer_id, now=p.now)


@deed("class", STAFF, "planned published roster_locked postponed", choices=3)
def merge(p, s, by, row, choice, **_):
    into = p.other_class(s, row, choice)
    return rules.merge_class(s, by=by, class_id=row, into_id=into, reason="ít người", now=p.now)


@deed("class", STAFF, "planned")
def cancel_class(p, s, by, row, **_):
    return rules.cancel_class(s, by=by, class_id=row, reason="không còn cần", now=p.now)


@deed("class", STAFF, "planned published roster_locked postponed")
def ask_cancel(p, s, by, row, **_):
    return rules.ask_cancel(s, by=by, class_id=row, reason="mất điện", now=p.now)


@deed("class", STAFF, "published roster_locked postponed running")
def ask_cut(p, s, by, row, **_):
    return rules.ask_cut(s, by=by, class_id=row, capacity=1, reason="hỏng phòng", now=p.now)


@deed("decision", STAFF)
def accept(p, s, by, row, **_):
    return rules.accept_decision(s, by=by, decision_id=row, now=p.now)


@deed("decision", STAFF)
def refuse(p, s, by, row, **_):
    return rules.refuse_decision(s, by=by, decision_id=row, answer="chưa cần", now=p.now)


@deed("decision", frozenset({"asker"}))
def take_back(p, s, by, row, **_):
    return rules.take_back_decision(s, by=by, decision_id=row, now=p.now)


@deed("class", DOOR, "published roster_locked running ended")
def close_attendance(p, s, by, row, **_):
    return rules.close_attendance(s, by=by, class_id=row, now=p.now)


@deed("class", STAFF, "ended")
def finalise(p, s, by, row, **_):
    return rules.finalise_class(s, by=by, class_id=row, now=p.now)


# Seats


@deed("seat", ANSWERERS, "offered")
def confirm(p, s, by, row, **_):
    return rules.confirm_seat(s, by=by, seat_id=row, now=p.now)


@deed("seat", ANSWERERS, "offered")
def decline(p, s, by, row, **_):
    return rules.decline_seat(s, by=by, seat_id=row, now=p.now)


@deed("seat", ANSWERERS | STAFF, "waiting offered confirmed")
def cancel(p, s, by, row, **_):
    return rules.cancel_seat(s, by=by, seat_id=row, reason="bận mùa", now=p.now)


@deed("seat", SPEAKERS, "waiting offered confirmed", choices=3)
def substitute(p, s, by, row, choice, team):
    return rules.substitute(s, by=by, seat_id=row, person_id=p.person(team, choice), now=p.now)


@deed("team", SPEAKERS, choices=18)
def request(p, s, by, row, choice, **_):
    newest = select(TrainingClass.id).where(TrainingClass.state == "published").order_by(TrainingClass.id.desc())
    ids = list(s.scalars(newest)) or p.classes
    who = {"team_id": row, "person_id": p.person(row, choice)}
    return rules.request_seat(s, by=by, class_id=ids[choice // 3 % len(ids)], now=p.now, **who)


@deed("seat", STAFF | {"clerk"}, "waiting")
def fill_by_hand(p, s, by, row, **_):
    return rules.fill_by_hand(s, by=by, seat_id=row, now=p.now, reason="gọi hai lần không ai nghe")


@deed("seat", STAFF, "waiting", choices=3)
def move_waiting(p, s, by, row, choice, **_):
    there = p.other_class(s, s.get(Seat, row).class_id, choice)
    return rules.move_waiting(s, by=by, seat_id=row, class_id=there, reason="gần nhà hơn", now=p.now)


@deed("class", DOOR, "published roster_locked running", choices=9)
def walk_in(p, s, by, row, choice, **_):
    team = p.cast.teams[choice % len(p.cast.teams)]
    return rules.add_walk_in(s, by=by, class_id=row, person_id=p.person(team.id, choice // 3), now=p.now)


@deed("seat", DOOR, "confirmed", choices=2)
def set_away(p, s, by, row, choice, **_):
    return rules.set_away(s, by=by, session_id=session_of(s, row, choice), seat_ids=[row], now=p.now)


@deed("seat", DOOR, "away")
def come_back(p, s, by, row, **_):
    return rules.come_back(s, by=by, seat_id=row, now=p.now)


@deed("seat", DOOR, "confirmed away", choices=2)
def check_in(p, s, by, row, choice, **_):
    return rules.check_in(s, by=by, session_id=session_of(s, row, choice), said=s.get(Seat, row).token, now=p.now)


@deed("seat", frozenset({"person"}), "confirmed", choices=2)
def check_in_by_room(p, s, by, row, choice, **_):
    return scan_the_wall(p, s, by, row, choice)


@deed("seat", DOOR, "confirmed", choices=2)
def confirm_own_words(p, s, by, row, choice, **_):
    """Somebody scans the code on the wall, and then somebody says that they are there."""
    person = s.get(Seat, row).person_id
    scan_the_wall(p, s, next(one for one in p.cast.actors.values() if one.person_id == person), row, choice)
    held = session_of(s, row, choice)
    return something(rules.confirm_own_words(s, by=by, session_id=held, seat_ids=[row], now=p.now))


@deed("seat", DOOR, "confirmed away", choices=4)
def receive_marks(p, s, by, row, choice, **_):
    held = s.get(ClassSession, session_of(s, row, choice))
    of_class = s.get(TrainingClass, held.class_id)
    roster = take_roster(s, by=by, row=of_class, held=held, secret=SECRET, now=p.now)
    said = ("present", "absent")[choice // 2 % 2]
    sent = Sent(roster["pass"], "may-cua-ai-do", new_token(), row, said, "list", p.now)
    answers = rules.receive_marks(s, by=by, session_id=held.id, sent=[sent], secret=SECRET, now=p.now)
    return something([answer for answer in answers if answer.outcome != "refused"])


@deed("seat", DOOR, choices=2, each=False)
def take_back_mark(p, s, by, row, choice, **_):
    held = session_of(s, row, choice)
    return rules.take_back_mark(s, by=by, session_id=held, seat_id=row, reason="nhầm người", now=p.now)


@deed("seat", DOOR, "confirmed away", choices=6)
def mark(p, s, by, row, choice, **_):
    given = rules.Mark(("present", "absent", "late")[choice % 3], "nhìn lại danh sách")
    return rules.mark_session(s, by=by, session_id=session_of(s, row, choice), marks={row: given}, now=p.now)


@deed("seat", STAFF, "completed incomplete no_show", choices=3)
def ask_correction(p, s, by, row, choice, **_):
    to = ("completed", "incomplete", "no_show")[choice % 3]
    more = {"to": to, "reason": "ghi nhầm", "evidence": "danh sách giấy"}
    return rules.ask_correction(s, by=by, seat_id=row, now=p.now, **more)


@deed("seat", STAFF, "incomplete", choices=3)
def offer_makeup(p, s, by, row, choice, **_):
    there = p.other_class(s, s.get(Seat, row).class_id, choice)
    return rules.offer_makeup(s, by=by, seat_id=row, class_id=there, now=p.now)


def let_the_clock_work(p: Province) -> None:
    """Do what the timers do, each in a unit of its own."""
    for timer in (
        lambda s: rules.close_due_calls(s, p.now),
        lambda s: rules.accept_due_proposals(s, p.now),
        lambda s: timetable.lock_due_rosters(s, p.now),
        lambda s: timetable.start_due_classes(s, p.now),
        lambda s: timetable.end_due_classes(s, p.now),
        lambda s: timetable.warn_too_few(s, p.now),
        lambda s: rules.expire_offers(s, by=SYSTEM, now=p.now),
    ):
        in_unit(timer)
