"""Background work of rosters: read a file that came in, and write one that goes out."""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.areas.rules import find_area
from lms.clock import utc_now, vn_day
from lms.db import db_session, in_unit
from lms.errors import NotFound, Refused
from lms.files import store
from lms.files.models import StoredFile
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.pages import public_url
from lms.teams import rules
from lms.teams.export import MEDIA_TYPES, write_roster
from lms.teams.models import RosterImport
from lms.teams.queries import commune_as_written, state_of
from lms.teams.roster import Roster, read_roster


def read_roster_file(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Read the stored file and keep its plan or its refusal; run again, it makes the same plan."""
    import_id = payload["import_id"]
    name, digest, is_read = _file_of(db_session(), import_id)
    if not is_read:
        progress.step(0, 2, "phần: đang đọc tệp")
        try:
            roster = read_roster(store.read(digest), name, team=payload.get("team", ""))
            progress.step(1, 2, "phần: đang so với danh sách tổ")
            in_unit(lambda s: _preview(s, import_id, roster))
        except rules.ImportEnded:
            pass
        except Refused as refusal:
            said = refusal
            in_unit(lambda s: rules.refuse_roster(s, import_id=import_id, refusal=said, now=utc_now()))
    return {"import_id": import_id}


def export_roster(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Write the roster of a commune as a file to download."""
    code, form, kind = payload["commune_code"], payload["form"], payload["kind"]
    session = db_session()
    commune = commune_as_written(session, find_area(session, code))
    data = write_roster(state_of(session, code).teams, commune, form=form, kind=kind)
    now = utc_now()
    name = f"Danh sách tổ {commune.full_name} {vn_day(now).replace('/', '-')}.{kind}"
    file_id = in_unit(lambda s: keep(s, data, name=name, media_type=MEDIA_TYPES[kind], by=SYSTEM, now=now).id)
    back = urlsplit(public_url("lms.teams.index", xa=code))
    return {"file_id": file_id, "back": f"{back.path}?{back.query}"}


HANDLERS: dict[str, Handler] = {"roster.read": read_roster_file, "roster.export": export_roster}


def _preview(session: Session, import_id: int, roster: Roster) -> None:
    rules.preview_roster(session, import_id=import_id, roster=roster, now=utc_now())


def _file_of(session: Session, import_id: int) -> tuple[str, str, bool]:
    row = session.get(RosterImport, import_id)
    file = session.get(StoredFile, row.file_id) if row is not None and row.file_id is not None else None
    if row is None or file is None:
        raise NotFound(f"roster import {import_id}")
    return row.file_name, file.sha256, row.read_at is not None
