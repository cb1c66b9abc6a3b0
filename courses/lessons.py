"""Read one lesson: its front matter, facts, cards, and the questions that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from courses.cards import CardReader, PictureUse, split_lesson
from courses.course import FactBox, Lesson, TestPlan
from courses.documents import Fields, Value, read_yaml
from courses.faults import FaultList
from courses.question import Question
from courses.questions import Known, read_questions
from courses.texts import decode

_FRONT = ("title", "minutes", "goal", "test")


@dataclass(frozen=True)
class LessonFiles:
    """The two files of a lesson: text, and questions if they are there."""

    number: int
    slug: str
    text: bytes
    questions: bytes | None

    @property
    def stem(self) -> str:
        """Return the name both files share."""
        return f"{self.number:02d}-{self.slug}"

    @property
    def text_path(self) -> str:
        """Return where the text stands in the package."""
        return f"lessons/{self.stem}.md"

    @property
    def questions_path(self) -> str:
        """Return where the questions stand in the package."""
        return f"questions/{self.stem}.yml"


def read_lesson(files: LessonFiles, faults: FaultList, today: date) -> tuple[Lesson, list[PictureUse]]:
    """Read a lesson to its end, noting every fault, and name the pictures it shows."""
    path = files.text_path
    front, body = split_lesson(decode(path, files.text, faults))
    meta = _front_matter(path, front.text if front else None, faults)
    reader = CardReader(path, faults)
    cards = reader.read(body)
    facts = tuple(_read_fact(item, today) for item in meta.items("facts"))
    _check_fact_keys(facts, meta)
    test = _read_test(meta)
    known = Known(len(cards), frozenset(fact.key for fact in facts))
    practice, bank = _read_questions(files, known, test, faults)
    lesson = Lesson(
        files.number,
        files.slug,
        meta.text("title"),
        meta.number("minutes", 1, 240),
        meta.text("goal"),
        test,
        facts,
        cards,
        practice,
        bank,
    )
    return lesson, reader.pictures


def _front_matter(path: str, text: str | None, faults: FaultList) -> Fields:
    if text is None:
        faults.add(path, 1, "Bài phải mở đầu bằng phần khai báo nằm giữa hai dòng ---.")
    root = read_yaml(path, text, faults, offset=1) if text is not None else None
    if root is None:
        return nothing(path, faults)
    return root.fields("khai báo", _FRONT, ("facts",))


def nothing(path: str, faults: FaultList) -> Fields:
    """Stand in for a table that could not be read, so that reading can go on."""
    empty = read_yaml(path, "{}", faults)
    assert empty is not None, "an empty table is always readable"
    return Fields(empty, {})


def _read_test(meta: Fields) -> TestPlan:
    value = meta.get("test")
    fields = value.fields("test", ("draw", "pass")) if value else meta
    return TestPlan(fields.number("draw", 1, 50), fields.number("pass", 1, 100))


def _read_fact(item: Value, today: date) -> FactBox:
    fields = item.fields("facts", ("key", "text", "source", "checked", "review"))
    checked, review = fields.day("checked"), fields.day("review")
    fact = FactBox(
        fields.slug("key"),
        fields.text("text"),
        fields.text("source"),
        checked or today,
        review or today,
    )
    if checked and checked > today:
        fields.at("checked").fault(f"Thông tin “{fact.key}”: ngày kiểm tra ở tương lai.")
    if checked and review and review <= checked:
        fields.at("review").fault(f"Thông tin “{fact.key}”: ngày xem lại phải sau ngày kiểm tra.")
    elif fact.is_due(today):
        place = fields.at("review")
        item.faults.warn(item.path, place.line, f"Thông tin “{fact.key}” đã đến hạn xem lại ({fact.review}).")
    return fact


def _check_fact_keys(facts: tuple[FactBox, ...], meta: Fields) -> None:
    seen: set[str] = set()
    for fact, item in zip(facts, meta.items("facts"), strict=True):
        if fact.key and fact.key in seen:
            item.fault(f"Mã thông tin “{fact.key}” dùng hai lần.")
        seen.add(fact.key)


def _read_questions(
    files: LessonFiles, known: Known, test: TestPlan, faults: FaultList
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    if files.questions is None:
        faults.add(files.text_path, 1, f"Bài chưa có tệp câu hỏi {files.questions_path}.")
        return (), ()
    path = files.questions_path
    root = read_yaml(path, decode(path, files.questions, faults), faults)
    if root is None:
        return (), ()
    practice, bank, fields = read_questions(root, known)
    if fields.get("bank") and len(bank) < test.draw:
        fields.at("bank").fault(f"Ngân hàng có {len(bank)} câu, ít hơn {test.draw} câu mà bài kiểm tra cần.")
    if not practice:
        faults.warn(path, 1, "Bài chưa có câu luyện tập.")
    return practice, bank
