"""The QR code of a certificate's address, in microseconds.

With version, level and mask pinned, every module of a QR code is a sum without carry (XOR) of a
constant and the bits of the text: the code is linear, error correction included. So the picture of
an address is the XOR of one whole number for each pair of its letters. The numbers are learnt from
segno, the library that draws the codes elsewhere, one letter pair at a time, and kept. All addresses of a
site begin alike, so almost half of the modules are the same in all their codes.

An address in capitals makes the smallest code. Of a school mounted below a path the host chose the letters:
its addresses are coded letter by letter, in a larger code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, reduce
from operator import getitem, itemgetter, or_, xor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

LEVEL, MASK = "m", 4
QUIET_ZONE = 4
_DARK_RUN = re.compile("1+")
_only_capitals = re.compile(r"[0-9A-Z $%*+\-./:]*").fullmatch
_OWN_LETTERS = 22
"""By so many letters at its end the addresses of one site may differ: a code and the stroke before it."""


@dataclass(frozen=True, eq=False)
class _Mode:
    """How letters become bits: so many together, each a digit; and how many letters each version holds."""

    name: str
    letters: str
    together: int
    most: tuple[int, ...]

    @cached_property
    def values(self) -> dict[str, int]:
        return {letter: value for value, letter in enumerate(self.letters)}


_CAPITALS = _Mode(
    "alphanumeric", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", 2, (20, 38, 61, 90, 122, 154, 178, 221)
)
_ASCII = _Mode("byte", "".join(map(chr, range(128))), 1, (14, 26, 42, 62, 84, 106, 122, 152))


def is_in_capitals(address: str) -> bool:
    """Say whether an address has the smaller code."""
    return _only_capitals(address) is not None


def side_of(address: str) -> int:
    """Return how many modules the code has on a side, its quiet zone left aside.

    Raises:
        ValueError: the address is longer than any we print, or not in ASCII.
    """
    return _side_of(_mode_of(address), len(address))


def symbol(address: str) -> bytes:
    """Return the modules row by row, each row filled up to whole bytes, dark modules as ones.

    Raises:
        ValueError: the address is longer than any we print, or not in ASCII.
    """
    codes, own = _codes_like(address)
    return codes.symbol(own)


def pdf_path(address: str) -> bytes:
    """Return the dark modules as strokes of a PDF path, in modules from the upper left corner.

    Raises:
        ValueError: the address is longer than any we print, or not in ASCII.
    """
    codes, own = _codes_like(address)
    return codes.pdf_path(own)


def svg(address: str) -> bytes:
    """Return the code as a drawing, quiet zone included, of the same strokes in the same order."""
    side, modules = side_of(address), symbol(address)
    strokes = "".join(
        f"M{x} {y}H{end}" for place, byte in enumerate(modules) for x, end, y in _strokes(side, place, byte)
    )
    whole = side + 2 * QUIET_ZONE
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-QUIET_ZONE} {-QUIET_ZONE} {whole} {whole}">'
        f'<path d="M{-QUIET_ZONE} {-QUIET_ZONE}h{whole}v{whole}h-{whole}z" fill="#fff"/>'
        f'<path d="{strokes}" fill="none" stroke="#000"/></svg>'
    )
    return drawing.encode()


def _codes_like(address: str) -> tuple["_Codes", str]:
    """Return what knows the codes of all addresses that begin like this one, and the letters behind that."""
    start = max(0, len(address) - _OWN_LETTERS) // 2 * 2
    own = address[start:]
    return _codes(_mode_of(address), len(address), address[:start]), own


@lru_cache(maxsize=64)
def _codes(mode: _Mode, length: int, head: str) -> "_Codes":
    return _Codes(mode, length, head)


class _Codes:
    """The codes of all addresses of one length that begin alike."""

    def __init__(self, mode: _Mode, length: int, head: str) -> None:
        side, step = _side_of(mode, length), mode.together
        starts = range(len(head), length, step)
        self._size, self._step = side * _row_bytes(side), step
        pieces = (_share(mode, length, start, head[start : start + step]) for start in range(0, len(head), step))
        self._alike = reduce(xor, pieces, _blank(mode, length))
        self._shares = [_Shares(mode, length, start) for start in starts]
        changing = reduce(or_, (_share_of_bit(*bit) for start in starts for bit in _bits(mode, length, start)))
        fixed, free = self._alike.to_bytes(self._size), changing.to_bytes(self._size)
        strokes = [_pdf_piece(side, place, byte) for place, byte in enumerate(fixed)]
        places = [place for place, bits in enumerate(free) if bits]
        self._changing = itemgetter(*places)
        # For each byte that changes: its strokes by its value, between those around it that never do.
        self._pieces = [
            {
                byte: b"".join((*strokes[begin:place], _pdf_piece(side, place, byte), *strokes[place + 1 : end]))
                for byte in range(256)
                if not (byte ^ fixed[place]) & ~free[place]
            }
            for begin, place, end in zip((0, *places[1:]), places, (*places[1:], self._size), strict=True)
        ]

    def symbol(self, own: str) -> bytes:
        """Return the modules of the address that ends in these letters."""
        pieces = [own[place : place + self._step] for place in range(0, len(own), self._step)]
        return reduce(xor, map(getitem, self._shares, pieces), self._alike).to_bytes(self._size)

    def pdf_path(self, own: str) -> bytes:
        """Return the strokes of the address that ends in these letters."""
        return b"".join(map(getitem, self._pieces, self._changing(self.symbol(own))))


class _Shares(dict[str, int]):
    """What letters that are coded together change in the code at one place."""

    def __init__(self, mode: _Mode, length: int, start: int) -> None:
        self._place = mode, length, start

    def __missing__(self, letters: str) -> int:
        self[letters] = _share(*self._place, letters)
        return self[letters]


def _pdf_piece(side: int, place: int, byte: int) -> bytes:
    return "".join(f"{x} {y} m\n{end} {y} l\n" for x, end, y in _strokes(side, place, byte)).encode()


def _strokes(side: int, place: int, byte: int) -> Iterator[tuple[int, int, float]]:
    """Yield where each run of dark modules in one byte begins and ends, and its middle line."""
    row, column = divmod(place, _row_bytes(side))
    for run in _DARK_RUN.finditer(f"{byte:08b}"):
        yield 8 * column + run.start(), 8 * column + run.end(), row + 0.5


def _mode_of(address: str) -> _Mode:
    if not address.isascii():
        raise ValueError(f"an address for a code is in ASCII: {address!r}")
    return _CAPITALS if is_in_capitals(address) else _ASCII


def _side_of(mode: _Mode, length: int) -> int:
    return 17 + 4 * _version_of(mode, length)


def _version_of(mode: _Mode, length: int) -> int:
    """Return the smallest version whose code holds so many letters at our level."""
    for version, most in enumerate(mode.most, 1):
        if length <= most:
            return version
    raise ValueError("this address is too long for a code on paper")


def _share(mode: _Mode, length: int, start: int, letters: str) -> int:
    """Return what letters coded together (at the end perhaps a single one) change in the code."""
    value = 0
    for letter in letters:
        value = value * len(mode.letters) + mode.values[letter]
    shares = (_share_of_bit(*bit) for place, bit in enumerate(_bits(mode, length, start)) if value >> place & 1)
    return reduce(xor, shares, 0)


def _bits(mode: _Mode, length: int, start: int) -> Iterator[tuple[_Mode, int, int, int, int]]:
    """Yield the bits of letters coded together, the lowest first."""
    letters = min(mode.together, length - start)
    for bit in range((len(mode.letters) ** letters - 1).bit_length()):
        yield mode, length, start, bit, letters


@cache
def _share_of_bit(mode: _Mode, length: int, start: int, bit: int, letters: int) -> int:
    high, low = divmod(1 << bit, len(mode.letters))
    changed, zero = (mode.letters[high] + mode.letters[low])[-letters:], mode.letters[0]
    return _blank(mode, length) ^ _drawn_by_segno(zero * start + changed + zero * (length - start - letters), mode)


@cache
def _blank(mode: _Mode, length: int) -> int:
    return _drawn_by_segno(mode.letters[0] * length, mode)


def _drawn_by_segno(address: str, mode: _Mode) -> int:
    rows = _coded(address, mode).matrix
    padding = "0" * (8 * _row_bytes(len(rows)) - len(rows))
    return int("".join("".join(map(str, row)) + padding for row in rows), 2)


def reference(address: str) -> "segno.QRCode":
    """Return the same code as segno draws it."""
    return _coded(address, _mode_of(address))


def _coded(address: str, mode: _Mode) -> "segno.QRCode":
    import segno

    version = _version_of(mode, len(address))
    return segno.make_qr(address, version=version, error=LEVEL, mask=MASK, mode=mode.name, boost_error=False)


def _row_bytes(side: int) -> int:
    return (side + 7) // 8
