"""Papers signed elsewhere: handed out with a list, taken back only if they are ours and truly signed.

The clerk's key stays on the clerk's token. Papers go out in parts that can be sent back in one upload; what
comes back is judged file by file in the background, and one bad file does not hold up the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.certificates.book import lock_book
from lms.certificates.models import ApprovalList, Certificate, CertificateTemplate
from lms.certificates.papers import paper_bytes, paper_name
from lms.certificates.pressing import publish
from lms.certificates.signatures import own_trust
from lms.clock import utc_now
from lms.db import db_session, in_unit, locked, row_exists
from lms.errors import Misconfigured, NotFound, Refused
from lms.files.models import StoredFile
from lms.files.rules import forget, keep
from lms.files.store import read
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.press.layout import PAGE_MM, design, designs
from lms.signing.packing import Unsigned, pack_for_signing
from lms.signing.refusals import NotTaken
from lms.signing.returns import Judgement, judge_returned
from lms.signing.trust import Trust
from lms.signing.uploads import holds_paper, papers_in, papers_left_out
from lms.signing.widgets import Rectangle

TAKE_BACK = "certificates.take_back"
AT_ONCE = 200
_LONGEST_LIST = 100
_POINTS = 72 / 25.4
_SIGNERS_LINES = ("authority", "authority_2", "authority_3", "signer")
_SIGNERS_PICTURES = ("seal", "signature")


class NotOurs(NotTaken):
    """The file belongs to no certificate of this list that waits for a signature."""

    def __init__(self) -> None:
        super().__init__(
            "Tệp này không bắt đầu bằng đúng tệp đã giao đi ký của danh sách này, hoặc giấy đó đã nhận rồi.",
            remedy="Tải lại tệp gốc của danh sách, ký ngay trên tệp đó rồi gửi lên.",
        )


class NothingInside(Refused):
    """The upload holds no PDF file."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "Tệp gửi lên không có tệp PDF nào đọc được. Giấy chứng nhận đang lưu không đổi.",
            remedy="Hãy gửi tệp PDF đã ký, hoặc một tệp ZIP chứa các tệp đó.",
        )


class NobodyListed(Refused):
    """Papers are signed elsewhere, and the settings do not say who may sign."""


def count_waiting(session: Session, list_id: int) -> int:
    """Return how many made papers of a list nobody has signed yet."""
    return session.scalar(select(func.count()).select_from(Certificate).where(*_waits(list_id))) or 0


def pack_part(session: Session, *, by: Actor, list_id: int, part: int, now: datetime) -> Iterator[bytes]:
    """Return the ZIP of one part of the papers that wait, `AT_ONCE` to a part, counted from 1.

    They carry names, so who took them along is written down first.

    Raises:
        NotFound: not a list of the officer's province, or no such part.
    """
    approved = own_list(session, by, list_id)
    waiting = _part(session, list_id, part) if part > 0 else []
    if not waiting:
        raise NotFound(f"part {part} of the list {list_id}")
    record(
        session, by=by, verb="take_for_signing", kind="approval_list", object_id=list_id, area=approved.province_code,
        detail={"part": part, "count": len(waiting)}, now=now,
    )  # fmt: skip
    items = (
        Unsigned(row.snapshot["number"], row.snapshot["code"], paper_name(row), paper_bytes(session, row))
        for row in waiting
    )
    return pack_for_signing(items, now=now)


def demand_signers(config: Mapping[str, Any]) -> None:
    """See to it that somebody may sign before papers are sent back.

    Raises:
        NobodyListed: the settings name nobody, or cannot be read; it says what to put right.
    """
    if config["LMS_SIGN"] != "elsewhere":
        return
    try:
        own_trust(config)
    except Misconfigured as fault:
        raise NobodyListed(str(fault)) from fault


def hand_in(session: Session, *, by: Actor, list_id: int, name: str, data: bytes, now: datetime) -> Job:
    """Keep what came back and order its judgement.

    Raises:
        NothingInside: no PDF can be read in it.
        NotFound: not a list of the officer's province.
    """
    approved = own_list(session, by, list_id)
    if not holds_paper(data):
        raise NothingInside
    kept = keep(session, data, name=name, media_type="application/octet-stream", by=by, now=now)
    payload = {"list_id": list_id, "file_id": kept.id, "name": name}
    record(
        session, by=by, verb="hand_in_signed", kind="approval_list", object_id=list_id, area=approved.province_code,
        detail={"name": name, "size": len(data)}, now=now,
    )  # fmt: skip
    return queue_job(
        session, kind=TAKE_BACK, payload=payload, by=by, now=now, province=approved.province_code
    )  # fmt: skip


def take_back(session: Session, *, certificate_id: int, data: bytes, judgement: Judgement, now: datetime) -> bool:
    """Keep a signed paper and publish it; return whether it was still waited for.

    What is stored afterwards is the shared beginning, the paper and the signature: byte for byte the returned file.
    """
    found = session.get_one(Certificate, certificate_id)
    lock_book(session, found.book_id)
    certificate = locked(session, Certificate, certificate_id)
    if certificate.signed_at is not None or certificate.published_at is not None or certificate.voided_at is not None:
        return False
    stem = 0 if certificate.stem_file_id is None else session.get_one(StoredFile, certificate.stem_file_id).size
    kept = keep(
        session, data[stem:], name=paper_name(certificate), media_type="application/pdf",
        by=SYSTEM, now=now,
    )  # fmt: skip
    certificate.file_id, certificate.file_sha256 = kept.id, judgement.sha256
    certificate.signed_at = now
    certificate.signed_by = "; ".join(one.signer for one in judgement.signatures)[:200]
    session.flush()
    publish(session, [(certificate, [one.fingerprint for one in judgement.signatures])], now=now)
    return True


