"""Forms that came after the session had ended: sealed, carried through signing in, still there after."""

from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict

_NEVER_KEPT = {"csrf_token", "once", "pin", "pin_again", "old_pin"}
_ONE_DAY = 24 * 3600


def kept_fields(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Return the fields worth keeping: everything typed, never a secret."""
    return [(key, value[:20000]) for key, value in form.items(multi=True) if key not in _NEVER_KEPT][:400]


def park(path: str, form: MultiDict[str, str]) -> str:
    """Seal a form with the path it was meant for."""
    return _sealer().dumps({"path": path, "fields": kept_fields(form)})


def parked_form(sealed: str) -> dict[str, Any] | None:
    """Return path and fields of a form sealed within the last day, or None."""
    try:
        form: dict[str, Any] = _sealer().loads(sealed, max_age=_ONE_DAY)
    except BadSignature:
        return None
    return form


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["LMS_SECRET_KEY"], salt="lms.parked")
