"""One line as its node sees it: the accord's versions, the picture, the conflict index over it, and what
is still to be judged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from openline import __version__
from openline.accord.notice import as_operation
from openline.accord.terms import Accord
from openline.airspace.judged import judged_before
from openline.airspace.operation import Operation, State
from openline.coordination.conflict_view import ConflictView
from openline.coordination.fact import Fact
from openline.coordination.messages import ConflictStated, Finer, Kind
from openline.coordination.parts import decode_parts, encode_parts
from openline.coordination.picture import Entity, Key, Picture, key_of
from openline.coordination.stamp import Stamp
from openline.coordination.told import Told
from openline.errors import NotFound
from openline.journal.entry import Lane

if TYPE_CHECKING:
    from openline.conflict import ConflictIndex
    from openline.conflict.parts import Parts


FILLED_AT_ONCE: Final = 500
"""Notices that go into the index in one go: a fraction of a second, even where each has to be made ready."""

_TRAFFIC: Final = (Entity.NOTICE, Entity.PASSED)

RecallParts = Callable[[list[str]], Mapping[str, bytes]]
"""From notice ids to what ``parts.encode_parts`` made of them, where it was kept."""


class Judged(msgspec.Struct, frozen=True):
    """Up to where everything was judged and settled. Kept with what was said of it, in one transaction, so
    that a start does not ask 100,000 times what was answered before.

    under: the terms and the engine. numbers: by ``party/lane``, the last message that was looked at.
    """

    under: str
    numbers: dict[str, int]

    def covers(self, stamp: Stamp) -> bool:
        return stamp.number <= self.numbers.get(f"{stamp.sender}/{stamp.lane}", 0)


class Line:
    """The shared picture and what is derived from it for one accord.

    unjudged: notices that changed since the conflict engine last looked. unsettled: conflicts whose dialogue
    may want a move of ours. unmet: own notices and traffic passed on to us that were not compared yet.
    unpassed: what was told here and not looked at for passing on. recall_parts: given by whoever reads the
    store.
    """

    def __init__(self, me: str, accords: Mapping[int, Accord]) -> None:
        self.accords = dict(accords)
        self.base_version = min(self.accords)
        base = self.accords[self.base_version]
        self.accord_id = base.id
        self.me = me
        self.partner = base.other(me)
        self.exercise = base.exercise
        self.picture = Picture(self.accords, self.base_version)
        self.unjudged: set[str] = set()
        self.unsettled: set[str] = set()
        self.unmet: set[Key] = set()
        self.unpassed: set[Key] = set()
        self.passed_index: ConflictIndex | None = None  # `meeting`
        self._dirty: set[tuple[Entity, str]] = set()
        self._looked_under = 0  # the version of the accord under which everything was last looked at
        self._index: ConflictIndex | None = None
        self._unindexed: set[str] = set()  # what the index does not hold as it stands
        self._to_keep: dict[str, bytes] = {}
        self._filling = True  # until then parts that were kept may be of use
        self.recall_parts: RecallParts = lambda notice_ids: {}

    @property
    def accord(self) -> Accord:
        return self.picture.accord

    @property
    def speaking_version(self) -> int:
        """The accord version that we speak under: the newest that we have said to be in force."""
        return self.picture.line.versions[self.me]

    @property
    def speaking_accord(self) -> Accord:
        """What we may tell, and within which caps: each message is judged by the version that it names."""
        return self.accords[self.speaking_version]

    def add_accord(self, accord: Accord) -> None:
        self.accords[accord.version] = accord
        self.picture.accords[accord.version] = accord

    # The fold

    def apply(self, fact: Fact) -> None:
        self.picture.apply(fact)
        self._sync()
        if isinstance(fact.body, ConflictStated) and fact.stamp.sender == self.partner:
            self.unjudged.add(fact.body.first)  # it may come long after the notices: does our engine find it?

    def load(self, rows: Iterable[tuple[Entity, str, bytes]], judged: "Judged | None" = None) -> None:
        """Put a kept picture back. Whatever came after ``judged`` is looked at once more, without it
        everything: another process may have stopped half way.
        """
        for entity, name, value in rows:
            self.picture.load(entity, name, value)
        self.picture.derive_all()
        self._look_anew()
        if judged is not None and judged.under == self._judging:
            self._look_from(judged)

    def judged(self, heads: "Mapping[tuple[str, Lane], int]") -> "Judged | None":
        """What to keep with these lane heads; None while something waits to be judged or settled."""
        if self.unjudged or self.unsettled or self.unmet:
            return None
        return Judged(self._judging, {f"{sender}/{lane}": number for (sender, lane), number in heads.items()})

    @property
    def _judging(self) -> str:
        """What a judgement depends on beside the facts."""
        return f"accord {self.accord.version}, openline {__version__}"

    def _look_from(self, judged: "Judged") -> None:
        newer = [fact for fact in self.picture.all_facts() if not judged.covers(fact.stamp)]
        if any(fact.kind is Kind.LRM for fact in newer):
            return  # it took something out that was judged: everything is looked at
        told = {fact.heading.notice_id for fact in newer if fact.kind is Kind.NOTICE}
        self.unjudged &= told
        passed = {key_of(fact) for fact in newer if fact.kind is Kind.PASSED_ON}
        self.unmet &= passed | {(Entity.NOTICE, name) for name in told}
        if not newer:
            self.unsettled = set()

    def replace_picture(self, picture: Picture) -> None:
        """Go on with a picture that was folded anew from the journal; every row of it is written again."""
        self.picture = picture
        self._look_anew()
        self._dirty |= picture.all_keys()
        self.unpassed |= self.unmet

    @property
    def pending(self) -> tuple[int, ...]:
        """How much waits to be judged, settled, compared and passed on: all only grow with what is applied,
        and are emptied at once.
        """
        return len(self.unjudged), len(self.unsettled), len(self.unmet), len(self.unpassed)

    def take_dirty(self) -> set[tuple[Entity, str]]:
        """Which entities changed since this was last asked: what the store has to write."""
        self._sync()
        dirty, self._dirty = self._dirty, set()
        return dirty

    def _sync(self) -> None:
        changed, self.picture.changed = self.picture.changed, set()
        self._dirty |= changed
        if self.accord.version != self._looked_under:
            self._look_anew()
        for entity, name in changed:
            if entity is Entity.NOTICE:
                self._unindexed.add(name)
                self.unjudged.add(name)
            elif entity is Entity.CONFLICT:
                self.unsettled.add(name)
            if entity in _TRAFFIC:
                self.unmet.add((entity, name))
                self.unpassed.add((entity, name))

    def _look_anew(self) -> None:
        """Judge everything once more: a new version of the accord governs, or another process may have
        stopped half way.
        """
        self.unjudged = {told.notice_id for told in self.picture.all_told() if told.live}
        self.unsettled = {view.conflict_id for view in self.picture.conflicts()}
        self.unmet = {(entity, name) for entity in _TRAFFIC for name in self.picture.keys(entity)}
        self._looked_under, self.passed_index = self.accord.version, None
        self._index, self._filling = None, True
        self._unindexed = set(self.unjudged)

    # The conflict index over all live notices, own and foreign alike

    @property
    def index(self) -> "ConflictIndex":
        """Filled when it is first asked, then carried along: who only lists never waits for it."""
        while not self.fill_index():
            pass
        assert self._index is not None
        return self._index

    @property
    def is_indexed(self) -> bool:
        return not self._unindexed

    def fill_index(self, most: int = FILLED_AT_ONCE) -> bool:
        """Bring up to ``most`` more notices into the index, or up to date. True where it holds all of them as
        they stand.
        """
        index = self._index = self._index or self._empty_index()
        names = list(islice(self._unindexed, most))
        standing = [told for told in map(self.picture.told, names) if told is not None and told.live]
        for name in names:
            if name in index:
                index.remove(name)
        index.add_many(self._parts_of(standing))
        self._unindexed.difference_update(names)
        self._filling = self._filling and bool(self._unindexed)
        return not self._unindexed

    def check_comparable(self, operation: Operation) -> None:
        """Raises LimitExceeded for a path that the engine does not take. Whoever hears a notice asks: once it
        is in the picture it would stop every judgement.
        """
        if operation.trajectory is not None and operation.state is not State.ENDED:
            self._empty_index().is_clear(operation)

    def _empty_index(self) -> "ConflictIndex":
        from openline.conflict import ConflictIndex

        return ConflictIndex(self.accord.minima.as_minima())

    def _parts_of(self, standing: "list[Told]") -> "Iterator[Parts]":
        """As they were kept; where they were not: made, and to be kept."""
        from openline.conflict.parts import parts_of

        kept = self.recall_parts([told.notice_id for told in standing]) if self._filling else {}
        for told in standing:
            source = f"{told.hash} {self.accord.datum}"  # a new version of the accord may change its datum
            parts = decode_parts(told.notice_id, source, kept.get(told.notice_id, b""))
            if parts is None:
                parts = parts_of(self._as_judged(told))
                self._to_keep[told.notice_id] = encode_parts(parts, source)
            yield parts

    def _as_judged(self, told: Told) -> Operation:
        """What is in the picture was judged before it came in."""
        with judged_before():
            return as_operation(told.notice, self.accord.datum)

    def take_parts(self, most: int) -> dict[str, bytes]:
        """Up to ``most`` of the parts that are to be kept, by notice id."""
        return dict(self._to_keep.popitem() for _ in range(min(most, len(self._to_keep))))

    def belongs_to(self, notice_id: str) -> str | None:
        told = self.picture.told(notice_id)
        return told.party if told else None

    def operation_of(self, notice_id: str) -> Operation:
        """The notice as an operation, also of one that was passed on. Raises NotFound."""
        told = self.picture.told(notice_id) or self.picture.passed.get(notice_id)
        if told is None:
            raise NotFound(
                "no-such-notice", f"no notice {notice_id} was told on this line", field="notice_id"
            )
        return as_operation(told.notice, self.accord.datum)

    # Finer notices

    def finer_of(self, view: ConflictView, party: str) -> Finer | None:
        """The finer notice that this party gave for the conflict at its present revision."""
        bodies = (fact.body for fact in self._finer_facts(view, party))
        return next(
            (body for body in bodies if isinstance(body, Finer) and body.revision == view.revision), None
        )

    def _finer_facts(self, view: ConflictView, party: str) -> list[Fact]:
        facts = self.picture.facts(Entity.CONFLICT, view.conflict_id)
        return [fact for fact in facts if fact.stamp.sender == party and isinstance(fact.body, Finer)]

    def may_be_finer(self, party: str) -> bool:
        """Whether this party's notices are coarser than its operations, and its terms allow it to tell
        more.
        """
        return self.is_blurred(party) and self.accord.terms_of(party).finer

    def is_blurred(self, party: str) -> bool:
        terms = self.accord.terms_of(party)
        return terms.grid_e9 > 1 or terms.layer_dmm > 1 or terms.step_ms > 1 or not terms.trajectories

    def awaits_finer(self, view: ConflictView) -> bool:
        """A possible conflict for which a finer notice can still come: nobody needs to ask for anything
        yet.
        """
        names = self.accord.names
        return view.possible and any(
            self.may_be_finer(name) and self.finer_of(view, name) is None for name in names
        )
