"""Proposing and approving: two officers, one decision, and nobody twice."""

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalEntry, ApprovalList, BookLine, CertificateTemplate, NumberBook
from lms.certificates.pressing import RENDER, PapersUnderWay
from lms.certificates.templates import draft_template, edit_template, publish_template
from lms.db import in_unit
from lms.errors import NotFound
from lms.journal.models import Job, JournalEntry, Notice
from lms.journal.rules import fail_job, pause_job, resume_job
from lms.people.models import Account, Person
from lms.press.wording import DEFAULT_WORDING
from lms.teams.models import Membership, Team
from lms.training.models import Seat, TrainingClass
from tests.factories import THANH_HOA, account_id_of, actor_of, join_team, make_person, officer
from tests.lms.certificates.world import (
    DECISION,
    ISSUER,
    NAMES,
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
    second_officer,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")
DECISION_52 = Decision("52/QĐ-SKHCN", date(2026, 11, 21))


def test_a_proposed_list_numbers_nobody_and_tells_the_other_officers(session):
    other, proposer = officer(name="Đỗ Thị Hai"), the_officer()

    proposed = propose(finalised_class(), by=proposer)

    assert (proposed.state, certificates()) == ("proposed", [])
    assert session.scalar(select(func.count()).select_from(ApprovalEntry)) == 3
    told = session.scalars(select(Notice.person_id).where(Notice.template == "list-proposed")).all()
    assert told == [session.get_one(Account, other).person_id]


def test_approving_numbers_everybody_in_the_order_of_the_queue_without_a_gap(session):
    approved = approve(finalised_class())

    rows = certificates()
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.snapshot["number"] for row in rows] == [f"000{n}/2026/GCN-SKHCN" for n in (1, 2, 3)]
    assert [row.snapshot["name"] for row in rows] == list(NAMES)
    assert [row.position for row in rows] == [1, 2, 3]
    book = session.scalars(select(NumberBook)).one()
    assert (book.last, book.lines) == (3, 3)
    assert session.scalars(select(ApprovalEntry.settled_at)).all() == [NOW] * 3
    assert approved.template_id == session.scalars(select(CertificateTemplate.id)).one()


def test_the_book_goes_on_where_the_last_list_ended(session):
    approve(finalised_class())
    approve(finalised_class(("Vũ Ẵng",)))

    assert [row.number for row in certificates()] == [1, 2, 3, 4]
    assert audit(session) == []


def test_each_year_has_its_own_book():
    approve(finalised_class(("Vũ Ẵng",)))

    approve(
        finalised_class(("Lê An",)),
        decision=Decision("01/QĐ-SKHCN", date(2027, 1, 5)),
        now=NOW.replace(year=2027),
    )

    assert [row.snapshot["number"] for row in certificates()] == ["0001/2026/GCN-SKHCN", "0001/2027/GCN-SKHCN"]


def test_the_list_keeps_how_the_book_stood_when_it_was_proposed(session):
    first = propose(finalised_class())
    approve(finalised_class(("Vũ Ẵng",)))

    second = propose(finalised_class(("Lê An",)))

    line = session.scalars(select(BookLine)).one()
    assert (first.seen_line, first.seen_head) == (0, "")
    assert (second.seen_line, second.seen_head) == (line.line, line.line_hash)


def test_who_proposes_does_not_approve_nor_refuse():
    proposer = the_officer()
    proposed = propose(finalised_class(), by=proposer)
    list_id = proposed.id

    with pytest.raises(rules.SamePerson):
        accept(proposed, by=proposer)
    with pytest.raises(rules.SamePerson):
        in_unit(lambda s: rules.refuse_list(s, by=proposer, list_id=list_id, answer="Không", now=NOW))

    assert certificates() == []


def test_the_database_itself_wants_two_persons(session):
    proposed = propose(finalised_class())

    with pytest.raises(IntegrityError, match="two_persons"):
        in_unit(
            lambda s: s.execute(
                update(ApprovalList).values(approved_at=NOW, approved_by_id=ApprovalList.proposed_by_id)
            )
        )
    session.refresh(proposed)
    assert proposed.state == "proposed"


