"""Login slips of a team: who may issue them to whom, and how long their paper is kept."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.files.rules import forget
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.people import rules as people
from lms.people.models import Account, AreaRole
from lms.teams.models import Membership, Team

PRINT = "teams.print_slips"


class NobodyToPrint(Refused):
    """Everybody in the team has a PIN already, or the team is empty."""

    def __init__(self) -> None:
        super().__init__(
            "Cả tổ đã có mã PIN nên không cần in phiếu. Chưa thay đổi gì.",
            remedy="Ai quên mã PIN thì bấm “Cấp phiếu mới” ở dòng của người đó.",
        )


def issue_team_slips(
    session: Session, *, by: Actor, team_id: int, person_id: int | None, secret: str, days: int, now: datetime
) -> Job:
    """Issue slips to those of the team who have no PIN yet, or a new one to one person, and have them printed.

    Raises:
        NotFound: the team is not in this person's commune or province, or the person not in the team.
        NobodyToPrint: everybody has a PIN.
    """
    team = locked(session, Team, team_id)
    commune = session.get_one(Area, team.commune_code)
    if not by.covers_commune(commune.code, commune.parent_code):
        raise NotFound(f"team {team_id}")
    wanted = select(Account.id).join(Membership, Membership.person_id == Account.person_id).where(
        Membership.team_id == team_id, Membership.left_at.is_(None), Account.closed_at.is_(None)
    ).order_by(Membership.position, Membership.id)  # fmt: skip
    if not by.is_officer:
        # A slip opens its account: a clerk who could print one for an officer could become that officer.
        wanted = wanted.where(~_has_a_task(by))
    only = Account.pin_hash.is_(None) if person_id is None else Account.person_id == person_id
    account_ids = list(session.scalars(wanted.where(only)))
    if not account_ids:
        raise NobodyToPrint if person_id is None else NotFound(f"person {person_id}")
    slips = people.issue_slips(session, account_ids, by=by, secret=secret, days=days, now=now)
    record(session, by=by, verb="issue_slips", kind="team", object_id=team_id, area=commune.code,
           detail={"accounts": account_ids}, now=now)  # fmt: skip
    payload = {"team_id": team_id, "slip_ids": [slip.id for slip in slips]}
    return queue_job(
        session, kind=PRINT, payload=payload, by=by, now=now, area=commune.code, province=commune.parent_code
    )


def forget_printed_slips(session: Session, now: datetime) -> None:
    """Drop slip papers a day after they were made: the codes on them must not lie about on the disk."""
    old = select(Job).where(Job.kind == PRINT, Job.finished_at < now - timedelta(days=1))
    for job in session.scalars(old):
        if job.result and "file_id" in job.result:
            forget(session, job.result["file_id"], now=now)
            job.result = {key: value for key, value in job.result.items() if key != "file_id"}


def _has_a_task(by: Actor) -> ColumnElement[bool]:
    return (
        select(AreaRole.id)
        .where(AreaRole.account_id == Account.id, AreaRole.ended_at.is_(None), AreaRole.account_id != by.account_id)
        .exists()
    )
