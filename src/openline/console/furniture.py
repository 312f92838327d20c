"""What every chart has around its contents: graticule, scale, legend, heading, and the mark of an
exercise.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

import numpy as np

from openline.console.chart import Ink, circle, group, line, number, text
from openline.console.projection import Sheet
from openline.coordination.conflict_view import ConflictStatus
from openline.units import METRES_PER_NAUTICAL_MILE

GRID_STEPS_DEG: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
MOST_GRID_LINES: Final = 9
PROPOSED_DASH: Final = "5 4"
PASSED_ON_DASH: Final = "2 3"
_POINTS: Final = 49
_SIGN: Final = {
    ConflictStatus.OPEN: "M0-7L7 0 0 7-7 0Z",
    ConflictStatus.AGREED: "M-5 0A5 5 0 1 0 5 0 5 5 0 1 0-5 0Z",
    ConflictStatus.GONE: "M-4-4L4 4M-4 4L4-4",
}
_LOOK: Final = {
    ConflictStatus.OPEN: f'fill="{Ink.OPEN}" stroke="{Ink.GROUND}" stroke-width="1.5"',
    ConflictStatus.AGREED: f'fill="{Ink.GROUND}" fill-opacity="0.5" stroke="{Ink.AGREED}" stroke-width="2"',
    ConflictStatus.GONE: f'fill="none" stroke="{Ink.GONE}" stroke-width="1.6"',
}


def conflict_point(x: float, y: float, status: ConflictStatus, label: str) -> str:
    """A diamond with a halo where open, a ring where agreed, a cross where gone: told apart without
    colour too.
    """
    halo = circle(0, 0, 13, extra=f' stroke="{Ink.OPEN}" stroke-width="1.2" opacity="0.6"')
    return (
        f'<g transform="translate({number(x)} {number(y)})"><title>{escape(label)}</title>'
        f"{halo if status is ConflictStatus.OPEN else ''}"
        f'<path d="{_SIGN[status]}" {_LOOK[status]}/></g>'
    )


# The graticule


def graticule(sheet: Sheet) -> str:
    latitudes, longitudes = sheet.rim()
    low, high = float(latitudes.min()), float(latitudes.max())
    # Longitudes as differences from the middle one, so that the antimeridian is no edge.
    middle = float(longitudes[longitudes.size // 2])
    apart = (longitudes - middle + 180.0) % 360.0 - 180.0
    west, east = float(apart.min()), float(apart.max())
    parts = []
    for latitude in _steps(low, high, low, high):
        parts += _grid_line(sheet, np.full(_POINTS, latitude), middle + np.linspace(west, east, _POINTS))
        parts.append(_label(sheet, latitude, middle + west, _degree_words(latitude, "N", "S"), edge="left"))
    for longitude in _steps(middle + west, middle + east, west, east):
        parts += _grid_line(
            sheet, np.linspace(max(low, -89.9), min(high, 89.9), _POINTS), np.full(_POINTS, longitude)
        )
        words = _degree_words((longitude + 180.0) % 360.0 - 180.0, "E", "W")
        parts.append(_label(sheet, low, longitude, words, edge="bottom"))
    return group(parts, Ink.GRID)


def _steps(start: float, end: float, low: float, high: float) -> list[float]:
    step = next((it for it in GRID_STEPS_DEG if (high - low) / it <= MOST_GRID_LINES), GRID_STEPS_DEG[-1])
    first, last = int(np.ceil(start / step)), int(np.floor(end / step))
    return [round(nth * step, 6) for nth in range(first, last + 1)]


def _grid_line(sheet: Sheet, latitudes: object, longitudes: object) -> list[str]:
    wrapped = (np.asarray(longitudes) + 180.0) % 360.0 - 180.0
    return [line(sheet.place(np.asarray(latitudes), wrapped), Ink.GRID)]


def _label(sheet: Sheet, latitude: float, longitude: float, words: str, *, edge: str) -> str:
    """Where the line leaves the sheet: on its left edge for a parallel, its lower one for a meridian."""
    if edge == "left":
        along = longitude + np.linspace(0.0, 360.0, 721)
        x, y = sheet.place(np.full(along.size, latitude), (along + 180.0) % 360.0 - 180.0)
        inside = np.flatnonzero((x >= 0) & (x <= sheet.width) & (y > 78) & (y < sheet.height - 30))
        if not inside.size:
            return ""
        at = inside[np.argmin(x[inside])]
        return text(6, float(y[at]) - 4, words, ink=Ink.FAINT, size=11, extra=' stroke="none"')
    along = np.linspace(-89.9, 89.9, 1441)
    x, y = sheet.place(along, np.full(along.size, (longitude + 180.0) % 360.0 - 180.0))
    inside = np.flatnonzero((x > 40) & (x < sheet.width - 40) & (y >= 0) & (y <= sheet.height))
    if not inside.size:
        return ""
    at = inside[np.argmax(y[inside])]
    return text(float(x[at]) + 4, sheet.height - 8, words, ink=Ink.FAINT, size=11, extra=' stroke="none"')


def _degree_words(degrees: float, positive: str, negative: str) -> str:
    name = "" if degrees in (0.0, 180.0, -180.0) else positive if degrees > 0 else negative
    return f"{abs(degrees):g}°{name}"


# Scale, legend, heading


def scale_bar(sheet: Sheet) -> str:
    """In nautical miles, about a sixth of the sheet."""
    most_nm = sheet.width / 6 * sheet.metres_per_pixel / METRES_PER_NAUTICAL_MILE
    power = 10.0 ** np.floor(np.log10(most_nm))
    length_nm = float(max(step * power for step in (1, 2, 5) if step * power <= most_nm))
    width = length_nm * METRES_PER_NAUTICAL_MILE / sheet.metres_per_pixel
    x, y = sheet.width - 24 - width, sheet.height - 30
    way = f"M{number(x)} {number(y - 5)}V{number(y)}H{number(x + width)}V{number(y - 5)}"
    bar = f'<path d="{way}" fill="none" stroke="{Ink.PAPER}" stroke-width="1.5"/>'
    return bar + text(x + width / 2, y - 8, f"{length_nm:g} NM", size=12, extra=' text-anchor="middle"')


def legend(sheet: Sheet, rows: Sequence[tuple[str, str]]) -> str:
    """rows: a sign's name (own, partner, passed, proposed, open, agreed, gone) and what it says."""
    width, height = 214, 20 * len(rows) + 16
    left, top = sheet.width - width - 16, 16
    panel = (
        f'<rect x="{number(left)}" y="{number(top)}" width="{width}" height="{height}" rx="6" '
        f'fill="{Ink.PANEL}" fill-opacity="0.88" stroke="{Ink.GRID}"/>'
    )
    parts = [panel]
    for nth, (sign, words) in enumerate(rows):
        y = top + 22 + 20 * nth
        parts.append(_legend_sign(left + 22, y - 4, sign))
        parts.append(text(left + 44, y, words, size=12.5))
    return "".join(parts)


