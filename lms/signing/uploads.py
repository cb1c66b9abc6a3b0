"""What comes back in one upload: a signed file, or a ZIP of many, which is unpacked without trusting its word."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from lms.signing.checking import LARGEST_FILE
from lms.signing.refusals import NotUnpacked, TooLarge

_MOST_FILES = 1000
_LISTED = b"PK\x01\x02"
# A broken or hostile archive makes the reader stumble over any of these.
_STUMBLES = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
)  # fmt: skip


def holds_paper(data: bytes) -> bool:
    """Say whether the upload is a PDF file, or a ZIP that lists one; nothing is unpacked for it."""
    if not data.startswith(b"PK"):
        return data.startswith(b"%PDF-")
    try:
        with _opened(data) as packed:
            return bool(_listed_in(packed))
    except _STUMBLES:
        return False


def papers_in(name: str, data: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Return the PDF files of an upload one by one: the name of each, and what unpacks it or raises `NotTaken`.

    An archive that cannot be read at all holds none.
    """
    if not data.startswith(b"PK"):
        yield name, lambda: data
        return
    try:
        packed = _opened(data)
    except _STUMBLES:
        return
    with packed:
        for entry in _listed_in(packed):
            yield entry.filename.rsplit("/", 1)[-1][:120], partial(_unpacked, packed, entry)


def papers_left_out(data: bytes) -> int:
    """Return how many PDF files of an archive `papers_in` does not give, since there are too many for one upload."""
    if not data.startswith(b"PK"):
        return 0
    try:
        with _opened(data) as packed:
            return max(0, len(_all_listed_in(packed)) - _MOST_FILES)
    except _STUMBLES:
        return 0


def _opened(data: bytes) -> zipfile.ZipFile:
    """Open an archive, but none whose mere list would take up the memory."""
    if data.count(_LISTED) > 2 * _MOST_FILES:
        raise zipfile.BadZipFile
    return zipfile.ZipFile(io.BytesIO(data))


def _listed_in(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return _all_listed_in(packed)[:_MOST_FILES]


def _all_listed_in(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [entry for entry in packed.infolist() if entry.filename.lower().endswith(".pdf")]


def _unpacked(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack one file, and never more of it than a paper can be: what the archive says of its size is its own word.

    Raises:
        NotTaken: it is damaged or too large.
    """
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotUnpacked
    try:
        with packed.open(entry) as file:
            data = file.read(LARGEST_FILE + 1)
    except _STUMBLES as fault:
        raise NotUnpacked from fault
    if len(data) > LARGEST_FILE:
        raise TooLarge
    return data
