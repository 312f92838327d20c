"""For every interleaving exactly the right key counts: against an oracle that writes down, as it seals, what
it seals with.
"""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.coordination.keychain import Certified, KeyChain, reigns_of
from openline.coordination.messages import Check, KeyChanged, Kind, Officer, lane_of
from openline.coordination.picture import LINE_KEY, Picture
from openline.journal.certificate import Certificate, seal_certificate
from openline.journal.entry import Lane
from openline.journal.keys import SigningKey
from vectors import line_scene as scene

OFFICER = Officer(position="watch", pseudonym="one", automaton=True)
KEYS = [SigningKey.from_seed(bytes([200 + number]) * 32) for number in range(6)]
CHANCE = st.integers(0, 2**32).map(random.Random)


def a_certificate(key: SigningKey) -> bytes:
    times = {"valid_from_ms": 0, "valid_until_ms": 10**14}
    word = Certificate(party="alpha", node_key=key.public.hex, **times)
    return seal_certificate(word, scene.KEYS["party alpha"])


class Sealer:
    """One party that talks and changes its key; ``sealed_with`` is the truth."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.talk = scene.Scene()
        self.current = 0
        self.sealed_with: dict[tuple[Lane, int], str] = {}

    def step(self) -> None:
        act = self.chance.choice((self._routine, self._urgent, self._urgent, self._change))
        act()

    def _say(self, kind: Kind, body: Any, key: SigningKey) -> None:
        lane = lane_of(kind, body)
        self.talk.say("alpha", kind, body)
        self.sealed_with[lane, self.talk.speakers["alpha"].heads[lane].number] = key.id

    def _routine(self) -> None:
        number = self.talk.speakers["alpha"].heads[Lane.ROUTINE].number
        self._say(Kind.NOTICE, scene.a_notice(scene.A1, number + 1), KEYS[self.current])

    def _urgent(self) -> None:
        self._say(Kind.CHECK, Check(officer=OFFICER), KEYS[self.current])

    def _change(self) -> None:
        if self.current + 1 == len(KEYS):
            return
        before, self.current = KEYS[self.current], self.current + 1
        lost = self.chance.random() < 0.3
        body = KeyChanged(certificate=a_certificate(KEYS[self.current]).decode(), lost=lost)
        self._say(Kind.KEY, body, KEYS[self.current] if lost else before)


BASE = Certified.of(a_certificate(KEYS[0]))


@settings(max_examples=150, deadline=None)
@given(CHANCE, st.integers(1, 40))
def test_every_number_of_both_lanes_has_exactly_the_key_that_sealed_it(
    chance: random.Random, steps: int
) -> None:
    sealer = Sealer(chance)
    for _ in range(steps):
        sealer.step()
    for _ in range(4):
        facts = chance.sample(sealer.talk.facts, len(sealer.talk.facts))
        picture = Picture({1: scene.ACCORD}, 1)
        for fact in facts:
            picture.apply(fact)
        chain = KeyChain([BASE], picture.line.reigns["alpha"])
        for (lane, number), key_id in sealer.sealed_with.items():
            assert set(chain.at(lane, number)) == {key_id}
        assert set(chain.current) == {KEYS[sealer.current].id}
        for lane in Lane:
            head = sealer.talk.speakers["alpha"].heads[lane].number
            assert set(chain.at(lane, head + 1)) == {KEYS[sealer.current].id}


@settings(max_examples=30, deadline=None)
@given(CHANCE)
def test_all_interleavings_of_a_short_talk_give_one_chain(chance: random.Random) -> None:
    sealer = Sealer(chance)
    while len(sealer.talk.facts) < 5:
        sealer.step()
    digests = set()
    for order in itertools.permutations(sealer.talk.facts):
        picture = Picture({1: scene.ACCORD}, 1)
        for fact in order:
            picture.apply(fact)
        digests.add(picture.digest())
    assert len(digests) == 1


def test_what_a_picture_keeps_of_keys_comes_back_from_the_store() -> None:
    sealer = Sealer(random.Random(3))
    for _ in range(30):
        sealer.step()
    picture = Picture({1: scene.ACCORD}, 1)
    for fact in sealer.talk.facts:
        picture.apply(fact)
    again = Picture({1: scene.ACCORD}, 1)
    again.load(*LINE_KEY, picture.row(LINE_KEY)[2])
    again.derive_all()
    assert again.line == picture.line
    assert len(again.line.reigns["alpha"]) == sealer.current > 1


@pytest.mark.parametrize("lane", list(Lane))
def test_before_any_key_the_accords_keys_count_everywhere(lane: Lane) -> None:
    chain = KeyChain([BASE], reigns_of([]))
    assert set(chain.at(lane, 1)) == set(chain.at(lane, 10**9)) == {KEYS[0].id}
    assert not chain.goes_on
