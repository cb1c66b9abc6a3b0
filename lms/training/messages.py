"""Ready-to-paste words for Zalo: short enough to be read whole, with the address where one answers.

Messages must reach people through the commune's officer and Zalo, since many have no signal and none
needs an e-mail (S2).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lms.clock import vn_moment
from lms.training.models import ClassSession, TrainingClass
from lms.training.wording import half_day_words

MOST = 400
"""How many characters a message has at most: what Zalo shows without folding it away."""
_TITLE, _VENUE, _NAME = 70, 60, 40


def pack(head: str, lines: Iterable[str], tail: str, most: int = MOST) -> list[str]:
    """Return as few messages as hold all lines in order, each with head and tail, each at most so long."""
    room = most - len(head) - len(tail) - 2
    messages: list[list[str]] = []
    for line in lines:
        fitting = short(line, room)
        if messages and sum(len(kept) + 1 for kept in messages[-1]) + len(fitting) <= room:
            messages[-1].append(fitting)
        else:
            messages.append([fitting])
    return ["\n".join((head, *message, tail)) for message in messages]


def short(words: str, most: int) -> str:
    """Return the words, ended by "…" after a whole word where they are longer."""
    if len(words) <= most:
        return words
    cut = words[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def for_team(team: str, seats: Sequence[Any], held: dict[int, list[ClassSession]], address: str) -> list[str]:
    """Say to a team who is invited and who goes, when, where, and until when to answer."""
    lines = [_seat_line(found, held[found.TrainingClass.id]) for found in seats]
    return pack(f"{short(team, _TITLE)}: lịch tập huấn.", lines, f"Xem và trả lời: {address}")


def for_person(found: Any, held: Sequence[ClassSession], address: str) -> list[str]:
    """Invite one person, with the address at which they answer by one tap, without signing in."""
    return pack("Tin tập huấn:", [_seat_line(found, held)], f"Bấm để trả lời: {address}")


def for_commune(seats: Sequence[Any], address: str) -> list[str]:
    """Name those of the commune who are invited and have not answered, the most urgent first."""
    waiting = sorted((found for found in seats if found.Seat.state == "offered"), key=_answer_by)
    lines = [
        f"- {short(found.Person.full_name, _NAME)} ({short(found.Team.name, _NAME)}), "
        f"trước {vn_moment(found.Seat.expires_at)}"
        for found in waiting
    ]
    return pack("Các anh/chị sau được mời tập huấn, chưa trả lời:", lines, f"Xác nhận hoặc báo bận: {address}")


def for_class(row: TrainingClass, held: Sequence[ClassSession], address: str) -> list[str]:
    """Tell everybody in a class when and where it is."""
    lines = [f"Địa điểm: {short(row.venue, 120)}", *(_when(one).capitalize() for one in held)]
    return pack(f"Lớp tập huấn “{short(row.title, 90)}”", lines, f"Xác nhận dự hoặc báo bận: {address}")


def _seat_line(found: Any, held: Sequence[ClassSession]) -> str:
    name, row = short(found.Person.full_name, _NAME), found.TrainingClass
    first = _when(held[0]) if held else ""
    what = f"lớp “{short(row.title, _TITLE)}”, {first}, tại {short(row.venue, _VENUE)}"
    if found.Seat.state == "offered":
        return f"- {name} được mời dự {what}. Trả lời trước {vn_moment(found.Seat.expires_at)}."
    return f"- {name} đã xác nhận dự {what}."


def _when(one: ClassSession) -> str:
    return half_day_words(one.held_on, one.half_day)


def _answer_by(found: Any) -> datetime:
    moment: datetime = found.Seat.expires_at
    return moment
