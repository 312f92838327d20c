"""A node with many operations starts on what it kept, and that is what the journal folds to."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import pytest

from e2e.large_store import told_store
from e2e.two_processes import ACCORD_ID, Process
from openline.airspace.operation import Operation, State
from openline.bootstrap import Home, Opened, open_node
from openline.coordination import decide
from openline.coordination.line import Line
from openline.formats.geojson_text import feature_collection
from openline.node.audit import audit
from openline.node.desk import Desk, open_desks
from openline.node.views import conflict_rows

COUNT = 1_000
MET = COUNT // 200
"""So many of bravo's do what one of alpha's does."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alpha with 1,000 operations, all told and judged; what its index made of them is kept."""
    folder = tmp_path_factory.mktemp("large")
    pair = told_store(folder, COUNT, now_ms())
    for process in pair.processes.values():
        process.api.close()
    return folder


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    """A copy of alpha to do as one likes with."""
    return Path(copytree(made / "alpha", tmp_path / "alpha"))


@pytest.fixture(scope="module")
def made_anew(made: Path) -> dict[str, Any]:
    """What the journal of ``made`` folds to."""
    return derived_anew(made / "alpha")[1]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def desk_in(directory: Path) -> Iterator[tuple[Opened, Desk]]:
    opened = open_node(directory)
    with opened.store, opened.node.looking() as (_, desks, _own):
        yield opened, desks[ACCORD_ID]


def all_there_is(line: Line) -> dict[str, Any]:
    """Everything that is derived on a line, and what the engine answers for every live notice."""
    picture = line.picture
    told = sorted(it.notice_id for it in picture.all_told() if it.live)
    return {
        "digest": picture.digest(),
        "inventory": list(picture.inventory()),
        "dialogues": {view.conflict_id: view.dialogue for view in picture.conflicts()},
        "places": {name: picture.told(name).notice for name in told},  # type: ignore[union-attr]
        "engine": {name: line.index.conflicts_of(name) for name in told},
    }


def derived_anew(directory: Path) -> tuple[Line, dict[str, Any]]:
    """From the journal alone: folded, judged and made ready without anything that was kept."""
    opened = open_node(directory)
    with opened.store, opened.store.reading() as tx:
        (desk,) = open_desks("alpha", tx.accords()).values()
        desk._read_heads(tx)
        desk.line.replace_picture(desk.refolded(tx))
        return desk.line, all_there_is(desk.line)


def conflicts_said(directory: Path) -> list[dict[str, Any]]:
    with desk_in(directory) as (_, desk):
        return conflict_rows({ACCORD_ID: desk})


def rewrite(directory: Path, statement: str, *values: object) -> int:
    with closing(sqlite3.connect(directory / "openline.db")) as connection, connection:
        return connection.execute(statement, values).rowcount


def test_a_start_on_what_was_kept_equals_a_full_derivation(directory: Path) -> None:
    line, anew = derived_anew(directory)
    assert decide.judge(line) == []  # whatever the start leaves out, nothing was left to be said of it
    assert decide.settle(line, lambda notice_id: None) == []
    with desk_in(directory) as (_, desk):
        assert (desk.line.unjudged, desk.line.unsettled) == (set(), set())
        assert len(anew["dialogues"]) == MET
        assert sum(map(len, anew["engine"].values())) == 2 * MET
        assert all_there_is(desk.line) == anew
        assert desk.line.take_parts(COUNT) == {}  # all of them were kept


