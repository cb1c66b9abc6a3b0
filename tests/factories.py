"""People, teams and tasks with visible defaults; each stores what it makes in a unit of its own."""

from datetime import UTC, datetime

from lms.access import SYSTEM, Actor
from lms.db import db_session, in_unit
from lms.entry import actor_by_account
from lms.people import rules as people
from lms.teams.models import Membership, Team
from lms.words import fold, name_key, place_sort_key

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
THANH_HOA = "38"
HAC_THANH = "14797"  # phường Hạc Thành, tỉnh Thanh Hóa


def make_person(name: str = "Nguyễn Văn An", phone: str | None = None, now: datetime = NOON) -> int:
    """Make a person with an account; return the person's id."""

    def work(session):
        person = people.add_person(session, full_name=name, phone=phone, now=now)
        people.open_accounts(session, [person.id], now=now)
        return person.id

    return in_unit(work)


def make_account(name: str = "Nguyễn Văn An", phone: str | None = None, *roles: tuple[str, str]) -> int:
    """Make somebody with an account and tasks like ("clerk", "14797"); return the account's id."""

    def work(session):
        person = people.add_person(session, full_name=name, phone=phone, now=NOON)
        people.open_accounts(session, [person.id], now=NOON)
        account = people.account_of(session, person.id)
        for role, area in roles:
            people.grant_role(session, account_id=account.id, role=role, area_code=area, by=SYSTEM, now=NOON)
        return account.id

    return in_unit(work)


def make_team(name: str = "Tổ dân phố 1", commune: str = HAC_THANH) -> int:
    """Make a team; return its id."""

    def work(session):
        keys = {"name_key": name_key(name), "fold": fold(name), "sort_key": place_sort_key(name)}
        team = Team(commune_code=commune, name=name, created_at=NOON, **keys)
        session.add(team)
        session.flush()
        return team.id

    return in_unit(work)


def join_team(team_id: int, person_id: int, role: str = "member") -> int:
    """Put a person into a team; return the membership's id."""

    def work(session):
        membership = Membership(team_id=team_id, person_id=person_id, role=role, joined_at=NOON)
        session.add(membership)
        session.flush()
        return membership.id

    return in_unit(work)


def account_id_of(person_id: int) -> int:
    """Return the account of a person."""
    session = db_session()
    account = people.account_of(session, person_id)
    return account.id


def actor_of(account_id: int) -> Actor:
    """Return the actor as a request would see them now."""
    actor = actor_by_account(account_id)
    assert actor is not None
    return actor


def member_of(team_id: int, name: str, role: str = "member", phone: str | None = None) -> tuple[int, int]:
    """Make a person in a team; return person id and account id."""
    person_id = make_person(name, phone)
    join_team(team_id, person_id, role)
    return person_id, account_id_of(person_id)


def officer(province: str = THANH_HOA, name: str = "Lê Thị Sở") -> int:
    """Make an officer; return the account's id."""
    return make_account(name, None, ("officer", province))


def clerk(commune: str = HAC_THANH, name: str = "Phạm Văn Xã") -> int:
    """Make a clerk; return the account's id."""
    return make_account(name, None, ("clerk", commune))


def trainer(province: str = THANH_HOA, name: str = "Hoàng Thị Giảng") -> int:
    """Make a trainer; return the account's id."""
    return make_account(name, None, ("trainer", province))
