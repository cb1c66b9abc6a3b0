"""One process of the crowd: opens the database, waits for the word, asks for seats one after the other.

Each of the crowd names its team, its class and who asks for whom.
"""

import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.school import open_app
from lms.access import Actor, MembershipView
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.training.models import new_token
from lms.training.rules import request_seat

Verb = Callable[[dict[str, int], bool], str]
_LIVE = "('offered', 'confirmed')"
_SEAT = """
INSERT INTO lms_seats (class_id, person_id, team_id, topic, state, seq, rank, place, queued_at, offered_at,
                       expires_at, reason, kind, lapses, token)
SELECT c.id, :person, :team, c.topic,
       CASE WHEN t.live < c.capacity THEN 'offered' ELSE 'waiting' END, t.last + 1, 2147483647, t.last + 1, :now,
       CASE WHEN t.live < c.capacity THEN {now} END, CASE WHEN t.live < c.capacity THEN {until} END, '',
       'regular', 0, :token
FROM lms_training_classes c,
     (SELECT count(CASE WHEN state IN {live} THEN 1 END) AS live, coalesce(max(seq), 0) AS last
      FROM lms_seats WHERE class_id = :class) t
WHERE c.id = :class
RETURNING id, state, seq
"""
_EVENT = """
INSERT INTO lms_training_events (entity, entity_id, from_state, to_state, actor_id, actor_label, channel, reason,
                                 reason_code, request_key, rule_version, snapshot, at)
VALUES ('seat', :seat, :from, :to, :actor, 'Nguyễn Văn Trưởng', 'web', '', '', :key, '2026-11', {snapshot}, :now)
"""
_NOTICE = """
INSERT INTO lms_notices (person_id, template, event, text, path, created_at)
VALUES (:person, :template, :event, :text, '/tap-huan/', :now)
"""
_SNAPSHOT = '{"class": 1, "capacity": 50, "live": 50, "seq": 1000, "order": [2147483647, 1000]}'
_TEXT = "Mời dự lớp “Lớp dịch vụ công” từ ngày 01/12/2026 tại Nhà văn hóa. Hãy bấm xác nhận trước 12:00."


def main() -> None:
    """Do what the task on the first line of the input says, and print the outcomes."""
    task = json.loads(sys.stdin.readline())
    env = task["environment"]
    app = open_app(env["LMS_DATABASE_URL"], env["LMS_DATA_DIR"], env["LMS_SECRET_KEY"])
    with app.app_context():
        session = db_session()
        session.execute(text("SELECT 1"))
        verb = _VERBS[task["kind"]](session)
        session.rollback()
        _rehearse(verb, task["crowd"][0])
        print("ready", flush=True)
        sys.stdin.readline()
        outcomes: Counter[str] = Counter()
        waits = []
        for one in task["crowd"]:
            asked = time.perf_counter()
            outcomes[verb(one, True)] += 1
            waits.append(round(1000 * (time.perf_counter() - asked), 2))
        print(json.dumps({"outcomes": outcomes, "waits": waits}), flush=True)
        sys.stdin.readline()


class Rehearsed(Exception):
    """Everything was done, and is taken back."""


def _rehearse(verb: Verb, one: dict[str, int]) -> None:
    """Put every statement together once before the word is given, as in a process that has served before."""
    try:
        verb(one, False)
    except Rehearsed:
        return
    raise AssertionError("a rehearsal was kept")


def _ours(session: Session) -> Verb:
    """The rule itself, in the unit of work in which every page runs it."""

    def verb(one: dict[str, int], is_kept: bool) -> str:
        team = MembershipView(one["team"], "leader", "", "38")
        by = Actor(one["leader"], one["leader"], "Nguyễn Văn Trưởng", (), (team,))
        who = {"class_id": one["class"], "team_id": one["team"], "person_id": one["person"]}

        def work(s: Session) -> str:
            state = request_seat(s, by=by, now=utc_now(), **who).state
            if not is_kept:
                s.flush()
                raise Rehearsed
            return state

        outcome = in_unit(work)
        session.expunge_all()
        return outcome

    return verb


