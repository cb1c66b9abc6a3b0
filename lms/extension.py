"""The door: `LMS(app)` makes a Flask app the school, alone or under a host's prefix."""

import hashlib
import mimetypes
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import brotli
from flask import Blueprint, Flask, Response, current_app, redirect, request, send_from_directory, url_for
from flask.templating import Environment
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.security import safe_join

from lms import entry
from lms.access import current_actor
from lms.cli import lms as commands
from lms.db import Base, prepare_engine
from lms.errors import Misconfigured, NotFound
from lms.journal.deliveries import Post, read_quiet_hours
from lms.journal.gateways import Gateway, check_names, mail_by_setting
from lms.journal.jobs import Handler
from lms.limits import Wall
from lms.pages import address, make_environment
from lms.rooms import ADDRESS_OF, HANDLERS, KEEPERS, LISTENERS, ROOMS, SETTLERS, menu
from lms.schema import is_current
from lms.settings import apply_settings, database_url

_STATIC = Path(__file__).parent / "static" / "lms"


@dataclass(frozen=True)
class LMSState:
    """Everything one app's school holds; nothing is kept on the extension itself."""

    db: SQLAlchemy
    jinja: Environment
    identity: Callable[[], str | None] | None
    sign_in_url: str | None
    settlers: tuple[Callable[[Any, Mapping[str, set[Any]]], None], ...]
    handlers: Mapping[str, Handler]
    keepers: tuple[Callable[[Any, int], dict[str, Any]], ...]
    post: Post
    wall: Wall = field(default_factory=Wall)
    marks: dict[str, str] = field(default_factory=dict)
    addresses: dict[Any, str] = field(default_factory=dict)


class LMS:
    """The school as a Flask extension.

    Alone, it brings its own database and sign-in. Mounted, give it the host's Flask-SQLAlchemy as
    `db`, and as `identity` a callable that returns the member code of whoever the host has signed
    in (or None); `sign_in_url` is where the host signs people in. `gateways` are further ways on which
    notices go out, beside the e-mail of the settings.
    """

    def __init__(self, app: Flask | None = None, **options: Any) -> None:
        if app is not None:
            self.init_app(app, **options)

    def init_app(
        self,
        app: Flask,
        *,
        db: SQLAlchemy | None = None,
        identity: Callable[[], str | None] | None = None,
        sign_in_url: str | None = None,
        url_prefix: str = "",
        gateways: Iterable[Gateway] = (),
    ) -> None:
        """Mount the school on the app.

        Raises:
            Misconfigured: mounted twice, no safe secret, a host's sign-in without `identity`, or a
                setting of the post that cannot be read.
        """
        if "lms" in app.extensions:
            raise Misconfigured("LMS đã được gắn vào ứng dụng này rồi; chỉ gọi LMS(app) một lần.")
        apply_settings(app)
        _trust_proxies(app)
        app.extensions["lms"] = LMSState(
            db=_open_database(app, db),
            jinja=make_environment(app, tuple(room.name for room in ROOMS), static_url, menu),
            identity=_choose_identity(app, identity),
            sign_in_url=sign_in_url,
            settlers=SETTLERS,
            handlers=HANDLERS,
            keepers=KEEPERS,
            post=Post(
                gateways=check_names((*mail_by_setting(app.config), *gateways)),
                address_of=ADDRESS_OF,
                quiet_hours=read_quiet_hours(app.config["LMS_QUIET_HOURS"]),
            ),
        )
        _limit_sizes(app)
        if db is None and identity is None:
            entry.guard_whole_app(app)
        app.register_blueprint(_school(), url_prefix=url_prefix or None)
        app.cli.add_command(commands)
        for signal, listener in LISTENERS:
            signal.connect(listener, sender=app)


def static_url(name: str) -> str:
    """Return the address of one of our static files; it changes when the file does."""
    marks = current_app.extensions["lms"].marks
    if name not in marks:
        marks[name] = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]
    return address("lms.static_file", name=name, v=marks[name])


def _open_database(app: Flask, db: SQLAlchemy | None) -> SQLAlchemy:
    is_ours = db is None
    if db is None:
        os.makedirs(app.config["LMS_DATA_DIR"], mode=0o700, exist_ok=True)
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True, **_engine_options(app)}
        app.config.setdefault("SQLALCHEMY_DATABASE_URI", database_url(app))
        db = SQLAlchemy(model_class=Base)
        db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, is_ours=is_ours)
    return db


