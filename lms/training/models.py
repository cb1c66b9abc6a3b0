"""Tables of training: call, need, class, session, seat, mark, and the event of every transition."""

import secrets
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.clock import VIETNAM
from lms.db import Base, Json, UtcDateTime, one_where

LIVE_NEED = "state IN ('draft', 'submitted', 'confirmed', 'returned', 'grouped', 'partly_met', 'met')"
OPEN_SEAT = "state IN ('waiting', 'offered', 'confirmed', 'away')"
CALL_STATES = ["draft", "open", "closed", "planned", "archived"]
NEED_STATES = [
    "draft",
    "submitted",
    "confirmed",
    "returned",
    "grouped",
    "partly_met",
    "met",
    "unmet_carried",
    "withdrawn",
    "rejected",
    "closed",
]
CLASS_STATES = [
    "planned",
    "published",
    "roster_locked",
    "running",
    "ended",
    "finalised",
    "postponed",
    "merged",
    "cancelled",
]
LATE_ENTRY = 2_147_483_647
"""The rank of somebody who joined a class without a need: after every need."""
RETURNED = LATE_ENTRY - 1
"""The rank of somebody who let an offer lapse once: after every other need, before late entries."""
SEAT_STATES = [
    "waiting",
    "offered",
    "confirmed",
    "away",
    "completed",
    "incomplete",
    "no_show",
    "declined",
    "expired",
    "cancelled",
    "displaced",
    "moved",
    "class_cancelled",
]


SEAT_KINDS = ["regular", "walk_in", "makeup"]
MARKS = ["present", "late", "left_early", "excused", "absent", "unmarked"]
MARK_SOURCES = ["list", "scan", "code", "room", "paper"]
"""How a mark came about: ticked on the list, QR scanned, code typed, scanned by oneself in the room, signed paper."""
CHANNELS = ["web", "proxy", "phone", "import", "timer", "offline"]


def new_token() -> str:
    """Return a secret of 128 bits, in letters that a QR packs well."""
    return secrets.token_hex(16).upper()


_USUAL_HOURS = {"sang": (time(7, 30), time(11, 30)), "chieu": (time(13, 30), time(17, 30))}


def half_day_times(held_on: date, half_day: str) -> tuple[datetime, datetime]:
    """Return from when to when a half-day usually lasts, in Vietnam's time."""
    begins, ends = _USUAL_HOURS[half_day]
    return datetime.combine(held_on, begins, tzinfo=VIETNAM), datetime.combine(held_on, ends, tzinfo=VIETNAM)


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Call(Base):
    """A round in which teams register their training needs (đợt đăng ký nhu cầu).

    Needs sent before `fair_until` are equal in time (none: the whole call), since a weak signal must
    not decide who goes; with `order` "first_come" only the number of the need counts.
    """

    __tablename__ = "lms_calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="open")
    topics: Mapped[list[str]] = mapped_column(Json)
    seats_per_team: Mapped[int] = mapped_column(default=1)
    who_may_go: Mapped[list[str]] = mapped_column(Json, default=lambda: ["leader", "deputy"])
    needs_confirmation: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fair_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    order: Mapped[str] = mapped_column("order_rule", String(12), default="fair")
    weights: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    seed: Mapped[str] = mapped_column(String(64), default=new_token)
    need_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(_one_of("state", CALL_STATES), name="state_known"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint("seats_per_team >= 1", name="seats_per_team_positive"),
        CheckConstraint("order_rule IN ('fair', 'first_come')", name="order_rule_known"),
    )


