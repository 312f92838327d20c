"""A body becomes the struct of its operation, or a clear word what is wrong with it."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

import msgspec

from openline.api.answers import misfit
from openline.api.f3548.limits import MAX_BODY_BYTES, MAX_DEPTH, MAX_HELD_BYTES
from openline.errors import Invalid, LimitExceeded, Unavailable

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_TEXTS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")


class Disconnected(Exception):
    """The caller has gone; nobody waits for an answer."""


def check_type(content_type: bytes | None, content_length: bytes | None) -> None:
    """Raises Invalid ``wrong-content-type``, ``missing-body``."""
    if content_type == b"application/json":
        return
    if content_length == b"0":
        raise Invalid("missing-body", "this takes a body, and there is none", field="body")
    if (content_type or b"").partition(b";")[0].strip().lower() != b"application/json":
        raise Invalid("wrong-content-type", "send it as application/json", field="content-type")


class Held:
    """How much of bodies that have not arrived whole is held, of all callers together."""

    def __init__(self, most: int = MAX_HELD_BYTES) -> None:
        self.bytes = 0
        self._most = most

    def take(self, size: int) -> None:
        """Raises Unavailable ``bodies-full``."""
        if self.bytes + size > self._most:
            raise Unavailable(
                "bodies-full",
                "too many large bodies are on their way at once",
                clause="MAX_HELD_BYTES",
                remedy="try again in a second",
            )
        self.bytes += size


async def read(receive: Receive, content_length: bytes | None, held: Held) -> bytes:
    """The body, never holding more than the limit of it. Raises LimitExceeded ``body-too-large``,
    Unavailable ``bodies-full``, Disconnected.
    """
    if content_length and content_length.isdigit() and int(content_length[:20]) > MAX_BODY_BYTES:
        raise _too_large()
    message = await receive()
    body = _part(message)
    if message.get("more_body"):
        return await _rest(body, receive, held)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


async def _rest(first: bytes, receive: Receive, held: Held) -> bytes:
    body = bytearray()
    part, more = first, True
    try:
        while True:
            if len(body) + len(part) > MAX_BODY_BYTES:
                raise _too_large()
            held.take(len(part))
            body += part
            if not more:
                return bytes(body)
            message = await receive()
            part, more = _part(message), bool(message.get("more_body"))
    finally:
        held.bytes -= len(body)


def _part(message: MutableMapping[str, Any]) -> bytes:
    if message["type"] != "http.request":
        raise Disconnected
    return bytes(message.get("body", b""))


def _too_large() -> LimitExceeded:
    return LimitExceeded(
        "body-too-large",
        f"a body here has at most {MAX_BODY_BYTES:,} bytes",
        field="body",
        clause="MAX_BODY_BYTES",
    )


def decode(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Raises Invalid ``not-json``, ``duplicate-field`` or with the field that does not fit; LimitExceeded
    ``too-deep``.
    """
    check_depth(body)
    try:
        value = decoder.decode(body)
        _look(body.decode())
    except msgspec.ValidationError as fault:
        raise misfit(str(fault)) from None
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, ValueError) as fault:
        raise Invalid("not-json", f"it is not JSON: {str(fault)[:120]}", field="body") from None
    return value


def check_depth(body: bytes) -> None:
    """Raises LimitExceeded ``too-deep``. The innermost pairs of brackets are taken away, round by round."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    brackets = _TEXTS.sub(b"", body).translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    if b"[]" in brackets:
        raise _too_deep()


def _too_deep() -> LimitExceeded:
    return LimitExceeded(
        "too-deep",
        f"lists and objects lie more than {MAX_DEPTH} deep in one another",
        field="body",
        clause="MAX_DEPTH",
    )


def _without_duplicates(pairs: Iterable[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(
            "duplicate-field",
            f"{twice[:64]!r} is given twice in one object",
            field=twice[:64],
            remedy="give it once: receivers differ in which of the two they take",
        )


_look: Final = json.JSONDecoder(object_pairs_hook=_without_duplicates).decode
"""Reads JSON a second time: the fast reader takes the last of two fields of one name in silence."""
