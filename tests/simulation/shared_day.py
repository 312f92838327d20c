"""A day of four centres under a seed: filings, conflicts and their dialogues, emergencies, line checks,
suspensions, new terms, restarts; and everything that stands for any of it.
"""

from collections.abc import Callable
from contextlib import suppress

import msgspec

from openline.accord.clauses import Disclosure
from openline.airspace.operation import Operation, State
from openline.coordination.calls import Emergency, Nature, Wanted
from openline.coordination.conversation import FreeText
from openline.coordination.dialogue import permits
from openline.coordination.fields import Officer, Where
from openline.coordination.messages import Kind, Proposal, Reason, Resume, Suspend
from openline.errors import OpenlineError
from openline.node.officer import MOVES, Move
from openline.units import e9_from_degrees
from simulation.overheard import Secret, known_on
from simulation.parties import Pair, Parties
from simulation.war_room import flight

AB, BC, AD = ("alpha", "bravo"), ("bravo", "charlie"), ("alpha", "delta")
TYPES = {"alpha": "A320", "bravo": "B738", "charlie": "C172", "delta": "DH8D"}


def told(*fields: str) -> Disclosure:
    return Disclosure(fields=fields)


LINES = {
    # alpha and delta share, and so do alpha and bravo: of alpha's and delta's charlie learns nothing.
    AB: {
        "pass_on": {"alpha": False, "bravo": True},
        "disclosure": {"alpha": told("callsign"), "bravo": told("callsign")},
    },
    BC: {"pass_on": {"bravo": True, "charlie": True}},
    AD: {
        "pass_on": {"alpha": True, "delta": False},
        "disclosure": {"alpha": told("aircraft_type", "callsign"), "delta": told()},
    },
}


