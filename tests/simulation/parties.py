"""Whole nodes of several parties in one process, with a line wherever two of them agreed on one; every byte
that leaves a node is kept.
"""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from openline.accord.clauses import Party as PartyTerms
from openline.accord.document import Bundle
from openline.accord.terms import Accord, draft
from openline.coordination.passed_view import Passed
from openline.errors import OpenlineError
from openline.link.batch import decode_answer, encode_answer, encode_batch
from openline.link.https import problem_response
from openline.node.node import Node
from openline.simulation.chances import uuid_from
from openline.simulation.founding import signed
from simulation.war_room import NOW_MS, YEAR_MS, Party

Pair = tuple[str, str]


class Sent(msgspec.Struct, frozen=True):
    """One HTTP body as it left a node, question or answer."""

    sender: str
    receiver: str
    accord_id: str
    body: bytes


class Parties:
    """lines: by the two parties of a line, in ascending order, what its accord says beside the usual."""

    def __init__(self, lines: Mapping[Pair, Mapping[str, Any]], seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.now_ms = NOW_MS
        self.parties = {
            name: Party(name, self.chance) for name in sorted({it for pair in lines for it in pair})
        }
        self.accords: dict[Pair, Accord] = {}
        self.sent: list[Sent] = []
        for pair, terms in lines.items():
            self.open_line(pair, **terms)

    def __getitem__(self, name: str) -> Node:
        return self.parties[name].node

    def id(self) -> str:
        return uuid_from(self.chance)

    # Accords

    def open_line(self, pair: Pair, **terms: Any) -> None:
        """Its first version, countersigned and installed on both sides."""
        first, second = (
            PartyTerms(name, name.title(), self.parties[name].party_key.public.hex) for name in pair
        )
        wide = {
            "minimum_notice_ms": 0,
            "exercise": True,
            "valid_from_ms": NOW_MS - YEAR_MS,
            "valid_until_ms": NOW_MS + YEAR_MS,
        }
        self.install(pair, draft(self.id(), first, second, **{**wide, **terms}))

    def revise(self, pair: Pair, **terms: Any) -> None:
        """The next version, installed on both sides; it takes effect as each says IN_FORCE."""
        newest = self.accords[pair]
        self.install(pair, msgspec.structs.replace(newest, version=newest.version + 1, **terms))

    def install(self, pair: Pair, accord: Accord) -> None:
        self.accords[pair] = accord
        bundle = self.signed(pair, accord)
        for name in pair:
            self[name].install_accord(bundle.data, self.now_ms)

    def signed(self, pair: Pair, accord: Accord) -> Bundle:
        return signed(accord, {name: self.parties[name] for name in pair}, self.now_ms)

    def accord_id(self, one: str, other: str) -> str:
        return self.accords[min(one, other), max(one, other)].id

    # The wire

    def post(self, sender: str, receiver: str, items: list[bytes]) -> None:
        """One exchange as the link does it: a batch there, the answer back, until nothing more is called
        for.
        """
        accord_id = self.accord_id(sender, receiver)
        while items:
            self.sent.append(Sent(sender, receiver, accord_id, encode_batch(items)))
            answer = self._answer(receiver, accord_id, items)
            self.sent.append(Sent(receiver, sender, accord_id, answer))
            back = list(decode_answer(answer).items)
            items = list(self[sender].receive(accord_id, back, self.now_ms).answers) if back else []

    def _answer(self, receiver: str, accord_id: str, items: list[bytes]) -> bytes:
        try:
            heard = self[receiver].receive(accord_id, items, self.now_ms)
        except OpenlineError as fault:
            return bytes(problem_response(fault).body) + b"\n"
        return encode_answer(heard.answers, heard.problems)

    def both_ways(self) -> Iterator[Pair]:
        for one, other in self.accords:
            yield one, other
            yield other, one

    def exchange(self, rounds: int = 60) -> None:
        """Ticks and exchanges on all lines until every node is quiet."""
        for sender, receiver in self.both_ways():
            self.post(sender, receiver, self[sender].opening(self.accord_id(sender, receiver), self.now_ms))
        for _ in range(rounds):
            for name in self.parties:
                self[name].tick(self.now_ms)
            if not [pair for pair in self.both_ways() if self.send(*pair)]:
                return
        raise AssertionError("the lines do not come to rest")

    def send(self, sender: str, receiver: str, limit: int = 64) -> bool:
        batch = self[sender].outbound(self.accord_id(sender, receiver), limit)
        self.post(sender, receiver, batch)
        return bool(batch)

    # What stands

    def passed(self, name: str, partner: str) -> list[Passed]:
        """What stands on this line as passed on by either, as ``name`` holds it."""
        with self[name].looking() as (_, desks, _own):
            ones = desks[self.accord_id(name, partner)].line.picture.passed
            return sorted(ones.all(), key=lambda it: it.first_told_ms)

    def inventory(self, name: str, partner: str) -> list[list[str | int]]:
        with self[name].looking() as (_, desks, _own):
            return list(desks[self.accord_id(name, partner)].line.picture.inventory())

    def alarms(self, name: str) -> list[tuple[str, str]]:
        with self[name].looking() as (tx, _desks, _own):
            return [(alarm.kind, alarm.text) for alarm in tx.alarms()]

    def assert_pictures_equal(self) -> None:
        for one, other in self.accords:
            assert self.inventory(one, other) == self.inventory(other, one)
