"""The limit of our own stack: the least an honest app does for the same page and the same write.

A lesson's HTML is made beforehand; a page asks two Core queries (who is it; how far are they) and
joins pieces. A write is one upsert that takes its lock first. No forms, no roles, no errors, no
door: what the school adds to that is what the ratio shows.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, session
from sqlalchemy import DateTime, and_, bindparam, column, create_engine, event, select, table, text

_URL = os.environ["BENCH_LIMIT_URL"]
_IS_SQLITE = _URL.startswith("sqlite")

app = Flask("bench-limit", static_folder=None)
app.secret_key = os.environ["LMS_SECRET_KEY"]
engine = create_engine(_URL)
pieces: dict[str, list[bytes]] = {}

_sign_ins = table("lms_sign_ins", column("token"), column("account_id"), column("ended_at"),
                  column("expires_at", DateTime(timezone=True)))  # fmt: skip
_accounts = table("lms_accounts", column("id"), column("person_id"))
_people = table("lms_people", column("id"), column("full_name"))
_progress = table("lms_lesson_progress", column("person_id"), column("course_slug"), column("lesson_slug"),
                  column("card"), column("passed_at", DateTime(timezone=True)))  # fmt: skip

WHO = (
    select(_people.c.id, _people.c.full_name)
    .select_from(_sign_ins)
    .join(_accounts, _accounts.c.id == _sign_ins.c.account_id)
    .join(_people, _people.c.id == _accounts.c.person_id)
    .where(
        _sign_ins.c.token == bindparam("token"),
        _sign_ins.c.ended_at.is_(None),
        _sign_ins.c.expires_at > bindparam("now"),
    )
)
HOW_FAR = select(_progress.c.card, _progress.c.passed_at).where(
    and_(
        _progress.c.person_id == bindparam("person"),
        _progress.c.course_slug == bindparam("course"),
        _progress.c.lesson_slug == bindparam("lesson"),
    )
)
_VALUE = ":value" if _IS_SQLITE else "CAST(:value AS json)"
UPSERT = text(
    "INSERT INTO lms_answers (attempt_id, question_key, value, seq, saved_at) "
    f"VALUES (:attempt, :question, {_VALUE}, :seq, :now) "
    "ON CONFLICT (attempt_id, question_key) DO UPDATE "
    "SET value = excluded.value, seq = excluded.seq, saved_at = excluded.saved_at "
    "WHERE excluded.seq >= lms_answers.seq"
)

if _IS_SQLITE:

    @event.listens_for(engine, "connect")
    def _connected(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000"):
            dbapi.execute(f"PRAGMA {pragma}")


@app.get("/trang/<name>/<course>/<lesson>")
def page(name: str, course: str, lesson: str) -> Response:
    """Send a page of the same size as ours, with the member's own name and state in it."""
    with engine.connect() as connection:
        who = _who(connection)
        mine = connection.execute(HOW_FAR, {"person": who.id, "course": course, "lesson": lesson}).first()
    state = f"{mine.passed_at:%d/%m/%Y}" if mine and mine.passed_at else f"thẻ {mine.card}" if mine else ""
    head, middle, tail = _pieces(name)
    return Response(b"".join((head, who.full_name.encode(), middle, state.encode(), tail)), mimetype="text/html")


@app.post("/luu")
def save() -> dict[str, Any]:
    """Store an answer of whoever is signed in: one query for who it is, one upsert."""
    with engine.connect() as connection:
        _who(connection)
    return _store()


@app.post("/luu-tran")
def save_bare() -> dict[str, Any]:
    """Store an answer, whoever sends it: the upsert and nothing else."""
    return _store()


@app.get("/readyz")
def ready() -> str:
    """Answer once the app stands."""
    return "ok"


def _who(connection: Any) -> Any:
    return connection.execute(WHO, {"token": session["lms_token"], "now": datetime.now(UTC)}).one()


def _store() -> dict[str, Any]:
    sent = request.get_json()
    now: Any = datetime.now(UTC)
    values = {
        "attempt": sent["attempt"],
        "question": sent["question"],
        "value": json.dumps(next(iter(sent["fields"].values()))[0]),
        "seq": sent["seq"],
        "now": now.replace(tzinfo=None).isoformat(" ") if _IS_SQLITE else now,
    }
    with engine.connect() as connection:
        if _IS_SQLITE:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.execute(UPSERT, values)
        connection.commit()
    return {"saved": True, "seq": sent["seq"]}


def _pieces(name: str) -> list[bytes]:
    if name not in pieces:
        parts = json.loads(Path(os.environ["BENCH_LIMIT_PAGES"], f"{name}.json").read_text())
        pieces[name] = [part.encode() for part in parts]
    return pieces[name]
