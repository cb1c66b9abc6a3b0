"""Who may act for whom in training, read inside the transaction that acts.

Memberships are read afresh: a deputy who leaves a team loses the right at once, whatever the
signed-in session remembers.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Row, and_, bindparam, case, select
from sqlalchemy.orm import Session, aliased

from lms.access import Actor
from lms.areas.models import Area
from lms.db import row_exists
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.teams.models import Membership, Team
from lms.training.models import Call, Seat, TrainingClass

_BY_RANK = case({"leader": 0, "deputy": 1}, value=Membership.role, else_=2)


class NotLeader(Refused):
    """A plain member may not register the team; the unit sends its leader or deputy (S1, item 3)."""

    def __init__(self) -> None:
        super().__init__(
            "Chỉ tổ trưởng hoặc tổ phó đăng ký nhu cầu tập huấn cho tổ. Chưa ghi gì cả.",
            remedy="Hãy nhờ tổ trưởng, tổ phó hoặc cán bộ xã đăng ký giúp.",
        )


class NoLongerInTeam(Refused):
    """Somebody who has left the team has no more say in it."""

    def __init__(self) -> None:
        super().__init__(
            "Anh/chị không còn trong tổ này nên không làm thay tổ được. Chưa ghi gì cả.",
            remedy="Nếu có nhầm lẫn, hãy báo cán bộ xã.",
        )


@dataclass(frozen=True)
class Standing:
    """In what capacity somebody speaks for a team: leader, deputy or clerk; and whom they name, as what."""

    team: Row[Any]
    province_code: str
    role: str
    nominee_role: str | None = None

    @property
    def is_proxy(self) -> bool:
        """Say whether this is the commune speaking for the team."""
        return self.role == "clerk"


def speak_for_team(session: Session, by: Actor, team_id: int, nominee: int | None = None) -> Standing:
    """Return in what capacity the person speaks for the team, and the role of whom they name, by one statement.

    Raises:
        NotLeader: a plain member of the team.
        NoLongerInTeam: once a member, not any more.
        NotFound: a stranger to the team.
    """
    of = {"team": team_id, "speaker": by.person_id, "nominee": nominee}
    team = session.connection().execute(TEAM_AND_SPEAKER, of).first()
    if team is None:
        raise NotFound(f"team {team_id}")
    return standing_on(session, by, team)


def standing_on(session: Session, by: Actor, team: Row[Any]) -> Standing:
    """Return what a row read by `TEAM_AND_SPEAKER` says of the person, or refuse as `speak_for_team` does."""
    province_code, role = team.province_code or "", team.role
    if role in ("leader", "deputy"):
        return Standing(team, province_code, role, team.nominee_role)
    if team.commune_code in by.communes:
        return Standing(team, province_code, "clerk", team.nominee_role)
    if role is not None:
        raise NotLeader
    if row_exists(session, Membership, Membership.team_id == team.id, Membership.person_id == by.person_id):
        raise NoLongerInTeam
    raise NotFound(f"team {team.id}")


def members_by_rank(session: Session, team_id: int) -> list[int]:
    """Return the ids of the team's members: leader, deputies, then the others in roster order."""
    return list(session.connection().scalars(_MEMBERS, {"team": team_id}))


def leaders_of(session: Session, team_id: int) -> list[int]:
    """Return the ids of the team's leader and deputies."""
    return list(session.connection().scalars(_LEADERS, {"team": team_id}))


def need_officer(by: Actor, province_code: str, what: str) -> None:
    """Let only the province's officer go on.

    Raises:
        NotFound: for everybody else the thing does not exist.
    """
    if province_code not in by.provinces:
        raise NotFound(what)


def own_class(session: Session, by: Actor, class_id: int) -> TrainingClass:
    """Return a class of the officer's province.

    Raises:
        NotFound: no such class, or another province's.
    """
    row = session.get(TrainingClass, class_id)
    if row is None or row.province_code not in by.provinces:
        raise NotFound(f"class {class_id}")
    return row


def own_call(session: Session, by: Actor, call_id: int) -> Call:
    """Return a call of the officer's province.

    Raises:
        NotFound: no such call, or another province's.
    """
    row = session.get(Call, call_id)
    if row is None or row.province_code not in by.provinces:
        raise NotFound(f"call {call_id}")
    return row


def voice_for_seat(session: Session, by: Actor, seat: Seat) -> Standing | None:
    """Return in what capacity somebody answers for a seat, or None when it is their own.

    Raises:
        NotLeader, NoLongerInTeam: people of the team who do not lead it.
        NotFound: a stranger.
    """
    if by.person_id is not None and seat.person_id == by.person_id:
        return None
    return speak_for_team(session, by, seat.team_id)


def answer_for_seat(session: Session, by: Actor, seat: Seat) -> int | None:
    """Let the person, the team's leader or deputy, or the commune's clerk go on.

    Returns the person on whose behalf they speak, or None when they speak for themselves.

    Raises:
        NotLeader, NoLongerInTeam: people of the team who do not lead it.
        NotFound: a stranger.
    """
    return None if voice_for_seat(session, by, seat) is None else seat.person_id


def name_of(session: Session, person_id: int) -> str:
    """Return the person's full name."""
    return session.connection().scalars(_NAME, {"person": person_id}).one()


def team_with_province(session: Session, team_id: int) -> tuple[Row[Any], str]:
    """Return a standing team with the code of its province.

    Raises:
        NotFound: no such team, or it has ended.
    """
    found: Row[Any] | None = session.connection().execute(_TEAM, {"team": team_id}).first()
    if found is None:
        raise NotFound(f"team {team_id}")
    return found, found.province_code or ""


# Put together once: most of them are asked under the lock of a class, while others wait.
_TEAM_ID: Any = bindparam("team", type_=Integer())
_TEAM: Any = (
    select(Team.id, Team.name, Team.commune_code, Area.parent_code.label("province_code"))
    .join(Area, Area.code == Team.commune_code)
    .where(Team.id == _TEAM_ID, Team.ended_at.is_(None))
)
_SPEAKER, _NOMINEE = aliased(Membership), aliased(Membership)


def _live_in_team(membership: Any, name: str) -> Any:
    person = bindparam(name, type_=Integer())
    return and_(membership.team_id == Team.id, membership.person_id == person, membership.left_at.is_(None))


TEAM_AND_SPEAKER = (
    _TEAM.outerjoin(_SPEAKER, _live_in_team(_SPEAKER, "speaker"))
    .outerjoin(_NOMINEE, _live_in_team(_NOMINEE, "nominee"))
    .add_columns(_SPEAKER.role, _NOMINEE.role.label("nominee_role"))
)
_MEMBERS = (
    select(Membership.person_id)
    .where(Membership.team_id == _TEAM_ID, Membership.left_at.is_(None))
    .order_by(_BY_RANK, Membership.position, Membership.id)
)
_LEADERS = _MEMBERS.where((Membership.role == "leader") | (Membership.role == "deputy"))
_NAME = select(Person.full_name).where(Person.id == bindparam("person"))
