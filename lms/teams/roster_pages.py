"""Pages on which a roster file comes in: choose it, look it over row by row, write it; and goes out."""

from typing import Any, BinaryIO, cast

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import the_actor
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.files.rules import UploadEmpty, UploadTooLarge, keep, read_upload
from lms.journal.models import Job
from lms.pages import deed, render
from lms.teams import queries, rules
from lms.teams.forms import ExportForm, UploadForm
from lms.teams.gate import MAX_BYTES, UnreadableRoster, look_first
from lms.teams.models import RosterImport
from lms.teams.plan import KINDS, LEFT, Plan
from lms.teams.team_pages import chosen_commune

_PAGE = 200
#: The words of each kind of line, and the colour of its chip.
WORDS = {
    "new": ("Mới", "good"),
    "changed": ("Thay đổi", "warn"),
    "left": ("Không còn trong tệp", "bad"),
    "same": ("Giữ nguyên", "plain"),
    "doubtful": ("Cần xem lại", "bad"),
    "skipped": ("Bỏ qua", "plain"),
}


class NoFileChosen(Refused):
    """The form came without a file, as after signing in again."""

    def __init__(self) -> None:
        super().__init__("Chưa chọn tệp nào. Danh sách của tổ chưa thay đổi gì.", remedy="Hãy chọn tệp danh sách.")


def imports() -> Any:
    """Show the history of a commune's rosters."""
    commune = _commune(request.args.get("xa", ""))
    return render("teams/imports.html", commune=commune, imports=queries.imports_of(db_session(), commune.code))


def new_import() -> Any:
    """Choose a roster file; what its first bytes give away is refused at once."""
    actor, form = the_actor(), UploadForm()
    commune = _commune(request.values.get("xa", ""))
    form.xa.data = commune.code
    if not form.validate_on_submit():
        return render("teams/upload.html", 422 if form.errors else 200, form=form, commune=commune, refusal=None)
    name, data = "", b""
    try:
        name, data = _sent_file()
        look_first(data, name)
    except (NoFileChosen, UnreadableRoster, UploadTooLarge, UploadEmpty) as refusal:
        return render("teams/upload.html", 422, form=form, commune=commune, refusal=refusal)

    def take_in(session: Session) -> int:
        now = utc_now()
        media_type = "application/octet-stream"
        file = keep(session, data, name=name, media_type=media_type, by=actor, now=now)
        return rules.receive_roster(
            session, by=actor, commune_code=commune.code, file_id=file.id, file_name=name,
            team=form.team.data or "", now=now,
        ).id  # fmt: skip

    return deed(take_in, then=_page_of)


def _sent_file() -> tuple[str, bytes]:
    sent = request.files.get("roster")
    if sent is None or not sent.filename:
        raise NoFileChosen
    return sent.filename, read_upload(cast(BinaryIO, sent.stream), limit_mb=MAX_BYTES // 1024 // 1024)


def show_import(import_id: int) -> Any:
    """Show how far the reading is, why the file was refused, or the plan row by row."""
    row, commune = queries.import_for(db_session(), the_actor(), import_id)
    if row.read_at is None and row.confirmed_at is None and row.discarded_at is None:
        return _waiting_page(row, commune)
    if row.plan is None or row.refusal:
        return render("teams/import_refused.html", row=row, commune=commune)
    plan = Plan.from_json(row.plan)
    kind = request.args.get("loc", "")
    kind = kind if kind in KINDS else ""
    lines = [line for line in plan.lines if kind in ("", line.kind)]
    page = max(1, request.args.get("trang", 1, type=int))
    return render(
        "teams/import.html",
        row=row,
        commune=commune,
        plan=plan,
        counts=plan.counts,
        leaving=[line for line in plan.lines if line.kind == LEFT],
        lines=lines[(page - 1) * _PAGE : page * _PAGE],
        kind=kind,
        page=page,
        pages=-(-len(lines) // _PAGE),
        words=WORDS,
        is_open=row.confirmed_at is None and row.discarded_at is None,
    )


def _waiting_page(row: RosterImport, commune: Area) -> Any:
    job = db_session().get(Job, row.job_id) if row.job_id is not None else None
    response = render("teams/import_wait.html", row=row, commune=commune, job=job)
    if job is not None and job.failed_at is None:
        response.headers["Refresh"] = "2"
    return response


def confirm_import(import_id: int) -> Any:
    """Write the roster into the teams."""
    actor = the_actor()
    leaving = request.form.getlist("roi", type=int)
    return deed(
        lambda s: rules.confirm_roster(s, by=actor, import_id=import_id, leaving=leaving, now=utc_now()),
        then=_page_of(import_id),
        say=lambda n: f"Đã ghi danh sách: {n['new']} mới, {n['changed']} thay đổi, {n['left']} rời tổ.",
    )


def discard_import(import_id: int) -> Any:
    """Put the roster aside."""
    actor = the_actor()
    return deed(
        lambda s: rules.discard_roster(s, by=actor, import_id=import_id, now=utc_now()).commune_code,
        then=lambda code: url_for("lms.teams.index", xa=code),
        say="Đã bỏ tệp này. Danh sách của tổ chưa thay đổi gì.",
    )


def read_import_again(import_id: int) -> Any:
    """Compare the same file with the teams as they stand now."""
    actor = the_actor()
    return deed(lambda s: rules.read_again(s, by=actor, import_id=import_id, now=utc_now()).id, then=_page_of)


def export(code: str) -> Any:
    """Order the roster of a commune as a file."""
    actor, form = the_actor(), ExportForm()
    if not form.validate_on_submit():
        raise NotFound("no such form")
    chosen = {"form": form.layout.data, "kind": form.kind.data}
    return deed(
        lambda s: rules.order_export(s, by=actor, commune_code=code, now=utc_now(), **chosen),
        then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id),
    )


def _commune(code: str) -> Area:
    commune = chosen_commune(the_actor(), code)
    if commune is None:
        raise NotFound("no commune chosen")
    return commune


def _page_of(import_id: int) -> str:
    return url_for("lms.teams.show_import", import_id=import_id)
