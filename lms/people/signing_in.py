"""Sign in with phone and PIN: one login waits after wrong tries, nobody else does, and nobody learns who exists."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_moment
from lms.db import insert_into, locked
from lms.errors import Refused
from lms.people.models import Account, Person, SignIn, WrongPins
from lms.people.pins import check_pin_strength, hash_pin, pin_matches

_LONGEST_WAIT = timedelta(hours=12)


class SignInRefused(Refused):
    """Phone and PIN do not open an account; the sentence never says which of the two was wrong."""

    status = 422


class AccountWaits(Refused):
    """Too many wrong PINs: this login waits, nobody else does."""

    status = 422

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"Nhập sai mã PIN nhiều lần nên tài khoản này tạm khóa đến {vn_moment(until)}. Kết quả học vẫn còn nguyên.",
            remedy="Chờ đến giờ đó rồi thử lại, hoặc xin cán bộ xã phiếu đăng nhập mới.",
        )


@dataclass(frozen=True)
class SignInPolicy:
    """How often a PIN may be wrong, how long the login then waits, how long a device stays signed in."""

    tries: int
    wait: timedelta
    stay: timedelta


@dataclass(frozen=True)
class PinTry:
    """A PIN as it was tried, compared before any lock was taken: hashing is slow and must hold nobody up."""

    login_hash: str
    account_id: int | None
    pin_hash: str | None
    fits: bool


def try_pin(session: Session, *, login: str, pin: str, secret: str) -> PinTry:
    """Compare a PIN with the account behind a phone or member code; reads only.

    A shared phone opens nothing: its people use the member code on their slips.
    """
    found = _accounts_for(session, login)
    account = found[0] if len(found) == 1 else None
    fits = pin_matches(account.pin_hash if account else None, pin, secret)
    if account is None:
        return PinTry(_login_hash(secret, f"login:{login}"), None, None, False)
    return PinTry(_login_hash(secret, f"account:{account.id}"), account.id, account.pin_hash, fits)


def sign_in(session: Session, tried: PinTry, *, policy: SignInPolicy, now: datetime) -> int | Refused:
    """Return the account that the try opens, or the refusal; a wrong PIN is counted against that login alone.

    The refusal is returned, not raised, because the count of wrong tries must be stored. Each
    further round of wrong tries doubles the wait.
    """
    wrong = session.get(WrongPins, tried.login_hash, with_for_update=True, populate_existing=True)
    if wrong is not None and wrong.locked_until is not None and wrong.locked_until > now:
        return AccountWaits(wrong.locked_until)
    if tried.fits and tried.account_id is not None:
        account = locked(session, Account, tried.account_id)
        if account.pin_hash == tried.pin_hash and account.closed_at is None:
            if wrong is not None:
                session.delete(wrong)
            return account.id
    return _count_wrong_try(session, tried.login_hash, policy, now)


def change_pin(
    session: Session,
    tried: PinTry,
    *,
    by: Actor,
    new: str,
    new_hash: str,
    keep_token: str | None,
    policy: SignInPolicy,
    now: datetime,
) -> Refused | None:
    """Change one's own PIN; every other device is signed out. A wrong old PIN counts as at signing in.

    Raises:
        WeakPin: the new one is too easy.
    """
    opened = sign_in(session, tried, policy=policy, now=now)
    if isinstance(opened, AccountWaits):
        return opened
    if isinstance(opened, Refused) or opened != by.account_id:
        return SignInRefused("Mã PIN cũ chưa đúng. Mã PIN chưa thay đổi. Hãy nhập lại.")
    account = session.get_one(Account, opened)
    check_pin_strength(new, session.get_one(Person, account.person_id).phone)
    account.pin_hash, account.pin_set_at = new_hash, now
    end_sessions(session, account.id, but=keep_token, now=now)
    return None


def own_pin_try(session: Session, *, by: Actor, pin: str, secret: str) -> PinTry:
    """Compare one's own PIN, reads only."""
    account = session.get_one(Account, by.account_id)
    return try_pin(session, login=account.code, pin=pin, secret=secret)


def forget_wrong_tries(session: Session, account_ids: Sequence[int], *, secret: str) -> None:
    """End the waiting of these accounts: the clerk has seen the person."""
    hashes = [_login_hash(secret, f"account:{account_id}") for account_id in account_ids]
    session.execute(delete(WrongPins).where(WrongPins.login_hash.in_(hashes)))


def forget_old_tries(session: Session, *, now: datetime) -> None:
    """Drop counts of tries that are long past, and sessions that ran out."""
    session.execute(
        delete(WrongPins).where(
            WrongPins.last_at < now - timedelta(days=1),
            or_(WrongPins.locked_until.is_(None), WrongPins.locked_until < now),
        )
    )
    session.execute(delete(SignIn).where(SignIn.expires_at < now - timedelta(days=90)))


def end_sessions(session: Session, account_id: int, *, but: str | None = None, now: datetime) -> None:
    """Sign out every device of an account, or every other one."""
    for row in session.scalars(select(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))):
        if row.token != but:
            row.ended_at = now


def make_pin_hash(pin: str, secret: str) -> str:
    """Return the hash of a new PIN; slow on purpose, so made before any lock is taken."""
    return hash_pin(pin, secret)


def _accounts_for(session: Session, login: str) -> Sequence[Account]:
    return session.scalars(
        select(Account)
        .join(Person, Person.id == Account.person_id)
        .where(Account.closed_at.is_(None), or_(Person.phone == login, Account.code == login))
        .where(or_(Account.pin_hash.is_not(None), Account.code == login))
        .limit(2)
    ).all()


def _login_hash(secret: str, name: str) -> str:
    return hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()


def _count_wrong_try(session: Session, login_hash: str, policy: SignInPolicy, now: datetime) -> Refused:
    insert = insert_into(session, WrongPins).values(login_hash=login_hash, tries=1, last_at=now)
    session.execute(
        insert.on_conflict_do_update(index_elements=["login_hash"], set_={"tries": WrongPins.tries + 1, "last_at": now})
    )
    row = session.get_one(WrongPins, login_hash, populate_existing=True)
    if row.tries % policy.tries == 0:
        row.locked_until = now + min(policy.wait * 2 ** (row.tries // policy.tries - 1), _LONGEST_WAIT)
        return AccountWaits(row.locked_until)
    return SignInRefused(
        "Số điện thoại hoặc mã PIN chưa đúng.",
        remedy="Hãy thử lại. Nếu số này nhiều người dùng chung, nhập mã tài khoản in trên phiếu. "
        "Nếu quên mã PIN, xin cán bộ xã phiếu đăng nhập mới.",
    )
