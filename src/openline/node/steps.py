"""In which transaction? One step, several works that share one, or a look; and what a process keeps between
them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TypeVar

from openline.node import party_words, session
from openline.node.attending import attend
from openline.node.desk import Desk, open_desks
from openline.node.keyring import Ring, ring_of
from openline.node.own import Own
from openline.node.ports import Moment, Signer, Store, Transaction
from openline.node.step import NewId, Step
from openline.node.together import Outcome, Torn

T = TypeVar("T")


class Steps:
    """The cache of a node, and every way into its store. What is kept here is derived from what is
    committed, and thrown away with a step that fails.
    """

    def __init__(self, store: Store, signer: Signer | Ring, party: str, new_id: NewId) -> None:
        self.party = party
        self._store = store
        self._ring = ring_of(signer)
        self._words: str | None = None
        self._new_id = new_id
        self._desks: dict[str, Desk] | None = None
        self._own = Own()
        self._as_of: Moment | None = None  # the state of the store that the cache is derived from
        self._sessions: dict[str, session.Session] = {}
        self._joint: Step | None = None  # the step that several works share just now
        self._unattended: dict[str, Desk] = {}  # lines to be attended at its end

    @contextmanager
    def step(self, now_ms: int) -> Iterator[Step]:
        """One atomic step. On any error nothing stays: neither rows nor what was derived from them. What
        derives from rows that nobody changed is not thrown away with it.
        """
        if self._joint is not None:
            yield self._joint
            return
        before = as_of = None
        try:
            with self._store.writing() as tx:
                step = Step(self.party, tx, self._refresh(tx), self._own, self._ring, self._new_id, now_ms)
                before = step.mark()
                as_of, self._as_of = self._as_of, None  # until it has ended, nothing is sure
                yield step
                for desk in step.all_desks():
                    desk.write_picture(tx)
                    desk.write_judged(tx)
                    desk.write_parts(tx)
            # Here it is committed: a crash before this line has said nothing, one after it forgets nothing.
            self._as_of = as_of and as_of.after_ours
        except BaseException:
            if before is None or step.mark() != before:
                self._forget()
            raise

    def together(self, works: Iterable[Callable[[], T]], now_ms: int) -> list[Outcome[T]]:
        """Do several works (``Joint``) in one transaction, in their order, each for itself. What each
        returned or raised is given when all of it is committed. Where one fails after it has changed
        something, all are undone, and each is done again in transactions of its own.

        Raises what the store raises where it could not commit; nothing of any of them is stored then.
        """
        if self._joint is not None:
            return [_tried(self._joint, work) for work in works]
        begun: list[Callable[[], T]] = []
        waiting = iter(works)
        try:
            with self.step(now_ms) as step:
                self._joint = step
                try:
                    outcomes = [_tried(step, work) for work in _noting(waiting, begun)]
                finally:
                    self._joint = None
                    attended, self._unattended = self._unattended, {}
                for desk in attended.values():
                    _attended_or_torn(step, desk)
                return outcomes
        except Torn:
            return [_outcome(work) for work in chain(begun, waiting)]

    def _attend(self, step: Step, desk: Desk) -> None:
        """Once for all works that share a transaction."""
        if self._joint is None:
            attend(step, desk)
        else:
            self._unattended[desk.accord_id] = desk

    @contextmanager
    def looking(self) -> Iterator[tuple[Transaction, dict[str, Desk], Own]]:
        """Everything there is to read, at one consistent moment. Nothing may be changed through it."""
        if self._joint is not None:
            yield self._joint.tx, dict(self._joint.desks), self._own
            return
        with self._store.reading() as tx:
            try:
                desks = self._refresh(tx)
            except BaseException:
                self._forget()
                raise
            yield tx, desks, self._own

    def _refresh(self, tx: Transaction) -> dict[str, Desk]:
        """The desks, with all that other processes have committed; read anew where they cannot be carried
        on.
        """
        began = tx.began
        if self._desks is not None and began is not None and began == self._as_of:
            for desk in self._desks.values():
                desk.recall_from(tx)
            self._refresh_words(tx, self._desks, anew=False)
            return self._desks
        self._as_of = None
        desks = self._read_up(tx)
        self._as_of = began
        return desks

    def _read_up(self, tx: Transaction) -> dict[str, Desk]:
        """As ``_refresh``, whatever was known before."""
        desks = self._desks
        known = {(it.accord_id, version) for it in (desks or {}).values() for version in it.bundles}
        fresh = desks is not None and known == set(tx.accord_versions())
        if desks is None or not fresh or not all(desk.refresh(tx) for desk in desks.values()):
            desks = open_desks(self.party, tx.accords())
            for desk in desks.values():
                desk.read(tx)
        self._refresh_words(tx, desks, anew=desks is not self._desks)
        self._desks = desks
        self._own.refresh(tx)
        return desks

    def _refresh_words(self, tx: Transaction, desks: dict[str, Desk], *, anew: bool) -> None:
        """What the parties said of their keys beside the lanes. Where that has changed, what a key claimed
        that is revoked by now is forgotten.
        """
        words = party_words.kept_words(tx)
        if anew or words != self._words:
            for desk in desks.values():
                desk.keys.take_words(party_words.decode_words(words))
        if self._words not in (None, words):
            for known in self._sessions.values():
                known.begin_anew()
        self._words = words

    def _forget(self) -> None:
        self._desks = self._as_of = None
        self._own = Own()

    def session_of(self, accord_id: str) -> session.Session:
        return self._sessions.setdefault(accord_id, session.Session())


def _noting(works: Iterable[Callable[[], T]], begun: list[Callable[[], T]]) -> Iterator[Callable[[], T]]:
    for work in works:
        begun.append(work)
        yield work


def _tried(step: Step, work: Callable[[], T]) -> Outcome[T]:
    before = step.mark()
    outcome = _outcome(work)
    if outcome.fault is not None and step.mark() != before:
        raise Torn from outcome.fault
    return outcome


def _attended_or_torn(step: Step, desk: Desk) -> None:
    """Nobody can tell whose work it was that cannot be attended: each is done by itself then."""
    try:
        attend(step, desk)
    except Exception as fault:
        raise Torn from fault


def _outcome(work: Callable[[], T]) -> Outcome[T]:
    try:
        return Outcome(work())
    except Exception as fault:
        return Outcome(fault=fault)
