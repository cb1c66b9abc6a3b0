"""Files are kept by content; uploads have a limit."""

import hashlib
from io import BytesIO

import pytest
from sqlalchemy import func, select

from lms.access import SYSTEM
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.files import rules, store
from lms.files.models import StoredFile, UnwantedBytes
from lms.learning.models import PrintedPaper
from lms.library.models import Course, CourseVersion, Draft, Media
from lms.rooms import HOLDERS
from tests.factories import NOON, THANH_HOA

LATER = NOON + rules.GRACE
SEAL = b"the pixels of a seal"


def test_a_kept_file_comes_back_byte_for_byte(app, unit):
    data = "Tổ công nghệ số".encode() * 1000

    digest = unit(lambda s: rules.keep(s, data, name="a.txt", media_type="text/plain", by=SYSTEM, now=NOON).sha256)

    assert digest == hashlib.sha256(data).hexdigest()
    assert store.read(digest) == data


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64])
def test_nothing_outside_the_store_can_be_read(app, digest):
    with pytest.raises(NotFound):
        store.read(digest)


def test_an_upload_over_the_limit_is_refused_before_it_is_read_whole():
    stream = BytesIO(b"x" * (3 * 1024 * 1024))

    with pytest.raises(rules.UploadTooLarge):
        rules.read_upload(stream, limit_mb=1)

    assert stream.tell() == 1024 * 1024 + 1


def test_an_empty_upload_says_that_it_is_empty():
    with pytest.raises(rules.UploadEmpty, match="trống"):
        rules.read_upload(BytesIO(b""), limit_mb=1)


def kept(data=SEAL):
    """Keep a file and return its row's id and its sha256."""
    row = in_unit(lambda s: rules.keep(s, data, name="dấu.png", media_type="image/png", by=SYSTEM, now=NOON))
    return row.id, row.sha256


def forget(file_id):
    in_unit(lambda s: rules.forget(s, file_id, now=NOON))


def swept(now=LATER):
    return in_unit(lambda s: rules.sweep(s, holders=HOLDERS, now=now))


def lies_there(digest):
    try:
        return store.read(digest) == SEAL
    except NotFound:
        return False


def marks():
    db_session().rollback()
    return db_session().scalar(select(func.count()).select_from(UnwantedBytes))


def test_forgotten_bytes_leave_the_disk_an_hour_after_the_commit(app):
    file_id, digest = kept()

    forget(file_id)

    assert lies_there(digest)
    assert swept(LATER - rules.GRACE / 2) == 0
    assert lies_there(digest)
    assert swept() == 1
    assert not lies_there(digest)
    assert swept() == marks() == 0


def test_a_unit_that_rolls_back_has_forgotten_nothing(app):
    file_id, digest = kept()

    def fail(session):
        rules.forget(session, file_id, now=NOON)
        session.flush()
        raise RuntimeError("the line went down")

    with pytest.raises(RuntimeError):
        in_unit(fail)
    swept()

    assert lies_there(digest)
    assert db_session().get(StoredFile, file_id) is not None


def test_bytes_that_another_row_keeps_stay(app):
    (first, digest), (second, _) = kept(), kept()

    forget(first)
    swept()
    assert lies_there(digest)

    forget(second)
    swept()
    assert not lies_there(digest)


def test_bytes_wanted_again_before_the_sweep_stay(app):
    file_id, digest = kept()
    forget(file_id)

    kept()

    assert marks() == 0
    swept()
    assert lies_there(digest)


def test_a_sweep_that_rolls_back_leaves_its_work_to_be_done_again_and_no_row_without_bytes(app):
    file_id, digest = kept()
    forget(file_id)

    def fail(session):
        rules.sweep(session, holders=HOLDERS, now=LATER)
        raise RuntimeError("killed before the commit")

    with pytest.raises(RuntimeError):
        in_unit(fail)
    assert marks() == 1
    kept()

    swept()
    assert lies_there(digest)


@pytest.mark.parametrize("holder", ["a lesson's picture", "a draft's picture", "a printed sheet"])
def test_bytes_that_only_another_rooms_row_holds_stay(app, unit, holder):
    file_id, digest = kept()
    unit(lambda s: hold(s, holder, digest))

    forget(file_id)
    swept()

    assert lies_there(digest)


def hold(session, holder, digest):
    """Have a row of another room hold the bytes."""
    session.add(Course(slug="khoa", created_at=NOON))
    session.flush()
    if holder == "a printed sheet":
        session.add(PrintedPaper(key="k" * 64, course_slug="khoa", sha256=digest, size=1, made_at=NOON))
    elif holder == "a draft's picture":
        session.add(
            Draft(
                course_slug="khoa", lesson_slug="bai", title="Bài", front={}, notes=[], markdown="", questions={},
                media={"hinh.webp": digest}, province_code=THANH_HOA, created_at=NOON, created_by_id=1,
                updated_at=NOON,
            )
        )  # fmt: skip
    else:
        version = CourseVersion(
            course_slug="khoa", number=1, digest="d" * 64, title="Khóa", skills=[], rule={}, package_sha256="p" * 64,
            published_at=NOON,
        )  # fmt: skip
        session.add(version)
        session.flush()
        session.add(Media(version_id=version.id, name="hinh.webp", sha256=digest, media_type="image/webp"))
