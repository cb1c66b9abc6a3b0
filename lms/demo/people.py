"""Staff accounts, and rosters loaded the way a clerk loads them: read, previewed, confirmed."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache, partial

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.db import in_unit, row_exists
from lms.demo.province import PIN, ROSTERS, STAFF, RosterFile, StaffMember, days_before
from lms.entry import actor_by_account
from lms.errors import NotFound
from lms.files.rules import keep
from lms.people import rules as people
from lms.people.forms import CONSENTS
from lms.people.models import Account, Person
from lms.people.pins import check_pin_strength, hash_pin
from lms.teams import rules as teams
from lms.teams.models import RosterImport
from lms.teams.roster import read_roster


def employ_staff(anchor: datetime) -> None:
    """Make the accounts of officer, trainers and clerks."""
    for member in STAFF:
        in_unit(partial(_employ, member=member, now=days_before(anchor, 80, 8)))


def load_roster(file: RosterFile, anchor: datetime) -> None:
    """Load one roster file into its commune, as its clerk; a file that was confirmed is left alone."""
    data = (ROSTERS / file.name).read_bytes()
    said = read_roster(data, file.name)
    now = days_before(anchor, file.days_ago, 10)

    def work(session: Session) -> None:
        if row_exists(
            session, RosterImport, RosterImport.file_name == file.name, RosterImport.confirmed_at.is_not(None)
        ):
            return
        by = staff_actor(session, "clerk", file.commune, now)
        kept = keep(session, data, name=file.name, media_type="application/octet-stream", by=by, now=now)
        row = teams.receive_roster(
            session, by=by, commune_code=file.commune, file_id=kept.id, file_name=file.name, now=now, read_later=False
        )
        teams.preview_roster(session, import_id=row.id, roster=said, now=now)
        teams.confirm_roster(session, by=by, import_id=row.id, leaving=(), now=now)

    in_unit(work)


def let_in(session: Session, person_id: int, *, now: datetime) -> None:
    """Give a person the demonstration's PIN and their yes, as if they had come in by their slip."""
    account = people.account_of(session, person_id)
    if account.pin_hash is not None:
        return
    check_pin_strength(PIN, session.get_one(Person, person_id).phone)
    account.pin_hash, account.pin_set_at = _hashed_pin(), now
    for purpose, wording in CONSENTS.items():
        people.give_consent(session, person_id=person_id, purpose=purpose, wording=wording, means="phiếu", now=now)


def staff_actor(session: Session, role: str, area: str, now: datetime) -> Actor:
    """Return the first member of staff with a role in an area, as they act at that moment."""
    return member_actor(session, next(m for m in STAFF if (m.role, m.area) == (role, area)))


def member_actor(session: Session, member: StaffMember) -> Actor:
    """Return one member of staff as they act."""
    return _only(_actor_of(session, Person.phone == member.phone))


def person_actor(session: Session, person_id: int, now: datetime) -> Actor:
    """Return a person as they act at that moment."""
    return _only(_actor_of(session, Person.id == person_id))


def staff_accounts(session: Session, members: Iterable[StaffMember]) -> list[tuple[StaffMember, Account]]:
    """Return members of staff with their accounts."""
    found = []
    for member in members:
        query = select(Account).join(Person, Person.id == Account.person_id).where(Person.phone == member.phone)
        found.append((member, session.scalars(query).one()))
    return found


def _employ(session: Session, member: StaffMember, now: datetime) -> None:
    if row_exists(session, Person, Person.phone == member.phone):
        return
    person = people.add_person(session, full_name=member.name, phone=member.phone, now=now)
    people.open_accounts(session, [person.id], now=now)
    account = people.account_of(session, person.id)
    people.grant_role(session, account_id=account.id, role=member.role, area_code=member.area, by=SYSTEM, now=now)
    let_in(session, person.id, now=now)


@cache
def _hashed_pin() -> str:
    return hash_pin(PIN, current_app.config["LMS_SECRET_KEY"])


def _only(actor: Actor | None) -> Actor:
    if actor is None:
        raise NotFound("account of the demonstration")
    return actor


def _actor_of(session: Session, condition: ColumnElement[bool]) -> Actor | None:
    account_id = session.scalar(select(Account.id).join(Person, Person.id == Account.person_id).where(condition))
    return actor_by_account(account_id) if account_id is not None else None
