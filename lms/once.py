"""Pressing twice does it once: the mark that a form leaves in the transaction of its deed."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from lms.db import REQUEST_KEY, Base, Json, UtcDateTime


class OnceKey(Base):
    """A person's form by its random key, where its deed led, and what was said there, each with its colour."""

    __tablename__ = "lms_once_keys"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    location: Mapped[str] = mapped_column(String(500))
    said: Mapped[list[list[str]]] = mapped_column(Json, server_default="[]")
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AlreadyDone(Exception):
    """This very form was sent before; its deed stands: where it led, and what was said there."""

    def __init__(self, location: str, said: list[list[str]]) -> None:
        super().__init__(location)
        self.location, self.said = location, said


def refuse_second_press(session: Session, key: str) -> None:
    """Raise AlreadyDone if the form with this key has been carried out; else the unit works under it."""
    session.info[REQUEST_KEY] = key
    mark = session.get(OnceKey, key)
    if mark is not None:
        raise AlreadyDone(mark.location, mark.said)


def request_key(session: Session) -> str:
    """Return the key of the unit at work: of the form whose deed it is, else one of its own; "" outside a unit.

    A key is never given to two units: a form's is stored with its deed. So rows that name one key were
    committed together.
    """
    key: str = session.info.get(REQUEST_KEY, "")
    return key


def leave_mark(session: Session, key: str, location: str, said: list[list[str]], now: datetime) -> None:
    """Store the key beside the deed; the primary key stops the second of two simultaneous presses."""
    session.add(OnceKey(key=key, location=location[:500], said=said, at=now))
    session.flush()


def forget_old_marks(session: Session, now: datetime) -> None:
    """Drop marks of forms sent over a week ago; no page stays open that long."""
    session.execute(delete(OnceKey).where(OnceKey.at < now - timedelta(days=7)))
