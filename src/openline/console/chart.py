"""The few signs of SVG that the picture is made of, every text escaped, every figure short."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from openline.airspace.geodesy import Floats

FONT: Final = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


class Ink(StrEnum):
    """Colours that stay apart for colour-blind eyes too, on a dark ground."""

    GROUND = "#0a121c"
    GRID = "#1d2c3d"
    FAINT = "#5f7690"
    PAPER = "#d8e4ef"
    PANEL = "#0e1926"
    OWN = "#4db8ff"
    PARTNER = "#ffb454"
    PASSED_ON = "#c3a6ff"
    OFF_NOMINAL = "#ff5d5d"
    OPEN = "#ff4d6d"
    AGREED = "#4ee39a"
    GONE = "#8296aa"


def number(value: float) -> str:
    """To a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def document(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    w, h = number(width), number(height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        f'role="img" aria-label={quoteattr(label)} font-family={quoteattr(FONT)}>'
        + "\n".join(part for part in parts if part)
        + "</svg>\n"
    )


def background(width: float, height: float) -> str:
    return f'<rect width="{number(width)}" height="{number(height)}" fill="{Ink.GROUND}"/>'


def group(
    parts: Iterable[str], ink: Ink, *, strength: float = 1.0, title: str | None = None, dash: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    words = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<g stroke="{ink}" opacity="{strength:g}" fill="none" stroke-width="1.3" '
        f'stroke-linejoin="round"{dashes}>{words}{"".join(parts)}</g>'
    )


def line(places: tuple[Floats, Floats], ink: Ink, *, closed: bool = False) -> str:
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in zip(*places, strict=True))
    fill = f' fill="{ink}" fill-opacity="0.10"' if closed else ""
    return f'<path d="M{steps}{"Z" if closed else ""}"{fill}/>'


def circle(x: float, y: float, radius: float, *, fill: str = "none", extra: str = "") -> str:
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{fill}"{extra}/>'


def text(x: float, y: float, words: str, *, ink: str = Ink.PAPER, size: float = 13, extra: str = "") -> str:
    place = f'x="{number(x)}" y="{number(y)}"'
    return f'<text {place} fill="{ink}" font-size="{size:g}"{extra}>{escape(words)}</text>'
