"""A small host app with its own database, its own sign-in and its own stylesheet, and the school under /a/b."""

from flask import Flask, Response
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from lms import LMS


class HostBase(DeclarativeBase):
    """The host's own tables."""


class Citizen(UserMixin, HostBase):
    """The host's own user, who may carry a member code of the school."""

    __tablename__ = "citizens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    member_code: Mapped[str | None]


def make_host(database_url: str, data_dir: str) -> tuple[Flask, SQLAlchemy]:
    """Return a province's portal with the school mounted under /a/b."""
    host = Flask("host")
    host.config.update(SECRET_KEY="bi-mat-cua-cong-tinh-0123456789-abcdef", SQLALCHEMY_DATABASE_URI=database_url)
    host.config.update(LMS_DATA_DIR=data_dir, TESTING=True)
    db = SQLAlchemy(host, model_class=HostBase)
    login = LoginManager(host)
    login.user_loader(lambda citizen_id: db.session.get(Citizen, int(citizen_id)))
    LMS(
        host,
        db=db,
        url_prefix="/a/b",
        sign_in_url="/cong/dang-nhap",
        identity=lambda: current_user.member_code if current_user.is_authenticated else None,
    )

    @host.get("/")
    def portal() -> str:
        return '<!doctype html><link rel="stylesheet" href="/static/cong.css"><h1 class="page">Cổng tỉnh</h1>'

    @host.post("/cong/dang-nhap/<name>")
    def enter(name: str) -> Response:
        login_user(db.session.scalars(select(Citizen).where(Citizen.name == name)).one())
        return Response("đã vào")

    return host, db
