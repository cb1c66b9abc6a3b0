"""A package together with the files it was read from: what the standards look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from courses.course import FactBox, Package
from courses.lessons import ReadLesson
from courses.sidepieces import Side


@dataclass(frozen=True)
class Reading:
    """A package as read, with where each card and question stands in its files."""

    package: Package
    files: Mapping[str, bytes]
    lessons: tuple[ReadLesson, ...]
    facts: Mapping[str, FactBox]
    side: Side
