"""Do the alarms tell the truth? What is missing is shown, and nothing is cried that is not so."""

from typing import TYPE_CHECKING, Final

from openline.node.line_state import MAX_SILENCE_MS, SILENT_HEARTBEATS
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World

NEVER_BETWEEN_HONEST: Final = frozenset({"LANE FORKED", "ROOTS DIFFER", "ENGINES DIFFER", "PICTURES DIFFER"})


class AlarmsTellTheTruth(Promise):
    """After each tick LAM MISSING stands on a lane exactly while its oldest message without LAM is older than
    the accord allows; LINE SILENT stands where nothing of the partner has arrived for so long that it must;
    what only a partner's fault explains is raised when it shows, and never between honest parties; whoever
    speaks under an old key raises one, and so does a node without its own.
    """

    name = "alarms-tell-the-truth"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._anew_ms: dict[str, int] = {}  # since when a centre's clock runs evenly, on one store

    def clock_changed(self, centre: Centre) -> None:
        self._anew_ms[centre.name] = self.world.scheduler.now_ms

    def restored(self, centre: Centre, kept: News) -> None:
        self._anew_ms[centre.name] = self.world.scheduler.now_ms

    def lied_to(self, victim: Centre, line: Line) -> None:
        """The victim has just heard what contradicts what it holds, under its partner's own signature."""
        if (line.accord_id, "LANE FORKED") not in victim.ledger.standing_alarms():
            self.broken(victim.name, f"{line.title}: its partner contradicts itself, and nobody is told")

    def misused(self, victim: Centre, line: Line, key_id: str) -> None:
        """The victim has just heard a message of its partner under a key that it knows to be an old one."""
        names = {f"{line.accord_id}/{kind} KEY USED/{key_id}" for kind in ("OLD", "REVOKED")}
        if not names & victim.ledger.standing_alarm_ids():
            self.broken(victim.name, f"{line.title}: somebody speaks under an old key, and nobody is told")

    def ticked(self, centre: Centre) -> None:
        standing = set(
            centre.ledger.rows("SELECT alarm_id, accord_id, kind FROM alarm WHERE cleared_ms IS NULL")
        )
        names = {alarm_id for alarm_id, _, _ in standing}
        for line in self.world.lines_of(centre.name):
            for lane in ("urgent", "routine"):
                self._check_lam_missing(centre, line, lane, f"{line.accord_id}/LAM MISSING/{lane}" in names)
            if self.world.is_honest(line):  # what a liar says arrives past the wire
                self._check_silence(centre, line, f"{line.accord_id}/LINE SILENT/line" in names)
            if centre.identity.is_mislaid and f"{line.accord_id}/KEY MISSING/key" not in names:
                self.broken(centre.name, f"{line.title}: its keys are mislaid, and its people are not told")
        for _, accord_id, kind in standing:
            if kind in NEVER_BETWEEN_HONEST and self.world.is_honest(self.world.lines[accord_id]):
                self.broken(centre.name, f"{kind} stands on {self.world.lines[accord_id].title}")

    def _check_silence(self, centre: Centre, line: Line, is_shown: bool) -> None:
        """By true time. A clock that has leapt since counts otherwise, and who was brought back has heard
        nothing.
        """
        partner, now_ms = line.other(centre.name), self.world.scheduler.now_ms
        arrived_ms = self.world.wire.arrived_ms.get((line.accord_id, partner, centre.name))
        was_heard = any(centre.ledger.number(line.accord_id, partner, lane) for lane in ("urgent", "routine"))
        if is_shown or arrived_ms is None or not was_heard or self._anew_ms.get(centre.name, 0) >= arrived_ms:
            return
        beat_ms = line.newest.heartbeat_ms
        if now_ms - arrived_ms > max(min(SILENT_HEARTBEATS * beat_ms, MAX_SILENCE_MS), beat_ms):
            quiet_s = (now_ms - arrived_ms) // 1000
            self.broken(centre.name, f"{line.title}: nothing has come for {quiet_s} s, and nobody is told")

    def _check_lam_missing(self, centre: Centre, line: Line, lane: str, is_shown: bool) -> None:
        key = line.accord_id, centre.name, lane
        oldest_ms = centre.ledger.sent_at(key, centre.ledger.acknowledged.get(key, 0) + 1)
        now_ms = self.world.scheduler.now_ms + centre.clock_ms
        is_missing = oldest_ms is not None and now_ms - oldest_ms > line.versions[1].answers.lam_ms
        if is_missing != is_shown:
            text = f"LAM MISSING {'does not stand' if is_missing else 'stands'} on the {lane} lane, and it is"
            self.broken(centre.name, f"{line.title}: {text}{' ' if is_missing else ' not '}so")
