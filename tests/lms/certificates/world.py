"""A finalised class in Thanh Hóa, with people who completed it, ready to be certified."""

from datetime import UTC, date, datetime

from sqlalchemy import func, select

from lms.access import Actor
from lms.certificates import rules
from lms.certificates.models import ApprovalList, Certificate
from lms.certificates.snapshots import Decision, Issuer
from lms.db import db_session, in_unit
from lms.library.models import Skill
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


def finalised_class(names=NAMES, *, state: str = "finalised") -> int:
    """Make a class in which each of these people completed; return its id."""
    teams = db_session().scalar(select(func.count()).select_from(Team))
    team = make_team(f"Tổ dân phố {teams + 1}")
    people = [make_person(name, f"09149941{n:02d}") for n, name in enumerate(names)]
    for place, person in enumerate(people):
        join_team(team, person, "leader" if place == 0 else "member")

    def work(session):
        if session.get(Skill, "dich-vu-cong") is None:
            session.add(Skill(key="dich-vu-cong", title="Dịch vụ công trực tuyến", position=1))
            session.flush()
        held = TrainingClass(
            province_code=THANH_HOA, topic="dich-vu-cong", title="Lớp 03", venue="UBND phường", capacity=40,
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


def seats_of(class_id: int) -> list[int]:
    """Return the seats of a class in the order of its queue."""
    return list(db_session().scalars(select(Seat.id).where(Seat.class_id == class_id).order_by(Seat.seq)))


def the_officer() -> Actor:
    """Return an officer of Thanh Hóa."""
    return actor_of(officer())


def approve(class_id: int, *, by: Actor | None = None, seats=None, decision=DECISION, now=NOW) -> ApprovalList:
    """Approve everybody of the class, or the given seats."""
    actor = by or the_officer()
    chosen = seats_of(class_id) if seats is None else seats
    return in_unit(
        lambda session: rules.approve(
            session, by=actor, class_id=class_id, seat_ids=chosen, decision=decision, issuer=ISSUER, now=now
        )
    )


def publish(class_id: int) -> list[Certificate]:
    """Make the papers of everything approved in the class by hand of a quick printer."""
    for certificate in certificates():
        if certificate.file_id is None and certificate.voided_at is None:
            certificate_id, data = certificate.id, f"%PDF {certificate.public_id}".encode()
            in_unit(lambda s, i=certificate_id, d=data: rules.store_paper(s, certificate_id=i, data=d, now=NOW))
    return certificates()


def published() -> list[Certificate]:
    """Make a class, approve it and publish the certificates."""
    class_id = finalised_class()
    approve(class_id)
    return publish(class_id)


def certificates() -> list[Certificate]:
    """Return every certificate in the order of the book."""
    return list(db_session().scalars(select(Certificate).order_by(Certificate.book_id, Certificate.number)))
