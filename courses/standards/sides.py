"""What the side pieces of a course must keep to: there, short enough to be read out or sent."""

from __future__ import annotations

from courses.facts import as_shown, written_out
from courses.faults import FaultList
from courses.parts import Part
from courses.sidepieces import LINK, LOUDSPEAKER, SKILL_CHECK, ZALO
from courses.standards.notes import check_sentences, check_typed, check_words
from courses.standards.numbers import FactValues, handwritten
from courses.standards.reading import Reading
from courses.standards.sentences import count_words, plain

FEWEST_LESSONS = 5
LOUDSPEAKER_WORDS = (300, 450)
LONGEST_ZALO = 400
LENGTH_OF_A_LINK = 80

_PIECES = {
    SKILL_CHECK: "năm câu hỏi trước và sau khi học",
    LOUDSPEAKER: "bài đọc trên loa của thôn",
    ZALO: "lời nhắn gửi nhóm Zalo",
}


def check_sides(reading: Reading, faults: FaultList) -> None:
    """Note what of the side pieces is missing or below the standard."""
    lessons = len(reading.package.lessons)
    if lessons < FEWEST_LESSONS:
        message = f"Khóa học có {lessons} bài, cần ít nhất {FEWEST_LESSONS}. Hãy viết thêm bài."
        faults.fall_short("course.yml", 1, message)
    for path, what in _PIECES.items():
        if not reading.files.get(path, b"").strip():
            faults.fall_short("course.yml", 1, f"Thiếu tệp {path}: {what}. Hãy thêm tệp này.")
    variables = {variable.key: variable for variable in reading.package.variables}
    known = FactValues(reading.facts.values())
    for path, raw in reading.side.texts.items():
        written = Part(raw.line, tuple(written_out(line, reading.facts).text for line in raw.lines))
        check_words(path, written, faults)
        said = Part(raw.line, tuple(as_shown(line, variables) for line in written.lines))
        typed = Part(raw.line, tuple(handwritten(line) for line in raw.lines))
        check_typed(path, typed, known, FactValues(()), faults)
        if path == LOUDSPEAKER and said.text.strip():
            _check_loudspeaker(said, faults)
        elif path == ZALO and said.text.strip():
            _check_zalo(said.text.strip(), faults)


def _check_loudspeaker(said: Part, faults: FaultList) -> None:
    words = sum(count_words(plain(line)) for line in said.lines)
    least, most = LOUDSPEAKER_WORDS
    if not least <= words <= most:
        message = f"Bài đọc trên loa dài {words} chữ, cần từ {least} đến {most} để đọc hai, ba phút."
        mend = "Hãy viết thêm." if words < least else "Hãy bớt chữ."
        faults.fall_short(LOUDSPEAKER, 1, f"{message} {mend}")
    check_sentences(LOUDSPEAKER, said, faults)


def _check_zalo(text: str, faults: FaultList) -> None:
    if text.count(LINK) != 1:
        message = f"Lời nhắn phải có đúng một chỗ {LINK} để đặt đường dẫn. Hãy thêm hoặc bớt."
        faults.fall_short(ZALO, 1, message)
    length = len(text.replace(LINK, "x" * LENGTH_OF_A_LINK))
    if length > LONGEST_ZALO:
        message = f"Lời nhắn dài {length} ký tự kể cả đường dẫn, tối đa {LONGEST_ZALO}. Hãy bớt chữ."
        faults.fall_short(ZALO, 1, message)
