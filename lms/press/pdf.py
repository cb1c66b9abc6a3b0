"""The file around a page: what never changes in front, what belongs to one person behind.

The layout engine's PDF is taken apart once and written anew. In front, the *stem*: fonts, pictures,
background, structure tree, everything that two papers of a template share. Behind it the *rest*: the
page's content, title, dates, attached facts, and the table that says where everything lies.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import md5, sha256
from io import BytesIO
from struct import Struct
from typing import TYPE_CHECKING, Any

from lms.press.facts import Facts
from lms.press.metadata import information, xmp

if TYPE_CHECKING:
    import pikepdf

ATTACHMENT = "thong-tin.json"
_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_MOST_IN_A_DRAWER = 255
_PLACE = Struct(">BIB")


@dataclass(frozen=True)
class Stem:
    """The front of a file: its bytes, where its objects lie, and the numbers left for the rest.

    `places` is the beginning of the cross-reference table. Behind the stem come, in this order and
    numbered from `first_free` on: content, metadata, attachment, information, the table itself.
    """

    data: bytes
    places: bytes
    first_free: int
    catalog: int
    digest: str

    @cached_property
    def _hashed(self) -> Any:
        return sha256(self.data)

    def sha256_with(self, rest: bytes) -> str:
        """Return the sha256 of the whole file; the stem itself is hashed only once."""
        state = self._hashed.copy()
        state.update(rest)
        digest: str = state.hexdigest()
        return digest


def rest_of_file(stem: Stem, content: bytes, facts: Facts, *, packed: bool = False) -> bytes:
    """Return what follows the stem in the file of one certificate."""
    first = stem.first_free
    attached = facts.as_json()
    parts = (
        stream(first, content, b"/Filter/FlateDecode" if packed else b""),
        stream(first + 1, xmp(facts), b"/Type/Metadata/Subtype/XML"),
        stream(first + 2, attached, _about_attachment(attached, facts)),
        b"%d 0 obj\n<<%s>>\nendobj\n" % (first + 3, information(facts)),
    )
    at = len(stem.data)
    places = [stem.places]
    for part in parts:
        places.append(place(1, at, 0))
        at += len(part)
    places.append(place(1, at, 0))
    name = sha256(f"{stem.digest} {facts.code}".encode()).hexdigest()[:32].encode()
    about = b"/Type/XRef/W[1 4 1]/Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]"
    table = stream(first + 4, b"".join(places), about % (first + 5, stem.catalog, first + 3, name, name))
    return b"".join((*parts, table, b"startxref\n%d\n%%%%EOF\n" % at))


def stream(number: int, data: bytes, about: bytes = b"") -> bytes:
    """Return a numbered stream object."""
    return b"%d 0 obj\n<<%s/Length %d>>stream\n%s\nendstream\nendobj\n" % (number, about, len(data), data)


def take_apart(data: bytes, digest: str, *, background: bytes, front: bytes = b"") -> Stem:
    """Return the stem of a PDF of the layout engine; it leaves room for the content of its first page.

    Pages behind the first are dropped with their pictures; what their text added to the fonts stays.
    `background` is a PDF whose page draws first what this page shall draw first. `front` is content that is
    kept in the stem and drawn before the rest.
    """
    import pikepdf

    with pikepdf.open(BytesIO(data)) as file, pikepdf.open(BytesIO(background)) as drawing:
        _keep_first_page(file)
        _exchange_background(file, drawing)
        kept = [file.make_stream(zlib.compress(front, 9), Filter=pikepdf.Name.FlateDecode)] if front else []
        named = _name_attachment(file)
        # The last numbers are those of the rest, in its order.
        drawer, content, metadata, attachment = (file.make_indirect(pikepdf.Dictionary()) for _ in range(4))
        file.pages[0].obj.Contents = pikepdf.Array([*kept, content])
        file.Root.Metadata = metadata
        named.EF = pikepdf.Dictionary(F=attachment, UF=attachment)
        return _write(file, drawer.objgen[0], digest)


def first_content(data: bytes) -> bytes:
    """Return the drawing instructions of a file's first page."""
    import pikepdf

    with pikepdf.open(BytesIO(data)) as file:
        return file.pages[0].Contents.read_bytes()


def glyph_widths(data: bytes) -> dict[str, dict[int, int]]:
    """Return, by the name of each font, how wide the file says its glyphs are, in thousandths."""
    import pikepdf

    with pikepdf.open(BytesIO(data)) as file:
        fonts = file.pages[0].Resources.Font
        return {name.lstrip("/"): _widths(fonts[name].DescendantFonts[0].W) for name in fonts.keys()}  # noqa: SIM118


def _widths(table: "pikepdf.Object") -> dict[int, int]:
    """Read "first [width width …] first [width …]"."""
    parts = list(table)
    return {
        int(first) + place: int(width)
        for first, widths in zip(parts[::2], parts[1::2], strict=True)
        for place, width in enumerate(widths)
    }


def _keep_first_page(file: "pikepdf.Pdf") -> None:
    import pikepdf

    first, content = file.pages[0].obj, file.pages[0].Contents.read_bytes()
    del file.pages[1:]
    pictures = first.Resources.XObject
    for name in [name for name in pictures.keys() if f"{name} Do".encode() not in content]:  # noqa: SIM118
        del pictures[name]
    tree = file.Root.StructTreeRoot
    tree.K[0].K = pikepdf.Array([part for part in tree.K[0].K if part.Pg.objgen == first.objgen])
    tree.ParentTree.Nums = pikepdf.Array(list(tree.ParentTree.Nums)[:2])


