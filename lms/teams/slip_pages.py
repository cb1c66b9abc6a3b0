"""Pages and background work of login slips: two buttons, and the paper, nine slips to a page."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, url_for
from sqlalchemy import select

from lms.access import SYSTEM, the_actor
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.pages import deed, public_url
from lms.people.codes import slip_code
from lms.people.models import Account, LoginSlip, Person
from lms.printing.documents import SlipPaper, slips_pdf
from lms.teams.models import Team
from lms.teams.slips import PRINT, NobodyToPrint, issue_team_slips

bp = Blueprint("slips", __name__)


@bp.post("/quan-ly/to/<int:team_id>/phieu")
def issue_team(team_id: int) -> Any:
    return _issue(team_id, None)


@bp.post("/quan-ly/to/<int:team_id>/phieu/<int:person_id>")
def issue_person(team_id: int, person_id: int) -> Any:
    return _issue(team_id, person_id)


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
    progress.step(0, len(papers), "Đang lập phiếu")
    data = slips_pdf(papers)
    name = f"Phiếu đăng nhập {team_name}, {commune_name}.pdf"
    kept = in_unit(lambda s: keep(s, data, name=name, media_type="application/pdf", by=SYSTEM, now=utc_now()).id)
    told = f"Đã lập {len(papers)} phiếu. Hãy in ra giấy A4, cắt rời và phát tận tay từng người."
    progress.step(len(papers), len(papers), told)
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
