"""Figures 1 to 3: the lesson, the autosave, the home and the team, each beside the limit app."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.data import COURSE
from bench.figure import Figure, middle
from bench.school import ENGINE_WORDS, Member, School, first_lesson
from bench.serving import SEQ, Ask, Load, Web, fetch, load, serve

LESSON = "mot-cua-duy-nhat"
PASSED_AS_SHOWN = "Đã đạt ngày "


@dataclass(frozen=True)
class Pace:
    """How long and how often to measure."""

    rounds: int = 3
    seconds: float = 2.0


@dataclass(frozen=True)
class Sides:
    """Both servers over the same database."""

    school: School
    ours: Web
    limit: Web
    pages: Path


@contextmanager
def both(school: School) -> Iterator[Sides]:
    """Serve the school and the limit app side by side."""
    pages = school.folder / "trang"
    pages.mkdir(exist_ok=True)
    url = school.app.config["SQLALCHEMY_DATABASE_URI"]
    limit_settings = {"BENCH_LIMIT_URL": url, "BENCH_LIMIT_PAGES": str(pages), "LMS_SECRET_KEY": school.secret}
    school.signed_in()
    with (
        serve("wsgi:app", school.environment, school.folder) as ours,
        serve("bench.limit:app", limit_settings, school.folder) as limit,
    ):
        yield Sides(school, ours, limit, pages)


def lesson(sides: Sides, pace: Pace) -> list[Figure]:
    """The lesson's first card with the member's own state."""
    return [_page(sides, pace, "bai-hoc", "Trang bài học", first_lesson(), 0.8)]


def home(sides: Sides, pace: Pace) -> list[Figure]:
    """The member's first page."""
    return [_page(sides, pace, "trang-dau", "Trang đầu của thành viên", "/hoc/", 0.6)]


def team(sides: Sides, pace: Pace) -> list[Figure]:
    """The leader's team: members by skills."""
    return [_page(sides, pace, "to", "Bảng của tổ", "/to/", 0.6)]


def autosave(sides: Sides, pace: Pace) -> list[Figure]:
    """One answer after the other from 64 phones at once."""
    members = sides.school.members
    address = first_lesson() + "kiem-tra/tra-loi"
    runs = {
        "ours": (sides.ours, [_answer(address, member) for member in members]),
        "bare": (sides.limit, [_answer("/luu-tran", member) for member in members]),
        "known": (sides.limit, [_answer("/luu", member) for member in members]),
    }
    for web, asks in runs.values():
        status, body = fetch(web, asks[0])
        assert (status, json.loads(body)["saved"]) == (200, True), f"{asks[0].path}: {status} {body[:200]!r}"
    done = _in_turns(sides, pace, runs, clients=64)
    where = ENGINE_WORDS[sides.school.engine]
    name, what = f"luu-tra-loi/{sides.school.engine}", f"Lưu câu trả lời, {where}"
    errors = sum(run.errors for run in done["ours"])
    return [
        _compare(f"{name}/tran", f"{what} (so với lệnh ghi trần)", done["ours"], done["bare"], 0.8),
        _compare(name, f"{what} (giới hạn có hỏi ai đang ghi)", done["ours"], done["known"], None),
        Figure(f"{name}/loi", f"Lỗi khi 64 máy cùng lưu, {where}", errors, None, "lỗi", errors, 0, at_least=False,
               is_ratio=False),
    ]  # fmt: skip


