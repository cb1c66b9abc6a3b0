"""Tables of people: person, account, role in an area, slip, session, consent."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, SortKey, UtcDateTime, one_where

ROLES = ("clerk", "trainer", "officer")


class Person(Base):
    """Somebody by name; the phone may be shared, missing or changed, so it identifies nobody."""

    __tablename__ = "lms_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(160), index=True)
    fold: Mapped[str] = mapped_column(String(160), index=True)
    sort_key: Mapped[str] = mapped_column(SortKey)
    phone: Mapped[str | None] = mapped_column(String(15), index=True)
    phone_note: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Account(Base):
    """The way in for one person. The member code is printed on the slip and tells a shared phone apart."""

    __tablename__ = "lms_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), unique=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    pin_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WrongPins(Base):
    """How often a PIN was wrong for one login, known or not, and until when that login waits.

    The login is kept as a keyed hash, so the table says neither who was tried nor who exists.
    """

    __tablename__ = "lms_wrong_pins"

    login_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("tries >= 0", name="tries_not_negative"),)


class AreaRole(Base):
    """A task in an area: clerk of a commune, trainer or officer of a province; from when, by whom."""

    __tablename__ = "lms_area_roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("lms_accounts.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    area_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by_id: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("role IN ('clerk', 'trainer', 'officer')", name="role_known"),
        one_where("uq_lms_area_roles_live", "account_id", "role", "area_code", where="ended_at IS NULL"),
    )


class LoginSlip(Base):
    """A printed one-time way in.

    The code is made from the nonce with the app's secret, so the database alone opens no account,
    and a slip can be printed by a background job without the code ever being stored.
    """

    __tablename__ = "lms_login_slips"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("lms_accounts.id"))
    nonce: Mapped[str] = mapped_column(String(32))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by_id: Mapped[int | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_where("uq_lms_login_slips_live", "account_id", where="used_at IS NULL AND revoked_at IS NULL"),
    )


class SignIn(Base):
    """One device on which somebody is signed in; ending it signs that device out."""

    __tablename__ = "lms_sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("lms_accounts.id"), index=True)
    device: Mapped[str] = mapped_column(String(160), default="")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Consent(Base):
    """A person's yes to one purpose in one wording: when, by what means, until when.

    Luật 91/2025/QH15 Điều 9: clear, specific, provable; silence is not consent.
    """

    __tablename__ = "lms_consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    wording: Mapped[str] = mapped_column(Text)
    means: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (one_where("uq_lms_consents_live", "person_id", "purpose", where="withdrawn_at IS NULL"),)
