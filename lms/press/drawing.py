"""A pen for ornaments: figures are computed, so that their numbers can be read and changed.

Everything is a plain filled or stroked path in millimetres on an A4 landscape page, so that a PDF
and a browser show the same, and the same text comes out on every machine.
"""

import math
from collections.abc import Iterable

WIDTH, HEIGHT = 297.0, 210.0
MIDDLE = WIDTH / 2

Point = tuple[float, float]


def svg(figures: Iterable[str]) -> str:
    """Return the drawing of a whole page."""
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
    return "\n".join((opening, *figures, "</svg>", ""))


def filled(path: str, colour: str) -> str:
    """Return a figure in one flat colour."""
    return f'<path d="{path}" fill="{colour}"/>'


def drawn(path: str, colour: str, width: float, *, fill: str = "none") -> str:
    """Return a figure drawn as a line."""
    return f'<path d="{path}" fill="{fill}" stroke="{colour}" stroke-width="{width:g}"/>'


def at(x: float, y: float) -> str:
    """Return a point as a path writes it, to a hundredth of a millimetre."""
    return f"{_short(x)} {_short(y)}"


def line(*points: Point) -> str:
    """Return an open line through the points."""
    (x, y), *others = points
    steps = zip(points, others, strict=False)
    return f"M{at(x, y)}l" + " ".join(at(_step(a, b, 0), _step(a, b, 1)) for a, b in steps)


def polygon(*points: Point) -> str:
    """Return a closed line through the points."""
    return line(*points) + "z"


def rectangle(x: float, y: float, width: float, height: float) -> str:
    """Return a rectangle by its left upper corner."""
    return f"M{at(x, y)}h{_short(width)}v{_short(height)}h{_short(-width)}z"


def border(inset: float) -> str:
    """Return a rectangle that keeps the same distance from all edges of the page."""
    return rectangle(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)


def circle(x: float, y: float, radius: float) -> str:
    """Return a circle."""
    r, across = _short(radius), 2 * radius
    return f"M{at(x - radius, y)}a{r} {r} 0 1 1 {at(across, 0)}a{r} {r} 0 1 1 {at(-across, 0)}z"


def around(centre: Point, radius: float, degrees: float) -> Point:
    """Return the point at a distance from the centre; degrees run clockwise from the top."""
    angle = math.radians(degrees)
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def petal(foot: Point, degrees: float, length: float, width: float) -> str:
    """Return one pointed petal that stands on its foot and leans by so many degrees."""
    angle = math.radians(degrees)

    def turned(across: float, up: float) -> str:
        x = foot[0] + across * math.cos(angle) + up * math.sin(angle)
        return at(x, foot[1] + across * math.sin(angle) - up * math.cos(angle))

    half = width / 2
    low, high = 0.22 * length, 0.62 * length
    left = f"{turned(-half, low)} {turned(-1.15 * half, high)} {turned(0, length)}"
    right = f"{turned(1.15 * half, high)} {turned(half, low)} {turned(0, 0)}"
    return f"M{turned(0, 0)}C{left} {right}Z"


def flower(centre: Point, radius: float, petals: int, *, start: float = 0, slim: float = 0.6) -> str:
    """Return petals all around a centre."""
    angles = (start + place * 360 / petals for place in range(petals))
    return "".join(petal(centre, angle, radius, slim * radius) for angle in angles)


# Lean, length, width and tone of each petal of an open lotus, from the back to the front.
_LOTUS = (
    ((-62, 17, 7.5, 2), (62, 17, 7.5, 2), (-38, 19.5, 8.6, 1), (38, 19.5, 8.6, 1)),
    ((-72, 12.5, 6.5, 1), (72, 12.5, 6.5, 1), (-17, 21.5, 9.4, 0), (17, 21.5, 9.4, 0)),
    ((-50, 13.5, 7.4, 0), (50, 13.5, 7.4, 0), (0, 20, 10, 1)),
    ((-26, 13.5, 8, 2), (26, 13.5, 8, 2), (0, 12.5, 8.6, 0)),
)


def lotus(foot: Point, scale: float, tones: tuple[str, str, str], ink: str, width: float) -> list[str]:
    """Return an open lotus seen from the side, about 36 × 21 mm at scale 1."""
    return [
        drawn(petal(foot, lean, length * scale, broad * scale), ink, width, fill=tones[tone])
        for row in _LOTUS
        for lean, length, broad, tone in row
    ]


def waves(inset: float, amplitude: float, half: float, phases: int) -> str:
    """Return interlaced waves along the four edges, as old engravers drew them.

    `half` is about the length of half a wave; each wave starts a part of its length later than
    the one before. They run from corner to corner: what happens in the corner is covered there.
    """
    sides = (
        (inset, WIDTH - inset, inset, False),
        (inset, WIDTH - inset, HEIGHT - inset, False),
        (inset, HEIGHT - inset, inset, True),
        (inset, HEIGHT - inset, WIDTH - inset, True),
    )
    return "".join(_wave(*side, amplitude, half, phase / phases) for side in sides for phase in range(phases))


def _wave(start: float, end: float, middle: float, upright: bool, amplitude: float, half: float, phase: float) -> str:
    """Return one wave: each half of it is one cubic curve, which is within a hair of a cosine."""

    def pair(along: float, aside: float) -> str:
        return at(aside, along) if upright else at(along, aside)

    step = (end - start) / (2 * round((end - start) / half / 2))
    halves, rest = divmod(2 * phase, 1)
    here, rise = start - rest * step, 2 * amplitude * (-1) ** int(halves)
    path = f"M{pair(here, middle - rise / 2)}c{pair(0.3642 * step, 0)} "
    while here < end - 0.01:
        path += f"{pair(0.6358 * step, rise)} {pair(step, rise)}s"
        here, rise = here + step, -rise
    return path.removesuffix("s")


def _step(start: Point, end: Point, axis: int) -> float:
    """Return how far to go, from rounded to rounded, so that nothing adds up along the way."""
    return round(end[axis], 2) - round(start[axis], 2)


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
