"""The certificate as the department sees it while editing: one SVG, drawn from the same table as the paper.

No layout engine runs here, so a web worker can draw it for every keystroke. It carries neither style
nor script, only presentation attributes, and so may stand in a page with a strict policy. Fonts are
asked for by name; each row is told how wide it is on paper, so it is as wide in any font.
"""

from base64 import b64encode
from collections.abc import Iterator
from html import escape

from lms.press import qr
from lms.press.facts import Facts
from lms.press.fitting import PIXELS_PER_MM, Fitted
from lms.press.laying_out import fitted_lines
from lms.press.layout import PAGE_MM, ROW_HEIGHT, Box, LineStyle, design
from lms.press.shaping import rise_of, width_px
from lms.press.templates import Picture, Template

_MM_PER_POINT = 25.4 / 72
_FAMILIES = {
    "LiberationSerif": "Liberation Serif, Times New Roman, Times, serif",
    "BeVietnamPro": "Be Vietnam Pro, Arial, Helvetica, sans-serif",
}
_CUTS = {
    "Regular": "",
    "Italic": ' font-style="italic"',
    "SemiBold": ' font-weight="600"',
    "Bold": ' font-weight="700"',
}
_ANCHORS = {"left": ("start", 0.0), "center": ("middle", 0.5), "right": ("end", 1.0)}


def preview_svg(template: Template, facts: Facts) -> str:
    """Return the drawing of one certificate as markup for a page: every text in it is escaped."""
    look = design(template.design)
    width, height = PAGE_MM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">',
        _placed(look.background, Box(0, 0, width, height)),
        *(row for key, fitted in fitted_lines(template, facts).items() for row in _rows(fitted, look.lines[key])),
        *(_picture(picture, look.pictures[key]) for key, picture in template.pictures.items()),
        _placed(qr.svg(facts.address), look.qr),
        "</svg>",
    ]
    return "\n".join(parts)


def _rows(fitted: Fitted, style: LineStyle) -> Iterator[str]:
    """Yield the rows of a line, the whole of them centred on its box as on paper."""
    size = fitted.points * _MM_PER_POINT
    height = fitted.points * ROW_HEIGHT
    first = style.top + style.height / 2 - height * (len(fitted.rows) - 1) / 2
    for place, row in enumerate(fitted.rows):
        yield _row(row, style, fitted.points, first + place * height + rise_of(style.font) * size)


def _row(text: str, style: LineStyle, points: float, baseline: float) -> str:
    anchor, share = _ANCHORS[style.align]
    family, cut = style.family.split("-")
    opened = style.spacing * _MM_PER_POINT
    spacing = f' letter-spacing="{opened:.3f}"' if opened else ""
    width = width_px(text, style.font, points) / PIXELS_PER_MM + len(text) * opened
    return (
        f'<text x="{style.left + share * style.width:g}" y="{baseline:.2f}" text-anchor="{anchor}"'
        f' font-family="{_FAMILIES[family]}"{_CUTS[cut]} font-size="{points * _MM_PER_POINT:.3f}"{spacing}'
        f' fill="{style.colour}" textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(text)}</text>"
    )


def _picture(picture: Picture, box: Box) -> str:
    address = f"data:{picture.media_type};base64,{b64encode(picture.data).decode()}"
    return f'<image href="{escape(address)}" {_measures(box)}/>'


def _placed(drawing: bytes, box: Box) -> str:
    """Return one of our own drawings, fitted into a box."""
    return drawing.decode().replace("<svg ", f"<svg {_measures(box)} ", 1).strip()


def _measures(box: Box) -> str:
    return f'x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}"'
