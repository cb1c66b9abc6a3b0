"""Who has the last word in a team: proposals, their three days, and delegation."""

from datetime import date, timedelta

import pytest

from lms.clock import vn_date
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry, Notice
from lms.teams.models import Membership
from lms.training import rules
from lms.training.models import Delegation, NeedProposal, NeedSignature, TrainingEvent
from tests.factories import NOON, actor_of, clerk, member_of

from .world import TOPIC

HOURS_72 = timedelta(hours=72)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def team(world):
    return world.team()


@pytest.fixture
def need_id(world, team):
    return world.register(team, nominee_ids=(team.leader,), note="hai máy")


def proposals() -> list[NeedProposal]:
    session = db_session()
    session.rollback()
    return session.query(NeedProposal).order_by(NeedProposal.id).all()


def propose(world, team, now=NOON, **wish) -> int:
    world.register(team, "deputy", now=now, **{"nominee_ids": (team.deputy,), "note": "hai máy"} | wish)
    return proposals()[-1].id


def last_event(need_id):
    events = db_session().query(TrainingEvent).filter_by(entity="need", entity_id=need_id)
    return events.order_by(TrainingEvent.id.desc()).first()


def lapse(now) -> int:
    return in_unit(lambda s: rules.accept_due_proposals(s, now))


# -- proposals


def test_a_deputys_differing_word_waits_as_a_proposal(world, team, need_id):
    propose(world, team)

    assert world.need(need_id).nominee_ids == [team.leader]
    (proposal,) = proposals()
    assert (proposal.changes, proposal.person_id, proposal.outcome) == (
        {"nominee_ids": [team.deputy]},
        team.deputy,
        None,
    )
    assert {s.role for s in db_session().query(NeedSignature)} == {"leader", "deputy"}


def test_a_deputys_same_word_is_a_signature_and_no_proposal(world, team, need_id):
    world.register(team, "deputy", nominee_ids=(team.leader,), note="hai máy")

    assert proposals() == []


@pytest.mark.parametrize("who", ["leader", "clerk"])
def test_leader_or_commune_accepts_and_the_number_stays(world, team, need_id, who):
    proposal = propose(world, team)
    by = world.clerk if who == "clerk" else team.by("leader")

    world.do(rules.accept_proposal, by=by, proposal_id=proposal)

    need = world.need(need_id)
    assert (need.nominee_ids, need.queue_seq, need.state) == ([team.deputy], 1, "confirmed")
    assert proposals()[0].outcome == "accepted"
    assert last_event(need_id).snapshot["changes"] == {"nominee_ids": [[team.leader], [team.deputy]]}
    assert world.findings() == []


def test_a_refused_proposal_changes_nothing_and_its_author_learns_why(world, team, need_id):
    proposal = propose(world, team)

    world.do(rules.refuse_proposal, by=team.by("leader"), proposal_id=proposal, reason="tôi đi được")

    assert world.need(need_id).nominee_ids == [team.leader]
    assert proposals()[0].outcome == "refused"
    told = db_session().query(Notice).filter_by(template="need-proposal-refused").one()
    assert (told.person_id, "tôi đi được" in told.text) == (team.deputy, True)


def test_nobody_decides_on_their_own_proposal_or_twice_or_as_a_stranger(world, team, need_id):
    proposal, other = propose(world, team), world.team()

    with pytest.raises(rules.NotYoursToDecide):
        world.do(rules.accept_proposal, by=team.by("deputy"), proposal_id=proposal)
    with pytest.raises(rules.NotLeader):
        world.do(rules.accept_proposal, by=team.by("member"), proposal_id=proposal)
    for stranger in (other.by("leader"), actor_of(clerk("00004")), world.officer):
        with pytest.raises(NotFound):
            world.do(rules.refuse_proposal, by=stranger, proposal_id=proposal)
    world.do(rules.refuse_proposal, by=team.by("leader"), proposal_id=proposal)
    for verb in (rules.accept_proposal, rules.refuse_proposal):
        with pytest.raises(rules.ProposalDecided):
            world.do(verb, by=team.by("leader"), proposal_id=proposal)
    assert world.need(need_id).nominee_ids == [team.leader]


def test_a_newer_proposal_replaces_the_older(world, team, need_id):
    propose(world, team)
    newer = propose(world, team, note="ba máy")

    assert [p.outcome for p in proposals()] == ["replaced", None]
    assert proposals()[1].changes == {"nominee_ids": [team.deputy], "note": "ba máy"}
    world.do(rules.accept_proposal, by=team.by("leader"), proposal_id=newer)
    assert world.need(need_id).note == "ba máy"


def test_nobody_answering_for_72_hours_is_a_yes(world, team, need_id):
    propose(world, team)

    assert lapse(NOON + HOURS_72 - MOMENT) == 0
    assert world.need(need_id).nominee_ids == [team.leader]
    assert lapse(NOON + HOURS_72) == 1

    assert world.need(need_id).nominee_ids == [team.deputy]
    assert proposals()[0].outcome == "lapsed"
    assert last_event(need_id).channel == "timer"
    assert lapse(NOON + HOURS_72) == 0


def test_a_proposal_made_in_time_is_still_answered_after_the_deadline(world, team, need_id):
    propose(world, team, now=NOON + timedelta(days=6))
    after = NOON + timedelta(days=9)
    in_unit(lambda s: rules.close_due_calls(s, after))

    assert lapse(after) == 1

    assert world.need(need_id).nominee_ids == [team.deputy]


