"""Lines of a text file that remember where they stood."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Lines of a file, with the number of the first."""

    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)

    def line_of(self, text: str) -> int:
        """Return the number of the first line that holds a text, or of the first line of all."""
        found = (number for number, line in enumerate(self.lines, start=self.line) if text and text in line)
        return next(found, self.line)


def cut(text: str, first: int, last: int) -> Part:
    """Return some lines of a file, counted from 1."""
    return Part(first, tuple(text.split("\n")[first - 1 : last]))
