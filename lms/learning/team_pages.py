"""Pages of those who look after others: the leader's team."""

from datetime import timedelta
from typing import Any

from flask import Response, request
from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.journal.rules import record
from lms.learning import sums
from lms.pages import public_url, render
from lms.people.queries import without_reminders

LONGEST_MESSAGE = 400
_SAME_VIEW = timedelta(hours=1)
_SEEN_LATELY = select(
    exists().where(
        JournalEntry.kind == "team",
        JournalEntry.object_id == bindparam("team"),
        JournalEntry.verb == "view_phones",
        JournalEntry.actor_id == bindparam("actor"),
        JournalEntry.at > bindparam("since"),
    )
)


def my_team() -> Response:
    """Show a leader the team's members and skills, with a call and a message for whoever is behind."""
    actor = the_actor()
    asked = request.args.get("to", "")
    team_id = next((i for i in actor.led_team_ids if str(i) == asked), None)
    if team_id is None:
        if asked:
            raise NotFound(f"team {asked}")
        team_id = actor.led_team_ids[0]
    grid = sums.team_grid(db_session(), team_id)
    if grid is None:
        raise NotFound(f"team {team_id}")
    _note_phones_seen(actor, grid)
    return render(
        "learning/team.html",
        grid=grid,
        others=_other_teams(actor, team_id),
        behind=_messages(_to_remind(grid, actor), grid),
    )


def _messages(rows: list[sums.Row], grid: sums.Grid) -> list[tuple[sums.Row, str]]:
    """Return each with the words for them; many stand before the same lesson, so its address is made once."""
    lessons = {(row.course.slug, row.lesson.slug) for row in rows if row.course and row.lesson}
    addresses = {of: public_url("lms.learning.show_lesson", course=of[0], lesson=of[1]) for of in lessons}
    return [
        (row, _message(row, grid, addresses[row.course.slug, row.lesson.slug]))
        for row in rows
        if row.course and row.lesson
    ]


def _message(row: sums.Row, grid: sums.Grid, address: str) -> str:
    """Return the words to paste into Zalo: who, what is next, and where to press."""
    assert row.lesson is not None, "only for members with something to learn"
    words = (
        f"Chào {row.name}, {grid.name} mời anh/chị học tiếp bài “{row.lesson.title}”, "
        f"chừng {row.lesson.minutes} phút. Bấm vào đây: "
    )
    return words[: LONGEST_MESSAGE - len(address)] + address


def _to_remind(grid: sums.Grid, actor: Actor) -> list[sums.Row]:
    """Return whom to remind: whoever is behind, but not oneself, and nobody who did not agree to be reminded."""
    rows = [row for row in grid.rows if row.lesson is not None and row.person_id != actor.person_id]
    unwilling = without_reminders(db_session(), [row.person_id for row in rows])
    return [row for row in rows if row.person_id not in unwilling]


def _other_teams(actor: Actor, shown: int) -> list[tuple[int, str]]:
    others = [team_id for team_id in actor.led_team_ids if team_id != shown]
    return sums.team_names(db_session(), others) if others else []


def _note_phones_seen(actor: Actor, grid: sums.Grid) -> None:
    """Write into the journal that full phone numbers were shown; looking again within the hour is one view."""
    now = utc_now()
    view = {"team": str(grid.team_id), "actor": actor.account_id, "since": now - _SAME_VIEW}
    if db_session().connection().scalar(_SEEN_LATELY, view):
        return

    def note(session: Session) -> Any:
        record(
            session,
            by=actor,
            verb="view_phones",
            kind="team",
            object_id=grid.team_id,
            area=grid.commune_code,
            detail={"people": len(grid.rows)},
            now=now,
        )

    in_unit(note)
