"""The DSS as one thing: an image of the airspace, a store that commits, and batches of requests between them.

A batch is one change under locks: catch up with what others have done, decide in order, store it all, and
only then answer. What fails leaves no trace, in the store or in memory.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from openline.errors import OpenlineError, Unavailable
from openline.utm.dss import deciding, notifying
from openline.utm.dss.airspace import Airspace, Undo
from openline.utm.dss.decision import Decision, Put, Ready
from openline.utm.dss.keys import ALL_KEYS
from openline.utm.dss.limits import MAX_WIDENINGS
from openline.utm.dss.ports import AirspaceStore, AirspaceTurn, AirspaceView
from openline.utm.dss.records import Kind, Record, Ref
from openline.utm.dss.requests import Question, Request
from openline.utm.dss.serving import Chance
from openline.utm.dss.settings import Settings

Listener = Callable[[Sequence[Record], Sequence[Ref]], None]
"""Is told what was put and what was removed, ours and others', after it was committed. It may not raise."""
Answer = Any
"""A struct of `utm.wire.references`, None for a Sweep, or the OpenlineError that it came to."""
_LOG_CUT: Final = "airspace-log-cut"


class Registry:
    """For one thread. Call load first."""

    def __init__(self, store: AirspaceStore, settings: Settings, chance: Chance) -> None:
        """chance: gives a fresh UUIDv4 in lower case each time."""
        self._store = store
        self._settings = settings
        self._chance = chance
        self._airspace = Airspace()
        self._seen: dict[int, int] = {}
        self._is_behind = False
        self._listeners: list[Listener] = []

    def on_change(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def standing(self, kind: Kind) -> list[Record]:
        """All of a kind, as last known."""
        return self._airspace.all(kind)

    def load(self) -> None:
        """Everything anew; listeners are told what is other than it was. Raises as the store does."""
        loaded = self._store.load()
        airspace = Airspace()
        airspace.load(loaded.records, loaded.indices)
        before, self._airspace = self._airspace, airspace
        self._seen, self._is_behind = dict(loaded.counts), False
        self._tell(*airspace.beyond(before))

    def catch_up(self) -> None:
        """Take in what others have committed. Raises as the store does."""
        try:
            with self._store.seeing() as view:
                news = self._catch_up(view, ALL_KEYS)
        except Unavailable as fault:
            if fault.code != _LOG_CUT:
                raise
            self.load()
            return
        self._is_behind = False
        self._tell(*news)

    def answer_all(self, requests: Sequence[Request], now_ms: int) -> list[Answer]:
        """One atomic batch, decided in order: a later request sees what the earlier ones did, and one that is
        refused leaves no trace. Raises Unavailable where nothing of it was stored.
        """
        if self._is_behind:
            self.catch_up()
        asked = [self._ready(one, now_ms) for one in requests]
        answer = self._look if all(isinstance(one, Question) for one in requests) else self._change
        for _ in range(2):
            try:
                return answer(asked, now_ms)
            except Unavailable as fault:
                if fault.code != _LOG_CUT:
                    raise
                self.load()
        raise _contended("the log of changes was cut again and again")

    def _ready(self, request: Request, now_ms: int) -> Ready | OpenlineError:
        try:
            return deciding.ready(request, now_ms, self._chance, self._settings)
        except OpenlineError as refused:
            return refused

    def _decide(self, one: Ready | OpenlineError, now_ms: int) -> Decision | OpenlineError:
        if isinstance(one, OpenlineError):
            return one
        try:
            return deciding.decide(self._airspace, one, now_ms, self._chance, self._settings)
        except OpenlineError as refused:
            return refused

    # Questions -------------------------------------------------------------------------------------
    def _look(self, asked: Sequence[Ready | OpenlineError], now_ms: int) -> list[Answer]:
        if not self._store.is_shared:
            return self._numbered([self._decide(one, now_ms) for one in asked], {}, now_ms)
        news = News()
        with self._store.seeing() as view:
            self._see(view, [one for one in asked if isinstance(one, Ready)], news)
            decided = [self._decide(one, now_ms) for one in asked]
            indices = view.indices(_shown_in(decided)) if self._must_read else {}
        self._tell(news.records, news.removed)
        return self._numbered(decided, indices, now_ms)

    def _see(self, view: AirspaceView, asked: Sequence[Ready], news: "News") -> None:
        """All keys that the questions need; what they bring in may show that more are needed."""
        seen: set[int] = set()
        for _ in range(MAX_WIDENINGS):
            wanted = deciding.ALWAYS_SEEN.union(*(deciding.keys(self._airspace, one) for one in asked)) - seen
            if not wanted:
                return
            news.add(*self._catch_up(view, wanted))
            seen |= wanted

    # Changes ---------------------------------------------------------------------------------------
    def _change(self, asked: Sequence[Ready | OpenlineError], now_ms: int) -> list[Answer]:
        held: frozenset[int] = frozenset()
        for _ in range(MAX_WIDENINGS):
            held |= self._keys(asked)
            try:
                return self._try(asked, held, now_ms)
            except Wider as wider:
                held |= wider.keys
        raise _contended("others changed what this batch is about, time and again")

    def _keys(self, asked: Iterable[Ready | OpenlineError]) -> frozenset[int]:
        changes = (one for one in asked if isinstance(one, Ready) and not isinstance(one.request, Question))
        return frozenset().union(*(deciding.keys(self._airspace, one) for one in changes))

    def _try(self, asked: Sequence[Ready | OpenlineError], held: frozenset[int], now_ms: int) -> list[Answer]:
        """Raises Wider where more keys are needed: then nothing was done."""
        news, batch = News(), Batch(self._airspace)
        try:
            with self._store.changing(held) as turn:
                if self._store.is_shared:
                    self._see_under(turn, asked, held, news)
                decided = [self._take(one, batch, held, now_ms) for one in asked]
                puts, removals = batch.net()
                times = self._times(decided)
                indices = dict(turn.indices(_shown_in(decided) - times.keys())) if self._must_read else {}
                turn.remove(removals)
                turn.put(puts)
                indices |= self._notify(turn, times, batch) if self._counts else {}
        except BaseException as fault:
            batch.take_back()
            # Whether a commit that failed took place is not known: look before the next answer.
            self._is_behind = self._is_behind or not isinstance(fault, Wider)
            self._tell(news.records, news.removed)
            raise
        self._count(batch)
        answers = self._numbered(decided, indices, now_ms)
        self._tell(news.records, news.removed)
        self._tell(puts, [one.ref for one in removals if self._airspace.find(one.kind, one.id) is None])
        return answers

    def _see_under(
        self, turn: AirspaceTurn, asked: Sequence[Ready | OpenlineError], held: frozenset[int], news: "News"
    ) -> None:
        news.add(*self._catch_up(turn, held | deciding.ALWAYS_SEEN))
        questions = [one for one in asked if isinstance(one, Ready) and isinstance(one.request, Question)]
        if questions:
            self._see(turn, questions, news)

    def _take(
        self, one: Ready | OpenlineError, batch: "Batch", held: frozenset[int], now_ms: int
    ) -> Decision | OpenlineError:
        """Decide, and let the next one see it."""
        if isinstance(one, Ready) and not isinstance(one.request, Question):
            needed = deciding.keys(self._airspace, one)
            if not needed <= held:
                raise Wider(needed)
        decision = self._decide(one, now_ms)
        if isinstance(decision, OpenlineError):
            return decision
        try:
            batch.take(decision)
        except OpenlineError as refused:
            return refused
        return decision

    # Notification indices --------------------------------------------------------------------------
    @property
    def _counts(self) -> bool:
        return not self._settings.time_based_notification_index

    @property
    def _must_read(self) -> bool:
        """Others count too."""
        return self._counts and self._store.is_shared

    def _times(self, decided: Sequence[Decision | OpenlineError]) -> dict[str, int]:
        """How often each subscription that stands after the batch is told by it."""
        times: dict[str, int] = {}
        for decision in decided if self._counts else ():
            for id in decision.notified if isinstance(decision, Decision) else ():
                times[id] = times.get(id, 0) + 1
        return {id: count for id, count in times.items() if self._airspace.find(Kind.SUBSCRIPTION, id)}

    def _notify(self, turn: AirspaceTurn, times: Mapping[str, int], batch: "Batch") -> Mapping[str, int]:
        """Raise each once, by all that the batch tells it; gives where each stood before."""
        before = {id: now - times[id] for id, now in turn.notify(times).items()} if times else {}
        return {**before, **dict.fromkeys(batch.new_subscriptions(), 0)}

    def _numbered(
        self, decided: Sequence[Decision | OpenlineError], before: Mapping[str, int], now_ms: int
    ) -> list[Answer]:
        """The answers, with numbers handed out in the order of the batch."""
        indices, answers = self._airspace.indices, []
        indices.update(before)
        for decision in decided:
            if isinstance(decision, OpenlineError):
                answers.append(decision)
                continue
            for id in decision.notified if self._counts else ():
                indices[id] = indices.get(id, 0) + 1
            shown = notifying.subscriptions_in(decision.answer)
            if not shown:
                answers.append(decision.answer)
                continue
            clock = None if self._counts else notifying.clock_index(now_ms)
            numbers = {id: indices.get(id, 0) if clock is None else clock for id in shown}
            answers.append(notifying.numbered(decision.answer, numbers))
        self._airspace.forget_indices(_shown_in(decided))
        return answers

    # What is known of the store --------------------------------------------------------------------
    def _catch_up(self, view: AirspaceView, keys: Iterable[int]) -> tuple[Sequence[Record], Sequence[Ref]]:
        changed = view.changed_since({key: self._seen.get(key, 0) for key in keys})
        # What was seen under one key is told again under each of its others.
        records = [one for one in changed.records if self._airspace.find(one.kind, one.id) != one]
        removed = [ref for ref in changed.removed if self._airspace.find(ref.kind, ref.id) is not None]
        self._airspace.apply([Put(one) for one in records], removed)
        self._seen.update(changed.counts)
        self._airspace.forget_indices(ref.id for ref in removed if ref.kind is Kind.SUBSCRIPTION)
        return records, removed

    def _count(self, batch: "Batch") -> None:
        """As the store has counted: a change of a record is one of all keys that it had or has."""
        for before, after in batch.changes():
            for key in {*(before.keys if before else ()), *(after.keys if after else ())}:
                self._seen[key] = self._seen.get(key, 0) + 1

    def _tell(self, records: Sequence[Record], removed: Sequence[Ref]) -> None:
        if records or removed:
            for listener in self._listeners:
                listener(records, removed)


class Wider(Exception):
    """A batch needs these keys too."""

    def __init__(self, keys: frozenset[int]) -> None:
        super().__init__()
        self.keys = keys


@dataclass(slots=True)
class News:
    """What others have committed, gathered while a store is looked at."""

    records: list[Record] = field(default_factory=list)
    removed: list[Ref] = field(default_factory=list)

    def add(self, records: Sequence[Record], removed: Sequence[Ref]) -> None:
        self.records += records
        self.removed += removed


class Batch:
    """What a batch has done to the image so far."""

    def __init__(self, airspace: Airspace) -> None:
        self._airspace = airspace
        self._undo: list[Undo] = []
        self._before: dict[Ref, Record | None] = {}
        self._removed: set[Ref] = set()

    def take(self, decision: Decision) -> None:
        """Raises OpenlineError where the image does not take it; then nothing is changed."""
        removed = [one.ref for one in decision.removals]
        undo = self._airspace.apply(decision.puts, removed)
        self._undo.append(undo)
        self._removed.update(removed)
        for ref, record in undo:
            self._before.setdefault(ref, record)

    def take_back(self) -> None:
        while self._undo:
            self._airspace.take_back(self._undo.pop())

    def changes(self) -> list[tuple[Record | None, Record | None]]:
        """Before and after, of what is other now than it was before the batch."""
        pairs = [(before, self._airspace.find(ref.kind, ref.id)) for ref, before in self._before.items()]
        return [(before, after) for before, after in pairs if before is not None or after is not None]

    def net(self) -> tuple[list[Record], list[Record]]:
        """What is to be put, and what is to be removed as it stood; what began anew is among both."""
        changes = self.changes()
        puts = [after for _, after in changes if after is not None]
        gone = [before for before, after in changes if before is not None and after is None]
        anew = [
            before
            for before, after in changes
            if before is not None and after is not None and before.ref in self._removed
        ]
        return puts, gone + anew

    def new_subscriptions(self) -> list[str]:
        return [
            ref.id
            for ref, before in self._before.items()
            if ref.kind is Kind.SUBSCRIPTION
            and (before is None or ref in self._removed)
            and self._airspace.find(ref.kind, ref.id) is not None
        ]


def _shown_in(decided: Iterable[Decision | OpenlineError]) -> set[str]:
    return {
        id for one in decided if isinstance(one, Decision) for id in notifying.subscriptions_in(one.answer)
    }


def _contended(text: str) -> Unavailable:
    return Unavailable("store-contended", text, remedy="try again in a second")
