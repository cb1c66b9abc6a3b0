"""Drawing a test paper."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from courses import Paper, draw_paper, shown_order

KNOWN = [("t3", (1, 2, 0)), ("t1", (0, 1)), ("t2", (0, 2, 1))]


@given(seed=st.text())
def test_the_same_seed_draws_the_same_paper(lesson, seed):
    assert draw_paper(lesson, seed) == draw_paper(lesson, seed)


@given(seed=st.integers())
def test_a_paper_has_as_many_different_questions_as_the_test_asks(lesson, seed):
    paper = draw_paper(lesson, seed)

    assert len(set(paper.keys)) == lesson.test.draw == 3
    assert set(paper.keys) <= {question.key for question in lesson.bank}


@given(seed=st.integers())
def test_every_shown_order_shows_everything_once(lesson, seed):
    for question in lesson.bank + lesson.practice:
        assert sorted(shown_order(question, seed)) == list(range(question.size))


@given(seed=st.integers())
def test_steps_are_never_shown_in_the_right_order(lesson, seed):
    assert shown_order(lesson.question("t3"), seed) != (0, 1, 2)


def test_true_and_false_keep_their_places(lesson):
    orders = {shown_order(lesson.question("t1"), seed) for seed in range(20)}

    assert orders == {(0, 1)}


def test_a_short_paper_takes_different_kinds(lesson):
    many = tuple(replace(lesson.question("t1"), key=f"m{number}") for number in range(20))
    full = replace(lesson, bank=many + lesson.bank)

    kinds = [[part.kind for part in draw_paper(full, seed).questions(full)] for seed in range(20)]

    assert all(len(set(drawn)) == 3 for drawn in kinds)


def test_every_question_of_the_bank_is_drawn_sooner_or_later(lesson):
    drawn = {key for seed in range(60) for key in draw_paper(lesson, seed).keys}

    assert drawn == {question.key for question in lesson.bank}


def test_a_known_seed_draws_what_it_always_drew(lesson):
    """A stored attempt must be drawn alike by every later release."""
    paper = draw_paper(lesson, "Tổ 7 Hòa Bình")

    assert [(item.key, item.order) for item in paper.items] == KNOWN


def test_a_paper_survives_being_stored(lesson):
    paper = draw_paper(lesson, 7)

    assert Paper.from_data(json.loads(json.dumps(paper.as_data()))) == paper
    assert [question.key for question in paper.questions(lesson)] == list(paper.keys)
