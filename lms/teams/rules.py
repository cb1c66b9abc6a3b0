"""What may happen to teams: a roster comes in, a team is renamed or merged, people join, move, leave."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.areas.models import Area
from lms.areas.rules import find_area
from lms.db import announce, locked, touch
from lms.errors import NotFound, Refused
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.signals import roster_confirmed
from lms.teams.applying import carry_out
from lms.teams.gate import NOTHING_CHANGED
from lms.teams.matching import make_plan
from lms.teams.models import RosterImport, Team
from lms.teams.plan import CHANGED, LEFT, NEW, Plan
from lms.teams.queries import commune_as_written, members_of, state_of, team_for
from lms.teams.roster import LEADER, Roster
from lms.words import nfc


class PlanOutdated(Refused):
    """Somebody changed the commune's teams after this file was compared with them."""

    def __init__(self) -> None:
        super().__init__(
            f"Danh sách của xã đã được người khác sửa sau khi đọc tệp này. Tệp này chưa ghi gì. {NOTHING_CHANGED}",
            remedy="Bấm “Đọc lại tệp” để so với danh sách mới nhất.",
        )


class ImportEnded(Refused):
    """The file was confirmed or put aside before."""

    def __init__(self) -> None:
        super().__init__(
            "Tệp này đã được ghi hoặc đã bỏ từ trước. Không ghi thêm lần nữa.",
            remedy="Xem lịch sử nạp danh sách, hoặc tải tệp lên lại.",
        )


class NotReadYet(Refused):
    """The file has not been read, or could not be."""

    def __init__(self) -> None:
        super().__init__(
            f"Tệp này chưa đọc xong nên chưa ghi được. {NOTHING_CHANGED}",
            remedy="Chờ một lát rồi thử lại.",
        )


class TwoLeaders(Refused):
    """A team has one leader (S4: tổ trưởng, and one or two deputies)."""

    def __init__(self, team: str, leader: str) -> None:
        super().__init__(
            f"{team} đang có tổ trưởng là {leader}. Mỗi tổ chỉ có một tổ trưởng. {NOTHING_CHANGED}",
            remedy="Đổi chức vụ của tổ trưởng cũ, hoặc đánh dấu người đó đã rời tổ, rồi làm lại.",
        )


