"""A finalised class in Thanh Hóa, with people who completed it, ready to be certified by two officers."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

from flask import current_app
from sqlalchemy import func, select

from lms.access import Actor
from lms.certificates import rules
from lms.certificates.issuers import Decision, Issuer
from lms.certificates.models import ApprovalList, Certificate
from lms.certificates.pressing import Bench, Made, store_papers
from lms.db import db_session, in_unit
from lms.learning.models import ProgrammeCompletion, SkillCompletion
from lms.library.models import Course, CourseVersion, Programme, Skill
from lms.press import Pressed
from lms.teams.models import Team
from lms.training.models import Seat, TrainingClass
from tests.factories import THANH_HOA, actor_of, join_team, make_person, make_team, officer

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
DECISION = Decision("45/QĐ-SKHCN", date(2026, 11, 20))
ISSUER = Issuer(
    parent="UBND tỉnh Thanh Hóa",
    name="Sở Khoa học và Công nghệ",
    code="SKHCN",
    place="Thanh Hóa",
    signer_title="KT. GIÁM ĐỐC / PHÓ GIÁM ĐỐC",
    signer_name="Trần Thị Ký",
    public_url="https://hoc.example.vn",
)
NAMES = ("Nguyễn Thị Đẹp", "H'Rơ Châm Thị Ngọc Bích-Phương Tuyền", "Lê Văn Tám")
SKILL, PROGRAMME = "dich-vu-cong", "to-cong-nghe-so"


def finalised_class(names=NAMES, *, state: str = "finalised") -> int:
    """Make a class in which each of these people completed; return its id."""
    teams = db_session().scalar(select(func.count()).select_from(Team))
    team = make_team(f"Tổ dân phố {teams + 1}")
    people = [make_person(name, f"09149941{n:02d}") for n, name in enumerate(names)]
    for place, person in enumerate(people):
        join_team(team, person, "leader" if place == 0 else "member")

    def work(session):
        skill(session)
        held = TrainingClass(
            province_code=THANH_HOA, topic=SKILL, title="Lớp 03", venue="UBND phường", capacity=40,
            state=state, starts_on=date(2026, 11, 5), ends_on=date(2026, 11, 6), hours=16, created_at=NOW,
            locks_at=NOW,
        )  # fmt: skip
        session.add(held)
        session.flush()
        for seq, person in enumerate(people, 1):
            session.add(
                Seat(class_id=held.id, person_id=person, team_id=team, state="completed", seq=seq, queued_at=NOW)
            )
        return held.id

    return in_unit(work)


def skill(session) -> None:
    """Store the skill that classes and courses here are about."""
    if session.get(Skill, SKILL) is None:
        session.add(Skill(key=SKILL, title="Dịch vụ công trực tuyến", position=1))
        session.flush()


def learned(names=NAMES, *, team: int | None = None, grade: str = "A", day=datetime(2026, 11, 10, 3, tzinfo=UTC)):
    """Let people of a team complete the skill by the course; return their ids."""
    team = team or make_team(f"Thôn {db_session().scalar(select(func.count()).select_from(Team)) + 1}")
    people = [make_person(name) for name in names]
    for person in people:
        join_team(team, person)

    def work(session):
        version = course(session)
        for person in people:
            session.add(
                SkillCompletion(
                    person_id=person, skill_key=SKILL, course_slug="dich-vu-cong", version_id=version,
                    completed_at=day, grade=grade,
                )
            )  # fmt: skip

    in_unit(work)
    return people


def course(session) -> int:
    """Store the course of the skill; return its version."""
    skill(session)
    found = session.scalar(select(CourseVersion.id))
    if found is not None:
        return found
    session.add(Course(slug="dich-vu-cong", created_at=NOW))
    session.flush()
    version = CourseVersion(
        course_slug="dich-vu-cong", number=1, digest="0" * 64, title="Hướng dẫn bà con dùng dịch vụ công", minutes=115,
        skills=[SKILL], rule={"required": [], "elective": [], "elective_at_least": 0}, package_sha256="0" * 64,
        published_at=NOW,
    )  # fmt: skip
    session.add(version)
    session.flush()
    return version.id


def completed_programme(people, *, day=datetime(2026, 11, 12, 3, tzinfo=UTC)) -> None:
    """Let people complete the programme of one skill."""

    def work(session):
        programme = session.scalar(select(Programme).where(Programme.key == PROGRAMME))
        if programme is None:
            programme = Programme(
                key=PROGRAMME, number=1, title="Bộ kỹ năng của tổ công nghệ số cộng đồng", source="",
                rule={"required": [SKILL], "elective": [], "elective_at_least": 0}, published_at=NOW,
            )  # fmt: skip
            session.add(programme)
            session.flush()
        for person in people:
            session.add(
                ProgrammeCompletion(
                    person_id=person, programme_key=PROGRAMME, programme_id=programme.id, completed_at=day
                )
            )

    in_unit(work)


def seats_of(class_id: int) -> list[int]:
    """Return the seats of a class in the order of its queue."""
    return list(db_session().scalars(select(Seat.id).where(Seat.class_id == class_id).order_by(Seat.seq)))


def subjects_of(class_id: int) -> list[str]:
    """Return under which subjects the people of a class are certified."""
    return [f"seat:{seat}" for seat in seats_of(class_id)]


def the_officer() -> Actor:
    """Return an officer of Thanh Hóa."""
    return actor_of(officer())


def second_officer() -> Actor:
    """Return another officer of Thanh Hóa."""
    return actor_of(officer(name="Đỗ Thị Hai"))


def issuer() -> Issuer:
    """Return the department as it signs by the settings of this moment."""
    return replace(ISSUER, is_unsigned=current_app.config["LMS_SIGN"] == "none")


def propose(class_id: int, *, by: Actor | None = None, seats=None, decision=DECISION, now=NOW) -> ApprovalList:
    """Propose everybody of the class, or the given seats."""
    actor = by or the_officer()
    chosen = [f"seat:{seat}" for seat in (seats_of(class_id) if seats is None else seats)]
    return in_unit(
        lambda s: rules.propose(
            s, by=actor, kind="class", class_id=class_id, chosen=chosen, decision=decision, issuer=issuer(), now=now
        )
    )


def propose_about(kind: str, about: str, chosen, *, by: Actor | None = None, decision=DECISION) -> ApprovalList:
    """Propose people or teams for what they learned."""
    actor = by or the_officer()
    return in_unit(
        lambda s: rules.propose(
            s, by=actor, kind=kind, about=about, chosen=chosen, decision=decision, issuer=issuer(), now=NOW
        )
    )


def accept(proposed: ApprovalList, *, by: Actor | None = None, now=NOW) -> ApprovalList:
    """Approve a list as another officer."""
    actor, list_id = by or second_officer(), proposed.id
    is_unsigned = issuer().is_unsigned
    return in_unit(lambda s: rules.approve_list(s, by=actor, list_id=list_id, is_unsigned=is_unsigned, now=now))


def approve(class_id: int, *, by: Actor | None = None, seats=None, decision=DECISION, now=NOW) -> ApprovalList:
    """Propose everybody of the class, or the given seats, and approve them as another officer."""
    return accept(propose(class_id, by=by, seats=seats, decision=decision, now=now), now=now)


def quick_papers(rows) -> tuple[Bench, list[Made]]:
    """Make papers as a quick printer would: a line each, by hand."""
    ready = []
    for row in rows:
        data = f"%PDF {row.public_id}".encode()
        pressed = Pressed(b"", data, "laid_out", hashlib.sha256(data).hexdigest())
        ready.append(Made(row.id, pressed, b"", "", pressed.sha256))
    return Bench(template=None, frozen=None, stem_file_id=None, seal=None), ready


def publish(_class_id: int = 0, now=NOW) -> list[Certificate]:
    """Make and publish all missing papers by hand of the quick printer."""
    bench, ready = quick_papers([row for row in certificates() if row.rendered_at is None and row.voided_at is None])
    in_unit(lambda s: store_papers(s, bench, ready, now=now))
    return certificates()


def published() -> list[Certificate]:
    """Make a class, approve it and publish the certificates."""
    class_id = finalised_class()
    approve(class_id)
    return publish(class_id)


def certificates() -> list[Certificate]:
    """Return every certificate in the order of the book."""
    return list(db_session().scalars(select(Certificate).order_by(Certificate.book_id, Certificate.number)))
