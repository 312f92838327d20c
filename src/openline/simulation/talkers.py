"""What do people talk about? They propose a time, move, confirm or cancel it, and write down what was
agreed.
"""

import random
from typing import TYPE_CHECKING, Final

import msgspec

from openline.coordination.conversation import FreeText, Minute, Minutes, Talk, TalkAct, Topic
from openline.coordination.fields import Officer
from openline.coordination.messages import Kind
from openline.coordination.talk_view import MinutesState, TalkState, TalkView, may_act
from openline.simulation.callers import officer_of, say

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.world import World

HOUR_MS: Final = 3_600_000
LASTS_MS: Final = 600_000
_TEXTS: Final = ("as agreed on the telephone", "each side keeps to its own bank of the river")


def talk(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Propose a talk, or write a line of text."""
    picked, which, talk_id = chance.random(), chance.random(), world.id()
    lines, officer = world.lines_of(centre.name), officer_of(centre.name)
    accord_id = lines[int(picked * len(lines))].accord_id
    if which < 0.3:
        return say(world, centre, accord_id, Kind.TEXT, FreeText(text="how do you read?", officer=officer))
    begin_ms = world.scheduler.now_ms + HOUR_MS
    body = Talk(
        talk_id=talk_id, act=TalkAct.PROPOSE, officer=officer, start_ms=begin_ms, duration_ms=LASTS_MS
    )
    return say(world, centre, accord_id, Kind.TALK, body)


def see_to(world: "World", centre: "Centre", accord_id: str, view: TalkView, draw: float) -> bool:
    """What an officer does about a talk that is neither cancelled nor written down by both."""
    found = [*_acts(world, centre, view), *_minutes(centre, view)]
    if not found:
        return False
    kind, body = found[int(draw * len(found))]
    return say(world, centre, accord_id, kind, body)


def _acts(world: "World", centre: "Centre", view: TalkView) -> list[tuple[Kind, msgspec.Struct]]:
    """To confirm is what he likes best; who waits for the other side's word waits."""
    if view.state is not TalkState.PROPOSED or view.proposer == centre.name or view.tip is None:
        return []
    officer, follows = officer_of(centre.name), view.tip.hash
    acts = [TalkAct.CONFIRM] * 4 + [TalkAct.MOVE, TalkAct.CANCEL]
    return [
        (
            Kind.TALK,
            Talk(
                talk_id=view.talk_id,
                act=act,
                officer=officer,
                follows=follows,
                start_ms=world.scheduler.now_ms + 2 * HOUR_MS if act is TalkAct.MOVE else None,
            ),
        )
        for act in acts
        if may_act(view, centre.name, act)
    ]


def _minutes(centre: "Centre", view: TalkView) -> list[tuple[Kind, msgspec.Struct]]:
    """Of a talk that was held: write them, sign the other side's, or write another version beside it."""
    if view.state is not TalkState.CONFIRMED or view.minutes_state is MinutesState.AGREED:
        return []
    ours, theirs = (
        next((fact for who, fact in view.minutes.items() if (who == centre.name) is own), None)
        for own in (True, False)
    )
    officer = officer_of(centre.name)
    if theirs is None:
        return [] if ours is not None else [_version(view, officer, _TEXTS[0])]
    assert isinstance(theirs.body, Minutes)
    signed = Minutes(talk_id=view.talk_id, items=theirs.body.items, officer=officer, agrees=theirs.hash)
    return [*[(Kind.MINUTES, signed)] * 3, _version(view, officer, _TEXTS[1])]


def _version(view: TalkView, officer: Officer, text: str) -> tuple[Kind, msgspec.Struct]:
    items = (Minute(topic=Topic.COORDINATION, text=text),)
    return Kind.MINUTES, Minutes(talk_id=view.talk_id, items=items, officer=officer)
