"""A request that is well formed, and what follows from it: values that all decisions share."""

from dataclasses import dataclass
from typing import Any

from openline.utm.dss.records import Record
from openline.utm.dss.requests import Request
from openline.utm.space import Zones


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that could be made of any airspace.

    zones: its volumes, where it has some. space: the keys of these. fresh_id: the id of the implicit
    subscription that it asks for. now_ms: when it was asked.
    """

    request: Request
    zones: Zones | None = None
    space: tuple[int, ...] = ()
    fresh_id: str = ""
    now_ms: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """A record to be stored; zones: its volumes, where they are at hand."""

    record: Record
    zones: Zones | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """answer: for the caller, with notification indices as last known. removals: as they stood; one that is
    put too begins anew. notified: ids of the subscriptions whose indices rise by one.
    """

    answer: Any
    puts: tuple[Put, ...] = ()
    removals: tuple[Record, ...] = ()
    notified: tuple[str, ...] = ()
