"""Writes the vectors of what is read over the telephone and carried by hand, tests/vectors/spoken.json.

Only for a new version of the protocol: what is out there must stay true.

From the root of the tree: ``PYTHONPATH=src:tests python -m vectors.make_spoken_vectors``
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from openline.accord.notice import Notice, NoticePoint, NoticeTrajectory
from openline.airspace.operation import State
from openline.aloud.alphabet import WORD_OF, words_of
from openline.aloud.check import LINE_PRIME, OTHER_PRIME
from openline.aloud.lines import Line, spoken
from openline.aloud.reading import read_aloud
from openline.aloud.values import heard, said
from openline.coordination.calls import Emergency, Nature, Wanted
from openline.coordination.codec import encode_message
from openline.coordination.conversation import FreeText
from openline.coordination.fields import Where
from openline.coordination.messages import Kind, Officer, Reason, Resume, Shown, Suspend, lane_of
from openline.coordination.session import HeadClaim, LaneClaims, Return, seal_control
from openline.journal.bounds import NO_HASH
from openline.journal.entry import Entry, Lane, Place, Seen, leaf_hash, seal_line
from openline.journal.keys import SigningKey

FILE = Path(__file__).parent / "spoken.json"
KEY = SigningKey.from_seed(b"\x21" * 32)
ACCORD = "1a2b8f1f-f1fd-42a2-9755-d4c13a902931"
NOW_MS = 1_533_103_200_000
FOX = Officer(position="supervisor", pseudonym="fox-2", automaton=False)
LONG = "Traffic at the northern edge is held until the weather has passed, and then let through. " * 2

BODIES: tuple[tuple[Kind, msgspec.Struct], ...] = (
    (
        Kind.EMERGENCY,
        Emergency(
            nature=Nature.ENDANGERED,
            wanted=Wanted.STOP,
            officer=FOX,
            where=Where(
                latitude_e9=35_331_666_667, longitude_e9=40_150_000_000, radius_dmm=37_040_000, upper_dmm=1
            ),
            text="People at the crossing.",
        ),
    ),
    (
        Kind.NOTICE,
        Notice(
            notice_id="0a000000-0000-4000-8000-000000000001",
            version=3,
            state=State.ACTIVATED,
            agreed="5e" * 32,
            callsign="SWR10A",
            trajectory=NoticeTrajectory(
                points=(
                    NoticePoint(-47_500_000_000, -8_250_000_001, 106_680_000, NOW_MS),
                    NoticePoint(-47_000_000_000, -7_000_000_000, 106_680_001, NOW_MS + 600_250),
                ),
                lateral_tolerance_dmm=18_520_000,
                vertical_tolerance_dmm=0,
                time_tolerance_ms=60_000,
            ),
        ),
    ),
    (Kind.SHOWN, Shown(messages=("00" * 32, "ab" * 32), officer=FOX)),
    (Kind.TEXT, FreeText(text="Как слышно?  Приём", officer=FOX)),
    (Kind.TEXT, FreeText(text=LONG, officer=FOX)),
    (Kind.SUSPEND, Suspend(reason=Reason.TOO_LATE)),
    (Kind.RESUME, Resume()),
)
VALUES: tuple[tuple[str, str | int | bool], ...] = (
    ("latitude_e9", -1),
    ("longitude_e9", 180_000_000_000),
    ("lower_dmm", -3_048),
    ("upper_dmm", 15_000),
    ("radius_dmm", 9_260_000),
    ("radius_dmm", 3_048),
    ("at_ms", NOW_MS),
    ("at_ms", NOW_MS + 7),
    ("delay_ms", -90_500),
    ("climb_dmm", 6_096_000),
    ("version", 2**53 - 1),
    ("automaton", True),
    ("conflict_id", "5e1c9a" + "0" * 58),
    ("notice_id", "0a0b0c0d-0e0f-4000-8000-000000000001"),
    ("code", "over-the-cap"),
    ("text", ""),
    ("document", "x" * 4_001),
)
LINES = (
    (1, "the-mark", "EXERCISE"),
    (9, "where.place", "N35.331666667E040.15"),
    (12, "text", "Café"),
    (400, "volumes.100.shape.vertices.97.place", "S00.000000001W179.999999999"),
)


def messages() -> list[dict[str, Any]]:
    heads: dict[Lane, tuple[int, str]] = dict.fromkeys(Lane, (0, NO_HASH))
    made = []
    for kind, body in BODIES:
        lane = lane_of(kind, body)
        number, previous = heads[lane]
        place = Place(
            accord=ACCORD,
            accord_version=1,
            exercise=True,
            sender="alpha",
            receiver="bravo",
            lane=lane,
            number=number + 1,
            previous=previous,
            beside=heads[lane.other][0],
            seen=Seen(urgent=0, routine=0),
            at_ms=NOW_MS + 1_000 * len(made),
        )
        sealed = seal_line(encode_message(place, kind, body), KEY)
        heads[lane] = number + 1, leaf_hash(sealed)
        made.append(_message(sealed, place, kind))
    return made


def _message(sealed: bytes, place: Place, kind: Kind) -> dict[str, Any]:
    entry = Entry(
        accord=place.accord,
        sender=place.sender,
        lane=place.lane,
        number=place.number,
        hash=leaf_hash(sealed),
        kind=kind.value,
        sealed=sealed,
        at_ms=place.at_ms,
    )
    message = spoken(entry)
    return {
        "sealed": sealed.decode(),
        "hash": entry.hash,
        "lines": [_line(line) for line in message.lines],
        "whole": message.whole,
        "whole_words": words_of(message.whole),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "number": line.number,
        "label": line.label,
        "value": line.value,
        "counts": line.said,
        "aloud": read_aloud(line.value),
        "check": line.check,
    }


def a_return() -> dict[str, Any]:
    claims = LaneClaims(HeadClaim(0, NO_HASH), HeadClaim(2, "cd" * 32))
    control = Return(
        accord=ACCORD,
        exercise=True,
        sender="alpha",
        receiver="bravo",
        at_ms=NOW_MS,
        answers="ef" * 32,
        received=claims,
    )
    return {"control": msgspec.to_builtins(control), "sealed": seal_control(control, KEY).decode()}


def vectors() -> dict[str, Any]:
    return {
        "about": "What is read over the telephone and carried by hand: docs/spec/carried-by-hand.md.",
        "key": {"seed": ("21" * 32), "public": KEY.public.hex},
        "words": WORD_OF,
        "primes": {"line": LINE_PRIME, "other": OTHER_PRIME},
        "values": [
            {"name": name, "value": value, "said": said(name, value), "counts": heard(said(name, value))}
            for name, value in VALUES
        ],
        "lines": [_line(Line(*line)) for line in LINES],
        "messages": messages(),
        "return": a_return(),
    }


def text() -> str:
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
