"""The two tiers: 34 provinces and 3,321 communes by official code, found with or without accents."""

from datetime import date

import pytest
from sqlalchemy import func, select

from lms.areas.models import Area, AreaName
from lms.areas.rules import find_area, load_areas, name_on, read_official_areas, search_areas
from lms.errors import NotFound
from lms.words import name_key


def test_there_are_34_provinces_and_3321_communes_of_three_kinds(session, app):
    """QĐ 19/2025/QĐ-TTg with its changes: 2,611 xã, 697 phường and 13 đặc khu; no district between."""
    by_tier = dict(session.execute(select(func.length(Area.code), func.count()).group_by(func.length(Area.code))).all())
    kinds = dict(
        session.execute(select(Area.kind, func.count()).where(Area.parent_code.is_not(None)).group_by(Area.kind)).all()
    )

    assert by_tier == {2: 34, 5: 3321}
    assert kinds["đặc khu"] == 13
    assert sum(kinds.values()) == 3321


def test_codes_keep_their_leading_zeros(session, app):
    assert find_area(session, "00004").full_name == "phường Ba Đình"
    assert find_area(session, "01").code == "01"


def test_loading_again_changes_nothing(session, app, unit):
    unit(lambda s: load_areas(s, read_official_areas()))

    assert session.scalar(select(func.count()).select_from(Area)) == 3355
    assert session.scalar(select(func.count()).select_from(AreaName)) == 3356


def test_search_without_accents_finds_both_van_lang_and_van_lang_with_accent(session, app):
    names = {a.name for a in search_areas(session, "van lang")}

    assert {"Văn Lang", "Văn Lăng"} <= names
    assert search_areas(session, "Văn Lăng")[0].name == "Văn Lăng"


@pytest.mark.parametrize("typed", ["Ea H’Leo", "ea h'leo", "Ea H'Leo"])
def test_the_kind_of_apostrophe_does_not_matter(session, app, typed):
    assert "Ea H'Leo" in {a.name for a in search_areas(session, typed)}


def test_search_takes_wild_cards_as_nothing_special(session, app):
    assert search_areas(session, "%") == search_areas(session, "")[:0] or len(search_areas(session, "%")) <= 20
    assert search_areas(session, "không có xã nào tên này") == []


def test_a_place_has_the_name_of_the_day(session, app):
    """Đồng Nai became a city on 30/4/2026 (NQ 30/2026/QH16); its code stayed."""
    assert name_on(session, "75", date(2026, 4, 29)) == "tỉnh Đồng Nai"
    assert name_on(session, "75", date(2026, 4, 30)) == "thành phố Đồng Nai"
    assert find_area(session, "75").full_name == "thành phố Đồng Nai"


def test_an_unknown_code_does_not_exist(session, app):
    with pytest.raises(NotFound):
        find_area(session, "4")


def test_no_two_communes_of_a_province_share_kind_and_name(session, app):
    rows = session.execute(select(Area.parent_code, Area.name_key).where(Area.parent_code.is_not(None))).all()

    assert len(set(rows)) == len(rows)
    assert name_key("xã Văn Lang") != name_key("xã Văn Lăng")
