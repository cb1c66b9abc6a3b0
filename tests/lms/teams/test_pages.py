"""A clerk loads a roster and looks after the teams, without JavaScript, on both engines."""

import io

import pytest
from sqlalchemy import func, select

from lms.areas.models import Area
from lms.journal.models import Job, JournalEntry
from lms.people.models import Person
from lms.teams.models import Membership, Team
from lms.teams.queries import teams_of
from lms.teams.roster import read_roster
from tests.factories import clerk, join_team, make_person, make_team, member_of, officer
from tests.lms.teams.files import S2_HEADING, csv_file, s1_xlsx, s2_docx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def van_lang(session):
    return session.scalar(select(Area.code).where(Area.name == "Văn Lang", Area.parent_code == "19"))


@pytest.fixture
def at_work(client, van_lang):
    return client.sign_in(clerk(van_lang))


def _upload(client, data, name="ds.xlsx", status=303, **fields):
    form = client.get("/quan-ly/danh-sach/tai-len").form("/tai-len")
    return client.send(form, status=status, roster=(io.BytesIO(data), name), **fields)


def _load(client, run_jobs, data, name="ds.xlsx", **fields):
    """Choose a file, let the worker read it, and return the preview."""
    location = _upload(client, data, name, **fields).location
    run_jobs()
    return client.get(location)


def test_a_clerk_sees_every_row_before_writing_and_writes_once(at_work, run_jobs, session, van_lang):
    preview = _load(at_work, run_jobs, s1_xlsx())

    assert preview.h1 == "Xem trước danh sách"
    assert "7 Mới" in preview.text
    assert "Dòng ví dụ của mẫu" in preview.text
    assert teams_of(session, van_lang) == []

    done = at_work.send(preview.form("/ghi"), follow=True, status=200)

    assert done.h1 == "Đã ghi danh sách"
    assert [t.members for t in teams_of(session, van_lang)] == [4, 3]


def test_pressing_twice_writes_once(at_work, run_jobs, session):
    form = _load(at_work, run_jobs, s1_xlsx()).form("/ghi")

    first, second = at_work.send(form), at_work.send(form)

    assert first.location == second.location
    assert session.scalar(select(func.count(Membership.id))) == 7


def test_the_same_file_again_has_nothing_to_write(at_work, run_jobs):
    at_work.send(_load(at_work, run_jobs, s1_xlsx()).form("/ghi"))

    again = _load(at_work, run_jobs, s1_xlsx())

    assert "0 Mới" in again.text
    assert "0 Thay đổi" in again.text
    assert "Không cần ghi" in again.text


def test_rows_are_sifted_by_plain_links(at_work, run_jobs):
    preview = _load(at_work, run_jobs, s1_xlsx())
    link = next(a for a in preview.soup.find_all("a") if a.get_text().startswith("Bỏ qua"))

    page = at_work.get(link["href"])

    assert "Hoàng Thị Hoà" not in page.soup.find("table").get_text()
    assert "TỔNG" in page.soup.find("table").get_text()


def test_the_clerk_ticks_who_left(at_work, run_jobs, session):
    two = csv_file([S2_HEADING, (1, "Vừ A Páo", "TT", "0912000001"), (2, "Giàng A Lử", "TV", "0912000002")])
    one = csv_file([S2_HEADING, (1, "Vừ A Páo", "TT", "0912000001")])
    at_work.send(_load(at_work, run_jobs, two, "b.csv", team="Thôn 1").form("/ghi"))
    preview = _load(at_work, run_jobs, one, "b.csv", team="Thôn 1")

    at_work.send(preview.form("/ghi"), roi=preview.soup.find("input", attrs={"name": "roi"})["value"])

    assert session.scalar(select(func.count(Membership.id)).where(Membership.left_at.is_not(None))) == 1


def test_form_s2_names_the_team_above_the_table(at_work, run_jobs):
    assert "Thôn Đồng Tâm" in _load(at_work, run_jobs, s2_docx(), "b.docx").text


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "trống"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "mật khẩu"),
        (b"MZ\x90\x00" + bytes(90), "a.xlsx", "chương trình"),
    ],
    ids=["empty", "encrypted", "renamed-exe"],
)
def test_a_hostile_file_is_refused_at_once_on_the_same_page(at_work, session, data, name, words):
    page = _upload(at_work, data, name, status=422)

    assert page.h1 == "Nạp danh sách tổ"
    assert words in page.soup.find(role="alert").get_text()
    assert "chưa thay đổi gì" in page.text


