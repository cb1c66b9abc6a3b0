"""Read a lesson's questions file: practice and test bank, every kind checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from courses.course import FactBox
from courses.documents import Fields, Value
from courses.facts import WriteOut
from courses.question import KINDS, Option, Pair, Question, QuestionKind, Screen
from courses.texts import fold

LETTERS = "abcdefgh"
LONGEST_ANSWER = 200

_REQUIRED = ("key", "kind", "text", "card")
_COMMON = ("facts", "help")
_PARTS = {
    "choice": "options",
    "several": "options",
    "truefalse": "right",
    "order": "steps",
    "match": "pairs",
    "short": "accept",
    "tap": "places",
}
_TAP = ("picture", "alt")
LEAST_PLACE = 40
_KEY = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class Known:
    """What questions of a lesson may point at: its cards, its facts, and drawings by their size."""

    cards: int
    facts: Mapping[str, FactBox]
    screens: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def read_questions(root: Value, known: Known) -> tuple[tuple[Question, ...], tuple[Question, ...], Fields]:
    """Return practice, bank and the file's own fields (to point at in later faults)."""
    fields = root.fields("tệp câu hỏi", ("bank",), ("practice",))
    practice = fields.items("practice")
    bank = fields.items("bank")
    _check_keys(practice + bank)
    return (
        tuple(read_question(value, known) for value in practice),
        tuple(read_question(value, known) for value in bank),
        fields,
    )


def _check_keys(values: Iterable[Value]) -> None:
    seen: set[str] = set()
    keys = [(value, value.peek("key")) for value in values]
    found = [(key.written, value) for value, key in keys if key and key.written]
    for key, value in found:
        if key in seen:
            value.fault(f"Mã câu hỏi “{key}” dùng hai lần trong bài. Hãy đổi một mã.")
        seen.add(key)
    # The form field of a step is the question's field and a number, so the two must differ.
    for key, value in found:
        stem, _, tail = key.rpartition("-")
        if tail.isdigit() and stem in seen:
            value.fault(f"Mã “{key}” dễ lẫn với mã “{stem}”. Hãy đổi một mã.")


def read_question(value: Value, known: Known, also: tuple[str, ...] = ()) -> Question:
    """Read one question; `also` are names that its file's own purpose adds."""
    written_out = WriteOut(known.facts)
    value = value.rewritten(written_out)
    kind = _kind(value)
    # With an unknown kind, nobody can say which parts belong to it.
    parts = _parts(kind) if kind else ()
    others = () if kind else (*_PARTS.values(), *_TAP)
    fields = value.fields("câu hỏi", (*_REQUIRED, *also, *parts), (*_COMMON, *others))
    key = fields.text("key")
    if key and not _KEY.fullmatch(key):
        fields.at("key").fault("Mã câu hỏi chỉ gồm chữ thường không dấu, số và gạch nối. Hãy sửa lại.")
    fields = _labelled(value, fields, key)
    card = fields.number("card", 1, max(known.cards, 1))
    facts = fields.slugs("facts")
    for fact in facts:
        if fact not in known.facts:
            message = f"Không có thông tin “{fact}” trong mục facts của bài. Hãy sửa mã, hoặc thêm mã vào đó."
            fields.at("facts").fault(message)
    text = fields.text("text")
    question = Question(key, kind or "choice", text, card, facts, fields.text("help"))
    if kind == "tap":
        question = _read_places(question, fields, known)
    elif kind:
        question = _READERS[kind](question, fields)
    return replace(question, facts=tuple(dict.fromkeys([*facts, *written_out.named])))


def _parts(kind: QuestionKind) -> tuple[str, ...]:
    return (_PARTS[kind], *_TAP) if kind == "tap" else (_PARTS[kind],)


def _kind(value: Value) -> QuestionKind | None:
    kind = value.peek("kind")
    if kind and kind.written in KINDS:
        return cast(QuestionKind, kind.written)
    if kind:
        kind.fault(f"Loại câu hỏi phải là một trong: {', '.join(KINDS)}. Hãy sửa lại.")
    return None


def _labelled(value: Value, fields: Fields, key: str) -> Fields:
    label = f"Câu “{key}”: " if key else ""
    return Fields(
        value.labelled(label),
        {name: field.labelled(label) for name, field in fields.values.items()},
    )


def _read_options(question: Question, fields: Fields) -> Question:
    options = tuple(_option(letter, item) for letter, item in zip(LETTERS, fields.items("options"), strict=False))
    place = fields.at("options")
    _check_count(place, fields.items("options"), 2, len(LETTERS), "lựa chọn")
    _check_unlike(place, [option.text for option in options])
    rights = sum(option.right for option in options)
    if not rights:
        place.fault("Chưa có lựa chọn nào đúng. Hãy ghi right: true vào lựa chọn đúng.")
    if question.kind == "choice" and rights > 1:
        place.fault("Loại choice chỉ có một lựa chọn đúng. Hãy bỏ bớt, hoặc dùng several.")
    return replace(question, options=options)


