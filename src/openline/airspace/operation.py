"""An operation (F3548: operational intent): what flies, where and when, and the state that it is in."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from openline.airspace import checks
from openline.airspace.limits import (
    MAX_DURATION_MS,
    MAX_HORIZON_MS,
    MAX_OPERATION_VERTICES,
    MAX_OVN_LENGTH,
    MAX_PRIORITY,
    MAX_SUPPLIER_LENGTH,
    MAX_VERSION,
    MAX_VOLUMES,
    MIN_OVN_LENGTH,
)
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Polygon, Volume4D
from openline.errors import Invalid, LimitExceeded, Refused


class State(StrEnum):
    """F3548-21 OperationalIntentState; Proposed comes before it and is not on the F3548 wire."""

    PROPOSED = "Proposed"
    """Filed here, and not yet agreed: the dialogue has to settle it."""
    ACCEPTED = "Accepted"
    ACTIVATED = "Activated"
    NONCONFORMING = "Nonconforming"
    """Outside its intent, and expected back."""
    CONTINGENT = "Contingent"
    """Outside its intent, and not expected back."""
    ENDED = "Ended"


_S = State
TRANSITIONS: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        # Who is in the air is in the air, agreed or not: off-nominal states are never refused.
        _S.PROPOSED: frozenset({_S.ACCEPTED, _S.NONCONFORMING, _S.CONTINGENT, _S.ENDED}),
        _S.ACCEPTED: frozenset({_S.ACTIVATED, _S.NONCONFORMING, _S.CONTINGENT, _S.ENDED}),
        _S.ACTIVATED: frozenset({_S.NONCONFORMING, _S.CONTINGENT, _S.ENDED}),
        _S.NONCONFORMING: frozenset({_S.ACTIVATED, _S.CONTINGENT, _S.ENDED}),
        _S.CONTINGENT: frozenset({_S.ENDED}),
        _S.ENDED: frozenset(),
    }
)
"""F3548-21 4.4 with Proposed: from a state to those that may follow. 4.4.4.4 has Contingent from Accepted,
Activated and Nonconforming. Code, tests and the docs' diagrams read this table.
"""

OFF_NOMINAL: Final = frozenset({_S.NONCONFORMING, _S.CONTINGENT})
"""The states in which an aircraft is outside its intent."""

_MAY_HOLD_OFF_NOMINAL: Final = OFF_NOMINAL | {_S.ENDED}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CALLSIGN = re.compile(r"[A-Z0-9]{1,7}")
_AIRCRAFT_TYPE = re.compile(r"[A-Z][A-Z0-9]{1,3}")
_OVN = re.compile(r"[!-~]+")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One flight or task in the air, under one id.

    id: UUID text in lower case; version: counts from 1, by the node; priority: 0 the least (F3548 ordinal).
    volumes: the intent, as 4D volumes; trajectory: the intent, as a flight plan; either or both.
    off_nominal_volumes: where the aircraft may be instead, in Nonconforming and Contingent (and kept in
    Ended). callsign: up to 7 of A-Z 0-9 (ICAO Doc 4444 item 7); aircraft_type: designator of ICAO Doc 8643;
    ovn: F3548 EntityOVN. supplier: whose it is (the manager at our DSS) where a supplier filed it; None: our
    own operator. Who it is stays here: no notice has a field for it.

    Raises Invalid "wrong-type", "bad-id", "bad-callsign", "bad-aircraft-type", "bad-ovn", "bad-supplier",
    "nothing-filed", "off-nominal-volumes"; LimitExceeded "out-of-range", "too-many-volumes",
    "too-many-vertices", "too-long".
    """

    id: str
    version: int
    state: State
    priority: int
    volumes: tuple[Volume4D, ...] = ()
    off_nominal_volumes: tuple[Volume4D, ...] = ()
    trajectory: Trajectory | None = None
    callsign: str | None = None
    aircraft_type: str | None = None
    ovn: str | None = None
    supplier: str | None = None

    def __post_init__(self) -> None:
        refuse_bad_id(self.id)
        checks.whole(self.version, "version", 1, MAX_VERSION, "MAX_VERSION")
        checks.instance(self.state, State, "state")
        checks.whole(self.priority, "priority", 0, MAX_PRIORITY, "MAX_PRIORITY")
        _refuse_bad_texts(self)
        for field in ("volumes", "off_nominal_volumes"):
            value = getattr(self, field)
            refuse_bad_volumes(value, field)
            if isinstance(value, list):
                msgspec.structs.force_setattr(self, field, tuple(value))
        _refuse_bad_shape(self)

    @property
    def start_ms(self) -> int:
        """The earliest moment that it may be anywhere, the trajectory's time tolerance included."""
        return min(start for start, _ in self._windows())

    @property
    def end_ms(self) -> int:
        """The latest moment that it may be anywhere, the trajectory's time tolerance included."""
        return max(end for _, end in self._windows())

    def _windows(self) -> list[tuple[int, int]]:
        windows = [(one.start_ms, one.end_ms) for one in (*self.volumes, *self.off_nominal_volumes)]
        if self.trajectory is not None:
            early_ms = self.trajectory.time_tolerance_ms
            windows.append((self.trajectory.start_ms - early_ms, self.trajectory.end_ms + early_ms))
        return windows