def test_a_refused_list_frees_everybody_on_it_and_tells_the_proposer(session):
    class_id, proposer = finalised_class(), the_officer()
    proposed, other = propose(class_id, by=proposer), second_officer()
    list_id = proposed.id

    with pytest.raises(rules.ReasonMissing):
        in_unit(lambda s: rules.refuse_list(s, by=other, list_id=list_id, answer=" ", now=NOW))
    in_unit(lambda s: rules.refuse_list(s, by=other, list_id=list_id, answer="Sai số quyết định", now=NOW))

    session.expire_all()
    refused = session.get_one(ApprovalList, list_id)
    assert (refused.state, rules.outcome_of(refused), refused.refusal) == ("refused", "refused", "Sai số quyết định")
    told = session.scalars(select(Notice).where(Notice.template == "list-decided")).one()
    assert told.person_id == proposer.person_id
    assert "Sai số quyết định" in told.text
    approve(class_id)
    assert len(certificates()) == 3


def test_only_the_proposer_takes_a_list_back(session):
    class_id, proposer = finalised_class(), the_officer()
    list_id, other = propose(class_id, by=proposer).id, second_officer()

    with pytest.raises(rules.NotTheAsker):
        in_unit(lambda s: rules.take_back_list(s, by=other, list_id=list_id, now=NOW))
    in_unit(lambda s: rules.take_back_list(s, by=proposer, list_id=list_id, now=NOW))

    session.expire_all()
    assert rules.outcome_of(session.get_one(ApprovalList, list_id)) == "taken_back"
    approve(class_id)


@pytest.mark.parametrize("end", ["approved", "refused"])
def test_a_decided_list_is_decided_for_good(end):
    proposed, other = propose(finalised_class()), second_officer()
    list_id = proposed.id
    if end == "approved":
        accept(proposed, by=other)
    else:
        in_unit(lambda s: rules.refuse_list(s, by=other, list_id=list_id, answer="Không", now=NOW))
    numbered = len(certificates())

    with pytest.raises(rules.AlreadyDecided):
        accept(proposed)
    with pytest.raises(rules.AlreadyDecided):
        in_unit(lambda s: rules.refuse_list(s, by=other, list_id=list_id, answer="Không", now=NOW))

    assert len(certificates()) == numbered


def test_what_was_earned_is_judged_afresh_when_it_is_approved(session):
    proposed = propose(finalised_class())
    in_unit(lambda s: s.execute(update(Seat).where(Seat.seq == 2).values(state="incomplete")))

    with pytest.raises(rules.NotEarned, match="H'Rơ Châm"):
        accept(proposed)

    session.refresh(proposed)
    assert (proposed.state, certificates()) == ("proposed", [])


def test_only_a_finalised_class_is_certified():
    with pytest.raises(rules.ClassNotFinalised):
        propose(finalised_class(state="ended"))


def test_only_those_who_completed_are_proposed():
    class_id = finalised_class()
    in_unit(lambda s: s.execute(update(Seat).where(Seat.seq == 2).values(state="incomplete")))

    with pytest.raises(rules.NotEarned, match="H'Rơ Châm"):
        propose(class_id)


def test_a_made_up_subject_earns_nothing_and_tells_no_name():
    class_id, stranger = finalised_class(("Vũ Ẵng",)), finalised_class(("Người Lớp Khác",))

    with pytest.raises(rules.NotEarned) as refused:
        propose(class_id, seats=[*seats_of(class_id), *seats_of(stranger), 999])

    assert "Người Lớp Khác" not in refused.value.sentence
    assert "2 trường hợp" in refused.value.sentence


def test_nobody_is_proposed_by_an_empty_list():
    with pytest.raises(rules.NobodyChosen):
        propose(finalised_class(), seats=[])


@pytest.mark.parametrize("decision", [Decision(" ", date(2026, 11, 20)), Decision("45/QĐ", date(2026, 11, 22))])
def test_a_decision_needs_a_number_and_no_day_to_come(decision):
    with pytest.raises(rules.DecisionUnusable):
        propose(finalised_class(), decision=decision)


def test_no_decision_is_older_than_what_it_certifies():
    with pytest.raises(rules.DecisionTooEarly, match="Nguyễn Thị Đẹp"):
        propose(finalised_class(), decision=Decision("45/QĐ-SKHCN", date(2026, 11, 5)))


def test_nobody_stands_on_two_open_lists(session):
    class_id = finalised_class()
    propose(class_id)

    with pytest.raises(rules.AlreadyProposed, match="Nguyễn Thị Đẹp"):
        propose(class_id)
    with pytest.raises(rules.AlreadyProposed):
        propose(class_id, decision=Decision("01/QĐ", date(2027, 1, 5)), now=NOW.replace(year=2027))

    assert session.scalar(select(func.count()).select_from(ApprovalList)) == 1


