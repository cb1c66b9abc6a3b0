"""The one query layer of reports: an area and a period in, every number out.

The state shown is that of the cut-off (or of now, while the period runs), counted from records
that carry their moment. So a report of a closed period stays as it was, and what is entered
late falls into the next one. For the running period the numbers are those of the counters.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, and_, case, cast, func, not_, or_, select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.certificates.models import Certificate
from lms.clock import vn_date
from lms.learning.models import ProgrammeCompletion, SkillCompletion
from lms.library.models import Programme
from lms.library.queries import courses_now, skill_titles
from lms.reports.columns import SHARE, Column, columns_for, new_column, skill_column
from lms.reports.periods import Period
from lms.teams.models import Membership, Team
from lms.training.evidence import THERE, own_words
from lms.training.models import AttendanceMark, Seat, TrainingClass

_CAME = ("confirmed", "completed", "incomplete", "no_show")


@dataclass(frozen=True)
class Line:
    """One row of a report: whose numbers, and the numbers by column key."""

    key: str
    name: str
    counts: Mapping[str, int | float]


@dataclass(frozen=True)
class Report:
    """An area's numbers in a period, by commune or by team, with the totals.

    A total is counted on its own and never added up: who is in two communes is one person.
    `programmes` says by title how many people completed each whole programme.
    """

    area: Area
    period: Period
    as_of: datetime
    is_open: bool
    columns: tuple[Column, ...]
    rows: tuple[Line, ...]
    total: Line
    without_teams: tuple[str, ...]
    late_classes: int
    pending_classes: int
    programmes: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_province(self) -> bool:
        """Say whether the rows are communes; otherwise they are teams."""
        return self.area.parent_code is None

    @property
    def row_label(self) -> str:
        """Return what a row stands for."""
        return "Xã, phường" if self.is_province else "Tổ"


def report_on(session: Session, area: Area, period: Period, *, now: datetime) -> Report:
    """Count everything a report says about an area in a period."""
    tally = _Tally(session, _Scope.of(area), period.starts_at, period.as_of(now))
    tally.count_teams()
    tally.count_skills()
    tally.count_training(period)
    tally.count_certificates()
    skills = _skills_to_show(session, tally)
    names = _names(session, area, tally)
    rows = tuple(Line(key, name, _finished(tally.rows[key])) for key, name in names.items() if key in tally.rows)
    return Report(
        area=area,
        period=period,
        as_of=period.as_of(now),
        is_open=period.is_open(now),
        columns=columns_for(skills),
        rows=rows,
        total=Line(area.code, f"Cả {area.full_name}", _finished(tally.total)),
        without_teams=_without_teams(area, names, tally),
        late_classes=tally.total["late"],
        pending_classes=_pending(tally, period),
        programmes=tally.count_programmes(),
    )


@dataclass(frozen=True)
class _Scope:
    """Which teams belong to the area, and what a row of its report is."""

    within: ColumnElement[bool]
    row: SQLColumnExpression[str]

    @classmethod
    def of(cls, area: Area) -> "_Scope":
        if area.parent_code is not None:
            return cls(Team.commune_code == area.code, cast(Team.id, String(20)))
        communes = select(Area.code).where(Area.parent_code == area.code)
        return cls(Team.commune_code.in_(communes), Team.commune_code)


@dataclass
class _Tally:
    """The numbers found so far, by row and in all."""

    session: Session
    scope: _Scope
    since: datetime
    until: datetime
    rows: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    total: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def count_teams(self) -> None:
        """Count teams, and who sits in them in which role."""
        self.add(select().select_from(Team).where(self._team_lives()), teams=func.count(Team.id))
        self.add(
            self._members(),
            memberships=func.count(Membership.id),
            people=func.count(Membership.person_id.distinct()),
            leaders=func.count(case((Membership.role == "leader", Membership.id))),
            deputies=func.count(case((Membership.role == "deputy", Membership.id))),
        )

    def count_skills(self) -> None:
        """Count people with each skill, people with any, and completions that are new."""
        done = self._members().join(SkillCompletion, SkillCompletion.person_id == Membership.person_id)
        done = done.where(SkillCompletion.completed_at <= self.until)
        self.add(done, skilled=func.count(Membership.person_id.distinct()))
        is_new = SkillCompletion.completed_at >= self.since
        self.add(done.where(is_new), new=func.count(SkillCompletion.id.distinct()))
        people = func.count(Membership.person_id.distinct())
        self.add_by_skill(done, skill_column, people)
        self.add_by_skill(done.where(is_new), new_column, people)

    def count_programmes(self) -> dict[str, int]:
        """Count the people of the area who completed each programme in force, by its title."""
        done = self._members().join(ProgrammeCompletion, ProgrammeCompletion.person_id == Membership.person_id)
        done = done.where(self.scope.within, ProgrammeCompletion.completed_at <= self.until)
        key, people = ProgrammeCompletion.programme_key, func.count(Membership.person_id.distinct())
        counts = done.add_columns(key, people.label("people")).group_by(key).subquery()
        rows = self.session.execute(
            select(Programme.title, func.coalesce(counts.c.people, 0))
            .outerjoin(counts, counts.c.programme_key == Programme.key)
            .where(Programme.replaced_at.is_(None))
            .order_by(Programme.key)
        )
        return {title: count for title, count in rows}  # noqa: C416

    def count_training(self, period: Period) -> None:
        """Count finalised classes, attendances (lượt) and the people behind them (người)."""
        closed = self._in_period(TrainingClass.finalised_at)
        turn = func.row_number().over(
            partition_by=(AttendanceMark.seat_id, AttendanceMark.session_id),
            order_by=(AttendanceMark.happened_at.desc(), AttendanceMark.id.desc()),
        )
        said = (
            select(AttendanceMark.id, turn.label("turn"))
            .join(Seat, Seat.id == AttendanceMark.seat_id)
            .join(TrainingClass, TrainingClass.id == Seat.class_id)
            .where(closed, AttendanceMark.repeat_of_id.is_(None), not_(own_words()))
            .subquery()
        )
        latest = select(said.c.id).where(said.c.turn == 1)
        attended = (
            select()
            .select_from(AttendanceMark)
            .join(Seat, Seat.id == AttendanceMark.seat_id)
            .join(TrainingClass, TrainingClass.id == Seat.class_id)
            .join(Team, Team.id == Seat.team_id)
            .where(AttendanceMark.id.in_(latest), AttendanceMark.mark.in_(THERE))
        )
        before = case((TrainingClass.ends_on < period.first_day, TrainingClass.id))
        self.add(
            attended,
            classes=func.count(TrainingClass.id.distinct()),
            attendances=func.count(AttendanceMark.id),
            attendees=func.count(Seat.person_id.distinct()),
            late=func.count(before.distinct()),
        )

    def count_certificates(self) -> None:
        """Count certificates published and certificates revoked in the period, by the team they were given for."""
        for name, moment in (("issued", Certificate.published_at), ("revoked", Certificate.revoked_at)):
            papers = select().select_from(Certificate).join(Team, Team.id == Certificate.team_id)
            self.add(papers.where(self._in_period(moment)), **{name: func.count(Certificate.id)})

    def add(self, source: Select[Any], **measures: ColumnElement[int]) -> None:
        """Take the measures of a source for every row, and once more for the area as a whole."""
        source = source.where(self.scope.within)
        for row in self.session.execute(
            source.add_columns(self.scope.row, *measures.values()).group_by(self.scope.row)
        ):
            self._take(self.rows[row[0]], measures, row[1:])
        for row in self.session.execute(source.add_columns(*measures.values())):
            self._take(self.total, measures, row)

    def add_by_skill(self, source: Select[Any], column: Any, measure: ColumnElement[int]) -> None:
        """Take one measure for each skill, by row and as a whole."""
        source, skill = source.where(self.scope.within), SkillCompletion.skill_key
        by_row = source.add_columns(self.scope.row, skill, measure).group_by(self.scope.row, skill)
        for key, skill_key, count in self.session.execute(by_row):
            self.rows[key][column(skill_key)] = count
        for skill_key, count in self.session.execute(source.add_columns(skill, measure).group_by(skill)):
            self.total[column(skill_key)] = count

    @staticmethod
    def _take(counts: dict[str, int], measures: Mapping[str, Any], values: Any) -> None:
        counts.update({name: value or 0 for name, value in zip(measures, values, strict=True)})

    def _team_lives(self) -> ColumnElement[bool]:
        return and_(Team.created_at <= self.until, or_(Team.ended_at.is_(None), Team.ended_at > self.until))

    def _members(self) -> Select[Any]:
        is_in = and_(
            Membership.joined_at <= self.until, or_(Membership.left_at.is_(None), Membership.left_at > self.until)
        )
        return (
            select().select_from(Membership).join(Team, Team.id == Membership.team_id).where(is_in, self._team_lives())
        )

    def _in_period(self, moment: Any) -> ColumnElement[bool]:
        return and_(moment >= self.since, moment <= self.until)


def _finished(counts: Mapping[str, int]) -> dict[str, int | float]:
    """Add the share per cent, to one decimal, computed here and nowhere else."""
    people = counts.get("people", 0)
    share = round(100 * counts.get("skilled", 0) / people, 1) if people else 0.0
    return {**counts, SHARE: share}


def _skills_to_show(session: Session, tally: _Tally) -> dict[str, str]:
    taught = {skill for now in courses_now(session) for skill in now.course.skills}
    titles = skill_titles(session)
    return {key: title for key, title in titles.items() if key in taught or tally.total.get(skill_column(key))}


def _names(session: Session, area: Area, tally: _Tally) -> dict[str, str]:
    """Return the names of all rows in the Vietnamese order; of a province, every commune in force."""
    if area.parent_code is None:
        communes = session.execute(
            select(Area.code, Area.kind, Area.name, Area.ended_on)
            .where(Area.parent_code == area.code)
            .order_by(Area.sort_key, Area.code)
        )
        return {c.code: f"{c.kind} {c.name}" for c in communes if c.ended_on is None or c.code in tally.rows}
    teams = session.execute(
        select(Team.id, Team.name).where(Team.commune_code == area.code).order_by(Team.sort_key, Team.id)
    )
    return {str(team_id): name for team_id, name in teams}


def _without_teams(area: Area, names: Mapping[str, str], tally: _Tally) -> tuple[str, ...]:
    if area.parent_code is not None:
        return ()
    return tuple(name for code, name in names.items() if not tally.rows.get(code, {}).get("teams"))


def _pending(tally: _Tally, period: Period) -> int:
    """Count classes whose last day lies in the period but whose results were not fixed by its end."""
    query = (
        select(func.count(TrainingClass.id.distinct()))
        .join(Seat, Seat.class_id == TrainingClass.id)
        .join(Team, Team.id == Seat.team_id)
        .where(
            tally.scope.within,
            TrainingClass.ends_on.between(period.first_day, period.last_day),
            TrainingClass.ends_on <= vn_date(tally.until),
            or_(TrainingClass.finalised_at.is_(None), TrainingClass.finalised_at > tally.until),
            TrainingClass.state != "cancelled",
            Seat.state.in_(_CAME),
        )
    )
    return tally.session.scalar(query) or 0
