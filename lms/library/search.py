"""Search what current courses teach: without accents, without case, every word typed must occur.

Each card of a version is stored once as search sees it, at publishing. A version never changes, so
its folded texts are kept in the process and looked through there: that is quicker than any LIKE,
the same on both engines, and no sign in what was typed means anything special.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import chain, islice, product
from operator import itemgetter

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

import courses
from lms.db import row_exists
from lms.library import queries
from lms.library.local_words import filled_text
from lms.library.models import SearchEntry
from lms.library.pieces import Pieces
from lms.words import fold

LONGEST = 80
MOST_WORDS = 8
MOST_SHOWN = 30
_MOST_CLOSE = 8
_MOST_PHRASES = 64
_WORDS_BEFORE, _WORDS_SHOWN = 8, 32
_WORD = re.compile(r"\w+|%")

_KEY = tuple_(SearchEntry.version_id, SearchEntry.lesson_slug, SearchEntry.card)

WordsOf = Callable[[queries.Outline], dict[str, str]]


@dataclass(frozen=True)
class Piece:
    """A stretch of a shown text, and whether it was searched for."""

    text: str
    is_found: bool


@dataclass(frozen=True)
class Hit:
    """A course, a lesson of it (card 0), or a card of a lesson, counted among those one walks through."""

    course: queries.Outline
    lesson: queries.LessonLine | None
    card: int
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """The best hits, how many there are in all, and whether a letter had to be changed to find any."""

    hits: tuple[Hit, ...]
    total: int
    is_near: bool


@dataclass(frozen=True)
class _Entry:
    """What is looked through: the folded words of a title, and of the title and the text."""

    lesson: str
    card: int
    title: str
    fold: str


@dataclass(frozen=True)
class _Way:
    """A way of looking: some pattern must fit, which means that of each of its tuples one piece occurs.

    Pieces begin with a space, so they begin a word; where they end with one, the word is whole.
    """

    patterns: tuple[tuple[tuple[str, ...], ...], ...]
    phrases: tuple[str, ...]
    is_near: bool = False

    def fitting(self, entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
        """Return those that hold what was asked for, each once."""
        found = [reduce(_holding, pattern, entries) for pattern in self.patterns]
        return found[0] if len(found) == 1 else tuple(dict.fromkeys(chain(*found)))

    def rank(self, entry: _Entry) -> int:
        """Return how good a hit is, 0 the best: the title counts before the text, the phrase before its words."""
        if _holds_any(entry.title, self.phrases):
            return 0
        for pattern in self.patterns:
            if not [some for some in pattern if not _holds_any(entry.title, some)]:
                return 1
        return 2 if _holds_any(entry.fold, self.phrases) else 3

    def marks(self, word: str) -> bool:
        """Say whether a folded word is one that was looked for."""
        padded = f" {word} "
        return any(piece in padded for pattern in self.patterns for some in pattern for piece in some)


_Current = Sequence[tuple[queries.CourseNow, tuple[_Entry, ...]]]


class _NothingStored(Exception):
    """The version was published before search knew it."""


_kept_entries = Pieces(100)
_kept_words = Pieces(100)


def entries_of(version_id: int, lesson: courses.Lesson, variables: Iterable[courses.Variable]) -> Iterator[SearchEntry]:
    """Give a lesson as search sees it: itself as card 0, then the cards one walks through."""
    words = {variable.key: variable.fallback for variable in variables}
    seen = [(0, lesson.title, lesson.goal)]
    seen += [(place, card.title, card.html.striptags()) for place, card in enumerate(lesson.main_cards, start=1)]
    for place, title, text in seen:
        folded = _folded(title, filled_text(text, words))
        yield SearchEntry(
            version_id=version_id, lesson_slug=lesson.slug, card=place, title=title, text=text, fold=folded
        )


def index_missing(session: Session) -> None:
    """Store the entries of current versions that have none: those published before search knew them."""
    for now in queries.courses_now(session):
        if row_exists(session, SearchEntry, SearchEntry.version_id == now.version_id):
            continue
        for line in now.course.lessons:
            here = queries.lesson_in(session, now, line.slug)
            assert here is not None, "a course has the lessons of its outline"
            session.add_all(entries_of(now.version_id, here.lesson, now.course.variables))
    session.flush()


def search(session: Session, typed: str, *, words_of: WordsOf) -> Found:
    """Return what current courses say about the words typed, the best first.

    Whole words come first; if no text has them all, beginnings of words; if still none, words that
    differ in one letter. `words_of` says what a reader finds in a course's places for local words.
    """
    wanted = _split(typed[:LONGEST])[:MOST_WORDS]
    current = [(now, _entries(session, now)) for now in queries.courses_now(session)]
    for way in _ways(wanted, current):
        found = [(way.rank(entry), now, entry) for now, entries in current for entry in way.fitting(entries)]
        if found:
            best = sorted(found, key=itemgetter(0))[:MOST_SHOWN]
            hits = _hits(session, [(now, entry) for _, now, entry in best], way, words_of)
            return Found(tuple(hits), len(found), way.is_near)
    return Found((), 0, is_near=False)


def _holding(entries: tuple[_Entry, ...], some: tuple[str, ...]) -> tuple[_Entry, ...]:
    """Return those with any of some pieces; mostly there is one, and looking for one is quicker."""
    if len(some) == 1:
        (piece,) = some
        return tuple([entry for entry in entries if piece in entry.fold])
    return tuple([entry for entry in entries if _holds_any(entry.fold, some)])


def _holds_any(text: str, pieces: tuple[str, ...]) -> bool:
    # A loop takes half the time of any(…), and this runs for every card there is.
    for piece in pieces:  # noqa: SIM110
        if piece in text:
            return True
    return False


def _ways(wanted: Sequence[str], current: _Current) -> Iterator[_Way]:
    if not wanted:
        return
    phrase = " ".join(wanted)
    yield _Way((tuple((f" {word} ",) for word in wanted),), (f" {phrase} ",))
    yield _Way((tuple((f" {word}",) for word in wanted),), (f" {phrase}",))
    near = _near(wanted, current)
    if near:
        yield near


def _near(wanted: Sequence[str], current: _Current) -> _Way | None:
    """Allow one letter to be wrong: in words that occur nowhere, or else in one word after the other."""
    known = _all_words(current)
    unknown = [place for place, word in enumerate(wanted) if word not in known]
    turns = [unknown] if unknown else [[place] for place in range(len(wanted))]
    choices = [
        [_close(word, known) if place in turn else (word,) for place, word in enumerate(wanted)] for turn in turns
    ]
    able = [choice for choice in choices if all(choice)]
    phrases = [" ".join(words) for choice in able for words in islice(product(*choice), _MOST_PHRASES)]
    patterns = tuple(tuple(tuple(f" {word} " for word in some) for some in choice) for choice in able)
    return _Way(patterns, tuple(f" {phrase} " for phrase in phrases), is_near=True) if able else None


def _close(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known words that differ in one letter: another, one more, one less, or two changed places."""
    if len(word) < 3:
        return ()
    # Loaded when somebody mistypes, not with every worker.
    from rapidfuzz.distance import OSA

    close = [
        other
        for other in known
        if other != word and abs(len(other) - len(word)) <= 1 and OSA.distance(word, other, score_cutoff=1) == 1
    ]
    return tuple(sorted(close, key=lambda other: (other[0] != word[0], other))[:_MOST_CLOSE])


