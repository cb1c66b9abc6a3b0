"""Who is told what: person, leader, deputy, clerk, officer; one sentence an event and person, with what to do."""

from datetime import timedelta

import pytest

from lms.clock import vn_moment
from lms.db import db_session, in_unit
from lms.journal.models import Notice
from lms.people.rules import account_of, grant_role
from lms.training import rules
from lms.training.timetable import warn_too_few
from tests.factories import actor_of, clerk, officer

from .world import AT_CLASS, HOUR


@pytest.fixture
def people(world):
    """Whoever may be told, by what the campaign calls them."""
    team = world.team()
    return {
        "leader": team.leader,
        "deputy": team.deputy,
        "member": team.member,
        "clerk": world.clerk.person_id,
        "officer": world.officer.person_id,
        "team": team,
    }


class Post:
    """Reads what people were told since it was asked last."""

    def __init__(self, people):
        self.names = {number: name for name, number in people.items() if name != "team"}
        self.last = 0

    def told(self):
        """Return {who: template} of the news; nobody is told one event twice."""
        session = db_session()
        session.rollback()
        rows = session.query(Notice).filter(Notice.id > self.last).order_by(Notice.id).all()
        self.last = max((row.id for row in rows), default=self.last)
        assert len({(row.event, row.person_id) for row in rows}) == len(rows), "told twice of one event"
        found = {}
        for row in rows:
            if row.person_id in self.names:
                found.setdefault(self.names[row.person_id], []).append(row.template)
        return found


@pytest.fixture
def post(people):
    return Post(people)


def texts_of(person_id):
    session = db_session()
    session.rollback()
    return [row.text for row in session.query(Notice).filter_by(person_id=person_id).order_by(Notice.id)]


def offered(world, team, **but):
    class_id = world.published(team, **but)
    return class_id, world.seat(class_id, team.leader).id


def test_a_registration_is_told_to_the_other_of_leader_and_deputy_and_to_the_clerk(world, people, post):
    world.register(people["team"])

    assert post.told() == {"deputy": ["need-registered"], "clerk": ["need-registered-clerk"]}


def test_a_registration_by_the_commune_is_told_to_leader_and_deputy(world, people, post):
    team = people["team"]
    world.do(
        rules.register_need, by=world.clerk, call_id=world.call, team_id=team.id, topic="dich-vu-cong",
        wish=rules.Wish(), reason="Tổ không có mạng",
    )  # fmt: skip

    assert post.told() == {"leader": ["need-by-proxy"], "deputy": ["need-by-proxy"]}


def test_a_second_signature_is_the_teams_own_matter_and_a_differing_word_the_clerks_too(world, people, post):
    world.register(people["team"])
    post.told()
    world.register(people["team"], "deputy", now=world.now + HOUR)
    assert post.told() == {"leader": ["need-joined"]}

    world.register(people["team"], "deputy", now=world.now + 2 * HOUR, seats_wanted=2)

    assert post.told() == {"leader": ["need-proposed"], "clerk": ["need-proposed-clerk"]}
    assert "trả lời trong 3 ngày" in texts_of(people["leader"])[-1]


def test_an_offer_reaches_the_person_the_team_and_the_clerk_with_place_date_and_deadline(world, people, post):
    need_id = world.register(people["team"])
    post.told()
    class_id = world.plan()
    world.group(class_id, need_id)
    assert post.told() == {}, "a class that is being planned is told to nobody"
    world.publish(class_id)

    assert post.told() == {
        "leader": ["seat-offered"],
        "deputy": ["seat-offered-team"],
        "clerk": ["seat-offered-clerk"],
    }
    seat = world.seat(class_id, people["leader"])
    sentence = texts_of(people["leader"])[-1]
    assert "Nhà văn hóa phường Hạc Thành" in sentence
    assert f"trước {vn_moment(seat.expires_at)}" in sentence
    assert texts_of(people["clerk"])[-1].startswith("Nguyễn Thị Trưởng 1: Mời dự lớp")


def test_who_waits_is_told_the_place_in_the_queue(world, people, post):
    first = world.team()
    world.published(first, people["team"], capacity=1)

    assert post.told()["leader"] == ["seat-waiting"]
    assert "đứng thứ 1 trong hàng chờ" in texts_of(people["leader"])[-1]
    assert "seat-waiting-clerk" not in {row.template for row in db_session().query(Notice)}


def test_a_confirmation_and_a_refusal_are_told_to_everybody_but_who_did_it(world, people, post):
    class_id, seat = offered(world, people["team"])
    post.told()
    world.do(rules.confirm_seat, by=people["team"].by("deputy"), seat_id=seat)
    assert post.told() == {"leader": ["seat-confirmed"], "clerk": ["seat-confirmed-clerk"]}

    world.do(rules.cancel_seat, by=people["team"].by("leader"), seat_id=seat, reason="bận", now=world.now + HOUR)
    assert post.told() == {"deputy": ["seat-cancelled-team"], "clerk": ["seat-cancelled-clerk"]}
    assert world.findings() == []
    assert class_id


