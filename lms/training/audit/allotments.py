"""Allotments: a stored run gives the same order again, and the queue of its class stands by it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.training.allotting import Run, same
from lms.training.audit.findings import Finding
from lms.training.audit.story import Story
from lms.training.models import AllotmentRun


def prove(session: Session, story: Story) -> Iterator[Finding]:
    """5: run every stored allotment again, and compare ranks with the events that gave them."""
    table: Any = AllotmentRun.__table__
    runs = list(session.connection().execute(select(table).order_by(table.c.id)))
    for run in runs:
        if not _is_same(run):
            yield Finding(5, "run", run.id, "chạy lại không ra cùng thứ tự")
    orders = {(run.class_id, run.digest): run.output for run in runs}
    expected = Counter({key: len(output) for key, output in orders.items()})
    given: Counter[tuple[int, str]] = Counter()
    for seat in story.seats.values():
        place = None
        for event in story.chains.get(("seat", seat.id), []):
            place = event.snapshot.get("order", place)
            key = (seat.class_id, event.snapshot.get("digest"))
            if key[1] is not None:
                given[key] += 1
                if not _stands_at(orders.get(key, []), place, seat):
                    yield Finding(5, "seat", seat.id, f"sự kiện {event.id}: thứ tự không theo lượt xếp đã lưu")
        if place is not None and list(place) != [seat.rank, seat.place]:
            yield Finding(5, "seat", seat.id, f"thứ tự {seat.rank}-{seat.place}, sự kiện ghi {place}")
    for run in runs:
        if given[run.class_id, run.digest] % max(1, expected[run.class_id, run.digest]):
            yield Finding(5, "run", run.id, "có chỗ trong lượt xếp mà không được xếp")


def _stands_at(output: list[Any], place: Any, seat: Any) -> bool:
    return bool(place) and 1 <= place[0] <= len(output) and output[place[0] - 1][0] == seat.need_id


def _is_same(row: Any) -> bool:
    try:
        return same(Run(row.inputs, row.seed, row.rule_version, row.order_rule, row.output, row.digest))
    except (KeyError, TypeError, ValueError):
        return False
