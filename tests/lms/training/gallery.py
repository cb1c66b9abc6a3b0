"""A province in the middle of its work: a call, a need, a class and a seat in every state, made by the verbs alone."""

from datetime import timedelta

from lms.access import SYSTEM
from lms.clock import vn_date
from lms.db import db_session, in_unit
from lms.journal.models import Job
from lms.library.models import Skill
from lms.training import rules, timetable
from lms.training.models import Call, ClassSession, Need, Seat, TrainingClass
from lms.training.planning import slots_of
from lms.training.proposing import Limits
from tests.factories import NOON, THANH_HOA

from .deeds import Cast, Province

TOPICS = [f"chuyen-de-{number}" for number in range(1, 24)]


class Gallery(Province):
    """Where one can look at everything; it stands still on the morning of a class, in its first session."""

    topics_asked = TOPICS[-2:]

    def __init__(self, cast: Cast) -> None:
        super().__init__(cast, NOON)
        in_unit(lambda s: s.add_all(Skill(key=key, title=key, position=n) for n, key in enumerate(TOPICS, 10)))
        self.topics = iter(TOPICS)
        self._past_calls()
        self._plans()
        self.world.use_call(topics=TOPICS, needs_confirmation=True, closes_at=NOON + timedelta(days=30))
        self._needs()
        until = vn_date(NOON) + timedelta(days=30)
        leader, deputy = cast.teams[1].by("leader"), cast.teams[1].deputy
        self.world.do(rules.delegate, by=leader, team_id=cast.teams[1].id, person_id=deputy, until=until)
        self._classes_ahead()
        self._classes_of_these_days()

    def hang(self, capacity: int, days: int, *teams, wanted: int = 1, publish: bool = True, **but) -> int:
        """Publish a class of a topic of its own, whose queue holds people of the teams."""
        topic = next(self.topics)
        day = vn_date(NOON) + timedelta(days=days)
        class_id = self.world.plan(capacity, topic=topic, title=topic, sessions=((day, "sang"), (day, "chieu")), **but)
        self.classes.append(class_id)
        for team in teams:
            self._confirmed_need(team, topic, seats_wanted=wanted)
        self.group(class_id)
        if publish:
            self.world.publish(class_id)
        self._spare(topic, days)
        return class_id

    def _spare(self, topic: str, days: int) -> None:
        """Publish another class of the topic a month later, with places for everybody."""
        day = vn_date(NOON) + timedelta(days=days + 30)
        spare = self.world.plan(9, topic=topic, title=f"{topic} nữa", sessions=((day, "sang"), (day, "chieu")))
        self.classes.append(spare)
        self.world.publish(spare)

    def group(self, class_id: int) -> None:
        topic = self.world.row(class_id).topic
        ids = [need.id for need in self.rows("need") if need.topic == topic and need.state == "confirmed"]
        self.world.group(class_id, *ids)

    def answer(self, verb, class_id: int, **more) -> Seat:
        """Let the first who is invited to a class answer, by their leader; return the seat."""
        seat = next(seat for seat in self.seats(class_id) if seat.state in ("offered", "confirmed"))
        return self.as_leader(verb, seat, **more)

    def as_leader(self, verb, seat: Seat, **more):
        team = next(team for team in self.cast.teams if team.id == seat.team_id)
        return self.world.do(verb, by=team.by("leader"), seat_id=seat.id, **more)

    def confirm_all(self, class_id: int) -> list[Seat]:
        for seat in self.seats(class_id):
            if seat.state == "offered":
                self.as_leader(rules.confirm_seat, seat)
        return self.seats(class_id)

    def seats(self, class_id: int) -> list[Seat]:
        session = db_session()
        session.rollback()
        return session.query(Seat).filter_by(class_id=class_id).order_by(Seat.rank, Seat.place, Seat.id).all()

    def sessions(self, class_id: int) -> list[ClassSession]:
        return db_session().query(ClassSession).filter_by(class_id=class_id).order_by(ClassSession.number).all()

    def _confirmed_need(self, team, topic: str, **wish) -> int:
        need_id = self.world.register(team, topic=topic, **wish)
        clerk = self.cast.actors["clerk" if team is not self.cast.teams[2] else "other clerk"]
        self.world.do(rules.confirm_need, by=clerk, need_id=need_id)
        return need_id

    def _past_calls(self) -> None:
        """Calls that are drafted, closed, planned and archived; in the last one a need was left over."""
        by = self.world.officer
        plan = rules.CallPlan(
            title="Đợt nháp", topics=TOPICS, opens_at=self.now, closes_at=self.now + timedelta(days=40)
        )
        in_unit(lambda s: rules.draft_call(s, by=by, province_code=THANH_HOA, plan=plan, now=self.now))
        for deeds in ([], [rules.mark_planned], [rules.mark_planned, rules.archive_call]):
            call = self.world.use_call(topics=TOPICS, title=f"Đợt trước {len(deeds)}")
            self.world.register(self.cast.teams[0], topic=TOPICS[-3])
            self.world.do(rules.close_call, by=by, call_id=call, reason="đủ rồi")
            for verb in deeds:
                self.world.do(verb, by=by, call_id=call)

    def _plans(self) -> None:
        """Plans on the board, on their way, published but for the last step, and stopped, each of a closed call."""
        by, day = self.world.officer, vn_date(NOON) + timedelta(days=60)
        limits = Limits(starts_on=day, size=3, min_viable=1)
        for number, team in enumerate((0, 0, 1, 0)):
            call = self.world.use_call(topics=[TOPICS[-5]], title=f"Đợt có kế hoạch {number}")
            self.world.register(self.cast.teams[team], topic=TOPICS[-5])
            self.world.do(rules.close_call, by=by, call_id=call, reason="đủ rồi")
            plan_id = self.world.do(rules.propose_plan, by=by, call_id=call, limits=limits).id
            for row in self.rows("planned"):
                if row.plan_id == plan_id:
                    change = rules.ClassChange(row.title, "Hội trường xã", row.capacity, 1, slots_of(row))
                    self.world.do(rules.change_class, by=by, plan_id=plan_id, number=row.number, change=change)
            if number:
                self.world.do(rules.ask_to_publish, by=by, plan_id=plan_id, back="/")
            for planned_id in rules.classes_to_publish(db_session(), plan_id) if number == 2 else ():
                self.world.do(rules.publish_planned_class, by=by, planned_id=planned_id)
        self._stop_publishing()

    def _stop_publishing(self) -> None:
        """Let the work of the last plan have failed."""

        def fail(session):
            job = session.query(Job).order_by(Job.id.desc()).first()
            job.failed_at, job.failure = self.now, "dừng giữa chừng"

        in_unit(fail)

    def _needs(self) -> None:
        """Needs that nobody has grouped yet, in a topic of their own."""
        one, two, three = self.cast.teams
        topic, other = next(self.topics), next(self.topics)
        by, clerk, of = self.world.officer, self.world.clerk, {"call_id": self.world.call, "topic": topic}
        more = {"team_id": one.id, "wish": rules.Wish()}
        self.world.do(rules.save_need_draft, by=one.by("leader"), **of, **more, reason="")
        self.world.do(rules.save_need_draft, by=clerk, **of | {"topic": TOPICS[-4]}, **more, reason="tổ nhờ")
        self.world.register(two, topic=topic)
        self.world.register(two, "deputy", topic=topic, seats_wanted=2)
        rejected = self.world.register(one, topic=other)
        self.world.do(rules.reject_need, by=by, need_id=rejected, reason="không thuộc đợt này")
        withdrawn = self.world.register(one, topic=other)
        self.world.do(rules.withdraw_need, by=one.by("leader"), need_id=withdrawn)
        returned = self.world.register(two, topic=other)
        self.world.do(rules.return_need, by=clerk, need_id=returned, reason="thiếu người")
        self._confirmed_need(three, topic)
        proxy = {"team_id": three.id, "wish": rules.Wish(), "topic": other, "reason": "tổ gọi điện nhờ"}
        self.world.do(rules.register_need, by=self.cast.actors["other clerk"], call_id=self.world.call, **proxy)

    def _classes_ahead(self) -> None:
        """Classes that are planned, published, closed, put off, merged and cancelled, and a cut."""
        one, two, three = self.cast.teams
        by, second = self.world.officer, self.world.second_officer
        self.hang(2, 10, one, two, publish=False)
        queued = self.hang(1, 11, one, two, three, offer_hours=240)
        merged = self.world.plan(1, topic=self.world.row(queued).topic, title="Lớp gộp đi")
        self.world.publish(merged)
        self.world.do(rules.set_capacity, by=by, class_id=queued, capacity=2)
        self.world.do(rules.merge_class, by=by, class_id=merged, into_id=queued, reason="ít người")
        answered = self.hang(3, 12, one, two, three, wanted=2)
        self.answer(rules.confirm_seat, answered)
        self.answer(rules.cancel_seat, answered, reason="bận")
        self.answer(rules.decline_seat, answered)
        self.answer(rules.confirm_seat, answered)
        changed = self.hang(2, 13, one, two, three)
        self.confirm_all(changed)
        first = next(seat for seat in self.seats(changed) if seat.state == "confirmed")
        team = next(team for team in self.cast.teams if team.id == first.team_id)
        self.as_leader(rules.substitute, first, person_id=team.member)
        asked = self.world.do(rules.ask_cut, by=by, class_id=changed, capacity=1, reason="phòng nhỏ").id
        self.world.do(rules.accept_decision, by=second, decision_id=asked)
        self.world.do(rules.ask_cancel, by=by, class_id=changed, reason="mất điện")
        closed = self.hang(2, 14, one, two, three)
        self.confirm_all(closed)
        self.world.do(rules.close_roster, by=by, class_id=closed)
        self.world.do(rules.set_capacity, by=by, class_id=closed, capacity=3)
        put_off = self.hang(3, 15, one, two)
        self.world.do(rules.postpone_class, by=by, class_id=put_off, reason="bão")
        cancelled = self.hang(2, 16, one)
        self.world.cancel(cancelled)

    def _classes_of_these_days(self) -> None:
        """A class that is over and fixed, one that is over, and one that has begun half an hour ago."""
        one, two, three = self.cast.teams
        fixed = self.hang(6, 2, one, two, three, wanted=2, lock_hours=1, sessions_required=2)
        ended = self.hang(2, 3, one, two, lock_hours=1)
        unmarked = self.hang(2, 4, one, two, lock_hours=1)
        running = self.hang(3, 5, one, two, three, lock_hours=1)
        for class_id in (fixed, ended, unmarked, running):
            self.confirm_all(class_id)
        lapsed = self.hang(1, 17, one, two, offer_hours=1)
        self.go_to(self.sessions(fixed)[1].ends_at)
        seats = self.seats(fixed)
        said = {1: ["present"] * 4 + ["absent"] * 2, 2: ["present"] * 2 + ["absent"] * 4}
        for held in self.sessions(fixed):
            words = zip(seats, said[held.number], strict=True)
            marks = {seat.id: rules.Mark(word, "theo danh sách giấy") for seat, word in words}
            self.world.do(rules.mark_session, by=self.world.trainer, session_id=held.id, marks=marks)
        self.world.finalise(fixed, now=self.now)
        wrong = next(seat for seat in self.seats(fixed) if seat.state == "no_show")
        more = {"seat_id": wrong.id, "to": "completed", "reason": "ghi nhầm", "evidence": "danh sách giấy"}
        self.world.do(rules.ask_correction, by=self.world.second_officer, **more)
        self.world.do(rules.expire_offers, by=SYSTEM)
        assert "expired" in [seat.state for seat in self.seats(lapsed)]
        self.go_to(self.sessions(ended)[1].ends_at)
        self.world.do(rules.close_attendance, by=self.world.trainer, class_id=ended)
        self.go_to(self.sessions(unmarked)[1].ends_at)
        in_unit(lambda s: timetable.start_due_classes(s, self.now))
        in_unit(lambda s: timetable.end_due_classes(s, self.now))
        by, empty = self.world.officer, [self.hang(4, 5, lock_hours=1) for _ in range(2)]
        self.world.do(rules.close_roster, by=by, class_id=empty[1])
        held = self.sessions(running)[1]
        self.go_to(held.begins_at + timedelta(minutes=40))
        away = self.seats(running)[-1]
        self.world.do(rules.set_away, by=self.world.trainer, session_id=held.id, seat_ids=[away.id])
        marks = {self.seats(running)[0].id: rules.Mark("present")}
        self.world.do(rules.mark_session, by=self.world.trainer, session_id=held.id, marks=marks)


def states_on_show() -> dict[str, set[str]]:
    """Return the states that can be looked at."""
    session = db_session()
    session.rollback()
    models = {"call": Call, "need": Need, "class": TrainingClass, "seat": Seat}
    return {entity: {row.state for row in session.query(model)} for entity, model in models.items()}
