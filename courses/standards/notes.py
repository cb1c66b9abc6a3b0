"""What an author is told when a text is below the standard; the same words wherever the text stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from courses.faults import FaultList
from courses.parts import Part
from courses.standards.numbers import ALWAYS_A_FACT, WORDS, FactValues, numbers_in, typed_numbers
from courses.standards.sentences import LONGEST_SENTENCE, sentences, too_long
from courses.standards.words import foreign_words


def check_words(path: str, part: Part, faults: FaultList) -> None:
    """Note foreign words, each at its line."""
    for number, line in enumerate(part.lines, start=part.line):
        for word in foreign_words(line):
            faults.fall_short(path, number, f"Chữ “{word}” không phải tiếng Việt thường dùng. Hãy nói bằng tiếng Việt.")


def check_sentences(path: str, part: Part, faults: FaultList) -> None:
    """Note sentences that are too long to be said in one breath, each at its line."""
    for line, sentence, length in too_long(sentences(part)):
        message = f"Câu dài {length} chữ, tối đa {LONGEST_SENTENCE}: “{_start(sentence)}”. Hãy ngắt làm hai câu."
        faults.fall_short(path, line, message)


def check_by_hand(
    path: str, line: int, typed: str, known: FactValues, faults: FaultList, *, but: Collection[str] = ()
) -> None:
    """Note numbers that a fact holds but that were typed by hand; `but` are such as a wrong answer makes up."""
    for written in typed_numbers(typed):
        reference = known.reference(written)
        if reference and not any(number.bare in but for number in numbers_in(written)):
            faults.fall_short(path, line, f"“{written}” là số của một thông tin. Hãy viết {reference} thay vào.")


def unfounded(typed: str, known: FactValues, named: FactValues) -> Iterator[tuple[str, str]]:
    """Yield the numbers of a claim, as written, that no fact stands behind, and what to say of each.

    `known` are all facts that the text may refer to, `named` those it says it rests on.
    """
    for number in numbers_in(typed):
        if known.reference(number.written):
            continue
        key = named.contradicting(number)
        if key:
            yield number.written, contradiction(number.written, key)
        elif number.kind in ALWAYS_A_FACT:
            message = f"{WORDS[number.kind].capitalize()} “{number.written}” không có trong thông tin nào."
            yield number.written, f"{message} Hãy thêm thông tin kèm nguồn, hoặc bỏ số này."


def check_typed(path: str, part: Part, known: FactValues, named: FactValues, faults: FaultList) -> None:
    """Note, line by line, numbers typed by hand that a fact holds, and such as no fact stands behind."""
    for line, typed in enumerate(part.lines, start=part.line):
        check_by_hand(path, line, typed, known, faults)
        for _, message in unfounded(typed, known, named):
            faults.fall_short(path, line, message)


def contradiction(written: str, key: str) -> str:
    """Say that a number differs from a fact's."""
    return f"“{written}” khác với thông tin “{key}”. Hãy sửa cho khớp, hoặc viết bằng {{{key}.…}}."


def _start(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[:6]) + (" …" if len(words) > 6 else "")
