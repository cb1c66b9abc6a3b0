"""The link by which an invited person answers from a Zalo message, without signing in.

It says nothing but which offer it is for, sealed with the app's secret. It is good for that one
offer: once answered, lapsed or made anew, the old link shows how things stand and does nothing.
"""

from itsdangerous import BadSignature, URLSafeSerializer

from lms.access import Actor
from lms.training.models import Seat

_SALT = "lms.training.answer"


def answer_token(seat: Seat, *, secret: str) -> str:
    """Return what the link to answer this offer carries."""
    return _sealer(secret).dumps([seat.id, _offer(seat)])


def seat_of_token(token: str, *, secret: str) -> tuple[int, int] | None:
    """Return seat and offer that a link was made for, or None when nobody of ours made it."""
    try:
        seat_id, offer = _sealer(secret).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return int(seat_id), int(offer)


def is_of_offer(seat: Seat, offer: int) -> bool:
    """Say whether the link was made for the offer as it stands now."""
    return _offer(seat) == offer


def invited(seat: Seat) -> Actor:
    """Return whoever holds the link, as they act and as the journal names them."""
    return Actor(account_id=None, person_id=seat.person_id, name="người được mời (qua liên kết)")


def _offer(seat: Seat) -> int:
    return int(seat.offered_at.timestamp()) if seat.offered_at else 0


def _sealer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)
