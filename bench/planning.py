"""Figures 7 to 9: planning a province of 2,100 needs and giving them places, the nation's 74,000, the board's page."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from bench.data import PROVINCE
from bench.figure import Figure, middle
from bench.school import ENGINE_WORDS, ENGINES, School, Schools, first_lesson, say, signed_in_browser
from bench.web import Pace
from lms.access import SYSTEM, Actor, RoleView
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.journal.models import Notice
from lms.people.rules import grant_role
from lms.teams.models import Team
from lms.training import planning, rules
from lms.training.allotting import Claim, Share, fingerprint, inputs_of, run
from lms.training.audit import audit
from lms.training.models import Need, PlannedNeed, Seat, TrainingEvent
from lms.training.proposing import Limits, Wanted, propose

TOPICS = ("dich-vu-cong", "an-toan")
NEEDS, NATION, COMMUNES = 2_100, 74_000, 3_321
HITS = 40
CAPACITIES = {TOPICS[0]: 1_000, TOPICS[1]: 100}
_WRITTEN: tuple[Any, ...] = (TrainingEvent.__table__, Notice.__table__)


def measure(made: Schools, pace: Pace) -> list[Figure]:
    """Measure the province on both engines, with its board, and the nation in memory."""
    return [*(figure for engine in ENGINES for figure in _province(made.on(engine), pace)), *_nation(pace)]


def _province(school: School, pace: Pace) -> list[Figure]:
    where = ENGINE_WORDS[school.engine]
    with school.app.app_context():
        officer = _officer()
        call_id = _call_with_needs(officer)
        limits = Limits(starts_on=vn_date(utc_now()) + timedelta(days=20))
        ours, limit, digests = [], [], set()
        for _ in range(pace.rounds):
            seconds, plan = _timed(lambda: in_unit(lambda s: rules.propose_plan(
                s, by=officer, call_id=call_id, limits=limits, now=utc_now())))  # fmt: skip
            ours.append(seconds)
            digests.add(plan.digest)
            limit.append(_timed(lambda plan_id=plan.id: in_unit(lambda s: _same_rows(s, call_id, plan_id)))[0])
        assert len(digests) == 1, "the same needs gave two plans"
        classes = len(planning.board_of(db_session(), plan.id))
        say(f"kế hoạch {classes} lớp, {where}")
        note = f"Kế hoạch, {where}: {NEEDS} nhu cầu thành {classes} lớp, lần nào cũng như nhau."
        pages = _pages(school, call_id, pace)
        in_unit(lambda s: rules.discard_plan(s, by=officer, plan_id=plan.id, now=utc_now()))
        allotted = _allotment(school, officer, call_id)
    return [
        *allotted,
        Figure(f"ke-hoach/{school.engine}", f"Đề xuất lớp, 2.100 nhu cầu, {where} (giới hạn: chỉ đọc và ghi)",
               middle(ours), middle(limit), "giây", middle(ours) / middle(limit), None, at_least=False, notes=(note,)),
        Figure(f"ke-hoach/{school.engine}/giay", f"Đề xuất lớp cho 2.100 nhu cầu, {where}", middle(ours), None, "giây",
               middle(ours), 5, at_least=False, is_ratio=False),
        Figure(f"bang-ke-hoach/{school.engine}", f"Trang kế hoạch {classes} lớp bên trang bài học, {where}",
               pages["board"], pages["lesson"], "ms CPU", pages["lesson"] / pages["board"], None),
    ]  # fmt: skip


def _allotment(school: School, officer: Actor, call_id: int) -> list[Figure]:
    """Put all needs into two classes, one for each topic, and publish them: ranks, invitations, everybody told.

    Nobody else can do anything with a class meanwhile, so it is the time of one lock. The limit writes
    the same events, ranks and notices in one go, with no rule asked.
    """
    where, ours, limit, group, places = ENGINE_WORDS[school.engine], 0.0, 0.0, 0.0, 0
    for number, (topic, capacity) in enumerate(CAPACITIES.items()):
        class_id, seats, seconds = _filled_class(officer, call_id, topic, capacity, number)
        group, places = group + seconds, places + seats
        before = [db_session().scalar(select(func.max(table.c.id))) or 0 for table in _WRITTEN]
        ours += _timed(lambda class_id=class_id: in_unit(lambda s: rules.publish_class(
            s, by=officer, class_id=class_id, now=utc_now())))[0]  # fmt: skip
        rows = [db_session().execute(select(table).where(table.c.id > last)).mappings().all()
                for table, last in zip(_WRITTEN, before, strict=True)]  # fmt: skip
        in_unit(lambda s, before=before: [s.execute(delete(table).where(table.c.id > last))
                                          for table, last in zip(_WRITTEN, before, strict=True)])  # fmt: skip
        limit += _timed(lambda class_id=class_id, rows=rows: in_unit(lambda s: _same_publishing(s, class_id, rows)))[0]
        say(f"công bố lớp {seats} chỗ xin học, {where}: {sum(map(len, rows))} dòng")
    queue = {"class", "seat", "run"}
    findings = [one.sentence for one in audit(db_session(), now=utc_now()).findings if one.entity in queue]
    assert not findings, findings[:3]
    what = f"2.100 nhu cầu ({places} chỗ xin học) vào hai lớp"
    return [
        Figure(f"cong-bo/{school.engine}", f"Công bố, xếp thứ tự và mời: {what}, {where} (giới hạn: chỉ ghi)", ours,
               limit, "giây", ours / limit, None, at_least=False),
        Figure(f"cong-bo/{school.engine}/xep-vao-lop", f"Đưa {what}, {where}", group, None, "giây", group, None,
               at_least=False, is_ratio=False),
    ]  # fmt: skip


def _filled_class(officer: Actor, call_id: int, topic: str, capacity: int, number: int) -> tuple[int, int, float]:
    """Plan a class and group all needs of the topic into it; return it, how many people wait in it, and the time."""
    day = vn_date(utc_now()) + timedelta(days=20 + number)
    plan = rules.Plan(
        title=f"Lớp đo {number}",
        venue="Nhà văn hóa",
        topic=topic,
        capacity=capacity,
        sessions=((day, "sang"), (day, "chieu")),
        sessions_required=2,
        hours=8,
        trainer_name="Lê Thị Giảng",
    )
    class_id = in_unit(lambda s: rules.plan_class(s, by=officer, call_id=call_id, plan=plan, now=utc_now()).id)
    needs = list(db_session().scalars(select(Need.id).where(Need.call_id == call_id, Need.topic == topic)))
    seconds, grouped = _timed(lambda: in_unit(lambda s: rules.group_needs(
        s, by=officer, class_id=class_id, need_ids=needs, now=utc_now())))  # fmt: skip
    return class_id, len(grouped.seats), seconds


def _same_publishing(session: Any, class_id: int, rows: Sequence[Sequence[Any]]) -> None:
    """Read the queue, and write what publishing has written: a rank for every seat, the events and the notices."""
    seats: Any = Seat.__table__
    read = session.execute(select(seats).where(seats.c.class_id == class_id)).mappings().all()
    ranks = [{"seat": seat["id"], "new_rank": seat["rank"], "new_score": seat["score"]} for seat in read]
    new = {"rank": bindparam("new_rank"), "score": bindparam("new_score")}
    session.connection().execute(update(seats).where(seats.c.id == bindparam("seat")).values(new), ranks)
    for table, written in zip(_WRITTEN, rows, strict=True):
        session.execute(insert(table), [dict(row) for row in written])


def _nation(pace: Pace) -> list[Figure]:
    wanted, clusters = _wanted_everywhere()
    limits = Limits(starts_on=vn_date(utc_now()) + timedelta(days=20), per_slot=200)
    claims = [
        Claim(need.need_id, 1, need.team_id, need.commune, need.team_id % 29, need.need_id, need.need_id % 7 > 0, False)
        for need in wanted
    ]
    shares = {commune: Share(teams=22) for commune in clusters}
    plans, runs, least = [], [], []
    for _ in range(pace.rounds):
        plans.append(_timed(lambda: propose(wanted, clusters, limits, TOPICS))[0])
        runs.append(_timed(lambda: run(claims, shares, seed="đo"))[0])
        least.append(_timed(lambda: fingerprint(inputs_of(claims, shares)))[0])
    what = "74.000 nhu cầu cả nước, trong bộ nhớ"
    return [
        Figure("ke-hoach/ca-nuoc", f"Đề xuất lớp cho {what}", middle(plans), None, "giây", middle(plans), 60,
               at_least=False, is_ratio=False),
        Figure("xep-cho/ca-nuoc", f"Xếp thứ tự {what} (giới hạn: chỉ lấy dấu vân tay của dữ liệu vào)", middle(runs),
               middle(least), "giây", middle(runs) / middle(least), None, at_least=False),
    ]  # fmt: skip


def _officer() -> Actor:
    in_unit(lambda s: grant_role(s, account_id=1, role="officer", area_code=PROVINCE, by=SYSTEM, now=utc_now()))
    return Actor(1, 1, "Lê Thị Sở", (RoleView("officer", PROVINCE),))


def _call_with_needs(officer: Actor) -> int:
    """Open a call in which every team asks for a place, and some for another topic; return its id."""
    now = utc_now()
    call_id = in_unit(lambda s: rules.open_call(
        s, by=officer, province_code=PROVINCE, title="Đợt đo", topics=list(TOPICS), opens_at=now,
        closes_at=now + timedelta(days=5), seats_per_team=2, now=now,
    ).id)  # fmt: skip
    teams = list(db_session().scalars(select(Team.id).order_by(Team.id)))
    asked = [(team, TOPICS[turn]) for turn in (0, 1) for team in teams][:NEEDS]
    rows = [
        {"call_id": call_id, "team_id": team, "topic": topic, "state": "confirmed", "queue_seq": number,
         "seats_wanted": 1 + (number % 5 == 0), "nominee_ids": [], "half_days": [], "submitted_at": now,
         "submitted_by_id": 1}
        for number, (team, topic) in enumerate(asked, 1)
    ]  # fmt: skip
    in_unit(lambda s: s.execute(insert(Need), rows))
    return call_id


def _same_rows(session: Any, call_id: int, plan_id: int) -> None:
    """Read the needs and write as many rows as a plan has: the least that any proposal does."""
    session.execute(select(Need.id, Need.team_id, Need.topic, Need.seats_wanted).where(Need.call_id == call_id)).all()
    rows = session.execute(select(PlannedNeed.__table__).where(PlannedNeed.plan_id == plan_id)).mappings().all()
    session.query(PlannedNeed).filter_by(plan_id=plan_id).delete()
    session.execute(insert(PlannedNeed), [dict(row) for row in rows])


def _pages(school: School, call_id: int, pace: Pace) -> dict[str, float]:
    """Return the processor milliseconds of one opening of the board and of a lesson, in turns, in this process."""
    paths = {"board": f"/quan-ly/tap-huan/dot/{call_id}/ke-hoach/", "lesson": first_lesson()}
    browser = signed_in_browser(school.app, 1)
    spent: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(pace.rounds):
        for name, path in paths.items():
            begun = time.process_time()
            for _ in range(HITS):
                answer = browser.get(path)
                assert answer.status_code == 200, (path, answer.status_code)
            spent[name].append(1000 * (time.process_time() - begun) / HITS)
    return {name: middle(values) for name, values in spent.items()}


def _wanted_everywhere() -> tuple[Sequence[Wanted], dict[str, str]]:
    communes = [f"{number:05d}" for number in range(1, COMMUNES + 1)]
    clusters = {code: f"Cụm {place // 8 + 1}" for place, code in enumerate(communes)}
    wanted = [
        Wanted(number, number, communes[number % COMMUNES], TOPICS[number % 2], 1 + (number % 5 == 0))
        for number in range(1, NATION + 1)
    ]
    return wanted, clusters


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
