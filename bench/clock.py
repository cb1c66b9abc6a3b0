"""Processor time of processes: what a server and its database really used, neighbours or not."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def group_seconds(leader: int) -> float:
    """Return the processor seconds of a process group, members that have ended included."""
    return sum(seconds for group, _, seconds in _processes().values() if group == leader)


def family_seconds(parent: int) -> float:
    """Return the processor seconds of a process and its children, those that have ended included.

    PostgreSQL's processes leave the group of the one that starts them, but stay its children.
    """
    seen = _processes()
    return sum(seconds for pid, (_, above, seconds) in seen.items() if pid == parent or above == parent)


def children_of(parent: int) -> list[int]:
    """Return the living children of a process."""
    return [pid for pid, (_, above, _) in _processes().items() if above == parent]


def resident_megabytes(pid: int) -> float:
    """Return how much memory a process holds (VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _processes() -> dict[int, tuple[int, int, float]]:
    """Return group, parent and processor seconds of every process, with those of its ended children."""
    found: dict[int, tuple[int, int, float]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            line = Path(entry.path, "stat").read_text()
        except OSError:
            continue
        words = line[line.rindex(")") + 2 :].split()
        used = sum(int(words[at]) for at in (11, 12, 13, 14)) / _TICKS
        found[int(entry.name)] = (int(words[2]), int(words[1]), used)
    return found