class CallCommune(Base):
    """What a call knows of a commune: its cluster, whether it is hard to reach, and the places kept for it."""

    __tablename__ = "lms_call_communes"

    call_id: Mapped[int] = mapped_column(ForeignKey("lms_calls.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), primary_key=True)
    cluster: Mapped[str] = mapped_column(String(80), default="")
    is_remote: Mapped[bool] = mapped_column(default=False)
    reserve: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("reserve >= 0", name="reserve_not_negative"),)


class Need(Base):
    """A team's need of training in one topic of one call; leader and deputy sign the same row.

    The number in the call is given once, when it is first sent; a draft has none yet. A need that
    found no place is carried into the next call with its age; who lost a place goes first there.
    """

    __tablename__ = "lms_needs"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("lms_calls.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"), index=True)
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"))
    state: Mapped[str] = mapped_column(String(20))
    queue_seq: Mapped[int | None]
    seats_wanted: Mapped[int] = mapped_column(default=1)
    role_wanted: Mapped[str] = mapped_column(String(10), default="any")
    nominee_ids: Mapped[list[int]] = mapped_column(Json)
    half_days: Mapped[list[str]] = mapped_column(Json, default=list)
    mode: Mapped[str] = mapped_column(String(10), default="any")
    availability: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by_id: Mapped[int]
    on_behalf_reason: Mapped[str] = mapped_column(String(300), default="")
    paper_reference: Mapped[str] = mapped_column(String(100), default="")
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("lms_needs.id"), unique=True)
    age: Mapped[int] = mapped_column(default=0)
    displaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rejected_for: Mapped[str] = mapped_column(String(30), default="")

    __table_args__ = (
        CheckConstraint(_one_of("state", NEED_STATES), name="state_known"),
        CheckConstraint("seats_wanted >= 1", name="seats_wanted_positive"),
        CheckConstraint("age >= 0", name="age_not_negative"),
        CheckConstraint("role_wanted IN ('any', 'leader', 'deputy', 'member')", name="role_wanted_known"),
        CheckConstraint("mode IN ('any', 'in_person', 'online')", name="mode_known"),
        CheckConstraint("state = 'draft' OR state = 'withdrawn' OR queue_seq IS NOT NULL", name="sent_has_number"),
        CheckConstraint("(queue_seq IS NULL) = (submitted_at IS NULL)", name="number_given_when_sent"),
        UniqueConstraint("call_id", "queue_seq"),
        one_where("uq_lms_needs_live", "call_id", "team_id", "topic", where=LIVE_NEED),
    )


class NeedSignature(Base):
    """A leader's or deputy's name under the team's need."""

    __tablename__ = "lms_need_signatures"

    need_id: Mapped[int] = mapped_column(ForeignKey("lms_needs.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NeedProposal(Base):
    """What somebody would change in the team's need, until the leader or the commune says yes or no.

    Nobody answering for three days is a yes: then `outcome` is "lapsed" and the changes are made.
    """

    __tablename__ = "lms_need_proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("lms_needs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    changes: Mapped[dict[str, Any]] = mapped_column(Json)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(10))

    __table_args__ = (
        CheckConstraint("outcome IN ('accepted', 'refused', 'lapsed', 'replaced')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_outcome"),
        one_where("uq_lms_need_proposals_open", "need_id", "person_id", where="decided_at IS NULL"),
    )


class Delegation(Base):
    """The leader's word that a deputy runs the team for a while; it is recorded, and ends by itself."""

    __tablename__ = "lms_delegations"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    given_by_id: Mapped[int]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None]

    __table_args__ = (one_where("uq_lms_delegations_live", "team_id", "person_id", where="ended_at IS NULL"),)


class TrainingClass(Base):
    """A class of the department: topic, place, capacity, sessions, and one queue.

    From `locks_at` on, `lock_hours` before the first session, the list is filled by hand only. `room_key` is the
    secret from which the room's changing code is made.
    """

    __tablename__ = "lms_training_classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("lms_calls.id"), index=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"))
    title: Mapped[str] = mapped_column(String(200))
    venue: Mapped[str] = mapped_column(String(200))
    cluster: Mapped[str] = mapped_column(String(80), default="")
    capacity: Mapped[int]
    min_viable: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20))
    seat_seq: Mapped[int] = mapped_column(default=0)
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("lms_accounts.id"), index=True)
    trainer_name: Mapped[str] = mapped_column(String(120), default="")
    offer_hours: Mapped[int] = mapped_column(default=72)
    lock_hours: Mapped[int] = mapped_column(default=48)
    hours: Mapped[int] = mapped_column(default=8)
    sessions_required: Mapped[int] = mapped_column(default=1)
    minutes_required: Mapped[int] = mapped_column(default=0)
    room_key: Mapped[str] = mapped_column(String(64), default=new_token)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    locks_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("lms_training_classes.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    too_few_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attendance_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attendance_closed_by_id: Mapped[int | None]
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finalised_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("capacity >= 1", name="capacity_positive"),
        CheckConstraint("min_viable >= 1 AND min_viable <= capacity", name="min_viable_possible"),
        CheckConstraint("lock_hours >= 0", name="lock_hours_not_negative"),
        CheckConstraint("minutes_required >= 0", name="minutes_required_not_negative"),
        CheckConstraint(_one_of("state", CLASS_STATES), name="state_known"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_names_target"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )


class ClassTrainer(Base):
    """Somebody who teaches or checks people in beside the chief trainer of a class."""

    __tablename__ = "lms_class_trainers"

    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("lms_accounts.id"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None]


class ClassSession(Base):
    """One half-day of a class (buổi), from when to when."""

    __tablename__ = "lms_class_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"))
    number: Mapped[int]
    held_on: Mapped[date]
    half_day: Mapped[str] = mapped_column(String(5))
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_required: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("class_id", "number"),
        UniqueConstraint("class_id", "held_on", "half_day"),
        CheckConstraint("half_day IN ('sang', 'chieu')", name="half_day_known"),
        CheckConstraint("ends_at > begins_at", name="ends_after_beginning"),
    )

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.ends_at - self.begins_at).total_seconds()) // 60


