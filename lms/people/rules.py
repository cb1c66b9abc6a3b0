"""Make persons and accounts, hand out slips, let people in, and note what they agreed to."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.people.codes import code_hash, new_member_code, new_nonce, read_code, slip_code
from lms.people.models import Account, AreaRole, Consent, LoginSlip, Person, SignIn
from lms.people.pins import check_pin_strength
from lms.people.signing_in import SignInPolicy, end_sessions, forget_wrong_tries
from lms.words import fold, name_key, nfc, sort_key


class SlipUnusable(Refused):
    """The slip's code is unknown, used, replaced or too old."""

    def __init__(self) -> None:
        super().__init__(
            "Phiếu này không dùng được nữa: đã dùng rồi, đã thay bằng phiếu mới, hoặc quá hạn.",
            remedy="Nếu đã có mã PIN, hãy đăng nhập bằng số điện thoại. Nếu chưa, xin cán bộ xã phiếu mới.",
        )


class ConsentMissing(Refused):
    """Nothing can be kept about learning without the person's yes (Luật 91/2025/QH15 Điều 9)."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Anh/chị chưa đánh dấu đồng ý cho lưu kết quả học, nên chưa tạo mã PIN. Chưa lưu gì cả.")


class ConsentWithdrawn(Refused):
    """The person took back their yes; nothing more is kept for that purpose."""

    def __init__(self) -> None:
        super().__init__(
            "Anh/chị đã rút lại đồng ý cho lưu kết quả học, nên bài này không được ghi. Kết quả cũ vẫn còn nguyên.",
            remedy="Muốn học tiếp có ghi kết quả, hãy đồng ý lại ở trang “Dữ liệu của tôi”.",
        )


def add_person(session: Session, *, full_name: str, phone: str | None, phone_note: str = "", now: datetime) -> Person:
    """Add somebody by name; the phone identifies nobody."""
    person = Person(**person_values(full_name, phone, phone_note, now))
    session.add(person)
    session.flush()
    return person


def person_values(full_name: str, phone: str | None, phone_note: str, now: datetime) -> dict[str, object]:
    """Return the columns of a person, for adding many at once."""
    name = nfc(full_name)
    return {
        "full_name": name,
        "name_key": name_key(name),
        "fold": fold(name),
        "sort_key": sort_key(name),
        "phone": phone,
        "phone_note": phone_note,
        "created_at": now,
    }


def open_accounts(session: Session, person_ids: Sequence[int], *, now: datetime) -> None:
    """Give an account with a member code to each person who has none."""
    if not person_ids:
        return
    having: set[int] = set()
    for start in range(0, len(person_ids), 5000):
        chunk = person_ids[start : start + 5000]
        having |= set(session.scalars(select(Account.person_id).where(Account.person_id.in_(chunk))))
    wanting = [p for p in dict.fromkeys(person_ids) if p not in having]
    codes: set[str] = set()
    while len(codes) < len(wanting):
        codes.add(new_member_code())
        if len(codes) == len(wanting):
            codes -= _taken(session, codes)
    rows = [
        {"person_id": person_id, "code": code, "created_at": now}
        for person_id, code in zip(wanting, codes, strict=True)
    ]
    if rows:
        session.execute(insert(Account), rows)


def account_of(session: Session, person_id: int) -> Account:
    """Return a person's account.

    Raises:
        NotFound: this person has none.
    """
    account = session.scalar(select(Account).where(Account.person_id == person_id))
    if account is None:
        raise NotFound(f"account of person {person_id}")
    return account


def grant_role(session: Session, *, account_id: int, role: str, area_code: str, by: Actor, now: datetime) -> None:
    """Give a task in an area; giving it twice changes nothing."""
    live = select(AreaRole).where(
        AreaRole.account_id == account_id,
        AreaRole.role == role,
        AreaRole.area_code == area_code,
        AreaRole.ended_at.is_(None),
    )
    if session.scalar(live) is None:
        session.add(
            AreaRole(account_id=account_id, role=role, area_code=area_code, granted_at=now, granted_by_id=by.account_id)
        )
        record(session, by=by, verb="grant_role", kind="account", object_id=account_id, area=area_code,
               detail={"role": role}, now=now)  # fmt: skip
        session.flush()


def issue_slips(
    session: Session, account_ids: Sequence[int], *, by: Actor, secret: str, days: int, now: datetime
) -> list[LoginSlip]:
    """Make a new slip for each account; earlier unused slips of theirs stop working.

    A new slip also ends a waiting time after wrong PINs: the clerk has seen the person.
    """
    session.execute(
        update(LoginSlip)
        .where(LoginSlip.account_id.in_(account_ids), LoginSlip.used_at.is_(None), LoginSlip.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    forget_wrong_tries(session, account_ids, secret=secret)
    slips = []
    for account_id in account_ids:
        nonce = new_nonce()
        hashed = code_hash(secret, slip_code(secret, nonce))
        slips.append(
            LoginSlip(account_id=account_id, nonce=nonce, code_hash=hashed, issued_at=now,
                      issued_by_id=by.account_id, expires_at=now + timedelta(days=days))
        )  # fmt: skip
    session.add_all(slips)
    session.flush()
    return slips


def find_slip(session: Session, typed_code: str, *, secret: str, now: datetime) -> LoginSlip:
    """Return the live slip that carries this code.

    Raises:
        SlipUnusable: unknown, used, replaced or too old; the answer is the same for all.
    """
    hashed = code_hash(secret, read_code(typed_code))
    slip = session.scalar(select(LoginSlip).where(LoginSlip.code_hash == hashed))
    if slip is None or slip.used_at or slip.revoked_at or slip.expires_at <= now:
        raise SlipUnusable
    return slip


def enter_by_slip(
    session: Session,
    typed_code: str,
    *,
    pin: str,
    pin_hash: str,
    consents: dict[str, str],
    secret: str,
    now: datetime,
) -> Account:
    """Set the person's PIN by their slip, and note each purpose they agreed to.

    Every device signed in before is signed out: the slip may have been asked for because one was lost.

    Raises:
        SlipUnusable: the slip cannot be used (any more).
        WeakPin: the PIN is too easy.
        ConsentMissing: the learning record was not agreed to, and was not before either.
    """
    slip = find_slip(session, typed_code, secret=secret, now=now)
    account = locked(session, Account, slip.account_id)
    person = session.get_one(Person, account.person_id)
    check_pin_strength(pin, person.phone)
    agreed = set(session.scalars(select(Consent.purpose).where(_live_consents(person.id)))) | set(consents)
    if "learning" not in agreed:
        raise ConsentMissing
    used = session.execute(
        update(LoginSlip)
        .where(LoginSlip.id == slip.id, LoginSlip.used_at.is_(None), LoginSlip.revoked_at.is_(None))
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise SlipUnusable
    for purpose, wording in consents.items():
        give_consent(session, person_id=person.id, purpose=purpose, wording=wording, means="phiếu", now=now)
    account.pin_hash, account.pin_set_at = pin_hash, now
    end_sessions(session, account.id, now=now)
    return account


def begin_session(session: Session, account: Account, *, device: str, policy: SignInPolicy, now: datetime) -> str:
    """Note that a device is signed in and return its token."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(token=token, account_id=account.id, device=nfc(device)[:160], started_at=now,
               expires_at=now + policy.stay)
    )  # fmt: skip
    session.flush()
    return token


