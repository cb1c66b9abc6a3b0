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
