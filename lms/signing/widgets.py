"""What a signature shows: nothing, or a stamp inside the room that a paper leaves for it.

A signature field is drawn over the page (ISO 32000-1, 12.5.5 and 12.7.4.5), so a field of any size could show
another paper than ours while every byte of ours is still there.
"""

from collections.abc import Sequence
from typing import Any

Rectangle = tuple[float, float, float, float]

_KEYS = frozenset({
    "/Type", "/Subtype", "/FT", "/Ff", "/T", "/TU", "/TM", "/V", "/DV", "/F", "/P", "/Rect", "/AP", "/MK", "/DA",
    "/DR", "/Q", "/M", "/NM", "/Lock", "/SV", "/StructParent",
})  # fmt: skip
_LOOKS = frozenset({"/N", "/R", "/D"})
_KEEPS_ITS_SIZE = 8 | 16  # NoZoom and NoRotate: such a field leaves its rectangle as soon as somebody zooms
_ROUNDING = 0.5


def belong_to_signatures(form: Any, signatures: int) -> bool:
    """Say whether the form has one plain field for each signature and no other: an empty field can show anything."""
    fields = [field.get_object() for field in form["/Fields"]]
    if any(not _KEYS.issuperset(field) or field.get("/FT") != "/Sig" or "/V" not in field for field in fields):
        return False
    values = {field.get_value_as_reference("/V") for field in fields}
    return len(fields) == len(values) == signatures


def show_only_in(room: Sequence[Rectangle], catalog: Any) -> bool:
    """Say whether each field is invisible or lies wholly in one rectangle of the room, in points from the lower left.

    The room is that of the only page; on a paper of several pages nothing may show.
    """
    places = room if catalog["/Pages"]["/Count"] == 1 else ()
    return all(_is_in(places, field.get_object()) for field in catalog["/AcroForm"]["/Fields"])


def _is_in(places: Sequence[Rectangle], field: Any) -> bool:
    left, bottom, right, top = _sorted(field["/Rect"])
    width, height = right - left, top - bottom
    looks = field.get("/AP", {})
    if int(field.get("/F", 0)) & _KEEPS_ITS_SIZE or not _LOOKS.issuperset(looks):
        return False
    if not all(_fits(looks[key], width, height) for key in looks):
        return False
    # Only a point shows nothing: viewers draw a field without height as a line, which can strike words out.
    if not width and not height:
        return True
    return any(one[0] <= left and one[1] <= bottom and right <= one[2] and top <= one[3] for one in places)


def _fits(look: Any, width: float, height: float) -> bool:
    """Say whether an appearance, turned as it says, is no larger than the field, so no viewer draws it beyond."""
    from pyhanko.pdf_utils.generic import StreamObject

    if not isinstance(look, StreamObject):
        return False
    left, bottom, right, top = _sorted(look["/BBox"])
    a, b, c, d, *_ = (float(number) for number in look.get("/Matrix", (1, 0, 0, 1, 0, 0)))
    across, up = right - left, top - bottom
    turned = abs(a) * across + abs(c) * up, abs(b) * across + abs(d) * up
    return turned[0] <= width + _ROUNDING and turned[1] <= height + _ROUNDING


def _sorted(corners: Any) -> Rectangle:
    x, y, other_x, other_y = (float(number) for number in corners)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)
