"""Figure 8: sums by commune and by team, at 1,000 and at 17,000 people in the same areas and teams."""

import time
from collections.abc import Callable

from bench.data import PEOPLE, PROVINCE, TEAMS, Size
from bench.figure import Figure, middle
from bench.school import ENGINE_WORDS, ENGINES, School, Schools
from bench.web import Pace
from lms.db import db_session
from lms.learning import sums

SMALL = Size(1_000, TEAMS)
COMMUNE = "14797"
BLOCKS, REPEATS = 15, 8
QUESTIONS: dict[str, tuple[str, Callable[[], object]]] = {
    "tinh": ("Tỉnh theo xã", lambda: sums.province_sums(db_session(), PROVINCE)),
    "xa": ("Xã theo tổ", lambda: sums.commune_sums(db_session(), COMMUNE)),
}


def measure(made: Schools, _pace: Pace) -> list[Figure]:
    """Measure both engines; a sum that reads counters does not feel how many people there are."""
    return [
        _figure(engine, key, what, ask, made.on(engine, SMALL), made.on(engine))
        for engine in ENGINES
        for key, (what, ask) in QUESTIONS.items()
    ]


def _figure(engine: str, key: str, what: str, ask: Callable[[], object], small: School, large: School) -> Figure:
    taken: dict[str, list[float]] = {"small": [], "large": []}
    for _ in range(BLOCKS):
        for name, school in (("small", small), ("large", large)):
            taken[name] += _milliseconds(school, ask)
    few, many = middle(taken["small"]), middle(taken["large"])
    return Figure(f"so-dem/{key}/{engine}", f"{what}, {ENGINE_WORDS[engine]}: {PEOPLE} so với {SMALL.people} người",
                  many, few, "ms", many / few, 1.2, at_least=False)  # fmt: skip


def _milliseconds(school: School, ask: Callable[[], object]) -> list[float]:
    taken = []
    with school.app.app_context():
        for _ in range(REPEATS + 1):
            start = time.perf_counter()
            ask()
            taken.append(1000 * (time.perf_counter() - start))
            db_session().rollback()
    return taken[1:]