def _engine_options(app: Flask) -> dict[str, Any]:
    """Return what the operator asked of the engine; values of statements never reach a log."""
    options: dict[str, Any] = app.config.get("SQLALCHEMY_ENGINE_OPTIONS") or {}
    return options


def _choose_identity(app: Flask, identity: Callable[[], str | None] | None) -> Callable[[], str | None] | None:
    if identity is not None:
        return identity
    if hasattr(app, "login_manager"):
        raise Misconfigured(
            "Ứng dụng chủ đã có đăng nhập riêng (Flask-Login). Hãy truyền identity=… cho LMS: "
            "một hàm trả về mã tài khoản của người đang đăng nhập, hoặc None."
        )
    manager = LoginManager(app)
    manager.user_loader(_signed_in)
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["PERMANENT_SESSION_LIFETIME"] = app.config["LMS_SIGN_IN_DAYS"] * 86400
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # the sign-in's row holds the true end
    https = app.config["LMS_PUBLIC_URL"].startswith("https://") and not app.testing
    app.config["SESSION_COOKIE_SECURE"] = https or app.config["LMS_SECURE_COOKIES"]
    return None


def _signed_in(token: str) -> Any:
    from lms.people.sessions import SignedIn

    actor = entry.actor_by_token(token)
    return SignedIn(token, actor) if actor is not None else None


def _trust_proxies(app: Flask) -> None:
    """Take address and protocol of a request from the proxies in front, as many as the operator names."""
    if trusted := app.config["LMS_TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted)  # type: ignore[method-assign]


def _limit_sizes(app: Flask) -> None:
    if app.config.get("MAX_CONTENT_LENGTH") is None:
        app.config["MAX_CONTENT_LENGTH"] = (app.config["LMS_MAX_UPLOAD_MB"] + 1) * 1024 * 1024
    app.config["WTF_CSRF_TIME_LIMIT"] = None


def _school() -> Blueprint:
    school = Blueprint("lms", __name__)
    school.add_url_rule("/", "front", _front)
    school.add_url_rule("/tinh/<path:name>", "static_file", _static_file)
    school.add_url_rule("/healthz", "healthz", _healthz)
    school.add_url_rule("/readyz", "readyz", _readyz)
    entry.guard(school)
    for room in ROOMS:
        for blueprint in room.blueprints:
            school.register_blueprint(blueprint)
    return school


def _front() -> Any:
    actor = current_actor()
    if actor is None:
        return redirect(url_for("lms.library.index"), 303)
    if actor.is_officer:
        return redirect(url_for("lms.reports.province", code=actor.provinces[0]), 303)
    if actor.is_clerk:
        return redirect(url_for("lms.teams.index"), 303)
    if actor.is_trainer and not actor.memberships:
        return redirect(url_for("lms.library.shelf"), 303)
    return redirect(url_for("lms.learning.home"), 303)


def _static_file(name: str) -> Response:
    age = 365 * 86400 if "v" in request.args else 300
    if not request.accept_encodings.quality("br") or not name.endswith((".css", ".js", ".svg")):
        response = send_from_directory(_STATIC, name, max_age=age)
    else:
        path = safe_join(str(_STATIC), name)
        if path is None or not os.path.isfile(path):
            raise NotFound(name)
        response = Response(_squeezed(path), mimetype=mimetypes.guess_type(name)[0])
        response.headers["Content-Encoding"] = "br"
        response.cache_control.public, response.cache_control.max_age = True, age
        response.add_etag()
        response.make_conditional(request)
    response.vary.add("Accept-Encoding")
    return response


@cache
def _squeezed(path: str) -> bytes:
    """Return a static file compressed once, as small as it gets."""
    return bytes(brotli.compress(Path(path).read_bytes(), quality=11))


def _healthz() -> Response:
    return Response("ok", mimetype="text/plain")


def _readyz() -> Response:
    state: LMSState = current_app.extensions["lms"]
    if not is_current(state.db.engine):
        return Response("cơ sở dữ liệu chưa được nâng cấp: chạy lệnh lms init", 503, mimetype="text/plain")
    return Response("ok", mimetype="text/plain")
