"""What was asked of replicas and answered, and whether it could have happened one after the other.

The airspace of these histories is small and exact: points far apart, slots of time with gaps between them.
Two volumes meet where they have a point and a slot in common, so that the oracle needs no geometry.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from openline.errors import OpenlineError
from openline.utm.dss import requests
from openline.utm.dss.records import Kind, Ref
from openline.utm.wire import references as wire

Place = frozenset[tuple[int, int]]
"""Points and slots."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: where it is about (empty: by id), and its answer (of a 409 its body). from_ns, to_ns:
    between which monotonic times it was asked and answered. index: its place in its batch.
    """

    request: Any
    place: Place
    answer: Any
    from_ns: int
    to_ns: int
    index: int

    @property
    def is_done(self) -> bool:
        return not isinstance(self.answer, OpenlineError | wire.AirspaceConflictResponse)


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of airspace_changes; turn: which transaction wrote it (its at_ms)."""

    key: int
    count: int
    ref: Ref
    turn: int


@dataclass(slots=True)
class Serial:
    """The airspace, one change after the other."""

    intents: dict[str, tuple[Place, int, str]] = field(default_factory=dict)
    subscriptions: dict[str, Place] = field(default_factory=dict)


def faults(asked: Sequence[Asked], log: Iterable[Logged], standing: Mapping[Ref, int]) -> list[str]:
    """What cannot be. standing: the version of each record in the store at the end."""
    done = [it for it in asked if it.is_done and _is_change(it)]
    changes = {_rank(it): it for it in done}
    rows = list(log)
    found = _twice(done) + _unlogged(changes, rows)
    if found:
        return found
    try:
        order = _in_order(changes, rows)
    except CycleError as error:
        return [f"no order of turns explains the log: {error.args[1]}"]
    serial = Serial()
    for change in order:
        found += _replay(serial, change)
    at_end = {Ref(Kind.OPERATIONAL_INTENT, id): version for id, (_, version, _) in serial.intents.items()}
    at_end |= {Ref(Kind.SUBSCRIPTION, id): 1 for id in serial.subscriptions}
    if at_end != dict(standing):
        found.append(f"the end is another: {at_end.items() ^ standing.items()}")
    return found + _index_faults(order) + _blind_refusals(asked) + _stale_answers(asked)


# In which order ------------------------------------------------------------------------------------
def _is_change(asked: Asked) -> bool:
    return isinstance(asked.request, requests.Change)


def _ref(asked: Asked) -> Ref:
    of_subscription = isinstance(asked.request, requests.PutSubscription | requests.DeleteSubscription)
    return Ref(Kind.SUBSCRIPTION if of_subscription else Kind.OPERATIONAL_INTENT, asked.request.id)


def _rank(asked: Asked) -> tuple[Ref, int]:
    """Which change of its entity it was. Subscriptions come and go only."""
    answer, request = asked.answer, asked.request
    if isinstance(request, requests.PutOperationalIntent):
        return _ref(asked), answer.operational_intent_reference.version
    if isinstance(request, requests.DeleteOperationalIntent):
        return _ref(asked), answer.operational_intent_reference.version + 1
    return _ref(asked), 1 if isinstance(request, requests.PutSubscription) else 2


def _turns_of(rows: Iterable[Logged]) -> dict[Ref, list[int]]:
    """The turns that changed each entity, in their order: as under any key that all of them share."""
    by_key: dict[tuple[Ref, int], list[int]] = {}
    for row in sorted(rows, key=lambda it: (it.key, it.count)):
        by_key.setdefault((row.ref, row.key), []).append(row.turn)
    longest: dict[Ref, list[int]] = {}
    for (ref, _), turns in by_key.items():
        if len(turns) > len(longest.get(ref, ())):
            longest[ref] = turns
    return longest


def _twice(done: Sequence[Asked]) -> list[str]:
    return [f"acknowledged twice: {it}" for it, times in Counter(map(_rank, done)).items() if times > 1]


def _unlogged(changes: Mapping[tuple[Ref, int], Asked], rows: Sequence[Logged]) -> list[str]:
    """Each change that was acknowledged is in the log once, and nothing else is."""
    logged = {(ref, number) for ref, turns in _turns_of(rows).items() for number in range(1, len(turns) + 1)}
    gaps = [
        f"key {key} counts {sorted(counts)}"
        for key, counts in _counts(rows).items()
        if sorted(counts) != list(range(1, len(counts) + 1))
    ]
    return [f"acknowledged or logged alone: {it}" for it in logged ^ changes.keys()] + gaps


def _counts(rows: Iterable[Logged]) -> dict[int, list[int]]:
    counts: dict[int, list[int]] = {}
    for row in rows:
        counts.setdefault(row.key, []).append(row.count)
    return counts


def _in_order(changes: Mapping[tuple[Ref, int], Asked], rows: Sequence[Logged]) -> list[Asked]:
    """All changes in an order that each key's log agrees with. Raises CycleError where there is none."""
    of_turn: dict[int, list[Asked]] = {}
    for ref, turns in _turns_of(rows).items():
        for number, turn in enumerate(turns, 1):
            of_turn.setdefault(turn, []).append(changes[ref, number])
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(of_turn, ()))
    last: dict[int, int] = {}
    for row in sorted(rows, key=lambda it: (it.key, it.count)):
        before = last.get(row.key)
        if before is not None and before != row.turn:
            sorter.add(row.turn, before)
        last[row.key] = row.turn
    return [it for turn in sorter.static_order() for it in sorted(of_turn[turn], key=lambda it: it.index)]


