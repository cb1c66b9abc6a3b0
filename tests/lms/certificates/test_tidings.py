"""Who hears that a paper is there, or revoked: its holder, a team's leader and deputies, the commune's clerks."""

import pytest
from sqlalchemy import select, update

from lms.certificates import rules
from lms.db import in_unit
from lms.journal.models import Notice
from lms.people.models import Account
from lms.teams.models import Membership, Team
from tests.factories import clerk, join_team, make_person
from tests.lms.certificates.test_endings import accept_ending, ask_revoke
from tests.lms.certificates.world import (
    NOW,
    SKILL,
    accept,
    approve,
    certificates,
    finalised_class,
    learned,
    propose_about,
    publish,
    published,
)

pytestmark = pytest.mark.usefixtures("app")


def told(session, template):
    session.expire_all()
    rows = session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id))
    return [(row.person_id, row.text, row.path) for row in rows]


def person_of(session, account_id):
    return session.get_one(Account, account_id).person_id


def team_with_its_paper():
    """Publish the certificate of a team with leader, deputy and members; return leader and deputy."""
    people = learned(("Tổ Trưởng", "Tổ Phó", "Tổ Viên"))
    team = in_unit(lambda s: s.scalars(select(Team.id)).one())
    for person, role in zip(people, ("leader", "deputy"), strict=False):
        given = update(Membership).where(Membership.person_id == person).values(role=role)
        in_unit(lambda s, given=given: s.execute(given))
    accept(propose_about("team", SKILL, [f"team:{team}:{SKILL}"]))
    publish()
    return people[:2]


def test_each_person_hears_of_their_own_paper(session):
    rows = published()

    heard = told(session, "certificate_published")
    assert [person for person, *_ in heard] == [row.person_id for row in rows]
    assert {path for *_, path in heard} == {"/chung-nhan/"}


def test_the_clerks_of_the_commune_hear_once_of_a_list_however_many_papers_it_has(session):
    near, also_near, _far = clerk(), clerk(name="Lò Thị Xã"), clerk("14845", "Cán bộ Nơi Khác")
    approve(finalised_class())

    publish()

    heard = told(session, "papers_published")
    assert [person for person, *_ in heard] == [person_of(session, near), person_of(session, also_near)]
    assert heard[0][1].startswith("Xã, phường có giấy chứng nhận mới: “Lớp 03”.")
    assert heard[0][2].startswith("/quan-ly/chung-nhan/xa/")


def test_of_a_second_list_the_clerk_hears_again(session):
    clerk()
    approve(finalised_class())
    publish()
    approve(finalised_class(("Vũ Ẵng",)))

    publish()

    assert len(told(session, "papers_published")) == 2


def test_leader_and_deputy_hear_of_the_paper_of_their_team_and_of_its_end(session):
    leaders = team_with_its_paper()

    assert [person for person, *_ in told(session, "certificate_published")] == leaders
    accept_ending(ask_revoke(certificates()[0]))

    assert [person for person, *_ in told(session, "certificate_revoked")] == leaders


def test_who_no_longer_leads_a_team_hears_nothing_of_its_paper(session):
    leader, deputy = team_with_its_paper()
    in_unit(lambda s: s.execute(update(Membership).where(Membership.person_id == leader).values(left_at=NOW)))
    join_team(in_unit(lambda s: s.scalars(select(Team.id)).one()), make_person("Người Mới"))

    accept_ending(ask_revoke(certificates()[0]))

    assert [person for person, *_ in told(session, "certificate_revoked")] == [deputy]


def test_the_clerk_hears_whose_paper_is_revoked_and_by_which_decision(session):
    near = clerk()
    row = published()[0]

    accept_ending(ask_revoke(row))

    ((person, text, _path),) = told(session, "paper_revoked")
    assert person == person_of(session, near)
    assert text.startswith(f"{row.snapshot['name']}: Giấy chứng nhận số {row.snapshot['number']} đã thu hồi")
    assert "52/QĐ-SKHCN" in text
    assert "riêng" not in text


def test_of_who_is_forgotten_only_the_clerk_hears(session):
    clerk()
    row = published()[0]
    person_id = row.person_id
    in_unit(lambda s: rules.forget_person(s, person_id=person_id, now=NOW))

    accept_ending(ask_revoke(certificates()[0]))

    assert told(session, "certificate_revoked") == []
    assert len(told(session, "paper_revoked")) == 1
