"""Pages of reports: a province by commune, a commune by team, what was gained, the report of a period and its files."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from lms.access import the_actor
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.pages import deed, download, render
from lms.reports import making, queries
from lms.reports.columns import GROUPS
from lms.reports.figures import Report, report_on
from lms.reports.gains import SMALLEST_GROUP, gains_of
from lms.reports.rules import note_export, order_pdf
from lms.reports.sentences import notes, opening, period_sentence
from lms.reports.spreadsheet import MEDIA_TYPE

bp = Blueprint("reports", __name__)


@bp.get("/quan-ly/tinh/<code>/")
def province(code: str) -> Response:
    """Show a province: its numbers, a picture by commune, the table under it."""
    area = queries.province_of(db_session(), the_actor(), code)
    return _show_overview(queries.province_overview(db_session(), area, request.args.get("ky-nang", "")))


@bp.get("/quan-ly/xa/<code>/")
def commune(code: str) -> Response:
    """Show a commune: its numbers by team."""
    area = queries.commune_of(db_session(), the_actor(), code)
    return _show_overview(queries.commune_overview(db_session(), area, request.args.get("ky-nang", "")))


@bp.get("/quan-ly/ket-qua/<code>/truoc-sau/")
def before_after(code: str) -> Response:
    """Show what people gained: the five questions before and after, by skill, never of one person."""
    area = queries.area_of(db_session(), the_actor(), code)
    return render(
        "reports/before_after.html",
        gains=gains_of(db_session(), area),
        smallest=SMALLEST_GROUP,
        back=_overview_address(area),
        now=utc_now(),
    )


@bp.get("/quan-ly/bao-cao/<code>/<period>/")
def show(code: str, period: str) -> Response:
    """Show the report of an area and a period, every number of its files."""
    report = _report(code, period)
    return render(
        "reports/show.html",
        report=report,
        groups=[(group, [c for c in report.columns if c.group == group]) for group in GROUPS],
        opening=opening(report),
        period_sentence=period_sentence(report),
        notes=notes(report),
        back=_overview_address(report.area),
        periods=making.choices(utc_now()),
    )


@bp.get("/quan-ly/bao-cao/<code>/<period>.xlsx")
def spreadsheet(code: str, period: str) -> Response:
    """Hand out the report as a spreadsheet."""
    report = _taken(code, period, "xlsx")
    return download(making.make_xlsx(db_session(), report), making.file_name(report, ".xlsx"), MEDIA_TYPE)


@bp.get("/quan-ly/bao-cao/<code>/<period>.json")
def data(code: str, period: str) -> Response:
    """Hand out the report for other programs."""
    report = _taken(code, period, "json")
    return download(making.make_json(report), making.file_name(report, ".json"), "application/json")


@bp.post("/quan-ly/bao-cao/<code>/<period>/pdf")
def paper(code: str, period: str) -> Any:
    """Ask for the report as a paper; the next page shows how far it is."""
    area, wanted = queries.area_of(db_session(), the_actor(), code), making.period_of(period)
    actor, back = the_actor(), url_for("lms.reports.show", code=area.code, period=wanted.code)
    return deed(
        lambda s: order_pdf(s, by=actor, area_code=area.code, period=wanted, back=back, now=utc_now()).id,
        then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id),
    )


def _show_overview(overview: queries.Overview) -> Response:
    now = utc_now()
    return render(
        "reports/overview.html",
        overview=overview,
        is_province=overview.area.parent_code is None,
        address=_overview_address(overview.area),
        periods=making.choices(now),
        running=making.running_quarter(now),
        now=now,
    )


def _overview_address(area: Area) -> str:
    endpoint = "lms.reports.province" if area.parent_code is None else "lms.reports.commune"
    return url_for(endpoint, code=area.code)


def _report(code: str, period: str) -> Report:
    area = queries.area_of(db_session(), the_actor(), code)
    return report_on(db_session(), area, making.period_of(period), now=utc_now())


def _taken(code: str, period: str, kind: str) -> Report:
    """Return the report, with a line in the journal that it was taken away."""
    actor, area, wanted = the_actor(), queries.area_of(db_session(), the_actor(), code), making.period_of(period)
    in_unit(lambda s: note_export(s, by=actor, area_code=area.code, period=wanted, kind=kind, now=utc_now()))
    return _report(code, period)