class TeamNameTaken(Refused):
    """The commune has a live team of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Xã đã có tổ tên “{name}”. {NOTHING_CHANGED}", remedy="Hãy chọn tên khác, hoặc gộp hai tổ.")


class CannotMerge(Refused):
    """The two are one team, ended, or of two communes."""

    def __init__(self) -> None:
        super().__init__(
            f"Chỉ gộp được hai tổ khác nhau đang hoạt động của cùng một xã. {NOTHING_CHANGED}",
            remedy="Hãy chọn một tổ khác của xã.",
        )


class AlreadyInTeam(Refused):
    """The person is a live member of that team."""

    def __init__(self, team: str) -> None:
        super().__init__(f"Người này đã ở trong {team}. {NOTHING_CHANGED}", remedy="Hãy chọn tổ khác.")


class MembershipEnded(Refused):
    """Somebody else moved the person or ended the membership after this page was opened."""

    def __init__(self) -> None:
        super().__init__(
            f"Người này đã được chuyển hoặc đã rời tổ từ trước. {NOTHING_CHANGED}",
            remedy="Mở lại trang của tổ để xem danh sách mới nhất.",
        )


def receive_roster(
    session: Session, *, by: Actor, commune_code: str, file_id: int | None, file_name: str, now: datetime,
    team: str = "", read_later: bool = True,
) -> RosterImport:  # fmt: skip
    """Take a roster file in; the worker reads it and compares it with the teams (S1, S2).

    Raises:
        NotFound: the commune is not this person's.
    """
    _commune(session, by, commune_code)
    row = RosterImport(
        commune_code=commune_code, file_id=file_id, file_name=nfc(file_name)[:200] or "tep",
        created_at=now, created_by_id=by.account_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if read_later:
        payload = {"import_id": row.id, "team": nfc(team)[:100]}
        row.job_id = queue_job(session, kind="roster.read", payload=payload, by=by, now=now).id
    return row


def preview_roster(session: Session, *, import_id: int, roster: Roster, now: datetime) -> Plan:
    """Compare the roster with the teams as they stand and keep the plan; nothing else is written.

    Raises:
        WrongCommune: every row belongs to another commune.
        ImportEnded: it was confirmed or put aside meanwhile.
    """
    row = locked(session, RosterImport, import_id)
    _must_be_open(row)
    area = find_area(session, row.commune_code)
    plan = make_plan(roster, commune_as_written(session, area), state_of(session, row.commune_code))
    row.form, row.plan, row.state_digest = plan.form, plan.to_json(), plan.digest
    row.refusal, row.read_at = "", now
    return plan


def refuse_roster(session: Session, *, import_id: int, refusal: Refused, now: datetime) -> None:
    """Keep the sentence that says why a file was not taken."""
    row = locked(session, RosterImport, import_id)
    row.refusal, row.read_at = f"{refusal.sentence} {refusal.remedy}".strip(), now


def confirm_roster(
    session: Session, *, by: Actor, import_id: int, leaving: Collection[int], now: datetime
) -> dict[str, int]:
    """Write a previewed roster into the teams, and end the memberships of those who left.

    `leaving` holds the memberships the clerk ticked; others missing from the file stay. All or
    nothing, under the commune's lock: two clerks importing at once cannot mix their lists.

    Raises:
        NotFound: the commune is not this person's.
        NotReadYet: there is no plan to confirm.
        ImportEnded: it was confirmed or put aside before.
        PlanOutdated: the teams changed since the plan was made.
        TwoLeaders: the file names a leader while the present one stays.
    """
    row = locked(session, RosterImport, import_id)
    _commune(session, by, row.commune_code)
    locked(session, Area, row.commune_code)
    _must_be_open(row)
    if row.plan is None or row.refusal:
        raise NotReadYet
    plan = Plan.from_json(row.plan)
    if state_of(session, row.commune_code).digest != row.state_digest:
        raise PlanOutdated
    gone = {line.membership_id for line in plan.lines if line.kind == LEFT and line.membership_id} & set(leaving)
    _check_leaders(plan, gone)
    team_ids = carry_out(session, plan, commune_code=row.commune_code, import_id=row.id, leaving=gone, now=now)
    row.confirmed_at, row.confirmed_by_id = now, by.account_id
    counts = {**plan.counts, LEFT: len(gone)}
    record(session, by=by, verb="confirm_roster", kind="roster", object_id=row.id, area=row.commune_code,
           detail={"file": row.file_name, "form": row.form, **counts}, now=now)  # fmt: skip
    touch(session, "teams", *team_ids)
    announce(session, roster_confirmed, import_id=row.id, commune_code=row.commune_code)
    return counts


def discard_roster(session: Session, *, by: Actor, import_id: int, now: datetime) -> RosterImport:
    """Put a roster aside; nothing of it is written.

    Raises:
        NotFound: the commune is not this person's.
        ImportEnded: it was confirmed or put aside before.
    """
    row = locked(session, RosterImport, import_id)
    _commune(session, by, row.commune_code)
    _must_be_open(row)
    row.discarded_at = now
    return row


def read_again(session: Session, *, by: Actor, import_id: int, now: datetime) -> RosterImport:
    """Compare the same file with the teams as they stand now; the earlier comparison is put aside.

    Raises:
        NotFound: the commune is not this person's.
        ImportEnded: it was confirmed or put aside before.
    """
    old = discard_roster(session, by=by, import_id=import_id, now=now)
    job = session.get(Job, old.job_id) if old.job_id is not None else None
    team = job.payload.get("team", "") if job is not None else ""
    return receive_roster(
        session, by=by, commune_code=old.commune_code, file_id=old.file_id, file_name=old.file_name, team=team, now=now
    )  # fmt: skip


def note_full_view(session: Session, *, by: Actor, team_id: int, now: datetime) -> tuple[Team, Area]:
    """Note in the journal that the full phone numbers of a team were shown.

    Raises:
        NotFound: the team is not this person's.
    """
    team, area = team_for(session, by, team_id)
    note_on_team(session, by, "show_phones", team, {"count": len(members_of(session, team.id))}, now)
    return team, area


def order_export(session: Session, *, by: Actor, commune_code: str, form: str, kind: str, now: datetime) -> int:
    """Ask for the commune's roster as a file, and note it in the journal; return the job.

    Raises:
        NotFound: the commune is not this person's.
    """
    note_export(session, by=by, commune_code=commune_code, form=form, kind=kind, now=now)
    payload = {"commune_code": commune_code, "form": form, "kind": kind}
    province = session.get_one(Area, commune_code).parent_code
    return queue_job(
        session, kind="roster.export", payload=payload, by=by, now=now, area=commune_code, province=province
    ).id


def note_export(session: Session, *, by: Actor, commune_code: str, form: str, kind: str, now: datetime) -> None:
    """Note in the journal that names and full numbers of a commune left the house as a file.

    Raises:
        NotFound: the commune is not this person's.
    """
    _commune(session, by, commune_code)
    people = sum(len(team.members) for team in state_of(session, commune_code).teams)
    record(
        session, by=by, verb="export_roster", kind="commune", object_id=commune_code, area=commune_code,
        detail={"form": form, "kind": kind, "count": people}, now=now,
    )  # fmt: skip


def _commune(session: Session, by: Actor, code: str) -> Area:
    area = find_area(session, code)
    if area.parent_code is None or not (by is SYSTEM or by.covers_commune(area.code, area.parent_code)):
        raise NotFound(f"commune {code}")
    return area


def _must_be_open(row: RosterImport) -> None:
    if row.confirmed_at or row.discarded_at:
        raise ImportEnded


def _check_leaders(plan: Plan, gone: Collection[int]) -> None:
    """Refuse a new leader for a team whose present one is missing from the file but stays."""
    staying = {
        line.team_key: line
        for line in plan.lines
        if line.kind == LEFT and line.role == LEADER and line.membership_id not in gone
    }
    for line in plan.lines:
        if line.kind in (NEW, CHANGED) and line.role == LEADER and line.team_key in staying:
            raise TwoLeaders(line.team, staying[line.team_key].name)


def note_on_team(session: Session, by: Actor, verb: str, team: Team, detail: dict[str, Any], now: datetime) -> None:
    """Add a line about a team to the journal."""
    record(session, by=by, verb=verb, kind="team", object_id=team.id, area=team.commune_code, detail=detail, now=now)
