"""Reads of people: what is kept about somebody, and where they are signed in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.journal.models import Notice
from lms.people.models import Account, AreaRole, Consent, Person, SignIn


def devices(session: Session, account_id: int, now: datetime) -> list[SignIn]:
    """Return the devices on which this account is signed in, newest first."""
    return list(
        session.scalars(
            select(SignIn)
            .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
            .order_by(SignIn.started_at.desc())
        )
    )


def consents(session: Session, person_id: int) -> list[Consent]:
    """Return every yes of this person, withdrawn ones too."""
    return list(session.scalars(select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)))


def open_purposes(session: Session, person_id: int, purposes: tuple[str, ...]) -> list[str]:
    """Return the purposes to which this person has no standing yes."""
    standing = {c.purpose for c in consents(session, person_id) if c.withdrawn_at is None}
    return [purpose for purpose in purposes if purpose not in standing]


def without_reminders(session: Session, person_ids: list[int]) -> set[int]:
    """Return those who have entered and do not agree to be reminded by message or call.

    Who has not entered yet was asked nothing: the roster's phone is there for the team's own work.
    """
    agreed = select(Consent.person_id).where(Consent.purpose == "reminders", Consent.withdrawn_at.is_(None))
    found = select(Account.person_id).where(
        Account.person_id.in_(person_ids), Account.pin_set_at.is_not(None), Account.person_id.not_in(agreed)
    )
    return set(session.scalars(found))


def addresses_of(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the e-mail address of those of these people who gave one."""
    found = select(Person.id, Person.email).where(
        Person.id.in_(person_ids), Person.email.is_not(None), Person.erased_at.is_(None)
    )
    return {person_id: email or "" for person_id, email in session.execute(found)}


def took_back(session: Session, person_ids: Sequence[int], purpose: str) -> set[int]:
    """Return those who had agreed to a purpose and do not any more; who was never asked is not among them."""
    standing = select(Consent.person_id).where(Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
    found = select(Consent.person_id).where(
        Consent.person_id.in_(person_ids), Consent.purpose == purpose, Consent.person_id.not_in(standing)
    )
    return set(session.scalars(found))


def kept_about(session: Session, person_id: int) -> dict[str, Any]:
    """Return the personal data of the people room about one person, as plain data."""
    person = session.get_one(Person, person_id)
    account = session.scalar(select(Account).where(Account.person_id == person_id))
    roles = session.execute(
        select(AreaRole.role, Area.kind, Area.name, AreaRole.granted_at)
        .join(Area, Area.code == AreaRole.area_code)
        .where(AreaRole.account_id == (account.id if account else -1), AreaRole.ended_at.is_(None))
    ).all()
    return {
        "ho_ten": person.full_name,
        "so_dien_thoai": person.phone,
        "thu_dien_tu": person.email,
        "ma_thanh_vien": account.code if account else None,
        "co_ho_so_tu": person.created_at.isoformat(),
        "nhiem_vu": [{"vai_tro": r[0], "dia_ban": f"{r[1]} {r[2]}", "tu": r[3].isoformat()} for r in roles],
        "thong_bao": [
            {"luc": notice.created_at.isoformat(), "noi_dung": notice.text}
            for notice in session.scalars(select(Notice).where(Notice.person_id == person_id).order_by(Notice.id))
        ],
        "dong_y": [
            {
                "muc_dich": c.purpose,
                "noi_dung": c.wording,
                "luc": c.given_at.isoformat(),
                "rut_luc": c.withdrawn_at.isoformat() if c.withdrawn_at else None,
            }
            for c in consents(session, person_id)
        ],
    }
