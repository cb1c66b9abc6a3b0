"""Delegations: the leader's word that a deputy runs the team for a while (S1: "khi được ủy quyền")."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_date, vn_day
from lms.db import locked, row_exists
from lms.errors import NotFound, Refused
from lms.journal.rules import notify, record
from lms.teams.models import Membership, Team
from lms.training.models import Delegation
from lms.training.standing import Standing, speak_for_team
from lms.words import nfc

LONGEST = timedelta(days=366)


class OnlyTheLeader(Refused):
    """Somebody else than the leader would hand the team over."""

    def __init__(self) -> None:
        super().__init__(
            "Chỉ tổ trưởng ủy quyền cho tổ phó được. Chưa ghi gì cả.",
            remedy="Hãy nhờ tổ trưởng ủy quyền.",
        )


class DelegationNotPossible(Refused):
    """Not to this person, or not for that long."""

    status = 422


def delegate(
    session: Session, *, by: Actor, team_id: int, person_id: int, until: date, now: datetime, reason: str = ""
) -> Delegation:
    """Let a deputy decide for the team up to a day; an earlier word to the same deputy is replaced.

    Raises:
        OnlyTheLeader: a deputy or clerk cannot give what is the leader's.
        DelegationNotPossible: not a deputy of the team, or a day that is over or far away.
        NotFound: a stranger's team.
    """
    standing = _as_leader(session, by, team_id)
    locked(session, Team, team_id)
    if not vn_date(now) <= until <= vn_date(now) + LONGEST:
        raise DelegationNotPossible("Ngày cuối phải từ hôm nay và trong vòng một năm. Hãy chọn lại ngày.")
    if not _is_deputy(session, team_id, person_id):
        raise DelegationNotPossible("Chỉ ủy quyền cho tổ phó của tổ. Hãy chọn lại người.")
    for earlier in session.scalars(_open(team_id).where(Delegation.person_id == person_id)).all():
        earlier.ended_at, earlier.ended_by_id = now, by.account_id
    session.flush()
    given = Delegation(
        team_id=team_id,
        person_id=person_id,
        given_by_id=by.account_id,
        given_at=now,
        until=until,
        reason=nfc(reason)[:300],
    )
    session.add(given)
    session.flush()
    _note(session, by, standing, given, "delegate_team", now)
    text = f"{by.name} ủy quyền cho anh/chị điều hành {standing.team.name} đến hết ngày {vn_day(until)}."
    _tell(session, given, "delegated", text, now)
    return given


def end_delegation(session: Session, *, by: Actor, delegation_id: int, now: datetime) -> Delegation:
    """Take the word back before its day.

    Raises:
        OnlyTheLeader: it is the leader's to take back.
        DelegationNotPossible: it has ended before.
        NotFound: a stranger's team.
    """
    given = session.get(Delegation, delegation_id, with_for_update=True, populate_existing=True)
    if given is None:
        raise NotFound(f"delegation {delegation_id}")
    standing = _as_leader(session, by, given.team_id)
    if given.ended_at is not None:
        raise DelegationNotPossible("Việc ủy quyền này đã thôi từ trước.")
    given.ended_at, given.ended_by_id = now, by.account_id
    session.flush()
    _note(session, by, standing, given, "end_delegation", now)
    _tell(session, given, "delegation-ended", f"{by.name} thôi ủy quyền điều hành {standing.team.name}.", now)
    return given


def decides_for_team(session: Session, by: Actor, standing: Standing, now: datetime) -> bool:
    """Say whether the person's word is the team's: leader, commune, a deputy by delegation or without a leader."""
    if standing.role != "deputy":
        return True
    team_id = standing.team.id
    has_leader = row_exists(
        session, Membership, Membership.team_id == team_id, Membership.role == "leader", Membership.left_at.is_(None)
    )
    return not has_leader or _is_delegated(session, team_id, by.person_id, now)


def _is_delegated(session: Session, team_id: int, person_id: int | None, now: datetime) -> bool:
    live = _open(team_id).where(Delegation.person_id == person_id, Delegation.until >= vn_date(now))
    return session.scalar(live) is not None


def _open(team_id: int) -> Select[Any]:
    return select(Delegation).where(Delegation.team_id == team_id, Delegation.ended_at.is_(None))


def _as_leader(session: Session, by: Actor, team_id: int) -> Standing:
    standing = speak_for_team(session, by, team_id)
    if standing.role != "leader":
        raise OnlyTheLeader
    return standing


def _is_deputy(session: Session, team_id: int, person_id: int) -> bool:
    return row_exists(
        session,
        Membership,
        Membership.team_id == team_id,
        Membership.person_id == person_id,
        Membership.role == "deputy",
        Membership.left_at.is_(None),
    )


def _note(session: Session, by: Actor, standing: Standing, given: Delegation, verb: str, now: datetime) -> None:
    detail = {"person": given.person_id, "until": given.until.isoformat(), "reason": given.reason}
    record(
        session, by=by, verb=verb, kind="team", object_id=given.team_id, area=standing.team.commune_code,
        detail=detail, now=now,
    )  # fmt: skip


def _tell(session: Session, given: Delegation, template: str, text: str, now: datetime) -> None:
    event = f"delegation-{given.id}-{template}"
    notify(session, person_id=given.person_id, template=template, event=event, text=text, path="/tap-huan/", now=now)
