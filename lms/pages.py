"""Pages: the school's own Jinja environment, its forms, and the one way in which a form does its deed.

The environment is ours alone, so a host's templates, filters and globals never mix with the
school's. Values arrive ready; an undefined one is an error; nothing a person typed is ever a
template or marked safe.
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, flash, get_flashed_messages, redirect, request, url_for
from flask.templating import Environment
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form as WTForm

from lms.access import Actor, current_actor, may_enter
from lms.clock import utc_now, vn_day, vn_long_day, vn_moment
from lms.db import db_session, in_unit
from lms.errors import Refused
from lms.once import AlreadyDone, OnceKey, leave_mark, refuse_second_press
from lms.phones import mask_phone, spaced
from lms.wtforms_words import VietnameseWords

T = TypeVar("T")
Telling = str | list[tuple[str, str]]
"""What a deed says afterwards: one good sentence, or several, each behind its colour: "good" or "warn"."""
_HERE = Path(__file__).parent
_ADDRESSES_KEPT = 5000


def make_environment(
    app: Flask,
    rooms: tuple[str, ...],
    static_url: Callable[[str], str],
    menu: Callable[[Actor | None], list[tuple[str, str]]],
) -> Environment:
    """Return the environment over our own templates and nothing else."""
    folders = [_HERE / "templates"] + [_HERE / room / "templates" for room in rooms]
    environment = Environment(
        app,
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        vn_day=vn_day, vn_moment=vn_moment, vn_long_day=vn_long_day, mask_phone=mask_phone, spaced=spaced,
        number=vn_number,
    )  # fmt: skip
    environment.globals.update(
        url_for=address,
        static=static_url,
        menu=menu,
        actor=current_actor,
        may=lambda endpoint: may_enter(endpoint, current_actor()),
        own_sign_in=lambda: app.extensions["lms"].identity is None,
        csrf_token=generate_csrf,
        once_key=lambda: secrets.token_urlsafe(18),
        # Two presses may each have left the same sentence; it is read once.
        flashes=lambda: dict.fromkeys(get_flashed_messages(with_categories=True)),
        here=lambda: request.path,
    )
    return environment


def render(template: str, status: int = 200, **values: object) -> Response:
    """Return the page; a template lives in `lms/templates/lms/` or in its room."""
    environment = current_app.extensions["lms"].jinja
    html = environment.get_template(template).render(**values)
    return Response(html, status=status, mimetype="text/html")


def say_when(response: Response, refusal: Refused) -> Response:
    """Tell programs too after how many seconds asking again makes sense."""
    if refusal.wait:
        response.headers["Retry-After"] = str(refusal.wait)
    return response


def address(endpoint: str, **values: Any) -> str:
    """Return the path of an endpoint, remembered: a page asks for the same dozen again and again."""
    if endpoint.startswith(".") or any(name.startswith("_") for name in values):
        return url_for(endpoint, **values)
    known: dict[Any, str] = current_app.extensions["lms"].addresses
    key = (request.script_root, endpoint, *values.items())
    path = known.get(key)
    if path is None:
        path = url_for(endpoint, **values)
        if len(known) < _ADDRESSES_KEPT:
            known[key] = path
    return path


def deed(
    work: Callable[[Session], T],
    *,
    then: str | Callable[[T], str],
    say: Telling | Callable[[T], Telling] = "",
) -> AnyResponse:
    """Carry out a form's deed once, in one unit, and lead on with 303.

    A second press of the same form (double click, back button and again) is led to where the first one
    led, hears the same sentence, and does nothing: the first one's answer may have been lost on its way.
    """
    key = _once_key()

    def once(session: Session) -> tuple[str, list[list[str]]]:
        if key:
            refuse_second_press(session, key)
        result = work(session)
        location = then(result) if callable(then) else then
        said = _sentences(say(result) if callable(say) else say)
        if key:
            leave_mark(session, key, location, said, utc_now())
        return location, said

    try:
        location, said = in_unit(once)
    except AlreadyDone as done:
        location, said = done.location, done.said
    except (IntegrityError, Refused):
        # Two presses in the same instant: the loser, for whom it was done already, is led like the winner.
        mark = db_session().get(OnceKey, key) if key else None
        if mark is None:
            raise
        location, said = mark.location, mark.said
    for colour, sentence in said:
        flash(sentence, colour)
    return redirect(location, 303)


def _sentences(told: Telling) -> list[list[str]]:
    if isinstance(told, str):
        return [["good", told]] if told else []
    return [list(one) for one in told]


def _once_key() -> str:
    """Return the form's key under its sender, so that nobody else's key means anything here."""
    typed = request.form.get("once", "")[:60]
    actor = current_actor()
    return f"{actor.account_id if actor else 0}.{typed}" if typed else ""


class Form(WTForm):  # type: ignore[misc]  # WTForms ships no types
    """A form of ours; the door has checked the CSRF token before any view runs."""

    class Meta:
        """WTForms' own sentences come out in Vietnamese."""

        def get_translations(self, _form: Any) -> VietnameseWords:
            return VietnameseWords()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(request.form if request.method == "POST" else None, **kwargs)

    def validate_on_submit(self) -> bool:
        """Say whether the form was sent and holds."""
        return request.method == "POST" and self.validate()


def download(data: bytes, filename: str, media_type: str, *, inline: bool = False) -> Response:
    """Return bytes as a file with a Vietnamese name that every browser keeps."""
    response = Response(data, mimetype=media_type)
    kind = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(filename)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def public_url(endpoint: str, **values: Any) -> str:
    """Return the full address printed in QR codes and messages; works in background jobs too."""
    base: str = current_app.config["LMS_PUBLIC_URL"]
    return base + current_app.url_map.bind("localhost").build(endpoint, values)


def vn_number(value: float) -> str:
    """Return "1.234" or "62,5" as Vietnamese papers write numbers."""
    text = f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{int(value):,}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def local_path(path: str | None) -> str | None:
    """Return the path if it stays inside this site, else None (no open redirects)."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    # Browsers drop tabs and line breaks inside an address: "/\t/evil.example" is "//evil.example".
    return None if any(ord(letter) < 0x21 or ord(letter) == 0x7F for letter in path) else path
