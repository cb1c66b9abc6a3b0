"""Pages of one certificate for the officer: all that is printed, its lines in the book, and what can be asked for."""

from typing import Any

from flask import Response, url_for

from lms.access import the_actor
from lms.certificates import queries, rules
from lms.certificates.conditions import is_left_unreplaced
from lms.certificates.counting import shown_lately
from lms.certificates.forms import CopyForm, ReissueForm, RevokeForm, VoidForm
from lms.certificates.list_pages import do, issuer_of, path_of, words
from lms.certificates.models import ApprovalList, Certificate
from lms.certificates.page_reads import FACT_WORDS, WAY_WORDS, line_detail, names_of
from lms.certificates.sources import facts_of
from lms.clock import utc_now
from lms.db import db_session
from lms.pages import render


def show(certificate_id: int) -> Response:
    """Show one certificate: everything printed on it, and what the book says of it."""
    certificate, session = _own(certificate_id), db_session()
    facts, lines = facts_of(certificate), queries.certificate_lines(session, certificate)
    return render(
        "certificates/show.html",
        certificate=certificate,
        printed=[(label, value) for key, label in FACT_WORDS.items() if (value := getattr(facts, key))],
        lines=lines,
        names=names_of(session, {line.by_id for line in lines}),
        request_open=queries.open_request(session, certificate),
        line_words=queries.LINE_WORDS,
        line_detail=line_detail,
        way_words=WAY_WORDS,
        is_left_unreplaced=is_left_unreplaced(session, certificate),
        shown_lately=shown_lately(session, certificate_id=certificate.id, now=utc_now()),
        again=path_of(queries.list_matter(session.get_one(ApprovalList, certificate.list_id))),
        **words(),
    )


def ask_revoke(certificate_id: int) -> Any:
    """Ask the second person to revoke by a decision."""
    form = RevokeForm()
    return _ask(
        certificate_id, form, "certificates/revoke.html",
        lambda session: rules.ask_revoke(
            session, by=the_actor(), certificate_id=certificate_id, decision=form.decision,
            category=form.category.data or "", detail=form.detail.data or "", now=utc_now(),
        ),
    )  # fmt: skip


def ask_void(certificate_id: int) -> Any:
    """Ask the second person to cross out a number before publication."""
    form = VoidForm()
    return _ask(
        certificate_id, form, "certificates/void.html",
        lambda session: rules.ask_void(
            session, by=the_actor(), certificate_id=certificate_id, reason=form.reason.data or "", now=utc_now()
        ),
    )  # fmt: skip


def reissue(certificate_id: int) -> Any:
    """Propose to replace it by a new certificate with its own number."""
    form, certificate = ReissueForm(), _own(certificate_id)
    issuer = issuer_of(certificate.province_code)
    return do(
        form, "certificates/reissue.html", {"certificate": certificate},
        lambda session: rules.propose_reissue(
            session, by=the_actor(), certificate_id=certificate_id, decision=form.decision, issuer=issuer,
            now=utc_now(),
        ),
        then=lambda proposed: url_for(".show_list", list_id=proposed.id),
        say="Đã đề nghị cấp lại. Giấy cũ vẫn có hiệu lực cho tới khi người thứ hai duyệt.",
    )  # fmt: skip


def note_copy(certificate_id: int) -> Any:
    """Note in the book that a copy was given out."""
    form = CopyForm()
    return do(
        form, "certificates/copy.html", {"certificate": _own(certificate_id)},
        lambda session: rules.note_copy(
            session, by=the_actor(), certificate_id=certificate_id, reason=form.reason.data or "", now=utc_now()
        ),
        then=url_for(".show", certificate_id=certificate_id),
        say="Đã ghi bản sao vào sổ. Tệp giấy giữ nguyên như bản đã cấp.",
    )  # fmt: skip


def _own(certificate_id: int) -> Certificate:
    return queries.one_certificate(db_session(), the_actor().provinces, certificate_id)


def _ask(certificate_id: int, form: Any, template: str, work: Any) -> Any:
    return do(
        form, template, {"certificate": _own(certificate_id)}, work,
        then=lambda asked: url_for(".show_ending", request_id=asked.id),
        say="Đã gửi đề nghị. Giấy chưa thay đổi cho tới khi người thứ hai duyệt.",
    )  # fmt: skip