def test_a_hundred_megabytes_are_turned_away_by_the_door(at_work):
    size = {"CONTENT_LENGTH": str(100 * 1024 * 1024)}

    page = at_work.post("/quan-ly/danh-sach/tai-len", status=413, environ_overrides=size)

    assert "Tệp lớn quá" in page.h1


@pytest.mark.parametrize(
    ("data", "words"),
    [(s1_xlsx()[:3000], "hỏng"), (s1_xlsx([("1", "Xã Văn Lăng", "Thôn 1", "", "Vừ A Páo", "TT", "", "")]), "Văn Lăng")],
    ids=["cut", "another-commune"],
)
def test_what_the_worker_cannot_take_is_told_on_the_import_s_page(at_work, run_jobs, data, words):
    page = _load(at_work, run_jobs, data)

    assert page.h1 == "Chưa nhận được tệp này"
    assert words in page.text
    assert "chưa thay đổi gì" in page.text


def test_a_form_without_a_file_says_so(at_work):
    page = at_work.send(at_work.get("/quan-ly/danh-sach/tai-len").form("/tai-len"), status=422)

    assert "Chưa chọn tệp" in page.text


def test_while_the_file_is_being_read_the_page_says_so(at_work):
    page = at_work.get(_upload(at_work, s1_xlsx()).location)

    assert page.h1 == "Đang đọc danh sách"
    assert page.headers["Refresh"] == "2"


def test_a_worker_that_died_while_reading_is_made_up_for(at_work, run_jobs, session, app):
    location = _upload(at_work, s1_xlsx()).location
    handler = app.extensions["lms"].handlers["roster.read"]
    run_jobs()

    from lms.journal.jobs import Progress

    job = session.scalars(select(Job)).one()
    handler(dict(job.payload), Progress(job.id), job)

    assert "7 Mới" in at_work.get(location).text


def test_after_another_clerk_wrote_the_file_is_read_again(at_work, run_jobs):
    first = _load(at_work, run_jobs, s1_xlsx())
    second = _load(at_work, run_jobs, s1_xlsx())
    at_work.send(first.form("/ghi"))

    refused = at_work.send(second.form("/ghi"), status=409)
    assert "người khác sửa" in refused.text
    location = at_work.send(second.form("/doc-lai")).location
    run_jobs()

    assert "0 Mới" in at_work.get(location).text


def test_a_file_put_aside_is_not_written(at_work, run_jobs, session, van_lang):
    preview = _load(at_work, run_jobs, s1_xlsx())

    page = at_work.send(preview.form("/bo"), follow=True, status=200)

    assert "Đã bỏ tệp này" in page.text
    assert teams_of(session, van_lang) == []
    assert at_work.get("/quan-ly/danh-sach/").soup.find(class_="chip").get_text() == "Đã bỏ"


@pytest.mark.parametrize(("form", "kind"), [("s1", "xlsx"), ("s2", "docx"), ("s1", "csv")])
def test_the_exported_roster_holds_the_same_people(at_work, run_jobs, session, form, kind):
    at_work.send(_load(at_work, run_jobs, s1_xlsx()).form("/ghi"))
    order = next(f for f in at_work.get("/quan-ly/to/").soup.find_all("form") if "/xuat/" in f["action"])

    location = at_work.send(order, layout=form, kind=kind).location
    run_jobs()
    data = at_work.get(f"{location}/tep").data

    assert len(read_roster(data, f"a.{kind}").entries) == 7
    assert session.scalars(select(JournalEntry).where(JournalEntry.verb == "export_roster")).one().detail["count"] == 7


def test_the_page_of_an_ordered_export_leads_back_to_the_teams(at_work, run_jobs, session, van_lang):
    make_team("Thôn 1", van_lang)
    order = next(f for f in at_work.get("/quan-ly/to/").soup.find_all("form") if "/xuat/" in f["action"])

    location = at_work.send(order, layout="s1", kind="csv").location
    run_jobs()

    result = session.scalars(select(Job.result).where(Job.kind == "roster.export")).one()
    assert sorted(result) == ["back", "file_id"]
    assert result["back"] == f"/quan-ly/to/?xa={van_lang}"
    back = next(a for a in at_work.get(location).soup.find_all("a") if a.get_text() == "Quay lại")
    assert "Thôn 1" in at_work.get(back["href"]).text


def test_the_preview_masks_the_numbers_of_members_whom_the_file_does_not_name(at_work, run_jobs, van_lang):
    member_of(make_team("Thôn 1", van_lang), "Giàng A Lử", "member", "0912000002")
    data = csv_file([S2_HEADING, (1, "Vừ A Páo", "TV", "0912000001")])

    page = _load(at_work, run_jobs, data, "b.csv", team="Thôn 1")

    assert "0912 000 001" in page.text
    assert "0912 000 ***" in page.text
    assert "0912 000 002" not in page.text


