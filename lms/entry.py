"""What happens on every request before and after a room's view: who is it, may they, is it their form."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import ValidationError, validate_csrf
from sqlalchemy import and_, bindparam, select

from lms.access import Actor, MembershipView, RoleView, current_actor, may_enter
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.pages import address, render, say_when
from lms.parking import kept_fields, park
from lms.people.models import Account, AreaRole, Consent, Person, SignIn
from lms.people.views import ask_to_sign_in
from lms.teams.models import Membership, Team

TOKEN = "lms_token"  # noqa: S105 - the name of a session key
_FROM_ELSEWHERE = (
    "Yêu cầu này đến từ một trang khác nên không được nhận. Chưa thay đổi gì. Hãy mở lại trang của hệ thống và bấm lại."
)
_READING = ("GET", "HEAD", "OPTIONS")
_CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; form-action 'self'"
)


def guard(bp: Blueprint) -> None:
    """Put the guards around every endpoint of the school, and of nobody else."""
    bp.before_request(_meet)
    bp.after_request(_protect)
    bp.register_error_handler(Refused, _show_refusal)
    bp.register_error_handler(NotFound, _show_missing)
    for status in (400, 403, 404, 405, 413, 500):
        bp.register_error_handler(status, _show_error)


def guard_whole_app(app: Flask) -> None:
    """Stand-alone, a path that nobody knows gets our page too."""
    for status in (404, 405, 500):
        app.register_error_handler(status, _show_error)


def actor_by_token(token: str) -> Actor | None:
    """Return who is signed in on this device, with tasks and teams, in one query."""
    return _actor(_BY_TOKEN, {"token": token, "now": utc_now()})


def actor_by_code(member_code: str) -> Actor | None:
    """Return the person with this member code, for a host that signs people in itself."""
    return _actor(_BY_CODE, {"code": member_code})


def actor_by_account(account_id: int) -> Actor | None:
    """Return the person behind an account."""
    return _actor(_BY_ACCOUNT, {"account": account_id})


def _took_back(purpose: str) -> Any:
    """Say in SQL that a person had agreed to a purpose and does not any more."""
    given = select(Consent.id).where(Consent.person_id == Person.id, Consent.purpose == purpose).correlate(Person)
    standing = given.where(Consent.withdrawn_at.is_(None))
    return and_(given.exists(), ~standing.exists())


def _statement(*conditions: Any, devices: bool = False) -> Any:
    """Put the one query together; done once, since making it costs more than running it."""
    rows: Any = Account.__table__
    if devices:
        rows = rows.join(SignIn.__table__, SignIn.account_id == Account.id)
    rows = (
        rows.join(Person.__table__, Person.id == Account.person_id)
        .outerjoin(AreaRole.__table__, and_(AreaRole.account_id == Account.id, AreaRole.ended_at.is_(None)))
        .outerjoin(Membership.__table__, and_(Membership.person_id == Person.id, Membership.left_at.is_(None)))
        .outerjoin(Team.__table__, and_(Team.id == Membership.team_id, Team.ended_at.is_(None)))
        .outerjoin(Area.__table__, Area.code == Team.commune_code)
    )
    columns = (
        Account.id, Person.id, Person.full_name, AreaRole.role, AreaRole.area_code,
        Membership.team_id, Membership.role, Area.code, Area.parent_code, _took_back("learning"),
    )  # fmt: skip
    return select(*columns).select_from(rows).where(Account.closed_at.is_(None), *conditions)


_BY_TOKEN = _statement(
    SignIn.token == bindparam("token"), SignIn.ended_at.is_(None), SignIn.expires_at > bindparam("now"), devices=True
)
_BY_CODE = _statement(Account.code == bindparam("code"))
_BY_ACCOUNT = _statement(Account.id == bindparam("account"))


def _actor(statement: Any, values: dict[str, Any]) -> Actor | None:
    rows = db_session().connection().execute(statement, values).all()
    if not rows:
        return None
    roles = dict.fromkeys(RoleView(row[3], row[4]) for row in rows if row[3])
    teams = dict.fromkeys(MembershipView(row[5], row[6], row[7], row[8] or "") for row in rows if row[5] and row[7])
    return Actor(rows[0][0], rows[0][1], rows[0][2], tuple(roles), tuple(teams), not rows[0][9])


def _meet() -> Any:
    if request.method not in _READING and _comes_from_elsewhere():
        return Response(_FROM_ELSEWHERE, 403, mimetype="text/plain")
    g.lms_actor = _who()
    endpoint = request.endpoint or ""
    actor = current_actor()
    if not may_enter(endpoint, actor):
        return _turn_away(actor)
    if request.method not in _READING:
        return _check_form(actor)
    return None


def _comes_from_elsewhere() -> bool:
    """Say whether another site's page sent this form; such a form is not even kept for sending again."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.host


