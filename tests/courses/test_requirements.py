"""When a course is complete."""

import pytest

from courses import Rule, explain, explain_missing, is_complete, missing

RULE = Rule(required=("a", "b"), elective=("x", "y", "z"), elective_at_least=2)


@pytest.mark.parametrize(
    ("passed", "complete"),
    [
        (set(), False),
        ({"a", "b"}, False),
        ({"a", "b", "x"}, False),
        ({"a", "x", "y", "z"}, False),
        ({"a", "b", "x", "z"}, True),
        ({"a", "b", "x", "y", "z", "khac"}, True),
    ],
)
def test_all_required_and_enough_electives_complete_a_course(passed, complete):
    assert is_complete(RULE, passed) is complete


def test_what_is_missing_is_named():
    rest = missing(RULE, {"b", "y"})

    assert (rest.required, rest.elective_from, rest.elective_count) == (("a",), ("x", "z"), 1)


def test_without_electives_the_required_lessons_are_enough():
    assert is_complete(Rule(required=("a",)), {"a": "đậu"})


def test_the_learner_is_told_what_is_missing():
    titles = {"a": "Mật khẩu", "x": "Tin nhắn", "z": "Ví"}

    assert explain(RULE, {"b", "y"}, titles) == (
        "Còn 1 bài: “Mật khẩu”; và 1 bài tự chọn trong các bài: “Tin nhắn”, “Ví”."
    )
    assert explain(RULE, {"a", "b", "x", "y"}, titles) == "Anh/chị đã học xong khóa này."


def test_what_is_missing_of_a_programme_is_told_in_skills():
    titles = {"a": "Mua sắm", "x": "Điện thoại", "z": "Hướng dẫn lại"}

    assert explain_missing(missing(RULE, {"b", "y"}), titles, "kỹ năng") == (
        "Còn 1 kỹ năng: “Mua sắm”; và 1 kỹ năng tự chọn trong các kỹ năng: “Điện thoại”, “Hướng dẫn lại”."
    )
    assert explain_missing(missing(RULE, {"a", "b", "x", "y"}), titles) == ""