def test_what_is_impossible_by_then_is_a_no_with_the_reason(world, team, need_id):
    propose(world, team)
    in_unit(lambda s: s.query(Membership).filter_by(person_id=team.deputy).update({"left_at": NOON}))

    with pytest.raises(rules.WishNotPossible):
        world.do(rules.accept_proposal, by=team.by("leader"), proposal_id=proposals()[0].id)
    assert lapse(NOON + HOURS_72) == 1

    assert world.need(need_id).nominee_ids == [team.leader]
    assert proposals()[0].outcome == "refused"
    assert "không còn trong tổ" in last_event(need_id).reason


def test_once_the_need_has_a_place_its_proposals_lapse(world, team, need_id):
    proposal = propose(world, team)
    world.group(world.plan(), need_id)

    with pytest.raises(rules.AlreadySettled):
        world.do(rules.accept_proposal, by=team.by("leader"), proposal_id=proposal)
    assert lapse(NOON + HOURS_72) == 1
    assert proposals()[0].outcome == "refused"
    assert world.need(need_id).state == "grouped"


# -- who changes at once


def test_a_deputy_who_signed_alone_changes_at_once(world, team):
    need_id = world.register(team, "deputy", note="một")

    world.register(team, "deputy", note="hai")

    assert world.need(need_id).note == "hai"
    assert proposals() == []


def test_in_a_team_without_a_leader_the_deputies_decide(world, team):
    another = member_of(team.id, "Vũ Thị Phó Hai", "deputy")
    in_unit(lambda s: s.query(Membership).filter_by(person_id=team.leader).update({"left_at": NOON}))
    need_id = world.register(team, "deputy", note="một")

    world.do(
        rules.register_need,
        by=actor_of(another[1]),
        call_id=world.call,
        team_id=team.id,
        topic=TOPIC,
        wish=rules.Wish(note="hai"),
    )

    assert world.need(need_id).note == "hai"


# -- delegation


def delegate(world, team, until=None, **but):
    what = {"by": team.by("leader"), "team_id": team.id, "person_id": team.deputy, "until": until or vn_date(NOON)}
    return world.do(rules.delegate, **what | but).id


def test_a_delegated_deputy_changes_at_once_until_the_day_is_over(world, team, need_id):
    delegate(world, team, until=date(2026, 11, 22), reason="đi công tác")

    last_moment = NOON.replace(day=22, hour=16, minute=59)
    world.register(team, "deputy", note="của tổ phó", now=last_moment)
    assert world.need(need_id).note == "của tổ phó"
    assert proposals() == []

    propose(world, team, now=NOON.replace(day=22, hour=17), note="hôm sau")
    assert world.need(need_id).note == "của tổ phó"
    assert len(proposals()) == 1


def test_delegation_is_journalled_and_told_and_ends_at_the_leaders_word(world, team, need_id):
    given = delegate(world, team, until=date(2026, 12, 20))
    world.do(rules.end_delegation, by=team.by("leader"), delegation_id=given)

    propose(world, team)

    assert len(proposals()) == 1
    assert [e.verb for e in db_session().query(JournalEntry).filter_by(kind="team").order_by(JournalEntry.id)] == [
        "delegate_team",
        "end_delegation",
    ]
    told = db_session().query(Notice).filter_by(person_id=team.deputy)
    assert {n.template for n in told} >= {"delegated", "delegation-ended"}
    with pytest.raises(rules.DelegationNotPossible):
        world.do(rules.end_delegation, by=team.by("leader"), delegation_id=given)


def test_delegating_again_replaces_the_earlier_word(world, team):
    first, second = delegate(world, team), delegate(world, team, until=date(2026, 12, 1))

    rows = {d.id: d.ended_at for d in db_session().query(Delegation)}
    assert rows == {first: NOON, second: None}


def test_a_delegated_deputy_also_answers_another_deputys_proposal(world, team, need_id):
    _, account = member_of(team.id, "Vũ Thị Phó Hai", "deputy")
    delegate(world, team)
    world.do(
        rules.register_need,
        by=actor_of(account),
        call_id=world.call,
        team_id=team.id,
        topic=TOPIC,
        wish=rules.Wish(note="bốn máy", nominee_ids=(team.leader,)),
    )

    world.do(rules.accept_proposal, by=team.by("deputy"), proposal_id=proposals()[0].id)

    assert world.need(need_id).note == "bốn máy"


def test_only_the_leader_delegates_and_takes_back(world, team):
    given = delegate(world, team)
    other = world.team()

    for by in (team.by("deputy"), world.clerk):
        with pytest.raises(rules.OnlyTheLeader):
            delegate(world, team, by=by)
        with pytest.raises(rules.OnlyTheLeader):
            world.do(rules.end_delegation, by=by, delegation_id=given)
    for verb, what in ((rules.delegate, {"team_id": team.id, "person_id": team.deputy, "until": vn_date(NOON)}),
                       (rules.end_delegation, {"delegation_id": given})):  # fmt: skip
        with pytest.raises(NotFound):
            world.do(verb, by=other.by("leader"), **what)
    assert db_session().query(Delegation).one().ended_at is None


@pytest.mark.parametrize("until", [date(2026, 11, 20), date(2028, 1, 1)])
def test_a_day_that_is_over_or_far_away_is_refused(world, team, until):
    with pytest.raises(rules.DelegationNotPossible, match="Ngày cuối"):
        delegate(world, team, until=until)


def test_only_a_deputy_of_the_team_is_delegated(world, team):
    other = world.team()

    for person in (team.member, other.deputy):
        with pytest.raises(rules.DelegationNotPossible, match="tổ phó"):
            delegate(world, team, person_id=person)
    assert db_session().query(Delegation).count() == 0
