"""When is a course complete? All of the required lessons and at least N of the elective.

Pure rules on sets of lesson slugs; an auditor can read them alone. A programme is complete by the
same rules, with skills where a course has lessons.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from courses.course import Rule


@dataclass(frozen=True)
class Missing:
    """What still keeps a course from being complete; false when nothing does."""

    required: tuple[str, ...]
    elective_from: tuple[str, ...]
    elective_count: int

    def __bool__(self) -> bool:
        return bool(self.required) or self.elective_count > 0


def is_complete(rule: Rule, passed: Collection[str]) -> bool:
    """Tell whether the passed lessons (by slug) complete the course."""
    return not missing(rule, passed)


def missing(rule: Rule, passed: Collection[str]) -> Missing:
    """Return what is still to be passed. Lessons the rule does not name change nothing."""
    required = tuple(slug for slug in rule.required if slug not in passed)
    still_open = tuple(slug for slug in rule.elective if slug not in passed)
    done = len(rule.elective) - len(still_open)
    count = max(0, rule.elective_at_least - done)
    return Missing(required, still_open if count else (), count)


def explain(rule: Rule, passed: Collection[str], titles: Mapping[str, str]) -> str:
    """Say to the learner in Vietnamese what is still missing. `titles` by lesson slug."""
    return explain_missing(missing(rule, passed), titles) or "Anh/chị đã học xong khóa này."


def explain_missing(rest: Missing, titles: Mapping[str, str], what: str = "bài") -> str:
    """Say in Vietnamese what is still missing of lessons (or of `what`), empty if nothing is."""
    if not rest:
        return ""
    parts = []
    if rest.required:
        names = ", ".join(f"“{titles.get(slug, slug)}”" for slug in rest.required)
        parts.append(f"{len(rest.required)} {what}: {names}")
    if rest.elective_count:
        names = ", ".join(f"“{titles.get(slug, slug)}”" for slug in rest.elective_from)
        parts.append(f"{rest.elective_count} {what} tự chọn trong các {what}: {names}")
    return f"Còn {'; và '.join(parts)}."
