"""The quick way to a paper: write one person's lines between the bytes that no person changes.

A letter's advance depends on itself and on the letter after it, so a line is put together from pairs
of letters, each shaped once by HarfBuzz and kept. Where that does not hold, and for every letter
whose place was not proved, the paper is not covered and goes the slow way by itself.
"""

from collections.abc import Callable, Mapping
from operator import add, attrgetter, itemgetter
from weakref import WeakKeyDictionary

from lms.press import qr
from lms.press.facts import Facts
from lms.press.fitting import PIXELS_PER_MM, fits
from lms.press.frozen import Frozen, Slot, Spot
from lms.press.shaping import SCRIPTS, UNITS, Glyph, glyph_of, scale_of, script_of, shape
from lms.press.wording import blanks_of, fill

_KEPT_LINES = 512
_GLYPH, _ADVANCE = itemgetter(0), itemgetter(1)


class NotCovered(Exception):
    """This paper is not provably drawn the same by the quick way; the layout engine sets it."""


class Filler:
    """Writes the content of papers of one frozen template; what it has learnt it keeps."""

    def __init__(self, frozen: Frozen) -> None:
        self._first, *self._after = frozen.between
        self._address_letters = frozen.address_letters
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
        if len(facts.address) != self._address_letters:
            raise NotCovered("the address is longer or shorter than that of the template")
        return qr.pdf_path(facts.address)


_fillers: WeakKeyDictionary[Frozen, Filler] = WeakKeyDictionary()


def filler_of(frozen: Frozen) -> Filler:
    """Return what fills in this frozen template; it lives as long as the template is held."""
    if frozen not in _fillers:
        _fillers[frozen] = Filler(frozen)
    return _fillers[frozen]


def _writer(slot: Slot, frozen: Frozen) -> Callable[[Facts], bytes]:
    """Return what writes one line; lines that many papers share (course, class, day) are kept."""
    rungs = [_Rung(slot, spot, frozen.letters[slot.font]) for spot in slot.spots]
    said_by = attrgetter(*blanks_of(slot.wording))
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
    for rung in rungs:
        pairs, width = rung.measure(shown)
        if fits(width, slot.width_mm):
            return rung.show(pairs, width)
    raise NotCovered("this line needs a second row")


class _Rung:
    """One line at one size of its ladder."""

    def __init__(self, slot: Slot, spot: Spot, glyph_widths: Mapping[str, int]) -> None:
        self._slot, self._spot = slot, spot
        self._pairs = {script: _Pairs(slot.font, spot.points, script, glyph_widths) for script in SCRIPTS}

    def measure(self, text: str) -> tuple[list[tuple[str, int]], float]:
        """Return the pairs of a line, and how wide it comes out in pixels."""
        pair = self._pairs[script_of(text)].__getitem__
        pairs = [*map(pair, map(add, text, text[1:])), pair(text[-1])]
        return pairs, sum(map(_ADVANCE, pairs)) / UNITS

    def show(self, pairs: list[tuple[str, int]], width: float) -> bytes:
        """Return the drawing instructions of the line."""
        glyphs, spot = "".join(map(_GLYPH, pairs)), self._spot
        return (
            f"BT\n1 0 0 -1 {left_px(self._slot, width):.6f} {spot.baseline} Tm\n"
            f"/{self._slot.name_in_file} {spot.size} Tf\n[<{glyphs}>] TJ\nET"
        ).encode()


def left_px(slot: Slot, width: float) -> float:
    """Return where a line of this width begins, by the layout engine's own arithmetic."""
    spare = slot.width_mm * PIXELS_PER_MM - width
    offset = {"left": 0.0, "center": spare / 2, "right": spare}[slot.align]
    return slot.left_mm * PIXELS_PER_MM + offset


class _Pairs(dict[str, tuple[str, int]]):
    """For two letters: the first as the file writes it, moved towards the second, and its advance.

    The last letter of a line stands alone.
    """

    def __init__(self, font: str, points: float, script: str, glyph_widths: Mapping[str, int]) -> None:
        self._font, self._points, self._script, self._widths = font, points, script, glyph_widths
        self._size = scale_of(points) / UNITS

    def __missing__(self, letters: str) -> tuple[str, int]:
        glyphs = self._shaped(letters)
        if not self._are_alone(letters, glyphs):
            raise NotCovered(f"{letters!r} is not proved in {self._font}")
        first = glyphs[0]
        # The layout engine's own arithmetic: what the file says of a glyph less what the pen moves.
        gap = int(self._widths[letters[0]] - first.advance * 1000 / UNITS / self._size) if letters[1:] else 0
        self[letters] = f"{first.number:04x}" + (f">{gap}<" if gap else ""), first.advance
        return self[letters]

    def _are_alone(self, letters: str, glyphs: list[Glyph]) -> bool:
        """Whether each letter keeps its own glyph in its place, and the second its own advance."""
        return (
            all(letter in self._widths for letter in letters)
            and [glyph.number for glyph in glyphs] == [glyph_of(letter, self._font) for letter in letters]
            and not any(glyph.is_moved for glyph in glyphs)
            and glyphs[-1:] == self._shaped(letters[-1])
        )

    def _shaped(self, letters: str) -> list[Glyph]:
        return list(shape(letters, self._font, self._points, self._script))
