"""What do operators do? They file, revise and fly operations, suspend lines and agree on new versions."""

import random
from typing import TYPE_CHECKING, Final

from openline.airspace.operation import TRANSITIONS, Operation, State
from openline.coordination.messages import Kind, Reason, Resume, Suspend
from openline.node.results import Filed
from openline.simulation.founding import next_version
from openline.simulation.promises.acknowledged import AcknowledgedIsKept, Answered
from openline.simulation.promises.disclosure import NothingBeyondTheAccord
from openline.simulation.traffic import new_operation

if TYPE_CHECKING:
    from openline.simulation.centre import Centre, Outcome
    from openline.simulation.world import World

MOST_LIVE: Final = 6
"""Operations that one party has open: with more, one is ended before another is filed."""
SUSPENDED_MS: Final = 60_000


def file(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """File a new operation; where there are many already, end one."""
    callsign = f"{centre.name[:3].upper()}{chance.randrange(10_000):04}"
    operation = new_operation(chance, world.id(), callsign, world.scheduler.now_ms)
    live = live_operations(centre)
    if len(live) >= MOST_LIVE:
        return _transit(world, centre, live[0], State.ENDED)
    return _file(world, centre, operation)


def revise(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """File an operation that stands once more, elsewhere."""
    fresh = new_operation(chance, world.id(), "ZZZ0000", world.scheduler.now_ms)
    picked, live = chance.random(), live_operations(centre)
    if not live:
        return False
    standing = live[int(picked * len(live))]
    elsewhere = Operation(
        id=standing.id,
        version=1,
        state=State.ACCEPTED,
        priority=standing.priority,
        callsign=standing.callsign,
        aircraft_type=standing.aircraft_type,
        volumes=fresh.volumes,
        trajectory=fresh.trajectory,
    )
    return _file(world, centre, elsewhere)


def fly(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Bring an operation into another state, as it flies, strays and lands."""
    picked, which, live = chance.random(), chance.random(), live_operations(centre)
    if not live:
        return False
    operation = live[int(picked * len(live))]
    states = sorted(TRANSITIONS[operation.state] - {State.ACCEPTED})
    return _transit(world, centre, operation, states[int(which * len(states))])


def live_operations(centre: "Centre") -> list[Operation]:
    with centre.node.looking() as (_, _desks, own):
        live = [own.need(row.operation_id) for row in own.rows() if row.state != State.ENDED]
    return sorted(live, key=lambda it: (it.start_ms, it.id))


def _file(world: "World", centre: "Centre", operation: Operation) -> bool:
    for promise in world.promises_of(NothingBeyondTheAccord):
        promise.filed(centre, operation.id, operation.callsign)
    what = f"files {operation.id[:8]}"
    filed(world, centre, world.call(centre, what, lambda node, now_ms: node.file(operation, now_ms)))
    return True


def _transit(world: "World", centre: "Centre", operation: Operation, state: State) -> bool:
    what = f"{operation.id[:8]} becomes {state}"
    outcome = world.call(centre, what, lambda node, now_ms: node.transit(operation.id, state, now_ms))
    filed(world, centre, outcome)
    return True


def filed(world: "World", centre: "Centre", outcome: "Outcome[Filed]") -> None:
    """What the operator was told has to hold from now on."""
    if outcome.value is not None:
        answer = Answered(operation_id=outcome.value.operation_id, version=outcome.value.version)
        for promise in world.promises_of(AcknowledgedIsKept):
            promise.answered(centre, answer)


# The line and its terms


def suspend(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Suspend a line, and take it back after a while."""
    lines = world.lines_of(centre.name)
    line = lines[int(chance.random() * len(lines))]
    for_ms = round(chance.expovariate(1 / SUSPENDED_MS))
    body = Suspend(reason=Reason.INSTRUCTED)
    what = f"suspends {line.title}"
    world.call(centre, what, lambda node, now_ms: node.say(line.accord_id, Kind.SUSPEND, body, now_ms))
    world.scheduler.after(for_ms, lambda: _resume(world, centre, line.accord_id))
    return True


def _resume(world: "World", centre: "Centre", accord_id: str) -> bool:
    if not centre.is_up:
        world.scheduler.after(SUSPENDED_MS, lambda: _resume(world, centre, accord_id))
        return False
    what = f"resumes {world.lines[accord_id].title}"
    outcome = world.call(
        centre, what, lambda node, now_ms: node.say(accord_id, Kind.RESUME, Resume(), now_ms)
    )
    if outcome.crash or (outcome.fault is not None and outcome.fault.word == "unavailable"):
        world.scheduler.after(SUSPENDED_MS, lambda: _resume(world, centre, accord_id))
    return True


def agree(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Both parties sign another version of their accord; this centre's people install it, and the partner's
    some time later (or it comes with IN_FORCE before).
    """
    lines = world.lines_of(centre.name)
    line = lines[int(chance.random() * len(lines))]
    partner = world.centres[line.other(centre.name)]
    later_ms = round(chance.expovariate(1 / SUSPENDED_MS))
    if not world.is_settled(line):
        return False  # the version before is not in force on both sides yet
    next_version(line, world.identities, chance)
    if not world.install(centre, line):
        world.errand(lambda: centre.is_up and world.install(centre, line))
    world.errand(lambda: partner.is_up and world.install(partner, line), later_ms)
    return True
