"""Two automatons in the duty officers' seats, marked as such. They know what the console tells them, no more.

Their choices come from the seed, the flights' callsigns and how often they have looked at the conflict, so
one seed tells one story. Whatever they propose has been proved free of conflict by their own node.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from openline.airspace.change import Change, apply
from openline.airspace.operation import Operation
from openline.coordination.dialogue import DialogueState
from openline.coordination.messages import Kind, Reason
from openline.demo.centre import Centre, Json
from openline.demo.conductor import Conductor
from openline.demo.founding import PARTY_NAMES
from openline.errors import OpenlineError, Refused

Act = Callable[[], None]
"""What an officer has decided to do: the requests to its node that are still to be made."""

STAND_BY_MS: Final = 2 * 60_000
MAX_TURNS: Final = 12
"""How often both officers look at their conflicts before the clock moves on; what is open then is looked at
again at the next step."""

_ANSWERS: Final = {Kind.CDN: 60, Kind.ACP: 14, Kind.RJC: 14, Kind.SBY: 12}
"""How often, of 100, the one who is asked answers a request as filed in which way."""
_ANSWERS_TO_COUNTER: Final = {Kind.ACP: 76, Kind.CDN: 12, Kind.RJC: 12}
_REASONS: Final = (Reason.TRAFFIC, Reason.WORKLOAD, Reason.CONSTRAINT)
_OVERTAKEN: Final = frozenset({"conflict-gone", "superseded", "not-your-move", "operation-ended"})
"""What an earlier move of the same turn may have done to a conflict further down the list."""


class Officer:
    """The automaton of one side. moves: how often it has said what."""

    def __init__(self, centre: Centre, conductor: Conductor, seed: int) -> None:
        self.moves: Counter[str] = Counter()
        self.pseudonym = f"automaton-{PARTY_NAMES[centre.side]}"
        self._centre = centre
        self._party = PARTY_NAMES[centre.side]
        self._conductor = conductor
        self._seed = seed
        self._looks: Counter[str] = Counter()

    def check_line(self) -> None:
        """Ask the partner for a line check, or answer the one that it has asked for."""
        self._centre.check_line(self.pseudonym)
        self.moves["CHECK"] += 1

    def decide(self) -> list[Act]:
        """Look once at every open conflict, and decide what to do where something is asked of us.

        Nothing is done yet: both officers decide on the same picture, so that neither is the faster.
        """
        conflicts = [one for one in self._centre.conflicts("open") if self._is_ours_to_act(one)]
        tips = sorted({one["dialogue"]["tip"] for one in conflicts if one["dialogue"]["tip"]})
        acts = [partial(self._show, tips)] if tips else []
        return acts + [self._decided(one) for one in sorted(conflicts, key=_in_order)]

    def act(self, decided: Sequence[Act]) -> None:
        """Do it. What an earlier act, or the partner's, has overtaken is left."""
        for one in decided:
            try:
                one()
            except Refused as fault:
                if fault.code not in _OVERTAKEN:
                    raise

    def _show(self, tips: list[str]) -> None:
        self._centre.show(tips, self.pseudonym)
        self.moves["SHOWN"] += 1

    def _is_ours_to_act(self, conflict: Json) -> bool:
        return Kind.ACP in conflict["your_moves"] or self._must_find_a_way(conflict)

    def _must_find_a_way(self, conflict: Json) -> bool:
        closed = conflict["dialogue"]["state"] in (DialogueState.REJECTED, DialogueState.CANCELLED)
        return closed and conflict["mover"] == self._party

    def _decided(self, conflict: Json) -> Act:
        if self._must_find_a_way(conflict):
            return self._find_a_way(conflict)
        if self._ours(conflict)["notice_id"] == conflict["dialogue"]["proposal"]["notice_id"]:
            return self._answer_about_ours(conflict)
        return self._answer_about_theirs(conflict)

    # Asked: may their operation fly so?

    def _answer_about_theirs(self, conflict: Json) -> Act:
        chance = self._chance(conflict)
        if not conflict["dialogue"]["proposal"]["as_filed"]:
            return self._move(conflict, Kind.ACP)  # their own way out, which their node has proved
        answers = dict(_ANSWERS)
        if conflict["dialogue"]["standby_until_ms"]:
            del answers[Kind.SBY]  # who has asked for time answers
        match _pick(chance, answers):
            case Kind.ACP:
                return self._keep_clear(conflict, chance)
            case Kind.CDN:
                return self._offer(conflict, _other(conflict, self._party), chance)
            case Kind.SBY:
                return self._move(conflict, Kind.SBY, until_ms=self._conductor.now_ms + STAND_BY_MS)
            case _:
                return self._move(conflict, Kind.RJC, reason=chance.choice(_REASONS))

    def _keep_clear(self, conflict: Json, chance: random.Random) -> Act:
        """Accept as filed, and move our own operation, if there is where to."""
        ours = self._ours(conflict)
        ways = self._centre.alternatives(conflict, ours["notice_id"])
        if not ways:
            return self._offer(conflict, _other(conflict, self._party), chance)
        accept = self._move(conflict, Kind.ACP)

        def keep_clear() -> None:
            accept()
            self._revise(ours["operation_id"], ways)

        return keep_clear

    def _offer(self, conflict: Json, whose: Json, chance: random.Random) -> Act:
        """Counter with one of the two cheapest ways for that operation; if there is none, traffic forbids."""
        ways = self._centre.alternatives(conflict, whose["notice_id"])
        if not ways:
            return self._move(conflict, Kind.RJC, reason=Reason.TRAFFIC)
        way = chance.choice(ways[:2])
        change = {"delay_ms": way["delay_ms"], "climb_dmm": way["climb_dmm"]}
        return self._move(conflict, Kind.CDN, proposal={"notice_id": whose["notice_id"], **change})

    # Offered: would our operation fly so?

    def _answer_about_ours(self, conflict: Json) -> Act:
        chance = self._chance(conflict)
        answer = _pick(chance, _ANSWERS_TO_COUNTER)
        if answer is Kind.CDN and self._looks[conflict["conflict_id"]] == 1:
            return self._offer(conflict, self._ours(conflict), chance)
        if answer is Kind.RJC:
            return self._move(conflict, Kind.RJC, reason=chance.choice(_REASONS))
        return partial(self._accept_or_reject, conflict)

    def _accept_or_reject(self, conflict: Json) -> None:
        """What was free when it was offered may be taken by now: the node then refuses to promise it."""
        try:
            self._move(conflict, Kind.ACP)()
        except Refused as fault:
            if fault.code != "would-break-agreed":
                raise
            self._move(conflict, Kind.RJC, reason=Reason.TRAFFIC)()

    # Rejected: our operation must move all the same

    def _find_a_way(self, conflict: Json) -> Act:
        """Move by ourselves; where there is no way within the limits, the flight does not take place."""
        operation_id = self._ours(conflict)["operation_id"]
        ways = self._centre.alternatives(conflict, self._ours(conflict)["notice_id"])

        def find_a_way() -> None:
            if not self._revise(operation_id, ways):
                self._centre.end(operation_id)

        return find_a_way

    def _revise(self, operation_id: str, ways: Sequence[Json]) -> bool:
        """File our operation anew, moved by the first way that the node takes."""
        standing = self._centre.operation(operation_id)
        return any(self._refile(standing, way) for way in ways)

    def _refile(self, standing: Operation, way: Json) -> bool:
        change = Change(delay_ms=way["delay_ms"], climb_dmm=way["climb_dmm"])
        if change.is_none:  # it is free already, by what was settled since
            return True
        try:
            (filed,) = self._centre.file([apply(standing, change)])
        except OpenlineError:
            return False
        return "error" not in filed

    # Small things

    def _move(self, conflict: Json, kind: Kind, **more: Any) -> Act:
        def move() -> None:
            self._centre.move(conflict, kind.value, **more)
            self.moves[kind.value] += 1

        return move

    def _ours(self, conflict: Json) -> Json:
        return _of(conflict, self._party)

    def _chance(self, conflict: Json) -> random.Random:
        """The same whatever ids the nodes have drawn."""
        self._looks[conflict["conflict_id"]] += 1
        looks = self._looks[conflict["conflict_id"]]
        return random.Random(f"{self._seed} {self._party} {_in_order(conflict)} {looks}")


