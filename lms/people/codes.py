"""One-time codes and member codes: random, easy to read aloud, worthless without the app's secret."""

import base64
import hashlib
import hmac
import secrets
import unicodedata

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def slip_code(secret: str, nonce: str) -> str:
    """Return the twelve characters (60 bits) that the slip with this nonce carries."""
    digest = hmac.new(secret.encode(), f"slip:{nonce}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:12].translate(str.maketrans(_STANDARD, _CROCKFORD))


def code_hash(secret: str, code: str) -> str:
    """Return the keyed hash under which a slip's code is looked up."""
    return hmac.new(secret.encode(), f"code:{code}".encode(), hashlib.sha256).hexdigest()


def read_code(typed: str) -> str:
    """Return a code as stored, however it was typed: case, spaces, dashes, O for 0, I or L for 1."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(c for c in plain if c.isalnum()).translate(_LOOKS_LIKE)


def grouped(code: str) -> str:
    """Return the code in groups of four, as it is printed."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def new_nonce() -> str:
    """Return a fresh random nonce."""
    return secrets.token_hex(16)


def new_member_code() -> str:
    """Return nine random digits, the first not zero so that a spreadsheet cannot eat it."""
    return str(secrets.randbelow(900_000_000) + 100_000_000)
