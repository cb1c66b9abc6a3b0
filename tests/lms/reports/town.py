"""A province with two communes, three teams and a finished class, every moment given."""

from datetime import UTC, date, datetime

from sqlalchemy import update

from lms.certificates.models import ApprovalList, Certificate, NumberBook
from lms.db import in_unit
from lms.learning.counters import rebuild_counters
from lms.learning.models import SkillCompletion
from lms.library.models import Course, CourseVersion, Skill
from lms.teams.models import Membership, Team
from lms.training.models import AttendanceMark, ClassSession, Seat, TrainingClass, half_day_times
from tests.factories import HAC_THANH, NOON, join_team, make_person, make_team

MUONG_LAT = "14845"
EARLY = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)
IN_Q4 = datetime(2026, 10, 15, 3, 0, tzinfo=UTC)
LAST_MOMENT = datetime(2026, 12, 20, 16, 59, 59, tzinfo=UTC)
AFTER_CUTOFF = datetime(2026, 12, 20, 17, 0, tzinfo=UTC)
NOW = NOON
SKILL = "dich-vu-cong"
OTHER_SKILL = "thanh-toan"


def two_skills():
    """Store two skills and the version their completions name."""

    def work(session):
        for position, key in enumerate((SKILL, OTHER_SKILL), 1):
            if session.get(Skill, key) is None:
                session.add(Skill(key=key, title=f"Kỹ năng {position}", position=position))
        session.add(Course(slug="khoa", position=1, created_at=EARLY))
        session.flush()
        session.add(
            CourseVersion(course_slug="khoa", number=1, digest="d" * 64, title="Khóa", skills=[SKILL], minutes=1,
                          rule={"required": [], "elective": [], "elective_at_least": 0}, package_sha256="p" * 64,
                          published_at=EARLY, replaced_at=EARLY)
        )  # fmt: skip

    in_unit(work)


def team_of(commune, name, *people, since=EARLY, roles=("leader", "deputy")):
    """Make a team of these people, who all joined then."""
    team_id = make_team(name, commune)
    for place, person in enumerate(people):
        join_team(team_id, person, roles[place] if place < len(roles) else "member")

    def work(session):
        session.execute(update(Team).where(Team.id == team_id).values(created_at=since))
        session.execute(update(Membership).where(Membership.team_id == team_id).values(joined_at=since))

    in_unit(work)
    return team_id


def complete(person_id, when, skill=SKILL):
    """Say that a person completed a skill then."""

    def work(session):
        version = session.query(CourseVersion).one()
        session.add(
            SkillCompletion(person_id=person_id, skill_key=skill, course_slug="khoa", version_id=version.id,
                            completed_at=when)
        )  # fmt: skip

    in_unit(work)


def recount():
    """Make the counters say what the rows say."""
    in_unit(rebuild_counters)


def finished_class(seats, *, finalised_at, held_on=date(2026, 10, 10), sessions=2):
    """Make a class in which (person, team, attended sessions) sat; return seat ids."""

    def work(session):
        row = TrainingClass(
            province_code="38", topic=SKILL, title="Lớp", venue="UBND", capacity=30, state="finalised",
            starts_on=held_on, ends_on=held_on, created_at=EARLY, finalised_at=finalised_at, locks_at=EARLY,
        )  # fmt: skip
        session.add(row)
        session.flush()
        held = [
            ClassSession(
                class_id=row.id,
                number=n,
                held_on=held_on,
                half_day=half,
                begins_at=half_day_times(held_on, half)[0],
                ends_at=half_day_times(held_on, half)[1],
            )
            for n, half in zip(range(1, sessions + 1), ("sang", "chieu"), strict=False)
        ]
        session.add_all(held)
        session.flush()
        made = []
        for seq, (person, team, attended) in enumerate(seats, 1):
            seat = Seat(class_id=row.id, person_id=person, team_id=team, topic=SKILL, state="completed", seq=seq,
                        place=seq, queued_at=EARLY)  # fmt: skip
            session.add(seat)
            session.flush()
            made.append(seat.id)
            for number, one in enumerate(held, 1):
                for mark in ("absent", "present" if number <= attended else "absent"):
                    session.add(
                        AttendanceMark(
                            seat_id=seat.id,
                            session_id=one.id,
                            mark=mark,
                            happened_at=finalised_at,
                            marked_at=finalised_at,
                        )
                    )
                    session.flush()
        return made

    return in_unit(work)


def certify(seat_id, person_id, *, published_at, revoked_at=None):
    """Store a certificate of a seat, without any paper."""

    def work(session):
        seat = session.get_one(Seat, seat_id)
        approved = ApprovalList(kind="class", class_id=seat.class_id, province_code="38", decision_number="1/QĐ",
                                decision_date=date(2026, 10, 11), proposed_at=published_at, approved_by_id=1,
                                approved_at=published_at)  # fmt: skip
        book = session.query(NumberBook).first() or NumberBook(issuer="38.SKHCN", year=2026, last=0, lines=0)
        session.add_all([approved, book])
        session.flush()
        book.last, book.lines = book.last + 1, book.lines + 1
        session.add(
            Certificate(
                list_id=approved.id, position=1, kind="class", subject=f"seat:{seat_id}", province_code="38",
                seat_id=seat_id, person_id=person_id, team_id=seat.team_id, book_id=book.id, number=book.last,
                public_id=f"ID{book.last}", status_list=1, status_index=book.last, snapshot={},
                snapshot_sha256="0" * 64, numbered_at=published_at, file_sha256="0" * 64, rendered_at=published_at,
                published_at=published_at, revoked_at=revoked_at,
            )
        )  # fmt: skip

    in_unit(work)


def small_province():
    """Two communes, three teams, six people, one of them in teams of both communes."""
    two_skills()
    people = [make_person(name) for name in ("Lò Văn Một", "Hà Thị Hai", "Lê Ba", "Vi Bốn", "Bùi Năm", "Trần Sáu")]
    one, two, three, four, five, six = people
    kp1 = team_of(HAC_THANH, "Tổ KP1", one, two, three)
    kp2 = team_of(HAC_THANH, "=Tổ KP2", four, one)
    ban = team_of(MUONG_LAT, "Bản Pù Nhi", five, six, one)
    for person, when in ((one, EARLY), (two, IN_Q4), (five, IN_Q4), (six, AFTER_CUTOFF)):
        complete(person, when)
    complete(one, IN_Q4, OTHER_SKILL)
    recount()
    return people, (kp1, kp2, ban)


def small_province_with_classes():
    """The small province, with two finished classes in which one person sat twice, and certificates."""
    people, (kp1, kp2, ban) = small_province()
    one, two, *_ = people
    first = finished_class([(one, kp1, 2), (two, kp1, 1)], finalised_at=IN_Q4)
    second = finished_class([(one, kp1, 2), (people[4], ban, 2)], finalised_at=IN_Q4, held_on=date(2026, 9, 10))
    certify(first[0], one, published_at=IN_Q4)
    certify(second[1], people[4], published_at=IN_Q4, revoked_at=IN_Q4)
    return people, (kp1, kp2, ban)
