"""Phone numbers as people type them into rosters, and as the house keeps and shows them.

The house keeps one form only: ten digits that begin with 03, 05, 07, 08 or 09. Everything else
a clerk may find in a cell ends as "no number" with a note that says why. A number is a way to
reach somebody and a name at login, never the key of a person: spouses share phones.
"""

import re
import unicodedata
from dataclasses import dataclass

NO_NUMBER = "chưa có số"
MASKED = f"{NO_NUMBER}, trong tệp số bị che"

MOBILE = re.compile(r"0[35789]\d{8}")
LANDLINE = re.compile(r"02\d{8,9}")

#: Since 15/9/2018 the eleven-digit numbers have ten; the last seven digits never changed.
OLD_PREFIXES = {
    "0162": "032",
    "0163": "033",
    "0164": "034",
    "0165": "035",
    "0166": "036",
    "0167": "037",
    "0168": "038",
    "0169": "039",
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}

_MASK = re.compile(r"[*•]|[xX#?…_]{2,}|\.{3,}")
_BETWEEN_NUMBERS = re.compile(r"[/;,|&\n]|\s+-\s+|\bhoặc\b|\bvà\b")
_NUMBER_IN_TEXT = re.compile(r"\+?\(?\d[\d\s.,()\-–]{6,}\d")
_FLOAT_TAIL = re.compile(r"(\d{8,})\.0+")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number one can log in with, or none; and what a person should know about the cell."""

    number: str | None
    note: str


_MISSING = Phone(None, NO_NUMBER)


def normalise_phone(raw: str | int | float | None) -> Phone:
    """Read one cell: the first usable mobile number in it, and a note on everything else.

    A masked number ("0914994***") is no number. A landline is kept in the note as a contact,
    never as a number to log in with. Nothing is guessed: what cannot be read is quoted.
    """
    text = _as_text(raw)
    if MOBILE.fullmatch(text):
        return Phone(text, "")
    if not any(letter.isdigit() for letter in text) or _MASK.search(text):
        return _first_beside_mask(text)
    whole = _mobile(text)
    if whole:
        return Phone(whole, "")
    return _first_of_several(text)


def mask_phone(number: str | None) -> str:
    """Return the number with its last three digits hidden: "0914 994 ***"."""
    return f"{number[:4]} {number[4:7]} ***" if number else ""


def spaced(number: str | None) -> str:
    """Return the number in the groups people read aloud: "0914 994 123"."""
    return f"{number[:4]} {number[4:7]} {number[7:]}" if number else ""


def _as_text(raw: str | int | float | None) -> str:
    if raw is None:
        return ""
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else str(raw)
    text = unicodedata.normalize("NFKC", str(raw)).strip().lstrip("'")
    tail = _FLOAT_TAIL.fullmatch(text)
    return tail[1] if tail else text


def _first_beside_mask(text: str) -> Phone:
    """Look for a whole number next to a masked one ("0914994*** / 0988123456")."""
    pieces = [piece for piece in _BETWEEN_NUMBERS.split(text) if not _MASK.search(piece)]
    numbers = [number for piece in pieces if (number := _mobile(piece))]
    if numbers:
        return Phone(numbers[0], "")
    return Phone(None, f"{MASKED} “{text[:40]}”") if any(map(str.isdigit, text)) else _MISSING


def _first_of_several(text: str) -> Phone:
    numbers: list[str] = []
    landlines: list[str] = []
    for piece in _pieces(text):
        mobile, landline = _mobile(piece), _landline(piece)
        if mobile and mobile not in numbers:
            numbers.append(mobile)
        elif landline:
            landlines.append(landline)
    if numbers:
        others = [*map(spaced, numbers[1:]), *landlines]
        return Phone(numbers[0], f"số khác: {', '.join(others)}" if others else "")
    if landlines:
        return Phone(None, f"{NO_NUMBER} di động, máy bàn {landlines[0]}")
    return Phone(None, f"{NO_NUMBER} đúng, trong tệp ghi “{text[:40]}”")


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for part in _BETWEEN_NUMBERS.split(text):
        pieces.extend(_NUMBER_IN_TEXT.findall(part) or [part])
    return [half for piece in pieces for half in _halves(piece)]


def _halves(piece: str) -> list[str]:
    """Cut two numbers written with only a blank, or nothing, between them."""
    digits = _digits(piece)
    if len(digits) < 18:
        return [piece]
    for cut in (10, 11, 12, 9):
        if _mobile(digits[:cut]) and _mobile(digits[cut:]):
            return [digits[:cut], digits[cut:]]
    return [piece]


def _mobile(text: str) -> str | None:
    found = [c for c in _candidates(_digits(text)) if MOBILE.fullmatch(c)]
    return found[0] if found and not _has_words(text) else None


def _landline(text: str) -> str | None:
    found = [c for c in _candidates(_digits(text)) if LANDLINE.fullmatch(c)]
    return found[0] if found else None


def _candidates(digits: str) -> list[str]:
    """Return the readings of a run of digits, the most literal first."""
    readings = [digits]
    if digits.startswith("0084"):
        readings.append("0" + digits[4:].removeprefix("0"))
    elif digits.startswith("84") and len(digits) >= 11:
        readings.append("0" + digits[2:].removeprefix("0"))
    if not digits.startswith("0"):
        readings.append("0" + digits)
    return [_ten_digits(reading) for reading in readings]


def _ten_digits(number: str) -> str:
    new = OLD_PREFIXES.get(number[:4]) if len(number) == 11 else None
    return new + number[4:] if new else number


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter in "0123456789")


def _has_words(text: str) -> bool:
    return any(letter.isalpha() for letter in text)
