"""What both sides must agree on, one line an entity, and the digest over the lines.

Of 100,000 lines few change between two digests: each is spelt once for what stands, and not again.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from openline.coordination.conflict_view import ConflictView
from openline.coordination.told import Told
from openline.journal.canonical import encode_sorted

Line = list[str | int]
V = TypeVar("V", Told, ConflictView)


def notice_line(told: Told) -> Line:
    return [
        "notice",
        told.notice_id,
        told.party,
        told.version,
        told.place_version,
        str(told.state),
        told.hash,
    ]


def conflict_line(view: ConflictView) -> Line:
    return [
        "conflict",
        view.conflict_id,
        view.revision.first,
        view.revision.second,
        view.status.value,
        view.mover,
        view.dialogue.state.value,
        view.dialogue.tip or "",
    ]


class Spelling:
    """The lines as they enter the digest, by the values that they were spelt from."""

    def __init__(self) -> None:
        self._spelt: dict[str, tuple[Told | ConflictView, bytes]] = {}

    def digest(
        self, told: Mapping[str, Told], views: Mapping[str, ConflictView], rest: Iterable[Line]
    ) -> str:
        """SHA-256 of the canonical JSON of each line, followed by a line feed, hex. rest: what comes after
        notices and conflicts. No time, no clock and no floating-point number enters it.
        """
        state = hashlib.sha256()
        state.update(b"".join(self._lines(told, notice_line)))
        state.update(b"".join(self._lines(views, conflict_line)))
        state.update(b"".join(map(_spelt, rest)))
        return state.hexdigest()

    def _lines(self, values: Mapping[str, V], line_of: Callable[[V], Line]) -> Iterator[bytes]:
        for name in sorted(values):
            value = values[name]
            known = self._spelt.get(name)
            if known is None or known[0] is not value:
                known = self._spelt[name] = (value, _spelt(line_of(value)))
            yield known[1]


def _spelt(line: Line) -> bytes:
    return encode_sorted(line) + b"\n"
