"""Is this number a number, and within its named limit? Every value of the airspace asks here."""

import math
from typing import Any

from openline.errors import Invalid, LimitExceeded


def whole(value: Any, field: str, least: int, most: int, limit: str) -> None:
    """An integer (True is none) from least to most; ``limit`` names the constants for the clause.

    Raises Invalid "wrong-type", LimitExceeded "out-of-range".
    """
    if type(value) is not int:
        raise Invalid("wrong-type", f"{field} is {_shown(value)}, not a whole number", field=field)
    if not least <= value <= most:
        text = f"{field} is {_shown(value)}, not from {least:,} to {most:,}"
        raise LimitExceeded("out-of-range", text, field=field, clause=limit)


def real(value: Any, field: str, least: float, most: float, limit: str) -> None:
    """A finite int or float from least to most. Raises Invalid "wrong-type", "not-finite", LimitExceeded
    "out-of-range".
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("wrong-type", f"{field} is {_shown(value)}, not a number", field=field)
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("not-finite", f"{field} is {value}", field=field)
    if not least <= value <= most:
        text = f"{field} is {_shown(value)}, not from {least:,} to {most:,}"
        raise LimitExceeded("out-of-range", text, field=field, clause=limit)


def instance(value: Any, kind: type | tuple[type, ...], field: str) -> None:
    """Raises Invalid "wrong-type" where the value is of another class."""
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = " or ".join(one.__name__ for one in kinds)
        raise Invalid("wrong-type", f"{field} is a {type(value).__name__}, not a {names}", field=field)


def _shown(value: Any) -> str:
    """Bounded: what is wrong is quoted, but never at any length."""
    if isinstance(value, int) and abs(value) > 10**18:
        return "a number of many digits"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
