"""What the database keeps of a course."""

import json

from markupsafe import Markup

from courses import lesson_from_data, lesson_to_data, load_files, package_from_data, package_to_data
from tests.courses.conftest import TODAY


def test_a_package_survives_being_stored(package):
    stored = json.loads(json.dumps(package_to_data(package)))

    assert package_from_data(stored) == package


def test_a_lesson_survives_being_stored_with_its_html(lesson):
    back = lesson_from_data(json.loads(json.dumps(lesson_to_data(lesson))))

    assert back == lesson
    assert isinstance(back.cards[0].html, Markup)
    assert 'src="../media/o-khoa.svg"' in back.cards[0].html


def test_a_course_with_all_there_is_survives_being_stored(model_course):
    package = load_files(model_course, today=TODAY)

    back = package_from_data(json.loads(json.dumps(package_to_data(package))))

    assert back == package
    assert back.lessons[0].question("t11").screen.width == 320
    assert back.lessons[0].fact("tong-dai").values == {"so": "1900.0368"}
    assert back.variables
    assert back.loudspeaker
    assert back.zalo
    assert len(back.skill_check) == 5


def test_what_was_stored_before_there_was_more_to_store_still_loads(lesson):
    stored = json.loads(json.dumps(lesson_to_data(lesson)))
    for card in stored["cards"]:
        del card["facts"]
    for fact in stored["facts"]:
        del fact["values"], fact["mark"]
    for question in stored["practice"] + stored["bank"]:
        del question["screen"]
        for option in question["options"]:
            del option["at"]

    assert lesson_from_data(stored) == lesson


def test_a_course_stored_before_there_were_side_pieces_still_loads(package):
    stored = package_to_data(package)
    for name in ("variables", "loudspeaker", "zalo", "skill_check"):
        del stored[name]

    assert package_from_data(stored) == package


def test_later_additions_to_stored_data_do_no_harm(package):
    stored = {**package_to_data(package), "mới": 1}

    assert package_from_data(stored) == package


def test_cards_know_when_they_are_shown(lesson):
    assert [card.kind for card in lesson.main_cards] == ["idea", "trap"]
    assert [card.number for card in lesson.teach_cards] == [3]
    assert [card.number for card in lesson.sheet_cards] == [4]
    assert lesson.card(2).title == "Bẫy: đọc mã cho người gọi"
    assert lesson.fact("khong-doc-otp").source == "Cẩm nang an toàn, trang 4"
