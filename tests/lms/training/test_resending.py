"""What was given back to be put right can be put right, also after the deadline, and nothing ends without a word."""

from datetime import timedelta

import pytest

from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.journal.models import Notice
from lms.training import rules
from lms.training.models import NeedProposal

from .world import OTHER_TOPIC


@pytest.fixture
def returned(world):
    """A team of a call that asks for the commune's word, whose need the clerk gives back after the deadline."""
    world.use_call(needs_confirmation=True)
    team = world.team()
    need_id = world.register(team)
    close(world)
    world.do(rules.return_need, by=world.clerk, need_id=need_id, reason="ghi sai người")
    return team, need_id


def close(world):
    world.do(rules.close_call, by=world.officer, call_id=world.call, reason="đã đủ")


def told(person_id, template):
    session = db_session()
    session.rollback()
    return [row.text for row in session.query(Notice).filter_by(person_id=person_id, template=template)]


def test_a_need_given_back_after_the_deadline_is_sent_again_under_its_number(world, returned):
    team, need_id = returned

    assert world.register(team, nominee_ids=(team.deputy,)) == need_id

    need = world.need(need_id)
    assert (need.state, need.queue_seq, need.nominee_ids) == ("submitted", 1, [team.deputy])
    world.do(rules.confirm_need, by=world.clerk, need_id=need_id)
    assert world.findings() == []


def test_after_the_deadline_nothing_else_is_registered(world, returned):
    team, _ = returned

    with pytest.raises(rules.CallNotOpen):
        world.register(world.team())
    with pytest.raises(rules.CallNotOpen):
        world.register(team, topic=OTHER_TOPIC)


def test_a_need_given_back_in_a_planned_round_is_sent_again_and_in_an_archived_one_not(world, returned):
    team, need_id = returned
    world.do(rules.mark_planned, by=world.officer, call_id=world.call)
    world.register(team)
    assert world.need(need_id).state == "submitted"
    world.do(rules.return_need, by=world.clerk, need_id=need_id, reason="vẫn sai")
    world.do(rules.archive_call, by=world.officer, call_id=world.call)

    with pytest.raises(rules.CallNotOpen):
        world.register(team)


def test_accepting_a_proposal_sends_a_returned_need_again(world, returned):
    team, need_id = returned
    world.register(team, "deputy", note="hai máy")
    assert world.need(need_id).state == "returned"
    proposal = db_session().query(NeedProposal).filter_by(decided_at=None).one().id

    world.do(rules.accept_proposal, by=team.by("leader"), proposal_id=proposal)

    need = world.need(need_id)
    assert (need.state, need.queue_seq, need.note) == ("submitted", 1, "hai máy")
    (text,) = told(team.deputy, "need-proposal-accepted")
    assert text.endswith("Nhu cầu đã được gửi lại.")
    assert world.findings() == []


def test_after_three_days_without_an_answer_the_returned_need_is_sent_again(world, returned):
    team, need_id = returned
    world.register(team, "deputy", note="hai máy")
    later = world.now + timedelta(hours=72)

    in_unit(lambda s: rules.accept_due_proposals(s, later))

    assert (world.need(need_id).state, world.need(need_id).note) == ("submitted", "hai máy")
    assert world.findings(later) == []


def test_where_no_word_of_the_commune_is_asked_accepting_also_confirms(world):
    team = world.team()
    need_id = world.register(team)
    world.do(rules.return_need, by=world.officer, need_id=need_id, reason="xem lại")
    world.register(team, "deputy", note="hai máy")
    proposal = db_session().query(NeedProposal).one().id

    world.do(rules.accept_proposal, by=team.by("leader"), proposal_id=proposal)

    assert world.need(need_id).state == "confirmed"


def test_what_the_archive_ends_is_told_to_leader_deputy_and_commune(world, returned):
    team, need_id = returned
    clerk = world.clerk

    done = world.do(rules.archive_call, by=world.officer, call_id=world.call)

    assert (done.withdrawn, world.need(need_id).state) == (1, "withdrawn")
    for person in (team.leader, team.deputy):
        (text,) = told(person, "need-ended")
        assert text.startswith("Đợt “Đợt tháng 12” đã khép lại. Nhu cầu đã trả lại để sửa mà tổ chưa gửi lại")
    assert told(clerk.person_id, "need-ended-clerk")


def test_what_is_carried_is_not_promised_to_come_first(world):
    team = world.team()
    world.register(team)
    close(world)

    world.do(rules.archive_call, by=world.officer, call_id=world.call)

    (text,) = told(team.leader, "need-unmet")
    assert text.endswith("Nhu cầu được chuyển sang đợt sau và được tính thời gian đã chờ.")


def test_after_the_deadline_the_pages_lead_to_sending_it_again(world, client):
    world.now = utc_now()
    world.use_call(needs_confirmation=True)
    team = world.team()
    need_id = world.register(team)
    close(world)
    world.do(rules.return_need, by=world.clerk, need_id=need_id, reason="ghi sai người")
    client.sign_in(team.accounts["leader"])

    page = client.get(f"/tap-huan/nhu-cau/{need_id}/")
    form_page = client.get(page.soup.find("a", string="Sửa và gửi lại")["href"])
    assert "Nhu cầu số 1 đã được trả lại để sửa." in form_page.text
    client.send(form_page.form(), 303)

    assert world.need(need_id).state == "submitted"
    assert "Sửa và gửi lại" not in client.get("/tap-huan/").text
