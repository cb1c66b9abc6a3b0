"""What a card must keep to: short, in sentences one can say, in words one knows, true to its facts."""

from __future__ import annotations

from collections.abc import Mapping

from courses.course import MAIN_CARDS, Card, CardKind, Variable
from courses.facts import REFERENCE, as_shown, written_out
from courses.faults import FaultList
from courses.lessons import ReadLesson
from courses.parts import Part
from courses.standards.notes import check_sentences, check_typed, check_words
from courses.standards.numbers import FactValues, handwritten
from courses.standards.reading import Reading
from courses.standards.sentences import count_words, plain

WORDS_ON_A_CARD: dict[CardKind, int] = {"idea": 70, "trap": 70, "exercise": 70, "teach": 190, "sheet": 110}
# An exercise tells a made-up case; whoever teaches fills in his own.
_CLAIMING = MAIN_CARDS - {"exercise"}


def check_cards(reading: Reading, faults: FaultList) -> None:
    """Note what of the lessons' cards is below the standard."""
    variables = {variable.key: variable for variable in reading.package.variables}
    for read in reading.lessons:
        _check_set(read, faults)
        known = FactValues(read.lesson.facts)
        for card in read.lesson.cards:
            _check_saying(card, read, variables, faults)
            _check_numbers(card, read, known, faults)


def _check_set(read: ReadLesson, faults: FaultList) -> None:
    path = read.files.text_path
    kinds = [card.kind for card in read.lesson.cards]
    for kind, what in (("trap", "bẫy thường gặp {: .trap}"), ("exercise", "bài tập an toàn {: .exercise}")):
        if kind not in kinds:
            faults.fall_short(path, 1, f"Bài chưa có thẻ {what}. Hãy thêm một thẻ.")
    written = read.files.text.decode(errors="replace")
    used = {key for card in read.lesson.cards for key in card.facts}
    used |= {key for key, _ in REFERENCE.findall(written)}
    used |= {key for question in read.lesson.practice + read.lesson.bank for key in question.facts}
    for fact in read.lesson.facts:
        if fact.key not in used:
            message = f"Thông tin “{fact.key}” nêu ở đầu bài mà chưa thẻ hay câu hỏi nào dùng. Hãy bỏ mã ấy đi."
            faults.fall_short(path, 1, message)
    if not read.pictures:
        faults.fall_short(path, 1, "Bài chưa có hình nào. Hãy vẽ màn hình hoặc thao tác chính.")


def _check_saying(card: Card, read: ReadLesson, variables: Mapping[str, Variable], faults: FaultList) -> None:
    path, raw = read.files.text_path, read.cards[card.number]
    facts = {fact.key: fact for fact in read.lesson.facts}
    written = Part(raw.line, tuple(written_out(line, facts).text for line in raw.lines))
    check_words(path, written, faults)
    # What is read where a province has filled in nothing, below the title.
    said = Part(raw.line + 1, tuple(as_shown(line, variables) for line in written.lines[1:]))
    words = sum(count_words(plain(line)) for line in said.lines)
    most = WORDS_ON_A_CARD[card.kind]
    if words > most:
        message = f"Thẻ {card.number} dài {words} chữ, tối đa {most}. Hãy bớt chữ hoặc tách thẻ."
        faults.fall_short(path, raw.line, message)
    check_sentences(path, said, faults)


def _check_numbers(card: Card, read: ReadLesson, known: FactValues, faults: FaultList) -> None:
    raw = read.cards[card.number]
    claims = card.facts if card.kind in _CLAIMING else ()
    named = FactValues(fact for fact in read.lesson.facts if fact.key in claims)
    typed = Part(raw.line, tuple(handwritten(line) for line in raw.lines))
    check_typed(read.files.text_path, typed, known, named, faults)
