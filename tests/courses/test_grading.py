"""Reading and grading answers."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import TestPlan, draw_paper, grade, grade_paper, is_answered, load_files, read_answer, shown_order
from tests.courses.conftest import TODAY
from tests.courses.model import model_files

KEYS = ["p1", "t1", "t2", "t3", "t4", "t5", "tap"]


@pytest.fixture(scope="session")
def lesson(lesson):
    """The first lesson of the good course, and one question more, to be tapped on a drawn screen."""
    model = load_files(model_files(), today=TODAY).lessons[0]
    return replace(lesson, practice=(*lesson.practice, replace(model.question("t11"), key="tap")))


def _sent(**values):
    """Return the getlist of a form with these values."""
    return lambda name: values.get(name.replace("-", "_"), [])


def _right_form(question, order):
    """Fill in a question as somebody who knows reads it from the page."""
    form = {}
    for item in question.shown(order):
        if question.kind == "short":
            form[item.field] = [question.accept[0]]
        elif question.kind == "order":
            form[item.field] = [str(question.steps.index(item.text) + 1)]
        elif question.kind == "match":
            right = next(pair.right for pair in question.pairs if pair.left == item.text)
            form[item.field] = [choice.value for choice in item.choices if choice.text == right]
        elif next(option.right for option in question.options if option.key == item.value):
            form.setdefault(item.field, []).append(item.value)
    return lambda name: form.get(name, [])


@given(key=st.sampled_from(KEYS), seed=st.integers())
def test_who_knows_is_right_in_any_shown_order(lesson, key, seed):
    question = lesson.question(key)
    order = shown_order(question, seed)

    answer = read_answer(question, order, _right_form(question, order))

    assert grade(question, answer).correct
    assert is_answered(question, answer)


@given(key=st.sampled_from(KEYS), seed=st.integers())
def test_an_answer_is_shown_again_as_it_was_given(lesson, key, seed):
    question = lesson.question(key)
    order = shown_order(question, seed)
    answer = read_answer(question, order, _right_form(question, order))
    again = {}
    for item in question.shown(order, json.loads(json.dumps(answer))):
        chosen = [choice.value for choice in item.choices if choice.chosen]
        typed = [item.value] if item.chosen or question.kind == "short" else []
        again.setdefault(item.field, []).extend(chosen + typed)

    assert read_answer(question, order, lambda name: again.get(name, [])) == answer


_HOSTILE = st.lists(
    st.one_of(
        st.text(),
        st.sampled_from(["a", "b", "dung", "1", "2", "3", "-1", "0", "²", "1e9", "\x00", "\ud800", "9" * 5000]),
        st.none(),
        st.binary(),
        st.integers(),
    ),
    max_size=4,
)


@given(
    key=st.sampled_from(KEYS),
    order=st.lists(st.integers(), max_size=5),
    values=st.lists(_HOSTILE, min_size=1, max_size=6),
)
def test_no_form_value_makes_reading_or_grading_fall_over(lesson, key, order, values):
    question = lesson.question(key)
    turn = iter(values * 9)

    answer = read_answer(question, order, lambda name: next(turn))

    assert grade(question, answer).card == question.card
    assert json.loads(json.dumps(answer)) == answer
    json.dumps(answer, ensure_ascii=False).encode()
    question.shown(order, answer)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda part: st.one_of(st.lists(part, max_size=4), st.dictionaries(st.text(max_size=3), part, max_size=3)),
    max_leaves=8,
)


@given(key=st.sampled_from(KEYS), answer=_JSON)
def test_no_stored_answer_makes_grading_fall_over(lesson, key, answer):
    question = lesson.question(key)

    assert isinstance(grade(question, answer).correct, bool)
    question.shown((), answer)


@pytest.mark.parametrize("key", KEYS)
def test_an_unanswered_question_is_wrong_and_points_at_its_card(lesson, key):
    question = lesson.question(key)

    verdict = grade(question, read_answer(question, (), _sent()))

    assert not verdict.correct
    assert verdict.card == question.card
    assert verdict.help


def test_a_wrong_choice_gives_its_own_help(lesson):
    question = lesson.question("p1")

    verdict = grade(question, read_answer(question, (), _sent(q_p1=["a"])))

    assert verdict.help == "Kẻ xấu thử dãy này trước."


def test_several_wants_all_right_ones_and_no_wrong_one(lesson):
    question = lesson.question("t2")
    verdicts = {
        sent: grade(question, read_answer(question, (), _sent(q_t2=list(sent))))
        for sent in ["ac", "ca", "a", "abc", "b"]
    }

    assert [sent for sent, verdict in verdicts.items() if verdict.correct] == ["ac", "ca"]
    assert verdicts["a"].help == "Còn thiếu lựa chọn đúng."
    assert verdicts["abc"].help == "Lộ một nơi là lộ hết."


def test_a_tap_on_the_right_place_is_right_and_elsewhere_gives_that_places_help(lesson):
    question = lesson.question("tap")
    verdicts = {key: grade(question, read_answer(question, (1, 0), _sent(q_tap=[key]))) for key in "ab"}

    assert [verdict.correct for verdict in verdicts.values()] == [True, False]
    assert verdicts["b"].help == "Ô này để viết lời nhắn."
    assert verdicts["b"].card == question.card


@pytest.mark.parametrize("sent", [[], ["c"], ["10,10"], ["a b"], [""]])
def test_a_tap_beside_all_places_is_no_answer(lesson, sent):
    question = lesson.question("tap")

    answer = read_answer(question, (), _sent(q_tap=sent))

    assert answer is None
    assert not is_answered(question, answer)
    assert not grade(question, answer).correct


def test_a_screen_to_tap_is_shown_with_its_places_and_the_earlier_answer(lesson):
    question = lesson.question("tap")

    items = question.shown((1, 0), "b")

    assert question.control == "tap"
    assert (question.screen.name, question.screen.width, question.screen.height) == ("man-hinh.svg", 320, 400)
    assert question.screen.alt == "Màn hình có mũi tên ở góc trên và ô viết tin ở dưới."
    assert [(item.field, item.text, item.value, item.chosen, item.at) for item in items] == [
        ("q-tap", "Ô viết tin", "b", True, (20, 320, 280, 60)),
        ("q-tap", "Mũi tên ở góc trên", "a", False, (10, 10, 60, 60)),
    ]


@pytest.mark.parametrize("typed", ["1900 0368", "19000368", " 1900.0368 ", "1900-03-68", "１９００0368"])
def test_a_short_answer_ignores_spaces_dots_and_dashes(lesson, typed):
    question = lesson.question("t5")

    assert grade(question, read_answer(question, (), _sent(q_t5=[typed]))).correct


@pytest.mark.parametrize(
    "typed",
    [
        "Đường dây nóng",
        "duong day nong",
        "ĐƯỜNG-DÂY NÓNG",
        unicodedata.normalize("NFD", "Đường dây nóng"),
    ],
)
def test_a_short_answer_ignores_accents_and_case(lesson, typed):
    question = replace(lesson.question("t5"), accept=("Đường dây nóng",))

    assert grade(question, typed).correct


@pytest.mark.parametrize("typed", ["1900 0369", "368", "1900 0368 0"])
def test_another_short_answer_is_wrong(lesson, typed):
    assert not grade(lesson.question("t5"), typed).correct


def test_a_short_answer_of_dots_is_wrong(lesson):
    assert not grade(lesson.question("t5"), "...").correct


def test_a_half_filled_order_is_kept_but_wrong(lesson):
    question = lesson.question("t3")

    answer = read_answer(question, (2, 0, 1), _sent(q_t3_1=["3"]))

    assert answer == [None, None, 3]
    assert not grade(question, answer).correct
    assert not is_answered(question, answer)


def test_the_pass_mark_itself_passes(lesson):
    questions = [lesson.question("t1"), lesson.question("t5"), lesson.question("p1")]
    answers = {"t1": "sai", "t5": "19000368"}

    result = grade_paper(TestPlan(3, 66), questions, answers)

    assert (result.correct, result.total, result.percent, result.passed) == (2, 3, 66, True)
    assert not grade_paper(TestPlan(3, 67), questions, answers).passed


def test_an_empty_paper_is_never_passed():
    assert not grade_paper(TestPlan(1, 1), [], {}).passed


def test_a_drawn_paper_is_graded_from_its_form(lesson):
    paper = draw_paper(lesson, 11)
    questions = paper.questions(lesson)
    answers = {
        question.key: read_answer(
            question,
            paper.order_of(question.key),
            _right_form(question, paper.order_of(question.key)),
        )
        for question in questions
    }

    result = grade_paper(lesson.test, questions, answers)

    assert (result.percent, result.passed) == (100, True)
    assert list(result.verdicts) == list(paper.keys)


@pytest.mark.parametrize("sign", ["\x00", "\ud800", "\u202e", "\n"])
def test_a_typed_answer_keeps_nothing_a_database_refuses(lesson, sign):
    answer = read_answer(lesson.question("t5"), (), _sent(q_t5=[f"19{sign}000368"]))

    assert answer == "19000368"
