"""What one operation of the API is. The table of all of them drives routing, scopes, bodies, metrics and
our OpenAPI.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from openline.utm.dss.ports import Dss
from openline.utm.dss.requests import Caller
from openline.utm.uss.ports import Uss

STRATEGIC_COORDINATION: Final = "utm.strategic_coordination"
CONFORMANCE_MONITORING: Final = "utm.conformance_monitoring_sa"
CONSTRAINT_PROCESSING: Final = "utm.constraint_processing"
CONSTRAINT_MANAGEMENT: Final = "utm.constraint_management"
AVAILABILITY_ARBITRATION: Final = "utm.availability_arbitration"
ALL_SCOPES: Final = (
    STRATEGIC_COORDINATION,
    CONSTRAINT_MANAGEMENT,
    CONSTRAINT_PROCESSING,
    CONFORMANCE_MONITORING,
    AVAILABILITY_ARBITRATION,
)

Scopes = tuple[frozenset[str], ...]
"""Alternatives; each holds scopes that are needed together. Empty: any token that is valid will do."""


def any_of(*scopes: str) -> Scopes:
    return tuple(frozenset({scope}) for scope in scopes)


def all_of(*scopes: str) -> Scopes:
    return (frozenset(scopes),)


class Asked(msgspec.Struct, frozen=True):
    """A request that may be answered. path: the parameters of the path by name; body: the struct of the
    operation, or None; query: the raw query string.
    """

    caller: Caller
    path: Mapping[str, str]
    body: Any
    query: bytes


Handler = Callable[[Asked], Awaitable[Any]]
"""Gives the struct of the answer. Raises openline.errors."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """id: the standard's operationId; path: with `{names}`. scopes: None where no token is asked for.

    status: where it is done. also: the statuses of refusal besides 400, 401, 403 and 429. conflict: the
    struct of its 409 where that is not ErrorResponse.
    """

    id: str
    method: str
    path: str
    handler: Handler
    scopes: Scopes | None
    answer: Any = None
    body: Any = None
    status: int = 200
    also: tuple[int, ...] = ()
    conflict: Any = None
    query: tuple[str, ...] = ()


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the resources are given by the wiring. pool: the id of the DSS' airspace representation."""

    dss: Dss
    uss: Uss
    pool: str
    version: str
    time_based_notification_index: bool = False
