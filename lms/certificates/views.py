"""Pages of certificates: one's own, the officer's, and the public page that answers for a paper."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, request, url_for
from wtforms import SelectChoice

from lms.access import the_actor
from lms.areas.models import Area
from lms.certificates import checking, endings, queries, rules
from lms.certificates.forms import ApproveForm, NameForm, ReissueForm, RevokeForm, VoidForm
from lms.certificates.models import ApprovalList, Certificate
from lms.certificates.public_id import grouped, normalise
from lms.certificates.snapshots import Issuer
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound, Refused
from lms.files import store
from lms.journal.models import Job
from lms.pages import deed, download, render
from lms.settings import parent_agency

bp = Blueprint("certificates", __name__)


@bp.get("/chung-nhan/")
def mine() -> Response:
    """Show the member's own certificates."""
    own = queries.own_certificates(db_session(), the_actor().person_id)
    return render("certificates/mine.html", certificates=own, **_words())


@bp.get("/chung-nhan/<public_id>.pdf")
def download_paper(public_id: str) -> Response:
    """Hand out the very bytes that were issued."""
    certificate = queries.downloadable(db_session(), the_actor(), normalise(public_id) or "")
    number = certificate.snapshot["number"].replace("/", "-")
    data = store.read(certificate.file_sha256 or "")
    return download(data, f"giay-chung-nhan-{number}.pdf", "application/pdf")


@bp.get("/quan-ly/chung-nhan/")
def index() -> Response:
    """Show what waits for approval, what was approved, and the books."""
    session, provinces = db_session(), the_actor().provinces
    return render(
        "certificates/index.html",
        waiting=queries.waiting_classes(session, provinces),
        lists=queries.approval_lists(session, provinces),
        books=queries.number_books(session, provinces),
    )


@bp.route("/quan-ly/chung-nhan/lop/<int:class_id>", methods=["GET", "POST"])
def approve(class_id: int) -> Any:
    """Approve people of a class by decision."""
    held, candidates = queries.candidates(db_session(), the_actor().provinces, class_id)
    form = ApproveForm()
    form.seats.choices = [SelectChoice(c.seat_id, _line(c)) for c in candidates]
    if request.method == "GET":
        form.seats.data = [c.seat_id for c in candidates if not c.revoked]
    return _do(
        form, "certificates/approve.html", {"held": held, "candidates": candidates},
        lambda session: rules.approve(
            session, by=the_actor(), class_id=class_id, seat_ids=form.seats.data or [],
            decision=form.decision, issuer=_issuer(held.province_code), now=utc_now(),
        ),
        then=lambda approved: url_for(".show_list", list_id=approved.id),
        say="Đã duyệt và cấp số. Hệ thống đang làm giấy chứng nhận.",
    )  # fmt: skip


@bp.get("/quan-ly/chung-nhan/danh-sach/<int:list_id>")
def show_list(list_id: int) -> Response:
    """Show a list: how many papers are made, and each certificate."""
    approved, certificates = queries.one_list(db_session(), the_actor().provinces, list_id)
    wanted = [c for c in certificates if c.voided_at is None]
    made = sum(c.published_at is not None for c in wanted)
    job = db_session().get(Job, approved.job_id) if approved.job_id else None
    at_work = job is not None and job.finished_at is None and job.failed_at is None
    page = render(
        "certificates/list.html",
        approved=approved,
        certificates=certificates,
        wanted=len(wanted),
        made=made,
        at_work=at_work,
        **_words(),
    )
    if at_work and made < len(wanted):
        page.headers["Refresh"] = "5"
    return page


@bp.post("/quan-ly/chung-nhan/danh-sach/<int:list_id>/lam-tiep")
def order_again(list_id: int) -> Any:
    """Order the missing papers once more."""
    return deed(
        lambda session: rules.order_papers_again(session, by=the_actor(), list_id=list_id, now=utc_now()),
        then=url_for(".show_list", list_id=list_id),
        say="Hệ thống đang làm các giấy còn thiếu.",
    )


@bp.get("/quan-ly/chung-nhan/giay/<int:certificate_id>")
def show(certificate_id: int) -> Response:
    """Show one certificate to the officer, with everything printed on it."""
    certificate = _mine_to_manage(certificate_id)
    class_id = _list_of(certificate).class_id
    return render("certificates/show.html", certificate=certificate, class_id=class_id, grouped=grouped, **_words())


@bp.route("/quan-ly/chung-nhan/giay/<int:certificate_id>/thu-hoi", methods=["GET", "POST"])
def revoke(certificate_id: int) -> Any:
    """Revoke by decision."""
    form = RevokeForm()
    return _end(
        certificate_id, form, "certificates/revoke.html",
        lambda session: endings.revoke(
            session, by=the_actor(), certificate_id=certificate_id, decision=form.decision,
            category=form.category.data or "", detail=form.detail.data or "", now=utc_now(),
        ),
        say="Đã thu hồi. Trang kiểm tra trả lời “đã thu hồi” từ bây giờ.",
    )  # fmt: skip


@bp.route("/quan-ly/chung-nhan/giay/<int:certificate_id>/cap-lai", methods=["GET", "POST"])
def reissue(certificate_id: int) -> Any:
    """Replace by a new certificate with its own number."""
    form, province = ReissueForm(), _list_of(_mine_to_manage(certificate_id)).province_code
    return _end(
        certificate_id, form, "certificates/reissue.html",
        lambda session: endings.reissue(
            session, by=the_actor(), certificate_id=certificate_id, decision=form.decision,
            issuer=_issuer(province), now=utc_now(),
        ),
        say="Đã cấp lại với số mới. Giấy cũ đã được ghi là thay thế.",
    )  # fmt: skip


