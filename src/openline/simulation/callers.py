"""What do people call, and what becomes of it? Emergencies, assistance, alerts, whose aircraft, talks,
shifts.
"""

import random
from typing import TYPE_CHECKING, Final

import msgspec

from openline.coordination.call_view import CallState, CallView
from openline.coordination.calls import (
    Alert,
    AlertNature,
    Assistance,
    Assisting,
    Close,
    Emergency,
    Identified,
    Identify,
    Nature,
    Need,
    Readback,
    ReadValue,
    Taken,
    Wanted,
    Whose,
)
from openline.coordination.conversation import DutyAct
from openline.coordination.fact import Fact
from openline.coordination.fields import Officer, Where
from openline.coordination.messages import Kind
from openline.coordination.owed import owed_by
from openline.coordination.readback import Verdict, values_of
from openline.simulation.promises.acknowledged import AcknowledgedIsKept, Answered

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.world import World

MISHEARD: Final = 0.2
"""How often, of 1, a place is read back otherwise than it was said."""
MISHEARD_E9: Final = 100_000_000

SIGNS_OFF: Final = 0.2
LIKELY: Final = 0.9
"""How often, of 1, a shift changes as it may."""

MOST_CALLS: Final = 4
"""Calls of one party that stand on one line: with more, nobody calls."""


AUTOMATON: Final = Officer(position="watch", pseudonym="console", automaton=True)


def officer_of(name: str) -> Officer:
    return Officer(position="watch", pseudonym=f"officer-{name}", automaton=False)


def say(world: "World", centre: "Centre", accord_id: str, kind: Kind, body: msgspec.Struct) -> bool:
    """Say it, and hold the node to its answer."""
    what = f"says {kind} on {world.lines[accord_id].title}"
    outcome = world.call(centre, what, lambda node, now_ms: node.say(accord_id, kind, body, now_ms))
    answered(world, centre, outcome.value)
    return True


def answered(world: "World", centre: "Centre", fact: Fact | None) -> None:
    if fact is not None:
        for promise in world.promises_of(AcknowledgedIsKept):
            promise.answered(centre, Answered(message=fact.hash))


# Calling


def emergency(world: "World", centre: "Centre", chance: random.Random) -> bool:
    officer, now_ms = officer_of(centre.name), world.scheduler.now_ms
    where = Where(
        latitude_e9=46_500_000_000, longitude_e9=7_250_000_000, radius_dmm=185_200_000, from_ms=now_ms
    )
    body = Emergency(
        nature=chance.choice(list(Nature)),
        wanted=chance.choice(list(Wanted)),
        officer=officer,
        where=where if chance.random() < 0.5 else None,
    )
    return _call(world, centre, chance.random(), Kind.EMERGENCY, body)


def call(world: "World", centre: "Centre", chance: random.Random) -> bool:
    officer, now_ms = officer_of(centre.name), world.scheduler.now_ms
    where = Where(latitude_e9=46_400_000_000, longitude_e9=7_100_000_000)
    kind, body = chance.choice(
        (
            (Kind.ASSISTANCE, Assistance(need=Need.SEARCH, officer=officer, where=where)),
            (Kind.ALERT, Alert(nature=AlertNature.HAZARD, officer=officer)),
            (Kind.IDENTIFY, Identify(where=where, seen_ms=now_ms, officer=officer)),
        )
    )
    return _call(world, centre, chance.random(), kind, body)


def _call(world: "World", centre: "Centre", picked: float, kind: Kind, body: msgspec.Struct) -> bool:
    lines = world.lines_of(centre.name)
    line = lines[int(picked * len(lines))]
    with centre.node.looking() as (_, desks, _own):
        calls = desks[line.accord_id].line.picture.conversed.calls()
        standing = sum(1 for it in calls if it.caller == centre.name and not it.over)
    return standing < MOST_CALLS and say(world, centre, line.accord_id, kind, body)


# Answering


def attend(
    world: "World", centre: "Centre", accord_id: str, call: CallView, draw: float, hears: float
) -> bool:
    """What an officer does about a call that stands: take or answer it, read it back, or close it. hears: how
    well, of 1.
    """
    with centre.node.looking() as (_, desks, _own):
        line = desks[accord_id].line
        owed = {it.answer for it in owed_by(line, centre.name) if it.message == call.hash}
        readback = line.picture.conversed.readback(call.hash)
        if readback is not None and readback.verdict is Verdict.DIFFERS and call.caller != centre.name:
            owed.add(Kind.READBACK)
    found = _answers(centre, call, owed, misheard=hears < MISHEARD)
    if not found:
        return False
    kind, body = found[int(draw * len(found))]
    return say(world, centre, accord_id, kind, body)


def _answers(
    centre: "Centre", call: CallView, owed: set[Kind], *, misheard: bool
) -> list[tuple[Kind, msgspec.Struct]]:
    officer = officer_of(centre.name)
    found: list[tuple[Kind, msgspec.Struct]] = []
    if call.kind is Kind.IDENTIFY and call.caller != centre.name:
        found.append((Kind.IDENTIFIED, Identified(answers=call.hash, whose=Whose.NOT_OURS, officer=officer)))
    elif call.caller != centre.name and call.state is CallState.OPEN:
        found.append((Kind.TAKEN, Taken(answers=call.hash, officer=officer)))
        if call.kind is Kind.ASSISTANCE:
            found.append((Kind.ASSISTING, Assisting(answers=call.hash, can=True, officer=officer)))
    if call.kind in (Kind.EMERGENCY, Kind.ASSISTANCE):
        if call.taken and centre.name not in call.closed_by:
            found.append((Kind.CLOSE, Close(answers=call.hash, officer=officer)))
        if Kind.READBACK in owed:
            values = tuple(_as_heard(it) if misheard else it for it in values_of(call.fact.body))
            found.append((Kind.READBACK, Readback(answers=call.hash, values=values, officer=officer)))
    return found


def _as_heard(value: ReadValue) -> ReadValue:
    """A place is understood some 10 km off."""
    if value.latitude_e9 is None:
        return value
    return msgspec.structs.replace(value, latitude_e9=value.latitude_e9 + MISHEARD_E9)


# Beside calls


def change_shift(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Somebody signs on, relieves another, or signs off: said on every line. At times it is not for him to
    say.
    """
    drawn, draw, number = chance.choice(list(DutyAct)), chance.random(), chance.randrange(3)
    sits = _who_sits(centre)
    likely = DutyAct.ON if sits is None else DutyAct.OFF if draw < SIGNS_OFF else DutyAct.HANDOVER
    act = drawn if draw > LIKELY else likely
    name = sits.pseudonym if sits is not None and act is DutyAct.OFF else f"officer-{number}"
    who = Officer(position="watch", pseudonym=name, automaton=False)
    what = f"changes the shift: {act}"
    outcome = world.call(centre, what, lambda node, now_ms: node.shift(act, who, now_ms))
    for fact in outcome.value or ():
        answered(world, centre, fact)
    return True


def _who_sits(centre: "Centre") -> Officer | None:
    with centre.node.looking() as (_, desks, _own):
        seats = [desk.line.picture.conversed.on_duty(centre.name) for desk in desks.values()]
    return next((manned["watch"] for manned in seats if "watch" in manned), None)
