"""The quick way to a paper: write one person's lines between the bytes that no person changes.

A letter's advance depends on itself and on the letter after it, so a line is put together from letters
and pairs of letters, each shaped once by HarfBuzz and kept. Where that does not hold, and for every letter
whose place was not proved, the paper is not covered and goes the slow way by itself.
"""

from codecs import charmap_build, charmap_encode
from collections.abc import Callable, Mapping
from functools import cached_property
from operator import attrgetter, getitem
from weakref import WeakKeyDictionary

from lms.press import qr
from lms.press.facts import Facts
from lms.press.fitting import PIXELS_PER_MM, fits
from lms.press.frozen import Frozen, Slot, Spot
from lms.press.shaping import SCRIPTS, UNITS, Glyph, glyph_of, scale_of, script_of, shape
from lms.press.wording import blanks_of, fill

_KEPT_LINES = 256
_OF_ONE_PAPER = frozenset({"name", "number", "code", "book_entry"})


class NotCovered(Exception):
    """This paper is not provably drawn the same by the quick way; the layout engine sets it."""


class Filler:
    """Writes the content of papers of one frozen template; what it has learnt it keeps."""

    def __init__(self, frozen: Frozen) -> None:
        self._first, *self._after = frozen.between
        self._code_of = frozen.address_letters, frozen.is_in_capitals
        self._writers = [self._write_code if slot is None else _writer(slot, frozen) for slot in frozen.slots]

    def content(self, facts: Facts) -> bytes:
        """Return the drawing instructions behind the stem's own.

        Raises:
            NotCovered: one of the lines cannot be written the quick way.
        """
        parts = [self._first]
        for write, after in zip(self._writers, self._after, strict=True):
            parts += (write(facts), after)
        return b"".join(parts)

    def _write_code(self, facts: Facts) -> bytes:
        if (len(facts.address), qr.is_in_capitals(facts.address)) != self._code_of:
            raise NotCovered("the address gives a code of another size than the template's")
        return qr.pdf_path(facts.address)


_fillers: WeakKeyDictionary[Frozen, Filler] = WeakKeyDictionary()


def filler_of(frozen: Frozen) -> Filler:
    """Return what fills in this frozen template; it lives as long as the template is held."""
    filler = _fillers.get(frozen)
    if filler is None:
        filler = _fillers[frozen] = Filler(frozen)
    return filler


def _writer(slot: Slot, frozen: Frozen) -> Callable[[Facts], bytes]:
    """Return what writes one line; lines that many papers share (course, class, day) are kept."""
    rungs = [_Rung(slot, spot, frozen.letters[slot.font]) for spot in slot.spots]
    blanks = blanks_of(slot.wording)
    if _OF_ONE_PAPER.intersection(blanks):
        return lambda facts: _line(fill(slot.wording, facts), slot, rungs)
    said_by = attrgetter(*blanks)
    kept: dict[object, bytes] = {}

    def write(facts: Facts) -> bytes:
        said = said_by(facts)
        if said not in kept:
            if len(kept) >= _KEPT_LINES:
                kept.clear()
            kept[said] = _line(fill(slot.wording, facts), slot, rungs)
        return kept[said]

    return write


def _line(text: str, slot: Slot, rungs: list["_Rung"]) -> bytes:
    """Write a line at the largest size at which it fits; an empty line draws nothing."""
    shown = text.upper() if slot.capitals else text
    if not shown:
        return b""
    script = script_of(shown)
    for rung in rungs:
        glyphs, width = rung.measure(shown, script)
        if fits(width, slot.width_mm):
            return rung.show(glyphs, width)
    raise NotCovered("this line needs a second row")


class _Rung:
    """One line at one size of its ladder."""

    def __init__(self, slot: Slot, spot: Spot, glyph_widths: Mapping[str, int]) -> None:
        self._slot, self._spot, self._widths = slot, spot, glyph_widths

    def measure(self, text: str, script: str) -> tuple[list[str], float]:
        """Return the letters of a line as the file writes them, and how wide it comes out in pixels."""
        glyphs, advance = self._letters[script].put_together(text)
        return glyphs, advance / UNITS

    @cached_property
    def _letters(self) -> dict[str, "_Letters"]:
        return {script: _Letters(self._slot.font, self._spot.points, script, self._widths) for script in SCRIPTS}

    def show(self, glyphs: list[str], width: float) -> bytes:
        """Return the drawing instructions of the line."""
        spot = self._spot
        return (
            f"BT\n1 0 0 -1 {left_px(self._slot, width):.6f} {spot.baseline} Tm\n"
            f"/{self._slot.name_in_file} {spot.size} Tf\n[<{''.join(glyphs)}>] TJ\nET"
        ).encode()