def _all_words(current: _Current) -> set[str]:
    words: set[str] = set()
    for now, entries in current:
        words |= _kept_words.get(now.digest, partial(_words_in, entries)) if entries else set()
    return words


def _words_in(entries: Iterable[_Entry]) -> frozenset[str]:
    return frozenset(word for entry in entries for word in entry.fold.split())


def _entries(session: Session, now: queries.CourseNow) -> tuple[_Entry, ...]:
    try:
        return _kept_entries.get(now.digest, lambda: _read_entries(session, now))
    except _NothingStored:
        return ()


def _read_entries(session: Session, now: queries.CourseNow) -> tuple[_Entry, ...]:
    """Read a version's entries in the order of its lessons, the course itself before them."""
    places = {line.slug: place for place, line in enumerate(now.course.lessons)}
    stored = select(SearchEntry.lesson_slug, SearchEntry.card, SearchEntry.fold)
    rows = list(session.execute(stored.where(SearchEntry.version_id == now.version_id)))
    if not rows:
        raise _NothingStored
    rows.sort(key=lambda row: (places.get(row.lesson_slug, 0), row.card))
    own = _entry("", 0, _folded(now.course.title, now.course.summary))
    return (own, *(_entry(*row) for row in rows))


def _entry(lesson: str, card: int, folded: str) -> _Entry:
    return _Entry(lesson, card, folded.partition("\n")[0], folded)


def _hits(
    session: Session, best: list[tuple[queries.CourseNow, _Entry]], way: _Way, words_of: WordsOf
) -> Iterator[Hit]:
    """Give what is shown of each, their texts read by one statement."""
    keys = [(now.version_id, entry.lesson, entry.card) for now, entry in best]
    rows = session.scalars(select(SearchEntry).where(_KEY.in_(keys)))
    stored = {(row.version_id, row.lesson_slug, row.card): row for row in rows}
    shown = {now.course.slug: now.course for now, _ in best}
    words = {slug: words_of(course) for slug, course in shown.items()}
    for key, (now, entry) in zip(keys, best, strict=True):
        line, row = now.course.line(entry.lesson), stored.get(key)
        if line is None:
            yield Hit(now.course, None, 0, _pieces(now.course.title, way), _snippet(now.course.summary, way))
        elif row is not None:
            text = filled_text(row.text, words[now.course.slug])
            yield Hit(now.course, line, entry.card, _pieces(row.title, way), _snippet(text, way))


def _split(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def _folded(title: str, text: str) -> str:
    return f" {' '.join(_split(title))} \n {' '.join(_split(text))} "


def _snippet(text: str, way: _Way) -> tuple[Piece, ...]:
    """Cut some words out of a text, around the first place where all that was looked for stands together."""
    spans = [match.span() for match in _WORD.finditer(text)]
    if not spans:
        return ()
    marked = [way.marks(fold(text[start:end])) for start, end in spans]
    together = [True] * len(way.patterns[0])
    runs = [at for at in range(len(marked)) if marked[at : at + len(together)] == together]
    first = next(iter([*runs, *(at for at, is_marked in enumerate(marked) if is_marked)]), 0)
    begin = max(first - _WORDS_BEFORE, 0)
    end = min(begin + _WORDS_SHOWN, len(spans))
    cut = text[spans[begin][0] if begin else 0 : spans[end - 1][1] if end < len(spans) else len(text)]
    before, after = ("… " if begin else ""), (" …" if end < len(spans) else "")
    return (Piece(before, False), *_pieces(cut, way), Piece(after, False))


def _pieces(text: str, way: _Way) -> tuple[Piece, ...]:
    """Part a text into stretches that were looked for and those between."""
    pieces: list[Piece] = []
    at = 0
    for match in _WORD.finditer(text):
        if way.marks(fold(match[0])):
            pieces += [Piece(text[at : match.start()], False), Piece(match[0], True)]
            at = match.end()
    return tuple(piece for piece in [*pieces, Piece(text[at:], False)] if piece.text)
