"""Does anything leave that the accord does not allow? Every byte that leaves is held to its terms."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from openline.accord.clauses import Disclosure
from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World

Body = dict[str, Any]

DISCLOSED: Final = ("aircraft_type", "callsign", "priority")
_NAMES: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|\b[A-Z]{3}[0-9]{4}\b|\b[a-z]+\b"
)
"""Ids, hashes, callsigns and words: whatever may name something."""


class NothingBeyondTheAccord(Promise):
    """A notice has the fields, grid, layers and steps of its teller's terms; a finer one is told only where
    they have it so, within the window of the conflict; and no message has a name of anything that belongs
    elsewhere: an operation's own id, a notice, conflict or message of another line, another accord, a third
    party.
    """

    name = "nothing-beyond-the-accord"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._line_of: dict[str, str] = {}  # what belongs to one line alone, by its name
        self._private: dict[str, str] = {}  # what belongs to one party alone: no line may have it
        self._callsigns: dict[str, str] = {}  # by callsign: whose
        self._windows: dict[str, list[tuple[int, int]]] = {}  # by conflict
        self._ended: set[tuple[str, str]] = set()  # party and accord: it has said or heard END
        self._passed: set[tuple[str, str]] = set()
        for line in world.lines.values():
            self.founded(line)

    def founded(self, line: Line) -> None:
        self._line_of[line.accord_id] = line.accord_id

    def filed(self, centre: Centre, operation_id: str, callsign: str | None) -> None:
        """An operator of this centre is about to file this. One that only its notice remembered after a
        restore goes by the notice's id.
        """
        if operation_id not in self._line_of:
            self._private[operation_id] = centre.name
        if callsign is not None:
            self._callsigns[callsign] = centre.name

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            if entry.kind == "END":
                self._ended.add((centre.name, entry.accord))
            if entry.sender != centre.name:
                continue
            self._line_of.setdefault(entry.hash, entry.accord)
            said = oracle.read(entry.sealed)
            body = said.payload["body"] if said else {}
            if (centre.name, entry.accord) in self._ended and _is_told(entry.kind, body):
                self.broken(centre.name, f"{self.world.lines[entry.accord].title}: it tells after the end")
            for field, holder in (
                ("notice_id", body),
                ("conflict_id", body),
                ("notice_id", body.get("notice", {})),
            ):
                if field in holder:
                    self._line_of.setdefault(holder[field], entry.accord)
            if entry.kind == "CONFLICT":
                self._windows.setdefault(body["conflict_id"], []).append((body["start_ms"], body["end_ms"]))

    def leaving(self, centre: Centre, line: Line, sealed: bytes) -> None:
        said = oracle.read(sealed)
        if centre.is_liar or said is None:
            return
        name = centre.name, oracle.leaf(sealed).hex()
        if name in self._passed:
            return
        self._check_names(centre, line, said)
        if said.payload_type == oracle.LINE_TYPE:
            self._check_message(centre, line, said.payload)
            self._passed.add(name)

    # Names

    def _check_names(self, centre: Centre, line: Line, said: oracle.Read) -> None:
        for name in dict.fromkeys(_NAMES.findall(said.text)):
            if name in self._private:
                self.broken(
                    centre.name, f"{line.title}: the id of {self._private[name]}'s own operation leaves"
                )
            if self._line_of.get(name, line.accord_id) != line.accord_id:
                text = f"{name[:12]}, which belongs to {self.world.lines[self._line_of[name]].title}, leaves"
                self.broken(centre.name, f"{line.title}: {text}")
            is_origin = said.payload.get("kind") == "PASSED_ON" and name == said.payload["body"]["origin"]
            if name in self.world.centres and name not in line.names and not is_origin:
                self.broken(centre.name, f"{line.title}: the name of {name} leaves")
            if name in self._callsigns and not self._may_say_callsign(line, said.payload, name):
                self.broken(centre.name, f"{line.title}: callsign {name} leaves")

    def _may_say_callsign(self, line: Line, payload: Body, callsign: str) -> bool:
        """Of the teller's own operations; what goes on is held to what was told by another promise."""
        if payload.get("kind") not in ("NOTICE", "PASSED_ON"):
            return False
        whose = payload["body"].get("origin", payload["place"]["sender"])
        return self._callsigns[callsign] == whose and "callsign" in _terms(line, payload).fields

    # Terms

    def _check_message(self, centre: Centre, line: Line, payload: Body) -> None:
        if payload["place"]["sender"] != centre.name:
            return  # given back to who has lost it
        terms, body = _terms(line, payload), payload["body"]
        if payload["kind"] == "NOTICE":
            for wrong in beyond(terms, body):
                self.broken(centre.name, f"{line.title}: a notice tells {wrong}")
        elif payload["kind"] == "FINER":
            self._check_finer(centre, line, terms, body)

    def _check_finer(self, centre: Centre, line: Line, terms: Disclosure, body: Body) -> None:
        if not terms.finer:
            self.broken(centre.name, f"{line.title}: a finer notice is told, and the terms have none")
        windows = self._windows.get(body["conflict_id"], [])
        wider_ms = max(found(body, ("time_tolerance_ms",)), default=0)
        for start_ms, end_ms in times(body):
            if not any(start <= start_ms + wider_ms and end_ms - wider_ms <= end for start, end in windows):
                self.broken(
                    centre.name, f"{line.title}: a finer notice goes beyond the window of its conflict"
                )


def _is_told(kind: str, body: Body) -> bool:
    """What an accord lets a party know; it may still tell that a flight has left its plan, or ended."""
    about_life = ("Nonconforming", "Contingent", "Ended")
    return kind in ("FINER", "PASSED_ON") or (kind == "NOTICE" and body["state"] not in about_life)


def _terms(line: Line, payload: Body) -> Disclosure:
    place = payload["place"]
    return line.versions[place["accord_version"]].disclosure[place["sender"]]


def beyond(terms: Disclosure, body: Body) -> Iterator[str]:
    """What a notice's body tells beyond the terms, in words."""
    yield from (name for name in DISCLOSED if name in body and name not in terms.fields)
    if "trajectory" in body and not terms.trajectories:
        yield "a path"
    if any(value % max(1, terms.grid_e9) for value in found(body, ("lat_e9", "lon_e9"))):
        yield "a position off the grid"
    heights = found(body, ("lower_dmm", "upper_dmm", "height_dmm", "vertical_tolerance_dmm"))
    if any(value % max(1, terms.layer_dmm) for value in heights):
        yield "a height off the layers"
    times = found(body, ("start_ms", "end_ms", "time_ms", "time_tolerance_ms"))
    if any(value % max(1, terms.step_ms) for value in times):
        yield "a time off the steps"


def found(value: Any, names: Iterable[str]) -> Iterator[int]:
    """Every number under one of these names, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in names:
                yield inner
            else:
                yield from found(inner, names)
    elif isinstance(value, list):
        for inner in value:
            yield from found(inner, names)


def times(body: Body) -> Iterator[tuple[int, int]]:
    for volume in body.get("volumes", ()):
        yield volume["start_ms"], volume["end_ms"]
    path = body.get("trajectory")
    if path is not None:
        yield path["points"][0]["time_ms"], path["points"][-1]["time_ms"]
