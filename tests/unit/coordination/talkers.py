"""Two parties that talk at random: each says what its own picture permits (and sometimes what it does
not), with real stamps.
"""

import hashlib
import random
from collections.abc import Callable, Iterator

import msgspec

from openline.accord.clauses import Party
from openline.accord.notice import Notice, NoticePoint, NoticeTrajectory
from openline.accord.terms import Accord, draft
from openline.airspace.operation import State
from openline.coordination.conflict_view import ConflictView
from openline.coordination.dialogue import permits
from openline.coordination.fact import Fact
from openline.coordination.messages import (
    Accept,
    Cancel,
    Check,
    Checked,
    ConflictStated,
    Counter,
    FindingKind,
    Kind,
    Officer,
    Proposal,
    Reason,
    Reject,
    Rejection,
    Request,
    Resume,
    Standby,
    Suspend,
    lane_of,
)
from openline.coordination.passing import MAX_FURTHER, PassedOn
from openline.coordination.picture import Entity, Picture
from openline.coordination.stamp import Stamp
from openline.coordination.told import Told, conflict_id, versions_of
from openline.journal.entry import Lane
from openline.journal.keys import SigningKey
from unit.coordination.callers import something

ACCORD_ID = "1a2b8f1f-f1fd-42a2-9755-d4c13a902931"
NAMES = ("alpha", "bravo")
NOTICES = {
    "alpha": ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000c"),
    "bravo": ("00000000-0000-4000-8000-00000000000b",),
}
PASSED = {
    "alpha": ("00000000-0000-4000-8000-0000000000fa", "00000000-0000-4000-8000-0000000000fc"),
    "bravo": ("00000000-0000-4000-8000-0000000000fb",),
}
OFFICER = Officer(position="watch", pseudonym="one", automaton=True)
MOVES = (Kind.REQUEST, Kind.ACP, Kind.RJC, Kind.SBY, Kind.CDN, Kind.CANCEL)


def an_accord() -> Accord:
    first, second = (
        Party(name, name.title(), SigningKey.from_seed(bytes([number]) * 32).public.hex)
        for number, name in enumerate(NAMES, 1)
    )
    return draft(ACCORD_ID, first, second, valid_from_ms=0, valid_until_ms=10**12)


def a_picture(accord: Accord) -> Picture:
    return Picture({accord.version: accord}, accord.version)


def a_notice(
    notice_id: str, version: int, state: State, *, keeps: bool = False, agreed: str | None = None
) -> Notice:
    points = (
        NoticePoint(0, 0, 0, 1_000_000 * version),
        NoticePoint(1_000_000, 0, 0, 1_000_000 * version + 60_000),
    )
    path = NoticeTrajectory(
        points=points, lateral_tolerance_dmm=0, vertical_tolerance_dmm=0, time_tolerance_ms=0
    )
    return Notice(
        notice_id=notice_id, version=version, state=state, trajectory=path, keeps_place=keeps, agreed=agreed
    )


class Talker:
    """One party: its picture, its lane numbers, and what it has received."""

    def __init__(self, name: str, accord: Accord) -> None:
        self.name = name
        self.picture = a_picture(accord)
        self.said = {Lane.URGENT: 0, Lane.ROUTINE: 0}
        self.seen = {Lane.URGENT: 0, Lane.ROUTINE: 0}
        self.sent: dict[Lane, list[Fact]] = {Lane.URGENT: [], Lane.ROUTINE: []}
        self.heard: set[str] = set()

    def say(self, kind: Kind, body: msgspec.Struct) -> Fact:
        lane = lane_of(kind, body)
        self.said[lane] += 1
        stamp = Stamp(
            self.name,
            lane,
            self.said[lane],
            self.said[lane.other],
            self.seen[Lane.URGENT],
            self.seen[Lane.ROUTINE],
        )
        name = f"{self.name}/{lane}/{self.said[lane]}".encode()
        fact = Fact(hashlib.sha256(name).hexdigest(), kind, stamp, sum(self.said.values()), body)
        self.sent[lane].append(fact)
        self.picture.apply(fact)
        return fact

    def hear(self, other: "Talker", lane: Lane) -> bool:
        """Take the next message of one of the other's lanes, if there is one."""
        if self.seen[lane] == len(other.sent[lane]):
            return False
        fact = other.sent[lane][self.seen[lane]]
        self.heard.add(fact.hash)
        self.picture.apply(fact)
        self.seen[lane] += 1
        return True

    def hear_all(self, other: "Talker") -> None:
        for lane in Lane:
            while self.hear(other, lane):
                pass


