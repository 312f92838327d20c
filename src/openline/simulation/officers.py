"""What do duty officers do? They look now and then, answer what waits, and at times nobody is there."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from openline.coordination.call_view import CallView
from openline.coordination.conflict_view import ConflictView
from openline.coordination.dialogue import MOVES, permits
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind, Proposal, Reason, Shown
from openline.coordination.owed import owed_by
from openline.coordination.talk_view import MinutesState, TalkState, TalkView
from openline.node.desk import Desk
from openline.node.officer import Move
from openline.simulation import callers, talkers
from openline.simulation.callers import answered, officer_of
from openline.simulation.promises.shown import ShownIsShown
from openline.units import DMM_PER_FOOT

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.world import World

AWAY_MS: Final = 120_000
_CLIMBS_DMM: Final = (0, 0, 2_000 * DMM_PER_FOOT, -2_000 * DMM_PER_FOOT)
_DELAYS_MS: Final = (0, 0, 600_000)
_PATIENCE: Final = 0.7
"""How often an officer leaves a conflict alone in which no answer is asked of him."""
_ANSWERS_FIRST: Final = 0.8
"""How often he sees first to what is asked of him, where anything is."""
_LIKING: Final = {Kind.ACP: 6, Kind.CDN: 2, Kind.RJC: 1, Kind.SBY: 1, Kind.CANCEL: 1, Kind.REQUEST: 3}
"""Most proposals are accepted: else nothing would ever be agreed."""

Waiting = tuple[str, ConflictView | CallView | TalkView | Fact]
"""Accord id, and what waits there for somebody."""


class Roster:
    """Who is at the desk of each centre. back_ms: by party, until when nobody is."""

    def __init__(self) -> None:
        self.back_ms: dict[str, int] = {}

    def is_manned(self, name: str, now_ms: int) -> bool:
        return now_ms >= self.back_ms.get(name, 0)


def leave(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Nobody answers here for a while, and nobody takes anything."""
    for_ms = round(chance.expovariate(1 / AWAY_MS))
    world.roster.back_ms[centre.name] = world.scheduler.now_ms + for_ms
    world.note(centre, f"nobody is at the desk for {for_ms // 1000} s")
    return True


def look(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Look at what waits, and do one thing about it."""
    draws = [chance.random() for _ in range(9)]
    if not world.roster.is_manned(centre.name, world.scheduler.now_ms):
        return False
    with centre.node.looking() as (_, desks, _own):
        waiting = [item for name in sorted(desks) for item in _waiting(desks[name])]
    asked = [it for it in waiting if _is_asked(centre.name, it[1])]
    pool = asked if asked and draws[8] < _ANSWERS_FIRST else waiting
    if not pool:
        return False
    accord_id, item = pool[int(draws[0] * len(pool))]
    if isinstance(item, ConflictView):
        return _move(world, centre, accord_id, item, draws[1:])
    if isinstance(item, CallView):
        return callers.attend(world, centre, accord_id, item, draws[1], draws[2])
    if isinstance(item, TalkView):
        return talkers.see_to(world, centre, accord_id, item, draws[1])
    return check(world, centre, accord_id)


def _is_asked(name: str, item: ConflictView | CallView | TalkView | Fact) -> bool:
    """Whether it waits for an answer of this party."""
    if isinstance(item, ConflictView):
        return permits(item.dialogue, name, Kind.ACP)
    if isinstance(item, CallView):
        return item.caller != name or name not in item.closed_by
    return not isinstance(item, TalkView) or item.proposer != name


def show(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """The console puts before the officer what waits for people, and says so. Where nobody sits, an automaton
    has it, and says that it is one.
    """
    picked = chance.random()
    is_manned = world.roster.is_manned(centre.name, world.scheduler.now_ms)
    officer = callers.officer_of(centre.name) if is_manned else callers.AUTOMATON
    with centre.node.looking() as (_, desks, _own):
        unseen = {name: found for name in sorted(desks) if (found := _unseen(desks[name]))}
    if not unseen:
        return False
    accord_id = list(unseen)[int(picked * len(unseen))]
    body = Shown(messages=tuple(unseen[accord_id]), officer=officer)
    for promise in world.promises_of(ShownIsShown):
        promise.rendered(centre, unseen[accord_id], is_manned=is_manned)
    return callers.say(world, centre, accord_id, Kind.SHOWN, body)


def _unseen(desk: Desk) -> list[str]:
    """What waits for us here, and was put before nobody yet."""
    waiting = [it.message for it in owed_by(desk.line, desk.me)]
    return [it for it in dict.fromkeys(waiting) if not desk.line.picture.conversed.shown_at(it)]


def try_line(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """A line check, or the answer to the partner's."""
    lines = world.lines_of(centre.name)
    line = lines[int(chance.random() * len(lines))]
    if not world.roster.is_manned(centre.name, world.scheduler.now_ms):
        return False
    return check(world, centre, line.accord_id)


def check(world: "World", centre: "Centre", accord_id: str) -> bool:
    what, who = f"checks {world.lines[accord_id].title}", officer_of(centre.name)
    answered(
        world, centre, world.call(centre, what, lambda node, now_ms: node.check(accord_id, who, now_ms)).value
    )
    return True


def _waiting(desk: Desk) -> Iterator[Waiting]:
    for view in sorted(desk.line.picture.conflicts(), key=lambda it: it.conflict_id):
        if view.held and any(permits(view.dialogue, desk.me, kind) for kind in MOVES):
            yield desk.accord_id, view
    for call in desk.line.picture.conversed.calls():
        if not call.over:
            yield desk.accord_id, call
    for talk in desk.line.picture.conversed.talks():
        is_over = talk.state is TalkState.CANCELLED or talk.minutes_state is MinutesState.AGREED
        if not is_over:
            yield desk.accord_id, talk
    for asked, answer in desk.line.picture.checks():
        if asked.stamp.sender == desk.partner and answer is None:
            yield desk.accord_id, asked


def _move(world: "World", centre: "Centre", accord_id: str, view: ConflictView, draws: list[float]) -> bool:
    if not permits(view.dialogue, centre.name, Kind.ACP) and draws[0] < _PATIENCE:
        return False
    kinds = [
        it for kind in MOVES if permits(view.dialogue, centre.name, kind) for it in [kind] * _LIKING[kind]
    ]
    kind = kinds[int(draws[1] * len(kinds))]
    sides = (view.first, view.second)
    proposal = Proposal(
        notice_id=sides[int(draws[2] * 2)].notice_id,
        climb_dmm=_CLIMBS_DMM[int(draws[3] * len(_CLIMBS_DMM))],
        delay_ms=_DELAYS_MS[int(draws[4] * len(_DELAYS_MS))],
    )
    move = Move(
        kind=kind,
        answers=view.dialogue.tip,
        proposal=proposal,
        reason=Reason.TRAFFIC,
        until_ms=world.scheduler.now_ms + AWAY_MS,
    )
    what = f"{kind} in conflict {view.conflict_id[:8]}"
    world.call(centre, what, lambda node, now_ms: node.move(accord_id, view.conflict_id, move, now_ms))
    return True
