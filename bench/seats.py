"""Figure 5: 2,000 leaders for 1,000 seats from 8 processes, beside a limit that decides in one statement.

The limit is the bare guarded insert of one row under the lock of its class. A second limit leaves the
same rows as ours, so that one sees what journal and outbox cost, and what the rule itself costs.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import case, delete, func, select

from bench.clock import family_seconds
from bench.data import PROVINCE
from bench.figure import Figure, middle
from bench.school import ENGINE_WORDS, ENGINES, School, Schools, say
from bench.serving import ROOT
from bench.web import Pace
from lms.access import SYSTEM, Actor, RoleView
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.journal.models import JournalEntry, Notice
from lms.people.rules import grant_role
from lms.teams.models import Membership
from lms.training import rules
from lms.training.audit import audit
from lms.training.models import Seat, TrainingEvent

PEOPLE, PROCESSES = 2_000, 8
CLASSES, PLACES = 20, 50
WITHIN = 60.0  # seconds: a leader who has read the message presses within the minute
TOPIC = "dich-vu-cong"
WRITTEN = {"chỗ": Seat, "sự kiện": TrainingEvent, "thông báo": Notice, "nhật ký": JournalEntry}
ROUNDS = 3
LONG = 8.0  # seconds of ours after which no further round is begun
KINDS = ("ours", "one", "same")


def measure(made: Schools, _pace: Pace) -> list[Figure]:
    """Measure both engines."""
    return [figure for engine in ENGINES for figure in _on(made.on(engine))]


def _on(school: School) -> list[Figure]:
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    with school.app.app_context():
        crowd = _crowd()
        while len(runs["ours"]) < ROUNDS and sum(run["seconds"] for run in runs["ours"]) < LONG:
            for kind in KINDS:
                runs[kind].append(_run(school, crowd, kind))
    return _figures(school, runs)


def _crowd() -> list[dict[str, int]]:
    """Return everybody who wants a seat for themselves: the leaders, then deputies, each in some class."""
    roles = Membership.role.in_(("leader", "deputy"))
    rank = case({"leader": 0}, value=Membership.role, else_=1)
    rows = db_session().execute(
        select(Membership.team_id, Membership.person_id)
        .where(roles, Membership.left_at.is_(None))
        .order_by(rank, Membership.team_id)
        .limit(PEOPLE)
    )
    wanting = [{"team": team, "person": person, "leader": person} for team, person in rows]
    assert len(wanting) == PEOPLE, len(wanting)
    return wanting


def _run(school: School, crowd: Sequence[dict[str, int]], kind: str) -> dict[str, Any]:
    """Let the processes go at the same moment on new classes; return what it took and what it wrote."""
    classes = _new_classes()
    crowd = [one | {"class": classes[number % CLASSES]} for number, one in enumerate(crowd)]
    before = {name: _count(model) for name, model in WRITTEN.items()}
    db_session().rollback()
    task = {"kind": kind, "environment": school.environment}
    started = [_start(task | {"crowd": crowd[n::PROCESSES]}) for n in range(PROCESSES)]
    try:
        for process in started:
            assert process.stdout.readline() == "ready\n", process.stderr.read()
        at, used = time.monotonic(), _used(school, started)
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [json.loads(process.stdout.readline()) for process in started]
        taken = {"seconds": time.monotonic() - at, "cpu": _used(school, started) - used}
    finally:
        for process in started:
            process.kill()
            process.communicate()
    taken["outcomes"] = dict(sum((Counter(one["outcomes"]) for one in said), Counter()))
    waits = sorted(wait for one in said for wait in one["waits"])
    taken["p95"] = waits[len(waits) * 95 // 100]
    taken["written"] = {name: _count(model) - before[name] for name, model in WRITTEN.items()}
    taken["sold"] = [_sold(class_id) for class_id in classes]
    if kind == "ours":
        taken["findings"] = [finding.sentence for finding in audit(db_session(), now=utc_now()).findings]
    in_unit(lambda s: _forget(s, classes))
    say(f"{ENGINE_WORDS[school.engine]}, {kind}: {taken['seconds']:.1f} giây")
    return taken


def _new_classes() -> list[int]:
    now = utc_now()
    by = _officer()
    day = vn_date(now) + timedelta(days=10)

    def work(session: Any) -> list[int]:
        call = rules.open_call(session, by=by, province_code=PROVINCE, title="Đợt đo", topics=[TOPIC], opens_at=now,
                               closes_at=now + timedelta(days=5), seats_per_team=9, now=now)  # fmt: skip
        made = []
        for number in range(CLASSES):
            plan = rules.Plan(title=f"Lớp dịch vụ công số {number + 1}", venue="Nhà văn hóa", topic=TOPIC,
                              capacity=PLACES, sessions=((day, "sang"), (day, "chieu")), sessions_required=2, hours=8,
                              trainer_name="Hoàng Thị Giảng")  # fmt: skip
            made.append(rules.plan_class(session, by=by, call_id=call.id, plan=plan, now=now).id)
            rules.publish_class(session, by=by, class_id=made[-1], now=now)
        return made

    return in_unit(work)


def _officer() -> Actor:
    in_unit(lambda s: grant_role(s, account_id=1, role="officer", area_code=PROVINCE, by=SYSTEM, now=utc_now()))
    return Actor(1, 1, "Lê Thị Sở", (RoleView("officer", PROVINCE),))


def _start(task: dict[str, Any]) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-m", "bench.contender"], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return process


def _used(school: School, started: Sequence["subprocess.Popen[str]"]) -> float:
    return school.database_seconds() + sum(family_seconds(process.pid) for process in started)


def _count(model: Any) -> int:
    return db_session().scalar(select(func.count()).select_from(model)) or 0


def _sold(class_id: int) -> int:
    live = Seat.state.in_(("offered", "confirmed"))
    return db_session().scalar(select(func.count()).where(Seat.class_id == class_id, live)) or 0


def _forget(session: Any, classes: Sequence[int]) -> None:
    """Take the run's seats away, so that the same people can want a seat again."""
    session.execute(delete(Notice))
    session.execute(delete(TrainingEvent).where(TrainingEvent.entity == "seat"))
    session.execute(delete(Seat).where(Seat.class_id.in_(classes)))


