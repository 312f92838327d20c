"""How is one value said? Every number exactly, and of an id so much that nobody takes another for it.

Of a value neither spaces nor the case of letters count (``heard``), for nobody hears them. The name of a
field carries its unit (openline.units), and so does what is said: N47.25, 35000FT, 10668.5M, 5NM,
20180801T060000 (UTC), 300S.
"""

import hashlib
import re
import unicodedata
from decimal import Decimal
from typing import Final

from openline.journal.bounds import MAX_MOMENT_MS
from openline.units import rfc3339_from_ms

ID_CHARS: Final = 12
"""Of a hash or a UUID so many hexadecimal digits are read: 48 bits, as the tables of the command line show.
"""

MAX_TEXT_CHARS: Final = 4_000
"""A longer text is not read aloud; the start of its SHA-256 stands for it."""

NOTHING: Final = "NIL"

MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:\.(\d{3}))?")
PLACE: Final = re.compile(r"([NS])(\d\d\.\d+)([EW])(\d{3}\.\d+)")
MEASURE: Final = re.compile(r"(-?\d+(?:\.\d+)?)(FT|NM|M|S)")
UNIT_WORDS: Final = {"FT": "feet", "NM": "miles", "M": "metres", "S": "seconds"}
"""The forms that a value can have, and how its unit is called."""

_DMM_PER_FOOT: Final = 3_048
_DMM_PER_TENTH_OF_A_MILE: Final = 1_852_000
_MOMENTS_FROM_MS: Final = 100_000_000_000  # from 1973; what is less is how long something takes
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SIDEWAYS: Final = ("lateral", "radius")
_UNITS: Final = ("_ms", "_dmm", "_e9")

Scalar = str | int | bool


def label_of(name: str) -> str:
    """A field's name without the unit, which is said with the value."""
    return next((name.removesuffix(unit) for unit in _UNITS if name.endswith(unit)), name)


def heard(text: str) -> str:
    """A value as it counts: without spaces, in capitals, without what cannot be seen."""
    whole = unicodedata.normalize("NFC", text.upper())
    return "".join(mark for mark in whole if unicodedata.category(mark)[0] not in "ZC")


def said(name: str, value: Scalar) -> str:
    """A value of the field ``name`` as the page has it."""
    if isinstance(value, bool):
        return "YES" if value else "NO"
    if isinstance(value, str):
        return _text(value)
    if name.endswith("_e9"):
        return _angle(name, value)
    if name.endswith("_dmm"):
        return _length(name, value)
    if name.endswith("_ms"):
        return _time(value)
    return str(value)


def _text(value: str) -> str:
    if _HASH.fullmatch(value) or _UUID.fullmatch(value):
        return value.replace("-", "")[:ID_CHARS].upper()
    if len(value) > MAX_TEXT_CHARS:
        return hashlib.sha256(value.encode()).hexdigest()[:ID_CHARS].upper()
    return " ".join(value.split()) or NOTHING


def _angle(name: str, value: int) -> str:
    half, digits = ("NS", 2) if name.startswith("lat") else ("EW", 3) if name.startswith("lon") else ("", 1)
    whole, rest = divmod(abs(value), 1_000_000_000)
    sign = half[value < 0] if half else "-" if value < 0 else ""
    decimals = f"{rest:09}".rstrip("0") or "0"
    return f"{sign}{whole:0{digits}}.{decimals}"


def _length(name: str, value: int) -> str:
    if name.startswith(_SIDEWAYS):
        if value % _DMM_PER_TENTH_OF_A_MILE == 0:
            return f"{_decimal(value, 18_520_000)}NM"
    elif value % _DMM_PER_FOOT == 0:
        return f"{value // _DMM_PER_FOOT}FT"
    return f"{_decimal(value, 10_000)}M"


def _time(value: int) -> str:
    if not _MOMENTS_FROM_MS <= value <= MAX_MOMENT_MS:
        return f"{_decimal(value, 1_000)}S"
    return rfc3339_from_ms(value).replace("-", "").replace(":", "").removesuffix("Z")


def _decimal(value: int, unit: int) -> str:
    """In units, exactly; every unit here divides a power of ten or ends after one place."""
    return format((Decimal(value) / unit).normalize(), "f")
