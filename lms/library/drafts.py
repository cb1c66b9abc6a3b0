"""A trainer's lesson on its way: begun, read from a document, written, asked about, published.

A draft is seen by trainers and officers of its province only. Publishing builds the next package of
the course and passes the same checks as a package that came with the project.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.files.rules import keep, keep_bytes
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.library.draft_packages import draft_files, new_part, own_draft, part_of
from lms.library.gate import kind_of
from lms.library.models import Course, CourseVersion, Draft
from lms.library.rules import current_files, publish_files
from lms.words import nfc

READ_DOCUMENT = "library.read_document"
MOST_QUESTIONS = 60
_MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown",
}


class NoProvince(Refused):
    """Only a trainer or officer of some province writes lessons."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Chỉ giảng viên và cán bộ Sở soạn được bài. Chưa thay đổi gì.", remedy="Hãy hỏi cán bộ Sở phụ trách."
        )


class StillReading(Refused):
    """The document is being read in the background; the text would be overwritten."""

    def __init__(self) -> None:
        super().__init__("Hệ thống đang đọc tệp của bài này. Chưa thay đổi gì.", remedy="Chờ vài giây rồi mở lại bài.")


class TooManyQuestions(Refused):
    """A lesson with that many questions is several lessons."""

    def __init__(self) -> None:
        super().__init__(f"Bài đã có {MOST_QUESTIONS} câu hỏi. Câu này chưa ghi.", remedy="Hãy bỏ bớt câu cũ trước.")


@dataclass(frozen=True)
class Upload:
    """A file as it arrived: its bytes and the name its owner gave it."""

    data: bytes
    name: str


def start_draft(
    session: Session,
    *,
    by: Actor,
    course: str,
    title: str = "",
    lesson: str | None = None,
    upload: Upload | None = None,
    now: datetime,
) -> Draft:
    """Begin a new lesson of a course, or a new text for one it has; a document is read in the background.

    Raises:
        NoProvince: not a trainer or officer.
        NotFound: there is no such course, or it has no such lesson.
        UnreadableDocument: the file is not a document of a kind we read.
    """
    if not by.trainer_provinces:
        raise NoProvince
    files = current_files(session, course)
    kind = kind_of(upload.data, upload.name) if upload else ""
    part = part_of(files, lesson) if lesson else new_part(files, title)
    draft = Draft(
        course_slug=course,
        lesson_slug=part.slug,
        title=str(part.front["title"]),
        front=_storable({key: value for key, value in part.front.items() if key != "title"}),
        markdown=part.body,
        notes=[],
        questions={"practice": _storable(list(part.practice)), "bank": _storable(list(part.bank))},
        media={},
        province_code=by.trainer_provinces[0],
        created_at=now,
        created_by_id=by.account_id or 0,
        updated_at=now,
    )
    session.add(draft)
    session.flush()
    if upload is not None:
        _queue_reading(session, draft, upload, kind, by, now)
    record(session, by=by, verb="start_draft", kind="draft", object_id=draft.id, area=draft.province_code, now=now)
    return draft


def finish_reading(
    session: Session,
    *,
    draft_id: int,
    body: str,
    media: Mapping[str, bytes],
    notes: list[str],
    front: Mapping[str, Any],
    now: datetime,
) -> None:
    """Put what a document gave into its draft; reading again gives the same."""
    draft = session.scalar(select(Draft).where(Draft.id == draft_id).with_for_update())
    if draft is None or draft.job_id is None or draft.published_at or draft.discarded_at:
        return
    draft.front = {**draft.front, **_storable({key: front[key] for key in front if key != "title"})}
    draft.title = front.get("title", draft.title)
    draft.markdown = body
    draft.media = {name: keep_bytes(session, data) for name, data in media.items()}
    draft.notes = notes
    draft.job_id = None
    draft.updated_at = now


def save_draft_text(
    session: Session,
    *,
    by: Actor,
    draft_id: int,
    title: str,
    goal: str,
    minutes: int,
    pass_percent: int,
    body: str,
    now: datetime,
) -> Draft:
    """Store what the trainer wrote, whether it is ready or not.

    Raises:
        NotFound: no open draft of this trainer's province.
        StillReading: its document is being read.
    """
    draft = _ready(session, by, draft_id)
    draft.title = nfc(title)
    draft.front = {
        **draft.front,
        "goal": nfc(goal),
        "minutes": minutes,
        "test": {**draft.front["test"], "pass": pass_percent},
    }
    draft.markdown = body.replace("\r\n", "\n").replace("\x00", "").strip() + "\n"
    draft.notes = [note for note in draft.notes if _still_holds(note, draft.markdown)]
    draft.updated_at = now
    return draft


