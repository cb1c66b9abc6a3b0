"""One process of the crowd: opens the database, waits for the word, asks for seats one after the other."""

import json
import sys
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
from lms.training.rules import request_seat

Verb = Callable[[dict[str, int]], str]
_LIVE = "('offered', 'confirmed')"
_SEAT = """
INSERT INTO lms_seats (class_id, person_id, team_id, topic, state, seq, rank, place, queued_at, offered_at,
                       expires_at, reason)
SELECT c.id, :person, :team, c.topic,
       CASE WHEN t.live < c.capacity THEN 'offered' ELSE 'waiting' END, t.last + 1, 2147483647, t.last + 1, :now,
       CASE WHEN t.live < c.capacity THEN {now} END, CASE WHEN t.live < c.capacity THEN {until} END, ''
FROM lms_training_classes c,
     (SELECT count(CASE WHEN state IN {live} THEN 1 END) AS live, coalesce(max(seq), 0) AS last
      FROM lms_seats WHERE class_id = :class) t
WHERE c.id = :class
RETURNING id, state, seq
"""
_EVENT = """
INSERT INTO lms_training_events (entity, entity_id, from_state, to_state, actor_id, actor_label, reason,
                                 rule_version, snapshot, at)
VALUES ('seat', :seat, :from, :to, :actor, 'Nguyễn Văn Trưởng', '', '2026-11', {snapshot}, :now)
"""
_NOTICE = """
INSERT INTO lms_notices (person_id, template, event, text, path, created_at)
VALUES (:person, 'seat-offered', :event, :text, '/tap-huan/', :now)
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
        verb = _VERBS[task["kind"]](session, task["class"])
        session.rollback()
        print("ready", flush=True)
        sys.stdin.readline()
        outcomes = Counter(verb(one) for one in task["crowd"])
        print(json.dumps(outcomes), flush=True)
        sys.stdin.readline()


def _ours(session: Session, class_id: int) -> Verb:
    """The rule itself, in the unit of work in which every page runs it."""

    def verb(one: dict[str, int]) -> str:
        team = MembershipView(one["team"], "leader", "", "38")
        by = Actor(one["leader"], one["leader"], "Nguyễn Văn Trưởng", (), (team,))
        outcome = in_unit(
            lambda s: (
                request_seat(
                    s, by=by, class_id=class_id, team_id=one["team"], person_id=one["person"], now=utc_now()
                ).state
            )
        )
        session.expunge_all()
        return outcome

    return verb


def _one(session: Session, class_id: int) -> Verb:
    """The limit: the class's lock, one statement that decides, the end."""
    run = _Statements(session, class_id)
    return lambda one: run.in_lock(one, lambda now: run.seat(one, now)[1])


def _same(session: Session, class_id: int) -> Verb:
    """The limit that leaves the same rows as ours: seat, events, notices."""
    run = _Statements(session, class_id)

    def rows(one: dict[str, int], now: Any) -> str:
        seat, state = run.seat(one, now)
        run.event(one, seat, None, "waiting", now)
        if state == "offered":
            run.event(one, seat, "waiting", "offered", now)
            for person in sorted({one["person"], *run.leaders(one)}):
                run.notice(one, seat, person, now)
        return state

    return lambda one: run.in_lock(one, lambda now: rows(one, now))


class _Statements:
    """Plain SQL on the engine's own connection, locked as ours is."""

    def __init__(self, session: Session, class_id: int) -> None:
        self.engine = session.get_bind().engine  # type: ignore[union-attr]
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.class_id = class_id
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

    def in_lock(self, one: dict[str, int], work: Callable[[Any], str]) -> str:
        with self.engine.connect() as self.connection:
            self.connection.execution_options(sqlite_begin="IMMEDIATE")
            if not self.is_sqlite:
                self.connection.execute(self._lock, {"class": self.class_id})
            outcome = work(self._stored(utc_now()))
            self.connection.commit()
        return outcome

    def seat(self, one: dict[str, int], now: Any) -> tuple[int, str]:
        values = {"person": one["person"], "team": one["team"], "class": self.class_id, "now": now,
                  "until": self._stored(utc_now() + timedelta(hours=72))}  # fmt: skip
        row = self.connection.execute(self._seat, values).one()
        return row.id, row.state

    def event(self, one: dict[str, int], seat: int, before: str | None, after: str, now: Any) -> None:
        values = {"seat": seat, "from": before, "to": after, "actor": one["leader"], "snapshot": _SNAPSHOT, "now": now}
        self.connection.execute(self._event, values)

    def notice(self, one: dict[str, int], seat: int, person: int, now: Any) -> None:
        values = {"person": person, "event": f"seat-{seat}-seat-offered", "text": _TEXT, "now": now}
        self.connection.execute(self._notice, values)

    def leaders(self, one: dict[str, int]) -> list[int]:
        return list(self.connection.scalars(self._leaders, {"team": one["team"]}))

    def _stored(self, moment: Any) -> Any:
        return moment.replace(tzinfo=None).isoformat(" ") if self.is_sqlite else moment


_VERBS: dict[str, Callable[[Session, int], Verb]] = {"ours": _ours, "one": _one, "same": _same}

if __name__ == "__main__":
    main()
