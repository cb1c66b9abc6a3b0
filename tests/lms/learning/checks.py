"""A course with five questions before and after, and how people answer them."""

import courses
from lms.db import db_session, in_unit
from lms.learning import skill_checks
from lms.library import queries as library
from tests.factories import NOON
from tests.lms.library.package import make_files

SCREEN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 640"><path d="M0 0h360v640H0z"/></svg>'
CHECK = """\
skill: dich-vu-cong
questions:
  - {key: s1, kind: truefalse, lesson: mot-cua, text: Chỉ có một cửa., right: true, help: Chỉ một cửa thôi., card: 1}
  - key: s2
    kind: choice
    lesson: mot-cua
    text: Ai được hỏi mã OTP?
    card: 2
    options:
      - {text: Không ai cả, right: true}
      - {text: Cán bộ xã, help: Cán bộ không bao giờ hỏi mã.}
  - key: s3
    kind: tap
    lesson: nop-ho-so
    text: Bấm vào đâu để gửi?
    card: 3
    picture: man-hinh.svg
    alt: Màn hình có nút Gửi ở dưới
    places:
      - {text: Nút Gửi, at: [20, 560, 320, 60], right: true}
      - {text: Dòng tên, at: [20, 40, 320, 60], help: Dòng tên chỉ để đọc.}
  - {key: s4, kind: short, lesson: nop-ho-so, text: "Số tổng đài?", accept: ["1900 0368"], help: Là 1900 0368., card: 1}
  - {key: s5, kind: order, lesson: nop-ho-so, text: Xếp thứ tự., steps: [Mở, Nhập, Gửi], help: Mở trước., card: 1}
"""
RIGHT = {"s1": "dung", "s2": "a", "s3": "a", "s4": "1900.0368", "s5": [1, 2, 3]}
WRONG = {"s1": "sai", "s2": "b", "s3": "b", "s4": "113", "s5": [3, 2, 1]}
HELPS = ("Chỉ một cửa thôi.", "Cán bộ không bao giờ hỏi mã.", "Dòng tên chỉ để đọc.", "Là 1900 0368.", "Mở trước.")


def files_with_check(check: str = CHECK, **more) -> courses.SourceFiles:
    """Return the small course with five questions before and after."""
    return {**make_files(**more), "skill-check.yml": check.encode(), "media/man-hinh.svg": SCREEN}


def right(count: int) -> dict:
    """Return answers of which so many are right, the rest wrong."""
    keys = list(RIGHT)
    return {key: (RIGHT if place < count else WRONG)[key] for place, key in enumerate(keys)}


def answer(actor, moment="before", answers=RIGHT, course="dich-vu-cong", now=NOON):
    """Send the five answers; return the result."""
    return in_unit(
        lambda s: skill_checks.answer_check(s, by=actor, course=course, moment=moment, answers=answers, now=now)
    )


def fields_for(actor, answers, course="dich-vu-cong"):
    """Return the form fields that mean these answers to this person."""
    here = library.course_now(db_session(), course)
    fields = {}
    for asked in skill_checks.questions_for(db_session(), actor.person_id, here):
        value = answers.get(asked.question.key)
        if value is None:
            continue
        if asked.question.kind == "order":
            order = asked.question.full_order(asked.order)
            fields |= {asked.question.field_at(place): str(value[index]) for place, index in enumerate(order, start=1)}
        else:
            fields[asked.question.field] = value
    return fields
