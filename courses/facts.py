"""Statements that can age: read them, and write their values where a text refers to them.

A fact keeps its dates, limits and numbers under names (`values`). Cards and questions write
`{key.name}` and never the number itself, so one edit changes every place. `{tinh.key}` is no
fact: it is where a province puts its own words, and stays in the text until a page is shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from courses.course import FactBox, FactMark, Variable
from courses.documents import Fields, Value, read_yaml
from courses.faults import FaultList
from courses.parts import Part

FACTS = "facts.yml"
LOCAL = "tinh"
LONGEST_FACT = 300

REFERENCE = re.compile(r"\{([a-z0-9]+(?:-[a-z0-9]+)*)\.([a-z0-9]+(?:-[a-z0-9]+)*)\}")
OWN_VALUE = re.compile(r"\{([a-z0-9]+(?:-[a-z0-9]+)*)\}")
# What is put into the middle of Markdown must not change how it is read.
_UNFIT = re.compile(r"[{}\[\]<>`*_\\|#\n]")

_REQUIRED = ("key", "text", "source", "checked", "review")
_OPTIONAL = ("values", "mark")


@dataclass(frozen=True)
class Referred:
    """A text with its references written out, and the facts and variables they named."""

    text: str
    facts: tuple[str, ...]
    variables: tuple[str, ...]


def read_facts(items: Iterable[Value], today: date) -> tuple[FactBox, ...]:
    """Read a list of facts, noting what is missing, doubled or past its review day."""
    found: list[FactBox] = []
    for item in items:
        fact = _read_fact(item, today)
        if fact.key and any(fact.key == other.key for other in found):
            item.fault(f"Mã thông tin “{fact.key}” dùng hai lần. Hãy bỏ một.")
        found.append(fact)
    return tuple(found)


def read_fact_file(path: str, text: str, faults: FaultList, today: date) -> tuple[FactBox, ...]:
    """Read a file of facts: one list under the name `facts`."""
    root = read_yaml(path, text, faults)
    return read_facts(root.fields(path, ("facts",)).items("facts"), today) if root else ()


def written_out(text: str, facts: Mapping[str, FactBox]) -> Referred:
    """Put the values of facts where the text refers to them; an unknown reference stays as it is."""
    named: dict[str, None] = {}
    variables: dict[str, None] = {}

    def value(match: re.Match[str]) -> str:
        key, name = match.groups()
        if key == LOCAL:
            variables[name] = None
            return match[0]
        named[key] = None
        fact = facts.get(key)
        return fact.values.get(name, match[0]) if fact else match[0]

    text = REFERENCE.sub(value, text)
    return Referred(text, tuple(named), tuple(variables))


def fill_references(
    path: str, part: Part, facts: Mapping[str, FactBox], faults: FaultList, *, variables: Collection[str] | None
) -> tuple[str, ...]:
    """Write the references in some lines of a file out, noting those that lead nowhere.

    `variables` are the names a province may fill in; None where it cannot, as in a title.
    """
    for number, line in enumerate(part.lines, start=part.line):
        for key, name in REFERENCE.findall(line):
            message = _stray(key, name, facts, variables)
            if message:
                faults.add(path, number, message)
    return tuple(written_out(line, facts).text for line in part.lines)


def as_shown(text: str, variables: Mapping[str, Variable]) -> str:
    """Put a province's own words where they belong, as long as it has given none: the fallbacks."""

    def words(match: re.Match[str]) -> str:
        variable = variables.get(match[2]) if match[1] == LOCAL else None
        return variable.fallback if variable else match[0]

    return REFERENCE.sub(words, text)


class WriteOut:
    """Write references out in the texts of a YAML file, and keep which facts they named.

    `value.rewrite` of whatever is read with it; no variable of a province may stand there.
    """

    def __init__(self, facts: Mapping[str, FactBox]) -> None:
        self.named: dict[str, None] = {}
        self._facts = facts

    def __call__(self, value: Value, text: str) -> str:
        for key, name in REFERENCE.findall(text):
            message = _stray(key, name, self._facts, None)
            if message:
                value.fault(message)
        referred = written_out(text, self._facts)
        self.named.update(dict.fromkeys(referred.facts))
        return referred.text


