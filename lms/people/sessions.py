"""Who is signed in on this device, as Flask-Login sees it."""

from flask_login import UserMixin

from lms.access import Actor


class SignedIn(UserMixin):  # type: ignore[misc]
    """A device's session: its token is the id, so ending the row signs that device out."""

    def __init__(self, token: str, actor: Actor | None) -> None:
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        return self.token


def device_name(user_agent: str) -> str:
    """Return a device as its owner would name it: "Điện thoại Android, Zalo"."""
    kinds = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Điện thoại Android", "Windows": "Máy tính Windows",
             "Mac OS": "Máy Mac", "Linux": "Máy tính Linux"}  # fmt: skip
    programs = {"Zalo": "Zalo", "Edg": "Edge", "coc_coc": "Cốc Cốc", "Firefox": "Firefox", "Chrome": "Chrome",
                "Safari": "Safari"}  # fmt: skip
    found = [next((name for mark, name in known.items() if mark in user_agent), None) for known in (kinds, programs)]
    return ", ".join(name for name in found if name) or "Máy không rõ loại"
