"""One line as its node sees it: the accord's versions, the picture, the conflict index over it, and what
is still to be judged.
"""

from collections.abc import Iterable, Mapping

from openline.accord.notice import as_operation
from openline.accord.terms import Accord
from openline.airspace.operation import Operation
from openline.conflict.index import ConflictIndex
from openline.conflict.minima import Minima
from openline.coordination.conflict_view import ConflictView
from openline.coordination.fact import Fact
from openline.coordination.messages import Finer
from openline.coordination.picture import Entity, Picture
from openline.errors import NotFound


class Line:
    """The shared picture and what is derived from it for one accord.

    unjudged: notices that changed since the conflict engine last looked. unsettled: conflicts whose dialogue
    may want a move of ours.
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
        self._dirty: set[tuple[Entity, str]] = set()
        self._index_version = 0
        self._index = self._empty_index()

    @property
    def accord(self) -> Accord:
        return self.picture.accord

    @property
    def speaking_version(self) -> int:
        """The accord version that we speak under: the newest that we have said to be in force."""
        return self.picture.line.versions[self.me]

    def add_accord(self, accord: Accord) -> None:
        self.accords[accord.version] = accord
        self.picture.accords[accord.version] = accord

    # The fold

    def apply(self, fact: Fact) -> None:
        self.picture.apply(fact)
        self._sync()

    def load(self, rows: Iterable[tuple[Entity, str, bytes]]) -> None:
        """Put a kept picture back; everything is looked at once more, for another process may have stopped
        half way.
        """
        for entity, name, value in rows:
            self.picture.load(entity, name, value)
        self.picture.derive_all()
        self._look_anew()

    def replace_picture(self, picture: Picture) -> None:
        """Go on with a picture that was folded anew from the journal; every row of it is written again."""
        self.picture = picture
        self._look_anew()
        self._dirty |= picture.all_keys()

    def take_dirty(self) -> set[tuple[Entity, str]]:
        """Which entities changed since this was last asked: what the store has to write."""
        self._sync()
        dirty, self._dirty = self._dirty, set()
        return dirty

    def _sync(self) -> None:
        changed, self.picture.changed = self.picture.changed, set()
        self._dirty |= changed
        if self.accord.version != self._index_version:
            self._look_anew()
        for entity, name in changed:
            if entity is Entity.NOTICE:
                self._reindex(name)
                self.unjudged.add(name)
            elif entity is Entity.CONFLICT:
                self.unsettled.add(name)

    # The conflict index over all live notices, own and foreign alike

    def _look_anew(self) -> None:
        """Judge everything once more: a new version of the accord governs, or another process may have
        stopped half way.
        """
        self.unjudged = {told.notice_id for told in self.picture.all_told() if told.live}
        self.unsettled = {view.conflict_id for view in self.picture.conflicts()}
        self._index = self._empty_index()
        for told in self.picture.all_told():
            self._reindex(told.notice_id)

    def _empty_index(self) -> ConflictIndex:
        terms = self.accord.minima
        self._indexed: dict[str, object] = {}
        self._index_version = self.accord.version
        return ConflictIndex(Minima(terms.lateral_dmm, terms.vertical_dmm, terms.dwell_ms))

    @property
    def index(self) -> ConflictIndex:
        return self._index

    def _reindex(self, notice_id: str) -> None:
        told = self.picture.told(notice_id)
        if told is None or not told.live:
            if notice_id in self._index:
                self._index.remove(notice_id)
                self._indexed.pop(notice_id, None)
            return
        shape = (told.notice.volumes, told.notice.off_nominal_volumes, told.notice.trajectory)
        if notice_id in self._index and self._indexed.get(notice_id) == shape:
            return  # only its state has changed: it is where it was
        self._indexed[notice_id] = shape
        operation = as_operation(told.notice, self.accord.datum)
        if notice_id in self._index:
            self._index.replace(operation)
        else:
            self._index.add(operation)

    def belongs_to(self, notice_id: str) -> str | None:
        told = self.picture.told(notice_id)
        return told.party if told else None

    def operation_of(self, notice_id: str) -> Operation:
        """The notice as an operation. Raises NotFound."""
        told = self.picture.told(notice_id)
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
