"""The named limits of the journal's own fields, and the checks that hold them.

Every function returns nothing and raises ``Invalid`` (``LimitExceeded`` where a named limit was met) with the
field's name.
"""

import re
from functools import lru_cache

from openline.errors import Invalid, LimitExceeded

MAX_WIRE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493 sec. 2.2, RFC 8785 sec. 3.2.2.3)."""

MAX_MOMENT_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z: the last moment that RFC 3339 can write."""

MAX_NAME_CHARS = 128
"""Names of accords and parties, in code points."""

MAX_KIND_CHARS = 64

NO_HASH = "0" * 64
"""Stands for the hash before the first: the ``previous`` of number 1."""

_HASH = re.compile(r"[0-9a-f]{64}")
# A name is shown on consoles and terminals: no control character may hide in it.
_PLAIN_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def check_text(text: str, field: str, limit: int = MAX_NAME_CHARS) -> None:
    """A name: one to ``limit`` code points, none of them a control character or a line break."""
    if len(text) > limit:
        raise LimitExceeded(
            "text-too-long", f"at most {limit} characters are allowed", field=field, clause=str(limit)
        )
    if not _is_plain(text):
        raise Invalid(
            "text-not-plain", "a name has at least one character and no control characters", field=field
        )


@lru_cache(1_024)
def _is_plain(text: str) -> bool:
    """The same few names stand in every message. None is longer than a limit."""
    return _PLAIN_TEXT.fullmatch(text) is not None


def check_count(count: int, field: str, least: int = 0) -> None:
    """An integer from ``least`` to 2^53 - 1."""
    if not least <= count <= MAX_WIRE_INTEGER:
        raise Invalid("number-outside-range", f"must be from {least} to {MAX_WIRE_INTEGER}", field=field)


def check_moment(moment_ms: int, field: str) -> None:
    """Milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999."""
    if not 0 <= moment_ms <= MAX_MOMENT_MS:
        raise Invalid("time-outside-range", f"must be from 0 to {MAX_MOMENT_MS} milliseconds", field=field)


def check_hash(digest: str, field: str) -> None:
    """A SHA-256 digest as 64 lower-case hexadecimal digits: one spelling, so that equal means identical."""
    if not _HASH.fullmatch(digest):
        raise Invalid("hash-malformed", "must be 64 lower-case hexadecimal digits", field=field)


def check_two_parties(sender: str, receiver: str) -> None:
    """A line joins two: nobody sends to itself, so that a signature of the one never passes as the
    other's.
    """
    if sender == receiver:
        raise Invalid("party-to-itself", "sender and receiver are the same party", field="receiver")
