"""The page of an end that waits for the second person: what it would do, yes, no, or taken back."""

from typing import Any

from flask import Response, url_for

from lms.access import the_actor
from lms.certificates import queries, rules
from lms.certificates.forms import AnswerForm
from lms.certificates.list_pages import words
from lms.certificates.models import Certificate
from lms.certificates.page_reads import names_of
from lms.certificates.rules import REVOKE_REASONS
from lms.clock import utc_now
from lms.db import db_session
from lms.pages import deed, render


def show_ending(request_id: int) -> Response:
    """Show what was asked for and by whom."""
    return _page(request_id, AnswerForm())


def accept_ending(request_id: int) -> Any:
    """Say yes as the second person."""
    return deed(
        lambda session: rules.accept_ending(session, by=the_actor(), request_id=request_id, now=utc_now()),
        then=lambda certificate: url_for(".show", certificate_id=certificate.id),
        say=_done,
    )


def refuse_ending(request_id: int) -> Any:
    """Say no as the second person, with the reason."""
    form = AnswerForm()
    if not form.validate():
        return _page(request_id, form)
    return deed(
        lambda session: rules.refuse_ending(
            session, by=the_actor(), request_id=request_id, answer=form.answer.data or "", now=utc_now()
        ),
        then=url_for(".show_ending", request_id=request_id),
        say="Đã ghi là không duyệt và báo người đề nghị. Giấy vẫn như cũ.",
    )


def take_back_ending(request_id: int) -> Any:
    """Take back what one asked for."""
    return deed(
        lambda session: rules.take_back_ending(session, by=the_actor(), request_id=request_id, now=utc_now()),
        then=url_for(".show_ending", request_id=request_id),
        say="Đã rút đề nghị. Giấy vẫn như cũ.",
    )


def _done(certificate: Certificate) -> str:
    if certificate.revoked_at is not None:
        return "Đã thu hồi. Trang kiểm tra trả lời “đã thu hồi” từ bây giờ."
    return "Đã hủy số này. Số vẫn nằm trong sổ và không cấp lại."


def _page(request_id: int, form: AnswerForm) -> Response:
    session, actor = db_session(), the_actor()
    wanted, certificate = queries.one_request(session, actor.provinces, request_id)
    return render(
        "certificates/ending.html",
        422 if form.errors else 200,
        wanted=wanted,
        certificate=certificate,
        names=names_of(session, [wanted.asked_by_id, wanted.decided_by_id]),
        why_not=rules.why_not_accept(wanted, actor),
        may_take_back=rules.why_not_take_back_ending(wanted, actor) is None,
        has_second=queries.has_second_officer(session, actor, certificate.province_code),
        reasons=REVOKE_REASONS,
        form=form,
        **words(),
    )
