"""One member of a JSON object, of the type that it must have, or an error that names it."""

import math
import re
from typing import Any

from openline.errors import Invalid, LimitExceeded
from openline.formats.limits import MAX_TEXT_LENGTH
from openline.units import ms_from_rfc3339

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def object_of(value: Any, field: str) -> dict[str, Any]:
    """Raises Invalid "wrong-type"."""
    if not isinstance(value, dict):
        raise Invalid("wrong-type", f"{field} is {_kind(value)}, not an object", field=field)
    return value


def list_of(value: Any, field: str) -> list[Any]:
    """Raises Invalid "wrong-type"."""
    if not isinstance(value, list):
        raise Invalid("wrong-type", f"{field} is {_kind(value)}, not a list", field=field)
    return value


def number_of(value: Any, field: str) -> float:
    """A finite number. Raises Invalid "wrong-type", "not-finite"."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("wrong-type", f"{field} is {_kind(value)}, not a number", field=field)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Invalid("not-finite", f"{field} is beyond all numbers", field=field)
    return number


def whole_of(value: Any, field: str) -> int:
    """A whole number; 3.0 is one. Raises Invalid "wrong-type", "not-finite"."""
    number = number_of(value, field)
    if number != math.floor(number):
        raise Invalid("wrong-type", f"{field} is {number}, not a whole number", field=field)
    return int(number)


def text_of(value: Any, field: str) -> str:
    """At most 64 characters. Raises Invalid "wrong-type", LimitExceeded "text-too-long"."""
    if not isinstance(value, str):
        raise Invalid("wrong-type", f"{field} is {_kind(value)}, not a text", field=field)
    if len(value) > MAX_TEXT_LENGTH:
        text = f"{field} has {len(value):,} characters, more than {MAX_TEXT_LENGTH}"
        raise LimitExceeded("text-too-long", text, field=field, clause="MAX_TEXT_LENGTH")
    return value


def moment_of(value: Any, field: str) -> int:
    """An RFC 3339 time with its zone, as milliseconds since 1970, rounded down. Raises Invalid "bad-time"."""
    text = text_of(value, field)
    try:
        if _RFC3339.fullmatch(text):
            return ms_from_rfc3339(text.upper())
    except (ValueError, OverflowError):
        pass
    raise Invalid(
        "bad-time",
        f"{field} is {text!r}, not an RFC 3339 time with its zone",
        field=field,
        clause="RFC 3339 5.6",
        remedy="write it as 2018-08-01T12:00:00Z",
    )


def required(members: dict[str, Any], name: str, field: str) -> Any:
    """Raises Invalid "missing-field" where it is not there, or null."""
    value = members.get(name)
    if value is None:
        raise Invalid("missing-field", f"{name} is missing", field=joined(field, name))
    return value


def refuse_unknown(members: dict[str, Any], known: frozenset[str], field: str) -> None:
    """Raises Invalid "unknown-field": a name mistyped would otherwise be a wish that nobody hears."""
    unknown = sorted(set(members) - known)
    if unknown:
        raise Invalid(
            "unknown-field",
            f"{unknown[0][:64]!r} has no meaning here",
            field=joined(field, unknown[0][:64]),
            remedy=f"names that have: {', '.join(sorted(known))}",
        )


def joined(field: str, name: str) -> str:
    """A dotted path."""
    return f"{field}.{name}" if field else name


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
