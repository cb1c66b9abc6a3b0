"""A package as plain JSON-able data and back: what the database keeps of a version.

Lesson HTML is made once, at publishing, and travels inside the data. The source files are
kept beside it; from them everything here can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from markupsafe import Markup

from courses.course import Lesson, Package
from courses.question import CheckQuestion
from courses.rendering import stored_html

DATA_FORMAT = 1

T = TypeVar("T")


def package_to_data(package: Package) -> dict[str, Any]:
    """Return a whole package as dicts, lists, texts and numbers."""
    return {"format": DATA_FORMAT, **_plain(package)}


def package_from_data(data: Mapping[str, Any]) -> Package:
    """Take back a package from what `package_to_data` gave."""
    return _take(dict(data), Package)


def lesson_to_data(lesson: Lesson) -> dict[str, Any]:
    """Return one lesson as plain data, for a page that needs only that lesson."""
    return _plain(lesson)


def lesson_from_data(data: Mapping[str, Any]) -> Lesson:
    """Take back a lesson from what `lesson_to_data` gave."""
    return _take(dict(data), Lesson)


def check_from_data(data: Sequence[Mapping[str, Any]]) -> tuple[CheckQuestion, ...]:
    """Take back the questions asked before and after a course."""
    return tuple(_take(dict(one), CheckQuestion) for one in data)


def _plain(value: object) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(value, enc_hook=_encode, str_keys=True)
    return plain


def _take(data: dict[str, Any], kind: type[T]) -> T:
    return msgspec.convert(data, kind, dec_hook=_decode)


def _encode(value: object) -> object:
    if isinstance(value, Markup):
        return str.__str__(value)
    raise NotImplementedError(type(value).__name__)


def _decode(kind: type, value: object) -> object:
    if kind is Markup:
        return stored_html(str(value))
    raise NotImplementedError(kind.__name__)