def own_list(session: Session, by: Actor, list_id: int) -> ApprovalList:
    """Return an approved list of the officer's province.

    Raises:
        NotFound: it is not.
    """
    approved = session.scalar(
        select(ApprovalList).where(
            ApprovalList.id == list_id,
            ApprovalList.province_code.in_(by.provinces),
            ApprovalList.approved_at.is_not(None),
        )
    )
    if approved is None:
        raise NotFound(f"list {list_id}")
    return approved


def own_return(session: Session, list_id: int, job_id: int) -> Job:
    """Return the judgement of files that came back for a list.

    Raises:
        NotFound: it is none.
    """
    job = session.get(Job, job_id)
    if job is None or job.kind != TAKE_BACK or job.payload.get("list_id") != list_id:
        raise NotFound(f"job {job_id}")
    return job


def _judge_all(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Judge every file that came back; say of each that is not taken why."""
    session = db_session()
    upload = session.get_one(StoredFile, payload["file_id"])
    data, trust = read(upload.sha256), own_trust(current_app.config)
    bases, taken = _Bases(session, payload["list_id"]), 0
    refused: list[list[str]] = []
    for done, (name, unpack) in enumerate(papers_in(payload["name"], data)):
        progress.step(done, max(len(bases), done), "Đang kiểm tra chữ ký")
        try:
            _judge_one(bases, unpack(), trust)
            taken += 1
        except NotTaken as refusal:
            refused.append([name, f"{refusal.sentence} {refusal.remedy}".strip()])
    in_unit(lambda s: forget(s, payload["file_id"], now=utc_now()))
    return {
        "list_id": payload["list_id"],
        "taken": taken,
        "refused": refused[:_LONGEST_LIST],
        "refused_more": len(refused[_LONGEST_LIST:]),
        "not_looked_at": papers_left_out(data),
    }


def _judge_one(bases: "_Bases", data: bytes, trust: Trust) -> None:
    """Judge one file and publish its certificate; a file that was taken before, as by a worker since killed, counts.

    Raises:
        NotTaken: as for judging, or it is no paper that waits.
    """
    session = db_session()
    session.rollback()
    # Unsigned, the file of a paper is what went out: only a signed one can have come back before.
    is_back = Certificate.file_sha256 == sha256(data).hexdigest(), Certificate.signed_at.is_not(None)
    if row_exists(session, Certificate, Certificate.list_id == bases.list_id, *is_back):
        return
    certificate = session.get_one(Certificate, bases.owner_of(data))
    certificate_id, now = certificate.id, utc_now()
    judgement = judge_returned(
        data, base_sha256=certificate.base_sha256 or "", base_size=certificate.base_size or 0, trust=trust, now=now,
        room=_room_on(session, certificate),
    )  # fmt: skip
    if not in_unit(lambda s: take_back(s, certificate_id=certificate_id, data=data, judgement=judgement, now=now)):
        raise NotOurs


class _Bases:
    """The unsigned papers of a list that wait, known by their bytes; asked of the database once for many files."""

    def __init__(self, session: Session, list_id: int) -> None:
        self.list_id = list_id
        columns = Certificate.base_size, Certificate.base_sha256, Certificate.id
        rows = session.execute(select(*columns).where(*_waits(list_id)))
        self._owners = {(size, base_sha256): owner for size, base_sha256, owner in rows}
        self._sizes = sorted({size or 0 for size, _ in self._owners})

    def __len__(self) -> int:
        return len(self._owners)

    def owner_of(self, data: bytes) -> int:
        """Return the certificate whose exact bytes the file begins with; names of files are not trusted.

        Raises:
            NotOurs: there is none.
        """
        read_so_far, before = sha256(), 0
        for size in self._sizes:
            read_so_far.update(data[before:size])
            before = size
            owner = self._owners.get((size, read_so_far.hexdigest()))
            if owner is not None:
                return owner
        raise NotOurs


def _waits(list_id: int) -> tuple[Any, ...]:
    """Return what holds of the papers of a list that are made and that nobody has signed."""
    return (
        Certificate.list_id == list_id,
        Certificate.rendered_at.is_not(None),
        Certificate.signed_at.is_(None),
        Certificate.published_at.is_(None),
        Certificate.voided_at.is_(None),
    )


def _part(session: Session, list_id: int, part: int) -> Sequence[Certificate]:
    query = select(Certificate).where(*_waits(list_id)).order_by(Certificate.number)
    return session.scalars(query.offset((part - 1) * AT_ONCE).limit(AT_ONCE)).all()


def stamp_room(design_key: str) -> Rectangle:
    """Return where a design leaves room for a signature that shows, in points from the lower left corner.

    It holds the lines of the signer and the pictures of seal and signature, and no line that says anything else.
    """
    chosen = design(design_key)
    boxes = [chosen.lines[name] for name in _SIGNERS_LINES] + [chosen.pictures[name] for name in _SIGNERS_PICTURES]
    return (
        min(box.left for box in boxes) * _POINTS,
        (PAGE_MM[1] - max(box.top + box.height for box in boxes)) * _POINTS,
        max(box.left + box.width for box in boxes) * _POINTS,
        (PAGE_MM[1] - min(box.top for box in boxes)) * _POINTS,
    )


def _room_on(session: Session, certificate: Certificate) -> tuple[Rectangle, ...]:
    """Return the room on the paper; one whose design is not known any more has none."""
    template = session.get(CertificateTemplate, certificate.template_id) if certificate.template_id else None
    return (stamp_room(template.design),) if template and template.design in designs() else ()


HANDLERS: dict[str, Handler] = {TAKE_BACK: _judge_all}
