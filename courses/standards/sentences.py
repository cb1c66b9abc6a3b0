"""How long a sentence is to the ear of somebody who is being read to."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from itertools import accumulate

from courses.parts import Part

LONGEST_SENTENCE = 17

# No pattern here may look at the same sign again and again: a text can be long and hostile.
_END = re.compile(r"(?<![.!?…:;])[.!?…:;]+[”\"’')*\]]*(?=\s|$)")
_PICTURE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_ITEM = re.compile(r"^\s*(?:(?:[-+*]|\d+[.)]|#+)\s+|>\s*)")


def plain(line: str) -> str:
    """Return what is read of a Markdown line: no pictures, no addresses, no marks."""
    line = _LINK.sub(r"\1", _PICTURE.sub("", line))
    return _ITEM.sub("", line, count=1).replace("**", "").replace("|", " ; ")


def count_words(text: str) -> int:
    """Return how many words (syllables between spaces) are read of a text."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def sentences(part: Part) -> Iterator[tuple[int, str]]:
    """Yield each sentence of some lines with the line it begins on; a list item ends a sentence."""
    for run in _runs(part):
        text = " ".join(said for _, said in run)
        begins = list(accumulate((len(said) + 1 for _, said in run), initial=0))
        start = 0
        for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
            piece = text[start:end]
            if piece.strip():
                begin = start + len(piece) - len(piece.lstrip())
                yield run[bisect(begins, begin) - 1][0], piece.strip()
            start = end


def too_long(pieces: Iterable[tuple[int, str]], most: int = LONGEST_SENTENCE) -> Iterator[tuple[int, str, int]]:
    """Yield the sentences that are over the limit, with how many words they have."""
    for line, sentence in pieces:
        words = count_words(sentence)
        if words > most:
            yield line, sentence, words


def _runs(part: Part) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines of each paragraph; a blank line, a list item or a heading begins another."""
    run: list[tuple[int, str]] = []
    for number, line in enumerate(part.lines, start=part.line):
        if not line.strip() or _ITEM.match(line):
            yield run
            run = []
        run.append((number, plain(line)))
    yield run
