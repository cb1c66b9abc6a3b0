"""What a person agreed to: taken back, its use stops."""

from sqlalchemy import func, select

from lms.learning.models import Attempt, Fact, LessonProgress
from lms.people.models import Account
from lms.people.rules import give_consent, withdraw_consent
from tests.factories import NOON, actor_of, make_team, member_of
from tests.lms.library.dying import publish

LESSON = "/khoa-hoc/dich-vu-cong-truc-tuyen/mot-cua-duy-nhat/"


def agree(unit, person_id, *purposes):
    def work(s):
        for purpose in purposes:
            give_consent(s, person_id=person_id, purpose=purpose, wording="…", means="thử", now=NOON)
        s.execute(Account.__table__.update().where(Account.person_id == person_id).values(pin_set_at=NOON))

    unit(work)


def test_after_a_withdrawn_yes_lessons_can_be_read_and_nothing_more_is_kept(client, unit, session):
    publish()
    person, account = member_of(make_team(), "Lò Thị Mai")
    agree(unit, person, "learning")
    unit(lambda s: withdraw_consent(s, by=actor_of(account), purpose="learning", now=NOON))
    client.sign_in(account)

    client.get(f"{LESSON}?the=3")
    client.post(f"{LESSON}kiem-tra/bat-dau", {}, 409)

    assert [session.scalar(select(func.count()).select_from(m)) for m in (LessonProgress, Attempt, Fact)] == [0, 0, 0]


def test_nobody_is_reminded_who_did_not_agree_to_it(client, unit):
    publish()
    team = make_team()
    _, leader = member_of(team, "Tổ trưởng", "leader")
    willing, _ = member_of(team, "Người đồng ý", phone="0914994101")
    unwilling, _ = member_of(team, "Người không đồng ý", phone="0914994102")
    member_of(team, "Người chưa vào", phone="0914994103")
    agree(unit, willing, "learning", "reminders")
    agree(unit, unwilling, "learning")

    page = client.sign_in(leader).get("/to/")

    called = {a["href"] for a in page.soup.find_all("a", href=True) if a["href"].startswith("tel:")}
    assert called == {"tel:0914994101", "tel:0914994103"}
