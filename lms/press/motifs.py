"""The larger ornaments of the backgrounds: a bronze drum, a woven band, strings of flags."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from lms.press.drawing import HEIGHT, WIDTH, Point, around, at, circle, drawn, filled, line, polygon


def drum(centre: Point, radius: float, colour: str) -> list[str]:
    """Return rings in the manner of the bronze drums: star, feathers, teeth, beads, birds, plaits."""
    unit = radius / 60
    rings = (14.5, 15.3, 18.5, 19.2, 22.4, 23.1, 38.4, 39.1, 42.3, 43, 46.4, 47.1, 50.3, 51.1, 57.5, 58.6, 60)
    birds = (_bird(centre, 30.5 * unit, place * 30, 0.92 * unit) for place in range(12))
    beads = _beads(centre, 16.9 * unit, 36, 1.15 * unit) + _beads(centre, 44.7 * unit, 84, 1.3 * unit)
    return [
        filled(_star(centre, 13.5 * unit, 5.2 * unit, 14), colour),
        drawn(_feathers(centre, unit, 14), colour, round(0.3 * unit, 2)),
        drawn("".join(circle(*centre, ring * unit) for ring in rings) + beads, colour, round(0.28 * unit, 2)),
        filled(_teeth(centre, 19.4 * unit, 22.2 * unit, 60), colour),
        filled(_teeth(centre, 42.1 * unit, 39.3 * unit, 100) + _teeth(centre, 47.3 * unit, 50.1 * unit, 110), colour),
        filled("".join(birds), colour),
        drawn(_plaits(centre, 51.4 * unit, 57.2 * unit, 96), colour, round(0.22 * unit, 2)),
    ]


def _star(centre: Point, outer: float, inner: float, rays: int) -> str:
    turn = 360 / rays
    tips = ((around(centre, outer, ray * turn), around(centre, inner, (ray + 0.5) * turn)) for ray in range(rays))
    return polygon(*(point for pair in tips for point in pair))


def _feathers(centre: Point, unit: float, rays: int) -> str:
    """Return the chevrons that stand between the rays of the star."""
    path = ""
    for place in range(rays):
        middle = (place + 0.5) * 360 / rays
        for low in (8.4, 10.2, 12.0):
            spread, high = (low - 4.9) * 1.05, (low + 1.1) * unit
            left, right = around(centre, high, middle - spread), around(centre, high, middle + spread)
            path += line(left, around(centre, low * unit, middle), right)
    return path


def _beads(centre: Point, radius: float, count: int, size: float) -> str:
    return "".join(circle(*around(centre, radius, place * 360 / count), size) for place in range(count))


def _teeth(centre: Point, foot: float, tip: float, count: int) -> str:
    turn = 360 / count
    return "".join(
        polygon(
            around(centre, foot, place * turn),
            around(centre, tip, (place + 0.5) * turn),
            around(centre, foot, (place + 1) * turn),
        )
        for place in range(count)
    )


def _plaits(centre: Point, inner: float, outer: float, count: int) -> str:
    turn = 360 / count
    return "".join(
        line(around(centre, inner, place * turn), around(centre, outer, (place + (0.9 if place % 2 else -0.9)) * turn))
        for place in range(count)
    )


# A long-beaked bird in flight: forward and outward in millimetres, from the beak over the crest,
# the raised wing, the long tail and the lower wing back to the throat.
_BIRD = (
    (("M", (8.2, 0.1)), ("L", (4.1, 0.95)), ("Q", (3.4, 2.3), (1.2, 2.5)), ("L", (2.4, 1.35))),
    (("Q", (1.7, 0.9), (1.0, 0.75)), ("L", (-0.4, 1.0)), ("Q", (-1.6, 3.6), (-4.2, 5.2))),
    (("Q", (-3.6, 2.6), (-3.2, 0.8)), ("L", (-7.4, 1.9)), ("L", (-6.9, 0.7)), ("L", (-8, 0.1))),
    (("L", (-6.9, -0.4)), ("L", (-7.4, -1.5)), ("L", (-3.2, -0.55)), ("Q", (-2.2, -2.6), (-3, -4.2))),
    (("Q", (-0.6, -2.9), (0.3, -0.65)), ("Q", (1.8, -0.6), (3.0, -0.35)), ("L", (4, -0.2))),
)


def _bird(centre: Point, radius: float, degrees: float, scale: float) -> str:
    """Return a bird bent along its ring, flying against the clock as on the drums."""

    def bent(forward: float, outward: float) -> str:
        turned = degrees - math.degrees(forward * scale / radius)
        return at(*around(centre, radius + outward * scale, turned))

    return "".join(kind + " ".join(bent(*point) for point in points) for row in _BIRD for kind, *points in row) + "Z"


_STITCH, _REACH = 7.2, 3.1


class _Band(NamedTuple):
    """One side of a woven border: where it runs, and whether down the page."""

    start: float
    length: float
    middle: float
    is_upright: bool

    @property
    def stitches(self) -> int:
        return round(self.length / _STITCH)

    @property
    def step(self) -> float:
        return self.length / self.stitches

    def figure(self, *points: Point) -> str:
        """Return a closed figure given along the band and aside from its middle."""
        on_page = ((self.start + along, self.middle + aside) for along, aside in points)
        return polygon(*((y, x) if self.is_upright else (x, y) for x, y in on_page))

    def diamonds(self, share: float) -> Iterator[str]:
        """Yield a diamond for each stitch, smaller by a share."""
        wide, high = self.step / 2 * share, _REACH * share
        for place in range(self.stitches):
            spot = (place + 0.5) * self.step
            yield self.figure((spot - wide, 0), (spot, -high), (spot + wide, 0), (spot, high))

    def teeth(self) -> Iterator[str]:
        """Yield the teeth that stand between the diamonds, from both edges."""
        wide = 0.28 * self.step
        for place in range(1, self.stitches):
            spot = place * self.step
            for side in (1, -1):
                edge, tip = side * _REACH, side * 1.3
                yield self.figure((spot - wide, edge), (spot, tip), (spot + wide, edge))


def brocade(inset: float, corner: float, first: str, second: str, third: str) -> list[str]:
    """Return a woven border around the page: diamonds in diamonds, and teeth between them."""
    start, across, down = inset + corner, WIDTH - 2 * (inset + corner), HEIGHT - 2 * (inset + corner)
    bands = (
        _Band(start, across, inset, is_upright=False),
        _Band(start, across, HEIGHT - inset, is_upright=False),
        _Band(start, down, inset, is_upright=True),
        _Band(start, down, WIDTH - inset, is_upright=True),
    )
    diamonds = [
        filled("".join(figure for band in bands for figure in band.diamonds(share)), colour)
        for share, colour in ((1.0, first), (0.62, second), (0.26, "#fff"))
    ]
    return [*diamonds, filled("".join(figure for band in bands for figure in band.teeth()), third)]


def flags(inset: float, top: float, colours: tuple[str, ...], cord: str) -> list[str]:
    """Return a string of pennants from corner to corner in six bows, the same from both ends."""
    bows, pennants, sag = 6, 7, 3.2
    width = (WIDTH - 2 * inset) / bows
    cords, by_colour = "", dict.fromkeys(colours, "")
    for place in range(bows * pennants):
        bow, number = divmod(place, pennants)
        left = inset + bow * width
        start, end = (_hang(left, top, width, sag, (number + part) / pennants) for part in (0.14, 0.86))
        tip = ((start[0] + end[0]) / 2 - 0.55 * (end[1] - start[1]), (start[1] + end[1]) / 2 + 6)
        colour = colours[min(place, bows * pennants - 1 - place) % len(colours)]
        by_colour[colour] += polygon(start, end, tip)
        if number == 0:
            cords += f"M{at(left, top)}q{at(width / 2, 2 * sag)} {at(width, 0)}"
    return [*(filled(path, colour) for colour, path in by_colour.items()), drawn(cords, cord, 0.35)]


def _hang(left: float, top: float, width: float, sag: float, share: float) -> Point:
    """Return the point of a slack cord after a share of its width."""
    return left + width * share, top + 4 * sag * share * (1 - share)