class Day:
    """secrets: what was filed and said so far. flown: by party, the callsigns of what it has filed, by id."""

    def __init__(self, seed: int) -> None:
        self.room = Parties(LINES, seed)
        self.chance = self.room.chance
        self.secrets: list[Secret] = []
        self.flown: dict[str, dict[str, str]] = {name: {} for name in self.room.parties}
        self.agreed = 0

    def run(self, steps: int) -> None:
        acts: tuple[Callable[[str], None], ...] = (
            *(self.file, self.file, self.revise, self.bring, self.talk, self.talk, self.talk),
            *(self.call, self.check, self.rest, self.restart, self.tick),
        )
        self._begin()
        for _ in range(steps):
            name = self.chance.choice(sorted(self.room.parties))
            with suppress(OpenlineError):  # what the accord or the dialogue forbids
                self.chance.choice(acts)(name)
            for pair in self.room.both_ways():
                if self.chance.random() < 0.25:
                    self.carry(*pair)
            self.room.now_ms += self.chance.randrange(0, 5_000)

    def _begin(self) -> None:
        """Everybody files and calls, so that there is something of everybody's to be kept."""
        for name in sorted(self.room.parties):
            for act in (self.file, self.file, self.call):
                act(name)
        self.room.exchange()
        self._agree()
        for kind, body in ((Kind.SUSPEND, Suspend(reason=Reason.SAFETY)), (Kind.RESUME, Resume())):
            self.room["charlie"].say(self.room.accord_id(*BC), kind, body, self.room.now_ms)
            self.file("alpha")

    def _agree(self) -> None:
        """An agreement of alpha and bravo moves a flight of alpha's, which delta knows as well."""
        crossing = {
            "alpha": [(56.0125, 17.0125, 350, 60.01), (57.0125, 18.0125, 350, 75.03)],
            "bravo": [(57.0375, 17.0375, 350, 60.05), (56.0375, 18.0375, 350, 75.07)],
        }
        for name, path in crossing.items():
            self._fly(name, self.room.id(), f"{name[:3].upper()}99", path)
            self.room.exchange()
        with self.room["alpha"].looking() as (_, desks, _own):
            views = desks[self.room.accord_id(*AB)].line.picture.conflicts()
            view = next(
                it
                for it in views
                if {"ALP99", "BRA99"} == {it.first.notice.callsign, it.second.notice.callsign}
            )
        higher = Proposal(notice_id=view.of("alpha").notice_id, climb_dmm=60_960_000)
        for name, move in (("alpha", Move(kind=Kind.CDN, proposal=higher)), ("bravo", Move(kind=Kind.ACP))):
            self.room[name].move(self.room.accord_id(*AB), view.conflict_id, move, self.room.now_ms)
            self.room.exchange()

    def carry(self, sender: str, receiver: str) -> None:
        """HEADS now and then, and a few messages; what is lost comes again."""
        accord_id = self.room.accord_id(sender, receiver)
        if self.chance.random() < 0.3:
            self.room.post(sender, receiver, [self.room[sender].heads(accord_id, self.room.now_ms)])
        if self.chance.random() < 0.8:
            self.room.send(sender, receiver, self.chance.randrange(1, 8))

    def heal(self) -> None:
        """Everybody resumes, and all that was said arrives."""
        for name, partner in self.room.both_ways():
            if self._has_suspended(name, partner):
                accord_id = self.room.accord_id(name, partner)
                self.room[name].say(accord_id, Kind.RESUME, Resume(), self.room.now_ms)
        for _ in range(3):
            self.room.now_ms += 1_000
            self.room.exchange()

    # What happens

    def file(self, name: str) -> None:
        self._file(name, self.room.id(), f"{name[:3].upper()}{len(self.flown[name]) + 100}")

    def revise(self, name: str) -> None:
        if self.flown[name]:
            identifier = self.chance.choice(sorted(self.flown[name]))
            self._file(name, identifier, self.flown[name][identifier])

    def _file(self, name: str, identifier: str, callsign: str) -> None:
        base = self.chance.choice(([46.0, 7.0, 47.0, 8.0], [47.0, 7.0, 46.0, 8.0]))
        a, b, c, d = (it + self.chance.uniform(-0.3, 0.3) for it in base)
        level, begin = self.chance.choice((350, 350, 370)), 60 + self.chance.uniform(0, 10)
        self._fly(name, identifier, callsign, [(a, b, level, begin), (c, d, level, begin + 15)])

    def _fly(
        self, name: str, identifier: str, callsign: str, points: list[tuple[float, float, int, float]]
    ) -> None:
        path = flight(identifier, points, callsign=callsign)
        operation = msgspec.structs.replace(
            path, aircraft_type=TYPES[name], priority=self.chance.randrange(3)
        )
        self.room[name].file(operation, self.room.now_ms)
        self.flown[name][identifier] = callsign
        self._keep(name, operation)

    def _keep(self, name: str, operation: Operation) -> None:
        assert operation.trajectory is not None
        places = [point.position for point in operation.trajectory.points]
        numbers = [
            e9_from_degrees(it) for place in places for it in (place.latitude_deg, place.longitude_deg)
        ]
        numbers += [point.time_ms for point in operation.trajectory.points]
        lines = frozenset(line for line in LINES if name in known_on(self.room, line))
        plain = tuple(str(it) for place in places for it in (place.latitude_deg, place.longitude_deg))
        self.secrets.append(
            Secret(f"{name}'s operation", (operation.callsign or "", *plain), tuple(numbers), lines)
        )
        self.secrets.append(Secret(f"{name}'s own id", (operation.id,), (), frozenset()))
        self.secrets.append(Secret(f"{name}'s type", (TYPES[name],), (), lines))

    def bring(self, name: str) -> None:
        if self.flown[name]:
            states = (State.ACTIVATED, State.NONCONFORMING, State.ACTIVATED, State.ENDED)
            identifier = self.chance.choice(sorted(self.flown[name]))
            self.room[name].transit(identifier, self.chance.choice(states), self.room.now_ms)

    def talk(self, name: str) -> None:
        for partner in self._partners(name):
            accord_id = self.room.accord_id(name, partner)
            with self.room[name].looking() as (_, desks, _own):
                views = [view for view in desks[accord_id].line.picture.conflicts() if view.held]
            moves = [(it, kind) for it in views for kind in MOVES if permits(it.dialogue, name, kind)]
            if moves:
                view, kind = self.chance.choice(sorted(moves, key=lambda it: (it[0].conflict_id, it[1])))
                changed = Proposal(
                    notice_id=view.of(self.chance.choice((name, partner))).notice_id,
                    climb_dmm=self.chance.choice((0, 6_096_000)),
                )
                until_ms = self.room.now_ms + 60_000
                self.room[name].move(
                    accord_id,
                    view.conflict_id,
                    Move(kind=kind, proposal=changed, until_ms=until_ms),
                    until_ms,
                )
                self.agreed += kind is Kind.ACP

    def call(self, name: str) -> None:
        """An emergency and a text: with a place and words that stand nowhere else."""
        partner = self.chance.choice(self._partners(name))
        line = (min(name, partner), max(name, partner))
        word, officer = self._word(), self._officer(name, line)
        where = Where(latitude_e9=self.chance.randrange(10**10), longitude_e9=self.chance.randrange(10**10))
        call = Emergency(
            nature=Nature.ENDANGERED, wanted=Wanted.STOP, officer=officer, where=where, text=f"at {word} now"
        )
        self.secrets.append(
            Secret(f"a call on {line}", (word,), (where.latitude_e9, where.longitude_e9), frozenset({line}))
        )
        accord_id = self.room.accord_id(name, partner)
        self.room[name].say(accord_id, Kind.EMERGENCY, call, self.room.now_ms)
        self.room[name].say(
            accord_id, Kind.TEXT, FreeText(text=f"of {word}", officer=officer), self.room.now_ms
        )

    def check(self, name: str) -> None:
        partner = self.chance.choice(self._partners(name))
        officer = self._officer(name, (min(name, partner), max(name, partner)))
        self.room[name].check(self.room.accord_id(name, partner), officer, self.room.now_ms)

    def _officer(self, name: str, line: Pair) -> Officer:
        """Another pseudonym on every line, so that it stands for that line alone."""
        pseudonym = f"{name[:2]}{line[0][:1]}{line[1][:1]}{self._word()}"
        self.secrets.append(Secret(f"an officer on {line}", (pseudonym,), (), frozenset({line})))
        return Officer(position="watch", pseudonym=pseudonym, automaton=False)

    def _word(self) -> str:
        return f"w{self.chance.getrandbits(48):012x}"

    def rest(self, name: str) -> None:
        """Suspend a line, or resume it."""
        partner = self.chance.choice(self._partners(name))
        is_resting = self._has_suspended(name, partner)
        kind, body = (Kind.RESUME, Resume()) if is_resting else (Kind.SUSPEND, Suspend(reason=Reason.SAFETY))
        if is_resting or self.chance.random() < 0.4:
            self.room[name].say(self.room.accord_id(name, partner), kind, body, self.room.now_ms)

    def _has_suspended(self, name: str, partner: str) -> bool:
        with self.room[name].looking() as (_, desks, _own):
            return name in desks[self.room.accord_id(name, partner)].line.picture.line.suspended_by

    def restart(self, name: str) -> None:
        self.room.parties[name].restart()

    def tick(self, name: str) -> None:
        self.room[name].tick(self.room.now_ms)

    def _partners(self, name: str) -> list[str]:
        return [other for one, other in self.room.both_ways() if one == name]

    # What must have arrived

    def live(self, name: str) -> set[str]:
        """The callsigns of a party's operations that have not ended, of those that it has told."""
        with self.room[name].looking() as (_, _desks, own):
            return {
                own.need(it).callsign or ""
                for it in self.flown[name]
                if own.need(it).state is not State.ENDED
            }
