"""The short code of a seat, which staff type at the door: its number in the class and a check digit.

The check digit (Damm) finds every digit typed wrong and every two digits exchanged, so that nobody
else is checked in by a slip of the finger.
"""

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_DIGITS = 3


def short_code(seq: int) -> str:
    """Return the code of the seat with this number in its class: at least three digits and the check digit."""
    digits = str(seq).zfill(_DIGITS)
    return f"{digits}{_check(digits)}"


def seq_of(code: str) -> int | None:
    """Return the number in the class that a typed code means, or None if it cannot be right."""
    typed = "".join(code.split())
    if len(typed) <= _DIGITS or not (typed.isascii() and typed.isdigit()) or _check(typed) != 0:
        return None
    return int(typed[:-1]) or None


def _check(digits: str) -> int:
    """Return the check digit of the digits; of digits that end in it, zero."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
