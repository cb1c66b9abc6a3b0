"""What a fact and a title must keep to: numbers under a name, and words a villager knows."""

from __future__ import annotations

from collections.abc import Iterable

from courses.cards import split_lesson
from courses.documents import Value, read_yaml
from courses.facts import FACTS, OWN_VALUE
from courses.faults import FaultList
from courses.parts import Part
from courses.standards.notes import check_words
from courses.standards.numbers import WORDS, numbers_in
from courses.standards.reading import Reading
from courses.texts import decode

COURSE = "course.yml"


def check_facts(items: Iterable[Value], faults: FaultList) -> None:
    """Note numbers in the text of a fact that stand beside its values, and foreign words."""
    for item in items:
        text, values = item.peek("text"), item.peek("values")
        if text is None:
            continue
        for number in numbers_in(OWN_VALUE.sub(" ", text.written)):
            message = f"{WORDS[number.kind].capitalize()} “{number.written}” viết thẳng trong text."
            mend = "Hãy đặt số này vào values, rồi viết {tên} của nó vào câu."
            faults.fall_short(item.path, text.line, f"{message} {mend}")
        for said in (text, *(values.parts() if values else ())):
            _check_words(said, faults)


def check_statements(reading: Reading, faults: FaultList) -> None:
    """Note what of a package's facts and titles is below the standard."""
    check_facts(_items(_read_again(FACTS, reading.files.get(FACTS)), "facts"), faults)
    course = _read_again(COURSE, reading.files.get(COURSE))
    _check_titles(course, ("title", "summary", "audience"), faults)
    for variable in _items(course, "variables"):
        _check_titles(variable, ("label", "fallback"), faults)
    for read in reading.lessons:
        front = _read_again(read.files.text_path, read.files.text)
        _check_titles(front, ("title", "goal"), faults)
        check_facts(_items(front, "facts"), faults)


def _read_again(path: str, data: bytes | None) -> Value | None:
    """Read a YAML file, or the front matter of a lesson; its faults were noted when it was first read."""
    unheard = FaultList()
    text = decode(path, data or b"", unheard)
    if not path.endswith(".md"):
        return read_yaml(path, text, unheard)
    front, _ = split_lesson(text)
    return read_yaml(path, front.text, unheard, offset=1) if front else None


def _items(root: Value | None, name: str) -> list[Value]:
    listed = root.peek(name) if root else None
    return listed.items(name) if listed else []


def _check_titles(root: Value | None, names: Iterable[str], faults: FaultList) -> None:
    for name in names:
        value = root.peek(name) if root else None
        if value:
            _check_words(value, faults)


def _check_words(value: Value, faults: FaultList) -> None:
    check_words(value.path, Part(value.line, (value.written,)), faults)
