"""Which labels can a kind have? Read from the classes of messages, so that a new kind needs nothing here."""

import re
from collections.abc import Iterator
from functools import cache

from msgspec.inspect import (
    CollectionType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from openline.aloud.lines import HALVES, HEADING, PLACE, under
from openline.aloud.values import label_of
from openline.coordination.messages import BODIES, Kind

ANY = "*"
"""Stands for a number, counted from 1."""

_NUMBERS = re.compile(r"(?<=\.)[1-9]\d{0,5}(?=\.|\Z)")


@cache
def labels_of(kind: Kind) -> tuple[str, ...]:
    """All labels that a message of this kind can have beside the heading, with ``*`` for numbers."""
    return tuple(dict.fromkeys(_labels("", type_info(BODIES[kind]))))


def is_label(kind: Kind, label: str) -> bool:
    """Whether a line of this kind can bear the label."""
    return label in HEADING or _NUMBERS.sub(ANY, label) in labels_of(kind)


def _labels(path: str, shape: Type) -> Iterator[str]:
    if isinstance(shape, Metadata):
        yield from _labels(path, shape.type)
    elif isinstance(shape, UnionType):
        for one in shape.types:
            yield from _labels(path, one)
    elif isinstance(shape, StructType):
        yield from _of_struct(path, shape)
    elif isinstance(shape, CollectionType):
        yield path
        yield from _labels(f"{path}.{ANY}", shape.item_type)
    elif isinstance(shape, StrType):
        yield from (path, f"{path}.{ANY}")  # a long one is read in several lines
    elif not isinstance(shape, NoneType):
        yield path


def _of_struct(path: str, shape: StructType) -> Iterator[str]:
    fields = {field.encode_name: field.type for field in shape.fields}
    if shape.tag_field:
        yield under(path, shape.tag_field)
    for north, east in HALVES:
        if north in fields and east in fields:
            yield under(path, PLACE)
            del fields[north], fields[east]
    for name, kind in fields.items():
        yield from _labels(under(path, label_of(name)), kind)