# One after the other -------------------------------------------------------------------------------
def _replay(serial: Serial, change: Asked) -> list[str]:
    request, answer = change.request, change.answer
    if isinstance(request, requests.PutSubscription):
        serial.subscriptions[request.id] = change.place
        return []
    if isinstance(request, requests.DeleteSubscription):
        return [] if serial.subscriptions.pop(request.id, None) else [f"{request.id} ended and was not there"]
    old = serial.intents.pop(request.id, None)
    found = _version_faults(change, old)
    touched = change.place | (old[0] if old else frozenset())
    if isinstance(request, requests.PutOperationalIntent):
        found += _blind(serial, change)
        reference = answer.operational_intent_reference
        serial.intents[request.id] = (change.place, reference.version, reference.ovn)
    told = {state.subscription_id for one in answer.subscribers for state in one.subscriptions}
    wanted = {id for id, place in serial.subscriptions.items() if place & touched}
    return found + [f"{request.id}: to be notified {it}" for it in [told ^ wanted] if it]


def _version_faults(change: Asked, old: tuple[Place, int, str] | None) -> list[str]:
    request, version = change.request, change.answer.operational_intent_reference.version
    if request.ovn is None:
        return [f"{request.id} created twice"] if old or version != 1 else []
    if old is None or old[2] != request.ovn:
        return [f"{request.id} changed with an OVN that did not stand"]
    is_end = isinstance(request, requests.DeleteOperationalIntent)
    return [] if version == old[1] + (not is_end) else [f"{request.id} has version {version} after {old[1]}"]


def _blind(serial: Serial, change: Asked) -> list[str]:
    key = set(change.request.parameters.key or ())
    return [
        f"{change.request.id} did not know of {id}"
        for id, (place, _, ovn) in serial.intents.items()
        if place & change.place and ovn not in key
    ]


def _index_faults(order: Iterable[Asked]) -> list[str]:
    """The notification indices of each subscription are 1, 2, 3 and so on."""
    seen: dict[str, list[int]] = {}
    for change in order:
        for one in getattr(change.answer, "subscribers", ()):
            for state in one.subscriptions:
                seen.setdefault(state.subscription_id, []).append(state.notification_index)
    return [
        f"indices of {id}: {Counter(indices) - Counter(range(1, len(indices) + 1))}"
        for id, indices in seen.items()
        if sorted(indices) != list(range(1, len(indices) + 1))
    ]


# As seen from outside ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Life:
    """One version of an intent: when it can have stood (at its longest), and when it must have."""

    place: Place
    ovn: str
    could_from_ns: int
    must_from_ns: int
    must_to_ns: float
    could_to_ns: float


def _lives(asked: Sequence[Asked]) -> dict[tuple[str, int], _Life]:
    done = [it for it in asked if it.is_done and _is_change(it) and _ref(it).kind is Kind.OPERATIONAL_INTENT]
    ends = {(it.request.id, _rank(it)[1] - 1): it for it in done}
    lives = {}
    for it in done:
        if isinstance(it.request, requests.PutOperationalIntent):
            name = (it.request.id, _rank(it)[1])
            end, ovn = ends.get(name), it.answer.operational_intent_reference.ovn
            must_to, could_to = (end.from_ns, end.to_ns) if end else (float("inf"), float("inf"))
            lives[name] = _Life(it.place, ovn, it.from_ns, it.to_ns, must_to, could_to)
    return lives


def _blind_refusals(asked: Sequence[Asked]) -> list[str]:
    """A 409 names something, and only what stood there and then and was not in the key."""
    lives, found = _lives(asked), []
    for it in asked:
        if not isinstance(it.answer, wire.AirspaceConflictResponse):
            continue
        missing = it.answer.missing_operational_intents
        if not missing:
            found.append(f"{it.request.id} refused for nothing")
        for reference in missing:
            life = lives.get((reference.id, reference.version))
            if life is None or not _could_stand(life, it) or not life.place & it.place:
                found.append(f"{it.request.id} refused for {reference.id}, which did not stand there then")
            elif life.ovn in (it.request.parameters.key or ()):
                found.append(f"{it.request.id} refused for {reference.id}, which it knew")
    return found


def _could_stand(life: _Life, asked: Asked) -> bool:
    return life.could_from_ns <= asked.to_ns and asked.from_ns <= life.could_to_ns


def _must_stand(life: _Life, asked: Asked) -> bool:
    return life.must_from_ns < asked.from_ns and asked.to_ns < life.must_to_ns


def _stale_answers(asked: Sequence[Asked]) -> list[str]:
    """A question has all that stood while it was asked, and nothing that could not have."""
    lives, found = _lives(asked), []
    for it in asked:
        if not it.is_done or not isinstance(it.request, requests.QueryOperationalIntents):
            continue
        references: Iterable[wire.OperationalIntentReference] = it.answer.operational_intent_references
        told = {(reference.id, reference.version) for reference in references}
        there = {name: life for name, life in lives.items() if life.place & it.place}
        must = {
            n for n, life in there.items() if life.must_from_ns < it.from_ns and it.to_ns < life.must_to_ns
        }
        found += [f"a question is not told of {name}" for name in must - told]
        may = {name for name, life in there.items() if _could_stand(life, it)}
        found += [f"a question is told of {name}, which did not stand" for name in told - may]
    return found
