"""A province's worth of rows, put in quickly: Thanh Hóa with its teams, members and progress."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Engine, Table, func, insert, select, text
from sqlalchemy.orm import Session

from lms import schema
from lms.areas.models import Area
from lms.areas.rules import load_areas, read_official_areas
from lms.clock import utc_now
from lms.db import Base, db_session, in_unit
from lms.learning.counters import rebuild_counters
from lms.learning.models import Fact, LessonProgress, SkillCompletion
from lms.library import queries as library
from lms.library.rules import publish_builtin
from lms.people.models import Account, Consent, Person, SignIn
from lms.people.pins import hash_pin
from lms.teams.models import Membership, Team
from lms.words import fold, name_key, sort_key

PROVINCE = "38"
PEOPLE, TEAMS, COMMUNES = 17_000, 1_900, 166
PIN = "290517"
COURSE = "dich-vu-cong-truc-tuyen"
CONTENT = Path(__file__).parents[1] / "content"
LONG_AGO = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)

_FAMILY = ("Nguyễn", "Lê", "Trần", "Phạm", "Hoàng", "Lò", "Hà", "Vi", "Trịnh", "Mai", "Đỗ", "Bùi", "Cao", "Lương")
_MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Hữu", "Thị Thu", "Quang", "Minh", "Thị Hồng", "Xuân")
_GIVEN = ("An", "Bình", "Chung", "Dũng", "Đẹp", "Giang", "Hoà", "Hương", "Khánh", "Lan", "Mai", "Nga", "Oanh",
          "Phúc", "Quý", "Sơn", "Tâm", "Thuỷ", "Uyên", "Vinh", "Xuyến", "Yến")  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How many people in how many teams."""

    people: int = PEOPLE
    teams: int = TEAMS


def prepare(app: Flask, size: Size) -> None:
    """Make the tables, load areas and the built-in course, fill in people, rebuild the counters."""
    engine = app.extensions["lms"].db.engine
    schema.upgrade(engine)
    in_unit(lambda s: load_areas(s, read_official_areas()))
    in_unit(lambda s: [version.id for version in publish_builtin(s, CONTENT, now=utc_now())])
    in_unit(lambda s: _fill(s, size))
    in_unit(rebuild_counters)
    db_session().rollback()
    _settle(engine)


def _fill(session: Session, size: Size) -> None:
    """Put everybody in; the same rows each time."""
    dice = random.Random(20261121)
    communes = session.scalars(select(Area.code).where(Area.parent_code == PROVINCE).order_by(Area.code)).all()
    _put(session, Team, _teams(communes, size))
    _put(session, Person, _people(dice, size))
    hashed = hash_pin(PIN, current_app.config["LMS_SECRET_KEY"])
    _put(session, Account, ({"id": i, "person_id": i, "code": member_code(i), "pin_hash": hashed,
                             "pin_set_at": LONG_AGO, "created_at": LONG_AGO}
                            for i in _ids(size.people)))  # fmt: skip
    _put(session, SignIn, ({"token": f"bench-{i:037}", "account_id": i, "device": "Điện thoại Android, Zalo",
                            "started_at": LONG_AGO, "expires_at": LONG_AGO + timedelta(days=400)}
                           for i in _ids(size.people)))  # fmt: skip
    _put(session, Consent, ({"person_id": i, "purpose": "learning", "wording": "Tôi đồng ý.", "means": "phiếu",
                             "given_at": LONG_AGO} for i in _ids(size.people)))  # fmt: skip
    _put(session, Membership, _memberships(size))
    _put_progress(session, dice, size)
    if session.get_bind().dialect.name == "postgresql":
        _move_sequences(session)


def member_code(person_id: int) -> str:
    """Return the member code under which this person signs in."""
    return str(200_000_000 + person_id)


def _teams(communes: Any, size: Size) -> Iterator[dict[str, Any]]:
    for i in _ids(size.teams):
        name = f"Thôn {1 + (i - 1) // len(communes)}"
        yield {"id": i, "commune_code": communes[(i - 1) % len(communes)], "name": name, "name_key": name_key(name),
               "fold": fold(name), "sort_key": sort_key(name), "decision": "", "created_at": LONG_AGO}  # fmt: skip