def end_session(session: Session, token: str, *, account_id: int, now: datetime) -> None:
    """Sign one of the person's own devices out."""
    session.execute(
        update(SignIn)
        .where(SignIn.token == token, SignIn.account_id == account_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def give_consent(session: Session, *, person_id: int, purpose: str, wording: str, means: str, now: datetime) -> None:
    """Note a person's yes to one purpose in the wording they read."""
    live = select(Consent.id).where(_live_consents(person_id), Consent.purpose == purpose)
    if session.scalar(live) is None:
        session.add(Consent(person_id=person_id, purpose=purpose, wording=wording, means=means, given_at=now))
        session.flush()


def change_email(session: Session, *, by: Actor, email: str, now: datetime) -> None:
    """Note where the person wants to be written to, or that they do not want it any more.

    The journal says that it was changed, never what it was: an address taken back is gone.
    """
    person = session.get_one(Person, by.person_id)
    person.email = email.strip() or None
    verb = "give_email" if person.email else "remove_email"
    record(session, by=by, verb=verb, kind="person", object_id=person.id, now=now)


def withdraw_consent(session: Session, *, by: Actor, purpose: str, now: datetime) -> None:
    """Take back one's yes to one purpose; the stated use stops."""
    session.execute(
        update(Consent).where(_live_consents(by.person_id), Consent.purpose == purpose).values(withdrawn_at=now)
    )
    record(session, by=by, verb="withdraw_consent", kind="person", object_id=by.person_id,
           detail={"purpose": purpose}, now=now)  # fmt: skip


def _live_consents(person_id: int | None):  # type: ignore[no-untyped-def]
    return (Consent.person_id == person_id) & Consent.withdrawn_at.is_(None)


def _taken(session: Session, codes: set[str]) -> set[str]:
    taken: set[str] = set()
    ordered = sorted(codes)
    for start in range(0, len(ordered), 5000):
        taken |= set(session.scalars(select(Account.code).where(Account.code.in_(ordered[start : start + 5000]))))
    return taken


def refuse_after_withdrawal(by: Actor) -> None:
    """Stop keeping what a person learns once they took back their yes (Luật 91/2025/QH15 Điều 4).

    Raises:
        ConsentWithdrawn: there was a yes, and there is none now.
    """
    if not by.may_be_recorded:
        raise ConsentWithdrawn


def end_role(session: Session, *, account_id: int, role: str, area_code: str, by: Actor, now: datetime) -> None:
    """End a task in an area; what it opened is closed from the next request on.

    Raises:
        NotFound: this account has no such task.
    """
    live = session.scalar(
        select(AreaRole).where(
            AreaRole.account_id == account_id,
            AreaRole.role == role,
            AreaRole.area_code == area_code,
            AreaRole.ended_at.is_(None),
        )
    )
    if live is None:
        raise NotFound(f"{role} {area_code}")
    live.ended_at = now
    record(session, by=by, verb="end_role", kind="account", object_id=account_id, area=area_code,
           detail={"role": role}, now=now)  # fmt: skip


def close_account(session: Session, *, account_id: int, by: Actor, now: datetime) -> None:
    """Close an account: its devices are signed out, its slips stop working; what was learned stays."""
    account = locked(session, Account, account_id)
    account.closed_at = account.closed_at or now
    end_sessions(session, account_id, now=now)
    session.execute(
        update(LoginSlip)
        .where(LoginSlip.account_id == account_id, LoginSlip.used_at.is_(None), LoginSlip.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    record(session, by=by, verb="close_account", kind="account", object_id=account_id, now=now)
