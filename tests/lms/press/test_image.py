"""The certificate as a picture for a chat."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO

import pytest
from PIL import Image

from lms.press.image import MAX_BYTES, certificate_image, media_type
from lms.press.laying_out import lay_out
from tests.lms.press.specimens import ADDRESS, COMMITTEE, DESIGNS, LONG, codes_on, facts, pictures, template


@cache
def page_of(key):
    return lay_out(template(key, letterhead=COMMITTEE, pictures=pictures()), facts(**LONG))


@cache
def picture_of(key):
    return certificate_image(page_of(key))


@pytest.mark.parametrize("key", DESIGNS)
def test_a_picture_is_small_and_wide_and_its_code_readable(key):
    made = picture_of(key)
    assert len(made) <= MAX_BYTES
    assert media_type(made) == "image/png"
    with Image.open(BytesIO(made)) as picture:
        assert picture.width >= 1280
        assert picture.width / picture.height == pytest.approx(297 / 210, abs=0.01)
        assert codes_on(picture.convert("RGB")) == [ADDRESS]


def test_the_code_is_read_even_after_a_chat_has_made_the_picture_smaller():
    with Image.open(BytesIO(picture_of("trang-trong"))) as picture:
        small = picture.convert("RGB").resize((1000, 707))
    passed_on = BytesIO()
    small.save(passed_on, "JPEG", quality=50)
    with Image.open(passed_on) as received:
        assert codes_on(received) == [ADDRESS]


def test_a_page_full_of_photographs_becomes_a_small_jpeg():
    noise = BytesIO()
    Image.effect_noise((1200, 848), 90).save(noise, "PDF")
    made = certificate_image(noise.getvalue())
    assert len(made) <= MAX_BYTES
    assert media_type(made) == "image/jpeg"


def test_several_at_once_come_out_as_one_by_one():
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(certificate_image, [page_of("don-gian")] * 3))
    assert set(together) == {picture_of("don-gian")}
