"""From good JSON to bad: every field dropped, doubled, retyped, at its limits and beyond, and bytes that are
no JSON at all.
"""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from hypothesis import strategies as st

Json = Any
Path = tuple[str | int, ...]

LIMITS = (0, 1, -1, 2**31, 2**53 - 1, 2**53, -(2**53), 2**64, 10**400, 253_402_300_800_000)
TEXTS = ("", " ", "\0", "\x1b[2J", "\u202e", "\ufffe", "\U0010ffff", "é" * 501, "x" * 70_000, "a\nb", "null")
TYPES: tuple[Json, ...] = (None, True, 0, 1.5, "1", [], {}, [[]], [None], {"kind": "polygon"})
WORDS = ("target", "purpose", "__proto__", "kind", "\U0001f600", "x" * 5_000, "\x1b[2J", "")

MOST_MULTIPLIED = 100
"""Of what is longer not more is made: an envelope has its limit."""

# What json.dumps cannot write is written by hand in the place of this text.
_HERE = "\ue000here\ue000"
RAW = (
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"1.0",
    b"-0",
    b"01",
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"[" * 2_000 + b"]" * 2_000,
    b'{"a":' * 40 + b"0" + b"}" * 40,
    b'{"a":1,"a":1}',
    b"9" * 5_000,
    b"",
)


def spelt(value: Json) -> bytes:
    """As canonical JSON spells it, as far as it can be spelt."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


class Ways(tuple[bytes, ...]):
    """One good value and some of the ways to spoil it: each is an input of its own."""


def spoilt(good: st.SearchStrategy[Json], ways: int = 10) -> st.SearchStrategy[Ways]:
    """The bytes of a good value as it is, and with one or two things wrong in it, ``ways`` times."""

    def spoil(value: Json, seed: int) -> Ways:
        chance = Random(seed)
        return Ways((spelt(value), *(_spoil(chance, value) for _ in range(ways))))

    return st.builds(spoil, good, st.integers(0, 2**32))


def _spoil(chance: Random, value: Json) -> bytes:
    for _ in range(chance.randint(0, 2)):
        value = chance.choice(_CHANGES)(chance, value)
    return chance.choice(_SPELLINGS)(chance, value)


# One change of the value


def _paths(value: Json, at: Path = ()) -> Iterator[Path]:
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in inside:
        yield from _paths(member, (*at, name))


def _replaced(value: Json, path: Path, by: Callable[[Json], Json]) -> Json:
    if not path:
        return by(value)
    name, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**value, name: _replaced(value[name], rest, by)}
    return [_replaced(it, rest, by) if number == name else it for number, it in enumerate(value)]


def _somewhere(chance: Random, value: Json) -> Path:
    return chance.choice(list(_paths(value)))


def _retype(chance: Random, value: Json) -> Json:
    other = chance.choice((*TYPES, *LIMITS, *TEXTS))
    return _replaced(value, _somewhere(chance, value), lambda _: other)


def _drop(chance: Random, value: Json) -> Json:
    path = _somewhere(chance, value)
    if not path:
        return value

    def without(parent: Json) -> Json:
        if isinstance(parent, dict):
            return {name: it for name, it in parent.items() if name != path[-1]}
        return [it for number, it in enumerate(parent) if number != path[-1]]

    return _replaced(value, path[:-1], without)


def _add(chance: Random, value: Json) -> Json:
    word, other = chance.choice(WORDS), chance.choice((*TYPES, *LIMITS))

    def with_more(parent: Json) -> Json:
        if isinstance(parent, dict):
            return {**parent, word: other}
        return [*parent, other] if isinstance(parent, list) else parent

    return _replaced(value, _somewhere(chance, value), with_more)


def _multiply(chance: Random, value: Json) -> Json:
    times = chance.choice((2, 65, 1_001))

    def longer(it: Json) -> Json:
        return it * times if isinstance(it, list | str) and len(it) < MOST_MULTIPLIED else it

    return _replaced(value, _somewhere(chance, value), longer)


def _limit(chance: Random, value: Json) -> Json:
    """A number at a limit, or next to what it was."""
    other = chance.choice((*LIMITS, -2, 2))
    near = chance.random() < 0.5
    numbers = [path for path in _paths(value) if type(_at(value, path)) is int]
    if not numbers:
        return value
    path = chance.choice(numbers)
    return _replaced(value, path, lambda it: it + other if near else other)


def _at(value: Json, path: Path) -> Json:
    for name in path:
        value = value[name]
    return value


_CHANGES = (_retype, _drop, _add, _multiply, _limit)


# The spelling


def _as_it_is(chance: Random, value: Json) -> bytes:
    return spelt(value)


def _with_raw(chance: Random, value: Json) -> bytes:
    raw = chance.choice(RAW)
    return spelt(_replaced(value, _somewhere(chance, value), lambda _: _HERE)).replace(spelt(_HERE), raw)


def _doubled(chance: Random, value: Json) -> bytes:
    """One name twice in one object."""
    objects = [path for path in _paths(value) if isinstance(_at(value, path), dict) and _at(value, path)]
    if not objects:
        return spelt(value)
    path = chance.choice(objects)
    inside = spelt(_at(value, path))
    name = chance.choice(sorted(_at(value, path)))
    member = spelt({name: _at(value, path)[name]})[1:-1]
    twice = inside[:-1] + b"," + member + b"}"
    return spelt(_replaced(value, path, lambda _: _HERE)).replace(spelt(_HERE), twice)


def _respelt(chance: Random, value: Json) -> bytes:
    separators = chance.choice(((", ", ": "), (",", ":")))
    respelt = json.dumps(value, separators=separators, ensure_ascii=chance.random() < 0.5)
    return respelt.encode("utf-8", "surrogatepass")


def _noisy(chance: Random, value: Json) -> bytes:
    """A byte changed, put in or cut off."""
    data = spelt(value)
    at = chance.randint(0, len(data))
    return data[:at] + chance.randbytes(chance.randint(0, 3)) + data[at + chance.randint(0, 3) :]


_SPELLINGS = (_as_it_is, _as_it_is, _as_it_is, _with_raw, _doubled, _respelt, _noisy)
