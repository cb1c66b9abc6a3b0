"""What a draft would make of its course: the next package, its faults, its preview."""

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import courses
from lms.access import Actor
from lms.clock import vn_date
from lms.errors import NotFound
from lms.files import store
from lms.library.models import Draft
from lms.library.rules import current_files
from lms.words import fold, nfc

_FIRST_CARD = "## Thẻ đầu tiên\n\nViết ý đầu tiên ở đây.\n"


def own_draft(session: Session, *, by: Actor, draft_id: int, lock: bool = False) -> Draft:
    """Return an open draft of the actor's province.

    Raises:
        NotFound: there is none; a stranger's draft looks the same.
    """
    query = select(Draft).where(
        Draft.id == draft_id,
        Draft.province_code.in_(by.trainer_provinces),
        Draft.published_at.is_(None),
        Draft.discarded_at.is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    draft = session.scalar(query)
    if draft is None:
        raise NotFound(f"draft {draft_id}")
    return draft


def draft_files(session: Session, draft: Draft, *, required: bool = False) -> courses.SourceFiles:
    """Return the package the course would be with this draft in it."""
    return courses.put_lesson(current_files(session, draft.course_slug), draft_part(draft), required=required)


def draft_faults(session: Session, draft: Draft, *, now: datetime) -> list[courses.Fault]:
    """Return what is to mend in a draft; lines of the text are counted as the trainer sees them."""
    files = draft_files(session, draft)
    front = _front_lines(files, draft.lesson_slug)
    return [
        replace(fault, line=fault.line - front) if _is_text(fault, draft) and fault.line > front else fault
        for fault in courses.check_files(files, today=vn_date(now))
        if _concerns(fault, draft)
    ]


def draft_lesson(session: Session, draft: Draft, *, now: datetime) -> courses.Lesson | None:
    """Return the lesson as far as it can be read, for the preview."""
    package, _ = courses.examine(draft_files(session, draft), today=vn_date(now))
    return package.lesson(draft.lesson_slug)


def draft_part(draft: Draft) -> courses.LessonPart:
    """Return a draft as the part of a package it will be."""
    bank = draft.questions.get("bank", [])
    test = draft.front["test"]
    front = {
        "title": draft.title,
        "minutes": draft.front["minutes"],
        "goal": draft.front["goal"],
        "test": {"draw": max(1, min(test["draw"], len(bank))), "pass": test["pass"]},
        **({"facts": draft.front["facts"]} if draft.front.get("facts") else {}),
    }
    media = {name: store.read(digest) for name, digest in draft.media.items()}
    return courses.LessonPart(
        draft.lesson_slug, front, draft.markdown, bank, draft.questions.get("practice", []), media
    )


def part_of(files: courses.SourceFiles, lesson: str) -> courses.LessonPart:
    """Return a lesson of a package as a draft takes it up.

    Raises:
        NotFound: the package has no such lesson.
    """
    part = courses.lesson_part(files, lesson)
    if part is None:
        raise NotFound(f"lesson {lesson}")
    return part


def new_part(files: courses.SourceFiles, title: str) -> courses.LessonPart:
    """Return an empty lesson under a free address, with one card to begin with."""
    title = nfc(title)[:200] or "Bài mới"
    front = {"title": title, "minutes": 8, "goal": f"Sau bài này, anh/chị làm được: {title}.",
             "test": {"draw": 5, "pass": 80}}  # fmt: skip
    return courses.LessonPart(_free_slug(files, title), front, courses.as_cards(_FIRST_CARD, title), ())


def _free_slug(files: courses.SourceFiles, title: str) -> str:
    """Make an address of a title, and another if the course has one so named already."""
    stem = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:50].strip("-") or "bai"
    taken = {path.partition("/")[2][3:-3] for path in files if path.startswith("lessons/")} | courses.RESERVED
    return next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if s not in taken)


def _front_lines(files: courses.SourceFiles, slug: str) -> int:
    path = next(path for path in files if path.startswith("lessons/") and path[11:-3] == slug)
    head, _, _ = files[path].decode().partition("\n---\n")
    return head.count("\n") + 2


def _is_text(fault: courses.Fault, draft: Draft) -> bool:
    return fault.path.startswith("lessons/") and fault.path[11:-3] == draft.lesson_slug


def _concerns(fault: courses.Fault, draft: Draft) -> bool:
    """Say whether a fault is this draft's; other lessons have passed these checks before.

    What the course as a whole falls short of (no script to read out) is no matter of one lesson.
    """
    folder, _, name = fault.path.partition("/")
    if fault.severity == "shortfall" and not name:
        return False
    if folder == "media":
        return name in draft.media
    return folder not in ("lessons", "questions") or name.rpartition(".")[0][3:] == draft.lesson_slug
