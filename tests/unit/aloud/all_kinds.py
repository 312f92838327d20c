"""One message of every kind, as it stands in a journal: those of the vectors of the line."""

import json
from pathlib import Path

from openline.journal.entry import Entry, leaf_hash, open_line

VECTORS = Path(__file__).parents[2] / "vectors" / "line" / "messages.json"


def entries() -> list[Entry]:
    return [_entry(it["sealed"].encode()) for it in json.loads(VECTORS.read_text())["messages"]]


def _entry(sealed: bytes) -> Entry:
    payload = open_line(sealed, None)
    place = payload.place
    return Entry(
        accord=place.accord,
        sender=place.sender,
        lane=place.lane,
        number=place.number,
        hash=leaf_hash(sealed),
        kind=payload.kind,
        sealed=sealed,
        at_ms=place.at_ms,
    )
