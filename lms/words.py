"""Vietnamese words: how names are stored, compared, searched, sorted and masked.

Names are stored NFC as typed. Three keys are derived from them and never shown:
`name_key` compares (Hoà = Hòa, case and spaces folded, diacritics kept), `fold` searches
(no diacritics), `sort_key` orders as a Vietnamese class register does (given name first); places have `place_sort_key`.
"""

import re
import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_ALPHABET, 1)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn"})
_APOSTROPHES = {"’": "'", "‘": "'", "ʼ": "'", "`": "'"}


def nfc(text: str) -> str:
    """Return the text in NFC, spaces collapsed, invisible characters dropped, otherwise as typed."""
    # Dropped before composing: a letter and its mark on both sides of an invisible sign belong together.
    visible = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def fold(text: str) -> str:
    """Return the text for searching: lower case, no diacritics, đ as d."""
    plain = text.replace("Đ", "D").replace("đ", "d")
    for typed, simple in _APOSTROPHES.items():
        plain = plain.replace(typed, simple)
    letters = unicodedata.normalize("NFD", plain)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).casefold().split())


def name_key(text: str) -> str:
    """Return the key by which two writings of one name are the same name.

    Case, spaces, NFC/NFD, the kind of apostrophe and the place of the tone mark (oà/òa, uỷ/ủy)
    do not count; every diacritic does: "Văn Lang" and "Văn Lăng" differ.
    """
    return " ".join(_syllable_key(part) for part in _plain_apostrophes(text).casefold().split())


def sort_key(full_name: str) -> str:
    """Return a string whose plain order is the Vietnamese order, given name first.

    Letters go by the Vietnamese alphabet, then tones: none, huyền, hỏi, ngã, sắc, nặng.
    """
    parts = full_name.split()
    if not parts:
        return ""
    given, rest = parts[-1], " ".join(parts[:-1])
    return "\x01".join(_alphabet_key(piece) for piece in (given, rest))


def place_sort_key(name: str) -> str:
    """Return a string whose plain order is that of places: from the first syllable, numbers by size."""
    return _alphabet_key(re.sub(r"\d+", lambda digits: digits[0].zfill(5), name))


def mask_name(full_name: str) -> str:
    """Return the name with only the first letter of each word left: "N***** T** Đ**"."""
    words = unicodedata.normalize("NFC", full_name).split()
    return " ".join(word[0] + "*" * (len(word) - 1) for word in words)


def _plain_apostrophes(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    for typed, simple in _APOSTROPHES.items():
        composed = composed.replace(typed, simple)
    return composed


def _syllable_key(syllable: str) -> str:
    """Take the tone off its vowel and put it behind the syllable, so its place cannot matter."""
    letters: list[str] = []
    tones: list[str] = []
    for mark in unicodedata.normalize("NFD", syllable):
        (tones if mark in _TONES else letters).append(mark)
    return unicodedata.normalize("NFC", "".join(letters)) + "".join(sorted(tones))


def _alphabet_key(text: str) -> str:
    ranks, tones = [], []
    for letter in unicodedata.normalize("NFC", text).lower():
        marks = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(m for m in marks if m not in _TONES))
        rank = _RANK.get(base, 0 if letter.isspace() else ord(base[0]) % 5000 + 100)
        ranks.append(chr(0x20 + rank))
        tones.append(str(next((_TONES[m] for m in marks if m in _TONES), 0)))
    return "".join(ranks) + "\x02" + "".join(tones)
