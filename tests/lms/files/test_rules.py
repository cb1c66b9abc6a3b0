"""Files are kept by content; uploads have a limit."""

import hashlib
from io import BytesIO

import pytest

from lms.access import SYSTEM
from lms.errors import NotFound
from lms.files import rules, store
from tests.factories import NOON


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
