"""The rows that the API answers with: frozen values, so that page, CLI and demo read one spelling."""

from collections.abc import Mapping

import msgspec

from openline.coordination.dialogue import Dialogue, permits
from openline.coordination.messages import Closest, Kind
from openline.coordination.picture import ConflictView
from openline.coordination.told import Told
from openline.node.officer import MOVES
from openline.units import degrees_from_e9, feet_from_dmm, nautical_miles_from_dmm


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of a conflict. operation_id: only where it is our own."""

    notice_id: str
    party: str
    version: int
    callsign: str | None
    operation_id: str | None


class ClosestRow(msgspec.Struct, frozen=True, kw_only=True):
    latitude: float
    longitude: float
    time_ms: int
    lateral_nm: float
    vertical_ft: float


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    notice_id: str
    delay_ms: int
    climb_dmm: int
    as_filed: bool


class DialogueRow(msgspec.Struct, frozen=True, kw_only=True):
    """How a dialogue stands; proposal: what lies on the table; agreed: what was accepted."""

    state: str
    tip: str | None
    requester: str | None
    proposer: str | None
    proposal: ProposalRow | None
    agreed: ProposalRow | None
    standby_until_ms: int | None
    reason: str | None


class ConflictRow(msgspec.Struct, frozen=True, kw_only=True):
    """outcome: how the dialogue about the operations' earlier places ended (None: there was none)."""

    accord_id: str
    conflict_id: str
    status: str
    mover: str
    first: Side
    second: Side
    start_ms: int
    end_ms: int
    finding: str
    closest: ClosestRow | None
    dialogue: DialogueRow
    your_moves: tuple[Kind, ...]
    outcome: DialogueRow | None


def conflict_row(view: ConflictView, accord_id: str, me: str, operations: Mapping[str, str]) -> ConflictRow:
    """operations: our operation ids by notice id."""
    stated = view.stated
    return ConflictRow(
        accord_id=accord_id,
        conflict_id=view.conflict_id,
        status=view.status.value,
        mover=view.mover,
        first=_side(view.first, operations),
        second=_side(view.second, operations),
        start_ms=stated.start_ms,
        end_ms=stated.end_ms,
        finding=stated.finding.value,
        closest=_closest(stated.closest) if stated.closest else None,
        dialogue=dialogue_row(view.dialogue),
        your_moves=moves_of(view, me),
        outcome=dialogue_row(view.settled) if view.settled else None,
    )


def moves_of(view: ConflictView, me: str) -> tuple[Kind, ...]:
    """What our officer may say now, by the dialogue's own table."""
    if not view.held:
        return ()
    return tuple(kind for kind in MOVES if permits(view.dialogue, me, kind))


def dialogue_row(dialogue: Dialogue) -> DialogueRow:
    def proposal(it: object) -> ProposalRow | None:
        return msgspec.convert(it, ProposalRow, from_attributes=True) if it is not None else None

    return DialogueRow(
        state=dialogue.state.value,
        tip=dialogue.tip,
        requester=dialogue.requester,
        proposer=dialogue.proposer,
        proposal=proposal(dialogue.proposal),
        agreed=proposal(dialogue.agreed),
        standby_until_ms=dialogue.standby_until_ms,
        reason=dialogue.reason,
    )


def _side(told: Told, operations: Mapping[str, str]) -> Side:
    return Side(
        notice_id=told.notice_id,
        party=told.party,
        version=told.version,
        callsign=told.notice.callsign,
        operation_id=operations.get(told.notice_id),
    )


def _closest(closest: Closest) -> ClosestRow:
    return ClosestRow(
        latitude=degrees_from_e9(closest.latitude_e9),
        longitude=degrees_from_e9(closest.longitude_e9),
        time_ms=closest.time_ms,
        lateral_nm=round(nautical_miles_from_dmm(closest.lateral_dmm), 3),
        vertical_ft=round(feet_from_dmm(closest.vertical_dmm), 1),
    )
