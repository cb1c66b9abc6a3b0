"""One measured figure: two sides, their ratio, the goal, and whether it is reached."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A figure of the table.

    `ratio` is what the goal is about. With `at_least` it must not be below the goal, otherwise not
    above. Without a goal the figure only explains another one.
    """

    name: str
    what: str
    ours: float
    limit: float | None
    unit: str
    ratio: float
    goal: float | None
    at_least: bool = True
    is_ratio: bool = True
    notes: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached; a figure without a goal always stands."""
        if self.goal is None:
            return True
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal


def middle(values: Iterable[float]) -> float:
    """Return the median of the rounds."""
    return median(values)


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table in plain text."""
    heading = ("Số đo", "Của ta", "Giới hạn", "Đơn vị", "Tỉ lệ", "Mục tiêu", "Kết quả")
    rows = [heading, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def as_json(figures: Iterable[Figure], facts: dict[str, Any]) -> str:
    """Return everything measured for another program."""
    rows = [{**asdict(figure), "reached": figure.is_reached} for figure in figures]
    return json.dumps({**facts, "figures": rows}, ensure_ascii=False, indent=2)


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.at_least else "≤"
    goal = "–" if figure.goal is None else f"{sign} {_number(figure.goal)}"
    verdict = "để giải thích" if figure.goal is None else "đạt" if figure.is_reached else "chưa đạt"
    limit = "–" if figure.limit is None else _number(figure.limit)
    ratio = f"{figure.ratio:.2f}".replace(".", ",") if figure.is_ratio else _number(figure.ratio)
    return (figure.what, _number(figure.ours), limit, figure.unit, ratio, goal, verdict)


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", ".")
    return f"{value:.2f}".rstrip("0").replace(".", ",")
