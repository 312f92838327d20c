"""/aux/v1: what test drivers and partners of a pool ask about a DSS itself (InterUSS' auxiliary API 1.1)."""

from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from openline.api.f3548.operation import Asked, Given, Operation, all_of
from openline.errors import Refused

POOL_STATUS: Final = "interuss.pool_status.read"


class VersionResponse(msgspec.Struct, frozen=True):
    version: str


class PoolResponse(msgspec.Struct, frozen=True):
    """dar_id: the airspace representation that all instances of a pool share."""

    dar_id: str


class DSSInstance(msgspec.Struct, frozen=True):
    id: str


class DSSInstancesResponse(msgspec.Struct, frozen=True):
    dss_instances: tuple[DSSInstance, ...]


class CAsResponse(msgspec.Struct, frozen=True):
    """PEM texts; none here, for nodes of one database need no certificates of one another."""

    CAs: tuple[str, ...] = ()


class GlobalOptionsResponse(msgspec.Struct, frozen=True):
    time_based_notification_index: bool


def operations(given: Given) -> tuple[Operation, ...]:
    async def version(asked: Asked) -> Any:
        return VersionResponse(given.version)

    async def validate(asked: Asked) -> Any:
        owner = parse_qs(asked.query.decode("ascii", "replace")).get("owner")
        if owner and owner[-1] != asked.caller.manager:
            raise Refused(
                "not-the-owner", f"the token is of {asked.caller.manager!r}, not of that owner", field="owner"
            )
        return {}

    async def pool(asked: Asked) -> Any:
        return PoolResponse(given.pool)

    async def instances(asked: Asked) -> Any:
        """Replicas of one database are one instance: none of them can be told from another."""
        return DSSInstancesResponse((DSSInstance(given.pool),))

    async def certificates(asked: Asked) -> Any:
        return CAsResponse()

    async def options(asked: Asked) -> Any:
        return GlobalOptionsResponse(given.time_based_notification_index)

    def get(name: str, path: str, handler: Any, answer: Any, **more: Any) -> Operation:
        return Operation(
            id=name, method="GET", path=f"/aux/v1/{path}", handler=handler, answer=answer, **more
        )

    status = all_of(POOL_STATUS)
    ca_certs = "configuration/ca_certs"
    return (
        get("getVersion", "version", version, VersionResponse, scopes=None),
        get("validateOauth", "validate_oauth", validate, None, scopes=(), query=("owner",)),
        get("getPool", "pool", pool, PoolResponse, scopes=status),
        get("getDSSInstances", "pool/dss_instances", instances, DSSInstancesResponse, scopes=status),
        get("getAcceptedCAs", "configuration/accepted_ca_certs", certificates, CAsResponse, scopes=None),
        get("getInstanceCAs", ca_certs, certificates, CAsResponse, scopes=None),
        get(
            "getGlobalOptions", "configuration/global_options", options, GlobalOptionsResponse, scopes=status
        ),
    )