def add_question(
    session: Session, *, by: Actor, draft_id: int, use: str, question: Mapping[str, Any], now: datetime
) -> Draft:
    """Add a question to the test's bank or to practice; it gets the next free key.

    Raises:
        NotFound: no open draft of this trainer's province.
        StillReading: its document is being read.
        TooManyQuestions: the lesson is full.
    """
    draft = _ready(session, by, draft_id)
    if use not in ("bank", "practice"):
        raise NotFound(f"use {use}")
    known = {one["key"] for part in draft.questions.values() for one in part}
    if len(known) >= MOST_QUESTIONS:
        raise TooManyQuestions
    key = next(f"c{number}" for number in range(1, MOST_QUESTIONS + 2) if f"c{number}" not in known)
    added = [*draft.questions.get(use, []), {"key": key, **question}]
    draft.questions = {**draft.questions, use: added}
    draft.updated_at = now
    return draft


def remove_question(session: Session, *, by: Actor, draft_id: int, key: str, now: datetime) -> Draft:
    """Take a question out of a draft; taking it out twice is the same.

    Raises:
        NotFound: no open draft of this trainer's province.
        StillReading: its document is being read.
    """
    draft = _ready(session, by, draft_id)
    draft.questions = {use: [one for one in part if one["key"] != key] for use, part in draft.questions.items()}
    draft.updated_at = now
    return draft


def publish_draft(
    session: Session, *, by: Actor, draft_id: int, required: bool = False, now: datetime
) -> CourseVersion:
    """Publish the course with this lesson in it, as its next version.

    A new lesson does not count towards completion unless the trainer says so: nobody should find
    a finished course unfinished by surprise.

    Raises:
        NotFound: no open draft of this trainer's province.
        StillReading: its document is being read.
        PackageRefused: with every fault, as an author of packages would see them.
    """
    draft = _ready(session, by, draft_id)
    # Held before the current files are read: two lessons published at once must both be in the last version.
    locked(session, Course, draft.course_slug)
    files = draft_files(session, draft, required=required)
    version = publish_files(session, files, by=by, now=now)
    draft.published_at, draft.published_version_id, draft.updated_at = now, version.id, now
    record(
        session,
        by=by,
        verb="publish_draft",
        kind="draft",
        object_id=draft.id,
        area=draft.province_code,
        detail={"course": draft.course_slug, "lesson": draft.lesson_slug, "version": version.number},
        now=now,
    )
    return version


def discard_draft(session: Session, *, by: Actor, draft_id: int, now: datetime) -> Draft:
    """Put a draft aside; what is published stays as it is.

    Raises:
        NotFound: no open draft of this trainer's province.
    """
    draft = own_draft(session, by=by, draft_id=draft_id, lock=True)
    draft.discarded_at = now
    record(session, by=by, verb="discard_draft", kind="draft", object_id=draft.id, area=draft.province_code, now=now)
    return draft


def _queue_reading(session: Session, draft: Draft, upload: Upload, kind: str, by: Actor, now: datetime) -> None:
    source = keep(session, upload.data, name=upload.name, media_type=_MEDIA_TYPES[kind], by=by, now=now)
    draft.source_file_id = source.id
    payload = {"draft_id": draft.id, "sha256": source.sha256, "kind": kind}
    draft.job_id = queue_job(session, kind=READ_DOCUMENT, payload=payload, by=by, now=now).id
    session.flush()


def _ready(session: Session, by: Actor, draft_id: int) -> Draft:
    draft = own_draft(session, by=by, draft_id=draft_id, lock=True)
    if draft.job_id is not None and not _has_failed(session, draft.job_id):
        raise StillReading
    return draft


def _has_failed(session: Session, job_id: int) -> bool:
    job = session.get(Job, job_id)
    return job is None or job.failed_at is not None


def _still_holds(note: str, markdown: str) -> bool:
    found = re.search("“(Hình minh họa [0-9]+)”", note)
    return found is None or f"![{found[1]}]" in markdown


def _storable(value: Any) -> Any:
    """Return values of a YAML file as JSON can hold them: days, and anything strange, become text."""
    if isinstance(value, Mapping):
        return {str(key): _storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return value if value is None or isinstance(value, str | int) else str(value)