def _topic_of_class(context: Any) -> Any:
    class_id = context.get_current_parameters()["class_id"]
    return context.connection.scalar(select(TrainingClass.topic).where(TrainingClass.id == class_id))


def _seq_of_seat(context: Any) -> Any:
    return context.get_current_parameters()["seq"]


class Seat(Base):
    """A person's place in a class: in the queue, offered, confirmed, or how it ended.

    The queue goes by (rank, place). Until the class is published the rank is the number of the need;
    then the allotment gives it. A substitute gets a new row with a new seq, since a seq is never
    given twice, and the same rank and place, since the place in the queue is the team's. The token
    is what the person's QR says at the door.
    """

    __tablename__ = "lms_seats"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("lms_needs.id"), index=True)
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"), default=_topic_of_class)
    state: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int]
    rank: Mapped[int] = mapped_column(default=LATE_ENTRY)
    place: Mapped[int] = mapped_column(default=_seq_of_seat)
    score: Mapped[dict[str, Any] | None] = mapped_column(Json)
    kind: Mapped[str] = mapped_column(String(10), default="regular")
    makes_up_for_id: Mapped[int | None] = mapped_column(ForeignKey("lms_seats.id"))
    lapses: Mapped[int] = mapped_column(default=0)
    token: Mapped[str] = mapped_column(String(32), default=new_token, unique=True)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300), default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        CheckConstraint(_one_of("state", SEAT_STATES), name="state_known"),
        CheckConstraint(_one_of("kind", SEAT_KINDS), name="kind_known"),
        CheckConstraint("(kind = 'makeup') = (makes_up_for_id IS NOT NULL)", name="makeup_names_seat"),
        CheckConstraint("lapses >= 0", name="lapses_not_negative"),
        UniqueConstraint("class_id", "seq"),
        one_where("uq_lms_seats_open", "class_id", "person_id", where=OPEN_SEAT),
        one_where("uq_lms_seats_topic", "person_id", "topic", where=OPEN_SEAT),
        Index("ix_lms_seats_queue", "class_id", "state", "rank", "place"),
    )


class AttendanceMark(Base):
    """One mark for one seat and session: evidence of who said so, when, and how it was seen.

    Marks are only added. Of those that are no repetition, the one that happened last counts, then
    the one written last. `nonce` is given by the device that marked, so that sending again adds
    nothing; `repeat_of_id` names the mark that already stood when somebody was scanned again.
    """

    __tablename__ = "lms_attendance_marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("lms_seats.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("lms_class_sessions.id"), index=True)
    mark: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10), default="list")
    reason: Mapped[str] = mapped_column(String(300), default="")
    device: Mapped[str | None] = mapped_column(String(40))
    nonce: Mapped[str | None] = mapped_column(String(40))
    repeat_of_id: Mapped[int | None] = mapped_column(ForeignKey("lms_attendance_marks.id"))
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    marked_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(_one_of("mark", MARKS), name="mark_known"),
        CheckConstraint(_one_of("source", MARK_SOURCES), name="source_known"),
        CheckConstraint("(nonce IS NULL) OR (device IS NOT NULL)", name="nonce_of_a_device"),
        UniqueConstraint("device", "nonce"),
        Index("ix_lms_attendance_marks_seat", "seat_id", "session_id", "id"),
    )


