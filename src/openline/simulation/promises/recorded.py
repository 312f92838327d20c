"""Is what was done in the node's own record? What an operator changed, what was agreed and carried out, and
every alarm.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from openline.simulation.centre import Centre
from openline.simulation.ledger import News
from openline.simulation.promises.ended import ENDS_BY_ITSELF
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word

if TYPE_CHECKING:
    from openline.simulation.world import World

Body = dict[str, Any]
Version = tuple[int, str]
"""How an operation stands: its version and its state."""

_NOT_THERE: Final = (0, "")
MAX_ALARM_ID: Final = 250
"""Characters of an alarm's id."""


class DoneIsRecorded(Promise):
    """In each commit the records of the node's own journal lead every operation that has changed from how it
    stood to how it stands: what was filed, each state that it was brought into, each agreement that was
    carried out, once and in their order. What follows by itself (a Proposed operation is free, or its time is
    over) needs none. An alarm is recorded exactly where one was raised, and stands as of that moment.
    """

    name = "done-is-recorded"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._operations: dict[str, dict[str, Version]] = {name: {} for name in world.centres}
        self._alarms: dict[str, dict[str, tuple[int, bool]]] = {name: {} for name in world.centres}

    def restored(self, centre: Centre, kept: News) -> None:
        self._operations[centre.name] = {name: stands for name, stands, _ in _operations(centre)}
        self._alarms[centre.name] = {name: (raised, stands) for name, raised, stands in _alarms(centre)}

    def committed(self, centre: Centre, news: News) -> None:
        records = [(row.kind, json.loads(row.body)) for row in news.private]
        own_ms = self.world.scheduler.now_ms + centre.clock_ms
        for row in news.private:
            if row.at_ms != own_ms:
                self.broken(centre.name, f"{row.kind} is recorded at {row.at_ms}, and it is {own_ms}")
        recorded = Counter(_alarm_of(body) for kind, body in records if kind == "alarm")
        self._check_alarms(centre, recorded, own_ms)
        self._check_operations(centre, records, self._come_back(centre, news), own_ms)

    # Alarms

    def _check_alarms(self, centre: Centre, recorded: Counter[str], own_ms: int) -> None:
        before, raised = self._alarms[centre.name], Counter[str]()
        for alarm_id, raised_ms, stands in _alarms(centre):
            known_ms, stood = before.get(alarm_id, (None, False))
            before[alarm_id] = raised_ms, stands
            if known_ms != raised_ms or (stands and not stood):
                raised[alarm_id] += 1
                if raised_ms != own_ms:
                    self.broken(centre.name, f"{alarm_id} is raised as of {raised_ms}, and it is {own_ms}")
        if raised != recorded:
            it = min((raised - recorded) + (recorded - raised))
            text = f"{it} is raised {raised[it]} times, and recorded {recorded[it]} times"
            self.broken(centre.name, text)

    # Operations

    def _come_back(self, centre: Centre, news: News) -> set[str]:
        """The operations whose notices a node back from a backup has just heard again."""
        ours = [it for it in news.entries if it.kind == "NOTICE" and it.sender == centre.name]
        back = [it.hash for it in ours if not centre.says_now(it)]
        words: dict[str, Word] = {}
        for accord in dict.fromkeys(it.accord for it in news.entries if it.hash in back):
            words |= centre.ledger.words(accord).by_hash
        ids = [words[it].body["notice_id"] for it in back]
        return set().union(*map(centre.ledger.behind, ids))

    def _check_operations(
        self, centre: Centre, records: list[tuple[str, Body]], come_back: set[str], own_ms: int
    ) -> None:
        before = self._operations[centre.name]
        for operation_id, stands, end_ms in _operations(centre):
            done = [(kind, body) for kind, body in records if body.get("operation") == operation_id]
            stood = before.get(operation_id, _NOT_THERE)
            before[operation_id] = stands
            if (done or stood != stands) and operation_id not in come_back:
                is_over = end_ms < own_ms
                if stands not in _reached(stood, done, is_over=is_over):
                    text = f"from {stood} to {stands} there are records of {[kind for kind, _ in done]}"
                    self.broken(centre.name, f"operation {operation_id[:8]}: {text}")


def _reached(stood: Version, done: Iterable[tuple[str, Body]], *, is_over: bool) -> set[Version]:
    """Where an operation may stand after these records."""
    found = _with_what_follows({stood}, is_over=is_over)
    for kind, body in done:
        found = {after for it in found for after in _after(it, kind, body)}
        found = _with_what_follows(found, is_over=is_over)
    return found


def _with_what_follows(found: set[Version], *, is_over: bool) -> set[Version]:
    """A Proposed one may have been promoted since, and one whose time is over be ended."""
    found = found | {(version + 1, "Accepted") for version, state in found if state == "Proposed"}
    ended = {(version + 1, "Ended") for version, state in found if state in ENDS_BY_ITSELF}
    return found | ended if is_over else found


def _after(stands: Version, kind: str, body: Body) -> list[Version]:
    version, state = stands
    match kind:
        case "filed":
            return [(version + 1, body["state"])] if body["version"] == version + 1 else []
        case "state":
            return [(version + 1, body["state"])] if body["state"] != state else []
    return [(version + 1, state)]  # carried out


def _alarm_of(body: Body) -> str:
    """The id of the alarm that a record names."""
    return f"{body['accord']}/{body['kind']}/{body['subject']}"[:MAX_ALARM_ID]


def _alarms(centre: Centre) -> Iterable[tuple[str, int, bool]]:
    """Id, when it was raised last, and whether it stands."""
    for alarm_id, raised_ms, cleared_ms in centre.ledger.rows(_ALARM):
        yield alarm_id, raised_ms, cleared_ms is None


def _operations(centre: Centre) -> Iterable[tuple[str, Version, int]]:
    for operation_id, version, state, end_ms in centre.ledger.rows(_OPERATION):
        yield operation_id, (version, state), end_ms


_ALARM = "SELECT alarm_id, raised_ms, cleared_ms FROM alarm"
_OPERATION = "SELECT operation_id, version, state, end_ms FROM operation"
