"""Sheets and small books on paper: which paper somebody means, whether it is ready, and asking for it once.

Anybody may ask, so the waste is bounded: one paper for a version and the words in it, one job for
a paper, and an hour's rest for one that could not be made.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import courses
from lms.access import SYSTEM
from lms.db import insert_into, locked, row_exists
from lms.errors import NotFound
from lms.files.rules import keep_bytes, let_go
from lms.journal.models import Job
from lms.journal.rules import queue_job
from lms.learning.models import PrintedPaper
from lms.library import queries as library
from lms.library.local_words import in_words, words_for
from lms.library.models import Course, CourseVersion

PRINT = "learning.print_paper"
LAYOUT = 1
"""To be raised with every change of the papers' form: old papers are then made anew."""

REST_AFTER_FAILURE = timedelta(hours=1)
_ON_THE_SHEET = ("sheet",)
_IN_THE_BOOK = ("idea", "trap", "exercise", "teach")


@dataclass(frozen=True)
class Wanted:
    """A paper as one reader means it: the sheet of a lesson, or a whole course, in their province's words."""

    now: library.CourseNow
    lessons: tuple[courses.Lesson, ...]
    is_sheet: bool
    province: str | None
    address: str
    key: str

    @property
    def payload(self) -> dict[str, Any]:
        """Return what a job must know to find the same paper again."""
        return {
            "key": self.key,
            "course": self.now.course.slug,
            "lesson": self.lessons[0].slug if self.is_sheet else None,
            "province": self.province,
            "address": self.address,
        }


@dataclass(frozen=True)
class Standing:
    """How far a paper is: ready, asked for and waited for, refused with a sentence, or none of these."""

    sha256: str | None = None
    job_id: int | None = None
    asked_at: datetime | None = None
    failure: str | None = None

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to ask for it."""
        return self == Standing()


def wanted_paper(session: Session, *, course: str, lesson: str | None, province: str | None, address: str) -> Wanted:
    """Return the sheet of a lesson, or the book of the course if no lesson is named, as of the current version.

    `address` is printed as a QR code, so it makes another paper.

    Raises:
        NotFound: there is no such course or lesson.
    """
    now = library.course_now(session, course)
    if now is None:
        raise NotFound(f"course {course}")
    words = words_for(session, province, now.course)
    slugs = [lesson] if lesson else [line.slug for line in now.course.lessons]
    taught = [_lesson(session, now, slug) for slug in slugs]
    said = _words_on_paper(taught, _ON_THE_SHEET if lesson else _IN_THE_BOOK, words)
    key = _key("sheet" if lesson else "booklet", now.digest, lesson, said, address)
    return Wanted(now, tuple(in_words(one, words) for one in taught), bool(lesson), province, address, key)


def standing_of(session: Session, key: str, *, now: datetime) -> Standing:
    """Return how far a paper is."""
    sha256 = session.scalar(select(PrintedPaper.sha256).where(PrintedPaper.key == key))
    if sha256 is not None:
        return Standing(sha256=sha256)
    job = session.execute(
        select(Job.id, Job.created_at, Job.failed_at, Job.failure)
        .where(Job.finished_at.is_(None), Job.kind == PRINT, Job.payload["key"].as_string() == key)
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
    if job is None or (job.failed_at is not None and job.failed_at <= now - REST_AFTER_FAILURE):
        return Standing()
    return Standing(job_id=job.id, asked_at=job.created_at, failure=job.failure)


def ask_for_paper(session: Session, *, wanted: Wanted, now: datetime) -> Standing:
    """Have a paper made, unless it is ready, waited for, or resting after a failure; return how far it is then.

    Two who ask at once are let in one after the other by the row of the course.

    Raises:
        NotFound: there is no such course.
    """
    locked(session, Course, wanted.now.course.slug)
    standing = standing_of(session, wanted.key, now=now)
    if not standing.is_open:
        return standing
    job = queue_job(session, kind=PRINT, payload=wanted.payload, by=SYSTEM, now=now)
    return Standing(job_id=job.id, asked_at=now)


def store_paper(session: Session, *, wanted: Wanted, data: bytes, now: datetime) -> None:
    """Keep a paper. Those of the versions before are let go of: nobody can ask for them again.

    Done twice, it is done once.
    """
    slug = wanted.now.course.slug
    row = insert_into(session, PrintedPaper).values(
        key=wanted.key, course_slug=slug, sha256=keep_bytes(session, data), size=len(data), made_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=("key",), set_={name: row.excluded[name] for name in ("sha256", "size", "made_at")}
        )
    )
    published_at = session.get_one(CourseVersion, wanted.now.version_id).published_at
    old = session.scalars(
        delete(PrintedPaper)
        .where(PrintedPaper.course_slug == slug, PrintedPaper.made_at < published_at, PrintedPaper.key != wanted.key)
        .returning(PrintedPaper.sha256)
    ).all()
    for sha256 in sorted(set(old)):
        let_go(session, sha256, now=now)


def holds_paper(session: Session, sha256: str) -> bool:
    """Say whether a printed sheet or booklet is made of the bytes with this sha256."""
    return row_exists(session, PrintedPaper, PrintedPaper.sha256 == sha256)


def printed_cards(lesson: courses.Lesson, *, is_sheet: bool) -> list[courses.Card]:
    """Return the cards of a lesson that stand on the sheet, or in the book."""
    kinds = _ON_THE_SHEET if is_sheet else _IN_THE_BOOK
    return [card for card in lesson.cards if card.kind in kinds]


def _lesson(session: Session, now: library.CourseNow, slug: str) -> courses.Lesson:
    here = library.lesson_in(session, now, slug)
    if here is None:
        raise NotFound(f"lesson {now.course.slug}/{slug}")
    return here.lesson


def _words_on_paper(lessons: list[courses.Lesson], kinds: tuple[str, ...], words: Mapping[str, str]) -> dict[str, str]:
    """Return the province's words that are really printed: papers without any are the same in all provinces."""
    text = "".join(card.html for lesson in lessons for card in lesson.cards if card.kind in kinds)
    return {key: said for key, said in words.items() if f"{{tinh.{key}}}" in text}


def _key(kind: str, digest: str, lesson: str | None, words: Mapping[str, str], address: str) -> str:
    parts = [LAYOUT, kind, digest, lesson, sorted(words.items()), address]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
