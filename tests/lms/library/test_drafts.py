"""A trainer's lesson from document to a new version, by rules and by pages."""

import io
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import Job
from lms.learning.models import SkillCompletion
from lms.library import draft_packages, drafts, queries
from lms.library.gate import UnreadableDocument
from lms.library.models import CourseVersion, Draft
from lms.library.rules import PackageRefused
from tests.factories import NOON, actor_of, make_team, trainer
from tests.lms.learning.people import learner_in, pass_course
from tests.lms.library import files
from tests.lms.library.package import make_files, publish

LATER = NOON + timedelta(days=1)
QUESTION = {"kind": "truefalse", "text": "Mã ở trên tin nhắn.", "right": True, "help": "Đúng vậy.", "card": 1}


@pytest.fixture
def giang(app):
    """A trainer of the province, with a course to write for."""
    publish()
    return actor_of(trainer())


@pytest.fixture
def begin(giang, unit):
    def start(**how):
        how = {"course": "dich-vu-cong", "title": "Tra cứu hồ sơ", **how}
        return unit(lambda s: drafts.start_draft(s, by=giang, now=NOON, **how).id)

    return start


def add_questions(unit, by, draft_id, count=3):
    for _ in range(count):
        unit(
            lambda s: drafts.add_question(s, by=by, draft_id=draft_id, use="bank", question=QUESTION, now=NOON) and None
        )


def test_a_new_lesson_gets_an_address_from_its_title(begin, session):
    draft = session.get(Draft, begin())

    assert draft.lesson_slug == "tra-cuu-ho-so"


def test_a_title_that_is_taken_gets_another_address(begin, session):
    draft = session.get(Draft, begin(title="Mốt cửa"))

    assert draft.lesson_slug == "mot-cua-2"


def test_an_existing_lesson_can_be_taken_up(begin, session):
    draft = session.get(Draft, begin(lesson="mot-cua"))

    assert (draft.title, len(draft.questions["bank"])) == ("Bài mot cua", 6)
    assert draft.front["facts"][0]["checked"] == "2026-11-01"


def test_only_trainers_and_officers_write_lessons(giang, unit):
    member = learner_in(make_team())

    with pytest.raises(drafts.NoProvince):
        unit(lambda s: drafts.start_draft(s, by=member, course="dich-vu-cong", title="X", now=NOON))


def test_a_trainer_of_another_province_does_not_find_the_draft(begin, unit, session):
    draft_id = begin()
    stranger = actor_of(trainer("01", "Người Tỉnh Khác"))

    with pytest.raises(NotFound):
        draft_packages.own_draft(session, by=stranger, draft_id=draft_id)


def test_a_word_file_is_read_in_the_background(begin, run_jobs, session, giang, unit):
    draft_id = begin(upload=drafts.Upload(files.word(), "bai.docx"))
    with pytest.raises(drafts.StillReading):
        unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, now=NOON))

    run_jobs()

    session.expire_all()
    draft = session.get(Draft, draft_id)
    assert draft.job_id is None
    assert draft.markdown.startswith("## Chuẩn bị giấy tờ")
    assert sorted(draft.media) == ["tra-cuu-ho-so-1.webp", "tra-cuu-ho-so-2.webp"]
    assert len(draft.notes) == 2


def test_reading_the_same_document_again_gives_the_same(begin, run_jobs, session, unit):
    draft_id = begin(upload=drafts.Upload(files.MARKDOWN.encode(), "bai.md"))
    job_id = session.get(Draft, draft_id).job_id
    run_jobs()
    session.expire_all()
    before = session.get(Draft, draft_id).markdown

    def again(s):
        job = s.get(Job, job_id)
        job.finished_at = job.result = None

    unit(again)
    run_jobs()

    session.expire_all()
    assert session.get(Draft, draft_id).markdown == before