def _people(dice: random.Random, size: Size) -> Iterator[dict[str, Any]]:
    keys: dict[str, tuple[str, str, str]] = {}
    for i in _ids(size.people):
        name = f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE)} {dice.choice(_GIVEN)}"
        key, plain, order = keys.setdefault(name, (name_key(name), fold(name), sort_key(name)))
        yield {"id": i, "full_name": name, "name_key": key, "fold": plain, "sort_key": order,
               "phone": f"09{i:08}", "phone_note": "", "created_at": LONG_AGO}  # fmt: skip


def _memberships(size: Size) -> Iterator[dict[str, Any]]:
    """Deal people over the teams like cards: the first of each team leads, the second is deputy."""
    for i in _ids(size.people):
        place = (i - 1) // size.teams
        role = ("leader", "deputy")[place] if place < 2 else "member"
        yield {"team_id": 1 + (i - 1) % size.teams, "person_id": i, "role": role, "role_text": "", "position": place,
               "note": "", "joined_at": LONG_AGO}  # fmt: skip


def _put_progress(session: Session, dice: random.Random, size: Size) -> None:
    """Let everybody be somewhere: lessons passed one after the other, and the skill when all are."""
    course = library.course_now(session, COURSE)
    assert course is not None, "the built-in course was published a moment ago"
    lessons = [(line.slug, line.cards) for line in course.course.lessons]
    progress, facts, completions = [], [], []
    for person_id in _ids(size.people):
        is_last_of_commune = person_id > size.people - COMMUNES  # so that every commune counts somebody
        passed = len(lessons) if is_last_of_commune else dice.randint(0, len(lessons))
        at = LONG_AGO + timedelta(minutes=dice.randint(1, 100_000))
        own = {"person_id": person_id, "course_slug": COURSE}
        for slug, cards in lessons[:passed]:
            progress.append({**own, "lesson_slug": slug, "card": cards, "seen_at": at, "passed_at": at,
                             "passed_version_id": course.version_id, "grade": "A"})  # fmt: skip
            facts.append({**own, "id": f"{person_id:08}-{slug}"[:36], "kind": "attempt_submitted", "lesson_slug": slug,
                          "version_id": course.version_id, "actor_kind": "self", "grade": "A",
                          "server_time": at})  # fmt: skip
        if passed == len(lessons):
            completions += [{"person_id": person_id, "skill_key": skill, "course_slug": COURSE,
                             "version_id": course.version_id, "completed_at": at}
                            for skill in course.course.skills]  # fmt: skip
        else:
            slug, cards = lessons[passed]
            progress.append({**own, "lesson_slug": slug, "card": max(1, cards // 2), "seen_at": at, "passed_at": None,
                             "passed_version_id": None, "grade": None})  # fmt: skip
    _put(session, LessonProgress, progress)
    _put(session, Fact, facts)
    _put(session, SkillCompletion, completions)


def _ids(count: int) -> range:
    return range(1, count + 1)


def _put(session: Session, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    values = list(rows)
    for start in range(0, len(values), 20_000):
        session.execute(insert(model.__table__), values[start : start + 20_000])  # type: ignore[arg-type]


def _move_sequences(session: Session) -> None:
    """Rows came with their numbers; the next one must not be given twice."""
    for row_table in _numbered():
        last = session.scalar(select(func.max(row_table.c.id)))
        if last is not None:
            sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            session.execute(sequence, {"name": row_table.name, "last": last})


def _numbered() -> Iterator[Table]:
    for model in (Team, Person, Account, Membership, SkillCompletion, Consent):
        yield model.__table__  # type: ignore[misc]


def _settle(engine: Engine) -> None:
    """Leave the database as a night's rest would: statistics made, nothing waiting to be cleaned."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
    else:
        raw = engine.raw_connection()
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
