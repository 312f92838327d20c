"""The one spelling of a value: RFC 8785 (JSON Canonicalization Scheme), held to a domain where nothing can
differ.

The domain: objects, arrays, strings, true, false, null, and integers within +-(2^53 - 1). No floating point,
so no reader ever depends on another's shortest-digits printing. Object names stay within the basic
multilingual plane: there, the order of code points, by which we sort, is the order of UTF-16 units, which RFC
8785 sec. 3.2.3 demands. What lies outside is refused both ways, never spelt differently.
"""

import re
from functools import cache
from typing import Any, Final, TypeVar, overload

import msgspec

from openline.errors import Invalid, LimitExceeded, OpenlineError
from openline.journal.bounds import MAX_WIRE_INTEGER

MAX_DEPTH: Final = 32
"""How deep arrays and objects may nest; the outermost value is level 1."""

_HIGHEST_NAME_CHARACTER: Final = "\uffff"
_PERHAPS_OUTSIDE: Final = re.compile(rb"[0-9][.eE]|[0-9]{16}")  # in a number: a fraction, an exponent, much
_ABOVE_THE_PLANE: Final = re.compile(rb"[\xf0-\xff]")  # how UTF-8 begins a character above U+FFFF

_CLOSED: Final = (
    msgspec.inspect.StrType,
    msgspec.inspect.BoolType,
    msgspec.inspect.NoneType,
    msgspec.inspect.EnumType,
    msgspec.inspect.LiteralType,
)

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder(order="sorted")
_any_decoder: Final = msgspec.json.Decoder()


def canonical(value: Any) -> bytes:
    """The canonical bytes of a struct, dict, list, string, integer, bool or None.

    Raises Invalid: ``float-forbidden``, ``number-outside-range``, ``name-outside-plane``,
    ``text-not-unicode``, ``value-unknown``, ``not-canonical`` (an embedded ``msgspec.Raw`` is not);
    LimitExceeded: ``too-deep``.
    """
    data = encode_sorted(value)
    if b"null" in data:  # msgspec writes NaN and the infinities as null
        _check_domain(msgspec.to_builtins(value, enc_hook=_without_raw))
    _check_canonical(data)
    return data


@overload
def decode_canonical(data: bytes | msgspec.Raw, shape: type[T]) -> T: ...
@overload
def decode_canonical(data: bytes | msgspec.Raw, shape: Any) -> Any: ...
def decode_canonical(data: bytes | msgspec.Raw, shape: Any) -> Any:
    """The value of the given shape (a msgspec type, best a struct with ``forbid_unknown_fields``) that
    ``data`` spells.

    Raises Invalid: as ``canonical``, and ``json-malformed``, ``not-canonical``, ``field-unknown``,
    ``field-malformed``; whatever a struct's ``__post_init__`` raises passes through.
    """
    data = bytes(data)
    _check_canonical(data)
    return decode_shape(data, shape)


def decode_spelt(data: bytes | msgspec.Raw, shape: type[T]) -> T:
    """As ``decode_canonical``, of what has one spelling only: a field that holds its default is left out.
    shape: one of known depth, and without ``msgspec.Raw``.

    Raises Invalid also ``not-the-one-spelling``.
    """
    data = bytes(data)
    value: T | None = _surely_spelt(data, shape)
    if value is None:
        value = decode_canonical(data, shape)
        if encode_sorted(value) != data:
            text = "a field that holds its default is left out"
            raise Invalid("not-the-one-spelling", text, remedy="leave it out")
    return value


def _surely_spelt(data: bytes, shape: Any) -> Any:
    """What our own encoder would write is in order, and a typed value has no floats and no depth of its own.
    None says nothing.
    """
    if b"\\" in data if is_closed(shape) else not _is_surely_inside(data):
        return None
    try:
        value = decode_shape(data, shape)
    except OpenlineError:
        return None
    return value if encode_sorted(value) == data else None


@cache
def is_closed(shape: Any) -> bool:
    """Whether no value of a msgspec type can leave the domain: every integer has its bounds inside it, and
    names come from the type alone. Then nobody needs to look at the bytes. False says nothing.
    """
    return _is_closed(msgspec.inspect.type_info(shape))


