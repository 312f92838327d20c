"""What stands at our DSS, as the bridge reads it: one operational intent by its record."""

import msgspec

from openline.airspace.limits import MAX_DURATION_MS, MAX_HEIGHT_DMM, MIN_HEIGHT_DMM
from openline.units import metres_from_dmm
from openline.utm.dss.records import Intent, Record
from openline.utm.space import time_of
from openline.utm.uss.shapes import ms_of
from openline.utm.wire.references import (
    OperationalIntentReference,
    OperationalIntentState,
    UssAvailabilityState,
)
from openline.utm.wire.volumes import Altitude, Volume4D

_DECODER = msgspec.json.Decoder(Intent)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """id: as the DSS has it. told: the bridge brought it in. extents: with heights and times, filled in where
    whoever filed left them out.
    """

    id: str
    manager: str
    version: int
    state: OperationalIntentState
    ovn: str
    uss_base_url: str
    extents: tuple[Volume4D, ...]
    start_ms: int
    end_ms: int
    told: bool

    def reference(self) -> OperationalIntentReference:
        """As a query answers it: without the OVN, which the details have to prove."""
        return OperationalIntentReference(
            id=self.id,
            manager=self.manager,
            uss_availability=UssAvailabilityState.UNKNOWN,
            version=self.version,
            state=self.state,
            time_start=time_of(self.start_ms),
            time_end=time_of(self.end_ms),
            uss_base_url=self.uss_base_url,
            subscription_id="",
        )


def standing_of(record: Record) -> Standing:
    """Of the record of an operational intent."""
    intent = _DECODER.decode(record.value)
    return Standing(
        id=record.id,
        manager=record.manager,
        version=record.version,
        state=intent.state,
        ovn=intent.ovn,
        uss_base_url=intent.uss_base_url,
        extents=tuple(whole(one, record.start_ms, record.end_ms) for one in intent.extents),
        start_ms=record.start_ms,
        end_ms=record.end_ms,
        told=intent.told,
    )


_LOWEST = Altitude(metres_from_dmm(MIN_HEIGHT_DMM), "W84", "M")
_HIGHEST = Altitude(metres_from_dmm(MAX_HEIGHT_DMM), "W84", "M")


def whole(volume: Volume4D, start_ms: int, end_ms: int) -> Volume4D:
    """The volume with what it leaves open: all heights, and the times given."""
    shape = volume.volume
    if shape.altitude_lower is None or shape.altitude_upper is None:
        shape = msgspec.structs.replace(
            shape,
            altitude_lower=shape.altitude_lower or _LOWEST,
            altitude_upper=shape.altitude_upper or _HIGHEST,
        )
    start = volume.time_start or time_of(start_ms)
    end = volume.time_end or time_of(min(end_ms, ms_of(start) + MAX_DURATION_MS))
    return Volume4D(shape, start, end)
