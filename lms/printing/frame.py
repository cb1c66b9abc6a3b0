"""The border of the certificate: interlaced waves and a pale rosette, drawn by rule.

Drawn here and not stored as a picture, so that its numbers can be read and changed, and so
that it comes out the same on every machine.
"""

import math
from functools import cache

from lms.printing.paper import Asset

_WIDTH, _HEIGHT = 297.0, 210.0
_MIDLINE = 12.5
_AMPLITUDE = 3.1
_WAVES = (("#7fa8c4", 0.0), ("#a9c6d8", 1 / 3), ("#c9b37e", 2 / 3))
_CORNER = 5.2


@cache
def frame_asset() -> Asset:
    """Return the border of an A4 landscape page as an SVG asset."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}">',
        *_rosette(_WIDTH / 2, _HEIGHT / 2 + 2, 62, "#eef3f7", turns=36, width=0.22),
        *_waves(),
        _rectangle(_MIDLINE - _CORNER, "#2f5f80", 0.5),
        _rectangle(_MIDLINE + _CORNER, "#2f5f80", 0.25),
        _rectangle(_MIDLINE + _CORNER + 1.1, "#b89b56", 0.25),
        *_corners(),
        "</svg>",
    ]
    return Asset("".join(parts).encode(), "image/svg+xml")


def _waves() -> list[str]:
    return [
        f'<path fill="none" stroke="{colour}" stroke-width=".22" d="{_all_round(phase, lift)}"/>'
        for colour, phase in _WAVES
        for lift in (_AMPLITUDE, -_AMPLITUDE)
    ]


def _all_round(phase: float, lift: float) -> str:
    """Return one wave along the four sides, from corner to corner."""
    near, right, low = _MIDLINE, _WIDTH - _MIDLINE, _HEIGHT - _MIDLINE
    sides = (
        _wave(near, right, near, lift, phase, upright=False),
        _wave(near, right, low, lift, phase, upright=False),
        _wave(near, low, near, lift, phase, upright=True),
        _wave(near, low, right, lift, phase, upright=True),
    )
    return "".join(sides)


def _wave(start: float, end: float, line: float, lift: float, phase: float, *, upright: bool) -> str:
    """Return a sine as cubic curves, one to each half period of about five millimetres."""
    first, last = start + _CORNER, end - _CORNER
    halves = round((last - first) / 5)
    half = (last - first) / halves
    at = first - phase * half
    path, sign = _move(at, line, upright), 1
    for _ in range(halves + 1):
        crest = line + sign * lift * 4 / 3
        path += _curve(at + half * 0.3642, crest, at + half * 0.6358, crest, at + half, line, upright)
        at, sign = at + half, -sign
    return path


def _move(x: float, y: float, upright: bool) -> str:
    return f"M{_pair(x, y, upright)}"


def _curve(x1: float, y1: float, x2: float, y2: float, x3: float, y3: float, upright: bool) -> str:
    points = (_pair(x1, y1, upright), _pair(x2, y2, upright), _pair(x3, y3, upright))
    return "C" + " ".join(points)


def _pair(x: float, y: float, upright: bool) -> str:
    return f"{y:.2f} {x:.2f}" if upright else f"{x:.2f} {y:.2f}"


def _rectangle(inset: float, colour: str, width: float) -> str:
    return (
        f'<rect x="{inset:g}" y="{inset:g}" width="{_WIDTH - 2 * inset:g}"'
        f' height="{_HEIGHT - 2 * inset:g}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
    )


def _corners() -> list[str]:
    """Return a small rosette on white over each corner, where the waves would collide."""
    drawn = []
    for x in (_MIDLINE, _WIDTH - _MIDLINE):
        for y in (_MIDLINE, _HEIGHT - _MIDLINE):
            left, top, side = x - _CORNER, y - _CORNER, 2 * _CORNER
            drawn.append(
                f'<rect x="{left:g}" y="{top:g}" width="{side:g}" height="{side:g}" fill="#fff"'
                ' stroke="#2f5f80" stroke-width=".35"/>'
            )
            drawn.extend(_rosette(x, y, _CORNER - 0.7, "#7fa8c4", turns=12, width=0.2))
    return drawn


def _rosette(x: float, y: float, radius: float, colour: str, *, turns: int, width: float) -> list[str]:
    """Return ellipses turned about one centre: the old engravers' rose."""
    ring = (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none" stroke="{colour}"'
        f' stroke-width="{width * math.sqrt(2):.2f}"/>'
    )
    return [
        ring,
        *(
            f'<ellipse rx="{radius:g}" ry="{radius * share:.2f}" fill="none" stroke="{colour}"'
            f' stroke-width="{width}" transform="translate({x:g} {y:g}) rotate({angle:.2f})"/>'
            for share in (0.42, 0.78)
            for angle in (turn * 180 / turns for turn in range(turns))
        ),
    ]
