"""YAML that remembers its lines, read without ever building an object from the file.

`yaml.compose` gives nodes with marks; the values are taken from the nodes here. So a tag
in a file can name any class it likes, nothing is made of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

import yaml

from courses.faults import FaultList
from courses.limits import LONGEST_PART
from courses.texts import is_plain, is_slug

_DEEPEST = 12
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = {_TAG + name for name in ("str", "int", "float", "timestamp")}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Value:
    """One value of a YAML file, with the place where it stands.

    `rewrite` is asked for what stands instead of each text, of this value and of all inside it.
    """

    node: yaml.Node
    path: str
    faults: FaultList
    offset: int = 0
    label: str = ""
    rewrite: Callable[[Value, str], str] | None = None

    @property
    def line(self) -> int:
        """Return the value's line in its file, from 1."""
        return self.node.start_mark.line + 1 + self.offset

    def labelled(self, label: str) -> Value:
        """Return the value with words put before each of its faults ("Câu “t3”: ")."""
        return replace(self, label=label)

    def rewritten(self, rewrite: Callable[[Value, str], str]) -> Value:
        """Return the value with every text in it, once read, put through `rewrite`."""
        return replace(self, rewrite=rewrite)

    def fault(self, message: str) -> None:
        """Note a fault at this value's line."""
        self.faults.add(self.path, self.line, self.label + message)

    def text(self, name: str) -> str:
        """Return a text that is not empty; a number or day is taken as it is written."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag not in _TEXT_TAGS:
            self.fault(f"Mục “{name}” phải là chữ. Hãy sửa, hoặc đặt trong dấu nháy kép.")
            return ""
        text = self.written.strip()
        if not is_plain(text):
            self.fault(f"Mục “{name}” có ký tự ẩn. Hãy gõ lại.")
            return ""
        if not text:
            self.fault(f"Mục “{name}” đang để trống. Hãy viết vào.")
        if self.rewrite:
            text = self.rewrite(self, text)
        if len(text) > LONGEST_PART:
            self.fault(f"Mục “{name}” dài {len(text)} ký tự, tối đa {LONGEST_PART}. Hãy viết ngắn lại.")
        return text[:LONGEST_PART]

    def slug(self, name: str) -> str:
        """Return a text that can stand in an address."""
        text = self.text(name)
        if text and not is_slug(text):
            self.fault(f"Mục “{name}” chỉ gồm chữ thường không dấu, chữ số và gạch nối: “{text}”. Hãy sửa lại.")
        return text

    def number(self, name: str, least: int, most: int) -> int:
        """Return a whole number between two bounds."""
        found = self._plain("int")
        if found is None or re.fullmatch(r"[0-9]{1,9}", found) is None:
            self.fault(f"Mục “{name}” phải là số nguyên. Hãy sửa lại.")
            return least
        if not least <= int(found) <= most:
            self.fault(f"Mục “{name}” phải từ {least} đến {most}, đang là {found}. Hãy sửa lại.")
        return max(least, min(most, int(found)))

    def truth(self, name: str) -> bool:
        """Return true or false."""
        found = self._plain("bool")
        if found is None or found.lower() not in {"true", "false"}:
            self.fault(f"Mục “{name}” phải là true hoặc false. Hãy chọn một.")
            return False
        return found.lower() == "true"

    def day(self, name: str) -> date | None:
        """Return a day written year-month-day."""
        try:
            if _DAY.fullmatch(self.written):
                return date.fromisoformat(self.written)
        except ValueError:
            pass
        self.fault(f"Mục “{name}” phải là ngày. Hãy viết năm-tháng-ngày, như 2026-11-20.")
        return None

    def items(self, name: str) -> list[Value]:
        """Return the values of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fault(f"Mục “{name}” phải là danh sách. Hãy để mỗi ý sau một gạch đầu dòng.")
            return []
        return [replace(self, node=node) for node in self.node.value]

    def fields(self, name: str, required: Iterable[str], optional: Iterable[str] = ()) -> Fields:
        """Return the named values of a table, noting missing, unknown and doubled names."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fault(f"Mục “{name}” phải là bảng. Hãy viết các dòng “tên: giá trị”.")
            return Fields(self, {})
        required = tuple(required)
        values = self._named((*required, *optional))
        for key in required:
            if key not in values:
                self.fault(f"Thiếu mục “{key}”. Hãy thêm vào.")
        return Fields(self, values)

    @property
    def written(self) -> str:
        """Return a plain value as it stands in the file, empty for a list or table."""
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else ""

    @property
    def is_list(self) -> bool:
        """Tell whether this is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_table(self) -> bool:
        """Tell whether this is a table of names and values."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def last_line(self) -> int:
        """Return the last line the value stands on, from 1."""
        return _last_scalar(self.node).end_mark.line + 1 + self.offset

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names in a table whose author chooses them freely."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fault(f"Mục “{name}” phải là bảng. Hãy viết các dòng “tên: giá trị”.")
            return ()
        found = dict.fromkeys(str(key.value) for key, _ in self.node.value)
        for wrong in [one for one in found if not is_slug(one)]:
            self.fault(f"Tên “{wrong}” chỉ gồm chữ thường không dấu, chữ số và gạch nối. Hãy đổi tên.")
        return tuple(found)

    def peek(self, name: str) -> Value | None:
        """Look at one named value without judging the table."""
        pairs = self.node.value if isinstance(self.node, yaml.MappingNode) else ()
        found = (replace(self, node=node) for key, node in pairs if key.value == name)
        return next(found, None)

    def parts(self) -> list[Value]:
        """Return the values of a table, whatever their names."""
        pairs = self.node.value if isinstance(self.node, yaml.MappingNode) else ()
        return [replace(self, node=node) for _, node in pairs]

    def _named(self, known: tuple[str, ...]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, node in self.node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            here = replace(self, node=key_node)
            if key in values:
                here.fault(f"Mục “{key}” viết hai lần. Hãy bỏ một.")
            elif key not in known:
                here.fault(f"Mục “{key}” không có trong mẫu.{_suggest(key, known)} Hãy sửa hoặc bỏ mục này.")
            else:
                values[key] = replace(self, node=node)
        return values

    def _plain(self, kind: str) -> str | None:
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == _TAG + kind:
            return str(self.node.value)
        return None


@dataclass(frozen=True)
class Fields:
    """The named values of one table; what is absent reads as empty.

    A missing required name was noted when the table was read, so nothing is noted twice.
    """

    owner: Value
    values: dict[str, Value]

    def get(self, name: str) -> Value | None:
        """Return a value, or nothing if its name is absent."""
        return self.values.get(name)

    def at(self, name: str) -> Value:
        """Return a value, or the table itself as the place to point at."""
        return self.values.get(name, self.owner)

    def text(self, name: str) -> str:
        """Return a text, empty if absent."""
        value = self.get(name)
        return value.text(name) if value else ""

    def slug(self, name: str) -> str:
        """Return a slug, empty if absent."""
        value = self.get(name)
        return value.slug(name) if value else ""

    def number(self, name: str, least: int, most: int) -> int:
        """Return a number, the least one if absent."""
        value = self.get(name)
        return value.number(name, least, most) if value else least

    def truth(self, name: str) -> bool:
        """Return true or false, false if absent."""
        value = self.get(name)
        return value.truth(name) if value else False

    def day(self, name: str) -> date | None:
        """Return a day, nothing if absent."""
        value = self.get(name)
        return value.day(name) if value else None

    def items(self, name: str) -> list[Value]:
        """Return the values of a list, none if absent."""
        value = self.get(name)
        return value.items(name) if value else []

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text(name) for item in self.items(name))

    def slugs(self, name: str) -> tuple[str, ...]:
        """Return a list of slugs, noting one that stands twice."""
        found: list[str] = []
        for item in self.items(name):
            slug = item.slug(name)
            if slug and slug in found:
                item.fault(f"Mục “{name}” nêu “{slug}” hai lần. Hãy bỏ một.")
            elif slug:
                found.append(slug)
        return tuple(found)


def read_yaml(path: str, text: str, faults: FaultList, offset: int = 0) -> Value | None:
    """Read YAML into a value with lines; nothing if it cannot be read (the fault is noted)."""
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        faults.add(path, line + offset, _explain(error))
        return None
    except yaml.YAMLError:
        faults.add(path, 1 + offset, "Có ký tự không đọc được. Hãy gõ lại dòng này.")
        return None
    if node is None:
        faults.add(path, 1 + offset, "Chưa có nội dung. Hãy viết vào.")
        return None
    return Value(node, path, faults, offset)


def plain_yaml(text: str) -> object:
    """Return YAML as plain values, as carefully as `read_yaml`; nothing if unreadable."""
    try:
        return _Loader(text).get_single_data()
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return None


class _Loader(yaml.SafeLoader):
    """The safe loader without what a course never needs and an attacker does.

    Anchors let ten lines grow into gigabytes; deep nesting exhausts the stack.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Forbidden(problem="anchor", problem_mark=event.start_mark)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Forbidden(problem="depth", problem_mark=event.start_mark)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node


class _Forbidden(yaml.MarkedYAMLError):
    """YAML that is correct but not allowed in a course."""


def _last_scalar(node: yaml.Node) -> yaml.Node:
    """Return where a value really ends: YAML lets a block end only where the next one begins."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_scalar(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_scalar(node.value[-1])
    return node


def _explain(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, _Forbidden):
        if error.problem == "depth":
            return "Các mục lồng nhau quá sâu. Hãy viết phẳng hơn."
        return "Không dùng dấu & và * ở đầu giá trị. Hãy bỏ đi, hoặc đặt chữ trong dấu nháy kép."
    return (
        "Viết sai cách. Trong { }, chữ có dấu ? hoặc dấu phẩy phải đặt trong nháy kép."
        " Hãy kiểm tra dấu hai chấm, thụt đầu dòng và dấu nháy ở dòng này."
    )


def _suggest(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f" Có phải “{near[0]}”?" if near else ""
