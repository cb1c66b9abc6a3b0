"""Which papers a bundle holds: of whom, by which press, of which commune, and in which order.

They are settled when the bundle is ordered: those public at that moment. What is revoked or replaced before its
turn comes stays out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.models import ApprovalList, Bundle, Certificate
from lms.db import row_exists
from lms.errors import NotFound


@dataclass(frozen=True)
class Scope:
    """Whose papers: of a list, of a commune, or of a whole province."""

    province_code: str
    commune_code: str | None = None
    list_id: int | None = None

    @property
    def papers(self) -> ColumnElement[bool]:
        """The condition that a certificate belongs to it."""
        if self.list_id is not None:
            return Certificate.list_id == self.list_id
        if self.commune_code is not None:
            return Certificate.commune_code == self.commune_code
        return Certificate.province_code == self.province_code


@dataclass(frozen=True)
class Press:
    """The way in which papers were made, and their template; those of one press can be bound into one print run."""

    way: str
    template_id: int | None

    @property
    def papers(self) -> ColumnElement[bool]:
        """The condition that a certificate was made so."""
        return and_(Certificate.way == self.way, Certificate.template_id.is_not_distinct_from(self.template_id))

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands among the presses of a bundle."""
        return self.way, self.template_id or 0


def find_scope(session: Session, *, by: Actor, list_id: int | None = None, commune_code: str | None = None) -> Scope:
    """Return whose papers are asked for: an officer's list or province, or a commune also of its clerk.

    Raises:
        NotFound: not of this person's province or commune.
    """
    if list_id is not None:
        province = session.scalar(select(ApprovalList.province_code).where(ApprovalList.id == list_id))
        if province is not None and province in by.provinces:
            return Scope(province, list_id=list_id)
    elif commune_code is not None:
        commune = session.get(Area, commune_code)
        if commune is not None and commune.parent_code and by.covers_commune(commune_code, commune.parent_code):
            return Scope(commune.parent_code, commune_code=commune_code)
    elif by.provinces:
        return Scope(by.provinces[0])
    raise NotFound("papers of elsewhere")


def scope_of(bundle: Bundle) -> Scope:
    """Return whose papers a bundle holds."""
    return Scope(bundle.province_code, bundle.commune_code, bundle.list_id)


def last_public(session: Session, scope: Scope, *, now: datetime) -> int | None:
    """Return the id of the newest paper that a bundle ordered now would hold, if it would hold any."""
    return session.scalar(select(func.max(Certificate.id)).where(*_public(scope, now)))


def count_public(session: Session, scope: Scope, *, now: datetime) -> int:
    """Return how many papers a bundle ordered now would hold."""
    return session.scalars(select(func.count()).select_from(Certificate).where(*_public(scope, now))).one()


def count_papers(session: Session, bundle: Bundle) -> int:
    """Return how many papers a bundle holds, or will."""
    return session.scalars(select(func.count()).select_from(Certificate).where(*_of_bundle(bundle))).one()


def presses_of(session: Session, bundle: Bundle) -> list[Press]:
    """Return by which ways and templates the papers of a bundle were made, always in the same order."""
    rows = session.execute(select(Certificate.way, Certificate.template_id).where(*_of_bundle(bundle)).distinct())
    return sorted((Press(str(way), template_id) for way, template_id in rows), key=lambda press: press.place)


def is_of_stem(session: Session, bundle: Bundle, press: Press, stem_file_id: int | None) -> bool:
    """Say whether all papers of a bundle and press begin with this stem, and none with one from before an upgrade."""
    others = (*_of_bundle(bundle), press.papers, Certificate.stem_file_id.is_distinct_from(stem_file_id))
    return not row_exists(session, Certificate, *others)


def communes_in(session: Session, bundle: Bundle) -> list[str | None]:
    """Return of which communes there are papers in a bundle, always in the same order; None stands for none."""
    found = session.scalars(select(Certificate.commune_code).where(*_of_bundle(bundle)).distinct())
    return sorted(found, key=lambda code: code or "")


def of_commune(code: str | None) -> ColumnElement[bool]:
    """The condition that a certificate is of a commune, or of none."""
    return Certificate.commune_code.is_not_distinct_from(code)


def next_papers(
    session: Session, bundle: Bundle, *, after: int, limit: int, among: ColumnElement[bool] | None = None
) -> Sequence[Certificate]:
    """Return the next papers of a bundle behind a certificate, of those among which are meant if any are."""
    wanted = select(Certificate).where(*_of_bundle(bundle), Certificate.id > after)
    if among is not None:
        wanted = wanted.where(among)
    return session.scalars(wanted.order_by(Certificate.id).limit(limit)).all()


def count_ended_since(session: Session, bundle: Bundle) -> int:
    """Return how many papers that are in the bundle have been revoked or replaced after it was made."""
    return session.scalars(
        select(func.count())
        .select_from(Certificate)
        .where(
            scope_of(bundle).papers,
            Certificate.id <= bundle.up_to_id,
            Certificate.published_at <= bundle.asked_at,
            or_(Certificate.revoked_at > bundle.asked_at, Certificate.superseded_at > bundle.asked_at),
        )
    ).one()


def _public(scope: Scope, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return scope.papers, Certificate.published_at <= at, and_(Certificate.is_live)


def _of_bundle(bundle: Bundle) -> tuple[ColumnElement[bool], ...]:
    return *_public(scope_of(bundle), bundle.asked_at), Certificate.id <= bundle.up_to_id
