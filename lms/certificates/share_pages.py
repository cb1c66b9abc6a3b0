"""The page on which a holder makes, sees and withdraws links that show a certificate with its name."""

import secrets
from typing import Any

from flask import Response, current_app, request, url_for

from lms.access import the_actor
from lms.certificates import shares
from lms.certificates.check_forms import ShareForm
from lms.certificates.check_pages import kept_private
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import Refused
from lms.pages import deed, public_url, render


def share(public_id: str) -> Response:
    """Show the links that are open; make one, and show it this once."""
    form = ShareForm()
    if not form.validate_on_submit():
        return _page(public_id, form, 422 if request.method == "POST" else 200)
    token = _token(public_id)
    try:
        in_unit(
            lambda session: shares.make_link(
                session, by=the_actor(), public_id=public_id, token=token, days=form.days.data, now=utc_now()
            )
        )
    except Refused as refusal:
        return _page(public_id, form, refusal.status, refusal=refusal)
    return _page(public_id, form, token=token)


def withdraw_share(public_id: str, link_id: int) -> Any:
    """Close a link."""
    return deed(
        lambda session: shares.withdraw_link(
            session, by=the_actor(), public_id=public_id, link_id=link_id, now=utc_now()
        ),
        then=url_for(".share", public_id=public_id),
        say="Đã thu lại liên kết. Ai mở liên kết đó chỉ còn thấy tên đã che.",
    )


def _token(public_id: str) -> str:
    once = request.form.get("once", "")[:60] or secrets.token_urlsafe(18)
    press = f"{the_actor().account_id}.{public_id}.{once}"
    return shares.token_for(current_app.config["LMS_SECRET_KEY"], press)


def _page(
    public_id: str, form: ShareForm, status: int = 200, *, token: str = "", refusal: Refused | None = None
) -> Response:
    session, now = db_session(), utc_now()
    certificate = shares.own_certificate(session, by=the_actor(), public_id=public_id)
    address = public_url("lms.certificates.show_shared", public_id=certificate.public_id, token=token) if token else ""
    page = render(
        "certificates/share.html",
        status,
        certificate=certificate,
        links=shares.open_links(session, certificate, now=now),
        form=form,
        made=address,
        refusal=refusal,
    )
    return kept_private(page)
