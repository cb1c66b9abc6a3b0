"""Pages for anybody with a paper in hand: is it true, whose is it, is this the file that was issued."""

from typing import Any, BinaryIO, cast

from flask import Response, redirect, request, url_for

from lms.certificates import checking, shares, uploaded_files
from lms.certificates.check_forms import FileForm, NameForm
from lms.certificates.checking import PublicFacts
from lms.certificates.counting import count_shown
from lms.certificates.public_id import grouped, normalise, why_misread
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_passing, in_unit
from lms.errors import NotFound, Refused
from lms.files.rules import UploadEmpty, UploadTooLarge, read_upload
from lms.limits import CHECKING, limited
from lms.pages import render, say_when

MOST_MB = 5


class NoFileChosen(Refused):
    """The form came without a file."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn tệp nên chưa so được gì.", remedy="Hãy chọn tệp PDF của giấy chứng nhận.")


@limited(CHECKING)
def enter_code() -> Any:
    """Ask for the code on a paper; a code typed here leads to its page, a mistyped one asks no database."""
    typed = request.args.get("ma", "").strip()[:60]
    fault = why_misread(typed) if typed else ""
    if typed and not fault:
        return redirect(url_for(".check", public_id=normalise(typed)), 303)
    return kept_private(render("certificates/enter.html", 422 if fault else 200, typed=typed, fault=fault))


@limited(CHECKING)
def check(public_id: str) -> Response:
    """Answer for a certificate to whoever holds the paper."""
    return _answer(public_id, is_counted=True)


@limited(CHECKING)
def show_shared(public_id: str, token: str) -> Response:
    """Answer with the whole name to whoever was given a link; one that is closed shows what everybody sees."""
    session = db_session()
    try:
        certificate = checking.certificate_by_code(session, public_id)
    except NotFound:
        return _unknown()
    name = shares.shared_name(session, certificate, token=token, now=utc_now())
    certificate_id = certificate.id
    page = _page(checking.tell(session, certificate), full_name=name or "", is_link_closed=name is None)
    return _counted(page, certificate_id)


@limited(CHECKING)
def confirm_name(public_id: str) -> Response:
    """Say whether a typed name is the printed one."""
    form = NameForm()
    if not form.validate_on_submit():
        return _answer(public_id, 422, name_form=form)
    try:
        match = in_unit(
            lambda session: checking.confirm_name(
                session, public_id=normalise(public_id) or "", typed=form.name.data or "", now=utc_now()
            )
        )
    except checking.TooManyTries as refusal:
        return say_when(_answer(public_id, refusal.status, name_form=form, name_refusal=refusal), refusal)
    except NotFound:
        return _answer(public_id)
    return _answer(public_id, name_form=form, match=match)


@limited(CHECKING)
def compare_file(public_id: str) -> Any:
    """Say whether a file is the one issued; it is looked at in memory, and nothing of it stays.

    Where scripts run the file never comes here: the phone itself compares.
    """
    if request.method == "GET":
        return redirect(url_for(".check", public_id=public_id), 303)
    session, found = db_session(), ""
    try:
        facts = checking.find_public(session, public_id)
        data = _sent_file() if facts.is_public else b""
        comparison = checking.compare_file(facts, data) if facts.is_public else ""
        if comparison in ("added_to", "different"):
            found = uploaded_files.signature_found(session, public_id=facts.public_id, data=data, now=utc_now())
    except NotFound:
        return _unknown()
    except (NoFileChosen, UploadTooLarge, UploadEmpty) as refusal:
        return _page(facts, refusal.status, file_refusal=refusal)
    return _page(facts, comparison=comparison, signature_found=found)


def kept_private(response: Response) -> Response:
    """Keep an answer about a paper out of caches, search engines and the address lines of other sites."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _sent_file() -> bytes:
    sent = request.files.get("paper")
    if sent is None or not sent.filename:
        raise NoFileChosen
    return read_upload(cast(BinaryIO, sent.stream), limit_mb=MOST_MB)


def _answer(public_id: str, status: int = 200, *, is_counted: bool = False, **more: Any) -> Response:
    session = db_session()
    try:
        certificate = checking.certificate_by_code(session, public_id)
    except NotFound:
        return _unknown()
    certificate_id = certificate.id
    page = _page(checking.tell(session, certificate), status, **more)
    return _counted(page, certificate_id) if is_counted else page


def _counted(page: Response, certificate_id: int) -> Response:
    """Count that the page is shown today; while others write, it is shown uncounted."""
    if request.method == "GET":
        today = vn_date(utc_now())
        in_passing(lambda session: count_shown(session, certificate_id=certificate_id, day=today))
    return page


def _unknown() -> Response:
    """Say the same of a code that nobody bears and of one that nobody can bear."""
    return kept_private(render("certificates/unknown.html", 404))


def _page(
    facts: PublicFacts,
    status: int = 200,
    *,
    name_form: NameForm | None = None,
    name_refusal: Refused | None = None,
    match: str = "",
    comparison: str = "",
    signature_found: str = "",
    file_refusal: Refused | None = None,
    full_name: str = "",
    is_link_closed: bool = False,
) -> Response:
    page = render(
        "certificates/check.html",
        status,
        facts=facts,
        code=grouped(facts.public_id),
        name_form=name_form or NameForm(),
        name_refusal=name_refusal,
        match=match,
        file_form=FileForm(),
        file_refusal=file_refusal,
        comparison=comparison,
        signature_found=signature_found,
        full_name=full_name,
        is_link_closed=is_link_closed,
        most_mb=MOST_MB,
    )
    return kept_private(page)
