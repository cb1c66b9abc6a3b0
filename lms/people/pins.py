"""PINs: six digits that are not the first ones a stranger would try, kept as argon2id hashes."""

import hashlib
import hmac
from itertools import pairwise

import argon2

from lms.errors import Refused

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash("nobody has this PIN")


class WeakPin(Refused):
    """The PIN is one that a stranger would try first."""

    status = 422


def check_pin_strength(pin: str, phone: str | None) -> None:
    """Refuse a PIN that is too easy to guess.

    Raises:
        WeakPin: not six digits, one digit repeated, a run such as 123456, or the end of the phone.
    """
    if len(pin) != 6 or not (pin.isascii() and pin.isdigit()):
        raise WeakPin("Mã PIN phải có đúng 6 chữ số.")
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    if (len(steps) == 1 and steps <= {0, 1, -1}) or pin[:3] == pin[3:] or pin[:2] * 3 == pin:
        raise WeakPin("Mã PIN này dễ đoán quá. Hãy chọn 6 số khác, đừng lặp lại hay đếm liền nhau.")
    if phone and phone.endswith(pin):
        raise WeakPin("Mã PIN trùng với đuôi số điện thoại nên dễ đoán. Hãy chọn 6 số khác.")


def hash_pin(pin: str, secret: str) -> str:
    """Return the hash to store: argon2id (19 MiB) of the PIN keyed with the app's secret.

    Six digits can all be tried in a day against a stolen database; without the secret they cannot.
    """
    return _hasher.hash(_keyed(pin, secret))


def pin_matches(pin_hash: str | None, pin: str, secret: str) -> bool:
    """Compare in the same time whether or not there is an account behind it."""
    try:
        _hasher.verify(pin_hash or _NOBODY, _keyed(pin, secret))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return pin_hash is not None


def _keyed(pin: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), f"pin:{pin}".encode(), hashlib.sha256).digest()