class RoomTry(Base):
    """A wrong room code somebody sent; too many in a row and they must wait."""

    __tablename__ = "lms_room_tries"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("lms_class_sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"))
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_lms_room_tries_person", "session_id", "person_id", "tried_at"),)


class Decision(Base):
    """A deed of the department that takes two persons: one asks with a reason, another says yes or no.

    Pushing people out of a class, cancelling one that is published, correcting a result that is fixed.
    """

    __tablename__ = "lms_training_decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("lms_seats.id"))
    wanted: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(300))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    answer: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        CheckConstraint("kind IN ('cut', 'cancel', 'correct')", name="kind_known"),
        CheckConstraint("outcome IN ('accepted', 'refused', 'taken_back')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_outcome"),
        CheckConstraint("outcome <> 'accepted' OR decided_by_id <> asked_by_id", name="two_persons"),
        CheckConstraint("(kind = 'correct') = (seat_id IS NOT NULL)", name="correction_names_seat"),
        one_where(
            "uq_lms_training_decisions_class", "class_id", "kind", where="decided_at IS NULL AND seat_id IS NULL"
        ),
        one_where("uq_lms_training_decisions_seat", "seat_id", where="decided_at IS NULL"),
    )


class AllotmentRun(Base):
    """One fair allotment, as it was made: inputs, seed, rule, result and their hash, to be run again."""

    __tablename__ = "lms_allotment_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None]
    rule_version: Mapped[str] = mapped_column(String(20))
    order: Mapped[str] = mapped_column("order_rule", String(12))
    seed: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[dict[str, Any]] = mapped_column(Json)
    output: Mapped[list[Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))


class TrainingPlan(Base):
    """The officer's plan for a call, before anybody hears of it: which needs meet in which class."""

    __tablename__ = "lms_training_plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("lms_calls.id"))
    limits: Mapped[dict[str, Any]] = mapped_column(Json)
    rule_version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None]
    publishing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None]
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("published_at IS NULL OR discarded_at IS NULL", name="one_end"),
        one_where("uq_lms_training_plans_open", "call_id", where="published_at IS NULL AND discarded_at IS NULL"),
    )


class PlannedClass(Base):
    """A class as the plan has it; once published it names the class that came of it."""

    __tablename__ = "lms_planned_classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("lms_training_plans.id"))
    number: Mapped[int]
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"))
    cluster: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[str] = mapped_column(String(200))
    venue: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int]
    min_viable: Mapped[int] = mapped_column(default=1)
    sessions: Mapped[list[Any]] = mapped_column(Json)
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("lms_accounts.id"))
    why: Mapped[str] = mapped_column(Text, default="")
    class_id: Mapped[int | None] = mapped_column(ForeignKey("lms_training_classes.id"), unique=True)

    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("capacity >= 1", name="capacity_positive"),
        CheckConstraint("min_viable >= 1 AND min_viable <= capacity", name="min_viable_possible"),
    )


class PlannedNeed(Base):
    """Where the plan puts a need: into a class, or nowhere, with the reason."""

    __tablename__ = "lms_planned_needs"

    plan_id: Mapped[int] = mapped_column(ForeignKey("lms_training_plans.id"), primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("lms_needs.id"), primary_key=True)
    planned_class_id: Mapped[int | None] = mapped_column(ForeignKey("lms_planned_classes.id"), index=True)
    left_out_because: Mapped[str] = mapped_column(String(200), default="")
    moved_by_hand: Mapped[str] = mapped_column(String(300), default="")


class TrainingEvent(Base):
    """The append-only chain of transitions of needs, classes and seats, with what was true then."""

    __tablename__ = "lms_training_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(10))
    entity_id: Mapped[int]
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(200))
    on_behalf_of_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(10), default="web")
    reason: Mapped[str] = mapped_column(String(300), default="")
    reason_code: Mapped[str] = mapped_column(String(30), default="")
    request_key: Mapped[str] = mapped_column(String(80), default="")
    rule_version: Mapped[str] = mapped_column(String(20))
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("entity IN ('call', 'need', 'class', 'seat')", name="entity_known"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel_known"),
        CheckConstraint("actor_label <> '' AND rule_version <> ''", name="author_and_rule_known"),
        Index("ix_lms_training_events_entity", "entity", "entity_id", "id"),
    )