@bp.route("/quan-ly/chung-nhan/giay/<int:certificate_id>/huy-so", methods=["GET", "POST"])
def make_void(certificate_id: int) -> Any:
    """Cross out a number before publication."""
    form = VoidForm()
    return _end(
        certificate_id, form, "certificates/void.html",
        lambda session: endings.make_void(
            session, by=the_actor(), certificate_id=certificate_id, reason=form.reason.data or "", now=utc_now()
        ),
        say="Đã hủy số này. Số vẫn nằm trong sổ và không cấp lại.",
    )  # fmt: skip


@bp.get("/quan-ly/chung-nhan/so/<int:book_id>")
def number_book(book_id: int) -> Response:
    """Show the number book, ready to be printed."""
    book, rows = queries.book_pages(db_session(), the_actor().provinces, book_id)
    return render("certificates/book.html", book=book, rows=rows, **_words())


@bp.get("/v")
def enter_code() -> Any:
    """Ask for the code on a paper; a code typed here leads to its page."""
    typed = request.args.get("ma", "").strip()
    if typed:
        return redirect(url_for(".check", public_id=normalise(typed) or typed.replace("/", "-")[:60]), 303)
    return _public(render("certificates/enter.html", unknown=False))


@bp.get("/v/<public_id>.json")
def check_json(public_id: str) -> Response:
    """Answer for a certificate to a machine."""
    try:
        answer = checking.as_json(checking.find_public(db_session(), public_id))
    except NotFound:
        return _public(jsonify(state="unknown"), 404)
    return _public(jsonify(answer))


@bp.get("/v/<public_id>")
@bp.get("/V/<public_id>", endpoint="check_scanned")
def check(public_id: str) -> Response:
    """Answer for a certificate to whoever holds the paper."""
    return _answer(public_id, NameForm())


@bp.post("/v/<public_id>")
def confirm_name(public_id: str) -> Response:
    """Say whether a typed name is the printed one."""
    form = NameForm()
    if not form.validate_on_submit():
        return _answer(public_id, form, status=422)
    try:
        match = in_unit(
            lambda session: checking.confirm_name(
                session, public_id=normalise(public_id) or "", typed=form.name.data or "", now=utc_now()
            )
        )
    except checking.TooManyTries as refusal:
        return _answer(public_id, form, refusal=refusal, status=refusal.status)
    except NotFound:
        return _answer(public_id, form)
    return _answer(public_id, form, match=match)


def _answer(
    public_id: str, form: NameForm, *, match: str = "", refusal: Refused | None = None, status: int = 200
) -> Response:
    try:
        facts = checking.find_public(db_session(), public_id)
    except NotFound:
        return _public(render("certificates/enter.html", 404, unknown=True))
    page = render(
        "certificates/check.html", status, facts=facts, code=grouped(facts.public_id),
        form=form, match=match, refusal=refusal, **_words(),
    )  # fmt: skip
    return _public(page)


def _public(response: Response, status: int | None = None) -> Response:
    """Keep the page out of caches, search engines and referrers."""
    response.status_code = status or response.status_code
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _mine_to_manage(certificate_id: int) -> Certificate:
    return queries.one_certificate(db_session(), the_actor().provinces, certificate_id)


def _list_of(certificate: Certificate) -> ApprovalList:
    return db_session().get_one(ApprovalList, certificate.list_id)


def _end(certificate_id: int, form: Any, template: str, work: Any, *, say: str) -> Any:
    certificate = _mine_to_manage(certificate_id)
    return _do(
        form, template, {"certificate": certificate}, work,
        then=lambda result: url_for(".show", certificate_id=result.id), say=say,
    )  # fmt: skip


def _do(form: Any, template: str, values: dict[str, Any], work: Any, *, then: Any, say: str) -> Any:
    """Carry out the form's deed; if it does not hold or is refused, show it again as it was filled."""
    if not form.validate_on_submit():
        status = 422 if request.method == "POST" else 200
        return render(template, status, form=form, extra="", **values)
    try:
        return deed(work, then=then, say=say)
    except Refused as refusal:
        extra = f"{refusal.sentence} {refusal.remedy}".strip()
        return render(template, refusal.status, form=form, extra=extra, **values)


def _line(candidate: queries.Candidate) -> str:
    line = f"{candidate.name} – {candidate.team}, {candidate.commune}"
    return f"{line} (giấy số {candidate.revoked} đã thu hồi)" if candidate.revoked else line


def _issuer(province_code: str) -> Issuer:
    """Read from the settings how the papers name the body that issues."""
    config = current_app.config
    province = db_session().get_one(Area, province_code)
    return Issuer(
        parent=parent_agency(config, province.full_name),
        name=config["LMS_ISSUER_NAME"],
        code=config["LMS_ISSUER_CODE"],
        place=config["LMS_ISSUER_PLACE"] or province.name,
        signer_title=config["LMS_SIGNER_TITLE"],
        signer_name=config["LMS_SIGNER_NAME"],
        public_url=config["LMS_PUBLIC_URL"] + url_for(".enter_code").removesuffix("/v"),
    )


def _words() -> dict[str, Any]:
    return {"state_words": queries.STATE_WORDS, "state_chips": queries.STATE_CHIPS}
