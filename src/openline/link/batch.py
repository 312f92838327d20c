"""The batch: what one HTTP exchange of the line carries, `application/vnd.openline.batch`.

One item a line, each ended by a newline. An item is a sealed envelope, whose canonical JSON holds no
newline, so the bytes are carried exactly as they were sealed. In an answer a line may also be
`{"problem": {...}}`: what was not taken.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from openline.errors import Invalid, LimitExceeded, Unverifiable
from openline.journal.envelope import MAX_SEALED_BYTES
from openline.node.results import Problem

MEDIA_TYPE: Final = "application/vnd.openline.batch"

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""One body, question or answer. A batch of the node is at most 8 MiB, or one larger envelope."""

MAX_ITEMS: Final = 4_096
"""Items in one body: a batch of 1,024 messages, or what two RESENDs bring back, with room to spare."""

_PROBLEM_START: Final = b'{"problem":'
_ENCODER: Final = msgspec.json.Encoder()


class _ProblemLine(msgspec.Struct, frozen=True):
    problem: Problem


class Batch(msgspec.Struct, frozen=True):
    """A body, taken apart. truncated: bytes after the last newline, which are no item (empty: none)."""

    items: tuple[bytes, ...] = ()
    truncated: bytes = b""


class Answer(msgspec.Struct, frozen=True):
    """What came back: sealed items for the node, and what the partner did not take."""

    items: tuple[bytes, ...] = ()
    problems: tuple[Problem, ...] = ()


def encode_batch(items: Iterable[bytes]) -> bytes:
    """The body of one exchange. Raises Invalid ``item-holds-newline``, LimitExceeded as ``decode_batch``."""
    body = b"".join(map(_line, items))
    _check_size(len(body))
    return body


def split_batches(items: Iterable[bytes], most_bytes: int = MAX_BODY_BYTES) -> Iterator[tuple[bytes, ...]]:
    """The same items in the same order, in as few bodies of so many bytes as the limits allow. An item that
    is larger goes by itself.
    """
    part: list[bytes] = []
    size = 0
    for item in items:
        if part and (len(part) >= MAX_ITEMS or size + len(item) + 1 > most_bytes):
            yield tuple(part)
            part, size = [], 0
        part.append(item)
        size += len(item) + 1
    if part:
        yield tuple(part)


def encode_answer(items: Sequence[bytes], problems: Sequence[Problem]) -> bytes:
    """The body of an answer, problems first; items that do not fit are left for the partner to ask for
    again.
    """
    lines = [
        _ENCODER.encode(_ProblemLine(_for_the_wire(problem))) + b"\n" for problem in problems[:MAX_ITEMS]
    ]
    room, places = MAX_BODY_BYTES - sum(map(len, lines)), MAX_ITEMS - len(lines)
    fitting = next(split_batches(items), ())[: max(places, 0)]
    for item in fitting:
        room -= len(item) + 1
        if room < 0:
            break
        lines.append(_line(item))
    return b"".join(lines)


def _for_the_wire(problem: Problem) -> Problem:
    """Who could not be verified may be anybody: he learns the fault, and not whose line this is."""
    return msgspec.structs.replace(problem, party=None)


def _line(item: bytes) -> bytes:
    if b"\n" in item:
        raise Invalid("item-holds-newline", "a sealed item is one line", field="batch")
    return item + b"\n"


def decode_batch(body: bytes) -> Batch:
    """Take a body apart; nothing in it is judged yet.

    Raises Invalid ``batch-empty``, LimitExceeded ``body-too-large`` and ``too-many-items``. An item that
    is too large, empty or garbage is still an item: the node says what is wrong with it, and the others
    are heard.
    """
    if not body:
        raise Invalid("batch-empty", "there is nothing in it", field="body")
    _check_size(len(body))
    if body.count(b"\n") > MAX_ITEMS:
        raise LimitExceeded(
            "too-many-items",
            f"more than {MAX_ITEMS:,} items in one batch",
            field="body",
            clause="MAX_ITEMS",
            remedy="send them in several",
        )
    *items, rest = body.split(b"\n")
    return Batch(tuple(items), rest)


def decode_answer(body: bytes) -> Answer:
    """The partner's answer. A truncated or unreadable problem line is dropped: everything in it comes
    again.
    """
    if not body:
        return Answer()
    batch = decode_batch(body)
    problems = [_problem(line) for line in batch.items if line.startswith(_PROBLEM_START)]
    items = tuple(line for line in batch.items if not line.startswith(_PROBLEM_START))
    return Answer(items, tuple(problem for problem in problems if problem is not None))


def _problem(line: bytes) -> Problem | None:
    try:
        return msgspec.json.decode(line, type=_ProblemLine).problem
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def truncated(rest: bytes) -> Unverifiable:
    return Unverifiable(
        "batch-truncated",
        f"the batch breaks off: its last {len(rest):,} bytes end without a newline",
        field="body",
        remedy="send it again whole",
    )


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise body_too_large()


def body_too_large() -> LimitExceeded:
    return LimitExceeded(
        "body-too-large",
        f"a body has at most {MAX_BODY_BYTES:,} bytes",
        field="body",
        clause="MAX_BODY_BYTES",
        remedy="send it in several batches",
    )


assert MAX_SEALED_BYTES < MAX_BODY_BYTES, "the largest envelope has to fit into a body"
