"""The three backgrounds of a certificate, drawn by rule: `python -m lms.press.backgrounds` writes them anew.

A published template keeps its look by its digest and its design's file; so a drawing that is
changed here belongs into a design of a new name once certificates were issued with the old one.
"""

from collections.abc import Callable
from pathlib import Path

from lms.press.drawing import (
    HEIGHT,
    MIDDLE,
    WIDTH,
    Point,
    at,
    border,
    circle,
    drawn,
    filled,
    flower,
    line,
    lotus,
    petal,
    rectangle,
    svg,
    waves,
)
from lms.press.motifs import brocade, drum, flags

# “Độc lập - Tự do - Hạnh phúc” in bold of 14 points; the line under it is as long.
MOTTO_WIDTH = 60.4
DESIGNS = Path(__file__).parent / "designs"


def formal() -> str:
    """Woven lines in old gold and dark red, a bronze drum as pale as a watermark."""
    gold, wine = "#b3904a", "#6e1f1f"
    middle, half = 13.0, 6.6
    corners = [(x, y) for x in (middle, WIDTH - middle) for y in (middle, HEIGHT - middle)]
    return svg(
        [
            *drum((MIDDLE, 109), 62, "#f6efe2"),
            drawn(waves(middle, 4.1, 8.6, 4), "#d9c69a", 0.2),
            drawn(waves(middle, 2.4, 8.6, 4), "#c98f7c", 0.22),
            drawn(waves(middle, 4.1, 17.2, 2), "#c9a86a", 0.24),
            drawn(border(middle - 5.6), wine, 0.7),
            drawn(border(middle - 4.7) + border(middle + 4.7), gold, 0.25),
            drawn(border(middle + 5.6), wine, 0.45),
            *(figure for corner in corners for figure in _corner_flower(corner, half, wine, gold)),
            _letterhead(76, 220, 35.1),
        ]
    )


def festive() -> str:
    """A woven border and strings of flags as in the village hall on a feast day, and a lotus."""
    red, amber, green, blue, pink = "#c8281e", "#f0a420", "#2f8f4e", "#1f6fb2", "#e2607f"
    edge = 9.0
    corners = [(x, y) for x in (edge, WIDTH - edge) for y in (edge, HEIGHT - edge)]
    pond = 190.5
    return svg(
        [
            filled(rectangle(12.8, 12.8, WIDTH - 25.6, HEIGHT - 25.6), "#fffdf6"),
            *lotus((MIDDLE, 150), 3.3, ("#fdf3df",) * 3, "#fffdf6", 1.2),
            drawn(border(edge - 3.8), red, 0.9),
            drawn(border(edge + 3.8), red, 0.5),
            *brocade(edge, 4, red, amber, green),
            *(filled(rectangle(x - 3.7, y - 3.7, 7.4, 7.4), red) for x, y in corners),
            filled("".join(flower(corner, 3.2, 8) for corner in corners), amber),
            filled("".join(circle(x, y, 0.8) for x, y in corners), "#fff"),
            *flags(12.8, 13.0, (red, amber, green, blue, pink), "#7a4a1e"),
            *lotus((MIDDLE, pond - 2), 0.9, ("#fbd3dc", "#f3a7b8", "#e8809a"), "#b23f60", 0.25),
            drawn(_ripples(pond), blue, 0.35),
            _letterhead(75, 222, 37.1),
        ]
    )


def plain() -> str:
    """Two thin lines and a lotus of a few strokes in each corner; nothing a tired printer smears."""
    ink = "#1d4f7c"
    outer, inner, cut = 9.0, 11.2, 15.0
    return svg(
        [
            drawn(border(outer), ink, 0.8),
            drawn(_cut_border(inner, cut), ink, 0.3),
            drawn(_corner_petals(inner, 0.66 * cut, -32) + _corner_petals(inner, 0.66 * cut, 32), ink, 0.3),
            drawn(_corner_petals(inner, 0.8 * cut, 0), ink, 0.3, fill="#fff"),
            _letterhead(80, 217, 32.1),
        ]
    )


BACKGROUNDS: dict[str, Callable[[], str]] = {"trang-trong": formal, "le-hoi": festive, "don-gian": plain}


def write() -> None:
    """Write each background beside the table of its design."""
    for design, draw in BACKGROUNDS.items():
        (DESIGNS / design / "background.svg").write_text(draw(), "utf-8")


def _letterhead(agency: float, motto: float, top: float) -> str:
    """Return the lines under the agency and under the motto, the latter as long as the motto itself."""
    lines = ((agency, 26.0), (motto, MOTTO_WIDTH))
    return drawn("".join(line((x - wide / 2, top), (x + wide / 2, top)) for x, wide in lines), "#000", 0.3)


def _corner_flower(corner: Point, half: float, ink: str, second: str) -> list[str]:
    x, y = corner
    return [
        drawn(rectangle(x - half, y - half, 2 * half, 2 * half), ink, 0.6, fill="#fff"),
        drawn(rectangle(x - half + 0.8, y - half + 0.8, 2 * half - 1.6, 2 * half - 1.6), second, 0.25),
        drawn(flower(corner, 5.2, 8), ink, 0.22, fill="#fff"),
        drawn(flower(corner, 3.7, 8, start=22.5), second, 0.22, fill="#fff"),
        filled(circle(x, y, 1.05), ink),
    ]


def _ripples(top: float) -> str:
    rows = ((0.0, 17.0), (1.6, 12.5), (3.2, 8.0))
    return "".join(
        f"M{at(MIDDLE - reach, top + down)}q{at(reach / 2, -1.4)} {at(reach, 0)}t{at(reach, 0)}" for down, reach in rows
    )


def _cut_border(inset: float, cut: float) -> str:
    """Return a rectangle whose corners bow inwards."""
    right, low = WIDTH - inset, HEIGHT - inset
    bow = f"A{cut:g} {cut:g} 0 0 0 "
    return (
        f"M{at(inset + cut, inset)}H{at(right - cut, inset).split()[0]}{bow}{at(right, inset + cut)}"
        f"V{low - cut:g}{bow}{at(right - cut, low)}H{inset + cut:g}{bow}{at(inset, low - cut)}"
        f"V{inset + cut:g}{bow}{at(inset + cut, inset)}Z"
    )


def _corner_petals(inset: float, length: float, lean: float) -> str:
    """Return a petal in each corner that points to the middle of the page, or leans away from there."""
    right, low = WIDTH - inset, HEIGHT - inset
    corners = ((inset, inset, 135), (right, inset, 225), (right, low, 315), (inset, low, 45))
    return "".join(petal((x, y), turn + lean, length, 0.42 * length) for x, y, turn in corners)


if __name__ == "__main__":
    write()
