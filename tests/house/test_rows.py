"""Whose rows one sees: one's own team, commune and province; a stranger's row does not exist."""

import pytest

from lms.clock import utc_now
from lms.library.models import Course, Draft
from lms.teams.models import RosterImport
from lms.training.models import Call, TrainingClass
from tests.factories import (
    HAC_THANH,
    NOON,
    THANH_HOA,
    account_id_of,
    clerk,
    join_team,
    make_person,
    make_team,
    officer,
    trainer,
)

HA_NOI, BA_DINH = "01", "00004"


@pytest.fixture
def world(app, session, unit):
    """The same things in three places: at home, in the next commune, in another province."""
    from sqlalchemy import select

    from lms.areas.models import Area
    from lms.library.models import Skill

    neighbour = session.scalar(
        select(Area.code).where(Area.parent_code == THANH_HOA, Area.code != HAC_THANH).order_by(Area.code)
    )

    def shared(s):
        s.add(Skill(key="dich-vu-cong", title="Dịch vụ công trực tuyến", position=1))
        s.add(Course(slug="khoa", created_at=NOON))

    unit(shared)
    places = {"home": (THANH_HOA, HAC_THANH), "next": (THANH_HOA, neighbour), "far": (HA_NOI, BA_DINH)}
    return {where: things(unit, where, *codes) for where, codes in places.items()}


def things(unit, where, province, commune):
    """A team with people, an import, a call, a class and a draft of one place."""
    team = make_team(f"Tổ {where}", commune)
    person, leader = make_person(f"Tổ viên {where}"), make_person(f"Tổ trưởng {where}")
    membership = join_team(team, person)
    join_team(team, leader, "leader")
    staff = {
        "clerk": clerk(commune),
        "officer": officer(province),
        "trainer": trainer(province),
        "leader": account_id_of(leader),
    }

    def work(s):
        call = Call(
            province_code=province,
            title="Đợt",
            topics=["dich-vu-cong"],
            opens_at=NOON,
            closes_at=utc_now().replace(year=2030),
            created_at=NOON,
        )
        roster = RosterImport(commune_code=commune, file_name="danh sách.xlsx", created_at=NOON)
        s.add_all([call, roster])
        s.flush()
        hall = TrainingClass(
            call_id=call.id,
            province_code=province,
            topic="dich-vu-cong",
            title="Lớp",
            venue="Hội trường",
            capacity=2,
            state="planned",
            starts_on=NOON.date(),
            ends_on=NOON.date(),
            locks_at=NOON,
            created_at=NOON,
            trainer_id=staff["trainer"],
        )
        draft = Draft(
            course_slug="khoa",
            lesson_slug="bai",
            title="Bài",
            front={"minutes": 8, "goal": "Làm được.", "test": {"draw": 3, "pass": 80}},
            notes=[],
            markdown="## Thẻ\n\nChữ.",
            questions={"practice": [], "bank": []},
            media={},
            province_code=province,
            created_at=NOON,
            created_by_id=staff["trainer"],
            updated_at=NOON,
        )
        s.add_all([hall, draft])
        s.flush()
        return {"call": call.id, "roster": roster.id, "hall": hall.id, "draft": draft.id}

    return {
        **staff,
        **unit(work),
        "team": team,
        "person": person,
        "membership": membership,
        "commune": commune,
        "province": province,
    }


# role, page, may the neighbour (same province, other commune) see it, may somebody from far away
PAGES = [
    ("clerk", "/quan-ly/to/{team}", False, False),
    ("clerk", "/quan-ly/to/{team}/sua", False, False),
    ("clerk", "/quan-ly/thanh-vien/{membership}", False, False),
    ("clerk", "/quan-ly/danh-sach/{roster}", False, False),
    ("clerk", "/quan-ly/xa/{commune}/", False, False),
    ("clerk", "/quan-ly/bao-cao/{commune}/2026-Q4/", False, False),
    ("clerk", "/quan-ly/bao-cao/{commune}/2026-Q4.xlsx", False, False),
    ("clerk", "/quan-ly/bao-cao/{province}/2026-Q4.json", None, None),
    ("officer", "/quan-ly/to/{team}", True, False),
    ("officer", "/quan-ly/xa/{commune}/", True, False),
    ("officer", "/quan-ly/tinh/{province}/", True, False),
    ("officer", "/quan-ly/bao-cao/{province}/2026-Q4.json", True, False),
    ("officer", "/quan-ly/tap-huan/dot/{call}/", True, False),
    ("officer", "/quan-ly/tap-huan/dot/{call}/sua", True, False),
    ("officer", "/quan-ly/tap-huan/dot/{call}/xa", True, False),
    ("officer", "/quan-ly/tap-huan/lop/{hall}/", True, False),
    ("leader", "/tap-huan/dot/{call}/cach-xep", True, False),
    ("trainer", "/quan-ly/hoc-lieu/{draft}/", True, False),
    ("trainer", "/quan-ly/hoc-lieu/{draft}/cau-hoi/chon-mot", True, False),
    ("leader", "/to/?to={team}", False, False),
    ("leader", "/tap-huan/dot/{call}/to/{team}/", False, False),
]


@pytest.mark.parametrize(("role", "page", "neighbour", "far"), PAGES)
def test_a_page_exists_only_for_those_whose_it_is(client, world, role, page, neighbour, far):
    path = page.format(**world["home"])

    def opens(where):
        client.sign_in(world[where][role])
        status = client.status_of(path)
        assert status in (200, 303, 404), (where, status)
        return status != 404

    if neighbour is None:
        assert not opens("home")
        assert not opens("next")
        return
    assert opens("home")
    assert opens("next") is neighbour
    assert opens("far") is far


DEEDS = [
    ("clerk", "/quan-ly/to/{team}/phieu"),
    ("clerk", "/quan-ly/to/{team}/phieu/{person}"),
    ("clerk", "/quan-ly/to/{team}/so-dien-thoai"),
    ("clerk", "/quan-ly/danh-sach/{roster}/ghi"),
    ("clerk", "/quan-ly/danh-sach/{roster}/bo"),
    ("clerk", "/quan-ly/thanh-vien/{membership}/roi-to"),
    ("officer", "/quan-ly/tap-huan/dot/{call}/mo"),
    ("officer", "/quan-ly/tap-huan/dot/{call}/khep-lai"),
    ("officer", "/quan-ly/tap-huan/lop/{hall}/cong-bo"),
    ("officer", "/quan-ly/tap-huan/lop/{hall}/huy"),
    ("officer", "/quan-ly/tap-huan/lop/{hall}/so-cho"),
    ("officer", "/quan-ly/tap-huan/lop/{hall}/chot-ket-qua"),
    ("trainer", "/quan-ly/hoc-lieu/{draft}/bo"),
    ("trainer", "/quan-ly/hoc-lieu/{draft}/phat-hanh"),
]


@pytest.mark.parametrize(("role", "deed"), DEEDS)
def test_nobody_from_another_province_can_do_a_deed_here(client, world, role, deed):
    client.sign_in(world["far"][role])

    client.post(deed.format(**world["home"]), {"capacity": "9"}, 404)


def test_a_person_of_another_team_is_not_found_through_ones_own(client, world):
    client.sign_in(world["home"]["clerk"])

    client.post(f"/quan-ly/to/{world['home']['team']}/phieu/{world['next']['person']}", {}, 404)