def transition(operation: Operation, state: State) -> Operation:
    """The operation in its new state (the version is the node's to count). The state it is in already changes
    nothing.

    Back in Activated it is inside its intent again, so the off-nominal volumes fall away.
    Raises Refused "transition-forbidden" where the table does not have it.
    """
    if state is operation.state:
        return operation
    if state not in TRANSITIONS[operation.state]:
        allowed = ", ".join(sorted(TRANSITIONS[operation.state])) or "none: it is over"
        raise Refused(
            "transition-forbidden",
            f"an operation cannot go from {operation.state} to {state}",
            field="state",
            clause="F3548-21 4.4",
            remedy=f"states that may follow: {allowed}",
        )
    if state in _MAY_HOLD_OFF_NOMINAL:
        return msgspec.structs.replace(operation, state=state)
    return msgspec.structs.replace(operation, state=state, off_nominal_volumes=())


def check_horizon(operation: Operation, now_ms: int) -> None:
    """Whether it may be filed at ``now_ms``.

    Raises LimitExceeded "beyond-horizon" where it starts more than 30 days ahead, Invalid "already-over"
    where it has ended; neither for an aircraft off nominal, which may well fly on after its end and must
    still be told of.
    """
    if operation.state in OFF_NOMINAL or operation.state is State.ENDED:
        return
    if operation.start_ms - now_ms > MAX_HORIZON_MS:
        text = "it starts more than 30 days from now"
        raise LimitExceeded("beyond-horizon", text, field="start", clause="F3548-21 OiMaxPlanHorizonDays")
    if operation.end_ms <= now_ms:
        raise Invalid("already-over", "it ended before now", field="end")


def refuse_bad_id(identifier: str, field: str = "id") -> None:
    """Raises Invalid "wrong-type", "bad-id" unless it is UUID text in its one canonical (lower case)
    spelling.
    """
    checks.instance(identifier, str, field)
    if not _ID.fullmatch(identifier):
        raise Invalid(
            "bad-id",
            f"{field} is no UUID in lower case such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427",
            field=field,
        )


def refuse_bad_volumes(volumes: Sequence[Volume4D], field: str) -> None:
    """Raises Invalid "wrong-type", LimitExceeded "too-many-volumes", "too-many-vertices"."""
    checks.instance(volumes, (tuple, list), field)
    if len(volumes) > MAX_VOLUMES:
        text = f"{len(volumes):,} volumes, more than {MAX_VOLUMES:,}"
        raise LimitExceeded("too-many-volumes", text, field=field, clause="MAX_VOLUMES")
    vertices = 0
    for number, one in enumerate(volumes):
        checks.instance(one, Volume4D, f"{field}[{number}]")
        outline = one.volume.outline
        vertices += len(outline.vertices) if isinstance(outline, Polygon) else 1
    if vertices > MAX_OPERATION_VERTICES:
        text = f"{vertices:,} vertices in all, more than {MAX_OPERATION_VERTICES:,}"
        raise LimitExceeded("too-many-vertices", text, field=field, clause="MAX_OPERATION_VERTICES")


def refuse_bad_ovn(ovn: str | None) -> None:
    """Raises Invalid "wrong-type", "bad-ovn"; None is well."""
    if ovn is None:
        return
    checks.instance(ovn, str, "ovn")
    if not MIN_OVN_LENGTH <= len(ovn) <= MAX_OVN_LENGTH or not _OVN.fullmatch(ovn):
        text = f"an OVN has {MIN_OVN_LENGTH} to {MAX_OVN_LENGTH} printable ASCII characters and no space"
        raise Invalid("bad-ovn", text, field="ovn", clause="F3548-21 Annex A4 EntityOVN")


def refuse_bad_callsign(callsign: str | None) -> None:
    """Raises Invalid "wrong-type", "bad-callsign"; None is well."""
    if callsign is None:
        return
    checks.instance(callsign, str, "callsign")
    if not _CALLSIGN.fullmatch(callsign):
        text = "a callsign has 1 to 7 of the characters A-Z 0-9"
        raise Invalid("bad-callsign", text, field="callsign", clause="ICAO Doc 4444 appendix 2, item 7")


def _refuse_bad_texts(operation: Operation) -> None:
    refuse_bad_callsign(operation.callsign)
    refuse_bad_ovn(operation.ovn)
    _refuse_bad_supplier(operation.supplier)
    if operation.aircraft_type is None:
        return
    checks.instance(operation.aircraft_type, str, "aircraft_type")
    if not _AIRCRAFT_TYPE.fullmatch(operation.aircraft_type):
        text = "an aircraft type has 2 to 4 of the characters A-Z 0-9 and begins with a letter"
        raise Invalid("bad-aircraft-type", text, field="aircraft_type", clause="ICAO Doc 8643")


def _refuse_bad_supplier(supplier: str | None) -> None:
    if supplier is None:
        return
    checks.instance(supplier, str, "supplier")
    if not 1 <= len(supplier) <= MAX_SUPPLIER_LENGTH:
        text = f"a supplier's name has 1 to {MAX_SUPPLIER_LENGTH} characters"
        raise Invalid("bad-supplier", text, field="supplier")


def _refuse_bad_shape(operation: Operation) -> None:
    if operation.trajectory is not None:
        checks.instance(operation.trajectory, Trajectory, "trajectory")
    if not (operation.volumes or operation.off_nominal_volumes or operation.trajectory):
        raise Invalid("nothing-filed", "an operation has volumes, a trajectory or both", field="volumes")
    if operation.off_nominal_volumes and operation.state not in _MAY_HOLD_OFF_NOMINAL:
        text = f"off-nominal volumes belong to Nonconforming and Contingent, not to {operation.state}"
        raise Invalid("off-nominal-volumes", text, field="off_nominal_volumes", clause="F3548-21 4.4")
    if operation.end_ms - operation.start_ms > MAX_DURATION_MS:
        raise LimitExceeded("too-long", "it lasts longer than 30 days", field="end", clause="MAX_DURATION_MS")
