"""/openapi.json and /healthy: the interface described, and whether somebody answers."""

from collections.abc import Sequence
from typing import Any

import msgspec

from openline.api.f3548.openapi import document
from openline.api.f3548.operation import Asked, Operation


class Health(msgspec.Struct, frozen=True):
    health: str


def operations(described: Sequence[Operation], version: str) -> tuple[Operation, ...]:
    written = msgspec.Raw(document(described, version))

    async def description(asked: Asked) -> Any:
        return written

    async def health(asked: Asked) -> Any:
        return Health("serving")

    return (
        Operation(id="openapi", method="GET", path="/openapi.json", handler=description, scopes=None),
        Operation(id="health", method="GET", path="/healthy", handler=health, scopes=None, answer=Health),
    )
