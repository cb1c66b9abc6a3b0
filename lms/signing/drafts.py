"""The objects of a PDF that a signature changes or adds, drafted in the opened file.

The file itself is never written from here; only the objects are, each by itself.
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

FIELD_NAME = "ChuKySo"
FIELD_WORDS = "Chữ ký số của đơn vị cấp giấy chứng nhận"
_PRINTED_AND_LOCKED = 4 | 128
_SIGNATURES_EXIST_APPEND_ONLY = 1 | 2


def draft_signature(base: bytes, free: int) -> tuple[dict[int, bytes], int]:
    """Return the changed and the new objects by their numbers, as written, and the number of the signature itself.

    New numbers begin at `free`.

    Raises:
        ValueError: the file is not one of our press.
    """
    try:
        with pikepdf.open(io.BytesIO(base)) as pdf:
            if pdf.is_encrypted or Name.AcroForm in pdf.Root:
                raise ValueError("the file is encrypted or has a form of its own")
            draft = _Draft(pdf, free)
            draft.add_signature()
            return draft.written(), draft.signature
    except pikepdf.PdfError as fault:
        raise ValueError("the file cannot be read") from fault


class _Draft:
    """The objects that a signature changes or adds, by their numbers, changed in the opened file only."""

    def __init__(self, pdf: pikepdf.Pdf, free: int) -> None:
        self._pdf = pdf
        self._changed: dict[int, Any] = {}
        self.signature = 0
        for _ in range(free - 1 - len(pdf.objects)):
            pdf.make_indirect(Dictionary())

    def add_signature(self) -> None:
        """Put an invisible, certifying signature field on the first page (ISO 32000-1, 12.7.4.5, 12.8.4)."""
        page = self._pdf.pages[0].obj
        widget = self._pdf.make_indirect(self._widget(page))
        self._keep(page)
        page.Annots = Array([*page.get(Name.Annots, Array()), widget])
        page.Tabs = Name.S
        if Name.StructTreeRoot in self._pdf.Root:
            self._tag(page, widget)
        signature = self._pdf.make_indirect(Dictionary())
        widget.V = signature
        self.signature = signature.objgen[0]
        root = self._pdf.Root
        self._keep(root)
        root.AcroForm = Dictionary(Fields=Array([widget]), SigFlags=_SIGNATURES_EXIST_APPEND_ONLY)
        root.Perms = Dictionary(DocMDP=signature)
        self._keep(widget)

    def written(self) -> dict[int, bytes]:
        """Return the objects as they are written into the file, without the signature itself."""
        return {number: thing.unparse(resolved=True) for number, thing in sorted(self._changed.items())}

    def _widget(self, page: Any) -> Dictionary:
        return Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(FIELD_NAME), TU=String(FIELD_WORDS),
            F=_PRINTED_AND_LOCKED, P=page, Rect=Array([0, 0, 0, 0]),
        )  # fmt: skip

    def _tag(self, page: Any, widget: Any) -> None:
        """Name the field in the structure tree as a form (ISO 14289-1, 7.18.1, 7.18.4)."""
        tree = self._pdf.Root.StructTreeRoot
        above, kids = _top(tree)
        reference = Dictionary(Type=Name.OBJR, Obj=widget, Pg=page)
        form = self._pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Form, P=above, Pg=page, K=reference))
        self._keep(form)
        above.K = Array([*kids, form])
        self._keep(above)
        index = tree.ParentTree
        key = max(_keys(index), default=-1) + 1
        widget.StructParent = key
        index.Nums = Array([*index.Nums, key, form])
        self._keep(index if index.is_indirect else tree)
        if Name.ParentTreeNextKey in tree:
            tree.ParentTreeNextKey = key + 1
            self._keep(tree)

    def _keep(self, thing: Any) -> None:
        if not thing.is_indirect:
            raise ValueError("a part that a signature changes has no number of its own")
        self._changed[thing.objgen[0]] = thing


def _top(tree: Any) -> tuple[Any, list[Any]]:
    """Return the element that holds everything on the page, and its children."""
    kids = list(tree.K) if isinstance(tree.K, Array) else [tree.K]
    if len(kids) != 1 or not kids[0].is_indirect:
        return tree, kids
    below = kids[0].get(Name.K, Array())
    return kids[0], list(below) if isinstance(below, Array) else [below]


def _keys(index: Any) -> Iterator[int]:
    if Name.Nums not in index:
        raise ValueError("the index of the structure tree is not one list")
    return (int(key) for key in list(index.Nums)[::2])
