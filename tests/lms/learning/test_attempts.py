"""Tests of lessons: one paper, answers that stay, one result."""

import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.learning import attempts
from lms.learning.models import Answer, Attempt, Fact, LessonProgress
from lms.learning.sheets import kept_sheets, open_sheet
from tests.factories import NOON, make_team
from tests.lms.learning.people import answer, answer_right, learner_in, pass_test, start, submit
from tests.lms.library.package import RIGHT, make_files, publish

LATER = NOON + timedelta(days=1)


@pytest.fixture
def an(app):
    """A learner in a team, with a course to learn."""
    publish()
    return learner_in(make_team())


@pytest.fixture
def stranger(an):
    return learner_in(make_team("Tổ khác"), "Trần Thị Bình")


def test_starting_twice_gives_the_same_paper(an):
    assert start(an) == start(an)


def test_the_paper_is_the_same_on_another_phone(an, session):
    attempt_id = start(an)
    first = open_sheet(session, by=an, attempt_id=attempt_id).paper
    kept_sheets.clear()

    assert open_sheet(session, by=an, attempt_id=attempt_id).paper == first


def test_two_phones_that_start_at_once_end_with_one_paper(app, an):
    found, gate = [], threading.Barrier(2)

    def press():
        with app.app_context():
            gate.wait()
            found.append(start(an))
            db_session().close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert found[0] == found[1]


def test_a_lesson_that_does_not_exist_has_no_test(an):
    with pytest.raises(NotFound):
        start(an, lesson="khong-co")


def test_an_answer_is_stored(an, session):
    attempt_id = start(an)

    saved = answer(an, attempt_id, "t2", "a", seq=1)

    assert (saved.is_stored, saved.seq) == (True, 1)
    assert attempts.answers_of(session, attempt_id) == {"t2": "a"}


def test_the_same_answer_sent_twice_is_one_answer(an, session):
    attempt_id = start(an)
    answer(an, attempt_id, "t2", "a", seq=1)

    again = answer(an, attempt_id, "t2", "a", seq=1)

    assert again.is_stored
    assert session.scalar(select(func.count()).select_from(Answer)) == 1


def test_an_older_answer_never_overwrites_a_newer_one(an, session):
    attempt_id = start(an)
    answer(an, attempt_id, "t2", "a", seq=5)

    late = answer(an, attempt_id, "t2", "b", seq=4)

    assert (late.is_stored, late.seq) == (False, 5)
    assert attempts.answers_of(session, attempt_id) == {"t2": "a"}


def test_answers_sent_in_any_order_any_number_of_times_end_with_the_newest(an, session):
    attempt_id = start(an)
    chance = random.Random(7)
    typed = {seq: f"lần {seq}" for seq in range(1, 9)}
    sent = [*typed, *chance.choices(list(typed), k=12)]
    chance.shuffle(sent)

    for seq in sent:
        answer(an, attempt_id, "t6", typed[seq], seq=seq)

    assert attempts.answers_of(session, attempt_id) == {"t6": "lần 8"}


def test_a_plain_form_is_always_the_newest_answer(an, session):
    attempt_id = start(an)
    answer(an, attempt_id, "t2", "a", seq=5)

    saved = answer(an, attempt_id, "t2", "b")

    assert (saved.is_stored, saved.seq) == (True, 6)
    assert attempts.answers_of(session, attempt_id) == {"t2": "b"}


def test_an_answer_can_be_taken_back(an, session):
    attempt_id = start(an)
    answer(an, attempt_id, "t3", ["a"], seq=1)

    answer(an, attempt_id, "t3", [], seq=2)

    assert attempts.answers_of(session, attempt_id) == {"t3": ""}


def test_a_question_that_was_not_drawn_takes_no_answer(an, session):
    attempt_id = start(an)
    sheet = open_sheet(session, by=an, attempt_id=attempt_id)

    with pytest.raises(NotFound):
        in_unit(
            lambda s: attempts.save_answer(
                s, by=an, sheet=sheet, question="p1", getlist=lambda _: ["a"], seq=1, now=NOON
            )
        )


def test_somebody_elses_paper_does_not_exist(an, stranger, session):
    attempt_id = start(an)

    with pytest.raises(NotFound):
        open_sheet(session, by=stranger, attempt_id=attempt_id)
    with pytest.raises(NotFound):
        submit(stranger, attempt_id)


def test_a_paper_that_was_handed_in_takes_no_answer(an, session):
    attempt_id = start(an)
    answer(an, attempt_id, "t2", "a", seq=1)
    submit(an, attempt_id)

    with pytest.raises(attempts.AlreadySubmitted):
        answer(an, attempt_id, "t2", "b", seq=2)
    with pytest.raises(attempts.AlreadySubmitted):
        answer(an, attempt_id, "t1", "sai")

    assert attempts.answers_of(session, attempt_id) == {"t2": "a"}


def test_all_right_is_one_hundred_and_passed(an, session):
    attempt_id = start(an)
    answer_right(an, attempt_id)

    assert submit(an, attempt_id) == (100, True)
    progress = session.scalars(select(LessonProgress)).one()
    assert (progress.lesson_slug, progress.passed_at, progress.attempt_id) == ("mot-cua", NOON, attempt_id)


def test_nothing_answered_is_zero_and_not_passed(an, session):
    attempt_id = start(an)

    assert submit(an, attempt_id) == (0, False)
    assert session.scalars(select(LessonProgress)).all() == []


def test_the_server_grades_whatever_the_phone_thinks(an):
    attempt_id = start(an)
    for key in RIGHT:
        answer(an, attempt_id, key, {"t4": [2, 1, 3], "t5": [1, 0]}.get(key, "x" if key != "t3" else ["c"]))

    assert submit(an, attempt_id) == (0, False)


def test_handing_in_twice_gives_the_same_result_and_one_fact(an, session):
    attempt_id = start(an)
    answer_right(an, attempt_id)
    first = submit(an, attempt_id)

    second = submit(an, attempt_id, now=LATER)

    assert second == first
    assert session.get(Attempt, attempt_id).submitted_at == NOON
    facts = session.scalars(select(Fact).where(Fact.kind == "attempt_submitted")).all()
    assert [(fact.grade, fact.actor_kind) for fact in facts] == [("A", "self")]


def test_after_handing_in_a_new_paper_can_be_begun(an):
    first = start(an)
    submit(an, first)

    assert start(an) != first


def test_failing_later_does_not_take_a_pass_away(an, session):
    first = pass_test(an)

    second = start(an, now=LATER)
    submit(an, second, now=LATER)

    progress = session.scalars(select(LessonProgress)).one()
    assert (progress.passed_at, progress.attempt_id) == (NOON, first)


def test_a_paper_of_an_older_version_is_still_the_persons_paper(an):
    attempt_id = start(an)
    publish(make_files(title="Bản mới"), now=LATER)

    assert start(an, now=LATER) == attempt_id


def test_a_paper_of_an_older_version_is_handed_in_and_counts(an, session):
    old = start(an)
    answer_right(an, old)
    new_version = publish(make_files(title="Bản mới"), now=LATER)

    assert submit(an, old, now=LATER) == (100, True)
    progress = session.scalars(select(LessonProgress)).one()
    assert progress.passed_at == LATER
    assert progress.passed_version_id != new_version


def test_a_lesson_gone_from_the_new_version_can_still_be_handed_in(an, session):
    old = start(an, lesson="nop-ho-so")
    answer_right(an, old)
    publish(make_files(lessons=("mot-cua",)), now=LATER)

    assert submit(an, old, now=LATER) == (100, True)