def _is_closed(info: msgspec.inspect.Type) -> bool:
    if isinstance(info, msgspec.inspect.Metadata):
        return _is_closed(info.type)
    if isinstance(info, msgspec.inspect.StructType):
        return all(it.encode_name.isascii() and _is_closed(it.type) for it in info.fields)
    if isinstance(info, msgspec.inspect.IntType):
        return _is_inside(info.ge) and _is_inside(info.le)
    if isinstance(info, msgspec.inspect.UnionType):
        return all(map(_is_closed, info.types))
    if isinstance(info, msgspec.inspect.CollectionType):
        return _is_closed(info.item_type)
    if isinstance(info, msgspec.inspect.TupleType):
        return all(map(_is_closed, info.item_types))
    return isinstance(info, _CLOSED)


def _is_inside(bound: float | None) -> bool:
    return bound is not None and -MAX_WIRE_INTEGER <= bound <= MAX_WIRE_INTEGER


def encode_sorted(value: Any) -> bytes:
    """Sorted, compact JSON without the check of the domain: for shapes that cannot leave it."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Invalid("text-not-unicode", "a string holds a lone surrogate, which is no character") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise Invalid("value-unknown", f"no canonical form: {error}") from None
    except RecursionError:
        raise _too_deep() from None


def decode_shape(data: bytes, shape: Any) -> Any:
    """Decode strictly, without the check of the canonical form. Raises Invalid as ``decode_canonical``."""
    try:
        return _decoder(shape).decode(data)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except ValueError as error:  # msgspec.DecodeError, UnicodeDecodeError, too many digits
        raise Invalid("json-malformed", f"not JSON in UTF-8: {error}") from None
    except RecursionError:
        raise _too_deep() from None


@cache
def _decoder(shape: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape)


def _check_canonical(data: bytes) -> None:
    tree = decode_shape(data, Any)
    if not (_is_surely_flat(data) and _is_surely_inside(data)):
        _check_domain(tree)
    if encode_sorted(tree) != data:
        raise Invalid("not-canonical", "the bytes are not the canonical form (RFC 8785) of what they say")


def _is_surely_flat(data: bytes) -> bool:
    """Whether it cannot nest too deep. False says nothing."""
    return data.count(b"[") + data.count(b"{") <= MAX_DEPTH


def _is_surely_inside(data: bytes) -> bool:
    """Whether a look at the bytes of some JSON shows that it is in the domain, but for its depth; nearly
    always it does, at a tenth of the cost. False says nothing.
    """
    if b"\\" in data or _ABOVE_THE_PLANE.search(data) is not None:
        return False
    if _PERHAPS_OUTSIDE.search(data) is None:
        return True
    outside_strings = data.split(b'"')[::2]  # without a backslash, what stands between the marks is strings
    return _PERHAPS_OUTSIDE.search(b" ".join(outside_strings)) is None


def _check_domain(tree: Any) -> None:
    """Refuses what is outside the domain, level by level, and levels beyond MAX_DEPTH."""
    level, depth = [tree], 1
    while level:
        if depth > MAX_DEPTH and any(isinstance(node, dict | list | tuple) for node in level):
            raise _too_deep()
        level = [child for node in level for child in _children(node)]
        depth += 1


def _without_raw(_: Any) -> None:
    """Raw bytes are checked where they are read back."""


def _children(node: Any) -> Any:
    """What is inside a node, after the node itself has been checked."""
    if isinstance(node, list | tuple):
        return node
    if isinstance(node, dict):
        if any(max(name, default="") > _HIGHEST_NAME_CHARACTER for name in node):
            raise Invalid("name-outside-plane", "an object name holds a character above U+FFFF")
        return node.values()
    if isinstance(node, float):
        raise Invalid("float-forbidden", "numbers are integers; scale the value and say so in its name")
    if isinstance(node, int) and not -MAX_WIRE_INTEGER <= node <= MAX_WIRE_INTEGER:
        raise Invalid("number-outside-range", f"integers stay within +-{MAX_WIRE_INTEGER}")
    return ()


def _misfit(text: str) -> Invalid:
    """msgspec says 'what is wrong - at `$.path`': the path becomes the field."""
    what, _, path = text.rpartition(" - at `")
    what, field = (what, path.removesuffix("`").removeprefix("$.")) if what else (text, None)
    if "Integer value out of range" in what:  # beyond some 4,300 digits msgspec does not even read it
        return Invalid("number-outside-range", what, field=field)
    code = "field-unknown" if "unknown field" in what else "field-malformed"
    return Invalid(code, what, field=field)


def _too_deep() -> LimitExceeded:
    return LimitExceeded("too-deep", f"values nest more than {MAX_DEPTH} deep", clause="MAX_DEPTH")
