"""What people and programs are shown: plain, JSON-ready dicts made from what ``Node.looking`` gives. Pure.

CLI, console API and page all show these, so that one question has one answer. Times are ``*_ms`` (UTC); ids
are whole, and whoever prints them may shorten them.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from openline.airspace.operation import Operation
from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.dialogue import MOVES, Dialogue, permits
from openline.coordination.messages import Closest, Proposal
from openline.coordination.passed_view import Passed
from openline.coordination.told import Told
from openline.errors import Invalid, NotFound
from openline.journal.entry import Entry, Lane
from openline.node.desk import Desk
from openline.node.own import Own
from openline.node.ports import AlarmRow, Transaction
from openline.node.receipts import Receipt, receipts_of
from openline.units import degrees_from_e9, feet_from_dmm, nautical_miles_from_dmm

Row = dict[str, Any]
Desks = Mapping[str, Desk]

LEAST_PREFIX = 4
"""Characters with which an id may be named, where they are enough to tell it from all others."""


def desk_of(desks: Desks, accord_id: str | None) -> Desk:
    """The line meant: by its accord id, by the start of it, or (None) the only one there is.

    Raises NotFound ``no-such-line``; Invalid ``which-line`` where several could be meant.
    """
    wanted = accord_id or ""
    found = [desk for name, desk in desks.items() if name.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        text = f"no line under accord {wanted}" if wanted else "this node has no line yet"
        remedy = "openline accord show lists the accords; openline accord sign installs one"
        raise NotFound("no-such-line", text, field="accord", remedy=remedy)
    names = ", ".join(f"{desk.accord_id} with {desk.partner}" for desk in found)
    text = f"{len(found)} lines could be meant: {names}"
    raise Invalid("which-line", text, field="accord", remedy="name one: --accord ID")


def find_conflict(desks: Desks, conflict_id: str, accord_id: str | None = None) -> tuple[Desk, ConflictView]:
    """A conflict by its id or the start of it, on any line. Raises NotFound ``no-such-conflict``."""
    chosen = [desk_of(desks, accord_id)] if accord_id else list(desks.values())
    views = [(desk, view) for desk in chosen for view in desk.line.picture.conflicts()]
    ids = [view.conflict_id for _, view in views]
    wanted = _named(ids, conflict_id, "conflict", "openline conflicts lists them")
    return next(pair for pair in views if pair[1].conflict_id == wanted)


def find_operation(own: Own, operation_id: str) -> Operation:
    """One of our operations by its id or the start of it. Raises NotFound ``no-such-operation``."""
    ids = [row.operation_id for row in own.rows()]
    return own.need(_named(ids, operation_id, "operation", "openline operations lists them"))


def _named(ids: list[str], wanted: str, what: str, remedy: str) -> str:
    if wanted in ids:
        return wanted
    alike = [name for name in ids if name.startswith(wanted)] if len(wanted) >= LEAST_PREFIX else []
    if len(alike) == 1:
        return alike[0]
    text = f"{len(alike)} {what}s begin with {wanted!r}" if alike else f"no {what} {wanted!r} is here"
    raise NotFound(f"no-such-{what}", text, field=f"{what}_id", remedy=remedy)


# Operations and notices


def operation_rows(own: Own, desks: Desks) -> list[Row]:
    """Our own operations by their start. Whoever needs their geometry adds it (it is a matter of formats)."""
    return [operation_row(it, desks) for it in sorted(own.all(), key=lambda it: (it.start_ms, it.id))]


def operation_row(operation: Operation, desks: Desks) -> Row:
    """told: under which notice, and up to which version of it, each partner knows the operation."""
    return {
        "id": operation.id,
        "version": operation.version,
        "state": operation.state.value,
        "priority": operation.priority,
        "callsign": operation.callsign,
        "aircraft_type": operation.aircraft_type,
        "supplier": operation.supplier,
        "start_ms": operation.start_ms,
        "end_ms": operation.end_ms,
        "told": list(_told_rows(operation.id, desks)),
    }


def _told_rows(operation_id: str, desks: Desks) -> Iterator[Row]:
    for desk in desks.values():
        row = desk.notices.get(operation_id)
        told = desk.line.picture.told(row.notice_id) if row else None
        if told is not None:
            yield {
                "accord_id": desk.accord_id,
                "partner": desk.partner,
                "notice_id": told.notice_id,
                "version": told.version,
                "conflicts": [
                    view.conflict_id
                    for view in desk.line.picture.conflicts_of(told.notice_id)
                    if view.status is ConflictStatus.OPEN
                ],
            }


def notice_rows(tx: Transaction, desks: Desks) -> list[Row]:
    """All live notices of both parties, and what either passed on of a third, by their start."""
    rows = [row for desk in desks.values() for row in _notices_of_line(tx, desk)]
    return sorted(rows, key=lambda row: (row["start_ms"], row["notice_id"]))


def _notices_of_line(tx: Transaction, desk: Desk) -> Iterator[Row]:
    every: Iterator[Told | Passed] = chain(desk.line.picture.all_told(), desk.line.picture.passed.all())
    live = [it for it in every if it.live]
    receipts = receipts_of(tx, desk, live)
    for told in live:
        yield notice_row(desk, told, receipts.get(told.hash))


def notice_row(desk: Desk, told: Told | Passed, receipt: Receipt | None) -> Row:
    """partner: on which line. party: who told it. origin: whose operation it is, where it was passed on.
    received_ms, stale: of a partner's notice, when it came and whether that was too late (`receipts`).
    """
    return {
        "accord_id": desk.accord_id,
        "partner": desk.partner,
        "notice_id": told.notice_id,
        "party": told.party,
        "origin": told.origin if isinstance(told, Passed) else None,
        "version": told.version,
        "state": told.notice.state.value,
        "callsign": told.notice.callsign,
        "start_ms": told.notice.start_ms,
        "end_ms": told.notice.end_ms,
        "first_told_ms": told.first_told_ms,
        "operation_id": desk.operation_id_of(told.notice_id),
        "received_ms": receipt and receipt.received_ms,
        "stale": receipt and receipt.stale,
    }


# Conflicts


def conflict_rows(desks: Desks, status: ConflictStatus | None = None) -> list[Row]:
    """The conflicts of all lines (of one status, if given), the earliest first."""
    rows = [
        conflict_row(desk, view)
        for desk in desks.values()
        for view in desk.line.picture.conflicts()
        if status is None or view.status is status
    ]
    return sorted(rows, key=lambda row: (row["start_ms"], row["conflict_id"]))


def conflict_row(desk: Desk, view: ConflictView) -> Row:
    """mover: who gives way. your_moves: what our officer may say now. outcome: how an earlier dialogue
    ended.
    """
    return {
        "accord_id": desk.accord_id,
        "conflict_id": view.conflict_id,
        "status": view.status.value,
        "mover": view.mover,
        "first": _side(desk, view.first),
        "second": _side(desk, view.second),
        "start_ms": view.stated.start_ms,
        "end_ms": view.stated.end_ms,
        "finding": view.stated.finding.value,
        "possible": view.possible,
        "closest": _closest(view.stated.closest),
        "dialogue": dialogue_row(view.dialogue),
        "your_moves": your_moves(desk, view),
        "outcome": _outcome(view.settled),
    }


def your_moves(desk: Desk, view: ConflictView) -> list[str]:
    return [kind.value for kind in MOVES if view.held and permits(view.dialogue, desk.me, kind)]


def _side(desk: Desk, told: Told) -> Row:
    return {
        "notice_id": told.notice_id,
        "party": told.party,
        "version": told.version,
        "callsign": told.notice.callsign,
        "operation_id": desk.operation_id_of(told.notice_id),
    }


def _closest(closest: Closest | None) -> Row | None:
    if closest is None:
        return None
    return {
        "latitude": degrees_from_e9(closest.latitude_e9),
        "longitude": degrees_from_e9(closest.longitude_e9),
        "time_ms": closest.time_ms,
        "lateral_nm": nautical_miles_from_dmm(closest.lateral_dmm),
        "vertical_ft": feet_from_dmm(closest.vertical_dmm),
    }


def dialogue_row(dialogue: Dialogue) -> Row:
    return {
        "state": dialogue.state.value,
        "tip": dialogue.tip,
        "requester": dialogue.requester,
        "proposer": dialogue.proposer,
        "proposal": proposal_row(dialogue.proposal),
        "agreed": proposal_row(dialogue.agreed),
        "standby_until_ms": dialogue.standby_until_ms,
        "reason": dialogue.reason,
    }


def proposal_row(proposal: Proposal | None) -> Row | None:
    if proposal is None:
        return None
    return {
        "notice_id": proposal.notice_id,
        "delay_ms": proposal.delay_ms,
        "climb_dmm": proposal.climb_dmm,
        "as_filed": proposal.as_filed,
    }


def _outcome(settled: Dialogue | None) -> Row | None:
    if settled is None:
        return None
    return {"state": settled.state.value, "agreed": proposal_row(settled.agreed), "reason": settled.reason}


# The journal and the alarms


def journal_rows(tx: Transaction, desks: Iterable[Desk], limit: int = 100) -> list[Row]:
    """The last messages of both directions, the newest last. at_ms is this node's own clock."""
    rows = [row for desk in desks for row in _last_of_line(tx, desk, limit)]
    rows.sort(key=lambda row: (row["at_ms"], row["accord_id"], row["sender"], row["lane"], row["number"]))
    return rows[-limit:] if limit > 0 else []


def _last_of_line(tx: Transaction, desk: Desk, limit: int) -> Iterator[Row]:
    for (sender, lane), head in desk.heads.items():
        acknowledged = tx.acknowledged(desk.accord_id, sender, lane)
        for entry in tx.entries(desk.accord_id, sender, lane, max(0, head.number - limit), limit):
            yield entry_row(entry, acknowledged)


def entry_row(entry: Entry, acknowledged: int) -> Row:
    """acknowledged: the highest number of the entry's lane for which there is a LAM."""
    return {
        "accord_id": entry.accord,
        "sender": entry.sender,
        "lane": entry.lane.value,
        "number": entry.number,
        "kind": entry.kind,
        "hash": entry.hash,
        "at_ms": entry.at_ms,
        "acknowledged": entry.number <= acknowledged,
    }


def alarm_rows(alarms: Iterable[AlarmRow]) -> list[Row]:
    return [msgspec.structs.asdict(alarm) for alarm in alarms]


def lane_named(text: str) -> Lane:
    """Raises Invalid ``no-such-lane``."""
    try:
        return Lane(text)
    except ValueError:
        names = " or ".join(Lane)
        raise Invalid("no-such-lane", f"{text!r} is no lane", field="lane", remedy=f"{names}") from None
