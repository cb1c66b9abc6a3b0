"""Login slips of a team: issued by the commune's clerk, printed in the background, nine to a page."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor, the_actor
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session, in_unit, locked
from lms.errors import NotFound, Refused
from lms.files.rules import forget, keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.pages import deed, public_url
from lms.people import rules as people
from lms.people.codes import slip_code
from lms.people.models import Account, AreaRole, LoginSlip, Person
from lms.printing.documents import SlipPaper, slips_pdf
from lms.teams.models import Membership, Team

PRINT = "teams.print_slips"
bp = Blueprint("slips", __name__)


class NobodyToPrint(Refused):
    """Everybody in the team has a PIN already, or the team is empty."""

    def __init__(self) -> None:
        super().__init__(
            "Cả tổ đã có mã PIN nên không cần in phiếu. Chưa thay đổi gì.",
            remedy="Ai quên mã PIN thì bấm “Cấp phiếu mới” ở dòng của người đó.",
        )


@bp.post("/quan-ly/to/<int:team_id>/phieu")
def issue_team(team_id: int) -> Any:
    return _issue(team_id, None)


@bp.post("/quan-ly/to/<int:team_id>/phieu/<int:person_id>")
def issue_person(team_id: int, person_id: int) -> Any:
    return _issue(team_id, person_id)


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
            forget(session, job.result["file_id"])
            job.result = {key: value for key, value in job.result.items() if key != "file_id"}


def _has_a_task(by: Actor) -> ColumnElement[bool]:
    return (
        select(AreaRole.id)
        .where(AreaRole.account_id == Account.id, AreaRole.ended_at.is_(None), AreaRole.account_id != by.account_id)
        .exists()
    )


def print_slips(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Lay the slips out on paper; the codes are made anew from their nonces, never stored."""
    session = db_session()
    team = session.get_one(Team, payload["team_id"])
    commune = session.get_one(Area, team.commune_code)
    team_name, commune_name, team_id = team.name, commune.full_name, team.id
    rows = session.execute(
        select(LoginSlip, Account.code, Person.full_name)
        .join(Account, Account.id == LoginSlip.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(LoginSlip.id.in_(payload["slip_ids"]), LoginSlip.used_at.is_(None), LoginSlip.revoked_at.is_(None))
        .order_by(LoginSlip.id)
    ).all()
    papers = [_paper(slip, code, name, team_name, commune_name) for slip, code, name in rows]
    if not papers:
        raise NobodyToPrint
    progress.step(0, len(papers), "phiếu")
    data = slips_pdf(papers)
    name = f"Phiếu đăng nhập {team_name}, {commune_name}.pdf"
    kept = in_unit(lambda s: keep(s, data, name=name, media_type="application/pdf", by=SYSTEM, now=utc_now()).id)
    progress.step(len(papers), len(papers), "phiếu đã lập. In ra giấy A4, cắt rời và phát tận tay từng người")
    return {"file_id": kept, "back": _path("lms.teams.show", team_id=team_id)}


HANDLERS: dict[str, Handler] = {PRINT: print_slips}


def _issue(team_id: int, person_id: int | None) -> Any:
    actor, config = the_actor(), current_app.config
    return deed(
        lambda s: issue_team_slips(
            s, by=actor, team_id=team_id, person_id=person_id,
            secret=config["LMS_SECRET_KEY"], days=config["LMS_SLIP_DAYS"], now=utc_now(),
        ).id,
        then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id),
    )  # fmt: skip


def _paper(slip: LoginSlip, member_code: str, name: str, team: str, commune: str) -> SlipPaper:
    code = slip_code(current_app.config["LMS_SECRET_KEY"], slip.nonce)
    return SlipPaper(
        name=name,
        team=team,
        commune=commune,
        entry_url=_for_the_camera(public_url("lms.people.enter_scanned", code=code)),
        entry_host=public_url("lms.people.enter").split("//", 1)[1],
        code=code,
        member_code=member_code,
        expires_at=slip.expires_at,
    )


def _for_the_camera(address: str) -> str:
    """Return the address with scheme and host in capitals: all capitals make a QR code of fewer, larger modules."""
    parts = urlsplit(address)
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path}"


def _path(endpoint: str, **values: Any) -> str:
    return urlsplit(public_url(endpoint, **values)).path
