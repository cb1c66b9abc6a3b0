"""Read one lesson: its front matter, facts, cards, and the questions that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from courses.cards import CardReader, Surroundings, Use, split_lesson
from courses.course import FactBox, Lesson, TestPlan, Variable
from courses.documents import Fields, read_yaml
from courses.facts import WriteOut, read_facts
from courses.faults import FaultList
from courses.parts import Part, cut
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


@dataclass(frozen=True)
class Shared:
    """What all lessons of a package have in common: its facts, its variables, its drawings' sizes."""

    facts: Mapping[str, FactBox]
    variables: Mapping[str, Variable]
    screens: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class ReadLesson:
    """A lesson, what its files show, and where in them each card and question stands.

    `cards` (title first) and `questions` hold what the author wrote, before references were written out.
    """

    lesson: Lesson
    files: LessonFiles
    pictures: tuple[Use, ...]
    screens: tuple[Use, ...]
    links: tuple[Use, ...]
    cards: Mapping[int, Part]
    questions: Mapping[str, Part]


def read_lesson(files: LessonFiles, faults: FaultList, today: date, shared: Shared) -> ReadLesson:
    """Read a lesson to its end, noting every fault."""
    path = files.text_path
    front, body = split_lesson(decode(path, files.text, faults))
    meta = _front_matter(path, front.text if front else None, faults)
    facts = _read_facts(meta, today, shared.facts)
    around = Surroundings({fact.key: fact for fact in facts}, shared.variables)
    reader = CardReader(path, faults, around)
    cards = reader.read(body)
    test = _read_test(meta)
    known = Known(len(cards), around.facts, shared.screens)
    asked = _read_questions(files, known, test, faults)
    lesson = Lesson(
        files.number,
        files.slug,
        meta.text("title"),
        meta.number("minutes", 1, 240),
        _goal(meta, around),
        test,
        facts,
        cards,
        asked.practice,
        asked.bank,
    )
    screens = tuple(
        Use(question.screen.name, asked.sources[question.key].line)
        for question in asked.practice + asked.bank
        if question.screen
    )
    return ReadLesson(
        lesson, files, tuple(reader.pictures), screens, tuple(reader.lessons), reader.sources, asked.sources
    )


def nothing(path: str, faults: FaultList) -> Fields:
    """Stand in for a table that could not be read, so that reading can go on."""
    empty = read_yaml(path, "{}", faults)
    assert empty is not None, "an empty table is always readable"
    return Fields(empty, {})


def _front_matter(path: str, text: str | None, faults: FaultList) -> Fields:
    if text is None:
        faults.add(path, 1, "Bài phải mở đầu bằng phần khai báo nằm giữa hai dòng ---. Hãy thêm vào.")
    root = read_yaml(path, text, faults, offset=1) if text is not None else None
    if root is None:
        return nothing(path, faults)
    return root.fields("khai báo", _FRONT, ("facts",))


def _read_facts(meta: Fields, today: date, bank: Mapping[str, FactBox]) -> tuple[FactBox, ...]:
    """Take the named facts of the package, and read those that the lesson brings itself."""
    items = meta.items("facts")
    own = {fact.key: fact for fact in read_facts([item for item in items if item.is_table], today)}
    found: dict[str, FactBox] = dict(own)
    for item in items:
        if item.is_table:
            continue
        key = item.slug("facts")
        if key in found:
            item.fault(f"Mã thông tin “{key}” dùng hai lần. Hãy bỏ một.")
        elif key in bank:
            found[key] = bank[key]
        elif key:
            item.fault(f"Không có thông tin “{key}”. Hãy sửa mã, hoặc thêm thông tin này kèm nguồn.")
    return tuple(found.values())


def _goal(meta: Fields, around: Surroundings) -> str:
    value = meta.get("goal")
    return value.rewritten(WriteOut(around.facts)).text("goal") if value else ""


def _read_test(meta: Fields) -> TestPlan:
    value = meta.get("test")
    fields = value.fields("test", ("draw", "pass")) if value else meta
    return TestPlan(fields.number("draw", 1, 50), fields.number("pass", 1, 100))


@dataclass(frozen=True)
class _Asked:
    practice: tuple[Question, ...] = ()
    bank: tuple[Question, ...] = ()
    sources: Mapping[str, Part] = field(default_factory=dict)


def _read_questions(files: LessonFiles, known: Known, test: TestPlan, faults: FaultList) -> _Asked:
    if files.questions is None:
        faults.add(files.text_path, 1, f"Bài chưa có tệp câu hỏi. Hãy thêm {files.questions_path}.")
        return _Asked()
    path = files.questions_path
    text = decode(path, files.questions, faults)
    root = read_yaml(path, text, faults)
    if root is None:
        return _Asked()
    practice, bank, fields = read_questions(root, known)
    if fields.get("bank") and len(bank) < test.draw:
        message = f"Ngân hàng có {len(bank)} câu, ít hơn {test.draw} câu mà bài kiểm tra cần. Hãy viết thêm câu."
        fields.at("bank").fault(message)
    if not practice:
        faults.warn(path, 1, "Bài chưa có câu luyện tập. Hãy viết vài câu vào mục practice.")
    values = fields.items("practice") + fields.items("bank")
    sources = {
        question.key: cut(text, value.line, value.last_line)
        for question, value in zip(practice + bank, values, strict=True)
    }
    return _Asked(practice, bank, sources)
