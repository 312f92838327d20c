"""Whole nodes for one input after another: a war room that is put back to where it was before each."""

import json
import re
import sqlite3
from typing import Any

from attack.hostile import Liar
from fuzz.from_types import HASHES, UUIDS
from openline.coordination.messages import Kind, Officer
from openline.coordination.told import conflict_id
from openline.node import views
from openline.node.audit import audit
from openline.node.officer import Move
from openline.simulation.centre import store_of
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, two_in_conflict
from simulation.war_room import NOW_MS, Party, WarRoom, flight

WATCH = Officer(position="watch", pseudonym="fox", automaton=False)


class Rewound:
    """A room on which much stands: a conflict in dialogue, a check, and calls where ``calls`` says so."""

    def __init__(self, **terms: Any) -> None:
        self.room = WarRoom(**terms)
        _, _, conflict = two_in_conflict(self.room)
        self.room["alpha"].check(self.room.accord_id, WATCH, NOW_MS)
        self.room["alpha"].move(self.room.accord_id, conflict, Move(kind=Kind.ACP), NOW_MS)
        self.room["alpha"].file(flight(self.room.id(), [(p[0] - 5, *p[1:]) for p in EASTBOUND]), NOW_MS)
        self.room.exchange()
        self.room["bravo"].file(flight(self.room.id(), [(p[0] - 5, *p[1:]) for p in WESTBOUND]), NOW_MS)
        self.room.exchange()
        self._kept = {name: _copy_of(party) for name, party in self.room.parties.items()}
        self._chance = self.room.chance.getstate()
        self._names = self._real_names()

    def again(self) -> Liar:
        """Everything as it was, and bravo's seat taken by somebody who may say anything."""
        for name, party in self.room.parties.items():
            party.store = store_of(self._kept[name])
            party.restart()
        self.room.chance.setstate(self._chance)
        self.room.now_ms = NOW_MS
        self.room.open_session()
        return Liar(self.room)

    def named(self, body: bytes) -> bytes:
        """With real messages, notices and conflicts in place of those that ``from_types`` makes up."""
        named = body
        for name, real in self._names.items():
            named = named.replace(name, real)
        made_up, real = _conflict_in(body, self.room.accord_id), _conflict_in(named, self.room.accord_id)
        return named.replace(made_up, real) if made_up and real else named

    def _real_names(self) -> dict[bytes, bytes]:
        with self.room["alpha"].looking() as (_, desks, _own):
            picture = desks[self.room.accord_id].line.picture
            conflicts = [view.conflict_id for view in picture.conflicts()]
            tips = [view.dialogue.tip for view in picture.conflicts() if view.dialogue.tip]
            notices = sorted(told.notice_id for told in picture.all_told())
            told = sorted(told.hash for told in picture.all_told())
        hashes = [*conflicts, *tips, *told, *conflicts][: len(HASHES)]
        pairs = [*zip(HASHES, hashes, strict=False), *zip(UUIDS, notices * 2, strict=False)]
        return {made_up.encode(): real.encode() for made_up, real in pairs}


def _conflict_in(body: bytes, accord_id: str) -> bytes | None:
    """The id that a conflict between the two notices of a body has; None where it names no two."""
    found = re.findall(rb'"(?:first|second)":"([0-9a-f-]{36})"', body)
    return conflict_id(accord_id, *(it.decode() for it in found)).encode() if len(found) == 2 else None


def _copy_of(party: Party) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    connection = party.store.engine.raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    connection.backup(copy)
    return copy


def holdings(room: WarRoom) -> Any:
    """All that alpha has kept of messages, picture and operations."""
    with room["alpha"].looking() as (tx, desks, own):
        desk = desks[room.accord_id]
        heads = {f"{sender}/{lane}": head.hash for (sender, lane), head in desk.heads.items()}
        rows = sorted((row.kind, row.key, row.state) for row in tx.picture(desk.accord_id))
        return heads, rows, sorted((it.id, it.version) for it in own.all())


def assert_works(room: WarRoom) -> None:
    """Alpha's node can still do all that it is for: time passes, people look, file and try the line, a
    restart reads it all again, and the store is what the journal folds to.
    """
    alpha = room["alpha"]
    alpha.tick(room.now_ms + 1_000)
    alpha.file(flight(room.id(), [(60.0, 7.0, 350, 60.0), (61.0, 8.0, 350, 75.0)]), room.now_ms)
    alpha.check(room.accord_id, WATCH, room.now_ms)
    shown = everything_shown(room)
    room.parties["alpha"].restart()
    assert everything_shown(room) == shown
    with room["alpha"].looking() as (tx, _, _own):
        assert audit(tx, "alpha").findings == ()


def everything_shown(room: WarRoom) -> str:
    with room["alpha"].looking() as (tx, desks, own):
        rows = {
            "operations": views.operation_rows(own, desks),
            "notices": views.notice_rows(tx, desks),
            "conflicts": views.conflict_rows(desks),
            "journal": views.journal_rows(tx, desks.values(), 1_000),
            "alarms": views.alarm_rows(tx.alarms()),
            "digest": [desk.line.picture.digest() for desk in desks.values()],
        }
    return json.dumps(rows, sort_keys=True, allow_nan=False)
