"""What a signature adds to a PDF, worked out once for all the papers of a template.

A signature is an update behind the file's own bytes: page, catalog and structure are written again with
an invisible signature field in them. Only three things in it belong to one paper: where it begins, the
time and the signature. So the rest is planned from one paper and used for all that begin with the same bytes.
"""

import hashlib
import io
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lms.signing.crossrefs import Ending, Listing, read_ending


@dataclass(frozen=True)
class UpdatePlan:
    """The part of an update that does not belong to one paper.

    `stem` are the bytes all papers of the template begin with; `state` is their SHA-256 so far.
    `static` are the written objects with their places in it, `signature` the number of the signature itself.
    """

    stem: bytes = field(repr=False)
    state: Any = field(repr=False, compare=False)
    shape: tuple[bool, bytes, bytes, int]
    static: bytes = field(repr=False)
    places: dict[int, int]
    signature: int
    listing: Listing

    def places_from(self, start: int) -> dict[int, int]:
        """Return where the objects stand when the update begins at this offset."""
        places = {number: start + inside for number, inside in self.places.items()}
        places[self.signature] = start + len(self.static)
        return places

    def ending_of(self, stem: bytes, rest: bytes) -> Ending:
        """Return the ending of a paper of this plan.

        Raises:
            ValueError: the plan was made for others.
        """
        if not _is_same(stem, self.stem) or (ending := read_ending(stem, rest)).shape != self.shape:
            raise ValueError("the plan was made for other papers")
        return ending

    def fits(self, stem: bytes, rest: bytes) -> bool:
        """Say whether the plan was made for papers like `stem + rest`."""
        try:
            return bool(self.ending_of(*parted(stem, rest)))
        except ValueError:
            return False


@lru_cache(maxsize=16)
def _is_same(one: bytes, other: bytes) -> bool:
    """Say whether two long beginnings are the same bytes; two that were compared are known again by themselves."""
    return one == other


def parted(stem: bytes, rest: bytes) -> tuple[bytes, bytes]:
    """Return the two parts of a paper; one that shares its beginning with no other is all stem."""
    return (stem, rest) if stem else (rest, b"")


def plan_update(base: bytes, stem_size: int | None = None) -> UpdatePlan:
    """Plan the signature of every paper that begins with the first `stem_size` bytes of this one, or of it alone.

    Raises:
        ValueError: the file is not one of our press, or what a signature changes stands behind the stem.
    """
    from lms.signing.drafts import draft_signature  # loads pikepdf, which a web worker has no other need of

    stem = base[: stem_size or None]
    ending = read_ending(stem, base[len(stem) :])
    objects, signature = draft_signature(base, ending.size)
    if len(stem) < len(base):
        _demand_in_stem(base, len(stem), [number for number in objects if number < ending.size])
    free = signature + 1
    if not ending.is_stream:
        static, places = _lay_out(objects)
        listing = Listing(free, {})
    else:
        static, places = _pack(objects, free)
        listing = Listing(free + 1, {number: (free, turn) for turn, number in enumerate(objects)})
    return UpdatePlan(stem, hashlib.sha256(stem), ending.shape, static, places, signature, listing)


def _lay_out(objects: dict[int, bytes]) -> tuple[bytes, dict[int, int]]:
    """Write the objects one behind the other; return them with their places."""
    written, places = b"\n", {}
    for number, thing in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%b\nendobj\n" % (number, thing)
    return written, places


def _pack(objects: dict[int, bytes], number: int) -> tuple[bytes, dict[int, int]]:
    """Write the objects into one compressed stream of that number (ISO 32000-1, 7.5.7)."""
    heads, bodies, size = [], [], 0
    for own_number, thing in objects.items():
        heads.append(b"%d %d" % (own_number, size))
        bodies.append(thing)
        size += len(thing) + 1
    head = b" ".join(heads) + b"\n"
    stream = zlib.compress(head + b"\n".join(bodies), 9)
    written = (
        b"\n%d 0 obj\n<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream\nendobj\n"
    )
    return written % (number, len(objects), len(head), len(stream), stream), {number: 1}


def _demand_in_stem(base: bytes, stem_size: int, numbers: list[int]) -> None:
    """See to it that what is written again is the same in every paper: it stands in the bytes all have in common."""
    from pyhanko.pdf_utils.generic import Reference
    from pyhanko.pdf_utils.reader import PdfFileReader

    places = PdfFileReader(io.BytesIO(base)).xrefs
    for number in numbers:
        place = places[Reference(number, 0)]
        if not isinstance(place, int):
            place = places[Reference(place.obj_stream_id, 0)]
        end = base.find(b"endobj", place)
        if not 0 <= end <= stem_size - len(b"endobj"):
            raise ValueError("what a signature changes does not stand in the bytes all papers begin with")
