"""The public id of a certificate: random, never the number, safe to read over the telephone.

Twenty letters of Crockford's base 32 (100 bits from `secrets`) and a check character of ISO 7064
MOD 37-2. Ids whose check character would fall outside the 32 letters are drawn again, so that
what people type needs one rule only: O is 0, I and L are 1, dashes and spaces do not count.
"""

import secrets
import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_RANDOM_LETTERS = 20
_GROUP = 5
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_public_id() -> str:
    """Return a fresh public id, 21 characters."""
    while True:
        body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LETTERS))
        check = _check_character(body)
        if check in _ALPHABET:
            return body + check


def grouped(public_id: str) -> str:
    """Return the id as it is printed: "7K3M9-QX2WD-8RZ4T-N6HPC-X"."""
    return "-".join(public_id[at : at + _GROUP] for at in range(0, len(public_id), _GROUP))


def normalise(typed: str) -> str | None:
    """Return the public id somebody typed or scanned, or None if no certificate can bear it.

    A mistyped character is noticed here, before any query.
    """
    public_id = _letters(typed)
    if len(public_id) != _RANDOM_LETTERS + 1 or any(x not in _ALPHABET for x in public_id):
        return None
    return public_id if _check_character(public_id[:-1]) == public_id[-1] else None


def why_misread(typed: str) -> str:
    """Say in Vietnamese why no certificate can bear what was typed; nothing if one can."""
    letters = _letters(typed)
    strange = next((x for x in letters if x not in _ALPHABET), "")
    if strange:
        return f"Mã không bao giờ có ký tự “{strange}”."
    if len(letters) != _RANDOM_LETTERS + 1:
        return f"Mã có {_RANDOM_LETTERS + 1} ký tự, không kể dấu gạch. Anh/chị đã gõ {len(letters)} ký tự."
    if normalise(typed) is None:
        return "Có ký tự gõ nhầm, hoặc hai ký tự bị đổi chỗ."
    return ""


def _letters(typed: str) -> str:
    """Return what was typed as if it had been read rightly: no spaces, no dashes, O as 0, I and L as 1."""
    letters = unicodedata.normalize("NFKC", typed[:200]).upper()
    kept = "".join(x for x in letters if not x.isspace() and unicodedata.category(x) != "Pd")
    return kept.translate(_MISREAD)


def _check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37-2 check character (pure system, recursive method)."""
    remainder = 0
    for letter in body:
        remainder = (remainder + _VALUES.index(letter)) * 2 % 37
    return _VALUES[(1 - remainder) % 37]
