"""When everything works again: do both sides of each line hold the same, and has each done what it owes?"""

from collections.abc import Sequence
from typing import Final

from openline.accord.notice import as_operation
from openline.airspace.limits import DAY_MS
from openline.airspace.operation import State
from openline.conflict.between import conflict_between
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.meeting import TRAFFIC, subject
from openline.coordination.scorecard import Scorecard
from openline.coordination.told import Told, conflict_id
from openline.node.desk import Desk
from openline.node.own import Own
from openline.node.results import LineStatus
from openline.node.spoken import scorecard_of
from openline.simulation.centre import Centre
from openline.simulation.founding import BEGIN_MS, Line
from openline.simulation.promises.promise import Promise

GONE_WHEN_HEALED: Final = frozenset({"LAM MISSING", "LINE SILENT", "CLOCKS DIFFER", "PICTURES DIFFER"})
GONE_WHEN_CAUGHT_UP: Final = frozenset({"LINE SILENT", "CLOCKS DIFFER"})
"""A clock that was ahead has signed HEADS of a later time: newer ones, by which these go, come when true time
has caught up with them (or with the next message), and an answer to our own, which alone bounds a difference
both ways, with the heartbeat after that.
"""
ANSWERED_MS: Final = 2_000


class HealedIsEqual(Promise):
    """At equal lane heads: pictures equal, digest and inventory; every conflict that is there held by both;
    nothing left to say; every operation told as it stands, and none Proposed that nothing holds back.
    """

    name = "healed-is-equal"

    def healed(self) -> None:
        for line in self.world.lines.values():
            if self.world.is_honest(line):
                self._check_line(line)
        for centre in self.world.centres.values():
            if all(self.world.is_honest(line) for line in self.world.lines_of(centre.name)):
                self._check_own(centre)

    def _check_own(self, centre: Centre) -> None:
        """What agreement brings about by itself."""
        with centre.node.looking() as (_, desks, own):
            for operation in own.all():
                if operation.state is State.PROPOSED and _is_free(list(desks.values()), operation.id):
                    self.broken(centre.name, f"nothing holds {operation.id} back, and it is Proposed")

    def _check_line(self, line: Line) -> None:
        now_ms = self.world.scheduler.now_ms
        first, second = (self.world.centres[name] for name in line.names)
        one, other = (_status(centre, line, now_ms) for centre in (first, second))
        for name in ("root", "digest", "suspended_by", "accord_version"):
            if getattr(one, name) != getattr(other, name):
                text = (
                    f"{name} is {getattr(one, name)} at {first.name}, {getattr(other, name)} at {second.name}"
                )
                self.broken(line.title, text)
        for centre, status in ((first, one), (second, other)):
            if tuple(status.suspended_by) != self._suspended_by(centre, line):
                self.broken(
                    line.title, f"it is not suspended by {status.suspended_by}, as {centre.name} has it"
                )
        installed = min(self._newest_installed(centre, line) for centre in (first, second))
        if one.accord_version != installed:
            text = f"version {one.accord_version} of the accord governs, and both have installed {installed}"
            self.broken(line.title, text)
        if not (one.quiet and other.quiet):
            self.broken(line.title, "there is still something to say")
        cards = [self._scorecard(centre, line) for centre in (first, second)]
        if cards[0] != cards[1]:
            self.broken(line.title, "the scorecards differ")
        inventories = [self._check_side(centre, line) for centre in (first, second)]
        if inventories[0] != inventories[1]:
            self.broken(line.title, "the inventories differ")

    @staticmethod
    def _newest_installed(centre: Centre, line: Line) -> int:
        rows = centre.ledger.rows("SELECT max(version) FROM accord WHERE accord_id = ?", line.accord_id)
        return int(next(iter(rows))[0])

    @staticmethod
    def _suspended_by(centre: Centre, line: Line) -> tuple[str, ...]:
        """Whose last word of it is SUSPEND, by the entries alone."""
        rows = centre.ledger.rows(
            "SELECT sender, kind FROM entry WHERE accord_id = ? AND kind IN ('SUSPEND', 'RESUME')"
            " ORDER BY number",
            line.accord_id,
        )
        last = dict(rows)
        return tuple(name for name in line.newest.names if last.get(name) == "SUSPEND")

    def _check_side(self, centre: Centre, line: Line) -> list[list[str | int]]:
        self._check_alarms(centre, line)
        with centre.node.looking() as (_, desks, own):
            desk = desks[line.accord_id]
            self._check_traffic(centre, desk, own)
            if _in_force(desk):
                self._check_told(centre, desk, own)
                self._check_conflicts(centre, desk)
            return list(desk.line.picture.inventory())

    def _scorecard(self, centre: Centre, line: Line) -> Scorecard:
        with centre.node.looking() as (tx, desks, _own):
            return scorecard_of(tx, desks[line.accord_id], BEGIN_MS - DAY_MS, BEGIN_MS + DAY_MS)

    def _check_traffic(self, centre: Centre, desk: Desk, own: Own) -> None:
        """Each of our operations with all that was passed on to us: where they meet, our people are told, and
        nowhere else. What changed while the line rested is compared when it is told.
        """
        prefix = f"{desk.accord_id}/{TRAFFIC}/"
        standing = {it for it in centre.ledger.standing_alarm_ids() if it.startswith(prefix)}
        minima = desk.line.accord.minima.as_minima()
        traffic = {
            passed.notice_id: as_operation(passed.notice, desk.line.accord.datum)
            for passed in desk.line.picture.passed.live_of(desk.partner)
        }
        for operation in own.all():
            row = desk.notices.get(operation.id)
            if row is None:
                continue
            of_ours = {prefix + subject(notice_id, row.notice_id): it for notice_id, it in traffic.items()}
            told = {name for name in standing if name.endswith(f"/{row.notice_id}")}
            standing -= told
            if row.told_version == operation.version:
                meets = {
                    name
                    for name, it in of_ours.items()
                    if operation.state is not State.ENDED and conflict_between(operation, it, minima)
                }
                if told != meets:
                    text = f"{operation.id} meets {sorted(meets)}, and its people are told {sorted(told)}"
                    self.broken(centre.name, text)
        if standing:
            self.broken(centre.name, f"{sorted(standing)} are of no operation of ours")

    def _check_alarms(self, centre: Centre, line: Line) -> None:
        partner = self.world.centres[line.other(centre.name)]
        gone = set(GONE_WHEN_HEALED)
        if partner.furthest_ms + line.newest.heartbeat_ms + ANSWERED_MS > self.world.scheduler.now_ms:
            gone -= GONE_WHEN_CAUGHT_UP
        standing = {
            kind for accord_id, kind in centre.ledger.standing_alarms() if accord_id == line.accord_id
        }
        if standing & gone:
            self.broken(line.title, f"{', '.join(sorted(standing & gone))} stand at {centre.name}")

    def _check_told(self, centre: Centre, desk: Desk, own: Own) -> None:
        for operation in own.all():
            row = desk.notices.get(operation.id)
            told = row.told_version if row else 0
            is_over = operation.state is State.ENDED and told == 0
            if told != operation.version and not is_over:
                text = f"operation {operation.id} stands at version {operation.version}, told is {told}"
                self.broken(centre.name, text)

    def _check_conflicts(self, centre: Centre, desk: Desk) -> None:
        """Each pair by itself, without the index: what is in conflict was stated, and is held by both."""
        live = [told for told in desk.line.picture.all_told() if told.live]
        ours = [told for told in live if told.party == desk.me]
        for one in ours:
            for other in live:
                if other.party != desk.me and self._meet(desk, one, other):
                    self._check_stated(centre, desk, one, other)

    def _meet(self, desk: Desk, one: Told, other: Told) -> bool:
        minima = desk.line.accord.minima.as_minima()
        first, second = (desk.line.operation_of(told.notice_id) for told in (one, other))
        return conflict_between(first, second, minima) is not None

    def _check_stated(self, centre: Centre, desk: Desk, one: Told, other: Told) -> None:
        view = desk.line.picture.conflict(conflict_id(desk.accord_id, one.notice_id, other.notice_id))
        if view is None or not view.findings:
            self.broken(
                centre.name, f"{one.notice_id} and {other.notice_id} conflict, and nobody has said so"
            )
        if view.status is ConflictStatus.OPEN and view.mover not in (desk.me, desk.partner):
            self.broken(centre.name, f"nobody has to move in conflict {view.conflict_id[:12]}")


def _status(centre: Centre, line: Line, now_ms: int) -> LineStatus:
    return next(it for it in centre.node.status(now_ms) if it.accord_id == line.accord_id)


def _in_force(desk: Desk) -> bool:
    line = desk.line.picture.line
    return not line.ended and not line.suspended_by


def _is_free(desks: Sequence[Desk], operation_id: str) -> bool:
    """Whether it is told everywhere, and no conflict asks it to move."""
    rows = [(desk, desk.notices.get(operation_id)) for desk in desks]
    if any(row is None or not _in_force(desk) for desk, row in rows):
        return False
    views = [view for desk, row in rows if row for view in desk.line.picture.conflicts_of(row.notice_id)]
    return not any(
        view.status is ConflictStatus.AGREED
        or (view.status is ConflictStatus.OPEN and view.mover == desks[0].me)
        for view in views
    )
