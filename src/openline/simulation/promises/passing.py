"""Does what one partner told go to another only where its accord lets it, as it was told, with its origin?

Kept by hand from the journals: who let what be passed on, what was heard, and what was said of it elsewhere
(docs/spec/line-protocol.md, section 19).
"""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News, Row
from openline.simulation.promises.disclosure import DISCLOSED, beyond, found, times
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World

Body = dict[str, Any]

FURTHEST: Final = 2
WIDER_MS: Final = 600_000
"""Blurred on every line, a flight may seem to take so much longer at either end."""
DEGREE_E9: Final = 1_000_000_000
DMM_OF_DEGREE: Final = 700_000_000
"""Of longitude, at the latitudes of the simulated sky; of latitude it is more."""
_GEOMETRY: Final = ("volumes", "trajectory")


class Terms(msgspec.Struct):
    """How a line stands at one node. versions: under which each party speaks."""

    versions: dict[str, int]
    is_ended: bool = False

    @property
    def governing(self) -> int:
        return min(self.versions.values())


class Told(msgspec.Struct, frozen=True):
    """One version of what a partner told on a line. further: how often it may be passed on from here."""

    line: Line
    teller: str
    origin: str
    notice: Body
    further: int
    is_over: bool
    source: str


class PassedOnAsAllowed(Promise):
    """A node says PASSED_ON of what a partner's accord lets it pass on, of nothing else: to neither its
    origin nor whom it has it from, no further than it may go, with the origin's name, its state and none but
    the fields that were told, where and when it was told, under the terms of the line on which it goes. When
    all is healed, what may go on has gone, and what may no more is withdrawn.
    """

    name = "passed-on-as-allowed"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._terms: dict[tuple[str, str], Terms] = {}
        self._told: dict[str, dict[str, Told]] = {name: {} for name in world.centres}  # by source: the newest
        self._judged: set[str] = set()
        self._said: dict[tuple[str, str], dict[str, Body]] = {}  # by party and accord, by notice id

    def terms(self, centre: Centre, line: Line) -> Terms:
        return self._terms.setdefault((centre.name, line.accord_id), Terms(dict.fromkeys(line.names, 1)))

    def said(self, centre: Centre, line: Line) -> dict[str, Body]:
        return self._said.setdefault((centre.name, line.accord_id), {})

    # What a commit brought

    def committed(self, centre: Centre, news: News) -> None:
        """A step may have said something before it heard that it may no more: what held before counts too."""
        before = self._permissions(centre)
        fresh = [told for entry in news.entries if (told := self._heard(centre, entry)) is not None]
        permitted = [before, self._permissions(centre)]
        known = [*self._told[centre.name].values(), *fresh]
        for entry in news.entries:
            if entry.kind == "PASSED_ON" and entry.sender == centre.name and not centre.is_liar:
                self._judge(centre, entry, known, permitted)
        for told in fresh:
            self._keep(centre, told)

    def restored(self, centre: Centre, kept: News) -> None:
        """As its journal has it. Own words that come back were held to what it knew when it said them."""
        self._told[centre.name].clear()
        for line in self.world.lines_of(centre.name):
            self._terms.pop((centre.name, line.accord_id), None)
            self.said(centre, line).clear()
        for entry in kept.entries:
            self._keep(centre, self._heard(centre, entry))
            if entry.kind == "PASSED_ON" and entry.sender == centre.name:
                body = _payload(entry)["body"]
                self.said(centre, self.world.lines[entry.accord])[body["notice"]["notice_id"]] = body

    def _keep(self, centre: Centre, told: Told | None) -> None:
        standing = self._told[centre.name].get(told.source) if told is not None else None
        if told is not None and (standing is None or standing.notice["version"] < told.notice["version"]):
            self._told[centre.name][told.source] = told

    def _permissions(self, centre: Centre) -> dict[str, bool]:
        """By accord: whether what its partner tells may be passed on from here."""
        found: dict[str, bool] = {}
        for line in self.world.lines_of(centre.name):
            terms, partner = self.terms(centre, line), line.other(centre.name)
            versions = terms.governing, terms.versions[partner]
            found[line.accord_id] = not terms.is_ended and all(
                line.versions[it].pass_on[partner] for it in versions
            )
        return found

    def _heard(self, centre: Centre, entry: Row) -> Told | None:
        line, body = self.world.lines[entry.accord], _payload(entry)["body"]
        terms = self.terms(centre, line)
        if entry.kind == "IN_FORCE":
            terms.versions[entry.sender] = max(body["version"], terms.versions[entry.sender])
        elif entry.kind == "END":
            terms.is_ended = True
        if entry.sender == centre.name or entry.kind not in ("NOTICE", "PASSED_ON"):
            return None
        notice, is_passed = body.get("notice", body), entry.kind == "PASSED_ON"
        return Told(
            line=line,
            teller=entry.sender,
            origin=body["origin"] if is_passed else entry.sender,
            notice=notice,
            further=body.get("further", 0) - 1 if is_passed else FURTHEST,
            is_over=notice["state"] == "Ended" or body.get("withdrawn", False),
            source=f"{'passed' if is_passed else 'notice'} {notice['notice_id']}",
        )

    # Is it right?

    def _judge(self, centre: Centre, entry: Row, known: list[Told], permitted: list[dict[str, bool]]) -> None:
        line, payload = self.world.lines[entry.accord], _payload(entry)
        if entry.hash not in self._judged:
            self._check(centre, line, payload, known, permitted)
        self._judged.add(entry.hash)
        self.said(centre, line)[payload["body"]["notice"]["notice_id"]] = payload["body"]

    def _check(
        self, centre: Centre, line: Line, payload: Body, known: list[Told], permitted: list[dict[str, bool]]
    ) -> None:
        body, notice = payload["body"], payload["body"]["notice"]
        standing = self.said(centre, line).get(notice["notice_id"])
        if body.get("withdrawn") or notice["state"] == "Ended":
            if standing is None or not _repeats(standing, body):
                self.broken(centre.name, f"{line.title}: an end tells more than what stood")
            return
        for wrong in beyond(
            line.versions[payload["place"]["accord_version"]].disclosure[centre.name], notice
        ):
            self.broken(centre.name, f"{line.title}: what is passed on tells {wrong}")
        if not any(self._may_go(centre, line, it, body, permitted) for it in known):
            text = (
                f"{notice['notice_id'][:8]} of {body['origin']} goes on, and nobody has told and allowed that"
            )
            self.broken(centre.name, f"{line.title}: {text}")

    def _may_go(
        self, centre: Centre, line: Line, told: Told, body: Body, permitted: list[dict[str, bool]]
    ) -> bool:
        own = any(
            line.versions[it].pass_on[centre.name]
            for it in (self.terms(centre, line).governing, *self.terms(centre, line).versions.values())
        )
        return (
            any(it.get(told.line.accord_id) for it in permitted)
            and self._goes_there(centre, line, told)
            and body.get("further", 0) <= (told.further if own else 0)
            and _is_of(told, body)
        )

    def _goes_there(self, centre: Centre, line: Line, told: Told) -> bool:
        """Whether this may go on to this line at all, if its accord lets it."""
        partners = {it.other(centre.name) for it in self.world.lines_of(centre.name)}
        is_third = told.teller == told.origin or told.origin not in partners
        return (
            told.line is not line
            and told.teller not in line.names
            and told.origin not in line.names
            and told.further >= 0
            and is_third
        )

    def healed(self) -> None:
        for centre in self.world.centres.values():
            for line in self.world.lines_of(centre.name):
                if not centre.is_liar and self.world.is_honest(line) and self._runs(centre, line):
                    self._check_complete(centre, line)

    def _runs(self, centre: Centre, line: Line) -> bool:
        with centre.node.looking() as (_, desks, _own):
            view = desks[line.accord_id].line.picture.line
        return not view.ended and not view.suspended_by and len(set(view.versions.values())) == 1

    def _check_complete(self, centre: Centre, line: Line) -> None:
        permitted = self._permissions(centre)
        may = [
            it
            for it in self._told[centre.name].values()
            if not it.is_over and permitted[it.line.accord_id] and self._goes_there(centre, line, it)
        ]
        live = [it for it in self.said(centre, line).values() if _is_live(it)]
        alarms = centre.ledger.standing_alarm_ids()
        for told in may:
            is_told = any(_is_of(told, body) for body in live)
            if not is_told and f"{line.accord_id}/NOT PASSED ON/{told.source}" not in alarms:
                self.broken(centre.name, f"{line.title}: {told.source} of {told.origin} has not gone on")
        for body in live:
            if not any(_is_of(told, body) for told in may):
                text = (
                    f"{body['notice']['notice_id'][:8]} of {body['origin']} stands, and may be told no more"
                )
                self.broken(centre.name, f"{line.title}: {text}")