def _stray(key: str, name: str, facts: Mapping[str, FactBox], variables: Collection[str] | None) -> str | None:
    if key == LOCAL:
        if variables is None:
            return f"Chỗ này không dùng được {{{LOCAL}.{name}}}: mỗi tỉnh một khác. Hãy chuyển vào thẻ, hoặc bỏ đi."
        if name not in variables:
            return f"Không có “{name}” trong mục variables của course.yml. Hãy thêm vào, kèm lời thay thế."
        return None
    if key not in facts:
        return f"Không có thông tin “{key}” ở đây. Hãy sửa mã, hoặc thêm mã vào mục facts."
    if name not in facts[key].values:
        return f"Thông tin “{key}” không có giá trị “{name}”. Hãy sửa tên, hoặc thêm vào mục values."
    return None


def _read_fact(item: Value, today: date) -> FactBox:
    fields = item.fields("facts", _REQUIRED, _OPTIONAL)
    checked, review = fields.day("checked"), fields.day("review")
    values = _read_values(fields)
    fact = FactBox(
        fields.slug("key"),
        _own_values_written(fields, values),
        fields.text("source"),
        checked or today,
        review or today,
        values,
        _read_mark(fields),
    )
    if fact.key == LOCAL:
        fields.at("key").fault(f"Mã “{LOCAL}” dành cho lời riêng của tỉnh. Hãy đặt mã khác.")
    if checked and checked > today:
        fields.at("checked").fault(f"Thông tin “{fact.key}”: ngày kiểm tra ở tương lai. Hãy ghi ngày đã kiểm tra thật.")
    if checked and review and review <= checked:
        fields.at("review").fault(f"Thông tin “{fact.key}”: ngày xem lại phải sau ngày kiểm tra. Hãy sửa lại.")
    elif fact.is_due(today):
        place = fields.at("review")
        message = (
            f"Thông tin “{fact.key}” đã đến hạn xem lại ({fact.review})."
            " Hãy đọc lại nguồn, sửa nội dung nếu đã đổi, rồi ghi ngày kiểm tra mới."
        )
        item.faults.fall_short(item.path, place.line, message)
    return fact


def _read_values(fields: Fields) -> dict[str, str]:
    value = fields.get("values")
    names = value.names("values") if value else ()
    values = value.fields("values", (), names) if value else None
    found: dict[str, str] = {}
    for name in names:
        assert values is not None, "names come out of the table itself"
        found[name] = values.text(name)
        if _UNFIT.search(found[name]):
            message = f"Giá trị “{name}” có dấu làm hỏng câu chứa nó. Hãy chỉ dùng chữ, số, dấu câu thường."
            values.at(name).fault(message)
    return found


def _own_values_written(fields: Fields, values: Mapping[str, str]) -> str:
    text = fields.text("text")
    if len(text) > LONGEST_FACT:
        fields.at("text").fault(f"Thông tin dài {len(text)} ký tự, tối đa {LONGEST_FACT}. Hãy tách làm hai.")
    for name in OWN_VALUE.findall(text):
        if name not in values:
            fields.at("text").fault(f"Không có “{name}” trong mục values của thông tin này. Hãy thêm vào.")
    for name in values:
        if f"{{{name}}}" not in text:
            fields.at("values").fault(f"Giá trị “{name}” chưa dùng trong text. Hãy viết {{{name}}} vào câu.")
    return OWN_VALUE.sub(lambda match: values.get(match[1], match[0]), text)


def _read_mark(fields: Fields) -> FactMark:
    mark = fields.text("mark") or "B"
    if mark not in ("A", "B"):
        fields.at("mark").fault("Mục “mark” phải là A (văn bản gốc) hoặc B (báo chí, trang của tỉnh). Hãy chọn một.")
        return "B"
    return cast(FactMark, mark)