def _page(sides: Sides, pace: Pace, name: str, what: str, path: str, goal: float) -> Figure:
    members = sides.school.members
    ours = [Ask(path, member.cookie) for member in members]
    limit = [Ask(f"/trang/{name}/{COURSE}/{LESSON}", member.cookie) for member in members]
    sizes = _make_limit_page(sides, name, ours[0], members[0])
    for member, ask in zip(members, ours, strict=True):
        status, body = fetch(sides.ours, ask)
        assert status == 200, f"{path}: {status}"
        assert member.name in body.decode(), f"{path} does not know the member"
    status, body = fetch(sides.limit, limit[0])
    assert status == 200, f"the limit page: {status}"
    assert abs(len(body) - sizes) < 32, f"the limit page has {len(body)} bytes, ours {sizes}"
    done = _in_turns(sides, pace, {"ours": (sides.ours, ours), "limit": (sides.limit, limit)}, clients=16)
    errors = sum(run.errors for runs in done.values() for run in runs)
    assert not errors, f"{errors} errors on {path}"
    where = ENGINE_WORDS[sides.school.engine]
    figure = _compare(f"{name}/{sides.school.engine}", f"{what}, {where}", done["ours"], done["limit"], goal)
    figure.more["bytes"] = sizes
    return figure


def _make_limit_page(sides: Sides, name: str, ask: Ask, member: Member) -> int:
    """Cut our own page at the member's name and state, so that the limit sends the same bytes."""
    page = fetch(sides.ours, ask)[1].decode()
    head, rest = page.split(member.name, 1)
    middle_part, tail = rest, ""
    if PASSED_AS_SHOWN in rest:
        middle_part, tail = rest.split(PASSED_AS_SHOWN, 1)
        middle_part, tail = middle_part + PASSED_AS_SHOWN, tail[10:]
    (sides.pages / f"{name}.json").write_text(json.dumps([head, middle_part, tail]))
    return len(page.encode())


def _answer(path: str, member: Member) -> Ask:
    paper = member.paper
    body = json.dumps(
        {
            "attempt": paper.attempt,
            "question": paper.question,
            "seq": int(SEQ),
            "fields": {paper.field: [paper.value]},
        }
    )
    headers = (("Content-Type", "application/json"), ("X-CSRFToken", paper.csrf), ("X-Requested-With", "fetch"))
    return Ask(path, member.cookie, "POST", body, headers)


_next_seq = iter(range(1_100_000, 9_000_000, 20_000))


def _in_turns(
    sides: Sides, pace: Pace, runs: dict[str, tuple[Web, Sequence[Ask]]], *, clients: int
) -> dict[str, list[Load]]:
    """Warm every side up, then measure them in turns, so that a noisy minute hits all alike."""
    done: dict[str, list[Load]] = {name: [] for name in runs}

    def once(name: str, seconds: float) -> Load:
        web, asks = runs[name]
        return load(web, sides.school, asks, clients=clients, seconds=seconds, first_seq=next(_next_seq))

    for name in runs:
        once(name, 1)
    for number in range(pace.rounds):
        order = list(runs) if number % 2 == 0 else list(reversed(runs))
        for name in order:
            done[name].append(once(name, pace.seconds))
        time.sleep(0.05)
    return done


def _compare(name: str, what: str, ours: list[Load], limit: list[Load], goal: float | None) -> Figure:
    """Compare by requests per processor second; say the ratio by the clock too."""
    mine, theirs = (middle(run.per_cpu for run in side) for side in (ours, limit))
    by_clock = middle(run.per_second for run in ours), middle(run.per_second for run in limit)
    rounds: Callable[[list[Load]], list[float]] = lambda side: [round(run.per_cpu, 1) for run in side]  # noqa: E731
    return Figure(
        name,
        what,
        mine,
        theirs,
        "lượt/giây CPU",
        mine / theirs,
        goal,
        notes=(
            f"{what}: {1000 / mine:.2f} và {1000 / theirs:.2f} ms CPU mỗi lượt; theo đồng hồ {by_clock[0]:.0f} và "
            f"{by_clock[1]:.0f} lượt/giây (tỉ lệ {by_clock[0] / by_clock[1]:.2f}); p95 "
            f"{middle(run.p95 for run in ours):.0f} và {middle(run.p95 for run in limit):.0f} ms.",
        ),
        more={"per_second": by_clock, "ours_rounds": rounds(ours), "limit_rounds": rounds(limit)},
    )
