"""Pages of many papers in one go: a commune's certificates, the bundles, one bundle and its parts."""

from typing import Any

from flask import Response, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from lms.access import the_actor
from lms.areas.models import Area
from lms.certificates import bundle_papers, queries
from lms.certificates import bundles as rules
from lms.certificates.forms import BundleForm
from lms.certificates.list_pages import words
from lms.certificates.models import Bundle
from lms.certificates.page_reads import commune_certificates, commune_of, communes_of
from lms.certificates.paper_lists import LIST_NAME
from lms.certificates.sources import told_of
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.journal.models import Job
from lms.pages import deed, render

A_PAGE = 200


def communes() -> AnyResponse:
    """Lead a clerk to their commune, and let others choose one."""
    actor, session = the_actor(), db_session()
    areas = [session.get_one(Area, code) for code in actor.communes]
    for province in actor.provinces:
        areas += communes_of(session, province)
    if len(areas) == 1:
        return redirect(url_for(".commune", code=areas[0].code), 303)
    return render("certificates/communes.html", areas=areas)


def commune(code: str) -> Response:
    """Show a commune's certificates, and its bundles."""
    actor, session, now = the_actor(), db_session(), utc_now()
    area = commune_of(session, actor, code)
    start = max(0, request.args.get("tu", 0, int))
    rows = commune_certificates(session, code, offset=start, limit=A_PAGE + 1)
    scope = bundle_papers.find_scope(session, by=actor, commune_code=code)
    return render(
        "certificates/commune.html",
        area=area,
        rows=[(row, told_of(row)) for row in rows[:A_PAGE]],
        start=start,
        a_page=A_PAGE,
        has_more=len(rows) > A_PAGE,
        papers=bundle_papers.count_public(session, scope, now=now),
        bundles=rules.own_bundles(session, actor, scope),
        bundle_form=BundleForm.offering(rules.forms_for(actor, scope)),
        forms=rules.FORM_WORDS,
        **words(),
    )


def bundles() -> Response:
    """Show the bundles one may take, and offer one of the whole province."""
    actor, session = the_actor(), db_session()
    found = rules.own_bundles(session, actor)
    return render(
        "certificates/bundles.html",
        bundles=found,
        places={bundle.id: _place(bundle) for bundle, _job in found},
        papers=bundle_papers.count_public(session, bundle_papers.find_scope(session, by=actor), now=utc_now()),
        bundle_form=BundleForm(),
        forms=rules.FORM_WORDS,
    )


def order_for_province() -> Any:
    """Order the papers of the whole province."""
    return _order()


def order_for_commune(code: str) -> Any:
    """Order the papers of a commune."""
    return _order(commune_code=code)


def order_for_list(list_id: int) -> Any:
    """Order the papers of a list."""
    return _order(list_id=list_id)


def show_bundle(bundle_id: int) -> Response:
    """Show how far a bundle is, and its finished parts to take."""
    actor, session = the_actor(), db_session()
    bundle = rules.own_bundle(session, actor, bundle_id)
    job = session.get(Job, bundle.job_id) if bundle.job_id is not None else None
    at_work = bundle.made_at is None and job is not None and job.failed_at is None
    page = render(
        "certificates/bundle.html",
        bundle=bundle,
        job=job,
        at_work=at_work,
        place=_place(bundle),
        forms=rules.FORM_WORDS,
        ended=bundle_papers.count_ended_since(session, bundle),
        kept_until=bundle.asked_at + rules.KEPT,
        back=_back_from(bundle),
        published=_on_the_server(bundle),
    )
    if at_work and job is not None and job.paused_at is None:
        page.headers["Refresh"] = "5"
    return page


def take_part(bundle_id: int, name: str) -> Response:
    """Hand out a part from the disk; the journal says who took it."""
    actor = the_actor()
    path = in_unit(lambda s: rules.take_part(s, by=actor, bundle_id=bundle_id, name=name, now=utc_now()))
    response = send_file(path, as_attachment=True, download_name=f"giay-chung-nhan-bo-{bundle_id}-{name}", etag=False)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def go_on_with_bundle(bundle_id: int) -> Any:
    """Go on with a bundle whose work has failed."""
    actor = the_actor()
    return deed(
        lambda s: rules.go_on_with_bundle(s, by=actor, bundle_id=bundle_id, now=utc_now()),
        then=url_for(".show_bundle", bundle_id=bundle_id),
        say="Hệ thống đang gom các giấy còn thiếu. Phần đã xong vẫn còn nguyên.",
    )


def delete_bundle(bundle_id: int) -> Any:
    """Delete a bundle."""
    actor = the_actor()
    then = _back_from(rules.own_bundle(db_session(), actor, bundle_id))
    return deed(
        lambda s: rules.delete_bundle(s, by=actor, bundle_id=bundle_id, now=utc_now()),
        then=then,
        say="Đã xóa bộ giấy. Giấy chứng nhận của từng người vẫn còn nguyên.",
    )


def _order(**scope: Any) -> Any:
    actor, form = the_actor(), BundleForm()
    return deed(
        lambda s: rules.order_bundle(s, by=actor, form=form.form.data or "", now=utc_now(), **scope),
        then=lambda bundle: url_for(".show_bundle", bundle_id=bundle.id),
        say="Đã nhận yêu cầu gom giấy.",
    )


def _place(bundle: Bundle) -> str:
    """Say whose papers a bundle holds."""
    session = db_session()
    if bundle.list_id is not None:
        listed = queries.one_list(session, [bundle.province_code], bundle.list_id)
        return f"Danh sách theo Quyết định số {listed.decision_number}"
    return session.get_one(Area, bundle.commune_code or bundle.province_code).full_name


def _on_the_server(bundle: Bundle) -> dict[str, Any] | None:
    """Return where the files of a bundle lie, how many there are, and what could not be written; None of others."""
    if bundle.form != rules.FILES:
        return None
    communes = [part for part in bundle.parts if part["name"] != LIST_NAME]
    listed = next((part for part in bundle.parts if part["name"] == LIST_NAME), None)
    return {
        "folder": rules.published_folder(bundle),
        "communes": communes,
        "written": listed["listed"] if listed else sum(part["count"] for part in communes),
        "left_out": [number for part in communes for number in part["left_out"]],
        "listed": listed,
    }


def _back_from(bundle: Bundle) -> str:
    if bundle.list_id is not None:
        return url_for(".show_list", list_id=bundle.list_id)
    if bundle.commune_code is not None:
        return url_for(".commune", code=bundle.commune_code)
    return url_for(".bundles")
