"""The press itself: facts and a template go in, the bytes of one certificate come out."""

import zlib
from dataclasses import dataclass
from typing import Literal

from lms.press.facts import Facts
from lms.press.filling import NotCovered, filler_of
from lms.press.frozen import Frozen
from lms.press.laying_out import drawn_background, fitted_lines, set_page
from lms.press.pdf import first_content, rest_of_file, take_apart
from lms.press.templates import Template


@dataclass(frozen=True)
class Pressed:
    """One certificate's file: `stem` is shared by all papers of a template, `rest` is this one's.

    `way` says how it was made: "compiled" from a frozen template, or "laid_out" by the layout engine.
    """

    stem: bytes
    rest: bytes
    way: Literal["compiled", "laid_out"]
    sha256: str

    def __bytes__(self) -> bytes:
        return self.stem + self.rest

    def __len__(self) -> int:
        return len(self.stem) + len(self.rest)


def press(template: Template, facts: Facts, frozen: Frozen | None = None) -> Pressed:
    """Return the certificate, from the frozen template if that covers these facts.

    Same template, same facts, same way: same bytes, on every machine with the same engine and fonts.

    Raises:
        PaperFault: a picture cannot be read, or a line is too long for its place.
    """
    if frozen is not None:
        if frozen.template != template.digest:
            raise ValueError("this frozen template is another template's")
        try:
            return press_compiled(frozen, facts)
        except NotCovered:
            pass
    return press_laid_out(template, facts)


def press_compiled(frozen: Frozen, facts: Facts) -> Pressed:
    """Return the certificate the quick way.

    Raises:
        NotCovered: something in it was not proved to come out the same.
    """
    rest = rest_of_file(frozen.stem, filler_of(frozen).content(facts), facts)
    return Pressed(frozen.stem.data, rest, "compiled", frozen.stem.sha256_with(rest))


def press_laid_out(template: Template, facts: Facts) -> Pressed:
    """Return the certificate as the layout engine sets it.

    Raises:
        PaperFault: a picture cannot be read, or a line is too long for its place.
    """
    page = set_page(template, facts, fitted_lines(template, facts), is_bare=True)
    stem = take_apart(page, template.digest, background=drawn_background(template.design))
    rest = rest_of_file(stem, zlib.compress(first_content(page)), facts, packed=True)
    return Pressed(b"", stem.data + rest, "laid_out", stem.sha256_with(rest))
