"""What is wrong with a course package, told to its author in Vietnamese.

An author repairs a package in one go only if every fault is told at once, each with
its file and line. So nothing here stops at the first fault.

Three grades: a fault keeps a package from being published; a shortfall is below the standard
of the lessons that come with the project, so `content check` fails, yet a trainer may publish;
a warning is something to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["fault", "shortfall", "warning"]

_NOTES: dict[Severity, str] = {"fault": "", "shortfall": "chưa đạt: ", "warning": "lưu ý: "}


@dataclass(frozen=True, order=True)
class Fault:
    """One thing an author must repair (fault), should better (shortfall) or look at (warning).

    `message` is Vietnamese. `line` counts from 1; it is 1 when the whole file is meant.
    """

    path: str
    line: int
    message: str
    severity: Severity = "fault"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {_NOTES[self.severity]}{self.message}"

    def under(self, folder: str) -> Fault:
        """Return the same fault with its path seen from outside the package."""
        return replace(self, path=f"{folder.rstrip('/')}/{self.path}")


class PackageFaults(Exception):
    """Refuse a package, with all its faults (and warnings) in file and line order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class FaultList:
    """Collect faults while a package is read to its end."""

    def __init__(self) -> None:
        self._faults: set[Fault] = set()

    def add(self, path: str, line: int, message: str) -> None:
        """Note something that keeps the package from being published."""
        self._faults.add(Fault(path, line, message))

    def fall_short(self, path: str, line: int, message: str) -> None:
        """Note something below the standard of the built-in courses; the package still loads."""
        self._faults.add(Fault(path, line, message, "shortfall"))

    def warn(self, path: str, line: int, message: str) -> None:
        """Note something the author should look at; the package still loads."""
        self._faults.add(Fault(path, line, message, "warning"))

    def all(self) -> tuple[Fault, ...]:
        """Return everything noted, in file and line order."""
        return tuple(sorted(self._faults))

    @property
    def is_fatal(self) -> bool:
        """Tell whether anything noted keeps the package from loading."""
        return any(fault.severity == "fault" for fault in self._faults)

    def raise_if_fatal(self) -> None:
        """Stop here if the package cannot be used.

        Raises:
            PackageFaults: with everything noted so far, warnings too.
        """
        if self.is_fatal:
            raise PackageFaults(self._faults)
