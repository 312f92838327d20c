"""An AirspaceStore in memory: one Database, and a store for each process that is open on it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from openline.errors import Unavailable
from openline.utm.dss.keys import ALL_KEYS
from openline.utm.dss.ports import Changed, Loaded
from openline.utm.dss.records import Kind, Record, Ref


class Database:
    def __init__(self) -> None:
        self.records: dict[Ref, Record] = {}
        self.counts: dict[int, int] = {}
        self.log: dict[int, dict[int, Ref]] = {}
        self.indices: dict[str, int] = {}

    def copy(self) -> "Database":
        other = Database()
        other.records, other.counts, other.indices = dict(self.records), dict(self.counts), dict(self.indices)
        other.log = {key: dict(entries) for key, entries in self.log.items()}
        return other


class View:
    def __init__(self, database: Database) -> None:
        self.database = database

    def changed_since(self, seen: Mapping[int, int]) -> Changed:
        refs: dict[Ref, None] = {}
        for key, count in seen.items():
            for number in range(count + 1, self.database.counts.get(key, 0) + 1):
                ref = self.database.log[key].get(number)
                if ref is None:
                    raise Unavailable("airspace-log-cut", "cut")
                refs[ref] = None
        counts = {key: self.database.counts[key] for key in seen if key in self.database.counts}
        found = tuple(self.database.records[ref] for ref in refs if ref in self.database.records)
        return Changed(counts, found, tuple(ref for ref in refs if ref not in self.database.records))

    def indices(self, subscription_ids: Collection[str]) -> Mapping[str, int]:
        return {id: self.database.indices[id] for id in subscription_ids if id in self.database.indices}


class Turn(View):
    def __init__(self, database: Database, held: Collection[int]) -> None:
        super().__init__(database)
        self.held = set(held)
        self.given: dict[Ref, Record] = {}
        self.taken: dict[Ref, Record] = {}
        self.raised: dict[str, int] = {}

    def put(self, records: Iterable[Record]) -> None:
        self.given.update((one.ref, one) for one in records)

    def remove(self, records: Iterable[Record]) -> None:
        for one in records:
            self.given.pop(one.ref, None)
            self.taken[one.ref] = one

    def notify(self, times: Mapping[str, int]) -> Mapping[str, int]:
        for id, count in times.items():
            ref = Ref(Kind.SUBSCRIPTION, id)
            stands = ref in self.given or (ref in self.database.records and ref not in self.taken)
            if stands:
                begins = 0 if ref in self.taken else self.database.indices.get(id, 0)
                self.raised[id] = self.raised.get(id, begins) + count
        return {id: self.raised[id] for id in times if id in self.raised}

    def write(self) -> None:
        for ref in self.given.keys() | self.taken.keys():
            standing = self.database.records.get(ref)
            keys = {
                key for one in (standing, self.given.get(ref), self.taken.get(ref)) if one for key in one.keys
            }
            if not keys <= self.held:
                raise Unavailable("store-contended", f"{ref} stands under a key that is not held")
            for key in keys:
                self.database.counts[key] = number = self.database.counts.get(key, 0) + 1
                self.database.log.setdefault(key, {})[number] = ref
        for ref in self.taken:
            self.database.records.pop(ref, None)
            self.database.indices.pop(ref.id, None) if ref.kind is Kind.SUBSCRIPTION else None
        for ref, record in self.given.items():
            self.database.records[ref] = record
            if ref.kind is Kind.SUBSCRIPTION:
                self.database.indices.setdefault(ref.id, 0)
        self.database.indices.update(self.raised)


class MemoryStore:
    """before_lock: is called when somebody has made up his mind and has not locked yet. fails: commits that
    fail from now on; after_commit: they were stored all the same.
    """

    def __init__(self, database: Database, *, is_shared: bool) -> None:
        self.database = database
        self.is_shared = is_shared
        self.before_lock: Callable[[], None] = lambda: None
        self.fails = 0
        self.after_commit = False
        self.locked: list[frozenset[int]] = []

    def load(self) -> Loaded:
        database = self.database
        return Loaded(tuple(database.records.values()), dict(database.counts), dict(database.indices))

    @contextmanager
    def seeing(self) -> Iterator[View]:
        yield View(self.database)

    @contextmanager
    def changing(self, keys: Collection[int]) -> Iterator[Turn]:
        assert set(keys) <= set(ALL_KEYS)
        self.before_lock()
        self.locked.append(frozenset(keys))
        turn = Turn(self.database, keys)
        yield turn
        if self.fails and not self.after_commit:
            self.fails -= 1
            raise Unavailable("disk-full", "no space is left")
        turn.write()
        if self.fails:
            self.fails -= 1
            raise Unavailable("answer-lost", "the database has gone away")

    def prune(self, before_ms: int, now_ms: int) -> None:
        self.database.log = {key: {} for key in self.database.log}
