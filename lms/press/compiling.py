"""A template is laid out once by the layout engine, and all that no person changes is kept.

The page is set with a sample word in every line that differs from paper to paper, once for each size
of the ladders. In each of these pages the samples are found and cut out; what stands between them must
be the same every time. How high the engine put a sample tells how high the line stands at that size;
where a line begins is computed, and compared with each sample. A last page lists the whole alphabet,
which makes the engine embed every letter that a name may need.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lms.press import qr
from lms.press.facts import Facts
from lms.press.filling import NotCovered, left_px
from lms.press.fitting import Fitted
from lms.press.frozen import Frozen, Slot, Spot, ground
from lms.press.laying_out import crowded_lines, drawn_background, fitted_lines, set_page
from lms.press.layout import LineStyle, design
from lms.press.lines import open_lines
from lms.press.pdf import first_content, glyph_widths, take_apart
from lms.press.shaping import UNITS, glyph_of, scale_of, script_of, shape, width_px
from lms.press.templates import Template

_CODE = "qr"
_VOWELS = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ"
_CONSONANTS = "bcdđghklmnpqrstvx"
_SMALL = _VOWELS + _CONSONANTS
LETTERS = _SMALL + _SMALL.upper()  # the 29 letters with all their tones
DIGITS = "0123456789"
_HIGHLAND = "fjwzƀčĕĭñŏŭ"  # Jrai, Bahnar, Ê-đê and their neighbours, and what loan words bring
_SIGNS = " !\"#%&'()*+,-./:;=?@[]_–—‘’“”…·×°§«»"
_REPERTOIRE = LETTERS + _HIGHLAND + _HIGHLAND.upper() + DIGITS + _SIGNS
_CODE_REPERTOIRE = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ -"

_TEXT = re.compile(
    rb"BT\n1 0 0 -1 (?P<x>[-\d.]+) (?P<y>[-\d.]+) Tm\n/(?P<font>\w+) (?P<size>[\d.]+) Tf\n(?P<shown>[^\n]+) T[jJ]\nET"
)
_GAP = re.compile(rb">[-\d.]+|[\[\]<>]")


def compile_template(template: Template, *, address: str) -> Frozen:
    """Return the template frozen; whether it is used is decided by its proof.

    `address` is one that a QR code of this template may hold: its length and letters decide the size of the code.

    Raises:
        NotCovered: the page cannot be taken apart (a line with opened letters changes, or the layout
            engine writes its text in a manner we do not know); its papers stay on the slow way.
    """
    page = _SamplePage(template, address)
    rungs = [page.cut(page.set(rung)) for rung in range(page.rungs)]
    whole = page.set(0, _alphabet(page.repertoire))
    final = page.cut(whole)
    if any(cut.between != final.between or cut.keys != final.keys for cut in rungs):
        raise NotCovered("the page changes around its lines")
    front, *between = final.between
    return Frozen(
        template=template.digest,
        made_with=ground(template.design),
        stem=take_apart(whole, template.digest, background=drawn_background(template.design), front=front),
        slots=tuple(page.slot(key, rungs) for key in final.keys),
        between=(b"", *between),
        letters=_steady_widths(page, final, glyph_widths(whole)),
        address_letters=len(address),
        is_in_capitals=qr.is_in_capitals(address),
    )


@dataclass(frozen=True)
class _Cut:
    """A page taken apart: what stands between the samples, and the samples in their order."""

    between: tuple[bytes, ...]
    keys: tuple[str, ...]
    found: dict[str, re.Match[bytes]]


class _SamplePage:
    """The page of a template with a sample in every line that changes."""

    def __init__(self, template: Template, address: str) -> None:
        self.look = design(template.design)
        self.wordings = open_lines(template)
        self.lines = {key: self.look.lines[key] for key in self.wordings}
        self.rungs = max(len(line.sizes) for line in self.lines.values())
        self.repertoire = _repertoire(self.lines)
        self.code = qr.pdf_path(address)
        self.samples = {key: f"Mẫu số {number}" for number, key in enumerate(self.wordings, 10)}
        self.sought = {_glyphs(self.samples[key], line.font): key for key, line in self.lines.items()}
        self._template = template
        self._facts = Facts(name="", number="", code="", address=address, issued="2000-01-01")
        if any(line.spacing for line in self.lines.values()):
            raise NotCovered("a line with opened letters changes from paper to paper")
        if crowded_lines(template, self._facts):
            raise NotCovered("a line that is always the same is too long for its place")

    def cut(self, page: bytes) -> _Cut:
        """Take a page apart, whatever size its lines have."""
        return _cut(first_content(page), self.sought, self.code)

    def set(self, rung: int, alphabet: Mapping[str, str] | None = None) -> bytes:
        """Lay the page out with every line at this step of its ladder, or at its last."""
        samples = {key: Fitted(_size(line, rung), (self.samples[key],)) for key, line in self.lines.items()}
        lines = fitted_lines(self._template, self._facts) | samples
        return set_page(self._template, self._facts, lines, alphabet=alphabet, is_bare=True)

    def slot(self, key: str, rungs: list[_Cut]) -> Slot | None:
        """Describe where a line stands at each of its sizes; the code stands still."""
        if key == _CODE:
            return None
        line, found = self.lines[key], [cut.found[key] for cut in rungs[: len(self.lines[key].sizes)]]
        slot = Slot(
            key=key,
            wording=self.wordings[key],
            capitals=line.capitals,
            align=line.align,
            left_mm=line.left,
            width_mm=line.width,
            font=line.font,
            name_in_file=found[0]["font"].decode(),
            spots=tuple(
                Spot(points, match["y"].decode(), match["size"].decode())
                for points, match in zip(line.sizes, found, strict=True)
            ),
        )
        for spot, match in zip(slot.spots, found, strict=True):
            left = left_px(slot, width_px(self.samples[key], line.font, spot.points))
            if float(f"{left:.6f}") != float(match["x"]):
                raise NotCovered(f"{key} does not begin where it should")
        return slot


def _size(line: LineStyle, rung: int) -> float:
    return line.sizes[min(rung, len(line.sizes) - 1)]


def _cut(content: bytes, sought: dict[bytes, str], code: bytes) -> _Cut:
    between, found, at = [], {}, 0
    for match in re.finditer(_TEXT.pattern + b"|(?P<code>%s)" % re.escape(code), content):
        key = _CODE if match["code"] else sought.get(_GAP.sub(b"", match["shown"]))
        if key is None:
            continue
        if key in found:
            raise NotCovered(f"the sample of {key} stands there twice")
        between.append(content[at : match.start()])
        found[key], at = match, match.end()
    missing = {*sought.values(), _CODE} - set(found)
    if missing:
        raise NotCovered(f"no sample found for {sorted(missing)}")
    return _Cut((*between, content[at:]), tuple(found), found)


def _glyphs(text: str, font: str) -> bytes:
    """Return the glyphs of a sample as the file writes them, gaps left aside."""
    return "".join(f"{glyph_of(letter, font):04x}" for letter in text).encode()


def _repertoire(lines: dict[str, LineStyle]) -> dict[str, list[str]]:
    """Return, for each font, the letters that its lines may need and that it has."""
    wanted: dict[str, str] = {}
    for key, line in lines.items():
        wanted[line.font] = wanted.get(line.font, "") + (_CODE_REPERTOIRE if key == "code" else _REPERTOIRE)
    return {
        font: [letter for letter in dict.fromkeys(letters) if glyph_of(letter, font) is not None]
        for font, letters in sorted(wanted.items())
    }


def _alphabet(repertoire: dict[str, list[str]]) -> dict[str, str]:
    """Return every letter of every font for a page behind the sample; letters stand alone, so that none merge."""
    return {Path(font).stem: " ".join(known) for font, known in repertoire.items()}


def _steady_widths(page: _SamplePage, cut: _Cut, told: dict[str, dict[int, int]]) -> dict[str, dict[str, int]]:
    """Return, for each font, the letters whose width is the same at every size of the design, and that width.

    The file holds one width for each glyph, rounded from the size at which it was drawn first; a width
    that may be rounded either way could differ between the two ways of making a paper.
    """
    names = {line.font: cut.found[key]["font"].decode() for key, line in page.lines.items()}
    steady: dict[str, dict[str, int]] = {}
    for font, letters in page.repertoire.items():
        sizes = {size for line in page.look.lines.values() if line.font == font for size in line.sizes}
        widths = {letter: told[names[font]][glyph_of(letter, font) or 0] for letter in letters}
        steady[font] = {
            letter: width for letter, width in widths.items() if all(_width(letter, font, x) == width for x in sizes)
        }
    return steady


def _width(letter: str, font: str, points: float) -> int:
    glyph = next(shape(letter, font, points, script_of(letter)))
    return round(glyph.advance * 1000 / UNITS / (scale_of(points) / UNITS))
