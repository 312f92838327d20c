"""How each conflict ended, and who gave way: read from what a node holds, not from what officers meant."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from openline.airspace.change import Change
from openline.airspace.operation import Operation
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.dialogue import DialogueState
from openline.demo.centre import Json
from openline.demo.founding import PARTY_NAMES
from openline.demo.report import Burden, Remaining
from openline.resolve.cost import cost_of


class Outcome(StrEnum):
    """How a conflict was settled."""

    COUNTER_ACCEPTED = "counter-accepted"
    """The one who asked moved to the time or level that was agreed."""
    ACCEPTED_AS_FILED = "accepted-as-filed"
    """The one who was asked keeps clear, and moved."""
    REJECTED_AND_MOVED = "rejected-and-moved"
    """The request was rejected with a reason, and the one who asked found its own way."""
    WITHDRAWN = "withdrawn"
    """There was no way within the limits: an operation was ended before it began."""
    MOVED_FOR_ANOTHER = "moved-for-another"
    """One of the two operations moved for the sake of another conflict, and this one went with it."""


def outcome_of(conflict: Json) -> Outcome:
    """Of a conflict that does not stand open, by the last dialogue that came to an end."""
    ended = _last_dialogue(conflict)
    if ended["agreed"]:
        return Outcome.ACCEPTED_AS_FILED if ended["agreed"]["as_filed"] else Outcome.COUNTER_ACCEPTED
    if ended["state"] in (DialogueState.REJECTED, DialogueState.CANCELLED):
        # Who moves takes a new place, with a dialogue of its own; who ends keeps its place.
        return Outcome.WITHDRAWN if ended is conflict["dialogue"] else Outcome.REJECTED_AND_MOVED
    return Outcome.MOVED_FOR_ANOTHER


def _last_dialogue(conflict: Json) -> Json:
    """The one about the operations' places of now; where nothing was said about those, about earlier ones."""
    now, before = conflict["dialogue"], conflict["outcome"]
    last: Json = before if before and now["state"] == DialogueState.NOTIFIED else now
    return last


def by_outcome(conflicts: Iterable[Json]) -> dict[str, int]:
    """Of those that are settled; every outcome is named, also those that never came."""
    count = Counter(outcome_of(one) for one in conflicts if not is_open(one))
    return {outcome.value: count[outcome] for outcome in Outcome}


def gave_way(conflicts: Iterable[Json]) -> dict[str, int]:
    """The burden: in how many conflicts each side's operation moved or was withdrawn."""
    parties = Counter(_who_gave_way(one) for one in conflicts if not is_open(one))
    return {side: parties[party] for side, party in PARTY_NAMES.items()}


def burdens(
    filed: Mapping[str, Iterable[Operation]], standing: Mapping[str, Iterable[Operation]]
) -> dict[str, Burden]:
    """What each side's moves cost it, from its operations as they were first filed and as they stand."""
    costs = {side: _costs(filed[side], standing[side]) for side in filed}
    total = sum(sum(of_side) for of_side in costs.values())
    return {
        side: Burden(
            moved=len(of_side),
            cost_s=round(sum(of_side), 1),
            share=round(sum(of_side) / total, 4) if total else 0.0,
        )
        for side, of_side in costs.items()
    }


def _costs(filed: Iterable[Operation], standing: Iterable[Operation]) -> list[float]:
    """Of each operation that stands otherwise than it was filed."""
    first = {one.id: one for one in filed}
    changes = [_change(first[one.id], one) for one in standing if one.id in first]
    return [cost_of(change) for change in changes if not change.is_none]


def _change(filed: Operation, standing: Operation) -> Change:
    """As officers agree on it: in time and level."""
    was, now = (_first_height_dmm(one) for one in (filed, standing))
    return Change(standing.start_ms - filed.start_ms, now - was)


def _first_height_dmm(one: Operation) -> int:
    if one.trajectory is not None:
        return one.trajectory.points[0].altitude.height_dmm
    return one.volumes[0].volume.lower.height_dmm


def is_open(conflict: Json) -> bool:
    return bool(conflict["status"] == ConflictStatus.OPEN.value)


def remaining(conflicts: Iterable[Json]) -> tuple[Remaining, ...]:
    """Those that stand open, each with the reason."""
    return tuple(_named(one) for one in conflicts if is_open(one))


def _who_gave_way(conflict: Json) -> str | None:
    outcome = outcome_of(conflict)
    if outcome is Outcome.MOVED_FOR_ANOTHER:
        return None
    ended = _last_dialogue(conflict)
    if not ended["agreed"]:
        return str(conflict["mover"])  # it was asked for in vain, so who had to move did
    sides = (conflict["first"], conflict["second"])
    is_agreed = [side["notice_id"] == ended["agreed"]["notice_id"] for side in sides]
    movers = [not it for it in is_agreed] if ended["agreed"]["as_filed"] else is_agreed
    return str(sides[movers.index(True)]["party"])


def _named(conflict: Json) -> Remaining:
    dialogue = conflict["dialogue"]
    waiting = "a way out" if not dialogue["proposal"] else f"an answer to {dialogue['proposer']}"
    reason = f"rejected: {dialogue['reason']}" if dialogue["reason"] else f"it waits for {waiting}"
    first, second = conflict["first"]["callsign"], conflict["second"]["callsign"]
    return Remaining(
        conflict_id=conflict["conflict_id"],
        first=first,
        second=second,
        state=dialogue["state"],
        reason=reason,
    )
