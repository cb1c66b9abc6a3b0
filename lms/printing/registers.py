"""The papers behind certificates: the number book of a year, and the list that is signed before anything is issued."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lms.printing.paper import render_pdf


@dataclass(frozen=True)
class RegisterRow:
    """One number of the book; a crossed-out one keeps its words."""

    cells: tuple[str, ...]
    is_void: bool = False


@dataclass(frozen=True)
class RegisterPaper:
    """The head and the foot of the number book; its rows come piece by piece."""

    agency: str
    title: str
    about: str
    columns: tuple[str, ...]
    closing: tuple[str, ...]
    place: str
    day: date
    authority: tuple[str, ...]
    parent_agency: str = ""
    signer: str = ""


@dataclass(frozen=True)
class ProposalPaper:
    """The list of who is proposed for a certificate, for the signature; it prints how the book stood."""

    agency: str
    about: str
    basis: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    closing: tuple[str, ...]
    place: str
    day: date
    authority: tuple[str, ...]
    parent_agency: str = ""
    signer: str = ""


def register_pieces(paper: RegisterPaper, pieces: Iterator[Sequence[RegisterRow]]) -> Iterator[bytes]:
    """Lay out a book piece by piece, A4 landscape; head on the first page, foot on the last, pages counted through.

    A piece that is followed by another says so at its end, so that no line can be added there by hand.
    """
    pages, rows, is_first = 0, next(pieces, ()), True
    while True:
        following = next(pieces, None)
        values = asdict(paper) | {
            "rows": [asdict(row) for row in rows],
            "first_page": pages + 1,
            "is_first": is_first,
            "is_last": following is None,
        }
        piece = render_pdf("register", values)
        yield piece
        if following is None:
            return
        pages, rows, is_first = pages + _count_pages(piece), following, False


def bind_pieces(pieces: Sequence[bytes]) -> bytes:
    """Return the pieces as one PDF that can still be read aloud; one piece stays as it is.

    Title, language and whatever else belongs to a whole document are those of the first piece.
    """
    import pikepdf

    if len(pieces) == 1:
        return pieces[0]
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pieces[0])) as book:
        for piece in pieces[1:]:
            with pikepdf.open(io.BytesIO(piece)) as part:
                _append(book, part)
        book.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _append(book: Any, part: Any) -> None:
    """Put the pages of a piece behind those of the book, and what its tags say behind what the book's say.

    A page finds its tags by a number in the tree of parents (ISO 32000-1, 14.7.4.4), so a piece's numbers begin
    behind the book's. Pages come first: tags lead to those pages that are there already.
    """
    tree, behind = book.Root.StructTreeRoot, len(book.pages)
    first = 1 + max(int(number) for number in list(tree.ParentTree.Nums)[::2])
    book.pages.extend(part.pages)
    for page in list(book.pages)[behind:]:
        page.obj.StructParents = int(page.obj.StructParents) + first
    added, document = book.copy_foreign(part.Root.StructTreeRoot), tree.K[0]
    for tag in added.K[0].K:
        tag.P = document
        document.K.append(tag)
    numbers = list(added.ParentTree.Nums)
    for number, tags in zip(numbers[::2], numbers[1::2], strict=True):
        tree.ParentTree.Nums.append(int(number) + first)
        tree.ParentTree.Nums.append(tags)


def proposal_pdf(paper: ProposalPaper) -> bytes:
    """Print the list to be signed the way Nghị định 30/2020/NĐ-CP, Phụ lục I, lays out an annex."""
    return render_pdf("proposal", asdict(paper))


def _count_pages(piece: bytes) -> int:
    import pikepdf

    with pikepdf.open(io.BytesIO(piece)) as opened:
        return len(opened.pages)
