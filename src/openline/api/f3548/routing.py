"""Which operation a path and a method mean. A walk through a tree of segments, so that it costs little."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from openline.api.f3548.operation import Operation
from openline.api.f3548.refusals import WrongMethod
from openline.errors import Invalid

MAX_SEGMENTS: Final = 8


class Found(msgspec.Struct, frozen=True):
    operation: Operation
    path: Mapping[str, str]


class _Node:
    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.here: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Router:
    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node, names = self._root, []
        for part in operation.path.split("/")[1:]:
            if part.startswith("{"):
                names.append(part[1:-1])
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.below.setdefault(part, _Node())
        node.here[operation.method] = (operation, tuple(names))

    def find(self, method: str, raw_path: bytes) -> Found | None:
        """raw_path: still percent-encoded, so that an encoded slash stays within its segment.

        A slash at the end leaves the last parameter empty where the method takes one more (an update without
        a version), and means nothing anywhere else. Raises Invalid ``bad-path``, ``method-not-allowed``.
        """
        parts = raw_path.split(b"/")[1:]
        if len(parts) > 1 and not parts[-1] and not self._takes(method, parts):
            parts.pop()
        return self._walk(method, parts)

    def _takes(self, method: str, parts: list[bytes]) -> bool:
        try:
            return self._walk(method, parts) is not None
        except WrongMethod:
            return False

    def _walk(self, method: str, parts: list[bytes]) -> Found | None:
        if len(parts) > MAX_SEGMENTS:
            return None
        node, values = self._root, []
        for raw in parts:
            part = raw.decode("ascii", "replace") if b"%" not in raw else _unquoted(raw)
            below = node.below.get(part)
            if below is None:
                below = node.any
                values.append(part)
            if below is None:
                return None
            node = below
        if not node.here:
            return None
        if method not in node.here:
            raise WrongMethod(method, sorted(node.here))
        operation, names = node.here[method]
        return Found(operation, dict(zip(names, values, strict=True)))


def _unquoted(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Invalid("bad-path", "the path is not UTF-8 once it is decoded", field="path") from None