def left_px(slot: Slot, width: float) -> float:
    """Return where a line of this width begins, by the layout engine's own arithmetic."""
    spare = slot.width_mm * PIXELS_PER_MM - width
    offset = {"left": 0.0, "center": spare / 2, "right": spare}[slot.align]
    return slot.left_mm * PIXELS_PER_MM + offset


_END, _APART, _TOGETHER, _UNKNOWN = 0, 0, 1, 2
_MOST_LETTERS = 255


class _Letters:
    """The letters of one font at one size: how the file writes each, and which pairs stand closer or wider.

    Letters are counted through, so that what is looked up for a line lies close together in memory: a province's
    papers are limited by that, not by computing. The number of the end of a line is 0.
    """

    def __init__(self, font: str, points: float, script: str, glyph_widths: Mapping[str, int]) -> None:
        self._font, self._points, self._script, self._widths = font, points, script, glyph_widths
        self._size = scale_of(points) / UNITS
        known = "".join(glyph_widths)[:_MOST_LETTERS]
        self._numbers = charmap_build("\0" + known)
        self._glyphs, self._advances = [""] * (len(known) + 1), [0] * (len(known) + 1)
        # For each letter a row: how it stands before each other one.
        self._rows = [bytearray([_UNKNOWN]) * (len(known) + 1) for _ in self._glyphs]
        self._pairs: dict[str, tuple[str, int]] = {}

    def put_together(self, text: str) -> tuple[list[str], int]:
        """Return the letters of a line as the file writes them, and their advance together.

        Raises:
            NotCovered: a letter, or two beside each other, are not proved.
        """
        try:
            numbers, _ = charmap_encode(text, "strict", self._numbers)
        except UnicodeEncodeError as fault:
            raise NotCovered(f"{text!r} is not proved in {self._font}") from fault
        stands = self._standing(numbers)
        if _UNKNOWN in stands:
            self._learn(text, numbers)
            stands = self._standing(numbers)
        glyphs = list(map(self._glyphs.__getitem__, numbers))
        advance = sum(map(self._advances.__getitem__, numbers))
        place = stands.find(_TOGETHER)
        while place >= 0:
            glyphs[place], own = self._pairs[text[place : place + 2]]
            advance += own - self._advances[numbers[place]]
            place = stands.find(_TOGETHER, place + 1)
        return glyphs, advance

    def _standing(self, numbers: bytes) -> bytes:
        return bytes(map(getitem, map(self._rows.__getitem__, numbers), numbers[1:] + bytes((_END,))))

    def _learn(self, text: str, numbers: bytes) -> None:
        for place, number in enumerate(numbers):
            alone = self._placed(text[place])
            self._glyphs[number], self._advances[number] = alone
            pair, behind = text[place : place + 2], numbers[place + 1 : place + 2]
            placed = self._placed(pair)
            if placed != alone:
                self._pairs[pair] = placed
            self._rows[number][behind[0] if behind else _END] = _APART if placed == alone else _TOGETHER

    def _placed(self, letters: str) -> tuple[str, int]:
        """Return the first of two letters, moved towards the second, and its advance; the last stands alone."""
        glyphs = self._shaped(letters)
        if not self._are_alone(letters, glyphs):
            raise NotCovered(f"{letters!r} is not proved in {self._font}")
        first = glyphs[0]
        # The layout engine's own arithmetic: what the file says of a glyph less what the pen moves.
        gap = int(self._widths[letters[0]] - first.advance * 1000 / UNITS / self._size) if letters[1:] else 0
        return f"{first.number:04x}" + (f">{gap}<" if gap else ""), first.advance

    def _are_alone(self, letters: str, glyphs: list[Glyph]) -> bool:
        """Whether each letter keeps its own glyph in its place, and the second its own advance."""
        return (
            [glyph.number for glyph in glyphs] == [glyph_of(letter, self._font) for letter in letters]
            and not any(glyph.is_moved for glyph in glyphs)
            and glyphs[-1:] == self._shaped(letters[-1])
        )

    def _shaped(self, letters: str) -> list[Glyph]:
        return list(shape(letters, self._font, self._points, self._script))
