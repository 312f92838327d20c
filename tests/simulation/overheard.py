"""What can be learnt on each line from every byte that left a node there, and what may be learnt by the
accords alone: an oracle that knows nothing of how passing on is done.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from simulation.parties import Pair, Parties

HASH = re.compile(r"\b[0-9a-f]{64}\b")
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
NOTHING = {"0" * 64, hashlib.sha256(b"").hexdigest()}
FIELDS = ("aircraft_type", "callsign", "priority")


class Secret(msgspec.Struct, frozen=True):
    """What stands for one thing that was filed or said, and the lines on which it may be known."""

    about: str
    words: tuple[str, ...]
    numbers: tuple[int, ...]
    lines: frozenset[Pair]

    def found_in(self, heard: "Overheard") -> list[str | int]:
        """In plain, or as the hash of it."""
        derived = {hashlib.sha256(word.encode()).hexdigest(): word for word in self.words}
        found: list[str | int] = [word for word in self.words if word.lower() in heard.text]
        found += [word for digest, word in derived.items() if digest in heard.identifiers]
        return found + [it for it in self.numbers if it in heard.numbers]


class Overheard:
    """Everything that left a node on one line, opened: every text, number and identifier in it."""

    def __init__(self, bodies: Iterable[tuple[str, bytes]]) -> None:
        self.numbers: set[int] = set()
        self.told: list[tuple[str, str, dict[str, Any]]] = []  # sender, kind, body
        texts: list[str] = []
        for sender, item in dict.fromkeys(_items(bodies)):
            payload = self._opened(msgspec.json.decode(item), texts)
            if isinstance(payload, dict) and "place" in payload:
                self.told.append((sender, payload["kind"], payload["body"]))
        self.text = "\n".join(dict.fromkeys(texts)).lower()
        self.identifiers = set(HASH.findall(self.text)) | set(UUID.findall(self.text))

    def _opened(self, value: Any, texts: list[str]) -> Any:
        """An envelope's payload, or the value itself; all that is in it is collected but the signatures."""
        if isinstance(value, dict) and {"payload", "payloadType"} <= value.keys():
            texts += [value["payloadType"], *(it["keyid"] for it in value["signatures"])]
            value = msgspec.json.decode(base64.b64decode(value["payload"]))
        self._collect(value, texts)
        return value

    def _collect(self, value: Any, texts: list[str]) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                texts.append(name)
                self._collect(inner, texts)
        elif isinstance(value, list):
            for inner in value:
                self._collect(inner, texts)
        elif isinstance(value, str):
            texts.append(value)
            if value.startswith('{"payload"'):
                self._opened(msgspec.json.decode(value), texts)
        elif isinstance(value, int) and not isinstance(value, bool):
            self.numbers.add(value)


def _items(bodies: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for sender, body in bodies:
        yield from ((sender, line) for line in body.split(b"\n") if line)


def origins_on(room: Parties, line: Pair, teller: str) -> dict[str, int]:
    """Whose operations this teller may pass on there, and how many more times from there: by the newest
    accords alone, way by way.
    """
    receiver = line[1] if line[0] == teller else line[0]
    accord = room.accords[line]
    found: dict[str, int] = {}
    for source, terms in room.accords.items():
        if source == line or teller not in source or terms.exercise is not accord.exercise:
            continue
        partner = source[1] if source[0] == teller else source[0]
        if not terms.pass_on[partner]:
            continue
        heard = {partner: 3} | {
            origin: left
            for origin, left in origins_on(room, source, partner).items()
            if left > 0 and (min(origin, teller), max(origin, teller)) not in room.accords
        }
        for origin, left in heard.items():
            if origin not in (teller, receiver):
                found[origin] = left - 1 if accord.pass_on[teller] else 0
    return found


def known_on(room: Parties, line: Pair) -> set[str]:
    """Whose operations may be known on this line."""
    return {*line}.union(*(origins_on(room, line, teller) for teller in line))


def leaks(room: Parties, secrets: Iterable[Secret]) -> list[str]:
    """Everything that somebody learns who may not. Empty: nothing has leaked."""
    heard = {
        line: Overheard((it.sender, it.body) for it in room.sent if it.accord_id == accord.id)
        for line, accord in room.accords.items()
    }
    found = [
        f"{secret.about} on {line}: {known}"
        for line, overheard in heard.items()
        for secret in secrets
        if line not in secret.lines
        for known in secret.found_in(overheard)
    ]
    found += _linked(room, heard)
    for line, overheard in heard.items():
        found += [
            f"{name} is named on {line}" for name in room.parties if _is_named(room, line, name, overheard)
        ]
        found += _beyond_terms(room, line, overheard)
    return found


def _is_named(room: Parties, line: Pair, name: str, overheard: Overheard) -> bool:
    return name not in known_on(room, line) and name in overheard.text


def _linked(room: Parties, heard: dict[Pair, Overheard]) -> Iterator[str]:
    """An id or a hash that two lines have in common lets two partners put theirs together. Keys may be: they
    say who it is, which both know.
    """
    public = NOTHING | {it for party in room.parties.values() for it in _keys_of(party)}
    lines = list(heard)
    for number, one in enumerate(lines):
        for other in lines[number + 1 :]:
            for common in (heard[one].identifiers & heard[other].identifiers) - public:
                yield f"{one} and {other} have {common} in common"


def _keys_of(party: Any) -> set[str]:
    keys = (party.party_key.public, party.node_key.public)
    return {key.id for key in keys} | {key.hex for key in keys}


def _beyond_terms(room: Parties, line: Pair, overheard: Overheard) -> Iterator[str]:
    accord = room.accords[line]
    for sender, kind, body in overheard.told:
        if kind not in ("NOTICE", "PASSED_ON"):
            continue
        notice = body if kind == "NOTICE" else body["notice"]
        more = [it for it in FIELDS if it in notice and it not in accord.terms_of(sender).fields]
        if more:
            yield f"{sender} tells {more} on {line}"
        if kind == "PASSED_ON" and body["origin"] not in origins_on(room, line, sender):
            yield f"{sender} passes {body['origin']}'s on upon {line}"
        if kind == "PASSED_ON" and body.get("further", 0) > origins_on(room, line, sender).get(
            body["origin"], 0
        ):
            yield f"{sender} lets {body['origin']}'s go further than it may, upon {line}"