def test_a_substitution_is_told_to_both(world, people, post):
    class_id, seat = offered(world, people["team"])
    post.told()
    world.do(rules.substitute, by=world.clerk, seat_id=seat, person_id=people["member"])

    told = post.told()
    assert "seat-moved" in told["leader"]
    assert told["member"] == ["seat-taken-over"]
    assert "clerk" not in told
    assert "Hãy bấm xác nhận" in texts_of(people["member"])[-1]
    assert class_id


def test_a_lapsed_offer_is_told_to_the_person_and_the_team(world, people, post):
    class_id, seat = offered(world, people["team"])
    post.told()
    world.do(rules.expire_offers, by=world.officer, now=world.seat(class_id, people["leader"]).expires_at)

    told = post.told()
    assert "seat-expired" in told["leader"]
    assert "seat-expired-team" in told["deputy"]
    assert "seat-expired-clerk" not in told.get("clerk", [])
    assert seat


def test_a_cancelled_class_is_told_to_all(world, people, post):
    class_id, _ = offered(world, people["team"])
    post.told()
    world.cancel(class_id)

    told = post.told()
    assert told["leader"] == ["class-cancelled"]
    assert told["deputy"] == ["class-cancelled-team"]
    assert "class-cancelled-clerk" in told["clerk"]


def test_a_class_put_off_twice_is_told_twice(world, people, post):
    class_id, _ = offered(world, people["team"])
    day = (AT_CLASS + timedelta(days=9)).date()
    for turn in range(2):
        now = world.now + (turn + 1) * HOUR
        world.do(rules.postpone_class, by=world.officer, class_id=class_id, reason="bão", now=now)
        world.do(
            rules.set_new_dates, by=world.officer, class_id=class_id, lock_hours=48, now=now,
            sessions=((day + timedelta(days=turn), "sang"), (day + timedelta(days=turn), "chieu")),
        )  # fmt: skip

    told = post.told()
    assert told["leader"].count("class-postponed") == 2
    assert told["leader"].count("seat-offered") == 3


def test_a_decision_of_two_is_told_to_the_other_officers(world, people, post):
    second = world.second_officer.person_id
    class_id, _ = offered(world, people["team"], capacity=10, min_viable=5)
    world.do(rules.ask_cancel, by=world.officer, class_id=class_id, reason="ít người")

    assert texts_of(second)
    assert not any(template.startswith("decision-asked") for template in post.told().get("officer", []))


def test_results_are_told_to_the_person_the_team_and_the_clerk(world, people, post):
    class_id, seat = offered(world, people["team"])
    world.do(rules.confirm_seat, by=people["team"].by("leader"), seat_id=seat)
    post.told()
    world.finalise(class_id)

    told = post.told()
    assert told["leader"] == ["seat-result"]
    assert told["clerk"] == ["seat-result-clerk"]


def test_a_clerk_who_leads_a_team_reads_each_event_once(world, people, unit):
    unit(
        lambda s: grant_role(
            s, account_id=account_of(s, people["deputy"]).id, role="clerk", area_code="14797", by=world.officer,
            now=world.now,
        )
    )  # fmt: skip
    offered(world, people["team"])

    assert len([text for text in texts_of(people["deputy"]) if "Mời dự lớp" in text]) == 1


def test_staff_of_other_places_are_told_nothing(world, people):
    strangers = [clerk("14758"), officer("01")]
    class_id, _ = offered(world, people["team"])
    world.cancel(class_id)

    assert all(texts_of(actor_of(account).person_id) == [] for account in strangers)


def test_a_class_with_too_few_people_is_told_to_the_officers_and_again_after_new_dates(world, people, post):
    class_id, _ = offered(world, people["team"], capacity=10, min_viable=5)
    post.told()
    day = AT_CLASS.date() + timedelta(days=9)
    in_unit(lambda s: warn_too_few(s, AT_CLASS - timedelta(days=6)))
    assert post.told()["officer"] == ["class-too-few"]
    in_unit(lambda s: warn_too_few(s, AT_CLASS - timedelta(days=5)))
    assert post.told() == {}
    now = AT_CLASS - timedelta(days=4)
    world.do(rules.postpone_class, by=world.officer, class_id=class_id, reason="ít người", now=now)
    world.do(rules.set_new_dates, by=world.officer, class_id=class_id, lock_hours=48, now=now,
             sessions=((day, "sang"), (day, "chieu")))  # fmt: skip
    post.told()

    in_unit(lambda s: warn_too_few(s, AT_CLASS + timedelta(days=4)))

    assert post.told()["officer"] == ["class-too-few"]


def test_news_leads_to_the_page_where_one_answers(world, people):
    offered(world, people["team"])
    for person, page in (("leader", "/tap-huan/"), ("clerk", "/quan-ly/tap-huan/xa/")):
        row = db_session().query(Notice).filter_by(person_id=people[person]).order_by(Notice.id.desc()).first()
        assert row.path == page