def _who() -> Actor | None:
    identity = current_app.extensions["lms"].identity
    if identity is not None:
        login = identity()
        if not login:
            return None
        return actor_by_code(str(login))
    token = session.get(TOKEN)
    return actor_by_token(token) if token else None


def _turn_away(actor: Actor | None) -> Any:
    if actor is not None:
        return render("lms/error.html", 403, **ERRORS[403])
    if request.headers.get("X-Requested-With") == "fetch":
        return Response(status=401)
    sign_in = current_app.extensions["lms"].sign_in_url
    if sign_in is not None:
        return redirect(sign_in, 303)
    if request.method == "POST":
        return ask_to_sign_in(parked=park(request.path, request.form))
    return redirect(url_for("lms.people.sign_in", tiep=request.full_path.rstrip("?")), 303)


def _check_form(actor: Actor | None) -> Any:
    token = request.headers.get("X-CSRFToken") or request.form.get("csrf_token")
    try:
        validate_csrf(token)
    except ValidationError:
        if request.headers.get("X-Requested-With") == "fetch":
            return Response(status=401)
        return render("lms/stale_form.html", 400, action=request.path, fields=kept_fields(request.form))
    return None


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if "Cache-Control" not in headers:
        staff = request.path.startswith(address("lms.front") + "quan-ly/")
        signed_in = "private, no-store" if staff else "private, no-cache"
        headers["Cache-Control"] = signed_in if current_actor() else "no-cache"
    return response


def _show_refusal(refusal: Refused) -> Response:
    if request.headers.get("X-Requested-With") == "fetch":
        response = Response(refusal.sentence, refusal.status, mimetype="text/plain")
    else:
        response = render("lms/refused.html", refusal.status, refusal=refusal, back=_back())
    return say_when(response, refusal)


def _show_missing(_missing: NotFound) -> Response:
    return render("lms/error.html", 404, **ERRORS[404])


def _show_error(error: Any) -> Response:
    status = getattr(error, "code", None) or 500
    if status != 500:
        return render("lms/error.html", status, **ERRORS.get(status, ERRORS[400]))
    mark = secrets.token_hex(4)
    current_app.logger.error("fault %s", mark, exc_info=getattr(error, "original_exception", None) or error)
    return render("lms/fault.html", 500, **ERRORS[500], mark=mark)


def _back() -> str:
    """Return the page of ours that the person came from, else the front page."""
    came_from = request.referrer or ""
    if came_from.startswith(request.host_url):
        return "/" + came_from[len(request.host_url) :]
    return url_for("lms.front")


ERRORS: dict[int, dict[str, str]] = {
    400: {
        "title": "Chưa đọc được yêu cầu",
        "what": "Trình duyệt gửi lên một yêu cầu mà hệ thống không hiểu. Chưa thay đổi gì.",
        "do": "Hãy quay lại trang trước và thử lại.",
    },
    403: {
        "title": "Trang này không dành cho tài khoản của anh/chị",
        "what": "Tài khoản đang dùng không có quyền mở trang này. Chưa thay đổi gì.",
        "do": "Nếu cần dùng, hãy hỏi cán bộ xã hoặc cán bộ Sở phụ trách.",
    },
    404: {
        "title": "Không tìm thấy trang",
        "what": "Trang không có, đã chuyển đi, hoặc thuộc về đơn vị khác.",
        "do": "Hãy kiểm tra lại đường dẫn, hoặc về trang đầu.",
    },
    405: {
        "title": "Trang này không mở theo cách đó",
        "what": "Yêu cầu gửi lên không đúng cách. Chưa thay đổi gì.",
        "do": "Hãy về trang đầu và bấm lại từ đó.",
    },
    413: {
        "title": "Tệp lớn quá",
        "what": "Tệp gửi lên lớn hơn mức cho phép nên chưa nhận. Dữ liệu cũ chưa thay đổi gì.",
        "do": "Hãy bỏ bớt ảnh trong tệp, hoặc chia thành nhiều tệp nhỏ.",
    },
    500: {
        "title": "Hệ thống gặp lỗi",
        "what": "Có lỗi ngoài dự tính. Việc vừa rồi chưa được ghi; dữ liệu trước đó vẫn còn nguyên.",
        "do": "Hãy thử lại sau ít phút. Nếu vẫn vậy, báo cho người quản trị.",
    },
}
