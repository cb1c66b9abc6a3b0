"""A certificate replaced: what its pages say then, what if the new number is crossed out, and what of a team."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select, update

from lms.certificates import rules
from lms.certificates.approvals import changed_since
from lms.certificates.audit import audit
from lms.certificates.book_rows import Standing, book_rows
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalEntry, BookLine, Certificate, NumberBook
from lms.db import in_unit
from lms.teams.models import Team
from tests.factories import join_team, make_person, officer
from tests.lms.certificates.test_endings import accept_ending, ask_revoke, ask_void, propose_reissue
from tests.lms.certificates.world import (
    ISSUER,
    NOW,
    SKILL,
    accept,
    approve,
    certificates,
    finalised_class,
    learned,
    propose_about,
    publish,
    second_officer,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")
LATER = Decision("60/QĐ-SKHCN", date(2026, 11, 21))


def replaced_and_crossed_out():
    """Publish a certificate, replace it, and cross out the new number before it is published."""
    class_id = finalised_class(("Vũ Ẵng",))
    approve(class_id)
    old = publish()[0]
    accept(propose_reissue(old))
    accept_ending(ask_void(certificates()[-1]))
    return class_id


def certified_team():
    """Publish the certificate of a team; return the team."""
    learned()
    team = int(next(iter(rows_of(Team.id))))
    accept(propose_about("team", SKILL, [f"team:{team}:{SKILL}"]))
    publish()
    return team


def rows_of(column):
    return in_unit(lambda s: s.scalars(select(column)).all())


def page_of(client, row):
    page = client.get(f"/v/{row.public_id}")
    return page.status, str(page.soup)


def test_what_replaces_a_crossed_out_replacement_takes_the_place_of_the_old_paper(session):
    class_id = replaced_and_crossed_out()

    approve(class_id, decision=LATER)
    publish()

    old, crossed_out, new = certificates()
    assert (old.state, crossed_out.state, new.state) == ("superseded", "void", "valid")
    assert new.replaces_id == old.id
    assert new.snapshot["note"] == f"Thay thế giấy số {old.snapshot['number']}"
    assert session.scalar(select(func.count()).where(BookLine.kind == "supersede")) == 1
    assert audit(session) == []


def test_the_old_page_leads_to_no_crossed_out_number(client):
    class_id = replaced_and_crossed_out()
    old, crossed_out = certificates()

    told = page_of(client, old)[1]
    assert "Giấy mới đang được làm lại" in told
    assert crossed_out.public_id not in told

    approve(class_id, decision=LATER)
    new = publish()[-1]
    assert f"/v/{new.public_id}" in page_of(client, old)[1]


def test_an_old_paper_whose_replacement_is_crossed_out_can_be_reissued_and_is_not_revoked(session):
    replaced_and_crossed_out()
    with pytest.raises(rules.NoLongerLive):
        ask_revoke(certificates()[0])

    accept(propose_reissue(certificates()[0]))
    publish()

    assert [row.state for row in certificates()] == ["superseded", "void", "valid"]
    with pytest.raises(rules.NoLongerLive):
        propose_reissue(certificates()[0])
    assert audit(session) == []


def test_crossed_out_as_often_as_it_may_be_the_old_paper_is_replaced_in_the_end(session):
    class_id = replaced_and_crossed_out()
    approve(class_id, decision=LATER)
    accept_ending(ask_void(certificates()[-1]))

    approve(class_id, decision=LATER)
    publish()

    old, *_, new = certificates()
    assert [row.state for row in certificates()] == ["superseded", "void", "void", "valid"]
    assert new.replaces_id == old.id
    assert audit(session) == []


def test_who_was_never_replaced_replaces_nothing(session):
    replaced_and_crossed_out()

    approve(finalised_class(("Lê Văn Tám",)), decision=LATER)

    assert certificates()[-1].replaces_id is None
    assert rows_of(ApprovalEntry.replaces_id)[-1] is None


def test_a_number_given_before_any_paper_was_public_replaces_nothing_when_crossed_out():
    class_id = finalised_class(("Vũ Ẵng",))
    approve(class_id)
    accept_ending(ask_void(certificates()[0]))

    approve(class_id, decision=LATER)

    assert [row.replaces_id for row in certificates()] == [None, None]


def test_the_officer_is_offered_to_reissue_what_a_crossed_out_number_replaced(client):
    replaced_and_crossed_out()
    old = certificates()[0]
    client.sign_in(officer())

    assert f"/quan-ly/chung-nhan/giay/{old.id}/cap-lai" in str(client.get(f"/quan-ly/chung-nhan/giay/{old.id}").soup)


def test_after_revoking_and_certifying_anew_each_page_says_its_own(client):
    """Revoked is final: the new paper stands by a decision of its own, and neither page leads to the other."""
    class_id = finalised_class(("Vũ Ẵng",))
    approve(class_id)
    old = publish()[0]
    accept_ending(ask_revoke(old))
    approve(class_id, decision=LATER)
    new = publish()[-1]

    told_of_old, told_of_new = page_of(client, old), page_of(client, new)

    assert (told_of_old[0], told_of_new[0]) == (200, 200)
    assert "Đã thu hồi" in told_of_old[1]
    assert "52/QĐ-SKHCN" in told_of_old[1]
    assert new.public_id not in told_of_old[1]
    assert "đang có hiệu lực" in told_of_new[1]
    assert "60/QĐ-SKHCN" in told_of_new[1]
    assert old.public_id not in told_of_new[1]


def test_after_a_reissue_the_old_page_leads_to_the_new_one_and_after_its_end_still_does(client):
    class_id = finalised_class(("Vũ Ẵng",))
    approve(class_id)
    old = publish()[0]
    accept(propose_reissue(old))
    new = publish()[-1]

    assert f"/v/{new.public_id}" in page_of(client, old)[1]
    assert "đang có hiệu lực" in page_of(client, new)[1]

    accept_ending(ask_revoke(new))

    assert f"/v/{new.public_id}" in page_of(client, old)[1]
    assert "Đã thu hồi" in page_of(client, new)[1]


def test_the_book_tells_of_all_that_took_the_place_of_a_number(session):
    class_id = replaced_and_crossed_out()
    approve(class_id, decision=LATER)
    publish()

    old, crossed_out, new = book_rows(session, Standing.of(session.scalars(select(NumberBook)).one()))
    assert crossed_out.number in old.notes[0]
    assert crossed_out.is_void
    assert new.notes == (f"Thay thế giấy số {old.number}",)


def test_a_team_is_reissued_what_its_members_of_that_day_had_done_whoever_joined_since(session):
    team = certified_team()
    join_team(team, make_person("Chưa Học"))
    in_unit(lambda s: s.execute(update(Team).values(name="Thôn Ngọc Lâm")))

    accept(propose_reissue(certificates()[0]))

    old, new = publish()
    assert (old.state, new.state) == ("superseded", "valid")
    assert new.snapshot["name"] == "Tổ công nghệ số cộng đồng thôn Ngọc Lâm"
    assert new.snapshot["result"] == old.snapshot["result"] == "3 trong 3 thành viên hoàn thành"
    assert new.snapshot["last_day"] == old.snapshot["last_day"]
    assert audit(session) == []


def test_a_newcomer_takes_a_waiting_reissue_of_a_team_from_nobody_and_is_no_change_of_it(session):
    team = certified_team()
    proposed = propose_reissue(certificates()[0])
    join_team(team, make_person("Chưa Học"))
    by = second_officer()

    assert changed_since(session, by=by, listed=proposed, issuer=ISSUER) == []
    accept(proposed)

    assert [row.state for row in certificates()] == ["superseded", "unpublished"]


def test_a_team_with_a_newcomer_is_certified_for_the_first_time_only_once_everybody_is_done(session):
    learned()
    team = rows_of(Team.id)[0]
    proposed = propose_about("team", SKILL, [f"team:{team}:{SKILL}"])
    join_team(team, make_person("Chưa Học"))

    with pytest.raises(rules.NotEarned):
        accept(proposed)


def test_a_team_whose_replacement_was_crossed_out_is_reissued_from_the_old_paper(session):
    team = certified_team()
    accept(propose_reissue(certificates()[0]))
    accept_ending(ask_void(certificates()[-1]))
    join_team(team, make_person("Chưa Học"))

    accept(propose_reissue(certificates()[0]))

    publish()
    assert [row.state for row in certificates()] == ["superseded", "void", "valid"]
    assert audit(session) == []


def test_two_books_are_locked_in_the_one_order_whichever_the_old_paper_stands_in(session):
    """An older year's book may have been opened after the newer one; two who lock them crosswise would wait forever."""
    new_year = NOW + timedelta(days=50)
    in_new_year, in_old_year = (
        Decision("1/QĐ-SKHCN", date(2027, 1, 5)),
        Decision("99/QĐ-SKHCN", date(2026, 12, 30)),
    )
    approve(finalised_class(("Lê Văn Tám",)), decision=in_new_year, now=new_year)
    approve(finalised_class(("Vũ Ẵng",)), decision=in_old_year, now=new_year)
    publish(now=new_year)
    certificate_id = session.scalars(
        select(Certificate.id).join(NumberBook, NumberBook.id == Certificate.book_id).where(NumberBook.year == 2026)
    ).one()
    by, decision = the_officer(), Decision("9/QĐ-SKHCN", date(2027, 1, 10))

    with books_locked(session) as books:
        in_unit(
            lambda s: rules.propose_reissue(
                s, by=by, certificate_id=certificate_id, decision=decision, issuer=ISSUER, now=new_year
            )
        )

    first_read = list(dict.fromkeys(books))
    assert first_read == sorted(first_read)
    assert len(first_read) == 2


@contextmanager
def books_locked(session):
    """Note which books are read by their key, and so locked, in this order."""
    books = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if "WHERE lms_number_books.id =" in statement:
            books.extend(parameters.values() if isinstance(parameters, dict) else parameters)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield books
    event.remove(session.get_bind(), "before_cursor_execute", note)
