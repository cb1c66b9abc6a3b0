"""People, teams, a call and classes of one small province, with visible defaults."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lms.clock import vn_date
from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.audit import audit
from lms.training.models import Need, Seat, TrainingClass
from tests.factories import HAC_THANH, NOON, THANH_HOA, actor_of, clerk, make_team, member_of, officer, trainer

TOPIC = "dich-vu-cong"
OTHER_TOPIC = "thanh-toan"
FIRST_DAY = date(2026, 12, 1)
AT_CLASS = NOON.replace(month=12, day=1)
AFTER_CLASS = AT_CLASS.replace(hour=11)
HOUR = timedelta(hours=1)


@dataclass
class TeamOfThree:
    """A team's id, and the people and accounts of its leader, deputy and plain member."""

    id: int
    leader: int
    deputy: int
    member: int
    accounts: dict[str, int]

    def by(self, role: str):
        """Return the person in that role as they would act now."""
        return actor_of(self.accounts[role])


@dataclass
class World:
    """Makes what a test needs when it first asks for it, and says the verbs shortly."""

    now: datetime = NOON
    teams: list[TeamOfThree] = field(default_factory=list)
    _accounts: dict[str, int] = field(default_factory=dict)
    _call: int | None = None

    @property
    def officer(self):
        return actor_of(self._account("officer", officer))

    @property
    def second_officer(self):
        return actor_of(self._account("second officer", lambda: officer(name="Ngô Văn Hai")))

    @property
    def clerk(self):
        return actor_of(self._account("clerk", clerk))

    @property
    def trainer(self):
        return actor_of(self._account("trainer", trainer))

    @property
    def call(self) -> int:
        if self._call is None:
            self._call = self.open_call()
        return self._call

    def use_call(self, **but) -> int:
        """Open a call like this and let all that follows happen in it; return its id."""
        self._call = self.open_call(**but)
        return self._call

    def open_call(self, **but) -> int:
        """Open a call of a week, two seats a team."""
        plan = {
            "province_code": THANH_HOA,
            "title": "Đợt tháng 12",
            "topics": [TOPIC, OTHER_TOPIC],
            "opens_at": self.now,
            "closes_at": self.now + timedelta(days=7),
            "seats_per_team": 2,
            "who_may_go": ["leader", "deputy", "member"],
            "needs_confirmation": False,
            "order": "first_come",
        } | but
        by = self.officer
        return in_unit(lambda s: rules.open_call(s, by=by, now=self.now, **plan).id)

    def team(self, name: str = "", commune: str = HAC_THANH) -> TeamOfThree:
        """Make a team with leader, deputy and member."""
        number = len(self.teams) + 1
        team_id = make_team(name or f"Tổ dân phố {number}", commune)
        people = {
            role: member_of(team_id, f"{word} {number}", role)
            for role, word in (("leader", "Nguyễn Thị Trưởng"), ("deputy", "Trần Văn Phó"), ("member", "Lê Văn Viên"))
        }
        made = TeamOfThree(
            team_id,
            *(people[role][0] for role in ("leader", "deputy", "member")),
            accounts={role: ids[1] for role, ids in people.items()},
        )
        self.teams.append(made)
        return made

    def register(self, team: TeamOfThree, role: str = "leader", now=None, topic: str = TOPIC, **wish) -> int:
        """Register the team's need; return its id."""
        by, call = team.by(role), self.call
        return in_unit(
            lambda s: (
                rules.register_need(
                    s, by=by, call_id=call, team_id=team.id, topic=topic, wish=rules.Wish(**wish), now=now or self.now
                ).need.id
            )
        )

    def plan(self, capacity: int = 2, **but) -> int:
        """Plan a class of one day in two half-days, ten days from now; return its id."""
        day = vn_date(self.now) + timedelta(days=10)
        plan = rules.Plan(
            **{
                "title": "Lớp dịch vụ công số 1",
                "venue": "Nhà văn hóa phường Hạc Thành",
                "topic": TOPIC,
                "capacity": capacity,
                "sessions": ((day, "sang"), (day, "chieu")),
                "sessions_required": 2,
                "hours": 8,
                "trainer_id": self._account("trainer", trainer),
            }
            | but
        )
        by, call = self.officer, self.call
        return in_unit(lambda s: rules.plan_class(s, by=by, call_id=call, plan=plan, now=self.now).id)

    def group(self, class_id: int, *need_ids: int) -> tuple[str, ...]:
        """Group needs into the class; return who was left out."""
        by = self.officer
        return in_unit(
            lambda s: rules.group_needs(s, by=by, class_id=class_id, need_ids=need_ids, now=self.now).left_out
        )

    def publish(self, class_id: int) -> None:
        by = self.officer
        in_unit(lambda s: rules.publish_class(s, by=by, class_id=class_id, now=self.now))

    def cancel(self, class_id: int, reason: str = "mưa lũ") -> None:
        """Cancel a published class by the decision of two officers."""
        asked = self.do(rules.ask_cancel, by=self.officer, class_id=class_id, reason=reason).id
        self.do(rules.accept_decision, by=self.second_officer, decision_id=asked)

    def finalise(self, class_id: int, now: datetime = AFTER_CLASS) -> None:
        """Close the attendance of a class that is over, and fix its results."""
        self.do(rules.close_attendance, by=self.officer, class_id=class_id, now=now)
        self.do(rules.finalise_class, by=self.officer, class_id=class_id, now=now)

    def published(self, *teams: TeamOfThree, capacity: int = 2, **but) -> int:
        """Publish a class whose queue holds one person of each team, in the order given."""
        needs = [self.register(team) for team in teams]
        class_id = self.plan(capacity, **but)
        self.group(class_id, *needs)
        self.publish(class_id)
        return class_id

    def do(self, verb, **what):
        """Run a rule in a unit of its own, now unless told."""
        what.setdefault("now", self.now)
        return in_unit(lambda s: verb(s, **what))

    def seat(self, class_id: int, person_id: int) -> Seat:
        """Return the newest seat of a person in a class."""
        session = db_session()
        session.rollback()
        return session.query(Seat).filter_by(class_id=class_id, person_id=person_id).order_by(Seat.id.desc()).first()

    def states(self, class_id: int) -> list[str]:
        """Return the states of the class's seats in the order of the queue."""
        session = db_session()
        session.rollback()
        rows = session.query(Seat).filter_by(class_id=class_id).order_by(Seat.rank, Seat.place, Seat.id)
        return [seat.state for seat in rows]

    def need(self, need_id: int) -> Need:
        session = db_session()
        session.rollback()
        return session.get(Need, need_id)

    def row(self, class_id: int) -> TrainingClass:
        session = db_session()
        session.rollback()
        return session.get(TrainingClass, class_id)

    def findings(self, now=None) -> list[str]:
        """Return what the auditor finds."""
        session = db_session()
        session.rollback()
        return [f"[{f.invariant}] {f.sentence}" for f in audit(session, now=now or self.now).findings]

    def _account(self, kind: str, make) -> int:
        if kind not in self._accounts:
            self._accounts[kind] = make()
        return self._accounts[kind]