def _exchange_background(file: "pikepdf.Pdf", drawing: "pikepdf.Pdf") -> None:
    ours, theirs = (_first_drawn(page) for page in (file.pages[0], drawing.pages[0]))
    drawn = drawing.pages[0].Resources.XObject[theirs]
    del drawn.Resources.Font
    file.pages[0].Resources.XObject[ours] = file.copy_foreign(drawn)


def _first_drawn(page: "pikepdf.Page") -> str:
    """Return the name of the first picture that a page draws."""
    found = re.search(rb"(/\w+) Do\b", page.Contents.read_bytes())
    if found is None:
        raise ValueError("the layout engine draws no background")
    return found[1].decode()


def _name_attachment(file: "pikepdf.Pdf") -> "pikepdf.Object":
    """Name the facts as a file that belongs to the document (PDF/A-3: an associated file)."""
    from pikepdf import Array, Dictionary, Name, String

    named: pikepdf.Object = file.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(ATTACHMENT),
            UF=String(ATTACHMENT),
            Desc=String("Nội dung của giấy chứng nhận"),
            AFRelationship=Name.Data,
        )
    )
    file.Root.AF = Array([named])
    file.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(ATTACHMENT), named])))
    return named


def _write(file: "pikepdf.Pdf", drawer: int, digest: str) -> Stem:
    """Write all that the catalog reaches and that is not left for the rest."""
    found = {number: item for number, item in _reachable(file.Root).items() if number < drawer}
    data, places = _written(found, drawer)
    return Stem(data, places, drawer + 1, file.Root.objgen[0], digest)


@dataclass(frozen=True)
class SharedPart:
    """The beginning of a file of many pages: what they share, and how each refers to it.

    `front` is the number of the content all pages begin with, `common` what the page tree says of all.
    """

    data: bytes
    places: bytes
    first_free: int
    front: int
    common: bytes


def shared_by_pages(data: bytes, share: Callable[[bytes], bytes]) -> SharedPart:
    """Return what the page of this file shares with others; `share` turns its stem's content into theirs."""
    import pikepdf

    with pikepdf.open(BytesIO(data)) as file:
        page = file.pages[0].obj
        front = share(page.Contents[0].read_bytes())
        page.Contents[0].write(zlib.compress(front), filter=pikepdf.Name.FlateDecode)
        found = _reachable(pikepdf.Array([page.Contents[0], page.Resources]))
        drawer = max(found) + 1
        written, places = _written(found, drawer)
        common = b"/MediaBox%s/Resources %d 0 R" % (page.MediaBox.unparse(), page.Resources.objgen[0])
        return SharedPart(written, places, drawer + 1, page.Contents[0].objgen[0], common)


def _written(found: "dict[int, pikepdf.Object]", drawer: int) -> tuple[bytes, bytes]:
    """Write objects under their numbers, small ones packed together in one stream, the drawer.

    Returns the bytes from the beginning of a file, and the places of the numbers up to the drawer's.
    """
    import pikepdf

    data, places = _HEADER, dict.fromkeys(range(drawer), place(0, 0, 0))
    small: list[tuple[int, bytes]] = []
    for number, item in sorted(found.items()):
        if isinstance(item, pikepdf.Stream):
            places[number] = place(1, len(data), 0)
            data += _stream_as_it_is(number, item)
        else:
            places[number] = place(2, drawer, len(small))
            small.append((number, item.unparse(resolved=True)))
    places[drawer] = place(1, len(data), 0)
    return data + _drawer(drawer, small), b"".join(places.values())


def _stream_as_it_is(number: int, item: "pikepdf.Stream") -> bytes:
    data: bytes = item.read_raw_bytes()
    about = item.stream_dict
    about.Length = len(data)
    return b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number, about.unparse(resolved=True), data)


def _reachable(root: "pikepdf.Object") -> "dict[int, pikepdf.Object]":
    """Return every object with a number that can be come to from here."""
    import pikepdf

    found: dict[int, Any] = {}
    waiting: list[Any] = [root]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)):
            continue
        if item.is_indirect:
            if item.objgen[0] in found:
                continue
            found[item.objgen[0]] = item
        waiting.extend(item if isinstance(item, pikepdf.Array) else (value for _, value in item.items()))
    return found


def _drawer(number: int, small: list[tuple[int, bytes]]) -> bytes:
    if len(small) > _MOST_IN_A_DRAWER:
        raise ValueError("a page of a certificate has fewer parts than this")
    index, at = [], 0
    for name, data in small:
        index.append(b"%d %d" % (name, at))
        at += len(data) + 1
    head = b" ".join(index) + b"\n"
    body = zlib.compress(head + b"\n".join(data for _, data in small), 9)
    return stream(number, body, b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(small), len(head)))


def _about_attachment(attached: bytes, facts: Facts) -> bytes:
    day = facts.issued.replace("-", "").encode()
    check = md5(attached, usedforsecurity=False).hexdigest().encode()
    return (
        b"/Type/EmbeddedFile/Subtype/application#2fjson"
        b"/Params<</Size %d/CheckSum<%s>/CreationDate(D:%s)/ModDate(D:%s)>>" % (len(attached), check, day, day)
    )


def place(kind: int, where: int, index: int) -> bytes:
    """Return one entry of the table of places: free (0), at an offset (1), or in a drawer (2)."""
    return _PLACE.pack(kind, where, index)
