"""What every wire value of the accord demands of its fields, said once.

JSON knows one kind of number and RFC 8785 writes it as IEEE 754 would; integers up to 2^53 - 1 are exact in
every language, so every number on the wire is such an integer and no float ever enters a digest.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from openline.errors import Invalid, LimitExceeded

LARGEST_INTEGER = 2**53 - 1
LATEST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def whole(
    value: Any, field: str, *, low: int = 0, high: int = LARGEST_INTEGER, clause: str | None = None
) -> None:
    """An integer, low and high included. Raises Invalid `not-an-integer` or `out-of-range`."""
    if type(value) is not int:
        raise Invalid(
            "not-an-integer", f"{field} is {value!r}; it has to be an integer", field=field, clause=clause
        )
    if not low <= value <= high:
        raise Invalid(
            "out-of-range",
            f"{field} is {value}; it has to lie in {low} to {high}",
            field=field,
            clause=clause,
        )


def moment(value: Any, field: str, *, clause: str | None = None) -> None:
    """A time in milliseconds since 1970, up to the end of the year 9999."""
    whole(value, field, high=LATEST_MS, clause=clause)


def truth(value: Any, field: str, *, clause: str | None = None) -> None:
    if type(value) is not bool:
        raise Invalid(
            "not-a-boolean", f"{field} is {value!r}; it has to be true or false", field=field, clause=clause
        )


def text(value: Any, field: str, *, longest: int, clause: str | None = None) -> None:
    """Printable text of 1 to `longest` characters: no control characters, so that no console can be led
    astray."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise Invalid(
            "not-a-text", f"{field} is {value!r}; it has to be printable text", field=field, clause=clause
        )
    if len(value) > longest:
        raise LimitExceeded(
            "too-long",
            f"{field} has {len(value)} characters; {longest} is the most",
            field=field,
            clause=clause,
        )


def matching(
    value: Any, pattern: re.Pattern[str], field: str, what: str, *, code: str, clause: str | None = None
) -> None:
    """Text that fits a pattern from end to end; `what` says in words what the pattern wants."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Invalid(code, f"{field} is {value!r}; it has to be {what}", field=field, clause=clause)


def uuid(value: Any, field: str, *, clause: str | None = None) -> None:
    matching(value, _UUID, field, "a UUID in lower case (RFC 9562)", code="not-a-uuid", clause=clause)


def uuid4(value: Any, field: str, *, clause: str | None = None) -> None:
    matching(value, _UUID4, field, "a version 4 UUID in lower case", code="not-a-uuid", clause=clause)


def digest(value: Any, field: str, *, clause: str | None = None) -> None:
    matching(value, _DIGEST, field, "64 hexadecimal digits in lower case", code="not-a-digest", clause=clause)


def at_most(items: Sequence[Any], limit: int, field: str, limit_name: str) -> None:
    """Raises LimitExceeded `too-many`, naming the limit as its clause."""
    if len(items) > limit:
        raise LimitExceeded(
            "too-many",
            f"{field} has {len(items)} entries; {limit} is the most",
            field=field,
            clause=f"limits.{limit_name}",
        )


def ascending(items: Sequence[Any], field: str, *, clause: str | None = None) -> None:
    """Each strictly after the one before: sorted, no repetition: equal terms have equal text."""
    if any(later <= earlier for earlier, later in pairwise(items)):
        raise Invalid(
            "not-ascending", f"{field} has to be sorted and without repetition", field=field, clause=clause
        )
