"""Which version of a system this is (InterUSS' versioning interface 0.1.2, for test drivers).

Drivers ask a DSS at its root and a USS wherever they are told to, so both places answer.
"""

from typing import Any, Final

import msgspec

from openline.api.f3548.ids import text_of
from openline.api.f3548.operation import Asked, Operation, all_of

READ_SYSTEM_VERSIONS: Final = "interuss.versioning.read_system_versions"


class GetVersionResponse(msgspec.Struct, frozen=True):
    system_identity: str
    system_version: str


def operations(version: str) -> tuple[Operation, ...]:
    """version: ours; the same for every part of this system that a driver may name."""

    async def get(asked: Asked) -> Any:
        return GetVersionResponse(text_of(asked, "system_identity"), version)

    def at(name: str, path: str) -> Operation:
        return Operation(
            id=name,
            method="GET",
            path=path,
            handler=get,
            scopes=all_of(READ_SYSTEM_VERSIONS),
            answer=GetVersionResponse,
            also=(404,),
        )

    return (
        at("GetVersion", "/versions/{system_identity}"),
        at("GetVersionOfUss", "/versioning/versions/{system_identity}"),
    )