def test_a_renamed_program_never_becomes_a_draft(begin, session):
    with pytest.raises(UnreadableDocument):
        begin(upload=drafts.Upload(b"MZ" + b"\x00" * 500, "bai.docx"))

    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_publishing_makes_the_next_version_with_the_lesson_added(begin, run_jobs, giang, unit, session):
    draft_id = begin(upload=drafts.Upload(files.word(), "bai.docx"))
    run_jobs()
    add_questions(unit, giang, draft_id)

    number = unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, now=LATER).number)

    now = queries.course_now(session, "dich-vu-cong")
    assert (number, now.number) == (2, 2)
    assert [line.slug for line in now.course.lessons] == ["mot-cua", "nop-ho-so", "tra-cuu-ho-so"]
    assert now.course.rule.required == ("mot-cua", "nop-ho-so")
    assert queries.picture(session, "dich-vu-cong", "tra-cuu-ho-so-1.webp").media_type == "image/webp"


def test_a_lesson_may_be_made_required(begin, giang, unit, session):
    draft_id = begin()
    add_questions(unit, giang, draft_id)

    unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, required=True, now=LATER).id)

    assert "tra-cuu-ho-so" in queries.course_now(session, "dich-vu-cong").course.rule.required


def test_publishing_moves_nobodys_completion(begin, giang, unit, session):
    pass_course(learner_in(make_team()))
    before = [(c.person_id, c.version_id, c.completed_at) for c in session.scalars(select(SkillCompletion))]
    session.rollback()
    draft_id = begin()
    add_questions(unit, giang, draft_id)

    unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, required=True, now=LATER).id)

    assert [(c.person_id, c.version_id, c.completed_at) for c in session.scalars(select(SkillCompletion))] == before


def test_a_draft_without_questions_is_refused_and_stays(begin, giang, unit, session):
    draft_id = begin()

    with pytest.raises(PackageRefused):
        unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, now=LATER))

    assert session.get(Draft, draft_id).published_at is None
    assert session.scalar(select(func.count()).select_from(CourseVersion)) == 1


def test_a_draft_is_published_once(begin, giang, unit):
    draft_id = begin()
    add_questions(unit, giang, draft_id)
    unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, now=LATER).id)

    with pytest.raises(NotFound):
        unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, now=LATER))


def test_two_drafts_of_one_course_both_find_their_way(begin, giang, unit, session):
    first, second = begin(title="Một"), begin(title="Hai")
    for draft_id in (first, second):
        add_questions(unit, giang, draft_id)
        unit(lambda s, d=draft_id: drafts.publish_draft(s, by=giang, draft_id=d, now=LATER).id)

    slugs = [line.slug for line in queries.course_now(session, "dich-vu-cong").course.lessons]
    assert slugs == ["mot-cua", "nop-ho-so", "mot", "hai"]


