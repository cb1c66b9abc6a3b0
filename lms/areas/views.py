"""Find a commune or province by what people type."""

from typing import Any

from flask import Blueprint, request

from lms.areas.rules import search_areas
from lms.db import db_session
from lms.pages import render

bp = Blueprint("areas", __name__)


@bp.get("/dia-ban/")
def search() -> Any:
    typed = request.args.get("tim", "")[:80]
    found = search_areas(db_session(), typed)
    parents = {a.code: db_session().get(type(a), a.parent_code) for a in found if a.parent_code}
    return render("areas/search.html", typed=typed, found=found, parents=parents)