def test_a_second_certificate_for_one_seat_is_refused():
    class_id = finalised_class()
    approve(class_id)

    with pytest.raises(rules.AlreadyCertified, match="Nguyễn Thị Đẹp"):
        propose(class_id)
    assert len(certificates()) == 3


def test_the_database_itself_refuses_a_second_live_certificate():
    approve(finalised_class())
    first = certificates()[0]
    columns = {c.key: getattr(first, c.key) for c in first.__table__.columns if c.key != "id"}
    twin = type(first)(**columns | {"number": 99, "public_id": "X" * 21, "position": 99, "status_list": 9})

    with pytest.raises(IntegrityError, match=r"subject|uq_lms_certificates_live"):
        in_unit(lambda s: s.add(twin))


def test_an_officer_of_another_province_finds_nothing():
    class_id, stranger = finalised_class(), actor_of(officer("52", "Siu Black"))
    proposed = propose(class_id)

    with pytest.raises(NotFound):
        propose(class_id, by=stranger)
    with pytest.raises(NotFound):
        accept(proposed, by=stranger)


def test_a_name_that_cannot_be_printed_stops_the_list_before_any_number():
    class_id = finalised_class()
    in_unit(lambda s: s.execute(update(Person).where(Person.full_name == NAMES[2]).values(full_name="Lê 李 Tám")))

    with pytest.raises(rules.NameUnprintable, match="李"):
        approve(class_id)
    assert certificates() == []
    approve(class_id, seats=seats_of(class_id)[:2])

    assert [row.number for row in certificates()] == [1, 2]


def test_approving_orders_the_papers_and_both_deeds_are_written_in_the_journal(session):
    approved = approve(finalised_class())

    assert session.get_one(Job, approved.job_id).payload == {"list_id": approved.id}
    entries = session.scalars(
        select(JournalEntry).where(JournalEntry.kind == "approval_list").order_by(JournalEntry.id)
    ).all()
    assert [(entry.verb, entry.detail["people"]) for entry in entries] == [("propose", 3), ("approve", 3)]
    assert [entry.actor_label.split(" (")[0] for entry in entries] == ["Lê Thị Sở", "Đỗ Thị Hai"]


def test_papers_can_be_ordered_again_once_the_work_has_ended(session):
    approved, by = approve(finalised_class()), the_officer()
    first, list_id = approved.job_id, approved.id

    def again():
        in_unit(lambda s: rules.order_papers_again(s, by=by, list_id=list_id, now=NOW))

    with pytest.raises(PapersUnderWay, match="đang tạm dừng"):
        again()
    in_unit(lambda s: pause_job(s, by=by, job_id=first, now=NOW))
    with pytest.raises(PapersUnderWay):
        again()
    in_unit(lambda s: resume_job(s, by=by, job_id=first, now=NOW))
    in_unit(lambda s: fail_job(s, job_id=first, sentence="Hết đĩa.", now=NOW))

    again()

    session.expire_all()
    assert session.get_one(ApprovalList, list_id).job_id > first
    assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == RENDER)) == 2


def test_one_person_may_hold_one_certificate_of_each_source(session):
    (person, *_), class_id = learned(), finalised_class(("Vũ Ẵng",))
    approve(class_id)
    completed_programme([person])
    accept(propose_about("course", SKILL, [f"course:{person}:{SKILL}"]))
    accept(propose_about("skills", PROGRAMME, [f"skills:{person}:{PROGRAMME}"]))
    for kind, about in (("course", SKILL), ("skills", PROGRAMME)):
        with pytest.raises(rules.AlreadyCertified):
            propose_about(kind, about, [f"{kind}:{person}:{about}"])
    publish()

    assert [(row.kind, row.person_id) for row in certificates()][1:] == [("course", person), ("skills", person)]
    assert audit(session) == []


