"""The QR code of a certificate's address, in microseconds.

With version, level and mask pinned, every module of a QR code is a sum without carry (XOR) of a
constant and the bits of the text: the code is linear, error correction included. So the picture of
an address is the XOR of one whole number for each pair of its letters. The numbers are learnt from
segno, the library that draws the codes elsewhere, one letter pair at a time, and kept.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

LEVEL, MASK = "m", 4
QUIET_ZONE = 4
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_DARK_RUN = re.compile("1+")
_MOST_LETTERS = {1: 20, 2: 38, 3: 61, 4: 90, 5: 122, 6: 154}


def version_of(length: int) -> int:
    """Return the smallest version whose code holds an address of so many letters at our level.

    Raises:
        ValueError: the address is longer than any host name we print.
    """
    for version, most in _MOST_LETTERS.items():
        if length <= most:
            return version
    raise ValueError("this address is too long for a code on paper")


def side_of(length: int) -> int:
    """Return how many modules the code has on a side, its quiet zone left aside."""
    return 17 + 4 * version_of(length)


def symbol(address: str) -> bytes:
    """Return the modules row by row, each row filled up to whole bytes, dark modules as ones.

    Raises:
        ValueError: a letter that QR's alphanumeric mode does not know.
    """
    length = len(address)
    modules = _blank(length)
    try:
        for start in range(0, length, 2):
            modules ^= _share(length, start, address[start : start + 2])
    except KeyError as fault:
        raise ValueError(f"an address for a code is in capitals: {address!r}") from fault
    side = side_of(length)
    return modules.to_bytes(side * _row_bytes(side))


def pdf_path(address: str) -> bytes:
    """Return the dark modules as strokes of a PDF path, in modules from the upper left corner."""
    rows = _pdf_strokes(side_of(len(address)))
    return b"".join([strokes[byte] for strokes, byte in zip(rows, symbol(address), strict=True)])


def svg(address: str) -> bytes:
    """Return the code as a drawing, quiet zone included, of the same strokes in the same order."""
    side, modules = side_of(len(address)), symbol(address)
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


@cache
def _pdf_strokes(side: int) -> list[list[bytes]]:
    """Return, for each byte of a code, the strokes of every value it may have."""
    return [[_pdf_piece(side, place, byte) for byte in range(256)] for place in range(side * _row_bytes(side))]


def _pdf_piece(side: int, place: int, byte: int) -> bytes:
    return "".join(f"{x} {y} m\n{end} {y} l\n" for x, end, y in _strokes(side, place, byte)).encode()


def _strokes(side: int, place: int, byte: int) -> Iterator[tuple[int, int, float]]:
    """Yield where each run of dark modules in one byte begins and ends, and its middle line."""
    row, column = divmod(place, _row_bytes(side))
    for run in _DARK_RUN.finditer(f"{byte:08b}"):
        yield 8 * column + run.start(), 8 * column + run.end(), row + 0.5


@cache
def _share(length: int, start: int, letters: str) -> int:
    """Return what one pair of letters (at the end perhaps a single one) changes in the code."""
    value = 0
    for letter in letters:
        value = value * 45 + _VALUES[letter]
    share = 0
    for bit in range(value.bit_length()):
        if value >> bit & 1:
            share ^= _share_of_bit(length, start, bit, len(letters))
    return share


@cache
def _share_of_bit(length: int, start: int, bit: int, letters: int) -> int:
    high, low = divmod(1 << bit, 45)
    pair = (_ALPHABET[high] + _ALPHABET[low])[-letters:]
    return _blank(length) ^ _drawn_by_segno("0" * start + pair + "0" * (length - start - letters))


@cache
def _blank(length: int) -> int:
    return _drawn_by_segno("0" * length)


def _drawn_by_segno(address: str) -> int:
    side = side_of(len(address))
    padding = "0" * (8 * _row_bytes(side) - side)
    rows = reference(address).matrix
    return int("".join("".join(map(str, row)) + padding for row in rows), 2)


def reference(address: str) -> "segno.QRCode":
    """Return the same code as segno draws it."""
    import segno

    version = version_of(len(address))
    return segno.make_qr(address, version=version, error=LEVEL, mask=MASK, mode="alphanumeric", boost_error=False)


def _row_bytes(side: int) -> int:
    return (side + 7) // 8