def test_teams_and_people_are_found_without_accents(at_work, van_lang):
    member_of(make_team("Thôn Đồng Tâm", van_lang), "Vừ A Páo")
    make_team("Thôn Nà Bủng", van_lang)

    by_team, by_person = at_work.get("/quan-ly/to/?tim=dong+tam"), at_work.get("/quan-ly/to/?tim=vu+a+pao")

    assert "Thôn Đồng Tâm" in by_team.text
    assert "Thôn Nà Bủng" not in by_team.text
    assert "Thôn Đồng Tâm" in by_person.text


def test_phones_are_masked_until_asked_for_and_asking_is_noted(at_work, session, van_lang):
    team = make_team("Thôn 1", van_lang)
    member_of(team, "Vừ A Páo", "leader", "0912000001")
    page = at_work.get(f"/quan-ly/to/{team}")
    assert "0912 000 ***" in page.text
    assert "0912 000 001" not in page.text

    full = at_work.send(page.form("/so-dien-thoai"), status=200)

    assert "0912 000 001" in full.text
    assert session.scalars(select(JournalEntry).where(JournalEntry.verb == "show_phones")).one().detail == {"count": 1}


def test_another_commune_s_team_import_and_member_do_not_exist(client, session, van_lang):
    team = make_team("Thôn 1", van_lang)
    membership = join_team(team, make_person("Vừ A Páo"))
    client.sign_in(clerk(session.scalar(select(Area.code).where(Area.name == "Văn Lăng"))))

    for path in (f"/quan-ly/to/{team}", f"/quan-ly/thanh-vien/{membership}", f"/quan-ly/to/?xa={van_lang}"):
        client.get(path, status=404)
    client.post(f"/quan-ly/danh-sach/xuat/{van_lang}", {"layout": "s1", "kind": "csv"}, status=404)
    client.post(f"/quan-ly/thanh-vien/{membership}/roi-to", status=404)
    assert session.get_one(Membership, membership).left_at is None


def test_an_officer_chooses_a_commune_of_the_province_first(client, van_lang):
    make_team("Thôn 1", van_lang)
    client.sign_in(officer("19"))

    page = client.get("/quan-ly/to/?tim=van+lang")

    assert [a.get_text() for a in page.soup.find("table").find_all("a")] == ["xã Văn Lang", "xã Văn Lăng"]
    assert "Thôn 1" in client.get(f"/quan-ly/to/?xa={van_lang}").text


def test_a_team_is_renamed_on_its_page(at_work, session, van_lang):
    team = make_team("Thôn 1", van_lang)

    page = at_work.send(
        at_work.get(f"/quan-ly/to/{team}/sua").form("/sua"), name="Thôn Đồng Tâm", follow=True, status=200
    )

    assert page.h1 == "Thôn Đồng Tâm"
    assert at_work.send(at_work.get(f"/quan-ly/to/{team}/sua").form("/sua"), name=" ", status=422)


def test_a_merged_team_leads_to_its_successor(at_work, van_lang):
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)
    member_of(one, "Vừ A Páo")

    page = at_work.send(at_work.get(f"/quan-ly/to/{one}/sua").form("/gop"), follow=True, status=200)

    assert page.h1 == "Thôn 2"
    assert "Vừ A Páo" in page.text
    assert "Nay là Thôn 2" in at_work.get(f"/quan-ly/to/{one}").text
    assert two


def test_a_member_changes_role_moves_and_leaves(at_work, session, van_lang):
    one, two = make_team("Thôn 1", van_lang), make_team("Thôn 2", van_lang)
    membership = join_team(one, make_person("Vừ A Páo"))
    page = at_work.get(f"/quan-ly/thanh-vien/{membership}")

    at_work.send(page.form(f"/{membership}"), role="deputy")
    moved = at_work.send(page.form("/chuyen-to"), follow=True, status=200)
    assert moved.h1 == "Thôn 2"
    live = session.scalars(select(Membership.id).where(Membership.left_at.is_(None))).one()
    at_work.send(at_work.get(f"/quan-ly/thanh-vien/{live}").form("/roi-to"))

    roles = session.execute(select(Membership.role, Membership.left_at).order_by(Membership.id)).all()
    assert [(role, left is not None) for role, left in roles] == [("deputy", True), ("member", True)]
    assert session.scalar(select(func.count(Person.id)).where(Person.full_name == "Vừ A Páo")) == 1
    assert session.get_one(Team, two).ended_at is None