def test_a_team_is_certified_once_all_its_present_members_are_done(session):
    people = learned()
    team = session.scalars(select(Team.id)).one()
    learner = learned(("Người Mới",), team=team, day=NOW.replace(day=20, hour=1))
    newcomer = join_team(team, make_person("Chưa Học"))

    with pytest.raises(rules.NotEarned):
        propose_about("team", SKILL, [f"team:{team}:{SKILL}"])
    in_unit(lambda s: s.execute(update(Membership).where(Membership.id == newcomer).values(left_at=NOW)))
    accept(propose_about("team", SKILL, [f"team:{team}:{SKILL}"]))

    row = certificates()[0]
    assert (row.kind, row.team_id, row.person_id) == ("team", team, None)
    assert row.snapshot["result"] == f"{len(people) + len(learner)} trong 4 thành viên hoàn thành"
    assert row.snapshot["last_day"] == "20/11/2026"
    publish()
    assert certificates()[0].state == "valid"


def test_unknown_kinds_skills_and_people_without_a_province_find_nothing():
    member = actor_of(account_id_of(learned()[0]))

    for kind, about in (("course", "khong-co"), ("diploma", SKILL), ("skills", SKILL)):
        with pytest.raises(NotFound):
            propose_about(kind, about, ["x:1"])
    with pytest.raises(NotFound):
        propose_about("course", SKILL, ["course:1:x"], by=member)


def test_who_was_revoked_is_certified_anew_only_under_another_decision():
    class_id = finalised_class()
    approve(class_id)
    row = publish(class_id)[0]
    asker, other, certificate_id = the_officer(), second_officer(), row.id
    request = in_unit(
        lambda s: (
            rules.ask_revoke(
                s,
                by=asker,
                certificate_id=certificate_id,
                decision=DECISION_52,
                category="wrong_facts",
                detail="",
                now=NOW,
            ).id
        )
    )
    in_unit(lambda s: rules.accept_ending(s, by=other, request_id=request, now=NOW))

    approve(class_id, seats=seats_of(class_id)[:1], decision=Decision("60/QĐ-SKHCN", date(2026, 11, 21)))

    assert [row.state for row in certificates()] == ["revoked", "valid", "valid", "unpublished"]


def test_many_are_numbered_chunk_by_chunk_after_the_first_fifty(session):
    approved = approve(finalised_class(tuple(f"Người {n}" for n in range(57))))
    assert len(certificates()) == 50

    left = [in_unit(lambda s: rules.number_list(s, list_id=approved.id, now=NOW, at_most=4)) for _ in range(3)]

    assert left == [3, 0, 0]
    assert [row.number for row in certificates()] == list(range(1, 58))
    assert audit(session) == []


def test_places_in_the_list_of_states_do_not_follow_the_order_of_issue():
    approve(finalised_class(tuple(f"Người {n}" for n in range(20))))

    places = [row.status_index for row in certificates()]
    assert len(set(places)) == 20
    assert places != sorted(places)


def test_how_the_papers_look_is_fixed_when_they_are_proposed(session):
    proposed = propose(finalised_class())
    first = session.get_one(CertificateTemplate, proposed.template_id)
    by = the_officer()
    draft = in_unit(
        lambda s: draft_template(s, by=by, province_code=THANH_HOA, kind="class", issuer=ISSUER, now=NOW).id
    )
    words = DEFAULT_WORDING["class"] | {"title": "BẰNG TỐT NGHIỆP"}
    in_unit(lambda s: edit_template(s, by=by, template_id=draft, design="le-hoi", wording=words))
    in_unit(lambda s: publish_template(s, by=by, template_id=draft, issuer=ISSUER, now=NOW))

    accept(proposed)

    assert {row.template_id for row in certificates()} == {first.id}


@pytest.mark.parametrize("sign", ["\ufffe", "\ud800", "\u202e"])
def test_a_sign_that_is_no_letter_never_comes_as_far_as_a_number(session, sign):
    class_id = finalised_class(("Vũ Ẵng",))
    decision = Decision(f"45{sign}/QĐ-SKHCN", DECISION.day)

    propose(class_id, decision=decision)

    assert session.scalars(select(ApprovalEntry.facts)).one()["decision"].startswith("Quyết định số 45/QĐ-SKHCN")


def test_a_title_no_font_can_print_is_refused_before_anything_is_written(session):
    class_id = finalised_class(("Vũ Ẵng",))
    in_unit(lambda s: s.execute(update(TrainingClass).values(title="Lớp 😀")))

    with pytest.raises(rules.TextUnprintable, match="Lớp 😀"):
        propose(class_id)

    assert session.scalar(select(func.count()).select_from(ApprovalList)) == 0