def test_two_lessons_published_at_once_are_both_in_the_last_version(app, begin, giang, unit, session):
    ids = [begin(title="Một"), begin(title="Hai")]
    for draft_id in ids:
        add_questions(unit, giang, draft_id)
    gate, faults = threading.Barrier(2), []

    def press(draft_id):
        with app.app_context():
            gate.wait()
            try:
                in_unit(lambda s: drafts.publish_draft(s, by=giang, draft_id=draft_id, now=LATER).id)
            except Exception as fault:
                faults.append(fault)
            db_session().close()

    threads = [threading.Thread(target=press, args=(draft_id,)) for draft_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    slugs = {line.slug for line in queries.course_now(session, "dich-vu-cong").course.lessons}
    assert slugs == {"mot-cua", "nop-ho-so", "mot", "hai"}


def test_faults_are_told_with_the_line_the_trainer_sees(begin, giang, unit, session):
    draft_id = begin()
    unit(
        lambda s: drafts.save_draft_text(
            s, by=giang, draft_id=draft_id, title="T", goal="G", minutes=5, pass_percent=80, now=NOON,
            body="## Một\nChữ\n\n![](media/khong-co.png)\n\n## Hai\n{: .teach}\nx\n\n## Ba\n{: .sheet}\nx\n",
        )
        and None
    )  # fmt: skip

    found = draft_packages.draft_faults(session, session.get(Draft, draft_id), now=NOON)

    assert 4 in {fault.line for fault in found if fault.path.endswith("tra-cuu-ho-so.md")}


def test_a_note_about_a_picture_goes_when_its_words_are_written(begin, run_jobs, giang, unit, session):
    draft_id = begin(upload=drafts.Upload(files.word(), "bai.docx"))
    run_jobs()
    session.expire_all()
    body = session.get(Draft, draft_id).markdown.replace("Hình minh họa 1", "Căn cước chụp đủ bốn góc")
    session.rollback()

    unit(
        lambda s: (
            drafts.save_draft_text(
                s, by=giang, draft_id=draft_id, title="T", goal="G", minutes=5, pass_percent=80, body=body, now=NOON
            )
            and None
        )
    )

    assert [note[:6] for note in session.get(Draft, draft_id).notes] == ["Hình 2"]


def test_a_removed_question_leaves_its_key_to_nobody_twice(begin, giang, unit, session):
    draft_id = begin()
    add_questions(unit, giang, draft_id, 2)
    unit(lambda s: drafts.remove_question(s, by=giang, draft_id=draft_id, key="c1", now=NOON) and None)
    add_questions(unit, giang, draft_id, 1)

    assert sorted(q["key"] for q in session.get(Draft, draft_id).questions["bank"]) == ["c1", "c2"]


def test_a_discarded_draft_is_gone_from_the_shelf(begin, giang, unit, session):
    draft_id = begin()

    unit(lambda s: drafts.discard_draft(s, by=giang, draft_id=draft_id, now=NOON) and None)

    assert queries.open_drafts(session, giang.trainer_provinces) == []


def test_the_whole_story_of_a_trainer(client, giang, run_jobs, session):
    """Upload a Word file with pictures, preview, add three kinds of question, publish; members see it."""
    browser = client.sign_in(giang.account_id)
    form = browser.get("/quan-ly/hoc-lieu/bai-moi").form("bai-moi")
    page = browser.send(form, title="Tra cứu hồ sơ", document=(io.BytesIO(files.word()), "bài giảng.docx"))
    address = page.location
    assert "đang đọc tệp" in browser.get(address).text
    run_jobs()
    page = browser.get(address)
    assert "Hình 1 chưa có chữ mô tả" in page.text

    ask(browser, address, "dung-sai", text="Mã ở trên tin nhắn.", help="Đúng vậy.")
    ask(browser, address, "chon-mot", text="Ai hỏi mã?", option_1="Không ai", option_2="Cán bộ", help_2="Không.")
    ask(browser, address, "tra-loi-ngan", text="Tổng đài?", accept="1900 0368\n19000368", help="1900 0368.")
    ask(
        browser, address, "chon-nhieu", text="Cần gì?", option_1="Mã", option_2="Tiền", help_2="Không.",
        option_3="Điện thoại", right="1, 3",
    )  # fmt: skip
    preview = browser.get(address + "xem-thu")
    assert preview.soup.select_one(".phone-frame img")["src"] == "media/tra-cuu-ho-so-1.webp"
    assert browser.get(address + "media/tra-cuu-ho-so-1.webp").response.mimetype == "image/webp"

    page = browser.send(browser.get(address + "phat-hanh").form("phat-hanh"), follow=True, status=200)

    assert "Đã phát hành bản số 2" in page.text
    member = learner_in(make_team())
    seen = client.sign_in(member.account_id).get("/khoa-hoc/dich-vu-cong/tra-cuu-ho-so/")
    assert "Chuẩn bị giấy tờ" in seen.text


def test_a_text_longer_than_a_lesson_is_refused_and_what_was_stored_stays(client, giang, begin, session):
    draft_id = begin()
    before = session.get(Draft, draft_id).markdown
    session.rollback()
    browser = client.sign_in(giang.account_id)
    form = browser.get(f"/quan-ly/hoc-lieu/{draft_id}/").form(f"/{draft_id}/")

    page = browser.send(form, 422, body="## Thẻ\n" + "a" * 60_000)

    assert "Bài dài quá 60.000 ký tự, nên chưa lưu. Hãy chia thành nhiều bài." in page.text
    assert session.get(Draft, draft_id).markdown == before


def test_a_draft_that_would_take_too_long_to_read_is_shown_as_it_was_written(client, giang, begin):
    draft_id = begin()
    browser = client.sign_in(giang.account_id)
    form = browser.get(f"/quan-ly/hoc-lieu/{draft_id}/").form(f"/{draft_id}/")

    browser.send(form, body="## Thẻ\n" + "![" * 20_000)

    page = browser.get(f"/quan-ly/hoc-lieu/{draft_id}/xem-thu")
    assert "![![![" in page.text
    assert "Bài có quá 200 dấu [. Hãy bỏ bớt." in page.text


def ask(browser, address, kind, **fields):
    browser.send(browser.get(address + f"cau-hoi/{kind}").form(kind), **fields)


def test_publishing_with_faults_shows_them_and_offers_no_button(client, giang, begin):
    draft_id = begin()

    page = client.sign_in(giang.account_id).get(f"/quan-ly/hoc-lieu/{draft_id}/phat-hanh")

    assert "Phải sửa." in page.text
    assert page.soup.select("form") == []
    client.post(f"/quan-ly/hoc-lieu/{draft_id}/phat-hanh", status=422)


def test_pressing_twice_begins_one_draft(client, giang, session):
    browser = client.sign_in(giang.account_id)
    form = browser.get("/quan-ly/hoc-lieu/bai-moi").form("bai-moi")

    first, second = browser.send(form, title="Một bài"), browser.send(form, title="Một bài")

    assert first.location == second.location
    assert session.scalar(select(func.count()).select_from(Draft)) == 1


def test_a_hostile_document_is_refused_on_the_same_page(client, giang):
    browser = client.sign_in(giang.account_id)
    form = browser.get("/quan-ly/hoc-lieu/bai-moi").form("bai-moi")

    page = browser.send(form, 422, title="Bài", document=(io.BytesIO(b"MZ\x90\x00" * 9), "bai.docx"))

    assert "chương trình máy tính" in page.text
    assert page.soup.find("input", attrs={"name": "title"})["value"] == "Bài"


def test_a_wrong_option_without_help_is_told_at_its_field(client, giang, begin):
    address = f"/quan-ly/hoc-lieu/{begin()}/"
    browser = client.sign_in(giang.account_id)
    form = browser.get(address + "cau-hoi/chon-mot").form("chon-mot")

    page = browser.send(form, 422, text="Câu?", option_1="Đúng", option_2="Chưa đúng")

    assert "Ý 2 sai nên cần lời gợi ý." in page.text


def test_a_stranger_draft_is_not_found_on_any_page(client, begin):
    draft_id = begin()
    browser = client.sign_in(trainer("01", "Người Tỉnh Khác"))

    for path in ("", "xem-thu", "phat-hanh", "cau-hoi/chon-mot", "media/x.webp"):
        browser.get(f"/quan-ly/hoc-lieu/{draft_id}/{path}", 404)
    for path in ("bo", "bo-cau-hoi"):
        browser.post(f"/quan-ly/hoc-lieu/{draft_id}/{path}", {"key": "c1"}, 404)


def test_the_shelf_lists_drafts_and_courses(client, giang, begin):
    begin()

    page = client.sign_in(giang.account_id).get("/quan-ly/hoc-lieu/")

    assert "Tra cứu hồ sơ" in page.text
    assert "Bản số 1, 2 bài" in page.text


def test_the_commands_check_publish_and_write_out(app, giang, tmp_path):
    from lms.library.commands import content

    folder = tmp_path / "khoa"
    for path, data in make_files(title="Bản mới").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    run = app.test_cli_runner()

    checked = run.invoke(content, ["check", str(folder)])
    published = run.invoke(content, ["publish", str(folder)])
    exported = run.invoke(content, ["export", "dich-vu-cong", "-o", str(tmp_path / "k.zip")])
    (folder / "course.yml").write_bytes(b"format: 9\n")
    broken = run.invoke(content, ["check", str(folder)])

    assert (checked.exit_code, published.exit_code, exported.exit_code, broken.exit_code) == (1, 0, 0, 1)
    assert "chưa đạt: " in checked.output, "below the standard, yet it may be published"
    assert "đang dùng bản số 2" in published.output
    assert "course.yml:1:" in broken.output
