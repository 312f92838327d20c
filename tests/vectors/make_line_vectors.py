"""Writes the line's language-neutral vectors, tests/vectors/line/*.json.

Only for a new version of the protocol: what is out there must stay true.

From the root of the tree: ``PYTHONPATH=src:tests python -m vectors.make_line_vectors``
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from openline.coordination import calls, conversation, fields, passing
from openline.coordination.dialogue import (
    CROSSINGS,
    CROSSINGS_WITHOUT_PROPOSAL,
    TRANSITIONS,
    DialogueState,
    Role,
    cites,
    evaluate,
)
from openline.coordination.messages import (
    Check,
    Checked,
    Closest,
    End,
    FindingKind,
    Finer,
    InForce,
    KeyRevoked,
    Kind,
    Officer,
    Reason,
    Rejection,
    Resume,
    Shown,
    Suspend,
    is_safety_of_life,
)
from openline.coordination.told import conflict_id
from openline.journal.canonical import canonical
from openline.journal.entry import Lane, encode_payload
from vectors import line_bounds, line_keys, line_sessions
from vectors import line_scene as scene
from vectors.line_refused import CASES, judged
from vectors.line_scene import A1, A2, B1, B2, NAMES, Scene, a_move, fact_as_vector, folded, plain

DIRECTORY = Path(__file__).parent / "line"
OFFICER = Officer(position="watch", pseudonym="one", automaton=False)
BY_ACCORD = {1: scene.ACCORD, 2: scene.LATER}


# One line on which every kind of message is said


def whole_line() -> Scene:
    """A line from its first notice to its end, with every kind of message and every shape of a notice."""
    talk = Scene()
    talk.tell("alpha", A1, callsign="SWR10A", aircraft_type="A320", priority=5)
    talk.hear("bravo")
    talk.tell(
        "bravo", B1, state="Proposed", trajectory=scene.a_path(1), volumes=(scene.a_volume(), scene.a_disc())
    )
    asked = talk.say("bravo", Kind.CHECK, Check(officer=OFFICER))
    talk.hear("alpha")
    talk.say("alpha", Kind.CHECKED, Checked(answers=asked, officer=OFFICER))
    stated = talk.state_conflict("alpha", finding=FindingKind.POSSIBLE, closest=_closest())
    talk.say("alpha", Kind.FINER, Finer(conflict_id=scene.CONFLICT, notice_id=A1, revision=scene.PLACES))
    finer = Finer(
        conflict_id=scene.CONFLICT,
        notice_id=B1,
        revision=scene.PLACES,
        volumes=(scene.a_disc(),),
        trajectory=scene.a_path(),
    )
    talk.say("bravo", Kind.FINER, finer)
    talk.sync()
    talk.state_conflict("alpha")
    _settle(talk)
    talk.say(
        "bravo",
        Kind.SHOWN,
        Shown(messages=(stated,), officer=msgspec.structs.replace(OFFICER, automaton=True)),
    )
    _trouble(talk)
    _pass_on(talk)
    _calls(talk)
    _converse(talk)
    _end(talk)
    _keys(talk)
    return talk


def _settle(talk: Scene) -> None:
    """Asked, countered, stood by, accepted, carried out; asked again, withdrawn; asked anew, rejected."""
    request = talk.say("bravo", Kind.REQUEST, a_move(Kind.REQUEST, None, scene.AS_FILED))
    talk.sync()
    counter = talk.say("alpha", Kind.CDN, a_move(Kind.CDN, request))
    talk.sync()
    talk.say("bravo", Kind.SBY, a_move(Kind.SBY, counter))
    agreed = talk.say("bravo", Kind.ACP, a_move(Kind.ACP, counter))
    talk.tell("bravo", B1, 2, agreed=agreed, keeps_place=True)
    talk.sync()
    again = talk.say("alpha", Kind.REQUEST, a_move(Kind.REQUEST, agreed, scene.DELAY))
    talk.say("alpha", Kind.CANCEL, a_move(Kind.CANCEL, again))
    talk.sync()
    talk.tell("alpha", A2)
    second = conflict_id(scene.ACCORD_ID, A2, B1)
    talk.say("alpha", Kind.CONFLICT, scene.a_statement(A2, B1, (1, 2)))
    opened = msgspec.structs.replace(a_move(Kind.REQUEST, None), conflict_id=second)
    asked = talk.say("bravo", Kind.REQUEST, opened)
    talk.sync()
    talk.say("alpha", Kind.RJC, msgspec.structs.replace(a_move(Kind.RJC, asked), conflict_id=second))


def _trouble(talk: Scene) -> None:
    """A message taken out by LRM, an emergency, a suspension and its end."""
    wrong = talk.tell("bravo", B2, callsign="TAKEN1")
    talk.hear("alpha")
    number = talk.speakers["bravo"].heads[Lane.ROUTINE].number
    rejection = Rejection(
        lane=Lane.ROUTINE,
        number=number,
        message=wrong,
        code="over-the-cap",
        field="duration_ms",
        clause="caps.duration_ms",
        text="duration_ms would be 2; the accord allows 1",
    )
    talk.say("alpha", Kind.LRM, rejection)
    talk.tell("alpha", A1, 2, state="Contingent", off_nominal_volumes=(scene.a_disc(),))
    talk.say("bravo", Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL))
    talk.say("bravo", Kind.RESUME, Resume())
    talk.sync()
    talk.tell("alpha", A2, 2, state="Ended")


def _pass_on(talk: Scene) -> None:
    """What charlie told alpha goes on to bravo; it ends. What delta told is taken back."""
    told = scene.a_notice(scene.C1, callsign="CHA1", priority=3)
    talk.say("alpha", Kind.PASSED_ON, passing.PassedOn(origin="charlie", notice=told, further=2))
    talk.sync()
    ended = scene.a_notice(scene.C1, 2, state="Ended", trajectory=scene.a_path())
    talk.say("alpha", Kind.PASSED_ON, passing.PassedOn(origin="charlie", notice=ended))
    delta = scene.a_notice(scene.D1, trajectory=None, volumes=(scene.a_disc(),))
    talk.say("bravo", Kind.PASSED_ON, passing.PassedOn(origin="delta", notice=delta, further=1))
    taken_back = msgspec.structs.replace(delta, version=2)
    talk.say("bravo", Kind.PASSED_ON, passing.PassedOn(origin="delta", notice=taken_back, withdrawn=True))
    talk.sync()


PLACE = fields.Where(
    latitude_e9=47_250_000_000,
    longitude_e9=8_250_000_000,
    radius_dmm=18_520_000,
    lower_dmm=0,
    upper_dmm=30_480_000,
    from_ms=scene.START_MS,
    until_ms=scene.START_MS + scene.HOUR_MS,
)
SEEN = fields.Aircraft(
    callsign="TEST1", squawk="7700", address24="4b1234", course_deg=359, ground_speed_kt=420
)


def _calls(talk: Scene) -> None:
    """An emergency that climbs, is taken, read back and closed; help; an alert; whose aircraft is this?"""
    emergency = calls.Emergency(
        nature=calls.Nature.ENDANGERED,
        wanted=calls.Wanted.STOP,
        officer=OFFICER,
        where=PLACE,
        notices=(A1,),
        text="People at the river crossing.",
    )
    called = talk.say("bravo", Kind.EMERGENCY, emergency)
    talk.sync()
    talk.say("alpha", Kind.SHOWN, Shown(messages=(called,), officer=OFFICER, urgent=True))
    escalated = calls.Escalated(answers=called, position="supervisor", after_ms=30_000)
    talk.say("alpha", Kind.ESCALATED, escalated)
    talk.say("alpha", Kind.TAKEN, calls.Taken(answers=called, officer=OFFICER))
    values = (
        calls.ReadValue(name="where", latitude_e9=47_330_000_000, longitude_e9=8_250_000_000),
        calls.ReadValue(name="where.from", time_ms=scene.START_MS),
        calls.ReadValue(name="where.lower", height_dmm=0),
    )
    talk.say("alpha", Kind.READBACK, calls.Readback(answers=called, values=values, officer=OFFICER))
    for name in NAMES:
        talk.say(name, Kind.CLOSE, calls.Close(answers=called, officer=OFFICER))
    talk.sync()
    wanted = calls.Assistance(need=calls.Need.SEARCH, officer=OFFICER, where=PLACE, aircraft=SEEN, persons=2)
    asked = talk.say("alpha", Kind.ASSISTANCE, wanted)
    talk.sync()
    can = calls.Assisting(answers=asked, can=True, officer=OFFICER, from_ms=scene.START_MS)
    talk.say("bravo", Kind.ASSISTING, can)
    alert = calls.Alert(nature=calls.AlertNature.HAZARD, officer=OFFICER, where=PLACE, aircraft=SEEN)
    talk.say("bravo", Kind.ALERT, alert)
    identify = calls.Identify(where=PLACE, seen_ms=scene.START_MS, officer=OFFICER, aircraft=SEEN)
    whose = talk.say("alpha", Kind.IDENTIFY, identify)
    talk.sync()
    ours = calls.Identified(answers=whose, whose=calls.Whose.OURS, officer=OFFICER, notice_id=B1)
    talk.say("bravo", Kind.IDENTIFIED, ours)
    talk.sync()


def _converse(talk: Scene) -> None:
    """Who is on duty; a text; a talk that is proposed, moved and confirmed; its minutes, signed by both."""
    talk.say("alpha", Kind.SHIFT, conversation.Shift(act=conversation.DutyAct.ON, officer=OFFICER))
    next_officer = msgspec.structs.replace(OFFICER, pseudonym="two")
    taken_over = conversation.Shift(
        act=conversation.DutyAct.HANDOVER, officer=next_officer, relieved="one", taken_over=("ab" * 32,)
    )
    talk.say("alpha", Kind.SHIFT, taken_over)
    talk.say("bravo", Kind.TEXT, conversation.FreeText(text="Bonjour, как слышно?", officer=OFFICER))
    agenda = (conversation.Agenda(topic=conversation.Topic.INCIDENT, text="Yesterday, 09:12"),)
    proposed = conversation.Talk(
        talk_id=scene.TALK,
        act=conversation.TalkAct.PROPOSE,
        officer=OFFICER,
        start_ms=scene.START_MS,
        duration_ms=1_800_000,
        agenda=agenda,
    )
    first = talk.say("alpha", Kind.TALK, proposed)
    talk.sync()
    moved = conversation.Talk(
        talk_id=scene.TALK,
        act=conversation.TalkAct.MOVE,
        officer=OFFICER,
        follows=first,
        start_ms=scene.START_MS + scene.HOUR_MS,
    )
    second = talk.say("bravo", Kind.TALK, moved)
    talk.sync()
    confirmed = conversation.Talk(
        talk_id=scene.TALK, act=conversation.TalkAct.CONFIRM, officer=OFFICER, follows=second
    )
    talk.say("alpha", Kind.TALK, confirmed)
    items = (
        conversation.Minute(
            topic=conversation.Topic.PROCEDURES, text="Places are read back.", party="bravo", due_ms=0
        ),
    )
    minutes = conversation.Minutes(talk_id=scene.TALK, items=items, officer=OFFICER)
    written = talk.say("bravo", Kind.MINUTES, minutes)
    talk.sync()
    talk.say("alpha", Kind.MINUTES, msgspec.structs.replace(minutes, agrees=written))
    talk.sync()


def _end(talk: Scene) -> None:
    document = scene.LATER_DOCUMENT.decode()
    for name in NAMES:
        talk.say(name, Kind.IN_FORCE, InForce(version=2, document=document))
        talk.speakers[name].version = 2
    talk.sync()
    talk.say("alpha", Kind.END, End(reason=Reason.INSTRUCTED))
    talk.sync()


def _keys(talk: Scene) -> None:
    """Alpha's key is followed by a second one and taken back; bravo's is lost."""
    talk.change_key("alpha")
    talk.say("alpha", Kind.REVOKE, KeyRevoked(revocation=scene.a_revocation("alpha", "node alpha").decode()))
    talk.change_key("bravo", lost=True)
    talk.sync()


def _closest() -> Closest:
    return Closest(
        latitude_e9=47_250_000_000,
        longitude_e9=8_250_000_000,
        time_ms=scene.START_MS + scene.HOUR_MS + 300_000,
        lateral_dmm=9_260_000,
        vertical_dmm=0,
    )


def messages() -> dict[str, Any]:
    talk = whole_line()
    picture = folded(talk.facts, BY_ACCORD)
    assert {fact.kind for fact in talk.facts} == set(Kind)
    return {
        "about": "One line with every kind of message: docs/spec/line-protocol.md and docs/spec/journal.md.",
        "keys": [
            {
                "name": name,
                "seed": seed * 32,
                "public": scene.KEYS[name].public.hex,
                "id": scene.KEYS[name].id,
            }
            for name, seed in scene.SEEDS.items()
        ],
        "accord": plain(scene.ACCORD),
        "later_accord": scene.LATER_DOCUMENT.decode(),
        "messages": [_message(*it) for it in zip(talk.sealed, talk.payloads, talk.facts, strict=True)],
        "lanes": [
            {"sender": name, "lane": lane.value, "number": head.number, "hash": head.hash, "root": head.root}
            for name, speaker in talk.speakers.items()
            for lane, head in speaker.heads.items()
        ],
        "inventory": list(picture.inventory()),
        "digest": picture.digest(),
    }


def _message(sealed: bytes, payload: Any, fact: Any) -> dict[str, Any]:
    return {
        **fact_as_vector(fact),
        "accord_version": payload.place.accord_version,
        "previous": payload.place.previous,
        "safety_of_life": is_safety_of_life(fact.kind, fact.body),
        "canonical_body": bytes(payload.body).decode(),
        "canonical_payload": encode_payload(payload).decode(),
        "sealed": sealed.decode(),
    }


# Bodies that are answered LRM


def refused() -> dict[str, Any]:
    vectors = []
    for why, kind, lane, body, accord in CASES:
        fault = judged(kind, lane, body, accord)
        assert fault is not None, why
        vectors.append(
            {
                "why": why,
                "kind": kind,
                "lane": lane.value,
                "body": body.decode(),
                "accord": "reticent" if accord is scene.RETICENT else "usual",
                "code": fault.code,
                "field": fault.field,
            }
        )
    return {
        "about": "Signed by alpha, next on its lane, and answered LRM; a KEY is unverifiable (section 20). "
        "`code` is the reference's word.",
        "accords": {"usual": plain(scene.ACCORD), "reticent": plain(scene.RETICENT)},
        "bodies": vectors,
    }


# The dialogue

PATHS: dict[DialogueState, tuple[tuple[str, Kind], ...]] = {
    DialogueState.NOTIFIED: (),
    DialogueState.REQUESTED: (("bravo", Kind.REQUEST),),
    DialogueState.COUNTERED: (("bravo", Kind.REQUEST), ("alpha", Kind.CDN)),
    DialogueState.ACCEPTED: (("bravo", Kind.REQUEST), ("alpha", Kind.ACP)),
    DialogueState.REVISED: (("bravo", Kind.REQUEST), ("alpha", Kind.ACP), ("alpha", Kind.REQUEST)),
    DialogueState.REVISED_COUNTERED: (
        ("bravo", Kind.REQUEST),
        ("alpha", Kind.ACP),
        ("alpha", Kind.REQUEST),
        ("bravo", Kind.CDN),
    ),
    DialogueState.REJECTED: (("bravo", Kind.REQUEST), ("alpha", Kind.RJC)),
    DialogueState.CANCELLED: (("bravo", Kind.REQUEST), ("bravo", Kind.CANCEL)),
}
MOVER = "bravo"


class Talk(Scene):
    """A dialogue about one conflict: each move cites the tip that its sender sees."""

    def tip(self) -> str | None:
        return evaluate(self.facts, MOVER).tip

    def move(self, name: str, kind: Kind, cited: str | None, **changes: Any) -> str:
        return self.say(name, kind, a_move(kind, cited, **changes))

    def go(self, steps: tuple[tuple[str, Kind], ...]) -> None:
        for name, kind in steps:
            self.move(name, kind, self.tip())
            self.sync()


def _in(state: DialogueState) -> Talk:
    talk = Talk()
    talk.go(PATHS[state])
    assert evaluate(talk.facts, MOVER).state is state
    return talk


def _maker(talk: Talk, role: Role) -> str:
    proposer = evaluate(talk.facts, MOVER).proposer or MOVER
    return NAMES[1 - NAMES.index(proposer)] if role is Role.ANSWERER else proposer


def _rows() -> Iterator[tuple[str, Talk]]:
    for (state, role, kind), following in TRANSITIONS.items():
        talk = _in(state)
        talk.move(_maker(talk, role), kind, talk.tip())
        yield f"{state}: {role} says {kind} -> {following}", talk


def _crossings() -> Iterator[tuple[str, Talk]]:
    for state in DialogueState:
        on_the_table = evaluate(_in(state).facts, MOVER).on_the_table
        table = CROSSINGS if on_the_table else CROSSINGS_WITHOUT_PROPOSAL
        first, second = (Role.PROPOSER, Role.ANSWERER) if on_the_table else (Role.EITHER, Role.EITHER)
        leading = "the proposer's" if on_the_table else "the mover's"
        for one, other in table:
            if (state, first, one) in TRANSITIONS and (state, second, other) in TRANSITIONS:
                talk = _in(state)
                tip, leader = talk.tip(), _maker(talk, Role.PROPOSER)
                talk.move(leader, one, tip)
                talk.move(NAMES[1 - NAMES.index(leader)], other, tip)
                yield f"{state}: {leading} {one} crosses the other's {other}", talk


def _special() -> Iterator[tuple[str, Talk]]:
    talk = _in(DialogueState.REQUESTED)
    tip = talk.tip()
    talk.move("bravo", Kind.CANCEL, tip)
    talk.sync()
    talk.move("alpha", Kind.ACP, tip)
    yield "an acceptance by someone who had heard the cancellation is void", talk
    talk = _in(DialogueState.REQUESTED)
    tip = talk.tip()
    talk.move("alpha", Kind.RJC, tip)
    talk.move("alpha", Kind.ACP, tip)
    yield "of two answers by one party to one proposal the first on its lane stands", talk
    talk = _in(DialogueState.REQUESTED)
    tip = talk.tip()
    talk.move("alpha", Kind.SBY, tip, until_ms=1_533_110_000_000)
    talk.move("alpha", Kind.SBY, tip, until_ms=1_533_105_000_000)
    yield "of several stand-bys the latest time stands", talk
    talk.move("alpha", Kind.ACP, tip)
    yield "a stand-by is over with the answer", talk
    talk = _in(DialogueState.REQUESTED)
    talk.move("bravo", Kind.ACP, talk.tip())
    yield "nobody accepts his own proposal", talk
    talk = _in(DialogueState.ACCEPTED)
    talk.move("alpha", Kind.CDN, talk.tip())
    yield "there is nothing to counter after an agreement", talk
    talk = Talk()
    talk.move("alpha", Kind.ACP, None)
    yield "an answer to what was never said waits for it and counts for nothing", talk
    talk = _in(DialogueState.COUNTERED)
    stale = talk.facts[0].hash
    talk.move("alpha", Kind.ACP, stale)
    yield "an answer to a superseded proposal is void", talk
    talk = _in(DialogueState.COUNTERED)
    tip = talk.tip()
    talk.move("bravo", Kind.CDN, tip)
    talk.move("alpha", Kind.CDN, tip)
    talk.hear("alpha")
    talk.go((("alpha", Kind.ACP),))
    yield "counters cross, and the requester's that stands is then accepted", talk


def dialogues() -> dict[str, Any]:
    vectors = []
    for why, talk in itertools.chain(_rows(), _crossings(), _special()):
        result = plain(evaluate(talk.facts, MOVER))
        moves = [{**fact_as_vector(fact), "cites": cites(fact)} for fact in talk.facts]
        vectors.append({"why": why, "mover": MOVER, "moves": moves, "dialogue": result})
    return {
        "about": "Moves in any order, and how the dialogue then stands: section 9.",
        "dialogues": vectors,
    }


# The picture


def _pictures() -> Iterator[tuple[str, Scene, Any]]:
    talk = Scene()
    yield "nothing was said", talk, None
    talk.tell("alpha", A1)
    yield "one notice", talk, None
    talk.tell("alpha", A1, 2, keeps_place=True)
    yield "a revision that keeps its place", talk, None
    talk.tell("alpha", A1, 3)
    yield "a revision that takes a new place", talk, None
    talk.tell("alpha", A1, 3, state="Activated")
    yield "two messages of one version: the earlier on the lane stands", talk, None
    for name, changes in _PAIRS.items():
        yield name, _pair(**changes), None
    yield "who neither had seen: the first named in the accord moves on a tie", _crossed_pair(), None
    yield "who neither had seen: who has given way less often moves", _burdened(), None
    yield "who gave way by a message that was taken out has not given way", _unburdened(), None
    yield (
        "by priority, where the accord says so",
        _pair(first={"priority": 1}, second={"priority": 2}),
        scene.BY_PRIORITY,
    )
    yield from _findings()
    yield from _line_states()


_PAIRS: dict[str, dict[str, Any]] = {
    "the one that stood first stays": {},
    "an off-nominal operation never moves": {"second": {"state": "Nonconforming"}},
    "two off-nominal operations: the one that stood first stays": {
        "first": {"state": "Nonconforming"},
        "second": {"state": "Contingent"},
    },
}


def _pair(first: dict[str, Any] | None = None, second: dict[str, Any] | None = None) -> Scene:
    """Alpha's notice, then bravo's by one who had seen it, and the conflict of both."""
    talk = Scene()
    talk.tell("alpha", A1, **(first or {}))
    talk.sync()
    talk.tell("bravo", B1, **(second or {}))
    talk.sync()
    talk.state_conflict("bravo")
    talk.sync()
    return talk


def _crossed_pair() -> Scene:
    talk = Scene()
    talk.tell("alpha", A1)
    talk.tell("bravo", B1)
    talk.sync()
    talk.state_conflict("alpha")
    return talk


def _burdened() -> Scene:
    """Alpha accepts B2 as filed beside its own A2: a burden. Then A1 and B1 cross, and bravo moves."""
    talk = Scene()
    talk.tell("alpha", A2)
    talk.sync()
    talk.tell("bravo", B2)
    talk.sync()
    second = conflict_id(scene.ACCORD_ID, A2, B2)
    talk.say("bravo", Kind.CONFLICT, scene.a_statement(A2, B2))
    asks = msgspec.structs.replace(
        a_move(Kind.REQUEST, None, msgspec.structs.replace(scene.AS_FILED, notice_id=B2)), conflict_id=second
    )
    request = talk.say("bravo", Kind.REQUEST, asks)
    talk.sync()
    talk.say("alpha", Kind.ACP, msgspec.structs.replace(a_move(Kind.ACP, request), conflict_id=second))
    talk.sync()
    talk.tell("alpha", A1)
    talk.tell("bravo", B1)
    talk.sync()
    talk.state_conflict("alpha")
    return talk


def _unburdened() -> Scene:
    """As before, and then bravo rejects the ACP by which alpha gave way: a tie again."""
    talk = _burdened()
    accept = next(fact for fact in talk.facts if fact.kind is Kind.ACP)
    number = accept.stamp.number
    talk.say(
        "bravo", Kind.LRM, Rejection(lane=Lane.ROUTINE, number=number, message=accept.hash, code="planted")
    )
    return talk


def _findings() -> Iterator[tuple[str, Scene, Any]]:
    talk = _pair()
    talk.state_conflict("alpha", finding=FindingKind.DISSOLVED)
    yield "one of two findings is dissolved: the conflict is held", talk, None
    talk.state_conflict("bravo", finding=FindingKind.DISSOLVED)
    yield "both are dissolved: it is gone", talk, None
    talk = _pair()
    talk.tell("bravo", B1, 2, keeps_place=True)
    yield "a new version of a notice, and nobody has stated the conflict at it: gone", talk, None
    talk.state_conflict("alpha", (1, 2))
    yield "stated again at the new revision: open", talk, None
    talk = _pair()
    talk.tell("alpha", A1, 2, state="Ended")
    yield "one of the two has ended: gone", talk, None
    yield "agreed", _agreed(), None
    talk = _agreed()
    talk.tell("bravo", B1, 2, agreed=talk.facts[-1].hash)
    talk.sync()
    yield "agreed and carried out: a new place, a new dialogue, and no conflict stated", talk, None
    talk = Scene()
    talk.state_conflict("alpha")
    yield "a conflict of notices that were never told is not shown", talk, None


def _agreed() -> Scene:
    talk = _pair()
    request = talk.say("bravo", Kind.REQUEST, a_move(Kind.REQUEST, None))
    talk.sync()
    talk.say("alpha", Kind.ACP, a_move(Kind.ACP, request))
    talk.sync()
    return talk


def _line_states() -> Iterator[tuple[str, Scene, Any]]:
    talk = Scene()
    told = talk.tell("alpha", A1)
    talk.hear("bravo")
    talk.say("bravo", Kind.LRM, Rejection(lane=Lane.ROUTINE, number=1, message=told, code="over-the-cap"))
    yield "an LRM takes the message out", talk, None
    talk = Scene()
    told = talk.tell("alpha", A1)
    talk.say("alpha", Kind.LRM, Rejection(lane=Lane.ROUTINE, number=1, message=told, code="second-thoughts"))
    yield "nobody takes out his own message", talk, None
    talk = Scene()
    for name in NAMES:
        talk.say(name, Kind.SUSPEND, Suspend(reason=Reason.SAFETY))
    yield "both have suspended", talk, None
    talk.say("alpha", Kind.RESUME, Resume())
    yield "one has resumed", talk, None
    talk.say("alpha", Kind.IN_FORCE, InForce(version=2, document=scene.LATER_DOCUMENT.decode()))
    yield "one speaks under version 2 already", talk, None
    talk.say("bravo", Kind.IN_FORCE, InForce(version=2, document=scene.LATER_DOCUMENT.decode()))
    talk.say("bravo", Kind.END, End(reason=Reason.INSTRUCTED))
    yield "both speak under version 2, and the accord is at its end", talk, None
    talk = Scene()
    talk.tell("alpha", A1)
    talk.change_key("alpha")
    yield "alpha's second node key counts above urgent 1 and routine 1", talk, None
    talk.say("bravo", Kind.LRM, Rejection(lane=Lane.URGENT, number=1, message=talk.facts[1].hash, code="no"))
    yield "an LRM does not take a KEY out", talk, None
    talk.say("alpha", Kind.REVOKE, KeyRevoked(revocation=scene.a_revocation("alpha", "node alpha").decode()))
    talk.change_key("bravo", lost=True)
    yield "the first is taken back; bravo's is lost, and its second counts from urgent 1 on", talk, None
    talk = _pair()
    for name in NAMES:
        talk.say(name, Kind.IN_FORCE, InForce(version=2, document=scene.LATER_DOCUMENT.decode()))
    yield "found under version 1 of the accord, and version 2 governs: gone", talk, None
    talk.state_conflict("alpha", accord_version=2)
    yield "found anew under the version that governs: open", talk, None


def pictures() -> dict[str, Any]:
    vectors = []
    for why, talk, accord in _pictures():
        picture = folded(talk.facts, {**BY_ACCORD, 1: accord or scene.ACCORD})
        inventory = plain(list(picture.inventory()))
        lines = b"".join(canonical(line) + b"\n" for line in inventory)
        assert picture.digest() == hashlib.sha256(lines).hexdigest()
        vectors.append(
            {
                "why": why,
                "precedence": (accord or scene.ACCORD).precedence,
                "facts": [fact_as_vector(fact) for fact in talk.facts],
                "inventory": inventory,
                "digest": picture.digest(),
            }
        )
    return {
        "about": "Facts in any order, the inventory that they fold into, and its digest: sections 6 to 14.",
        "accord": ACCORD_HEAD,
        "pictures": vectors,
    }


ACCORD_HEAD = {"id": scene.ACCORD_ID, "parties": list(NAMES), "versions": [1, 2]}


FILES = {
    "messages": messages,
    "bounds": lambda: line_bounds.bounds(whole_line()),
    "refused": refused,
    "dialogue": dialogues,
    "picture": pictures,
    "session": lambda: line_sessions.sessions(whole_line()),
    "keys": line_keys.keys,
}


def text_of(name: str) -> str:
    return json.dumps(FILES[name](), indent=1, ensure_ascii=True) + "\n"


def main() -> None:
    DIRECTORY.mkdir(exist_ok=True)
    for name in FILES:
        (DIRECTORY / f"{name}.json").write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
