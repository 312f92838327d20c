"""The picture of one line: the fold of all that was said on it, in both directions.

Facts are kept as sets, one set an entity (a notice, a conflict, a check, ...), and what they mean is derived
from the set, so every causal order of delivery gives one picture. An LRM takes the message it cites out,
whichever of the two came first. Nothing here computes geometry: whether two notices conflict is itself
something that was said (CONFLICT), and so both sides hold it.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain

from openline.accord.notice import Notice
from openline.accord.terms import Accord
from openline.coordination.conflict_view import ConflictView, view_of
from openline.coordination.conversed import Conversed, Spoken, spoken_key
from openline.coordination.fact import Fact, decode_facts, encode_facts
from openline.coordination.inventory import Line, Spelling, conflict_line, notice_line
from openline.coordination.line_view import LineView, line_view_of
from openline.coordination.messages import (
    NEVER_TAKEN_OUT,
    Accept,
    Check,
    Checked,
    ConflictStated,
    Counter,
    End,
    InForce,
    KeyChanged,
    KeyRevoked,
    Kind,
    Rejection,
    Request,
    Resume,
    Shown,
    Suspend,
)
from openline.coordination.passed_view import PassedOnes
from openline.coordination.passing import PassedOn
from openline.coordination.precedence import Yielding, mover
from openline.coordination.stamp import knew
from openline.coordination.told import Told, told_from


class Entity(StrEnum):
    NOTICE = "notice"
    PASSED = "passed"
    CONFLICT = "conflict"
    CHECK = "check"
    SHOWN = "shown"
    LINE = "line"
    CALL = Spoken.CALL.value
    READBACK = Spoken.READBACK.value
    TALK = Spoken.TALK.value
    DUTY = Spoken.DUTY.value


_SPOKEN = (Entity.CALL, Entity.READBACK, Entity.TALK, Entity.DUTY)

Key = tuple[Entity, str]
LINE_KEY: Key = (Entity.LINE, "line")


PASSING = frozenset({Kind.TEXT, Kind.SHOWN})
"""What passes by (ADR 0017): it enters no digest, and there is no end of it. Of TEXT the picture keeps
nothing, of SHOWN what says something new of a message that waits for people. The journal has all of it.
"""


class Picture:
    """All that is known on one line. ``apply`` is the only way in; ``changed`` collects what it touched."""

    def __init__(self, accords: dict[int, Accord], base_version: int) -> None:
        """accords: every installed version, shared with the line so that new ones appear here too."""
        self.accords = accords
        self.base_version = base_version
        self.changed: set[Key] = set()
        self._facts: dict[Key, dict[str, Fact]] = {}
        self._names: dict[Entity, dict[str, None]] = {entity: {} for entity in Entity}
        self._rejected: dict[str, set[str]] = {}  # message hash: who has rejected it
        self._key_of: dict[str, Key] = {}
        self._told: dict[str, Told] = {}
        self._live: dict[str, int] = {}  # by party: how many of its notices are open
        self._pairs: dict[str, tuple[str, str]] = {}
        self._conflicts_of: dict[str, set[str]] = {}
        self._views: dict[str, ConflictView] = {}
        self._moved: dict[str, Yielding] = {}
        self._accepts: dict[str, Fact] = {}
        self._accepted: set[str] = set()  # what the accepts cite
        self._by_burden: set[str] = set()  # conflicts whose mover the common past decides
        self.passed = PassedOnes()
        self.conversed = Conversed(accords[base_version].names, self.find)
        self._line = self._derive_line()
        self._digest: str | None = None
        self._spelling = Spelling()

    # What can be read

    @property
    def line(self) -> LineView:
        return self._line

    @property
    def accord(self) -> Accord:
        """The version that governs today's picture."""
        return self.accords[self._line.accord_version]

    def told(self, notice_id: str) -> Told | None:
        return self._told.get(notice_id)

    def all_told(self) -> Iterator[Told]:
        return iter(self._told.values())

    def live_count(self, party: str) -> int:
        """How many of a party's notices are open."""
        return self._live.get(party, 0)

    def conflict(self, conflict_id: str) -> ConflictView | None:
        return self._views.get(conflict_id)

    def conflicts(self) -> Iterator[ConflictView]:
        return iter(self._views.values())

    def conflicts_of(self, notice_id: str) -> list[ConflictView]:
        ids = sorted(self._conflicts_of.get(notice_id, ()))
        return [self._views[name] for name in ids if name in self._views]

    def ever_stated(self) -> set[str]:
        """The ids of all conflicts that were ever stated."""
        return set(self._pairs)

    def facts(self, entity: Entity, key: str) -> list[Fact]:
        return list(self._facts.get((entity, key), {}).values())

    def all_facts(self) -> Iterator[Fact]:
        return chain.from_iterable(facts.values() for facts in self._facts.values())

    def keys(self, entity: Entity) -> list[str]:
        return list(self._names[entity])

    def all_keys(self) -> set[Key]:
        return set(self._facts)

    def find(self, message_hash: str) -> Fact | None:
        key = self._key_of.get(message_hash)
        return self._facts[key].get(message_hash) if key else None

    def is_rejected(self, message_hash: str, sender: str) -> bool:
        """Nobody rejects his own message."""
        return bool(self._rejected.get(message_hash, set()) - {sender})

    def checks(self) -> list[tuple[Fact, Fact | None]]:
        """Every CHECK with its CHECKED, oldest first."""
        pairs = []
        for key in self.keys(Entity.CHECK):
            facts = self.facts(Entity.CHECK, key)
            asked = [fact for fact in facts if fact.kind is Kind.CHECK]
            answers = [fact for fact in facts if fact.kind is Kind.CHECKED]
            if asked:
                pairs.append((asked[0], min(answers, key=lambda fact: fact.at_ms) if answers else None))
        return sorted(pairs, key=lambda pair: pair[0].at_ms)

    def yieldings(self) -> list[Yielding]:
        """Every time that a party gave way: by moving as agreed, or by accepting the other's operation as
        filed.
        """
        return [*self._moved.values(), *filter(None, map(self._yielded_by_accepting, self._accepts.values()))]

    # The fold

    def apply(self, fact: Fact) -> None:
        """Take one message in. Applying it twice, or in another order, changes nothing in the end."""
        if fact.hash in self._key_of or self._is_taken_out(fact) or self._passes(fact):
            self.conversed.note_passed(fact.hash)
            return
        key = key_of(fact)
        self._keep(fact, key)
        self._note_yielding(fact)
        self.conversed.note_shown(fact)
        self.conversed.note_here(fact)
        if isinstance(fact.body, Rejection):
            self._take_out(fact.body.message, fact.stamp.sender)
        self._derive(key)
        if (Entity.READBACK, fact.hash) in self._facts:
            self._derive((Entity.READBACK, fact.hash))

    def _passes(self, fact: Fact) -> bool:
        return fact.kind in PASSING and not self.conversed.is_first_shown(fact)

    def _keep(self, fact: Fact, key: Key) -> None:
        self._key_of[fact.hash] = key
        if key not in self._facts:
            self._facts[key] = {}
            self._names[key[0]][key[1]] = None
        self._facts[key][fact.hash] = fact

    def _is_taken_out(self, fact: Fact) -> bool:
        """What is said of oneself stands, a rejection too: there is no LRM of an LRM."""
        return fact.kind not in NEVER_TAKEN_OUT and self.is_rejected(fact.hash, fact.stamp.sender)

    def _take_out(self, message_hash: str, rejected_by: str) -> None:
        self._rejected.setdefault(message_hash, set()).add(rejected_by)
        cited = self.find(message_hash)
        if cited is None or not self._is_taken_out(cited):
            return
        key = self._key_of.pop(message_hash)
        del self._facts[key][message_hash]
        self._moved.pop(message_hash, None)
        self._accepts.pop(message_hash, None)
        self.conversed.forget_shown(cited)
        self._derive(key)
        self._weigh_burdens_anew()

    def _derive(self, key: Key) -> None:
        entity, name = key
        self.changed.add(key)
        self._digest = None
        if entity is Entity.NOTICE:
            self._derive_notice(name)
        elif entity is Entity.PASSED:
            self.passed.derive(name, self.facts(entity, name))
        elif entity is Entity.CONFLICT:
            self._derive_conflict(name)
        elif entity in _SPOKEN:
            self.conversed.derive(entity, name, self.facts(entity, name))
        elif entity is Entity.LINE:
            before = self._line.accord_version
            self._line = self._derive_line()
            if self._line.accord_version != before:
                for conflict_id in self._pairs:
                    self._derive_conflict(conflict_id)

    def _derive_notice(self, notice_id: str) -> None:
        self._stands(notice_id, told_from(self._facts[Entity.NOTICE, notice_id].values()))
        for conflict_id in self._conflicts_of.get(notice_id, ()):
            self._derive_conflict(conflict_id)

    def _stands(self, notice_id: str, told: Told | None) -> None:
        before = self._told.pop(notice_id, None)
        if before is not None and before.live:
            self._live[before.party] -= 1
        if told is not None:
            self._told[notice_id] = told
            self._live[told.party] = self.live_count(told.party) + told.live

    def _derive_conflict(self, conflict_id: str) -> None:
        self.changed.add((Entity.CONFLICT, conflict_id))
        facts = list(self._facts.get((Entity.CONFLICT, conflict_id), {}).values())
        stated = [fact for fact in facts if isinstance(fact.body, ConflictStated)]
        if not stated:
            self._pairs.pop(conflict_id, None)
            self._views.pop(conflict_id, None)
            return
        self._register_pair(conflict_id, stated[0].body)  # type: ignore[arg-type]
        first, second = (self._told.get(name) for name in self._pairs[conflict_id])
        if first is None or second is None or first.party == second.party:
            self._views.pop(conflict_id, None)
            return
        who = self._mover(conflict_id, first, second)
        self._views[conflict_id] = view_of(conflict_id, first, second, who, self.accord.version, facts)

    def _register_pair(self, conflict_id: str, stated: ConflictStated) -> None:
        self._pairs[conflict_id] = (stated.first, stated.second)
        for notice_id in self._pairs[conflict_id]:
            self._conflicts_of.setdefault(notice_id, set()).add(conflict_id)

    def _mover(self, conflict_id: str, first: Told, second: Told) -> str:
        if knew(first.place, second.place) or knew(second.place, first.place):
            self._by_burden.discard(conflict_id)
        else:
            self._by_burden.add(conflict_id)
        return mover(first, second, self.accord, self.yieldings)

    def _derive_line(self) -> LineView:
        return line_view_of(self.accords[self.base_version].names, self.base_version, self.facts(*LINE_KEY))

    def _note_yielding(self, fact: Fact) -> None:
        """Remember who gave way; what the common past decides is decided anew, since urgent messages may
        overtake it.
        """
        if fact.kind is Kind.NOTICE:
            heading = fact.heading
            if not heading.agreed or heading.version == 1:
                return
            self._moved[fact.hash] = Yielding(fact.stamp.sender, heading.agreed, fact.stamp)
        elif isinstance(fact.body, Accept):
            self._accepts[fact.hash] = fact
            self._accepted.add(fact.body.answers)
        elif fact.hash not in self._accepted:
            return
        self._weigh_burdens_anew()

    def _weigh_burdens_anew(self) -> None:
        """Lanes may come one after the other: what the common past decides is decided anew when more of it
        is known.
        """
        for conflict_id in tuple(self._by_burden):
            self._derive_conflict(conflict_id)

    def _yielded_by_accepting(self, accept: Fact) -> Yielding | None:
        cited = self.find(accept.body.answers)  # type: ignore[attr-defined]
        if cited is not None and isinstance(cited.body, Request | Counter) and cited.body.proposal.as_filed:
            return Yielding(accept.stamp.sender, accept.hash, accept.stamp)
        return None

    # What is compared and kept

    def inventory(self) -> Iterator[Line]:
        """One line an entity that both sides must agree on: integers, ids and states only, sorted."""
        yield from (notice_line(self._told[name]) for name in sorted(self._told))
        yield from (conflict_line(self._views[name]) for name in sorted(self._views))
        yield from self._other_lines()

    def _other_lines(self) -> Iterator[Line]:
        yield from self.passed.inventory()
        yield from self.conversed.inventory()
        versions = [f"{name}:{version}" for name, version in sorted(self._line.versions.items())]
        yield ["line", *versions, *self._line.suspended_by, str(self._line.ended)]
        for name, reigns in sorted(self._line.reigns.items()):
            for reign in reigns:
                yield ["key", reign.certified.key.id, name, reign.urgent, reign.routine]
        for name, revocations in sorted(self._line.revoked.items()):
            for key_id in sorted({it.key_id for it in revocations}):
                yield ["revoked", key_id, name]

    def digest(self) -> str:
        """Of the inventory (``inventory.Spelling.digest``)."""
        if self._digest is None:
            self._digest = self._spelling.digest(self._told, self._views, self._other_lines())
        return self._digest

    def row(self, key: Key) -> tuple[str, str, bytes]:
        """Party, state and facts of one entity, as the store keeps them."""
        entity, name = key
        facts = list(self._facts.get(key, {}).values())
        party, state = "", ""
        if entity is Entity.NOTICE and name in self._told:
            told = self._told[name]
            party, state = told.party, f"{told.state} v{told.version}"
        elif entity is Entity.PASSED and (passed := self.passed.get(name)) is not None:
            party, state = passed.party, f"{passed.word} v{passed.version}"
        elif entity is Entity.CONFLICT and name in self._views:
            view = self._views[name]
            party, state = view.mover, f"{view.status.value} {view.dialogue.state.value}"
        return party, state, encode_facts(sorted(facts, key=lambda fact: fact.hash))

    def load(self, entity: Entity, name: str, value: bytes) -> None:
        """Put back one entity that was kept; call ``derive_all`` after the last one."""
        for fact in decode_facts(value):
            self.put(fact, (entity, name))

    def put(self, fact: Fact, key: Key | None = None) -> None:
        """Take a message in without deriving anything yet; call ``derive_all`` after the last one, and after
        that ``apply`` for what passes by: what it is about has to be there.
        """
        if key is not None or fact.kind not in PASSING:
            self._keep(fact, key or key_of(fact))

    def derive_all(self) -> None:
        """Derive everything from the facts that were put in, in whatever order."""
        for fact in self.facts(*LINE_KEY):
            if isinstance(fact.body, Rejection):
                self._rejected.setdefault(fact.body.message, set()).add(fact.stamp.sender)
        for message_hash in tuple(self._rejected):
            fact = self.find(message_hash)  # type: ignore[assignment]
            if fact is not None and self._is_taken_out(fact):
                del self._facts[self._key_of.pop(message_hash)][message_hash]
        self._line = self._derive_line()
        for entity in (Entity.NOTICE, Entity.CONFLICT):
            for name in self.keys(entity):
                for fact in self.facts(entity, name):
                    self._note_yielding(fact)
        for name in self.keys(Entity.SHOWN):
            for fact in self.facts(Entity.SHOWN, name):
                self.conversed.note_shown(fact)
        for entity in (Entity.NOTICE, Entity.PASSED, Entity.CONFLICT, *_SPOKEN):
            for name in self.keys(entity):
                self._derive((entity, name))
        self.changed.clear()


def key_of(fact: Fact) -> Key:
    body = fact.body
    if isinstance(body, Notice):
        return Entity.NOTICE, body.notice_id
    if isinstance(body, PassedOn):
        return Entity.PASSED, body.notice.notice_id
    if isinstance(body, Check):
        return Entity.CHECK, fact.hash
    if isinstance(body, Checked):
        return Entity.CHECK, body.answers
    if isinstance(body, Shown):
        return Entity.SHOWN, fact.hash
    if (spoken := spoken_key(fact)) is not None:
        return Entity(spoken[0]), spoken[1]
    if isinstance(body, Suspend | Resume | InForce | End | Rejection | KeyChanged | KeyRevoked):
        return LINE_KEY
    return Entity.CONFLICT, body.conflict_id  # type: ignore[attr-defined]
