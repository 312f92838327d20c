"""Calls, talks, manned seats, and what was put before whom: the part of the picture that people speak into.

Derived from facts, an entity at a time, whatever the order in which they came.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from openline.coordination.call_view import CALLS, CallView, call_view_of, cited_call
from openline.coordination.calls import Escalated, Readback
from openline.coordination.conversation import Minutes, Shift, Talk
from openline.coordination.dialogue import MOVES
from openline.coordination.duty import manned_by, position_key
from openline.coordination.fact import Fact
from openline.coordination.fields import Officer
from openline.coordination.messages import Kind, Shown
from openline.coordination.readback import ReadbackView, readback_view_of
from openline.coordination.stamp import knew
from openline.coordination.talk_view import TalkView, talk_view_of

V = TypeVar("V")


WAIT_FOR_PEOPLE = frozenset({*CALLS, *MOVES, Kind.CHECK, Kind.TALK, Kind.MINUTES})
"""What is to be put before a person: of these the picture knows at which positions that was done."""

MAX_SHOWN_EARLY = 10_000
"""Messages that are not here and were shown all the same, as to a node back from a backup. SHOWN of further
ones passes by.
"""

HasPassed = Callable[[str], bool]
"""Whether a message is in the journal that passes by, by its hash: given by whoever reads the store."""

MAX_POSITIONS = 64
"""Positions at which one message is known to have been shown. Further ones stand in the journal."""


class Spoken(StrEnum):
    """The sorts of entity that this part of the picture is made of."""

    CALL = "call"
    READBACK = "readback"
    TALK = "talk"
    DUTY = "duty"


def spoken_key(fact: Fact) -> tuple[Spoken, str] | None:
    """The entity that a fact belongs to; None where it is none of these."""
    body = fact.body
    found = _SPOKEN.get(type(body))
    if found is not None:
        sort, name = found
        return sort, str(getattr(body, name))
    if isinstance(body, Shift):
        return Spoken.DUTY, position_key(fact)
    call = fact.hash if fact.kind in CALLS else cited_call(body)
    return (Spoken.CALL, call) if call else None


_SPOKEN: dict[type[msgspec.Struct], tuple[Spoken, str]] = {
    Readback: (Spoken.READBACK, "answers"),
    Talk: (Spoken.TALK, "talk_id"),
    Minutes: (Spoken.TALK, "talk_id"),
}


def _put(views: dict[str, V], name: str, view: V | None) -> None:
    views.pop(name, None)
    if view is not None:
        views[name] = view


class Conversed:
    """What stands of it. ``derive`` is the only way in."""

    def __init__(self, names: Sequence[str], find: Callable[[str], Fact | None]) -> None:
        """names: of the parties, as the accord has them. find: a message of the picture by its hash.
        has_passed: of one that is in the journal and not in the picture.
        """
        self._names = names
        self._find = find
        self.has_passed: HasPassed = lambda message_hash: False
        self._calls: dict[str, CallView] = {}
        self._talks: dict[str, TalkView] = {}
        self._readbacks: dict[str, tuple[Fact, ReadbackView]] = {}  # by what was read back
        self._seats: dict[str, Officer | None] = {}  # by party/position
        self._shown: dict[str, dict[str, str]] = {}  # by message: by SHOWN, the position
        self._shown_early: dict[str, list[Fact]] = {}  # by a message that is not here

    def derive(self, sort: str, name: str, facts: list[Fact]) -> None:
        """facts: all there are of this entity; none where the last was taken out."""
        if sort == Spoken.CALL:
            _put(self._calls, name, call_view_of(facts))
        elif sort == Spoken.TALK:
            _put(self._talks, name, talk_view_of(name, facts, self._names) if facts else None)
        elif sort == Spoken.READBACK:
            cited = self._find(name)
            compared = readback_view_of(cited, facts) if cited else None
            _put(self._readbacks, name, (cited, compared) if cited and compared else None)
        elif sort == Spoken.DUTY:
            self._seats.pop(name, None)
            if facts:
                self._seats[name] = manned_by(facts)

    def note_shown(self, fact: Fact) -> None:
        """By a person: what only an automaton has rendered was shown to nobody."""
        if isinstance(fact.body, Shown) and not fact.body.officer.automaton:
            for cited in fact.body.messages:
                if self._may_come(cited):
                    self._shown_early.setdefault(cited, []).append(fact)
                elif self._waits_for_people(cited):
                    self._shown.setdefault(cited, {})[fact.hash] = fact.body.officer.position

    def note_here(self, fact: Fact) -> None:
        """A message has come of which SHOWN may be here already, unless it was rejected since."""
        for shown in self._shown_early.pop(fact.hash, ()):
            if self._find(shown.hash) is not None:
                self.note_shown(shown)

    def note_passed(self, message_hash: str) -> None:
        """A message has come that waits for nobody: who was shown it before is of no interest any more."""
        self._shown_early.pop(message_hash, None)

    def _may_come(self, cited: str) -> bool:
        """It is not here yet. Of what nobody ever says, only so much is waited for."""
        if self._find(cited) is not None or self.has_passed(cited):
            return False
        return cited in self._shown_early or len(self._shown_early) < MAX_SHOWN_EARLY

    def is_first_shown(self, fact: Fact) -> bool:
        """Whether a SHOWN is the first of its position for anything that waits for people, as its sender said
        them: one lane overtakes the other. To a node back from a backup its own SHOWN comes back before what
        it is about: it is kept, too. Any other changes nothing here, and the journal has it.
        """
        body = fact.body
        if not isinstance(body, Shown) or body.officer.automaton:
            return False
        position = body.officer.position
        return any(
            self._may_come(cited)
            or (self._waits_for_people(cited) and self._is_first_at(cited, position, fact))
            for cited in body.messages
        )

    def _is_first_at(self, message_hash: str, position: str, fact: Fact) -> bool:
        known = self._shown.get(message_hash, {})
        there = [self._find(shown) for shown, at in known.items() if at == position]
        if not there:
            return len(set(known.values())) < MAX_POSITIONS
        return all(it is None or knew(it.stamp, fact.stamp) for it in there)

    def _waits_for_people(self, message_hash: str) -> bool:
        cited = self._find(message_hash)
        return cited is not None and cited.kind in WAIT_FOR_PEOPLE

    def forget_shown(self, fact: Fact) -> None:
        if isinstance(fact.body, Shown):
            for message_hash in fact.body.messages:
                self._shown.get(message_hash, {}).pop(fact.hash, None)

    # What can be read

    def call(self, message_hash: str) -> CallView | None:
        return self._calls.get(message_hash)

    def calls(self) -> Iterator[CallView]:
        return iter(self._calls.values())

    def talk(self, talk_id: str) -> TalkView | None:
        return self._talks.get(talk_id)

    def talks(self) -> Iterator[TalkView]:
        return iter(self._talks.values())

    def readback(self, message_hash: str) -> ReadbackView | None:
        """How the last readback of a message compares with it; None where there is none."""
        found = self._readbacks.get(message_hash)
        return found[1] if found else None

    def readbacks(self) -> Iterator[tuple[Fact, ReadbackView]]:
        """Each message that was read back, with how that compares."""
        return iter(self._readbacks.values())

    def on_duty(self, party: str) -> dict[str, Officer]:
        """The party's manned positions, as it has told them."""
        mine = {
            seat.partition("/")[2]: it for seat, it in self._seats.items() if seat.startswith(f"{party}/")
        }
        return {position: officer for position, officer in sorted(mine.items()) if officer is not None}

    def shown_at(self, message_hash: str) -> frozenset[str]:
        """The positions at which it was put before a person."""
        return frozenset(self._shown.get(message_hash, {}).values())

    def inventory(self) -> Iterator[list[str | int]]:
        """One line an entity that both sides must agree on, as Picture.inventory."""
        for message_hash in sorted(self._calls):
            call = self._calls[message_hash]
            called = sorted({it.body.position for it in call.escalated if isinstance(it.body, Escalated)})
            closed = " ".join(call.closed_by)
            yield ["call", message_hash, call.kind.value, call.state.value, closed, " ".join(called)]
        for talk_id in sorted(self._talks):
            talk = self._talks[talk_id]
            tip = talk.tip.hash if talk.tip else ""
            yield ["talk", talk_id, talk.state.value, tip, talk.minutes_state.value]
        for seat in sorted(self._seats):
            officer = self._seats[seat]
            yield ["duty", seat, officer.pseudonym if officer else ""]
