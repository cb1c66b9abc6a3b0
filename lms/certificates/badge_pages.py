"""Answers for machines: a certificate as a badge, the lists of what has ended, the keys of this site."""

from typing import Any

from flask import Response, current_app, json, request

from lms.certificates import badges, checking, shares
from lms.certificates.badge_keys import key_file, read_keys
from lms.certificates.badges import BadgeIssuer
from lms.certificates.check_pages import kept_private
from lms.certificates.status_lists import MINUTES_FRESH, describe_list
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.limits import CHECKING, limited
from lms.pages import public_url

_CREDENTIAL = "application/vc"
_SHORT = "tom-tat"


@limited(CHECKING)
def check_json(public_id: str) -> Response:
    """Answer for a certificate: as a signed badge, or in short with `?dang=tom-tat`.

    One that was revoked or replaced is still a badge: that it ended stands in the list it names.
    """
    return _badge(public_id, token="")


@limited(CHECKING)
def shared_json(public_id: str, token: str) -> Response:
    """Answer as above to whoever was given a link by the holder: while it is open, with the hash of the name."""
    return _badge(public_id, token=token)


@limited(CHECKING)
def show_status_list(number: int) -> Response:
    """Answer with a list of what has ended, kept by its readers for a minute at most."""
    issuer, now = _issuer(), utc_now()
    try:
        told = describe_list(db_session(), number=number, site=issuer.site, issuer=issuer.did, now=now)
    except NotFound:
        return kept_private(_json({"state": "unknown"}, 404))
    response = _json(issuer.sign(told, at=now), media_type=_CREDENTIAL)
    return _for_anybody(response)


def show_keys() -> Response:
    """Answer with the keys of this site (did:web)."""
    return _for_anybody(_json(badges.describe_issuer(_issuer()), media_type="application/did"))


def _badge(public_id: str, *, token: str) -> Response:
    session = db_session()
    try:
        certificate = checking.certificate_by_code(session, public_id)
    except NotFound:
        return kept_private(_json({"state": "unknown"}, 404))
    facts = checking.tell(session, certificate)
    if not facts.is_public:
        return kept_private(_json({"state": facts.state}, 404))
    if request.args.get("dang") == _SHORT:
        return kept_private(_json(checking.as_json(facts)))
    issuer = _issuer()
    told = badges.describe_badge(
        certificate,
        facts,
        issuer=issuer,
        secret=current_app.config["LMS_SECRET_KEY"],
        name=shares.shared_name(session, certificate, token=token, now=utc_now()) or "" if token else "",
    )
    signed = issuer.sign(told, at=certificate.published_at or utc_now())
    return kept_private(_json(signed, media_type=_CREDENTIAL))


def _issuer() -> BadgeIssuer:
    site = public_url("lms.certificates.enter_code").removesuffix("/v")
    return BadgeIssuer(site, read_keys(key_file(current_app.config), now=utc_now()))


def _json(value: dict[str, Any], status: int = 200, *, media_type: str = "application/json") -> Response:
    suffix = "" if media_type == "application/json" else "+ld+json"
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return Response(text, status, content_type=f"{media_type}{suffix}; charset=utf-8")


def _for_anybody(response: Response) -> Response:
    """Let any site's verifier read what is the same for everybody."""
    response.headers["Cache-Control"] = f"public, max-age={MINUTES_FRESH * 60}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
