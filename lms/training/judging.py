"""Judging: what the marks of a person say under the rule of the class, as a pure function."""

from collections.abc import Mapping, Sequence
from typing import Any

from lms.training.evidence import THERE
from lms.training.models import ClassSession, TrainingClass
from lms.training.transitions import RULE_VERSION

COUNTED = THERE
"""Marks with which a session counts."""
CAME = COUNTED | {"left_early"}


def judge(row: TrainingClass, held: Sequence[ClassSession], marks: Mapping[int, str]) -> tuple[str, dict[str, Any]]:
    """Return completed, incomplete or no_show for the marks by session number, and what it rests on.

    Completed is who was present, or late, in enough sessions, for enough minutes, and in every
    session that is required. Who left early was there, but the session does not count. A session
    without a mark counts as absent and stays without a mark in what is kept.
    """
    attended = [one for one in held if marks.get(one.number) in COUNTED]
    minutes = sum(one.minutes for one in attended)
    facts: dict[str, Any] = {
        "minutes": minutes,
        "sessions": [
            {"number": one.number, "mark": marks.get(one.number), "minutes": one.minutes if one in attended else 0}
            for one in held
        ],
        "required": {
            "sessions": row.sessions_required,
            "minutes": row.minutes_required,
            "numbers": [one.number for one in held if one.is_required],
        },
        "rule_version": RULE_VERSION,
    }
    is_enough = (
        len(attended) >= row.sessions_required
        and minutes >= row.minutes_required
        and all(one in attended for one in held if one.is_required)
    )
    if is_enough:
        return "completed", facts
    return ("incomplete" if CAME & set(marks.values()) else "no_show"), facts
