"""Figure 5: 2,000 people for 50 seats from 8 processes, beside a limit that decides in one statement."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

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

PEOPLE, PLACES, PROCESSES = 2_000, 50, 8
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
    """Return everybody who wants a seat, each with the leader who asks for it; teams stay together."""
    leaders = select(Membership.team_id).where(Membership.role == "leader").order_by(Membership.team_id)
    rows = db_session().execute(
        select(Membership.team_id, Membership.person_id)
        .where(Membership.team_id.in_(leaders.limit(PEOPLE // 8 + 1)))
        .order_by(Membership.team_id, Membership.position)
    )
    by_team: dict[int, list[int]] = {}
    for team_id, person_id in rows:
        by_team.setdefault(team_id, []).append(person_id)
    wanting = [
        {"team": team, "person": person, "leader": people[0]} for team, people in by_team.items() for person in people
    ]
    assert len(wanting) >= PEOPLE, len(wanting)
    return wanting[:PEOPLE]


def _run(school: School, crowd: Sequence[dict[str, int]], kind: str) -> dict[str, Any]:
    """Let the processes go at the same moment on a new class; return what it took and what it wrote."""
    class_id = _new_class()
    before = {name: _count(model) for name, model in WRITTEN.items()}
    db_session().rollback()
    task = {"class": class_id, "kind": kind, "environment": school.environment}
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
    taken["outcomes"] = dict(sum((Counter(one) for one in said), Counter()))
    taken["written"] = {name: _count(model) - before[name] for name, model in WRITTEN.items()}
    taken["sold"] = _sold(class_id)
    if kind == "ours":
        taken["findings"] = [finding.sentence for finding in audit(db_session(), now=utc_now()).findings]
    in_unit(lambda s: _forget(s, class_id))
    say(f"{ENGINE_WORDS[school.engine]}, {kind}: {taken['seconds']:.1f} giây")
    return taken


def _new_class() -> int:
    now = utc_now()
    by = _officer()
    day = vn_date(now) + timedelta(days=10)
    plan = rules.Plan(title="Lớp dịch vụ công", venue="Nhà văn hóa", topic=TOPIC, capacity=PLACES,
                      sessions=((day, "sang"), (day, "chieu")), sessions_required=2, hours=8,
                      trainer_name="Hoàng Thị Giảng")  # fmt: skip

    def work(session: Any) -> int:
        call = rules.open_call(session, by=by, province_code=PROVINCE, title="Đợt đo", topics=[TOPIC], opens_at=now,
                               closes_at=now + timedelta(days=5), seats_per_team=9, now=now)  # fmt: skip
        row = rules.plan_class(session, by=by, call_id=call.id, plan=plan, now=now)
        rules.publish_class(session, by=by, class_id=row.id, now=now)
        return row.id

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


def _forget(session: Any, class_id: int) -> None:
    """Take the run's seats away, so that the same people can want a seat again."""
    session.execute(delete(Notice))
    session.execute(delete(TrainingEvent).where(TrainingEvent.entity == "seat"))
    session.execute(delete(Seat).where(Seat.class_id == class_id))


def _check_same_rows(ours: dict[str, int], limit: dict[str, int]) -> None:
    """Both left the same rows; who among 2,000 is invited is chance, and leaders are told less often."""
    for name, count in ours.items():
        assert abs(count - limit[name]) <= count * (0.2 if name == "thông báo" else 0), (name, ours, limit)


def _figures(school: School, runs: dict[str, list[dict[str, Any]]]) -> list[Figure]:
    where = ENGINE_WORDS[school.engine]
    speed = {kind: middle(PEOPLE / run["seconds"] for run in runs[kind]) for kind in KINDS}
    cpu = {kind: middle(1000 * run["cpu"] / PEOPLE for run in runs[kind]) for kind in KINDS}
    oversold = max(max(0, run["sold"] - PLACES) for kind in KINDS for run in runs[kind])
    for kind in KINDS:
        for run in runs[kind]:
            assert run["outcomes"] == {"offered": PLACES, "waiting": PEOPLE - PLACES}, (kind, run["outcomes"])
    _check_same_rows(runs["ours"][-1]["written"], runs["same"][-1]["written"])
    assert not runs["ours"][-1]["findings"], runs["ours"][-1]["findings"][:3]
    rows = ", ".join(f"{count} {name}" for name, count in runs["ours"][-1]["written"].items() if count)
    note = (
        f"Chỗ ngồi, {where}: ta ghi {rows}. ms CPU mỗi lượt: ta {cpu['ours']:.2f}, một câu lệnh {cpu['one']:.2f}, "
        f"ghi đủ dòng {cpu['same']:.2f} (tỉ lệ CPU {cpu['one'] / cpu['ours']:.2f} và "
        f"{cpu['same'] / cpu['ours']:.2f})."
    )
    name, what = f"cho-ngoi/{school.engine}", f"2.000 người, 50 chỗ, {where}"
    more = {kind: [{"seconds": run["seconds"], "cpu": run["cpu"]} for run in runs[kind]] for kind in KINDS}
    unit = "lượt/giây"
    return [
        Figure(f"{name}/mot-cau", f"{what} (một câu lệnh quyết định)", speed["ours"], speed["one"], unit,
               speed["ours"] / speed["one"], 0.8, notes=(note,), more=more),
        Figure(f"{name}/du-dong", f"{what} (giới hạn ghi đủ các dòng như ta)", speed["ours"], speed["same"], unit,
               speed["ours"] / speed["same"], None),
        Figure(f"{name}/ban-qua", f"Bán quá số chỗ, {where}", oversold, None, "chỗ", oversold, 0, at_least=False,
               is_ratio=False),
    ]  # fmt: skip
