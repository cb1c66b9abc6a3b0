"""Somebody looks for a commune on a phone, without typing marks."""

import pytest

from tests.journeys.conftest import SMALL

pytestmark = pytest.mark.browser


def test_both_van_lang_and_van_lang_are_found_however_they_are_typed(visit):
    someone = visit("ai-do", SMALL).open("/dia-ban/")

    someone.fill("Tên xã, phường, tỉnh", "van lang").send("Tìm")
    assert "xã Văn Lang" in someone.text
    assert "xã Văn Lăng" in someone.text

    someone.fill("Tên xã, phường, tỉnh", "Hạc Thành").send("Tìm")
    row = " ".join(someone.table_row("phường Hạc Thành").inner_text().split())
    assert "tỉnh Thanh Hoá" in row
    assert "14797" in row
    someone.fill("Tên xã, phường, tỉnh", "ha noi").send("Tìm")
    assert someone.table_row("thành phố Hà Nội").get_by_text("01", exact=True).is_visible()

    someone.fill("Tên xã, phường, tỉnh", "xyz không có").send("Tìm")
    assert "Không thấy tên nào giống" in someone.text
