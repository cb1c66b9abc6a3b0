"""Many papers in one go: for a list, a commune or the whole province, as ZIP files or for the printing house.

A bundle is ordered here and made by the worker (`bundling`). What it holds is settled when it is ordered: the
papers public at that moment. Names are personal data, so who took which bundle is journalled, and after
thirty days a bundle is dropped; it can be ordered again at any time.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.models import ApprovalList, Bundle, Certificate
from lms.db import db_session, in_unit, locked
from lms.errors import NotFound, Refused
from lms.journal.models import Job
from lms.journal.rules import queue_job, record

BUNDLE = "certificates.bundle"
FORM_WORDS = {"zip": "Mỗi người một tệp PDF, nén thành ZIP", "print": "Một tệp PDF để in hàng loạt"}
KEPT = timedelta(days=30)
_FOLDER = "bo-giay"


class NothingToBundle(Refused):
    """No paper of this list or place is public."""

    def __init__(self) -> None:
        super().__init__(
            "Chưa có giấy nào đã công bố nên chưa có gì để tải. Chưa thay đổi gì.",
            remedy="Hãy chờ hệ thống làm xong giấy rồi bấm lại.",
        )


class FormUnknown(Refused):
    """A bundle is made as ZIP files or as one PDF to print, and as nothing else."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn dạng tệp nên chưa làm gì.", remedy="Hãy chọn một trong hai dạng.")


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


def order_bundle(
    session: Session,
    *,
    by: Actor,
    form: str,
    list_id: int | None = None,
    commune_code: str | None = None,
    now: datetime,
) -> Bundle:
    """Order the published papers of a list, a commune, or else the officer's whole province, in one go.

    Raises:
        NotFound: not of this person's province or commune.
        FormUnknown, NothingToBundle: as they say.
    """
    scope = find_scope(session, by=by, list_id=list_id, commune_code=commune_code)
    if form not in FORM_WORDS:
        raise FormUnknown
    last = session.scalar(select(func.max(Certificate.id)).where(*_public(scope, now)))
    if last is None:
        raise NothingToBundle
    bundle = Bundle(
        form=form,
        province_code=scope.province_code,
        commune_code=scope.commune_code,
        list_id=scope.list_id,
        asked_at=now,
        asked_by_id=by.account_id or 0,
        up_to_id=last,
        parts=[],
    )
    session.add(bundle)
    session.flush()
    bundle.job_id = queue_job(
        session, kind=BUNDLE, payload={"bundle_id": bundle.id}, by=by, now=now,
        area=scope.commune_code or scope.province_code, province=scope.province_code,
    ).id  # fmt: skip
    _record(session, by, "order", bundle, now, form=form)
    return bundle


def own_bundle(session: Session, by: Actor, bundle_id: int) -> Bundle:
    """Return a bundle of the officer's province, or of the clerk's commune.

    Raises:
        NotFound: it is neither.
    """
    bundle = session.scalar(select(Bundle).where(Bundle.id == bundle_id, _of(by)))
    if bundle is None:
        raise NotFound(f"bundle {bundle_id}")
    return bundle


def own_bundles(session: Session, by: Actor, scope: Scope | None = None) -> list[tuple[Bundle, Job | None]]:
    """Return the bundles this person may take, with the job that makes each; the newest first."""
    wanted = select(Bundle, Job).outerjoin(Job, Job.id == Bundle.job_id).where(_of(by)).order_by(Bundle.id.desc())
    if scope is not None:
        wanted = wanted.where(
            Bundle.province_code == scope.province_code,
            Bundle.commune_code.is_not_distinct_from(scope.commune_code),
            Bundle.list_id.is_not_distinct_from(scope.list_id),
        )
    return [(bundle, job) for bundle, job in session.execute(wanted)]


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