def test_a_look_at_the_picture_puts_nothing_into_the_index(directory: Path) -> None:
    opened = open_node(directory)
    with opened.store:
        (status,) = opened.node.status(now_ms())
        assert (status.notices, status.conflicts["open"]) == ({"alpha": COUNT // 2, "bravo": COUNT // 2}, MET)
        assert conflicts_said(directory)
        opened.node.tick(now_ms())
        assert not opened.node.is_indexed()


def swap_parts(directory: Path) -> int:
    """Two notices, both in conflict, get each other's parts."""
    one, two = (row["first"]["notice_id"] for row in conflicts_said(directory)[:2])
    other = "SELECT other.value FROM parts AS other WHERE other.notice_id = iif(parts.notice_id = ?, ?, ?)"
    statement = f"UPDATE parts SET value = ({other}) WHERE notice_id IN (?, ?)"
    return rewrite(directory, statement, one, two, one, one, two)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "parts of another notice": swap_parts,
    "parts with a byte changed": lambda it: rewrite(
        it, "UPDATE parts SET value = CAST(substr(value, 1, 99) || x'55' || substr(value, 101) AS BLOB)"
    ),
    "parts cut off": lambda it: rewrite(it, "UPDATE parts SET value = substr(value, 1, 50)"),
    "empty parts": lambda it: rewrite(it, "UPDATE parts SET value = x''"),
    "no parts": lambda it: rewrite(it, "DELETE FROM parts"),
    "parts of half": lambda it: rewrite(it, "DELETE FROM parts WHERE notice_id < '8'"),
    "no mark": lambda it: rewrite(it, "DELETE FROM setting WHERE name LIKE 'judged/%'"),
    "a mark that cannot be read": lambda it: rewrite(
        it, "UPDATE setting SET value = '{' WHERE name LIKE 'judged/%'"
    ),
    "a mark of another version": lambda it: rewrite(
        it, "UPDATE setting SET value = replace(value, 'openline', 'openlime') WHERE name LIKE 'judged/%'"
    ),
    "a mark from long ago": lambda it: rewrite(
        it,
        "UPDATE setting SET value = json_set(value, '$.numbers.\"bravo/routine\"', 10) "
        "WHERE name LIKE 'judged/%'",
    ),
    "a picture that cannot be read": lambda it: rewrite(
        it, "UPDATE picture SET value = x'5b7b' WHERE kind = 'notice' AND key < '2'"
    ),
    "a picture of unknown things": lambda it: rewrite(
        it, "UPDATE picture SET kind = 'moon' WHERE kind = 'notice' AND key < '2'"
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_kept_and_does_not_fit_is_derived_again(
    directory: Path, made_anew: dict[str, Any], damage: Callable[[Path], object]
) -> None:
    assert damage(directory) != 0
    with desk_in(directory) as (_, desk):
        assert all_there_is(desk.line) == made_anew
    opened = open_node(directory)
    with opened.store:
        opened.node.tick(now_ms())
        with opened.node.looking() as (_, desks, _own):
            assert all_there_is(desks[ACCORD_ID].line) == made_anew  # and nothing was said twice


KILLED = """
import os, signal, sys
from pathlib import Path
from openline.bootstrap import open_node
from openline.formats.geojson import read_operations
from openline.node.desk import Desk

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

directory, point, filing, now_ms = sys.argv[1:]
if point != "after the commit":
    setattr(Desk, point, die)
open_node(Path(directory)).node.file(read_operations(Path(filing).read_bytes())[0], int(now_ms))
die()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "stays"),
    [("write_picture", 0), ("write_judged", 0), ("write_parts", 0), ("after the commit", 1)],
)
def test_kill_nine_between_two_writes_leaves_all_of_them_or_none(
    directory: Path, tmp_path: Path, point: str, stays: int
) -> None:
    before = conflicts_said(directory)
    filing = tmp_path / "filing.geojson"
    filing.write_bytes(feature_collection([twin_of_a_foreign_one(directory)]))
    arguments = [sys.executable, "-c", KILLED, str(directory), point, str(filing), str(now_ms())]
    child = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    _, anew = derived_anew(directory)
    assert len(anew["dialogues"]) == len(before) + stays
    with desk_in(directory) as (opened, desk):
        assert all_there_is(desk.line) == anew
        with opened.store.reading() as tx:
            assert audit(tx, "alpha").findings == ()


def twin_of_a_foreign_one(directory: Path) -> Operation:
    """An operation of ours that does what one of bravo's does which met nothing so far."""
    with desk_in(directory) as (_, desk):
        told = min((it.party, bool(desk.line.picture.conflicts_of(it.notice_id)), it.notice_id)
                   for it in desk.line.picture.all_told() if it.party == "bravo")  # fmt: skip
        found = desk.line.operation_of(told[2])
    return msgspec.structs.replace(found, id=str(uuid.uuid4()), state=State.ACCEPTED)


@pytest.mark.slow
def test_a_large_node_serves_and_answers_its_first_question_exactly(directory: Path) -> None:
    """As soon as it answers at all, the index full or not."""
    filing = twin_of_a_foreign_one(directory)
    process = Process(Home(directory), Home(directory).settings().console.port)
    process.start()
    try:
        process.wait_up()
        body = json.loads(feature_collection([filing]))
        (filed,) = process.api.post("/api/operations", json=body).raise_for_status().json()["filed"]
        line = process.line()
    finally:
        process.stop()
    assert (filed["state"], len(filed["conflicts"])) == ("Proposed", 1)
    assert (line["notices"], line["conflicts"]["open"]) == (
        {"alpha": COUNT // 2 + 1, "bravo": COUNT // 2},
        MET + 1,
    )
    assert line["digest"] == derived_anew(directory)[1]["digest"]
