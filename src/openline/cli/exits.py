"""Exit codes, and errors put into words. Scripts rely on both: docs/reference/cli.md is their reference."""

import json
import sys
from collections.abc import Mapping
from enum import IntEnum

from openline.errors import NotFound, OpenlineError, Refused, Unavailable, Unverifiable


class Exit(IntEnum):
    """What a script reads. FOUND is also what ``journal verify`` ends with when something is wrong."""

    OK = 0
    REFUSED = 1
    INVALID = 2
    FOUND = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5
    INTERNAL = 70
    INTERRUPTED = 130
    READER_GONE = 141


_BY_KIND: Mapping[type[OpenlineError], Exit] = {
    NotFound: Exit.NOT_FOUND,  # before Refused, of which it is a kind
    Refused: Exit.REFUSED,
    Unverifiable: Exit.FOUND,
    Unavailable: Exit.UNAVAILABLE,
}


def exit_of(fault: OpenlineError) -> Exit:
    return next((code for kind, code in _BY_KIND.items() if isinstance(fault, kind)), Exit.INVALID)


def exit_of_word(word: str) -> Exit:
    """The same for an error that is a value already (``Problem.error``)."""
    return next((code for kind, code in _BY_KIND.items() if kind.word == word), Exit.INVALID)


def report(fault: Mapping[str, str], *, as_json: bool) -> None:
    """On standard error: one JSON object with --json, else a sentence, and below it where and what to do."""
    if as_json:
        print(json.dumps(dict(fault), ensure_ascii=False), file=sys.stderr)
        return
    print(plain(f"{fault['error']}: {fault['text']} ({fault['code']})"), file=sys.stderr)
    for name in ("party", "message", "field", "clause", "remedy"):
        if name in fault:
            print(plain(f"  {name}: {fault[name]}"), file=sys.stderr)


def plain(text: str) -> str:
    """Text that somebody else wrote, safe for a terminal: no control character of it is obeyed."""
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