def _check_same_rows(ours: dict[str, int], limit: dict[str, int]) -> None:
    """Both left the same rows; who among 2,000 is invited is chance, so a few notices may differ."""
    for name, count in ours.items():
        assert abs(count - limit[name]) <= count * (0.02 if name == "thông báo" else 0), (name, ours, limit)


def _figures(school: School, runs: dict[str, list[dict[str, Any]]]) -> list[Figure]:
    where = ENGINE_WORDS[school.engine]
    speed = {kind: middle(PEOPLE / run["seconds"] for run in runs[kind]) for kind in KINDS}
    cpu = {kind: middle(1000 * run["cpu"] / PEOPLE for run in runs[kind]) for kind in KINDS}
    p95 = {kind: middle(run["p95"] for run in runs[kind]) for kind in KINDS}
    every = [run for kind in KINDS for run in runs[kind]]
    oversold = max(max(0, sold - PLACES) for run in every for sold in run["sold"])
    lost = max(PEOPLE - sum(run["outcomes"].values()) for run in every)
    for run in every:
        assert run["outcomes"] == {"offered": CLASSES * PLACES, "waiting": PEOPLE - CLASSES * PLACES}, run["outcomes"]
    last = runs["ours"][-1]
    _check_same_rows(last["written"], runs["same"][-1]["written"])
    assert not last["findings"], last["findings"][:3]
    rows = ", ".join(f"{count} {name}" for name, count in last["written"].items() if count)
    seconds = {kind: PEOPLE / speed[kind] for kind in KINDS}
    note = (
        f"Chỗ ngồi, {where}: ta ghi {rows}. Giây cho cả 2.000: ta {seconds['ours']:.1f}, một câu lệnh "
        f"{seconds['one']:.1f}, ghi đủ dòng {seconds['same']:.1f}; sổ sự kiện và hộp thông báo tốn "
        f"{100 * (seconds['same'] / seconds['one'] - 1):.0f} % của một câu lệnh. p95: ta {p95['ours']:.0f} ms, "
        f"một câu lệnh {p95['one']:.0f} ms. ms CPU mỗi lượt: ta {cpu['ours']:.2f}, một câu lệnh {cpu['one']:.2f}, "
        f"ghi đủ dòng {cpu['same']:.2f}."
    )
    name, what = f"cho-ngoi/{school.engine}", f"2.000 tổ trưởng, 1.000 chỗ ở 20 lớp, {where}"
    more = {kind: [{"seconds": run["seconds"], "cpu": run["cpu"], "p95": run["p95"]} for run in runs[kind]]
            for kind in KINDS}  # fmt: skip
    unit = "lượt/giây"
    return [
        Figure(f"{name}/mot-cau", f"{what} (một câu lệnh quyết định)", speed["ours"], speed["one"], unit,
               speed["ours"] / speed["one"], 0.5, notes=(note,), more=more),
        Figure(f"{name}/du-dong", f"{what} (giới hạn ghi đủ các dòng như ta)", speed["ours"], speed["same"], unit,
               speed["ours"] / speed["same"], None),
        Figure(f"{name}/p95", f"Chờ lâu nhất của 95 % số lượt, {where}", p95["ours"], p95["one"], "ms",
               p95["ours"] / p95["one"], None),
        Figure(f"{name}/trong-mot-phut", f"Cả 2.000 lượt, {where}", seconds["ours"], None, "giây", seconds["ours"],
               WITHIN, at_least=False, is_ratio=False),
        Figure(f"{name}/ban-qua", f"Bán quá số chỗ, {where}", oversold, None, "chỗ", oversold, 0, at_least=False,
               is_ratio=False),
        Figure(f"{name}/mat-luot", f"Lượt bị mất, {where}", lost, None, "lượt", lost, 0, at_least=False,
               is_ratio=False),
    ]  # fmt: skip
