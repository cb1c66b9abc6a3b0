"""Pages of those who look after others: the leader's team."""

from datetime import timedelta
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session, in_unit, row_exists
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.journal.rules import record
from lms.learning import sums
from lms.library import queries as library
from lms.pages import public_url, render

LONGEST_MESSAGE = 400
_SAME_VIEW = timedelta(hours=1)


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
        behind=[(row, message_to(row, grid)) for row in grid.rows if _needs_a_word(row, actor)],
    )


def message_to(row: sums.Row, grid: sums.Grid) -> str:
    """Return the words to paste into Zalo: who, what is next, and where to press."""
    assert row.course is not None, "only for members with something to learn"
    assert row.lesson is not None, "a course to go on with has a lesson to go on with"
    address = public_url("lms.learning.show_lesson", course=row.course.slug, lesson=row.lesson.slug)
    words = (
        f"Chào {row.name}, {grid.name} mời anh/chị học tiếp bài “{row.lesson.title}”, "
        f"chừng {row.lesson.minutes} phút. Bấm vào đây: "
    )
    return words[: LONGEST_MESSAGE - len(address)] + address


def _needs_a_word(row: sums.Row, actor: Actor) -> bool:
    """Say whether to remind this member; nobody calls themselves."""
    return row.lesson is not None and row.person_id != actor.person_id


def _other_teams(actor: Actor, shown: int) -> list[tuple[int, str]]:
    others = [team_id for team_id in actor.led_team_ids if team_id != shown]
    return sums.team_names(db_session(), others) if others else []


def _note_phones_seen(actor: Actor, grid: sums.Grid) -> None:
    """Write into the journal that full phone numbers were shown; looking again within the hour is one view."""
    now = utc_now()
    seen = (
        JournalEntry.kind == "team",
        JournalEntry.object_id == str(grid.team_id),
        JournalEntry.verb == "view_phones",
        JournalEntry.actor_id == actor.account_id,
        JournalEntry.at > now - _SAME_VIEW,
    )
    if row_exists(db_session(), JournalEntry, *seen):
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
