"""Any sequence of steps, with blocks that fail and processes that restart in between, against plain dicts."""

import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openline.journal.entry import Entry, Lane, LaneHead
from openline.node.ports import (
    AlarmRow,
    LamRow,
    NoticeRow,
    OperationRow,
    PassedRow,
    PictureRow,
    Transaction,
)
from openline.store import open_store
from store.samples import following, note

names = st.sampled_from(["a", "b", "ä\n'"])
lanes = st.sampled_from(list(Lane))
numbers = st.integers(0, 2**53 - 1)
data = st.binary(max_size=40)
ways = st.sampled_from(["commit", "commit", "raise"])
picture_rows = st.lists(st.builds(PictureRow, names, names, names, names, data), max_size=4)


class Broken(Exception):
    """What a caller's block ends with."""


class Model:
    """The store as a person would describe it."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.entries: dict[tuple[str, str, Lane], list[Entry]] = {}
        self.heads: dict[tuple[str, str, Lane], LaneHead] = {}
        self.lams: dict[tuple[str, str, Lane], dict[int, LamRow]] = {}
        self.pictures: dict[str, dict[tuple[str, str], PictureRow]] = {}
        self.operations: dict[str, OperationRow] = {}
        self.notices: dict[str, dict[str, NoticeRow]] = {}
        self.passed: dict[str, dict[tuple[str, str], PassedRow]] = {}
        self.alarms: dict[str, AlarmRow] = {}
        self.counters: dict[str, int] = {}
        self.notes = 0


class StoreAgainstModel(RuleBasedStateMachine):
    """Every rule writes in one block, which commits or raises; the model keeps only what committed."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "node.db"
        self.store = open_store(self.path)
        self.model = Model()
        self.serial = 0

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def step(self, way: str, write: Callable[[Transaction, Model], None]) -> None:
        model = deepcopy(self.model)
        try:
            with self.store.writing() as tx:
                write(tx, model)
                if way == "raise":
                    raise Broken
        except Broken:
            return
        self.model = model

    @rule(way=ways, accord=names, sender=names, lane=lanes, count=st.integers(1, 5))
    def say(self, way: str, accord: str, sender: str, lane: Lane, count: int) -> None:
        def write(tx: Transaction, model: Model) -> None:
            place = (accord, sender, lane)
            for _ in range(count):
                self.serial += 1
                before = model.heads.get(place, LaneHead.empty())
                assert tx.lane_head(*place) == before
                entry, head = following(before, b"%d" % self.serial, *place)
                tx.append(entry, head)
                model.heads[place] = head
                model.entries.setdefault(place, []).append(entry)
            note(tx)
            model.notes += 1

        self.step(way, write)

    @rule(
        way=ways, accord=names, sender=names, lane=lanes, number=st.integers(1, 9), at_ms=numbers, sealed=data
    )
    def acknowledge(self, way: str, number: int, at_ms: int, sealed: bytes, **of: str) -> None:
        def write(tx: Transaction, model: Model) -> None:
            place = (of["accord"], of["sender"], Lane(of["lane"]))
            row = LamRow(*place, number, at_ms, sealed)
            tx.save_lam(row)
            model.lams.setdefault(place, {}).setdefault(number, row)

        self.step(way, write)

    @rule(way=ways, accord=names, rows=picture_rows)
    def see(self, way: str, accord: str, rows: list[PictureRow]) -> None:
        def write(tx: Transaction, model: Model) -> None:
            tx.save_picture(accord, rows)
            model.pictures.setdefault(accord, {}).update({(row.kind, row.key): row for row in rows})

        self.step(way, write)

    @rule(way=ways, row=st.builds(OperationRow, names, numbers, names, numbers, data), accord=names)
    def file(self, way: str, row: OperationRow, accord: str) -> None:
        def write(tx: Transaction, model: Model) -> None:
            tx.save_operation(row)
            model.operations[row.operation_id] = row
            told = NoticeRow(accord, row.operation_id, f"notice of {row.operation_id}", row.version)
            tx.save_notice_row(told)
            model.notices.setdefault(accord, {})[row.operation_id] = told

        self.step(way, write)

    @rule(way=ways, accord=names, source_accord=names, source=names, version=st.integers(0, 9), said=names)
    def pass_on(
        self, way: str, accord: str, source_accord: str, source: str, version: int, said: str
    ) -> None:
        def write(tx: Transaction, model: Model) -> None:
            row = PassedRow(accord, source_accord, source, f"{source_accord}/{source}", version, said)
            tx.save_passed_row(row)
            model.passed.setdefault(accord, {})[source_accord, source] = row

        self.step(way, write)

    @rule(way=ways, alarm_id=names, at_ms=numbers, raising=st.booleans())
    def alarm(self, way: str, alarm_id: str, at_ms: int, raising: bool) -> None:
        def write(tx: Transaction, model: Model) -> None:
            known = model.alarms.get(alarm_id)
            standing = known is not None and known.cleared_ms is None
            row = AlarmRow(alarm_id, "a", "silence", "nothing heard", at_ms)
            if raising:
                assert tx.raise_alarm(row) is not standing
                model.alarms[alarm_id] = known if standing and known else row
            else:
                assert tx.clear_alarm(alarm_id, at_ms) is standing
                if standing and known:
                    model.alarms[alarm_id] = msgspec.structs.replace(known, cleared_ms=at_ms)

        self.step(way, write)

    @rule(way=ways, name=names, value=names, by=st.integers(0, 9))
    def set_and_count(self, way: str, name: str, value: str, by: int) -> None:
        def write(tx: Transaction, model: Model) -> None:
            tx.put_setting(name, value)
            tx.count(name, by)
            model.settings[name] = value
            model.counters[name] = model.counters.get(name, 0) + by

        self.step(way, write)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = open_store(self.path, create=False)

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        with self.store.reading() as tx:
            self.compare_lanes(tx)
            self.compare_the_rest(tx)

    def compare_lanes(self, tx: Transaction) -> None:
        for place, entries in self.model.entries.items():
            assert tx.lane_head(*place) == self.model.heads[place]
            assert tx.entries(*place, 0, 1_000) == entries
            middle = len(entries) // 2
            assert tx.leaf_hashes(*place, middle) == [entry.hash for entry in entries[:middle]]
            assert tx.entry_by_hash(entries[-1].hash) == entries[-1]
        for place, lams in self.model.lams.items():
            assert list(tx.lams(*place)) == [lams[number] for number in sorted(lams)]
            assert tx.acknowledged(*place) == max(lams)
            covering = [lams[number] for number in sorted(lams) if number >= 5]
            assert tx.lam_covering(*place, 5) == (covering[0] if covering else None)

    def compare_the_rest(self, tx: Transaction) -> None:
        model = self.model
        for accord, picture in model.pictures.items():
            assert list(tx.picture(accord)) == [picture[key] for key in sorted(picture)]
        assert list(tx.operations()) == [model.operations[key] for key in sorted(model.operations)]
        some = [row for row in tx.operations() if row.state != "a"]
        assert list(tx.operations({"b", "ä\n'"})) == some
        assert {accord: tx.notice_rows(accord) for accord in model.notices} == model.notices
        for accord, passed in model.passed.items():
            rows = tx.passed_rows(accord)
            assert {(row.source_accord, row.source): row for row in rows} == passed
            assert len(rows) == len(passed)
        assert {row.alarm_id: row for row in tx.alarms(standing_only=False)} == model.alarms
        assert {row.alarm_id for row in tx.alarms()} == {
            i for i, row in model.alarms.items() if row.cleared_ms is None
        }
        assert tx.counters() == model.counters
        assert {name: tx.setting(name) for name in model.settings} == model.settings
        assert len(tx.private_records(0, 1_000)) == model.notes


StoreAgainstModel.TestCase.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestStoreAgainstModel = StoreAgainstModel.TestCase
