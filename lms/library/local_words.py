"""A province's own words: hotline, app, fee, address, where lessons leave a place for them.

A card keeps `{tinh.<key>}` in its stored HTML. What stands there is decided when a page is shown:
the words of the reader's province, or what the course itself says until the province has set any.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

import courses
from lms.access import Actor
from lms.areas.models import Area
from lms.db import insert_into, row_exists
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.library import queries
from lms.library.models import LocalValue
from lms.teams.models import Team
from lms.words import nfc

LONGEST = 200
SOMEWHERE = "nơi địa phương công bố"
"""What stands for a place that no course knows."""

NO_WORDS: Mapping[str, str] = MappingProxyType({})

_OPENING = "{tinh."
_PLACE = re.compile(r"\{tinh\.([^{}<>]{0,80})\}")
_WORDS = select(LocalValue.key, LocalValue.text).where(LocalValue.province_code == bindparam("province"))
_WHO_HAS_WORDS = select(func.min(LocalValue.province_code), func.max(LocalValue.province_code))


class WordsTooLong(Refused):
    """A province's words do not fit into a line of a lesson."""

    status = 422

    def __init__(self, key: str, label: str, length: int) -> None:
        self.key = key
        super().__init__(
            f"Mục “{label}” dài {length} ký tự, tối đa {LONGEST}. Chưa lưu gì, các lời đang dùng giữ nguyên.",
            remedy="Hãy viết ngắn lại rồi lưu lần nữa.",
        )


@dataclass(frozen=True)
class Place:
    """A place for a province's own words: what courses ask, what stands there until set, which lessons have it."""

    key: str
    label: str
    fallbacks: tuple[str, ...]
    lessons: tuple[tuple[queries.Outline, queries.LessonLine], ...]
    messages: tuple[queries.Outline, ...]


def words_for(session: Session, province_code: str | None, course: queries.Outline) -> dict[str, str]:
    """Return what stands in a course's places for a province; without a province, what the course itself says.

    A course without places asks the database nothing.
    """
    words = {variable.key: variable.fallback for variable in course.variables}
    if words and province_code is not None:
        own = session.connection().execute(_WORDS, {"province": province_code})
        words.update((row.key, row.text) for row in own if row.key in words)
    return words


def words_for_reader(session: Session, actor: Actor | None, here: queries.LessonNow) -> dict[str, str]:
    """Return the words for whoever reads a lesson; nothing, and no question asked, if it has no places."""
    if not here.course.variables or not has_places(here.lesson):
        return {}
    return words_for(session, province_of(session, actor), here.course)


def province_of(session: Session, actor: Actor | None) -> str | None:
    """Return whose words somebody reads: of their team's province, else of their task's.

    Whoever has neither reads those of the only province here, if there is but one.
    """
    if actor is not None and actor.memberships:
        return actor.memberships[0].province_code
    if actor is not None and actor.roles:
        area = actor.roles[0].area_code
        return session.scalar(select(func.coalesce(Area.parent_code, Area.code)).where(Area.code == area))
    first, last = session.connection().execute(_WHO_HAS_WORDS).one()
    return first if first and first == last and not _has_teams_elsewhere(session, first) else None


def has_places(lesson: courses.Lesson) -> bool:
    """Say whether any card of a lesson leaves a place for a province's words."""
    return any(_OPENING in card.html for card in lesson.cards)


def filled(card_html: str, words: Mapping[str, str]) -> Any:
    """Return a card's HTML with the words in their places, escaped; no place is ever left open."""
    return courses.stored_html(_PLACE.sub(lambda place: html.escape(_said(place, words)), str(card_html)))


def filled_text(text: str, words: Mapping[str, str]) -> str:
    """Return a plain text with the words in their places."""
    return _PLACE.sub(lambda place: _said(place, words), text)


def in_words(lesson: courses.Lesson, words: Mapping[str, str]) -> courses.Lesson:
    """Return the lesson as a province reads it."""
    if not has_places(lesson):
        return lesson
    return replace(lesson, cards=tuple(replace(card, html=filled(card.html, words)) for card in lesson.cards))


def places(session: Session) -> list[Place]:
    """Return every place that current courses leave, each once, with where it is used."""
    now = queries.courses_now(session)
    keys = dict.fromkeys(variable.key for one in now for variable in one.course.variables)
    return [_place(session, key, now) for key in keys]


def values_of(session: Session, province_code: str) -> dict[str, str]:
    """Return what a province has set, by key."""
    return dict(session.connection().execute(_WORDS, {"province": province_code}).all())


def set_local_words(
    session: Session, *, by: Actor, province_code: str, values: Mapping[str, str], now: datetime
) -> list[str]:
    """Set a province's words; return the keys that changed. Empty words lead back to the course's own.

    A key that no course has any more is left alone: its page was opened before the course changed.

    Raises:
        NotFound: the actor is not the department's officer there.
        WordsTooLong: longer than a line of a lesson holds.
    """
    if province_code not in by.provinces:
        raise NotFound(f"province {province_code}")
    labels = {place.key: place.label for place in places(session)}
    wanted = {key: nfc(text) for key, text in values.items() if key in labels}
    for key, text in wanted.items():
        if len(text) > LONGEST:
            raise WordsTooLong(key, labels[key], len(text))
    before = values_of(session, province_code)
    changed = {key: text for key, text in wanted.items() if text != before.get(key, "")}
    for key, text in changed.items():
        _store(session, province_code, key, text, by, now)
    if changed:
        record(
            session, by=by, verb="set_local_words", kind="province", object_id=province_code, area=province_code,
            detail={"before": {key: before.get(key, "") for key in changed}, "after": changed}, now=now,
        )  # fmt: skip
    return list(changed)


def _store(session: Session, province_code: str, key: str, text: str, by: Actor, now: datetime) -> None:
    if not text:
        session.execute(delete(LocalValue).where(LocalValue.province_code == province_code, LocalValue.key == key))
        return
    row = insert_into(session, LocalValue).values(
        province_code=province_code, key=key, text=text, set_at=now, set_by_id=by.account_id
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=("province_code", "key"),
            set_={name: row.excluded[name] for name in ("text", "set_at", "set_by_id")},
        )
    )


def _place(session: Session, key: str, now: Iterable[queries.CourseNow]) -> Place:
    asking = [(one, variable) for one in now for variable in one.course.variables if variable.key == key]
    mark = f"{_OPENING}{key}}}"
    return Place(
        key,
        asking[0][1].label,
        tuple(dict.fromkeys(variable.fallback for _, variable in asking)),
        tuple(
            (one.course, line)
            for one, _ in asking
            for line in one.course.lessons
            if mark in _html_of(session, one, line.slug)
        ),
        tuple(one.course for one, _ in asking if mark in queries.messages(session, one).text),
    )


def _html_of(session: Session, now: queries.CourseNow, lesson: str) -> str:
    here = queries.lesson_in(session, now, lesson)
    return "".join(card.html for card in here.lesson.cards) if here else ""


def _has_teams_elsewhere(session: Session, province_code: str) -> bool:
    """Say whether a second province is at work here: then a stranger may be from either."""
    at_home = select(Area.code).where(Area.parent_code == province_code)
    return row_exists(session, Team, Team.ended_at.is_(None), Team.commune_code.not_in(at_home))


def _said(place: re.Match[str], words: Mapping[str, str]) -> str:
    return words.get(place[1], SOMEWHERE)