def settle(officers: Mapping[str, Officer], conductor: Conductor) -> None:
    """Let the officers answer each other until no conflict is open, or the turns are over."""
    for _ in range(MAX_TURNS):
        if not conductor.open_conflicts:
            return
        _take_turn(officers, conductor)
        conductor.rest()


def _take_turn(officers: Mapping[str, Officer], conductor: Conductor) -> None:
    decided = conductor.both(lambda centre: officers[centre.side].decide())
    conductor.both(lambda centre: officers[centre.side].act(decided[centre.side]))


def _of(conflict: Json, party: str) -> Json:
    told: Json = conflict["first"] if conflict["first"]["party"] == party else conflict["second"]
    return told


def _other(conflict: Json, party: str) -> Json:
    told: Json = conflict["second"] if conflict["first"]["party"] == party else conflict["first"]
    return told


def _in_order(conflict: Json) -> tuple[int, str, str]:
    """An order in which no id has a part: one seed gives one story, and ids are drawn anew each time."""
    first, second = sorted(str(_of(conflict, party)["callsign"]) for party in PARTY_NAMES.values())
    return conflict["start_ms"], first, second


def _pick(chance: random.Random, weights: dict[Kind, int]) -> Kind:
    return chance.choices(list(weights), list(weights.values()))[0]
