"""Bytes that somebody brought: how many, in which alphabet, and which JSON."""

import json
import re
from typing import Any

from openline.errors import Invalid, LimitExceeded
from openline.formats.limits import MAX_DEPTH

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def text_of(body: bytes, most: int, limit: str) -> str:
    """UTF-8 text; a byte order mark in front is dropped.

    Raises LimitExceeded "body-too-large", Invalid "body-empty", "not-utf-8".
    """
    if len(body) > most:
        text = f"{len(body):,} bytes, more than {most:,}"
        raise LimitExceeded("body-too-large", text, field="body", clause=limit)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
        raise Invalid("not-utf-8", reason, field="body", remedy="save the file as UTF-8") from error
    if not text.strip():
        raise Invalid("body-empty", "there is nothing in it", field="body")
    return text


def json_of(body: bytes, most: int, limit: str) -> Any:
    """What the JSON text (RFC 8259, no NaN, every name once) holds, as Python's own types.

    Raises as `text_of`, and Invalid "not-json", "not-finite", "name-repeated"; LimitExceeded "too-deep".
    """
    text = text_of(body, most, limit)
    try:
        _refuse_deep(text)
        return json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # JSONDecodeError, and integers of thousands of digits
        raise Invalid("not-json", f"it is not JSON: {str(error)[:120]}", field="body") from error


def _refuse_deep(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        mark = token.group()
        depth += (mark in "[{") - (mark in "]}") if len(mark) == 1 else 0
        if depth > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> LimitExceeded:
    text = f"brackets within brackets, more than {MAX_DEPTH} deep"
    return LimitExceeded("too-deep", text, field="body", clause="MAX_DEPTH")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259 leaves it open which of two wins; two readers that choose differently see two flights.
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("name-repeated", "one object names it twice", field=twice[:64])
    return found


def _refuse_constant(constant: str) -> Any:
    raise Invalid("not-finite", f"{constant} is no number of JSON", field="body")
