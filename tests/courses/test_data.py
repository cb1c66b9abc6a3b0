"""What the database keeps of a course."""

import json

from markupsafe import Markup

from courses import lesson_from_data, lesson_to_data, package_from_data, package_to_data


def test_a_package_survives_being_stored(package):
    stored = json.loads(json.dumps(package_to_data(package)))

    assert package_from_data(stored) == package


def test_a_lesson_survives_being_stored_with_its_html(lesson):
    back = lesson_from_data(json.loads(json.dumps(lesson_to_data(lesson))))

    assert back == lesson
    assert isinstance(back.cards[0].html, Markup)
    assert 'src="../media/o-khoa.svg"' in back.cards[0].html


def test_later_additions_to_stored_data_do_no_harm(package):
    stored = {**package_to_data(package), "mới": 1}

    assert package_from_data(stored) == package


def test_cards_know_when_they_are_shown(lesson):
    assert [card.kind for card in lesson.main_cards] == ["idea", "trap"]
    assert [card.number for card in lesson.teach_cards] == [3]
    assert [card.number for card in lesson.sheet_cards] == [4]
    assert lesson.card(2).title == "Bẫy: đọc mã cho người gọi"
    assert lesson.fact("khong-doc-otp").source == "Cẩm nang an toàn, trang 4"
