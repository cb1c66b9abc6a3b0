"""Answer a test as somebody who knows: find the question on the page, fill in what is right."""

from functools import lru_cache
from pathlib import Path

from playwright.sync_api import Page

import courses
from lms.clock import utc_now, vn_date
from tests.journeys.visitor import Visitor

COURSE = "dich-vu-cong-truc-tuyen"
ROOT = Path(__file__).parents[2] / "content" / "courses"
_PACKAGE = ROOT / COURSE


@lru_cache(maxsize=1)
def course() -> courses.Package:
    """Return the built-in course."""
    return courses.load_folder(_PACKAGE, today=vn_date(utc_now()))


def lesson(slug: str) -> courses.Lesson:
    """Return a lesson of the built-in course."""
    return next(one for one in course().lessons if one.slug == slug)


def question_on(page: Page, asked: tuple[courses.Question, ...]) -> courses.Question:
    """Return the question that the page asks now."""
    shown = " ".join(page.locator("form.ask, main form").first.inner_text().split())
    return next(one for one in asked if " ".join(one.text.split()) in shown)


def answer(page: Page, question: courses.Question, *, rightly: bool = True) -> None:
    """Fill in a right answer, or a wrong one."""
    if question.kind == "short":
        page.locator("main form input[type=text], main form input:not([type])").first.fill(
            question.accept[0] if rightly else "không biết"
        )
    elif question.kind == "order":
        for place, step in enumerate(question.steps, start=1):
            page.get_by_label(step, exact=True).select_option(str(place if rightly else 1))
    elif question.kind == "match":
        for pair in question.pairs:
            side = pair.right if rightly else question.pairs[0].right
            page.get_by_label(pair.left, exact=True).select_option(label=side)
    elif question.kind == "tap":
        chosen = next(option for option in question.options if option.right == rightly)
        touch(page, question, chosen)
    else:
        for option in question.options:
            if option.right == rightly:
                page.get_by_label(option.text, exact=True).check()


def touch(page: Page, question: courses.Question, option: courses.Option) -> None:
    """Touch the middle of a place on the drawn screen, where a finger would."""
    screen = page.locator(".tap img")
    screen.scroll_into_view_if_needed()
    box = screen.bounding_box()
    assert box is not None, "a tap question shows its screen"
    assert question.screen is not None
    left, top, wide, high = option.at or (0, 0, 0, 0)
    scale = box["width"] / question.screen.width
    page.mouse.click(box["x"] + (left + wide / 2) * scale, box["y"] + (top + high / 2) * scale)
    assert page.get_by_label(option.text, exact=True).is_checked(), "the place that was touched is chosen"


def is_kept(page: Page, question: courses.Question) -> bool:
    """Say whether the page shows the right answer as it was filled in before."""
    if question.kind == "short":
        return bool(page.locator("main form input:not([type])").first.input_value() == question.accept[0])
    if question.kind == "order":
        chosen = [page.get_by_label(step, exact=True).input_value() for step in question.steps]
        return chosen == [str(place) for place in range(1, len(question.steps) + 1)]
    if question.kind == "match":
        chosen = [page.get_by_label(p.left, exact=True).locator("option:checked").inner_text() for p in question.pairs]
        return chosen == [pair.right for pair in question.pairs]
    return all(page.get_by_label(o.text, exact=True).is_checked() == o.right for o in question.options)


def take_test(someone: Visitor, slug: str) -> None:
    """Take a lesson's test from its first page to its result, all rightly."""
    asked = lesson(slug).bank
    someone.open(f"/khoa-hoc/{COURSE}/{slug}/kiem-tra/").send("Bắt đầu làm bài")
    for _ in range(lesson(slug).test.draw):
        answer(someone.page, question_on(someone.page, asked))
        someone.send("Lưu và tiếp")
    someone.send("Nộp bài")
