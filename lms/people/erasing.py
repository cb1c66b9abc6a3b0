"""What becomes of somebody who asks to be forgotten (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 Điều 4)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked, row_exists
from lms.errors import Refused
from lms.journal.models import Notice
from lms.journal.rules import record
from lms.people.models import Account, AreaRole, Consent, LoginSlip, Person, SignIn
from lms.people.rules import close_account
from lms.words import sort_key

NO_NAME = "(đã xóa tên)"
Eraser = Callable[..., None]
"""`eraser(session, person_id=…, now=…)`: what another room does with what leads to the person, or why it cannot."""


class StillAtWork(Refused):
    """The person has a task in an area: what they decide there is on record under their name."""

    def __init__(self) -> None:
        super().__init__(
            "Người này còn nhiệm vụ trong địa bàn nên chưa xóa được. Chưa thay đổi gì.",
            remedy="Hãy thôi giao nhiệm vụ trước, rồi làm lại.",
        )


def erase_person(
    session: Session, *, by: Actor, person_id: int, erasers: Iterable[Eraser] = (), now: datetime
) -> Person:
    """Erase who a person is: name, telephone, address, way in, notices. What was counted stays, and leads to nobody.

    Doing it twice changes nothing.

    Raises:
        NotFound: there is no such person.
        StillAtWork: they have a task in an area.
        Refused: another room has something of theirs that must be ended first.
    """
    person = locked(session, Person, person_id)
    if person.erased_at is not None:
        return person
    account = session.scalar(select(Account).where(Account.person_id == person_id))
    if account is not None:
        _take_away(session, account, by, now)
    for erase in erasers:
        erase(session, person_id=person_id, now=now)
    person.full_name, person.sort_key, person.name_key, person.fold = NO_NAME, sort_key(NO_NAME), "", ""
    person.phone, person.phone_note, person.email, person.erased_at = None, "", None, now
    session.execute(delete(Notice).where(Notice.person_id == person_id))
    session.execute(
        update(Consent).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )
    record(session, by=by, verb="erase", kind="person", object_id=person_id, now=now)
    return person


def _take_away(session: Session, account: Account, by: Actor, now: datetime) -> None:
    """Close the account, and forget by which slip and from which devices it was entered."""
    if row_exists(session, AreaRole, AreaRole.account_id == account.id, AreaRole.ended_at.is_(None)):
        raise StillAtWork
    close_account(session, account_id=account.id, by=by, now=now)
    account.pin_hash = None
    session.flush()
    for table in (LoginSlip, SignIn):
        session.execute(delete(table).where(table.account_id == account.id))
