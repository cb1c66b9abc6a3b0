"""The addresses of the library: courses for everybody, the shelf for trainers."""

from flask import Blueprint, Response, request

from lms.db import db_session
from lms.errors import NotFound
from lms.files import store
from lms.library import draft_pages, fact_pages, queries, search_pages, word_pages
from lms.pages import render

bp = Blueprint("library", __name__)
_YEAR = 365 * 86400


@bp.get("/khoa-hoc/")
def index() -> Response:
    """List the courses; anybody may read them."""
    session = db_session()
    page = render("library/index.html", courses=queries.courses_now(session), skills=queries.skill_titles(session))
    page.add_etag()
    page.vary.add("Cookie")
    page.make_conditional(request)
    return page


@bp.get("/khoa-hoc/<course>/media/<name>")
def media(course: str, name: str) -> Response:
    """Send a picture of a lesson; with its version in the address it never changes."""
    picture = queries.picture(db_session(), course, name)
    if picture is None:
        raise NotFound(f"picture {name} of {course}")
    return send_picture(store.read(picture.sha256), picture.media_type, picture.sha256)


def send_picture(data: bytes, media_type: str, digest: str) -> Response:
    """Send picture bytes; opened on its own, a drawing may run nothing and load nothing."""
    response = Response(data, mimetype=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    known = "v" in request.args
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if known else "public, no-cache"
    response.set_etag(digest[:32])
    response.make_conditional(request)
    return response


bp.add_url_rule("/tim/", view_func=search_pages.search)
bp.add_url_rule("/khung-ky-nang/", view_func=search_pages.frameworks)

_SHELF = "/quan-ly/hoc-lieu/"
_DRAFT = _SHELF + "<int:draft_id>/"
_BOTH = ["GET", "POST"]

bp.add_url_rule(_SHELF, view_func=draft_pages.shelf)
bp.add_url_rule(_SHELF + "bai-moi", view_func=draft_pages.new_draft, methods=_BOTH)
bp.add_url_rule(_DRAFT, view_func=draft_pages.edit_draft, methods=_BOTH)
bp.add_url_rule(_DRAFT + "xem-thu", view_func=draft_pages.preview)
bp.add_url_rule(_DRAFT + "media/<name>", view_func=draft_pages.draft_media)
bp.add_url_rule(_DRAFT + "cau-hoi/<kind>", view_func=draft_pages.new_question, methods=_BOTH)
bp.add_url_rule(_DRAFT + "bo-cau-hoi", view_func=draft_pages.remove_question, methods=["POST"])
bp.add_url_rule(_DRAFT + "phat-hanh", view_func=draft_pages.publish, methods=_BOTH)
bp.add_url_rule(_DRAFT + "bo", view_func=draft_pages.discard, methods=["POST"])
bp.add_url_rule(_SHELF + "can-xem-lai", view_func=fact_pages.facts_due)
bp.add_url_rule(_SHELF + "loi-cua-tinh", view_func=word_pages.local_words)
bp.add_url_rule(_SHELF + "loi-cua-tinh", view_func=word_pages.save_local_words, methods=["POST"])
