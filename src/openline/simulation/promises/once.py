"""Is nothing acted on twice? Each kind of message has a key that its sender uses once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.ledger import News, Row
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World

Body = dict[str, Any]

_KEYS: Final[dict[str, Callable[[Body], object]]] = {
    "NOTICE": lambda body: (body["notice_id"], body["version"]),
    "PASSED_ON": lambda body: (body["notice"]["notice_id"], body["notice"]["version"]),
    "CONFLICT": lambda body: (
        body["conflict_id"],
        str(body["revision"]),
        body["accord_version"],
        body["finding"],
    ),
    "FINER": lambda body: (body["conflict_id"], str(body["revision"])),
    "REQUEST": lambda body: (body["conflict_id"], str(body["places"]), body.get("follows")),
    "ACP": lambda body: body["answers"],
    "RJC": lambda body: body["answers"],
    "CDN": lambda body: body["answers"],
    "CANCEL": lambda body: body["answers"],
    "CHECKED": lambda body: body["answers"],
    "IN_FORCE": lambda body: body["version"],
    "LRM": lambda body: body["message"],
    "KEY": lambda body: body["certificate"],
    "REVOKE": lambda body: body["revocation"],
}
"""What a message of this kind is about. A second one about the same is an act done twice: of one message
heard twice, of one process started twice, or of one decision taken before and after a crash.
"""


class NothingTwice(Promise):
    """No message is in a journal twice; no party says the same thing of the same thing twice; an agreement is
    carried out once. What was answered LRM may be said again, and what a store that was brought back has
    lost, if no partner holds it.
    """

    name = "nothing-twice"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._held: dict[str, set[str]] = {name: set() for name in world.centres}
        self._first: dict[tuple[str, str, str, object], str] = {}
        self._rejected: set[str] = set()
        self._carried_out: dict[tuple[str, str], str] = {}

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            if entry.hash in self._held[centre.name]:
                self.broken(centre.name, f"{entry.lane} {entry.number} of {entry.sender} is stored twice")
            self._held[centre.name].add(entry.hash)
            if entry.sender == centre.name and not centre.is_liar:
                self._check_said(centre, entry)

    def restored(self, centre: Centre, kept: News) -> None:
        """What it has said and nobody holds was never said."""
        self._held[centre.name] = {entry.hash for entry in kept.entries}
        held = set().union(*self._held.values())
        self._first = {key: it for key, it in self._first.items() if it in held}
        self._carried_out = {key: it for key, it in self._carried_out.items() if it in held}

    def _check_said(self, centre: Centre, entry: Row) -> None:
        said = oracle.read(entry.sealed)
        body = said.payload["body"] if said else {}
        if entry.kind in _KEYS:
            self._once(centre, entry, _KEYS[entry.kind](body))
        if entry.kind == "LRM":
            self._rejected.add(body["message"])
        if entry.kind == "NOTICE" and body.get("agreed") and body["version"] > 1:
            self._carry_out(centre, entry, body["agreed"])

    def _once(self, centre: Centre, entry: Row, about: object) -> None:
        key = entry.accord, entry.sender, entry.kind, about
        first = self._first.get(key)
        if first not in (None, entry.hash) and first not in self._rejected:
            text = f"{entry.kind} about {about} is said a second time, as {entry.lane} {entry.number}"
            self.broken(centre.name, text)
        self._first[key] = entry.hash

    def _carry_out(self, centre: Centre, entry: Row, agreement: str) -> None:
        key = entry.accord, agreement
        if self._carried_out.get(key, entry.hash) != entry.hash:
            first = self._carried_out[key]
            if first not in self._rejected:
                self.broken(centre.name, f"agreement {agreement[:12]} is carried out a second time")
        self._carried_out[key] = entry.hash
