"""What a course brings besides its lessons: variables, the questions before and after, words to spread it.

The loudspeaker script is read aloud in the village, the Zalo text is sent to its groups; the five
questions are asked before and after the course, so that a province can see what was gained.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from courses.course import Lesson, Variable
from courses.documents import Fields, read_yaml
from courses.facts import fill_references
from courses.faults import FaultList
from courses.lessons import Shared
from courses.parts import Part, cut
from courses.question import CheckQuestion
from courses.questions import Known, read_question
from courses.texts import decode

LOUDSPEAKER = "loudspeaker.md"
ZALO = "zalo.txt"
SKILL_CHECK = "skill-check.yml"
SIDE_FILES = (LOUDSPEAKER, ZALO, SKILL_CHECK)

LINK = "{link}"
QUESTIONS_IN_A_CHECK = 5


@dataclass(frozen=True)
class Side:
    """The side pieces of a package; what is not there is empty. `zalo` keeps `{link}` for the address.

    `texts` (by file) and `asked` (by question key) hold what the author wrote, before references
    were written out, with where it stands.
    """

    loudspeaker: str = ""
    zalo: str = ""
    skill_check: tuple[CheckQuestion, ...] = ()
    texts: Mapping[str, Part] = field(default_factory=dict)
    asked: Mapping[str, Part] = field(default_factory=dict)


def read_variables(meta: Fields) -> tuple[Variable, ...]:
    """Read where a province puts its own words, and what stands there until it does."""
    found: list[Variable] = []
    for item in meta.items("variables"):
        fields = item.fields("variables", ("key", "label", "fallback"))
        variable = Variable(fields.slug("key"), fields.text("label"), fields.text("fallback"))
        if any(variable.key == other.key for other in found):
            item.fault(f"Biến “{variable.key}” viết hai lần. Hãy bỏ một.")
        found.append(variable)
    return tuple(found)


def read_side(
    files: Mapping[str, bytes], faults: FaultList, shared: Shared, lessons: Iterable[Lesson], skills: Collection[str]
) -> Side:
    """Read the side pieces that are there, noting every fault."""
    texts = {
        path: Part(1, tuple(decode(path, files[path], faults).split("\n")))
        for path in (LOUDSPEAKER, ZALO)
        if path in files
    }
    filled = {
        path: "\n".join(fill_references(path, part, shared.facts, faults, variables=shared.variables)).strip()
        for path, part in texts.items()
    }
    known = {lesson.slug: lesson for lesson in lessons}
    check, asked = _read_check(files, faults, shared, known, skills)
    return Side(filled.get(LOUDSPEAKER, ""), filled.get(ZALO, ""), check, texts, asked)


def _read_check(
    files: Mapping[str, bytes],
    faults: FaultList,
    shared: Shared,
    lessons: Mapping[str, Lesson],
    skills: Collection[str],
) -> tuple[tuple[CheckQuestion, ...], Mapping[str, Part]]:
    text = decode(SKILL_CHECK, files[SKILL_CHECK], faults) if SKILL_CHECK in files else ""
    root = read_yaml(SKILL_CHECK, text, faults) if SKILL_CHECK in files else None
    if root is None:
        return (), {}
    fields = root.fields(SKILL_CHECK, ("skill", "questions"))
    skill = fields.slug("skill")
    if skill and skill not in skills:
        fields.at("skill").fault(f"Khóa học không dạy kỹ năng “{skill}”. Hãy lấy một kỹ năng của course.yml.")
    found: list[CheckQuestion] = []
    asked: dict[str, Part] = {}
    for item in fields.items("questions"):
        named = item.peek("lesson")
        lesson = lessons.get(named.written) if named else None
        if named and lesson is None:
            named.fault(f"Không có bài “{named.written}” trong khóa học. Hãy sửa tên bài.")
        known = Known(len(lesson.cards) if lesson else 99, shared.facts, shared.screens)
        question = read_question(item, known, also=("lesson",))
        if any(question.key == other.question.key for other in found):
            item.fault(f"Mã câu hỏi “{question.key}” dùng hai lần. Hãy đổi một mã.")
        found.append(CheckQuestion(lesson.slug if lesson else "", question))
        asked[question.key] = cut(text, item.line, item.last_line)
    if fields.get("questions") and len(found) != QUESTIONS_IN_A_CHECK:
        message = f"Phải có đúng {QUESTIONS_IN_A_CHECK} câu, đang có {len(found)}. Hãy thêm hoặc bớt."
        fields.at("questions").fault(message)
    return tuple(found), asked
