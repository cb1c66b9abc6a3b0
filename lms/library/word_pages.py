"""The page on which a province puts its own words into the lessons."""

from typing import Any

from flask import Response, request, url_for

from lms.access import the_actor
from lms.areas.rules import find_area
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.library import local_words as words
from lms.pages import deed, render

FIELD = "loi-"


def local_words() -> Response:
    """Show every place that lessons leave for the province's own words; officers fill them in."""
    return _show(_province(request.args.get("tinh", ""), the_actor().trainer_provinces))


def save_local_words() -> Any:
    """Store what was filled in; readers see it from their next page on."""
    actor = the_actor()
    province = _province(request.form.get("tinh", ""), actor.provinces)
    typed = {name.removeprefix(FIELD): text for name, text in request.form.items() if name.startswith(FIELD)}
    try:
        return deed(
            lambda s: words.set_local_words(s, by=actor, province_code=province, values=typed, now=utc_now()),
            then=url_for("lms.library.local_words", tinh=province),
            say=lambda changed: (
                f"Đã lưu {len(changed)} mục. Người học thấy ngay." if changed else "Không có gì thay đổi."
            ),
        )
    except words.WordsTooLong as refusal:
        return _show(province, typed, refusal)


def _province(asked: str, own: tuple[str, ...]) -> str:
    if asked and asked not in own:
        raise NotFound(f"province {asked}")
    return asked or own[0]


def _show(province: str, typed: dict[str, str] | None = None, refusal: words.WordsTooLong | None = None) -> Response:
    session, actor = db_session(), the_actor()
    return render(
        "library/local_words.html",
        refusal.status if refusal else 200,
        province=find_area(session, province),
        others=[find_area(session, code) for code in dict.fromkeys(actor.trainer_provinces) if code != province],
        places=words.places(session),
        values=words.values_of(session, province) if typed is None else typed,
        may_write=province in actor.provinces,
        refusal=refusal,
        field=FIELD,
        longest=words.LONGEST,
    )