class Conversation:
    """A random run. ``facts`` are all messages said, by lane."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.accord = an_accord()
        self.talkers = {name: Talker(name, self.accord) for name in NAMES}

    def run(self, steps: int) -> None:
        for _ in range(steps):
            name = self.chance.choice(NAMES)
            talker, other = self.talkers[name], self.talkers[NAMES[1 - NAMES.index(name)]]
            if self.chance.random() < 0.4:
                talker.hear(other, self.chance.choice(list(Lane)))
            else:
                self.chance.choice(self._acts())(talker, other)

    def finish(self) -> None:
        alpha, bravo = self.talkers.values()
        alpha.hear_all(bravo)
        bravo.hear_all(alpha)

    def _acts(self) -> tuple[Callable[[Talker, Talker], None], ...]:
        move = self._move
        speak = self._speak
        others = (self._tell, self._pass_on, self._state, self._reject, self._rest, self._check)
        return (*others, move, move, move, move, speak, speak, speak)

    def _speak(self, talker: Talker, other: Talker) -> None:
        talker.say(*something(talker.picture, talker.name, self.chance))

    def _tell(self, talker: Talker, other: Talker) -> None:
        notice_id = self.chance.choice(NOTICES[talker.name])
        standing = talker.picture.told(notice_id)
        states = (State.PROPOSED, State.ACCEPTED, State.ACCEPTED, State.NONCONFORMING, State.ENDED)
        agreements = [
            view.dialogue.agreement for view in talker.picture.conflicts() if view.dialogue.agreement
        ]
        talker.say(
            Kind.NOTICE,
            a_notice(
                notice_id,
                standing.version + 1 if standing else 1,
                self.chance.choice(states) if standing else State.ACCEPTED,
                keeps=bool(standing) and self.chance.random() < 0.5,
                agreed=self.chance.choice(agreements) if agreements and standing else None,
            ),
        )

    def _pass_on(self, talker: Talker, other: Talker) -> None:
        """A version of what a third party told: it flies, ends, is withdrawn, or comes back."""
        notice_id = self.chance.choice(PASSED[talker.name])
        standing = talker.picture.passed.get(notice_id)
        state = self.chance.choice((State.ACCEPTED, State.ACTIVATED, State.CONTINGENT, State.ENDED))
        talker.say(
            Kind.PASSED_ON,
            PassedOn(
                origin="charlie",
                notice=a_notice(notice_id, standing.version + 1 if standing else 1, state),
                further=self.chance.randrange(MAX_FURTHER + 1),
                withdrawn=state is not State.ENDED and self.chance.random() < 0.3,
            ),
        )

    def _state(self, talker: Talker, other: Talker) -> None:
        pair = [talker.picture.told(self.chance.choice(NOTICES[name])) for name in NAMES]
        if pair[0] is not None and pair[1] is not None:
            talker.say(Kind.CONFLICT, a_statement(*sorted(pair, key=lambda it: it.notice_id), self.chance))  # type: ignore[arg-type, misc, union-attr]

    def _move(self, talker: Talker, other: Talker) -> None:
        views = sorted(talker.picture.conflicts(), key=lambda view: view.conflict_id)
        if not views:
            return
        view = self.chance.choice(views)
        kinds = [kind for kind in MOVES if permits(view.dialogue, talker.name, kind)]
        kind = self.chance.choice(kinds if self.chance.random() < 0.9 and kinds else list(MOVES))
        talker.say(kind, a_move(view, kind, self.chance))

    def _reject(self, talker: Talker, other: Talker) -> None:
        """LRM of something received: rare in life, and here often enough to count."""
        received = [fact for lane in Lane for fact in other.sent[lane][: talker.seen[lane]]]
        if received and self.chance.random() < 0.4:
            fact = self.chance.choice(received)
            body = Rejection(
                lane=fact.stamp.lane, number=fact.stamp.number, message=fact.hash, code="planted-for-the-test"
            )
            talker.say(Kind.LRM, body)

    def _rest(self, talker: Talker, other: Talker) -> None:
        suspended = talker.name in talker.picture.line.suspended_by
        talker.say(*((Kind.RESUME, Resume()) if suspended else (Kind.SUSPEND, Suspend(reason=Reason.SAFETY))))

    def _check(self, talker: Talker, other: Talker) -> None:
        waiting = [
            asked
            for asked, answer in talker.picture.checks()
            if asked.stamp.sender != talker.name and answer is None
        ]
        if waiting:
            talker.say(Kind.CHECKED, Checked(answers=waiting[0].hash, officer=OFFICER))
        else:
            talker.say(Kind.CHECK, Check(officer=OFFICER))


def a_statement(first: Told, second: Told, chance: random.Random) -> ConflictStated:
    return ConflictStated(
        conflict_id=conflict_id(ACCORD_ID, first.notice_id, second.notice_id),
        first=first.notice_id,
        second=second.notice_id,
        revision=versions_of(first, second),
        accord_version=1,
        finding=chance.choice(list(FindingKind)),
        start_ms=1,
        end_ms=2,
    )


def a_move(view: ConflictView, kind: Kind, chance: random.Random) -> msgspec.Struct:
    """The body of one move, citing the tip (or, one time in ten, something older)."""
    older = [cited for cited in view.dialogue.path if cited != view.dialogue.tip]
    tip = chance.choice(older) if older and chance.random() < 0.1 else view.dialogue.tip
    cited = tip or "0" * 64
    proposal = Proposal(
        notice_id=chance.choice((view.first.notice_id, view.second.notice_id)),
        climb_dmm=chance.choice((0, 3_048_000)),
    )
    bodies: dict[Kind, Callable[[], msgspec.Struct]] = {
        Kind.REQUEST: lambda: Request(
            conflict_id=view.conflict_id, places=view.places, proposal=proposal, follows=tip
        ),
        Kind.ACP: lambda: Accept(conflict_id=view.conflict_id, answers=cited),
        Kind.RJC: lambda: Reject(conflict_id=view.conflict_id, answers=cited, reason=Reason.TRAFFIC),
        Kind.SBY: lambda: Standby(conflict_id=view.conflict_id, answers=cited, until_ms=9),
        Kind.CDN: lambda: Counter(conflict_id=view.conflict_id, answers=cited, proposal=proposal),
        Kind.CANCEL: lambda: Cancel(conflict_id=view.conflict_id, answers=cited),
    }
    return bodies[kind]()


def random_deliveries(lanes: list[list[Fact]], chance: random.Random) -> list[Fact]:
    """One interleaving of the lanes: each lane in its order, and nothing else promised. This is weaker
    than causal order.
    """
    heads, order = [0] * len(lanes), []
    while open_lanes := [number for number, lane in enumerate(lanes) if heads[number] < len(lane)]:
        number = chance.choice(open_lanes)
        order.append(lanes[number][heads[number]])
        heads[number] += 1
    return order


def all_deliveries(lanes: list[list[Fact]]) -> Iterator[list[Fact]]:
    """Every interleaving of the lanes."""
    if not any(lanes):
        yield []
        return
    for number, lane in enumerate(lanes):
        if lane:
            rest = [*lanes[:number], lane[1:], *lanes[number + 1 :]]
            for tail in all_deliveries(rest):
                yield [lane[0], *tail]


def folded(facts: list[Fact], accord: Accord) -> Picture:
    picture = a_picture(accord)
    for fact in facts:
        picture.apply(fact)
    return picture


def reloaded(picture: Picture, accord: Accord) -> Picture:
    """The same picture after it was written to the store and read back."""
    copy = a_picture(accord)
    for entity, name in picture.all_keys():
        copy.load(Entity(entity), name, picture.row((entity, name))[2])
    copy.derive_all()
    return copy