def _one(session: Session) -> Verb:
    """The limit: the class's lock, one statement that decides, the end."""
    run = _Statements(session)
    return lambda one, is_kept: run.in_lock(one, lambda now: run.seat(one, now)[1], is_kept)


def _same(session: Session) -> Verb:
    """The limit that leaves the same rows as ours: seat, events, notices."""
    run = _Statements(session)

    def rows(one: dict[str, int], now: Any) -> str:
        seat, state = run.seat(one, now)
        run.event(one, seat, None, "waiting", now)
        if state == "offered":
            run.event(one, seat, "waiting", "offered", now)
        told = {one["person"], *run.leaders(one)} - ({one["leader"]} if state == "waiting" else set())
        for person in sorted(told):
            run.notice(seat, person, f"seat-{state}", now)
        return state

    return lambda one, is_kept: run.in_lock(one, lambda now: rows(one, now), is_kept)


class _Statements:
    """Plain SQL on the engine's own connection, locked as ours is."""

    def __init__(self, session: Session) -> None:
        self.engine = session.get_bind().engine  # type: ignore[union-attr]
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        plain = ":now", ":until"
        typed = "CAST(:now AS timestamptz)", "CAST(:until AS timestamptz)"
        now, until = plain if self.is_sqlite else typed
        self._seat = text(_SEAT.format(now=now, until=until, live=_LIVE))
        self._event = text(_EVENT.format(snapshot=":snapshot" if self.is_sqlite else "CAST(:snapshot AS json)"))
        self._notice = text(_NOTICE)
        self._lock = text("SELECT id FROM lms_training_classes WHERE id = :class FOR UPDATE")
        self._leaders = text(
            "SELECT person_id FROM lms_memberships WHERE team_id = :team AND left_at IS NULL "
            "AND role IN ('leader', 'deputy')"
        )
        self.connection: Any = None

    def in_lock(self, one: dict[str, int], work: Callable[[Any], str], is_kept: bool) -> str:
        with self.engine.connect() as self.connection:
            self.connection.execution_options(sqlite_begin="IMMEDIATE")
            if not self.is_sqlite:
                self.connection.execute(self._lock, {"class": one["class"]})
            outcome = work(self._stored(utc_now()))
            if not is_kept:
                self.connection.rollback()
                raise Rehearsed
            self.connection.commit()
        return outcome

    def seat(self, one: dict[str, int], now: Any) -> tuple[int, str]:
        values = {"person": one["person"], "team": one["team"], "class": one["class"], "now": now,
                  "token": new_token(), "until": self._stored(utc_now() + timedelta(hours=72))}  # fmt: skip
        row = self.connection.execute(self._seat, values).one()
        return row.id, row.state

    def event(self, one: dict[str, int], seat: int, before: str | None, after: str, now: Any) -> None:
        values = {"seat": seat, "from": before, "to": after, "actor": one["leader"], "snapshot": _SNAPSHOT, "now": now,
                  "key": secrets.token_hex(8)}  # fmt: skip
        self.connection.execute(self._event, values)

    def notice(self, seat: int, person: int, template: str, now: Any) -> None:
        values = {"person": person, "template": template, "event": f"seat-{seat}-{template}", "text": _TEXT, "now": now}
        self.connection.execute(self._notice, values)

    def leaders(self, one: dict[str, int]) -> list[int]:
        return list(self.connection.scalars(self._leaders, {"team": one["team"]}))

    def _stored(self, moment: Any) -> Any:
        return moment.replace(tzinfo=None).isoformat(" ") if self.is_sqlite else moment


_VERBS: dict[str, Callable[[Session], Verb]] = {"ours": _ours, "one": _one, "same": _same}

if __name__ == "__main__":
    main()
