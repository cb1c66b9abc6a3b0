"""The slow way to a paper: the layout engine sets the whole page.

It is the truth the quick way is measured against. Fonts and parsed styles are kept for the life of
the process; pictures come through a fetcher that knows nothing but what this certificate needs.
"""

import atexit
import ctypes.util
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2 import Template as Page

from lms.errors import Misconfigured
from lms.press import qr
from lms.press.facts import Facts
from lms.press.fitting import Fitted, fit, has_room
from lms.press.layout import FALLBACK, FOLDER, ROW_HEIGHT, Box, Design, LineStyle, design
from lms.press.lines import lines_of
from lms.press.metadata import title_of
from lms.press.templates import Template
from lms.printing.paper import Asset, PaperFault, closed_fetcher, font_configuration, one_at_a_time, told_as_fault

if TYPE_CHECKING:
    from weasyprint import CSS

VARIANT = "pdf/a-3a"
_BACKGROUND = "background.svg"
_NOTHING = Asset(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 297 210"><path d="M0 0h1"/></svg>', "image/svg+xml"
)
_FALLBACK = FALLBACK.removesuffix(".ttf")


class NoRoom(PaperFault):
    """A line is too long for its place, however small its letters; no such paper is made."""


def require_subsetter() -> None:
    """Make sure fonts are cut down by HarfBuzz; without it each paper takes five times as long.

    Raises:
        Misconfigured: the library is not installed.
    """
    if ctypes.util.find_library("harfbuzz-subset") is None:
        raise Misconfigured(
            "Máy này thiếu thư viện thu gọn phông chữ nên in giấy chứng nhận rất chậm. "
            "Hãy gõ: apt-get install libharfbuzz-subset0"
        )


def lay_out(template: Template, facts: Facts) -> bytes:
    """Return the PDF of one certificate as the layout engine writes it, not yet finished for the archive.

    Raises:
        PaperFault: a picture cannot be read, a line has no room, or something else was to be fetched.
    """
    return set_page(template, facts, fitted_lines(template, facts))


def fitted_lines(template: Template, facts: Facts) -> dict[str, Fitted]:
    """Return every line that is printed, with its size and rows."""
    look = design(template.design).lines
    return {key: fit(text, look[key]) for key, text in lines_of(template, facts).items()}


def crowded_lines(template: Template, facts: Facts) -> tuple[str, ...]:
    """Return the keys of the lines that are too long for this paper; it can be made only if there are none."""
    look = design(template.design).lines
    return tuple(key for key, text in lines_of(template, facts).items() if not has_room(text, look[key]))


def set_page(
    template: Template,
    facts: Facts,
    lines: Mapping[str, Fitted],
    *,
    alphabet: Mapping[str, str] | None = None,
    is_bare: bool = False,
) -> bytes:
    """Lay out a page of lines whose sizes are already chosen.

    `alphabet` holds, by font, the letters to be shown on a page behind it. A bare page has an empty drawing
    in place of the design's; `drawn_background` holds what belongs there.

    Raises:
        NoRoom: one of the lines would run over its box.
        PaperFault: a picture cannot be read.
    """
    if crowded := [key for key, line in lines.items() if not line.has_room]:
        raise NoRoom(f"too long: {', '.join(crowded)}")
    assets = assets_of(template, facts) | ({_BACKGROUND: _NOTHING} if is_bare else {})
    return write_page(page_of(template, facts, lines, alphabet=alphabet), template.design, assets)


@cache
def drawn_background(key: str) -> bytes:
    """Return a page with nothing but a design's drawing; the engine draws slowly, so it draws it once."""
    drawing = Asset(design(key).background, "image/svg+xml")
    return write_page("<html lang=vi><title>0</title><body><p>0", key, {_BACKGROUND: drawing})


def write_page(page: str, design_key: str, assets: Mapping[str, Asset]) -> bytes:
    """Return a page of HTML as the layout engine writes it; whatever it asks for but our assets stops it.

    Raises:
        PaperFault: something else was to be fetched, or cannot be read.
    """
    from weasyprint import HTML

    with one_at_a_time, told_as_fault():
        pdf: bytes = HTML(string=page, url_fetcher=closed_fetcher(assets)).write_pdf(
            stylesheets=[_stylesheet(design_key)], font_config=font_configuration(), pdf_variant=VARIANT
        )
    return pdf


def page_of(
    template: Template, facts: Facts, lines: Mapping[str, Fitted], *, alphabet: Mapping[str, str] | None = None
) -> str:
    """Return the page as HTML; its style sheet and pictures are not in it."""
    look = design(template.design).lines
    return _page().render(
        title=title_of(facts),
        issued=facts.issued,
        lines={key: _Set(fitted, look[key]) for key, fitted in lines.items()},
        pictures=template.pictures,
        alphabet=alphabet or {},
    )


class _Set:
    """A line as the page needs it: its rows, and the style that its size asks for."""

    def __init__(self, fitted: Fitted, style: LineStyle) -> None:
        self.rows = fitted.rows
        self.style = f"font-size:{fitted.points:g}pt"
        if len(fitted.rows) > 1:
            height = fitted.points * ROW_HEIGHT
            top = style.top + (style.height - height * len(fitted.rows)) / 2
            self.style += f";line-height:{height:.4f}mm;top:{top:.4f}mm"


def assets_of(template: Template, facts: Facts) -> dict[str, Asset]:
    """Return what the page may fetch beside the shipped fonts."""
    pictures = {key: Asset(picture.data, picture.media_type) for key, picture in template.pictures.items()}
    drawing = Asset(design(template.design).background, "image/svg+xml")
    return {**pictures, _BACKGROUND: drawing, "qr.svg": Asset(qr.svg(facts.address), "image/svg+xml")}


@cache
def _page() -> Page:
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html")


@cache
def _stylesheet(key: str) -> "CSS":
    """Parse the style of a design and load its fonts once per process; that is half of a paper's cost."""
    from weasyprint import CSS

    fonts = font_configuration()
    # Like the fonts themselves, what refers to them must be let go before the interpreter ends.
    atexit.register(_stylesheet.cache_clear)
    return CSS(string=style_of(design(key)), url_fetcher=closed_fetcher({}), font_config=fonts)


def style_of(look: Design) -> str:
    """Return the style sheet of a design: its fonts, and a box for each line and picture."""
    families = sorted({line.family for line in look.lines.values()} | {_FALLBACK})
    faces = [f'@font-face{{font-family:"{family}";src:url("asset:{family}.ttf")}}' for family in families]
    alphabet = [f'.alphabet .{family}{{font:8pt "{family}"}}' for family in families]
    lines = [f".{key}{{{_place(line)};{_letters(line)}}}" for key, line in look.lines.items()]
    pictures = [f".{key}{{{_place(box)}}}" for key, box in (*look.pictures.items(), ("qr", look.qr))]
    shared = (FOLDER / "page.css").read_text("utf-8")
    return "\n".join((*faces, shared, *alphabet, *lines, *pictures))


def _place(box: Box) -> str:
    return f"left:{box.left:g}mm;top:{box.top:g}mm;width:{box.width:g}mm;height:{box.height:g}mm"


def _letters(line: LineStyle) -> str:
    spacing = f";letter-spacing:{line.spacing:g}pt" if line.spacing else ""
    return (
        f'line-height:{line.height:g}mm;font-family:"{line.family}","{_FALLBACK}";'
        f"color:{line.colour};text-align:{line.align}{spacing}"
    )
