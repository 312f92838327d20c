"""The space-time index: everything that flies, ready to be asked what a new filing would meet.

It holds numbers in arrays, no operations. Everything that can fail, fails before the first number is written:
a change is made whole or not at all. Any number of threads may ask and change; questions run beside one
another and without the GIL, a change runs alone. The compiled engine comes in with the first thing that is
added.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from openline.airspace.constraint import Constraint
from openline.airspace.operation import Operation
from openline.conflict.found import Conflict
from openline.conflict.minima import Minima
from openline.conflict.turns import Turns

if TYPE_CHECKING:
    from openline.conflict.engine import Engine
    from openline.conflict.ids import Answer, Id
    from openline.conflict.obstacles import Obstacles
    from openline.conflict.parts import Parts

Among = Callable[[str], bool]
Filed = Operation | Constraint


class ConflictIndex:
    """Operations and constraints by id, under one Minima.

    Off-nominal volumes count. Two of one party conflict like any others (see ``among``); two constraints
    never do. Ids of operations and constraints are texts; of bulk loads, texts or whole numbers.
    """

    def __init__(self, minima: Minima = Minima.f3548) -> None:
        self.minima = minima
        self._turns = Turns()
        self._making = Lock()
        self._made: Engine | None = None

    @classmethod
    def from_volumes(
        cls,
        lonlat: Any,
        offsets: Any,
        altitude_lower_m: Any,
        altitude_upper_m: Any,
        start_s: Any,
        end_s: Any,
        ids: Sequence["Id"] | Any = None,
        minima: Minima = Minima.f3548,
    ) -> "ConflictIndex":
        """A new index of n volumes; see ``add_volumes``."""
        index = cls(minima)
        index.add_volumes(lonlat, offsets, altitude_lower_m, altitude_upper_m, start_s, end_s, ids)
        return index

    def __len__(self) -> int:
        """How many operations and constraints."""
        return len(self._made) if self._made is not None else 0

    def __contains__(self, operation_id: object) -> bool:
        return self._made is not None and self._made.holds(operation_id)

    # Changes

    def add(self, filed: Filed) -> None:
        """Raises Invalid "duplicate-id" where its id is here already, "ended" where it is over;
        LimitExceeded.
        """
        self.add_many((filed,))

    def add_many(self, filed: "Iterable[Filed | Parts]") -> None:
        """All of them or, where one is refused, none; also such as were made ready before (`parts.parts_of`).

        Raises as add.
        """
        ready = self._engine.prepared(filed)
        with self._changing() as engine:
            engine.add(ready)

    def replace(self, filed: Filed) -> None:
        """What has the same id gives way to this. Raises NotFound "unknown-operation", else as add."""
        ready = self._engine.prepared((filed,))[0]
        with self._changing() as engine:
            engine.replace(ready)

    def remove(self, operation_id: "Id") -> None:
        """Raises NotFound "unknown-operation"."""
        with self._changing() as engine:
            engine.remove(operation_id)

    def add_volumes(
        self,
        lonlat: Any,
        offsets: Any,
        altitude_lower_m: Any,
        altitude_upper_m: Any,
        start_s: Any,
        end_s: Any,
        ids: Sequence["Id"] | Any = None,
    ) -> None:
        """Volumes as arrays, all of them or none.

        lonlat: (m, 2) degrees, longitude first; ring k is lonlat[offsets[k] : offsets[k + 1]], open, its
        edges WGS84 geodesics. altitude_lower_m, altitude_upper_m: (n,) metres over the ellipsoid. start_s,
        end_s: (n,) Unix seconds. ids: (n,) whole numbers or texts, equal ones are volumes of one operation;
        None: row numbers, which go on after the largest number that was ever used in this index.

        Raises Invalid "wrong-type", "wrong-shape", "not-finite", "bad-offsets", "too-few-vertices",
        "vertex-repeated", "self-intersection", "no-area", "altitudes-inverted", "times-inverted",
        "duplicate-id"; LimitExceeded "out-of-range", "too-many-vertices", "too-long", "outline-too-large".
        """
        volumes = self._engine.checked(lonlat, offsets, altitude_lower_m, altitude_upper_m, start_s, end_s)
        with self._changing() as engine:
            engine.add_volumes(volumes, ids)

    # Questions

    def conflicts(self, filed: Filed, *, among: Among | None = None) -> list[Conflict]:
        """Of a candidate (in the index or not) with all others, in the order of the other's id; itself is
        excluded.

        among: only with those whose id it answers True for. Raises Invalid "ended", LimitExceeded.
        """
        engine = self._engine
        (ready,) = engine.prepared((filed,))
        self._turns.begin_asking()
        try:
            found = engine.conflicts(ready)
        finally:
            self._turns.end_asking()
        # Whoever chooses may ask the index too, so that it must not be anybody's turn now.
        return engine.told(filed.id, found, among)

    def conflicts_of(self, operation_id: "Id", *, among: Among | None = None) -> list[Conflict]:
        """As ``conflicts`` for what is in the index. Raises NotFound "unknown-operation"."""
        with self._asking() as engine:
            found = engine.conflicts_of(operation_id)
        return self._engine.told(operation_id, found, among)

    def is_clear(self, filed: Filed, *, among: Among | None = None) -> bool:
        """Whether ``conflicts`` would be empty; without ``among`` it is answered as soon as one is found."""
        if among is not None:
            return not self.conflicts(filed, among=among)
        engine = self._engine
        (ready,) = engine.prepared((filed,))
        with self._asking():
            return engine.is_clear(ready)

    def query_volume(
        self, lonlat: Any, altitude_lower_m: float, altitude_upper_m: float, start_s: float, end_s: float
    ) -> "Answer":
        """The ids of what one volume, given as in ``add_volumes``, conflicts with; each once, in no order.

        An int64 array where all ids in the index are whole numbers, else an array of objects. Raises as
        ``add_volumes``.
        """
        engine = self._engine
        self._turns.begin_asking()
        try:
            return engine.query_volume(lonlat, altitude_lower_m, altitude_upper_m, start_s, end_s)
        finally:
            self._turns.end_asking()

    def all_conflicts(self) -> Iterator[Conflict]:
        """Each conflicting pair once, as it was when the first was asked for."""
        with self._asking() as engine:
            conflicts = engine.all_conflicts()
        yield from conflicts

    def all_pairs(self) -> tuple["Answer", "Answer"]:
        """The ids of each conflicting pair, once: two arrays of one length (their kind: see
        ``query_volume``).
        """
        with self._asking() as engine:
            return engine.all_pairs()

    def obstacles(
        self,
        filed: Filed,
        earliest_ms: int,
        latest_ms: int,
        down_dmm: int,
        up_dmm: int,
        *,
        among: Among | None = None,
    ) -> "Obstacles":
        """What may come into its way at some delay from earliest_ms (0 or less) to latest_ms and some climb
        from -down_dmm to up_dmm; for the resolver. Raises as ``conflicts``.
        """
        engine = self._engine
        (ready,) = engine.prepared((filed,))
        with self._asking():
            around, owners = engine.obstacles(ready, earliest_ms, latest_ms, down_dmm, up_dmm)
        return around if among is None else around.only([among(str(owner)) for owner in owners])

    # Whose turn it is

    @property
    def _engine(self) -> "Engine":
        return self._made if self._made is not None else self._make()

    def _make(self) -> "Engine":
        # numba comes in here, and not before: a verb that compares nothing need not wait for it.
        from openline.conflict.engine import Engine

        with self._making:
            if self._made is None:
                self._made = Engine(self.minima)
            return self._made

    def _asking(self) -> "_Turn":
        return _Turn(self._engine, self._turns.begin_asking, self._turns.end_asking)

    def _changing(self) -> "_Turn":
        return _Turn(self._engine, self._turns.begin_changing, self._turns.end_changing)


class _Turn:
    def __init__(self, engine: "Engine", begin: Callable[[], None], end: Callable[[], None]) -> None:
        self._engine, self._begin, self._end = engine, begin, end

    def __enter__(self) -> "Engine":
        self._begin()
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._end()
