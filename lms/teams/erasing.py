"""What becomes of memberships when a person asks to be forgotten."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.db import touch
from lms.teams.applying import end_memberships
from lms.teams.models import Membership


def leave_teams(session: Session, *, person_id: int, now: datetime) -> None:
    """End the live memberships of a person; the counters of their teams follow."""
    live = session.execute(
        select(Membership.id, Membership.team_id).where(Membership.person_id == person_id, Membership.left_at.is_(None))
    ).all()
    end_memberships(session, [row.id for row in live], now)
    touch(session, "teams", *(row.team_id for row in live))