def _legend_sign(x: float, y: float, sign: str) -> str:
    bar = f'd="M{number(x - 11)} {number(y)}H{number(x + 10)}" stroke-width="2"'
    if sign in ("own", "partner"):
        ink = Ink.OWN if sign == "own" else Ink.PARTNER
        return f'<path {bar} stroke="{ink}"/>' + circle(x + 10, y, 2.4, fill=ink.value)
    if sign in ("proposed", "passed"):
        ink, dash = (Ink.PAPER, PROPOSED_DASH) if sign == "proposed" else (Ink.PASSED_ON, PASSED_ON_DASH)
        return f'<path {bar} stroke="{ink}" stroke-dasharray="{dash}"/>'
    return conflict_point(x, y, ConflictStatus(sign), sign)


def heading(sheet: Sheet, title: str, span: str, left_out: int) -> str:
    more = f", {left_out:,} earlier ones not drawn" if left_out else ""
    return text(18, 34, title, size=20, extra=' font-weight="600"') + text(
        18, 54, span + more, ink=Ink.FAINT, size=13
    )


def exercise_mark(sheet: Sheet) -> str:
    """Unmistakable, and out of the way."""
    x = sheet.width / 2
    return f'<rect x="{number(x - 92)}" y="0" width="184" height="26" fill="#f5d90a"/>' + text(
        x,
        18.5,
        "EXERCISE",
        ink="#161600",
        size=15,
        extra=' text-anchor="middle" font-weight="700" letter-spacing="5"',
    )
