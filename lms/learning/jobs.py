"""Background work of learning: make the sheet of a lesson, or a whole course as a small book."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import courses
from courses.documents import plain_yaml
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.files import store
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.learning.prints import PRINT, Wanted, printed_cards, standing_of, store_paper, wanted_paper
from lms.library.models import CourseVersion, Media
from lms.printing.lessons import (
    BookletPaper,
    CardPaper,
    LessonPaper,
    SheetPaper,
    SourcePaper,
    booklet_pdf,
    sheet_pdf,
)
from lms.printing.paper import Asset
from lms.printing.passages import pictures_of


def print_paper(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Lay a paper out and keep it; run again, it finds the paper made or makes the same one."""
    progress.step(0, 1, "Đang làm bản in")
    session = db_session()
    asked = {name: payload[name] for name in ("course", "lesson", "province", "address")}
    wanted = wanted_paper(session, **asked)
    if standing_of(session, wanted.key, now=utc_now()).sha256 is None:
        data = _make(session, wanted)
        in_unit(lambda s: store_paper(s, wanted=wanted, data=data, now=utc_now()))
    return {"key": wanted.key}


HANDLERS: dict[str, Handler] = {PRINT: print_paper}


def _make(session: Session, wanted: Wanted) -> bytes:
    return sheet_pdf(_sheet(session, wanted)) if wanted.is_sheet else booklet_pdf(_booklet(session, wanted))


def _sheet(session: Session, wanted: Wanted) -> SheetPaper:
    course, lesson = wanted.now.course, wanted.lessons[0]
    cards = _cards(lesson, is_sheet=True)
    return SheetPaper(
        course=course.title,
        number=course.place(lesson.slug),
        lesson=lesson.title,
        cards=cards,
        address=wanted.address,
        version=wanted.now.number,
        day=vn_date(_version(session, wanted).published_at),
        pictures=_pictures(session, wanted, cards),
    )


def _booklet(session: Session, wanted: Wanted) -> BookletPaper:
    course, version = wanted.now.course, _version(session, wanted)
    lessons = tuple(_lesson(lesson) for lesson in wanted.lessons)
    return BookletPaper(
        title=course.title,
        summary=course.summary,
        audience=_audience(version),
        lessons=lessons,
        address=wanted.address,
        version=wanted.now.number,
        day=vn_date(version.published_at),
        pictures=_pictures(session, wanted, (card for lesson in lessons for card in lesson.cards)),
    )


def _lesson(lesson: courses.Lesson) -> LessonPaper:
    return LessonPaper(
        slug=lesson.slug,
        title=lesson.title,
        goal=lesson.goal,
        minutes=lesson.minutes,
        cards=_cards(lesson, is_sheet=False),
        sources=tuple(SourcePaper(fact.text, fact.source, fact.checked) for fact in lesson.facts),
    )


def _cards(lesson: courses.Lesson, *, is_sheet: bool) -> tuple[CardPaper, ...]:
    return tuple(CardPaper(card.title, str(card.html), card.kind) for card in printed_cards(lesson, is_sheet=is_sheet))


def _version(session: Session, wanted: Wanted) -> CourseVersion:
    return session.get_one(CourseVersion, wanted.now.version_id)


def _audience(version: CourseVersion) -> str:
    """Return for whom the course is; only its package says so, and only this paper asks."""
    meta = plain_yaml(courses.read_zip(store.read(version.package_sha256))["course.yml"].decode("utf-8-sig"))
    return str(meta.get("audience", "")) if isinstance(meta, dict) else ""


def _pictures(session: Session, wanted: Wanted, cards: Iterable[CardPaper]) -> dict[str, Asset]:
    names = {name for card in cards for name in pictures_of(card.html)}
    rows = session.execute(
        select(Media.name, Media.sha256, Media.media_type)
        .where(Media.version_id == wanted.now.version_id, Media.name.in_(names))
        .order_by(Media.name)
    )
    return {row.name: Asset(store.read(row.sha256), row.media_type) for row in rows}