def next_papers(
    session: Session, bundle: Bundle, *, after: int, limit: int, press: Press | None = None
) -> Sequence[Certificate]:
    """Return the next papers of a bundle behind a certificate, of one press if it is named.

    What has been revoked or replaced meanwhile stays out.
    """
    wanted = select(Certificate).where(*_of_bundle(bundle), Certificate.id > after)
    if press is not None:
        wanted = wanted.where(
            Certificate.way == press.way, Certificate.template_id.is_not_distinct_from(press.template_id)
        )
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


def add_part(session: Session, *, bundle_id: int, part: dict[str, Any]) -> None:
    """Note a part that stands finished in the bundle's folder.

    Raises:
        NotFound: the bundle was deleted meanwhile.
    """
    bundle = locked(session, Bundle, bundle_id)
    if part["name"] not in {kept["name"] for kept in bundle.parts}:
        bundle.parts = [*bundle.parts, part]


def close_bundle(session: Session, *, bundle_id: int, now: datetime) -> None:
    """Note that every part is made.

    Raises:
        NotFound: the bundle was deleted meanwhile.
    """
    bundle = locked(session, Bundle, bundle_id)
    bundle.made_at = bundle.made_at or now


def take_part(session: Session, *, by: Actor, bundle_id: int, name: str, now: datetime) -> Path:
    """Return where a finished part lies on the disk, and journal who takes it.

    Raises:
        NotFound: not this person's bundle, no such part, or its file is gone.
    """
    bundle = own_bundle(session, by, bundle_id)
    path = folder_of(bundle_id) / name
    if name not in {part["name"] for part in bundle.parts} or not path.is_file():
        raise NotFound(f"part {name} of bundle {bundle_id}")
    _record(session, by, "take", bundle, now, part=name)
    return path


def delete_bundle(session: Session, *, by: Actor, bundle_id: int, now: datetime) -> None:
    """Delete a bundle; its files go within a minute. The certificates themselves are not touched.

    Raises:
        NotFound: not this person's bundle.
    """
    bundle = own_bundle(session, by, bundle_id)
    _record(session, by, "delete", bundle, now)
    session.delete(bundle)


def drop_old_bundles(now: datetime) -> None:
    """Drop bundles ordered over thirty days ago, and the files of all that are dropped or deleted.

    The files go after the rows, outside of any unit; what a stopped worker left behind goes the next minute.
    """
    in_unit(lambda session: session.execute(delete(Bundle).where(Bundle.asked_at < now - KEPT)))
    session = db_session()
    for folder in _all_bundles().glob("*"):
        if not folder.name.isdigit() or session.get(Bundle, int(folder.name)) is None:
            shutil.rmtree(folder, ignore_errors=True)
    session.rollback()


def scope_of(bundle: Bundle) -> Scope:
    """Return whose papers a bundle holds."""
    return Scope(bundle.province_code, bundle.commune_code, bundle.list_id)


def folder_of(bundle_id: int) -> Path:
    """Return the folder of a bundle's parts."""
    return _all_bundles() / str(bundle_id)


def _all_bundles() -> Path:
    return Path(current_app.config["LMS_DATA_DIR"]) / _FOLDER


def _public(scope: Scope, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return scope.papers, Certificate.published_at <= at, and_(Certificate.is_live)


def _of_bundle(bundle: Bundle) -> tuple[ColumnElement[bool], ...]:
    return *_public(scope_of(bundle), bundle.asked_at), Certificate.id <= bundle.up_to_id


def _of(by: Actor) -> ColumnElement[bool]:
    return or_(
        Bundle.province_code.in_(by.provinces),
        Bundle.commune_code.in_(by.communes) & Bundle.list_id.is_(None),
    )


def _record(session: Session, by: Actor, verb: str, bundle: Bundle, now: datetime, **detail: object) -> None:
    place = {"commune": bundle.commune_code, "list": bundle.list_id}
    record(
        session, by=by, verb=f"{verb}_bundle", kind="certificate_bundle", object_id=bundle.id,
        area=bundle.commune_code or bundle.province_code, detail={**place, **detail}, now=now,
    )  # fmt: skip
