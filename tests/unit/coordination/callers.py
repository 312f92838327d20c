"""What people say at random beside notices and dialogues: calls, what answers them, readbacks, talks,
minutes, and who sits where. Sometimes it is what the tables do not have.
"""

import random
from collections.abc import Callable

import msgspec

from openline.coordination.call_view import CALLS
from openline.coordination.calls import (
    Alert,
    AlertNature,
    Assistance,
    Assisting,
    Close,
    Emergency,
    Escalated,
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
from openline.coordination.conversation import (
    DutyAct,
    FreeText,
    Minute,
    Minutes,
    Shift,
    Talk,
    TalkAct,
    Topic,
)
from openline.coordination.fields import Officer, Where
from openline.coordination.messages import Kind, Shown
from openline.coordination.picture import Picture
from openline.coordination.readback import values_of
from openline.coordination.talk_view import TalkView, may_act

PERSON = Officer(position="watch", pseudonym="fox", automaton=False)
PLACE = Where(latitude_e9=47_000_000_000, longitude_e9=8_000_000_000, radius_dmm=10_000, from_ms=0)
TALKS = ("0c000000-0000-4000-8000-000000000001", "0c000000-0000-4000-8000-000000000002")

Said = tuple[Kind, msgspec.Struct]


def a_call(kind: Kind) -> msgspec.Struct:
    bodies: dict[Kind, Callable[[], msgspec.Struct]] = {
        Kind.EMERGENCY: lambda: Emergency(
            nature=Nature.ENDANGERED, wanted=Wanted.STOP, officer=PERSON, where=PLACE
        ),
        Kind.ASSISTANCE: lambda: Assistance(need=Need.SEARCH, officer=PERSON, where=PLACE),
        Kind.ALERT: lambda: Alert(nature=AlertNature.HAZARD, officer=PERSON),
        Kind.IDENTIFY: lambda: Identify(where=PLACE, seen_ms=1, officer=PERSON),
    }
    return bodies[kind]()


def an_answer(kind: Kind, cited: str, chance: random.Random) -> msgspec.Struct:
    position = chance.choice(("supervisor", "commander"))
    bodies: dict[Kind, Callable[[], msgspec.Struct]] = {
        Kind.TAKEN: lambda: Taken(answers=cited, officer=PERSON),
        Kind.ESCALATED: lambda: Escalated(answers=cited, position=position, after_ms=30_000),
        Kind.CLOSE: lambda: Close(answers=cited, officer=PERSON),
        Kind.ASSISTING: lambda: Assisting(answers=cited, can=chance.random() < 0.5, officer=PERSON),
        Kind.IDENTIFIED: lambda: Identified(answers=cited, whose=chance.choice(list(Whose)), officer=PERSON),
    }
    return bodies[kind]()


ANSWER_KINDS = (Kind.TAKEN, Kind.ESCALATED, Kind.CLOSE, Kind.CLOSE, Kind.ASSISTING, Kind.IDENTIFIED)


def something(picture: Picture, party: str, chance: random.Random) -> Said:
    """One thing that a person might say now."""
    calls = sorted(picture.conversed.calls(), key=lambda call: call.hash)
    act = chance.randrange(6)
    if calls and act < 2:
        kind = chance.choice(ANSWER_KINDS)
        return kind, an_answer(kind, chance.choice(calls).hash, chance)
    if calls and act == 2:
        return _read_back(chance.choice(calls).fact.hash, picture, chance)
    if act == 3:
        return _about_a_talk(picture, party, chance)
    if act == 4:
        return _about_duty(chance)
    kind = chance.choice(CALLS)
    return kind, a_call(kind)


def _read_back(cited: str, picture: Picture, chance: random.Random) -> Said:
    fact = picture.find(cited)
    values = values_of(fact.body) if fact else ()
    if not values:
        return Kind.TEXT, FreeText(text="say again", officer=PERSON, answers=cited)
    read = [_heard(value, chance) for value in values if chance.random() < 0.8] or [values[0]]
    return Kind.READBACK, Readback(answers=cited, values=tuple(read), officer=PERSON)


def _heard(value: ReadValue, chance: random.Random) -> ReadValue:
    if value.latitude_e9 is None or chance.random() < 0.5:
        return value
    return msgspec.structs.replace(value, latitude_e9=value.latitude_e9 + 81_000_000)


def _about_a_talk(picture: Picture, party: str, chance: random.Random) -> Said:
    talk_id = chance.choice(TALKS)
    view = picture.conversed.talk(talk_id) or TalkView(talk_id=talk_id)
    if chance.random() < 0.25:
        return Kind.MINUTES, _minutes(view, party, chance)
    acts = [act for act in TalkAct if may_act(view, party, act)]
    act = chance.choice(acts if acts and chance.random() < 0.9 else list(TalkAct))
    named = act in (TalkAct.PROPOSE, TalkAct.MOVE)
    return Kind.TALK, Talk(
        talk_id=talk_id,
        act=act,
        officer=PERSON,
        follows=view.tip.hash if view.tip else None,
        start_ms=chance.randrange(1, 9) if named else None,
        duration_ms=60_000 if act is TalkAct.PROPOSE else None,
    )


def _minutes(view: TalkView, party: str, chance: random.Random) -> Minutes:
    theirs = [fact for name, fact in view.minutes.items() if name != party]
    items = (Minute(topic=Topic.OTHER, text=chance.choice(("as before", "as yesterday"))),)
    if theirs and chance.random() < 0.6:
        body = theirs[0].body
        assert isinstance(body, Minutes)
        return Minutes(talk_id=view.talk_id, items=body.items, officer=PERSON, agrees=theirs[0].hash)
    return Minutes(talk_id=view.talk_id, items=items, officer=PERSON)


def _about_duty(chance: random.Random) -> Said:
    who = msgspec.structs.replace(PERSON, pseudonym=chance.choice(("fox", "owl")))
    return Kind.SHIFT, Shift(act=chance.choice(list(DutyAct)), officer=who)


def shown(hashes: list[str], officer: Officer = PERSON) -> Said:
    return Kind.SHOWN, Shown(messages=tuple(hashes), officer=officer)