def _payload(entry: Row) -> Body:
    said = oracle.read(entry.sealed)
    return said.payload if said is not None else {"body": {}}


def _is_live(body: Body) -> bool:
    return not body.get("withdrawn") and body["notice"]["state"] != "Ended"


def _repeats(standing: Body, body: Body) -> bool:
    """The same place and time once more, and no field with it."""
    same = all(standing["notice"].get(name) == body["notice"].get(name) for name in _GEOMETRY)
    bare = not any(name in body["notice"] for name in DISCLOSED) and not body.get("further")
    return same and bare and standing["origin"] == body["origin"]


def _is_of(told: Told, body: Body) -> bool:
    """Whether this is what was told, as far as another's terms let it be recognised."""
    notice = body["notice"]
    return (
        told.origin == body["origin"]
        and told.notice["state"] == notice["state"]
        and all(notice[name] == told.notice.get(name) for name in DISCLOSED if name in notice)
        and _is_then(told.notice, notice)
        and _is_there(told.notice, notice)
    )


def _is_then(told: Body, notice: Body) -> bool:
    begin, end = _span(told)
    first, last = _span(notice)
    return begin - WIDER_MS <= first <= begin and end <= last <= end + WIDER_MS


def _span(notice: Body) -> tuple[int, int]:
    spans = list(times(notice))
    tolerance_ms = max(found(notice, ("time_tolerance_ms",)), default=0)
    return min(it[0] for it in spans) - tolerance_ms, max(it[1] for it in spans) + tolerance_ms


def _is_there(told: Body, notice: Body) -> bool:
    """The middle of what was told lies within what is passed on."""
    for name in ("lat_e9", "lon_e9"):
        inner, (low, high) = list(found(told, (name,))), _reach(notice, name)
        if not low <= (min(inner) + max(inner)) // 2 <= high:
            return False
    return True


def _reach(notice: Body, name: str) -> tuple[int, int]:
    wide_dmm = max(found(notice, ("radius_dmm", "lateral_tolerance_dmm")), default=0)
    margin_e9 = wide_dmm * DEGREE_E9 // DMM_OF_DEGREE
    places = list(found(notice, (name,)))
    return min(places) - margin_e9, max(places) + margin_e9
