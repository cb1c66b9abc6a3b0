"""What happened to a call, need, class or seat, step by step, in words, for those who may see it.

Staff read each other's names; the person and the team read the task ("cán bộ xã"): who decides for
the commune or the department does so in its name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.people.models import Person
from lms.training.models import TrainingEvent
from lms.training.wording import CHANNEL_WORDS, STATE_WORDS

_TASKS = frozenset({"cán bộ Sở", "cán bộ xã", "giảng viên"})
_ENTITY_WORDS = {"call": "đợt", "need": "nhu cầu", "class": "lớp", "seat": "chỗ"}
_STAYED = {
    "call": "Thay đổi nội dung của đợt",
    "need": "Thay đổi nội dung nhu cầu",
    "class": "Thay đổi nội dung của lớp",
    "seat": "Xếp lại thứ tự",
}
_UNSAID = frozenset({"web", "timer"})
"""Ways that go without saying: the page itself, and the timer, whose steps name the system."""


@dataclass(frozen=True)
class Step:
    """One thing that happened: when, what, by whom, for whom, by which way, why, and what was true then."""

    at: datetime
    what: str
    who: str
    behalf: str
    way: str
    reason: str
    numbers: str


def timeline_of(session: Session, entity: str, entity_id: int, *, for_staff: bool) -> list[Step]:
    """Return the steps of a row, the first one first; the page has already found the row through the actor."""
    return timelines_of(session, entity, [entity_id], for_staff=for_staff)[entity_id]


def timelines_of(session: Session, entity: str, ids: Sequence[int], *, for_staff: bool) -> dict[int, list[Step]]:
    """Return the steps of several rows of a page, by one statement."""
    found: dict[int, list[TrainingEvent]] = {row_id: [] for row_id in ids}
    for event in session.scalars(
        select(TrainingEvent)
        .where(TrainingEvent.entity == entity, TrainingEvent.entity_id.in_(ids))
        .order_by(TrainingEvent.id)
    ):
        found[event.entity_id].append(event)
    return {row_id: _in_words(session, events, for_staff=for_staff) for row_id, events in found.items()}


def numbers_in_words(snapshot: Mapping[str, Any]) -> str:
    """Say what was true at that moment; what has no words here is for the auditor."""
    said = (words(snapshot[key]) for key, words in _NUMBERS.items() if snapshot.get(key) is not None)
    return "; ".join(filter(None, said))


def who_acted(label: str, *, for_staff: bool) -> str:
    """Return the actor as this reader may see them."""
    _name, _, tasks = label.rstrip(")").partition(" (")
    if for_staff or not tasks or not set(tasks.split(", ")) <= _TASKS:
        return label
    return tasks


def _in_words(session: Session, events: Sequence[TrainingEvent], *, for_staff: bool) -> list[Step]:
    behalf = {event.on_behalf_of_id for event in events} - {None}
    names = dict(session.execute(select(Person.id, Person.full_name).where(Person.id.in_(behalf))).all())
    return [
        Step(
            at=event.at,
            what=_what(event),
            who=who_acted(event.actor_label, for_staff=for_staff),
            behalf=names.get(event.on_behalf_of_id or 0, ""),
            way="" if event.channel in _UNSAID else CHANNEL_WORDS[event.channel],
            reason=event.reason.rstrip("."),
            numbers=numbers_in_words(event.snapshot),
        )
        for event in events
    ]


def _what(event: TrainingEvent) -> str:
    words = STATE_WORDS[event.entity]
    if event.from_state == event.to_state:
        return _STAYED[event.entity]
    if event.from_state is None:
        return f"Lập {_ENTITY_WORDS[event.entity]}: {words[event.to_state]}"
    return f"Từ “{words[event.from_state]}” sang “{words[event.to_state]}”"


def _places(order: Any) -> str:
    return f"thứ tự trong hàng: {order[0]}" if isinstance(order, list) and order and order[0] < 1_000_000 else ""


def _plain(pattern: str) -> Callable[[Any], str]:
    return lambda value: pattern.format(value) if isinstance(value, int | str) else ""


_NUMBERS: dict[str, Callable[[Any], str]] = {
    "seq": _plain("số {}"),
    "order": _places,
    "capacity": _plain("lớp có {} chỗ"),
    "capacity_before": _plain("trước đó {} chỗ"),
    "live": _plain("{} chỗ đã có người"),
    "wanted": _plain("cần {} chỗ"),
    "used": _plain("đã dùng {} chỗ"),
    "seats_wanted": _plain("cần {} chỗ"),
    "ahead": _plain("trước còn {} người"),
    "age": _plain("đã chuyển qua {} đợt"),
}
"""How the numbers of a snapshot are said, in the order in which they are said."""