def _option(letter: str, item: Value, also: tuple[str, ...] = ()) -> Option:
    fields = item.fields("lựa chọn", ("text", *also), ("right", "help"))
    right = fields.truth("right")
    text = fields.text("text")
    if not right and not fields.get("help"):
        item.fault(f"Lựa chọn sai “{text}” chưa có lời gợi ý (help). Hãy viết một câu giúp người học.")
    return Option(letter, text, right, fields.text("help"))


def _read_places(question: Question, fields: Fields, known: Known) -> Question:
    items = fields.items("places")
    options = tuple(_place(letter, item) for letter, item in zip(LETTERS, items, strict=False))
    place = fields.at("places")
    _check_count(place, items, 2, len(LETTERS), "chỗ chạm")
    _check_unlike(place, [option.text for option in options])
    if place.is_list and sum(option.right for option in options) != 1:
        place.fault("Câu chạm vào hình phải có đúng một chỗ đúng. Hãy chỉ ghi right: true ở một chỗ.")
    name = fields.text("picture")
    size = known.screens.get(name)
    if name and size is None:
        message = f"Không có hình vẽ media/{name}, hoặc hình không có viewBox “0 0 rộng cao”. Hãy sửa tên hoặc hình."
        fields.at("picture").fault(message)
    screen = Screen(name, fields.text("alt"), *(size or (0, 0)))
    if size:
        _check_places(items, options, size)
    return replace(question, options=options, screen=screen)


def _place(letter: str, item: Value) -> Option:
    option = _option(letter, item, ("at",))
    fields = Fields(item, {name: found for name in ("at",) if (found := item.peek(name))})
    numbers = [part.number("at", 0, 4000) for part in fields.items("at")]
    if fields.get("at") and len(numbers) != 4:
        fields.at("at").fault("Mục “at” gồm bốn số. Hãy ghi lần lượt: trái, trên, rộng, cao.")
        return option
    return replace(option, at=(numbers[0], numbers[1], numbers[2], numbers[3])) if numbers else option


def _check_places(items: list[Value], options: tuple[Option, ...], size: tuple[int, int]) -> None:
    for number, (item, option) in enumerate(zip(items, options, strict=False)):
        if option.at is None:
            continue
        left, top, wide, high = option.at
        if left + wide > size[0] or top + high > size[1]:
            item.fault(f"Chỗ “{option.text}” ra ngoài hình ({size[0]} x {size[1]}). Hãy dời vào trong.")
        if min(wide, high) < LEAST_PLACE:
            item.fault(f"Chỗ “{option.text}” nhỏ quá, khó chạm. Rộng và cao ít nhất {LEAST_PLACE}.")
        for other in options[:number]:
            if other.at and _overlap(option.at, other.at):
                item.fault(f"Chỗ “{option.text}” đè lên chỗ “{other.text}”. Hãy tách hai chỗ ra.")


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    across = one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    return across and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def _read_truefalse(question: Question, fields: Fields) -> Question:
    _need_help(fields)
    right = fields.truth("right")
    return replace(
        question,
        options=(
            Option("dung", "Đúng", right, question.help),
            Option("sai", "Sai", not right, question.help),
        ),
    )


def _read_steps(question: Question, fields: Fields) -> Question:
    _need_help(fields)
    steps = fields.texts("steps")
    _check_count(fields.at("steps"), steps, 2, 8, "bước")
    _check_unlike(fields.at("steps"), steps)
    return replace(question, steps=steps)


def _read_pairs(question: Question, fields: Fields) -> Question:
    _need_help(fields)
    rows = [item.fields("cặp", ("left", "right")) for item in fields.items("pairs")]
    pairs = tuple(Pair(row.text("left"), row.text("right")) for row in rows)
    _check_count(fields.at("pairs"), pairs, 2, 8, "cặp")
    _check_unlike(fields.at("pairs"), [pair.left for pair in pairs])
    _check_unlike(fields.at("pairs"), [pair.right for pair in pairs])
    return replace(question, pairs=pairs)


def _read_short(question: Question, fields: Fields) -> Question:
    _need_help(fields)
    accept = fields.texts("accept")
    _check_count(fields.at("accept"), accept, 1, 20, "đáp án")
    for text in accept:
        if text and (not fold(text) or len(text) > LONGEST_ANSWER):
            fields.at("accept").fault(f"Đáp án “{text}” phải có chữ hoặc số, dưới 200 ký tự. Hãy sửa lại.")
    return replace(question, accept=accept)


_READERS: dict[str, Callable[[Question, Fields], Question]] = {
    "choice": _read_options,
    "several": _read_options,
    "truefalse": _read_truefalse,
    "order": _read_steps,
    "match": _read_pairs,
    "short": _read_short,
}


def _need_help(fields: Fields) -> None:
    if not fields.get("help"):
        fields.owner.fault("Thiếu lời gợi ý (help). Hãy viết một câu giúp người học.")


def _check_count(place: Value, found: Iterable[object], least: int, most: int, what: str) -> None:
    count = len(list(found))
    if place.is_list and not least <= count <= most:
        place.fault(f"Phải có từ {least} đến {most} {what}, đang có {count}. Hãy sửa lại.")


def _check_unlike(place: Value, texts: Iterable[str]) -> None:
    seen: set[str] = set()
    for text in texts:
        if text and text in seen:
            place.fault(f"“{text}” viết hai lần. Hãy đổi một chỗ.")
        seen.add(text)
