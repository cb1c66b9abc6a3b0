"""What the pages of certificates show beside the rows themselves: how far a list is, what a line says, what lacks."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.earning import CERTIFYING_GRADES, Matter
from lms.certificates.endings import REVOKE_REASONS
from lms.certificates.models import ApprovalEntry, ApprovalList, BookLine, Certificate
from lms.errors import NotFound
from lms.journal.models import Job
from lms.learning.models import ProgrammeCompletion, SkillCompletion
from lms.library.models import Programme, Skill
from lms.people.models import Account, Person
from lms.training.models import Seat, TrainingClass

WAY_WORDS = {"compiled": "Dàn sẵn", "laid_out": "Dàn riêng"}
FACT_WORDS = {
    "name": "Cấp cho",
    "role": "Chức vụ trong tổ",
    "team": "Tổ",
    "commune": "Xã, phường",
    "province": "Tỉnh",
    "course": "Nội dung",
    "class_name": "Lớp",
    "first_day": "Từ ngày",
    "last_day": "Đến ngày",
    "hours": "Thời lượng",
    "result": "Kết quả",
    "decision": "Căn cứ",
    "issued_words": "Ngày cấp",
    "note": "Ghi trên giấy",
    "book_entry": "Số vào sổ",
    "code": "Mã kiểm tra",
}


@dataclass(frozen=True)
class ListStanding:
    """How far an approved list is: numbers given, papers made and by which way, papers public, numbers crossed out."""

    people: int
    numbered: int
    made: int
    compiled: int
    published: int
    voided: int
    job: Job | None

    @property
    def wanted(self) -> int:
        """How many papers there will be."""
        return self.people - self.voided

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has still something to do here."""
        return self.job is not None and self.job.finished_at is None and self.job.failed_at is None

    @property
    def faulty(self) -> list[str]:
        """Numbers whose paper could not be made."""
        return list((self.job.result or {}).get("faulty", [])) if self.job else []


def list_standing(session: Session, listed: ApprovalList) -> ListStanding:
    """Return how far a list is, by three statements whatever its size."""
    own = Certificate.list_id == listed.id
    row = session.execute(
        select(
            func.count(Certificate.id),
            func.count(Certificate.rendered_at),
            func.count(Certificate.id).filter(Certificate.way == "compiled"),
            func.count(Certificate.published_at),
            func.count(Certificate.voided_at),
        ).where(own)
    ).one()
    job = session.get(Job, listed.job_id) if listed.job_id is not None else None
    # Lists from before proposals were kept have certificates and no entries.
    return ListStanding(max(_count_people(session, listed), row[0]), *row, job)


def replaced_numbers(session: Session, listed: ApprovalList) -> list[str]:
    """Return the numbers of the certificates that a list is to replace."""
    rows = session.scalars(
        select(Certificate)
        .join(ApprovalEntry, ApprovalEntry.replaces_id == Certificate.id)
        .where(ApprovalEntry.list_id == listed.id)
        .order_by(ApprovalEntry.position)
    )
    return [row.snapshot["number"] for row in rows]


def communes_of(session: Session, province_code: str) -> list[Area]:
    """Return the communes of a province, to choose from."""
    return list(session.scalars(select(Area).where(Area.parent_code == province_code).order_by(Area.sort_key)))


def commune_of(session: Session, by: Actor, code: str) -> Area:
    """Return a commune of this clerk or officer.

    Raises:
        NotFound: it is not.
    """
    area = session.get(Area, code)
    if area is None or area.parent_code is None or not by.covers_commune(area.code, area.parent_code):
        raise NotFound(f"commune {code}")
    return area


def commune_certificates(session: Session, commune_code: str, *, offset: int, limit: int) -> list[Certificate]:
    """Return the published certificates of a commune, the newest first; ended ones stay in the list."""
    return list(
        session.scalars(
            select(Certificate)
            .where(Certificate.commune_code == commune_code, Certificate.published_at.is_not(None))
            .order_by(Certificate.id.desc())
            .offset(offset)
            .limit(limit)
        )
    )


def once_revoked(session: Session, matter: Matter) -> set[str]:
    """Return the subjects of a matter whose certificate was revoked: they are never chosen as a matter of course."""
    rows = session.scalars(
        select(Certificate.subject).where(
            Certificate.kind == matter.kind,
            Certificate.province_code == matter.province_code,
            Certificate.revoked_at.is_not(None),
        )
    )
    return set(rows)


def names_of(session: Session, account_ids: Collection[int | None]) -> dict[int, str]:
    """Return the names behind accounts."""
    rows = session.execute(
        select(Account.id, Person.full_name)
        .join(Person, Person.id == Account.person_id)
        .where(Account.id.in_([account_id for account_id in account_ids if account_id is not None]))
    )
    return {row.id: row.full_name for row in rows}


def line_detail(line: BookLine) -> str:
    """Return in words what a line of the book adds to its kind."""
    said = line.detail
    if line.kind == "revoke":
        reason = REVOKE_REASONS.get(said.get("category", ""), "")
        return f"Quyết định số {said.get('decision', '')}. {reason}".strip()
    if line.kind == "void":
        return str(said.get("reason", ""))
    if line.kind == "supersede":
        return f"bằng giấy số {said.get('by_number', '')}"
    if line.kind == "copy":
        return f"bản sao thứ {said.get('copy', '')}: {said.get('reason', '')}"
    return ""


def earned_and_waiting(session: Session, person_id: int) -> list[str]:
    """Return what a person has finished and holds no certificate of, nor ever held one: it waits for a decision."""
    held = set(session.scalars(select(Certificate.subject).where(Certificate.person_id == person_id)))
    classes = session.execute(
        select(Seat.id, TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Seat.class_id)
        .where(Seat.person_id == person_id, Seat.state == "completed", TrainingClass.state == "finalised")
        .order_by(TrainingClass.ends_on)
    )
    skills = session.execute(
        select(Skill.key, Skill.title)
        .join(SkillCompletion, SkillCompletion.skill_key == Skill.key)
        .where(SkillCompletion.person_id == person_id, SkillCompletion.grade.in_(CERTIFYING_GRADES))
        .order_by(Skill.position)
    )
    programmes = session.execute(
        select(Programme.key, Programme.title)
        .join(ProgrammeCompletion, ProgrammeCompletion.programme_key == Programme.key)
        .where(ProgrammeCompletion.person_id == person_id, Programme.replaced_at.is_(None))
        .order_by(Programme.key)
    )
    return [
        *(f"Lớp tập huấn “{title}”" for seat, title in classes if f"seat:{seat}" not in held),
        *(f"Khóa “{title}”" for key, title in skills if f"course:{person_id}:{key}" not in held),
        *(f"Bộ kỹ năng “{title}”" for key, title in programmes if f"skills:{person_id}:{key}" not in held),
    ]


def _count_people(session: Session, listed: ApprovalList) -> int:
    """Count who stands on a list; who was taken off after it had been approved does not."""
    entries = select(func.count()).select_from(ApprovalEntry).where(ApprovalEntry.list_id == listed.id)
    if listed.approved_at is not None:
        numbered = select(Certificate.id).where(
            Certificate.list_id == ApprovalEntry.list_id, Certificate.position == ApprovalEntry.position
        )
        entries = entries.where(or_(ApprovalEntry.settled_at.is_(None), numbered.exists()))
    return session.scalars(entries).one()
