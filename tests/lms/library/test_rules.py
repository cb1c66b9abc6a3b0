"""Publishing: a package becomes an immutable version, and nothing is published twice or half."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

import courses
from lms.access import SYSTEM
from lms.errors import NotFound
from lms.library import queries, rules
from lms.library.models import CourseVersion, Framework, FrameworkSkill, Lesson, Skill
from tests.factories import NOON
from tests.lms.library.package import SKILLS, make_files, publish

LATER = NOON + timedelta(days=1)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_publishing_makes_version_one_with_its_lessons(session):
    version_id = publish()

    now = queries.course_now(session, "dich-vu-cong")

    assert (now.version_id, now.number) == (version_id, 1)
    assert [line.slug for line in now.course.lessons] == ["mot-cua", "nop-ho-so"]
    assert now.course.rule.required == ("mot-cua", "nop-ho-so")


def test_the_same_package_again_changes_nothing(session):
    first = publish()

    second = publish(now=LATER)

    assert second == first
    assert count(session, CourseVersion) == 1


def test_a_changed_package_replaces_the_current_version_and_keeps_it(session):
    first = publish()

    second = publish(make_files(title="Dịch vụ công, bản mới"), now=LATER)

    assert session.get(CourseVersion, first).replaced_at == LATER
    assert session.get(CourseVersion, second).number == 2
    assert queries.course_now(session, "dich-vu-cong").course.title == "Dịch vụ công, bản mới"
    assert count(session, Lesson) == 4


def test_an_earlier_package_may_come_back_as_a_new_version(session):
    publish()
    publish(make_files(title="Khác"), now=LATER)

    third = publish(now=LATER)

    assert session.get(CourseVersion, third).number == 3


def test_a_package_with_faults_is_refused_whole_with_every_fault(session, unit):
    publish()
    broken = make_files()
    broken["lessons/01-mot-cua.md"] = broken["lessons/01-mot-cua.md"].replace(b"media/cua.svg", b"media/mat.svg")
    broken["course.yml"] = broken["course.yml"].replace(b"minutes: 30", b"minutes: khong")

    with pytest.raises(rules.PackageRefused) as refusal:
        unit(lambda s: rules.publish_files(s, broken, by=SYSTEM, now=LATER))

    assert {fault.path for fault in refusal.value.faults if fault.severity == "fault"} == {
        "course.yml",
        "lessons/01-mot-cua.md",
    }
    assert count(session, CourseVersion) == 1


def test_an_unknown_skill_is_a_fault(unit):
    publish()

    with pytest.raises(rules.PackageRefused):
        unit(lambda s: rules.publish_files(s, make_files(skills=("bay",)), by=SYSTEM, now=NOON))


def test_what_is_exported_is_the_package_that_was_published(session):
    files = make_files()
    publish(files)

    exported = courses.read_zip(rules.export_course(session, "dich-vu-cong"))

    assert courses.digest(exported) == courses.digest(files)


def test_a_course_stands_where_its_first_skill_stands_also_after_skills_moved(session, unit):
    publish(make_files(slug="khoa-mot"))
    publish(make_files(slug="khoa-hai", skills=("thanh-toan",)))
    moved = courses.SkillCatalogue((courses.Skill("dien-thoai", "Điện thoại"), *SKILLS.skills), ())
    unit(lambda s: rules.load_frameworks(s, moved, now=LATER))

    files = make_files(slug="khoa-ba", skills=("dien-thoai",))
    unit(lambda s: rules.publish_files(s, files, by=SYSTEM, now=LATER).id)

    assert [now.course.slug for now in queries.courses_now(session)] == ["khoa-ba", "khoa-mot", "khoa-hai"]


def test_exporting_an_unknown_course_finds_nothing(session):
    with pytest.raises(NotFound):
        rules.export_course(session, "khong-co")


def test_loading_frameworks_twice_changes_nothing(session, unit):
    unit(lambda s: rules.load_frameworks(s, SKILLS, now=NOON))
    unit(lambda s: rules.load_frameworks(s, SKILLS, now=NOON))

    assert (count(session, Skill), count(session, Framework), count(session, FrameworkSkill)) == (2, 1, 2)


def test_the_built_in_courses_are_published_once(session, unit, tmp_path):
    folder = tmp_path / "content"
    for path, data in make_files().items():
        file = folder / "courses" / "dich-vu-cong" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / "skills.yml").write_text(
        "skills: [{key: dich-vu-cong, title: Dịch vụ công}]\nframeworks: []\n", encoding="utf-8"
    )

    for _ in range(2):
        unit(lambda s: [v.id for v in rules.publish_builtin(s, folder, now=NOON)])

    assert count(session, CourseVersion) == 1


def test_a_lesson_keeps_the_html_made_at_publishing_with_its_pictures_versioned(session):
    publish()

    here = queries.lesson_now(session, "dich-vu-cong", "mot-cua")

    assert f'src="../media/cua.svg?v={here.digest[:8]}"' in here.lesson.cards[0].html
    assert "<strong>một</strong>" in here.lesson.cards[0].html


def test_two_databases_in_one_process_do_not_mix_their_courses(session):
    """The pieces kept in the process go by content: the same ids in another database mean nothing."""
    publish(make_files(title="Khóa của cơ sở dữ liệu này"))

    assert queries.course_now(session, "dich-vu-cong").course.title == "Khóa của cơ sở dữ liệu này"
