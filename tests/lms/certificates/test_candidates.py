"""Who can be certified now: everybody who has earned it, once, page by page, with few statements."""

import pytest
from sqlalchemy import update

from lms.certificates import rules
from lms.certificates.candidates import candidate_subjects, candidates, count_candidates, waiting
from lms.certificates.issuers import Decision
from lms.certificates.models import Certificate
from lms.db import in_unit
from lms.errors import NotFound
from lms.people.models import Person
from tests.factories import actor_of, make_team, officer
from tests.lms.certificates.world import (
    NOW,
    PROGRAMME,
    SKILL,
    accept,
    approve,
    certificates,
    completed_programme,
    finalised_class,
    learned,
    propose,
    propose_about,
    publish,
    seats_of,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")


def names(session, **about):
    return [one.name for one in candidates(session, by=the_officer(), **about)[1]]


def test_a_class_shows_who_completed_and_holds_nothing_yet(session):
    class_id = finalised_class()
    matter, found = candidates(session, by=the_officer(), kind="class", class_id=class_id)

    assert (matter.title, found[0].name) == ("Lớp 03", "Nguyễn Thị Đẹp")
    assert (found[0].subject, found[0].commune) == (f"seat:{seats_of(class_id)[0]}", "Phường Hạc Thành")
    propose(class_id, seats=seats_of(class_id)[:1])
    assert len(names(session, kind="class", class_id=class_id)) == 2
    approve(class_id, seats=seats_of(class_id)[1:])
    assert names(session, kind="class", class_id=class_id) == []


def test_learners_are_listed_in_vietnamese_order_of_names(session):
    learned(("Vũ Ẵng", "Lê Bảo", "Trần An"))

    assert names(session, kind="course", about=SKILL) == ["Trần An", "Vũ Ẵng", "Lê Bảo"]


def test_a_commune_can_be_chosen(session):
    learned(("Vũ Ẵng",))
    learned(("Hà Inh",), team=make_team("Bản Một", "14845"))

    assert names(session, kind="course", about=SKILL, commune="14845") == ["Hà Inh"]
    assert len(names(session, kind="course", about=SKILL)) == 2


def test_people_of_another_province_and_forgotten_ones_are_not_shown(session):
    here, gone = learned(("Vũ Ẵng", "Người Đã Xóa"))
    learned(("Người Tỉnh Khác",), team=make_team("Thôn Xa", "21583"))
    in_unit(lambda s: s.execute(update(Person).where(Person.id == gone).values(erased_at=NOW)))

    assert names(session, kind="course", about=SKILL) == ["Vũ Ẵng"]
    with pytest.raises(rules.NotEarned):
        propose_about("course", SKILL, [f"course:{here}:{SKILL}", f"course:{gone}:{SKILL}"])


def test_a_certificate_that_was_revoked_is_told_beside_the_name(session):
    (person,) = learned(("Vũ Ẵng",))
    accept(propose_about("course", SKILL, [f"course:{person}:{SKILL}"]))
    row = publish()[0]
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == row.id).values(revoked_at=NOW)))

    (one,) = candidates(session, by=the_officer(), kind="course", about=SKILL)[1]

    assert one.note == "giấy số 0001/2026/GCN-SKHCN đã thu hồi"


def test_what_waits_is_counted_by_what_is_certified(session):
    class_id, people = finalised_class(), learned()
    completed_programme(people[:2])

    found = {
        (one.matter.kind, one.matter.about, one.matter.class_id): one.people for one in waiting(session, the_officer())
    }

    assert found == {
        ("class", "", class_id): 3,
        ("course", SKILL, None): 3,
        ("skills", PROGRAMME, None): 2,
        ("team", SKILL, None): 1,
    }  # fmt: skip
    assert waiting(session, actor_of(officer("52", "Siu Black"))) == []


def test_a_page_of_many_costs_a_handful_of_statements(session, asked):
    learned(tuple(f"Người {n}" for n in range(60)))
    by = the_officer()
    asked.clear()

    matter, page = candidates(session, by=by, kind="course", about=SKILL, offset=20, limit=30)

    everybody = candidates(session, by=by, kind="course", about=SKILL)[1]
    assert page == everybody[20:50]
    assert len(asked) <= 2 * 6
    assert count_candidates(session, matter) == len(candidate_subjects(session, matter)) == 60


def test_many_are_proposed_and_approved_by_few_statements(asked):
    people = learned(tuple(f"Người {n}" for n in range(60)))
    asked.clear()

    accept(propose_about("course", SKILL, [f"course:{person}:{SKILL}" for person in people]))

    assert len(certificates()) == 50
    assert sum("lms_people" in statement or "lms_memberships" in statement for statement in asked) < 20


def test_a_stranger_finds_no_class_and_decisions_of_old_days_certify_nobody(session):
    class_id = finalised_class()

    with pytest.raises(NotFound):
        candidates(session, by=actor_of(officer("52", "Siu Black")), kind="class", class_id=class_id)
    with pytest.raises(rules.DecisionTooEarly):
        propose(class_id, decision=Decision("1/QĐ", NOW.date().replace(day=1)))
