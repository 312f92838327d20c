"""Is every emergency shown or escalated in time? Kept by hand here, from the messages and true time alone."""

from typing import TYPE_CHECKING, Final

import msgspec

from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.debts import CLOSED_BY_BOTH, TAKES
from openline.simulation.ledger import News, Row
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World

RUNGS: Final = frozenset({"ESCALATED", "NOT TAKEN"})
"""The alarms of the ladder: they stand while nobody has taken or closed the call."""


class Standing(msgspec.Struct):
    """A call as one centre holds it. at_ms: when it came, by that centre's clock. since_ms: true time since
    when it has been there under one clock. is_timed: no clock has leapt since it came, and no copy was
    brought back.
    """

    kind: str
    message: str
    accord_id: str
    caller: str
    at_ms: int
    since_ms: int
    answered: bool = False
    is_timed: bool = True
    closed_by: set[str] = msgspec.field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return len(self.closed_by) == 2 if self.kind in CLOSED_BY_BOTH else self.answered

    @property
    def waits(self) -> bool:
        return self.kind in CLOSED_BY_BOTH and not self.answered and not self.closed_by


class EmergenciesClimb(Promise):
    """A call stands as an alarm at both sides from the commit that brings it until it is over. While nobody
    takes it, each rung of the ladder is called when its time has come, not before, and once, at the side that
    was called; and the caller is told that nobody takes it. No crash, cut, suspension or leap of a clock
    holds that up; only a store that was brought back does, until its node has recovered.
    """

    name = "emergencies-climb"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._calls: dict[str, dict[str, Standing]] = {name: {} for name in world.centres}
        self._early: dict[str, dict[str, list[tuple[str, str]]]] = {name: {} for name in world.centres}
        self._climbed: set[tuple[str, str, str]] = set()  # party, message, position
        self._ever: set[str] = set()  # what was called, by hash: after a restore it comes back

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            if self.world.is_honest(self.world.lines[entry.accord]):
                self._note(centre, entry)
        self._check_standing(centre)

    def _note(self, centre: Centre, entry: Row) -> None:
        said = oracle.read(entry.sealed)
        body = said.payload["body"] if said else {}
        if entry.kind in TAKES:
            now_ms = self.world.scheduler.now_ms
            call = Standing(entry.kind, entry.hash, entry.accord, entry.sender, entry.at_ms, now_ms)
            self._calls[centre.name][entry.hash] = call
            for earlier in self._early[centre.name].pop(entry.hash, ()):
                self._answer(centre, call, *earlier)
            return
        cited = body.get("answers", "")
        known = self._calls[centre.name].get(cited)
        if entry.kind == "ESCALATED":
            self._check_once(centre, entry, body["position"])
        elif known is not None:
            self._answer(centre, known, entry.kind, entry.sender)
        else:
            self._early[centre.name].setdefault(cited, []).append((entry.kind, entry.sender))

    def _answer(self, centre: Centre, call: Standing, kind: str, sender: str) -> None:
        if kind in TAKES[call.kind] and sender != call.caller:
            call.answered = True
        elif kind == "CLOSE":
            call.closed_by.add(sender)
        if call.is_over:
            self._calls[centre.name].pop(call.message, None)

    def restored(self, centre: Centre, kept: News) -> None:
        """What it does not know any more comes again, and who was called by words that are lost is called."""
        self._calls[centre.name].clear()
        self._early[centre.name].clear()
        self._climbed = {rung for rung in self._climbed if rung[0] != centre.name}
        for entry in kept.entries:
            if self.world.is_honest(self.world.lines[entry.accord]):
                self._note(centre, entry)
        for call in self._calls[centre.name].values():
            call.is_timed = False

    def _check_once(self, centre: Centre, entry: Row, position: str) -> None:
        if entry.sender != centre.name:
            return
        said = oracle.read(entry.sealed)
        rung = centre.name, said.payload["body"]["answers"] if said else "", position
        if rung in self._climbed:
            self.broken(centre.name, f"{position} is called a second time for {rung[1][:12]}")
        self._climbed.add(rung)
        call = self._calls[centre.name].get(rung[1])
        if call is not None and call.is_timed and entry.hash not in self._ever:
            self._check_not_early(centre, call, position)
        self._ever.add(entry.hash)

    def _check_not_early(self, centre: Centre, call: Standing, position: str) -> None:
        waited_ms = self.world.scheduler.now_ms - call.since_ms
        ladder = self.world.lines[call.accord_id].versions[1].escalation
        if not any(it.position == position and waited_ms >= it.after_ms - MAX_DIFFERENCE_MS for it in ladder):
            self.broken(centre.name, f"{position} is called for {call.message[:12]} after {waited_ms} ms")

    def _check_standing(self, centre: Centre) -> None:
        standing = centre.ledger.standing_alarm_ids()
        for accord_id, kind, subject in (alarm_id.split("/", 2) for alarm_id in standing):
            if not self.world.is_honest(self.world.lines[accord_id]):
                continue
            call = self._calls[centre.name].get(subject.partition("/")[0])
            is_over = kind in TAKES and call is None
            if is_over or (kind in RUNGS and (call is None or not call.waits)):
                self.broken(centre.name, f"{kind} {subject[:12]} is over, and still shown")
        for call in self._calls[centre.name].values():
            if f"{call.accord_id}/{call.kind}/{call.message}" not in standing:
                self.broken(
                    centre.name, f"{call.kind} {call.message[:12]} of {call.caller} is here, and not shown"
                )

    # The ladder

    def ticked(self, centre: Centre) -> None:
        waiting = [call for call in self._calls[centre.name].values() if call.waits]
        if not waiting or centre.is_recovering:
            return
        standing = centre.ledger.standing_alarm_ids()
        for call in waiting:
            self._check_rungs(centre, call, standing)

    def _check_rungs(self, centre: Centre, call: Standing, standing: set[str]) -> None:
        waited_ms = self._waited_ms(centre, call)
        for rung in self.world.lines[call.accord_id].versions[1].escalation:
            if waited_ms < rung.after_ms + MAX_DIFFERENCE_MS:
                return
            if call.caller == centre.name:
                shown, what = f"NOT TAKEN/{call.message}/{rung.after_ms}", "its caller is not told"
            else:
                shown, what = f"ESCALATED/{call.message}/{rung.position}", f"{rung.position} is not called"
                is_said = (centre.name, call.message, rung.position) in self._climbed
                if not is_said and not centre.identity.is_mislaid:  # else its own people are called, alone
                    shown = ""
            if f"{call.accord_id}/{shown}" not in standing:
                text = (
                    f"nobody takes {call.kind} {call.message[:12]} for {rung.after_ms // 1000} s, and {what}"
                )
                self.broken(centre.name, text)

    def _waited_ms(self, centre: Centre, call: Standing) -> int:
        """Where its clock was put back to before the call, and has passed it since without a tick of the
        node between, it counts from there.
        """
        now_ms, came_ms = self.world.scheduler.now_ms, call.at_ms - centre.clock_ms
        return now_ms - (max(call.since_ms, came_ms) if came_ms <= now_ms else call.since_ms)

    def clock_changed(self, centre: Centre) -> None:
        """Its wall clock has leapt: from here on it counts again."""
        for call in self._calls[centre.name].values():
            call.since_ms, call.is_timed = self.world.scheduler.now_ms, False
