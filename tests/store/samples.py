"""Rows for the store's tests, and the processes that write them."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from openline.journal.entry import Entry, Lane, LaneHead
from openline.journal.private import next_record
from openline.node.ports import Transaction

ACCORD, SENDER, LANE = "0190a3c4-north-south", "north", Lane.ROUTINE


def sealed(number: int, sender: str = SENDER, lane: Lane = LANE) -> bytes:
    """Bytes as no text is: the store must give back exactly these."""
    return f"{sender} {lane} {number} ".encode() + bytes(range(256))


def following(
    head: LaneHead, data: bytes, accord: str = ACCORD, sender: str = SENDER, lane: Lane = LANE
) -> tuple[Entry, LaneHead]:
    new = head.extend(data)
    entry = Entry(
        accord=accord,
        sender=sender,
        lane=lane,
        number=new.number,
        hash=new.hash,
        kind="NOTICE",
        sealed=data,
        at_ms=1_533_124_800_000 + new.number,
    )
    return entry, new


def append(tx: Transaction, count: int = 1, sender: str = SENDER, lane: Lane = LANE) -> list[Entry]:
    """``count`` entries more on the lane, numbered from its head as a node does."""
    entries, head = [], tx.lane_head(ACCORD, sender, lane)
    for _ in range(count):
        entry, head = following(head, sealed(head.number + 1, sender, lane), sender=sender, lane=lane)
        tx.append(entry, head)
        entries.append(entry)
    return entries


def note(tx: Transaction, body: bytes = b"{}") -> None:
    tx.append_private(next_record(tx.private_head(), 1_533_124_800_000, "note", msgspec.Raw(body)))


def start_process(*arguments: object) -> "subprocess.Popen[str]":
    """``writing_process.py`` as a real process of its own, with this one's import path."""
    script = Path(__file__).with_name("writing_process.py")
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
