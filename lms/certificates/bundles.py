"""Many papers in one go: for a list, a commune or the whole province, to download, to print, or as files.

A bundle is ordered here and made by the worker (`bundling`). Names are personal data, so who took which bundle is
journalled, and after thirty days a bundle is dropped; it can be ordered again at any time. Files in a folder of
the server are for whoever keeps that folder, such as an archive: the school writes them and never deletes them.
"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.bundle_papers import Scope, find_scope, last_public
from lms.certificates.models import Bundle
from lms.clock import VIETNAM
from lms.db import db_session, in_unit, locked
from lms.errors import NotFound, Refused
from lms.journal.models import Job
from lms.journal.rules import queue_job, record

BUNDLE = "certificates.bundle"
FILES = "files"
FORM_WORDS = {
    "zip": "Mỗi người một tệp PDF, nén thành ZIP",
    "print": "Một tệp PDF để in hàng loạt",
    FILES: "Mỗi người một tệp PDF, ghi vào thư mục trên máy chủ",
}
KEPT = timedelta(days=30)
_FOLDER, _PUBLISH_FOLDER = "bo-giay", "giay-da-cap"


class NothingToBundle(Refused):
    """No paper of this list or place is public."""

    def __init__(self) -> None:
        super().__init__(
            "Chưa có giấy nào đã công bố nên chưa có gì để tải. Chưa thay đổi gì.",
            remedy="Hãy chờ hệ thống làm xong giấy rồi bấm lại.",
        )


class FormUnknown(Refused):
    """A bundle is made in one of the forms there are, and in a folder of the server for the department only."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn dạng tệp nên chưa làm gì.", remedy="Hãy chọn một trong các dạng ghi trên trang.")


class BundleUnderWay(Refused):
    """The same papers are being gathered in the same form, or that work is paused."""

    def __init__(self, bundle_id: int) -> None:
        super().__init__(
            f"Những giấy này đang được gom ở bộ giấy số {bundle_id}, đúng dạng này. Chưa gom thêm bộ nào.",
            remedy="Hãy chờ bộ đó xong. Nếu bộ đó đang tạm dừng thì bấm Làm tiếp, hoặc xóa bộ đó rồi gom lại.",
        )


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
        FormUnknown, NothingToBundle, BundleUnderWay: as they say.
    """
    scope = find_scope(session, by=by, list_id=list_id, commune_code=commune_code)
    if form not in forms_for(by, scope):
        raise FormUnknown
    last = last_public(session, scope, now=now)
    if last is None:
        raise NothingToBundle
    _drop_failed(session, scope, form)
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
    _begin(session, bundle, scope)
    _queue(session, bundle, by, now)
    _record(session, by, "order", bundle, now, form=form)
    return bundle


def forms_for(by: Actor, scope: Scope) -> dict[str, str]:
    """Return the forms in which this person may order these papers: only the department writes onto the server."""
    return {key: words for key, words in FORM_WORDS.items() if key != FILES or scope.province_code in by.provinces}


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
        wanted = wanted.where(*_for(scope))
    return [(bundle, job) for bundle, job in session.execute(wanted)]


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
    path = (published_folder(bundle) if bundle.form == FILES else folder_of(bundle_id)) / name
    if name not in {part["name"] for part in bundle.parts} or not path.is_file():
        raise NotFound(f"part {name} of bundle {bundle_id}")
    _record(session, by, "take", bundle, now, part=name)
    return path


def delete_bundle(session: Session, *, by: Actor, bundle_id: int, now: datetime) -> None:
    """Delete a bundle; what it holds to download goes within a minute, what lies in a folder of the server stays.

    The certificates themselves are not touched.

    Raises:
        NotFound: not this person's bundle.
    """
    bundle = own_bundle(session, by, bundle_id)
    _record(session, by, "delete", bundle, now)
    session.delete(bundle)


def go_on_with_bundle(session: Session, *, by: Actor, bundle_id: int, now: datetime) -> Bundle:
    """Gather the papers still missing from a bundle whose work has failed; its finished parts stay.

    Raises:
        NotFound: not of this person's province or commune, or finished already.
        BundleUnderWay: that work has not failed.
    """
    bundle = locked(session, Bundle, own_bundle(session, by, bundle_id).id)
    job = session.get(Job, bundle.job_id) if bundle.job_id is not None else None
    if bundle.made_at is not None:
        raise NotFound(f"unfinished bundle {bundle_id}")
    if job is not None and job.failed_at is None:
        raise BundleUnderWay(bundle_id)
    _queue(session, bundle, by, now)
    _record(session, by, "go_on", bundle, now)
    return bundle


def drop_old_bundles(now: datetime) -> None:
    """Drop bundles to download ordered over thirty days ago, and the files of all that are dropped or deleted.

    The files go after the rows, outside of any unit; what a stopped worker left behind goes the next minute.
    """
    old = delete(Bundle).where(Bundle.asked_at < now - KEPT, Bundle.form != FILES)
    in_unit(lambda session: session.execute(old))
    session = db_session()
    for folder in _all_bundles().glob("*"):
        if not folder.name.isdigit() or session.get(Bundle, int(folder.name)) is None:
            shutil.rmtree(folder, ignore_errors=True)
    session.rollback()


def folder_of(bundle_id: int) -> Path:
    """Return the folder of a bundle's parts."""
    return _all_bundles() / str(bundle_id)


def published_folder(bundle: Bundle) -> Path:
    """Return the folder into which a bundle is written as files; no other ever has the same, not even a later one."""
    config = current_app.config
    root = Path(config["LMS_PUBLISH_DIR"] or Path(config["LMS_DATA_DIR"]) / _PUBLISH_FOLDER).absolute()
    return root / f"bo-{bundle.id}-ngay-{bundle.asked_at.astimezone(VIETNAM):%Y-%m-%d-luc-%H-%M-%S}"


def _all_bundles() -> Path:
    return Path(current_app.config["LMS_DATA_DIR"]) / _FOLDER


def _begin(session: Session, bundle: Bundle, scope: Scope) -> None:
    """Store a new bundle, unless one like it is being made: which of two comes first the database decides."""
    try:
        with session.begin_nested():
            session.add(bundle)
    except IntegrityError as other:
        begun = session.scalars(select(Bundle.id).where(*_open(scope, bundle.form))).one()
        raise BundleUnderWay(begun) from other


def _queue(session: Session, bundle: Bundle, by: Actor, now: datetime) -> None:
    bundle.job_id = queue_job(
        session, kind=BUNDLE, payload={"bundle_id": bundle.id}, by=by, now=now,
        area=bundle.commune_code or bundle.province_code, province=bundle.province_code,
    ).id  # fmt: skip


def _drop_failed(session: Session, scope: Scope, form: str) -> None:
    """Let a bundle whose work has failed give way to a new one."""
    failed = select(Job.id).where(Job.id == Bundle.job_id, Job.failed_at.is_not(None))
    session.execute(delete(Bundle).where(*_open(scope, form), failed.exists()))


def _open(scope: Scope, form: str) -> tuple[ColumnElement[bool], ...]:
    return *_for(scope), Bundle.form == form, Bundle.made_at.is_(None)


def _for(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (
        Bundle.province_code == scope.province_code,
        Bundle.commune_code.is_not_distinct_from(scope.commune_code),
        Bundle.list_id.is_not_distinct_from(scope.list_id),
    )


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
