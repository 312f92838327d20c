"""The bridge at both ends of a line: what each side's suppliers see and what partners hear of them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from openline.airspace.altitude import Datum
from openline.airspace.operation import State
from openline.bridge.inbound import NOT_AGREED_PRIORITY
from openline.coordination.messages import Kind, Reason, Resume, Suspend
from openline.errors import Unavailable
from openline.node import supplied
from openline.running.bridging import outbound as bridging_out
from openline.running.bridging.availability import Availability
from openline.running.bridging.bridge import Bridge
from openline.running.bridging.given import NOT_SHOWN, NOT_TAKEN, Given, Stands
from openline.running.bridging.inbound import Inbound
from openline.running.bridging.outbound import ASK_AGAIN_S, Outbound
from openline.utm.dss.records import Kind as RecordKind
from openline.utm.dss.records import Record, Ref
from openline.utm.wire.details import OperationalIntent, OperationalIntentDetails
from openline.utm.wire.references import OperationalIntentState as S
from openline.utm.wire.references import SubscriberToNotify, UssAvailabilityState
from openline.utm.wire.volumes import Volume4D
from simulation.war_room import HOUR_MS, NAMES, NOW_MS, WarRoom, box
from unit.bridge.stand_in import StandInDss, Supplier, record_of, square

HOUR = {"start_ms": NOW_MS + HOUR_MS, "end_ms": NOW_MS + 2 * HOUR_MS}
BASE = "http://our-uss"


class Killed(BaseException):
    """kill -9, as far as one process can feel it."""


class Side:
    """One node with its DSS, its supplier and a bridge, of which each `begin` is a new life."""

    def __init__(self, room: WarRoom, name: str) -> None:
        self.room, self.name = room, name
        self.dss, self.supplier = StandInDss(), Supplier()
        self.told: list[tuple[str, str | None]] = []  # what subscribers were told: id and OVN
        self.calls_left: int | None = None
        self.fault: BaseException = Killed()
        self.steady_s = 0.0
        self.given = Given(
            turn=self._turn,
            dss=self._ask,
            airspace=self.dss,
            party=name,
            base_url=BASE,
            details_of=self.supplier,
            tell=self._tell,
            wake=lambda: None,
        )
        self._lives: list[Stands] = []
        self.dss.on_change(self._changed)

    def _changed(self, records: Sequence[Record], removed: Sequence[Ref]) -> None:
        self._lives[-1].took(records, removed)

    async def _turn(self, work: Callable[..., Any], /) -> Any:
        self._live_on()
        return work(self.room[self.name], self.room.now_ms)

    async def _ask(self, request: Any, /) -> Any:
        self._live_on()
        answer = await self.dss(request)
        self._live_on()
        return answer

    async def _tell(
        self, entity_id: str, intent: OperationalIntent | None, subscribers: Sequence[SubscriberToNotify]
    ) -> None:
        self._live_on()
        self.told.append((entity_id, intent.reference.ovn if intent else None))

    def _live_on(self) -> None:
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise self.fault

    async def begin(self) -> None:
        self.stands = Stands()
        self._lives.append(self.stands)
        self.inbound = Inbound(self.given, self.stands)
        self.outbound = Outbound(self.given, self.stands, lambda: self.steady_s)
        self.stands.follow()
        self.stands.began(self.dss.standing(RecordKind.OPERATIONAL_INTENT))
        await self.inbound.begin()
        await self.outbound.begin()

    async def look(self) -> bool:
        done = await self.outbound.look()
        done = await self.inbound.look() and done
        await self.inbound.problems.show()
        await self.outbound.problems.show()
        return done

    def file(self, name: str, *volumes: Volume4D, ovn: str, answers: bool = True, **more: Any) -> None:
        """Its supplier puts an intent into the DSS."""
        extents = volumes or (square(**HOUR),)
        if answers:
            details = more.pop("details", OperationalIntentDetails(tuple(extents), (), 0))
            self.supplier.answers[name] = (ovn, details)
        before = self.dss.held.get(name)
        version = 1 if before is None else before.version + 1
        self.dss.put(record_of(name, f"wings-of-{self.name}", ovn, extents, version=version, **more))

    def alarms(self) -> dict[str, str]:
        with self.room[self.name].looking() as (tx, _, _own):
            return {alarm.kind: alarm.text for alarm in tx.alarms()}

    def state_of(self, name: str) -> State:
        with self.room[self.name].looking() as (_, _desks, own):
            return own.need(name).state


class Bridged:
    """Two sides and the line."""

    def __init__(self, **terms: Any) -> None:
        self.room = WarRoom(**terms)
        self.alpha, self.bravo = (Side(self.room, name) for name in NAMES)

    async def begin(self) -> None:
        await self.alpha.begin()
        await self.bravo.begin()

    async def settle(self) -> None:
        for _ in range(4):
            for side in (self.alpha, self.bravo):
                await side.look()
                self.room[side.name].tick(self.room.now_ms)
            self.room.exchange()


def ovn(number: int) -> str:
    return f"the-ovn-number-{number}"


def run(story: Callable[[Bridged], Any], **terms: Any) -> None:
    async def whole() -> None:
        pair = Bridged(datum=Datum.WGS84, **terms)
        await pair.begin()
        await story(pair)

    asyncio.run(whole())


def test_an_intent_at_one_dss_is_the_partners_at_the_other_and_changes_and_its_end_follow() -> None:
    async def story(pair: Bridged) -> None:
        name = pair.room.id()
        pair.alpha.file(name, ovn=ovn(1))
        await pair.settle()
        ((seen, (manager, intent)),) = pair.bravo.dss.told().items()
        assert (manager, intent.uss_base_url, intent.state) == ("alpha", BASE, S.ACCEPTED)
        assert seen != name
        assert pair.alpha.dss.told() == {}  # nothing comes back to where it was filed
        assert pair.bravo.told == [(seen, intent.ovn)]
        pair.alpha.file(name, square(46.5, **HOUR), ovn=ovn(2), state=S.ACTIVATED)
        await pair.settle()
        ((same, (_, moved)),) = pair.bravo.dss.told().items()
        assert (same, moved.state) == (seen, S.ACTIVATED)
        assert moved.extents != intent.extents
        assert pair.bravo.told[1:] == [(seen, moved.ovn)]
        pair.alpha.dss.remove(name)
        await pair.settle()
        assert pair.bravo.dss.told() == {}
        assert pair.bravo.told[2:] == [(seen, None)]

    run(story)


def test_a_second_look_and_a_second_life_change_nothing() -> None:
    async def story(pair: Bridged) -> None:
        for number in range(3):
            pair.alpha.file(pair.room.id(), square(46.0 + number, **HOUR), ovn=ovn(number))
        await pair.settle()
        asked, heads = list(pair.bravo.dss.asked), pair.room.status("alpha").root
        await pair.begin()
        await pair.settle()
        assert pair.bravo.dss.asked == asked
        assert pair.room.status("alpha").root == heads

    run(story)


def test_a_conflict_reaches_both_suppliers_and_both_officers_and_goes_when_the_later_one_moves() -> None:
    async def story(pair: Bridged) -> None:
        first, second = pair.room.id(), pair.room.id()
        pair.alpha.file(first, ovn=ovn(1))
        await pair.settle()
        pair.bravo.file(second, square(46.002, **HOUR), ovn=ovn(2))
        await pair.settle()
        for side in (pair.alpha, pair.bravo):
            with pair.room[side.name].looking() as (_, desks, _own):
                (view,) = [it for it in desks[pair.room.accord_id].line.picture.conflicts() if it.held]
            assert view.mover == "bravo"
        assert (pair.alpha.state_of(first), pair.bravo.state_of(second)) == (State.ACCEPTED, State.PROPOSED)
        ((name, (manager, intent)),) = pair.alpha.dss.told().items()
        assert (manager, intent.state) == ("bravo", S.ACCEPTED)
        details = await _details(pair.alpha, name)
        assert details is not None
        assert details.details.priority == NOT_AGREED_PRIORITY  # known, and in nobody's way
        assert "wings-of-bravo" in pair.bravo.alarms()[supplied.NOT_AGREED]
        pair.bravo.file(second, square(47.0, **HOUR), ovn=ovn(3))
        await pair.settle()
        assert pair.bravo.state_of(second) is State.ACCEPTED
        assert supplied.NOT_AGREED not in pair.bravo.alarms()
        details = await _details(pair.alpha, name)
        assert details is not None
        assert details.details.priority == 0

    run(story)


async def _details(side: Side, name: str) -> OperationalIntent | None:
    answer = await Bridge(side.given).intent_details(name)
    return answer.operational_intent if answer else None


def test_details_are_answered_with_the_ovn_that_belongs_to_them_and_of_nothing_else() -> None:
    async def story(pair: Bridged) -> None:
        pair.alpha.file(pair.room.id(), ovn=ovn(1))
        await pair.settle()
        ((name, (_, intent)),) = pair.bravo.dss.told().items()
        details = await _details(pair.bravo, name)
        assert details is not None
        assert (details.reference.ovn, details.reference.manager) == (intent.ovn, "alpha")
        assert details.details.volumes == intent.extents
        assert await _details(pair.bravo, pair.room.id()) is None
        assert await _details(pair.alpha, name) is None  # it is ours: its supplier answers

    run(story)


def test_an_unanswered_suppliers_extents_stand_and_it_is_asked_again_later() -> None:
    async def story(pair: Bridged) -> None:
        name, wide, narrow = pair.room.id(), square(side=0.05, **HOUR), square(**HOUR)
        pair.alpha.file(name, wide, ovn=ovn(1), answers=False)
        await pair.settle()
        ((_, (_, intent)),) = pair.bravo.dss.told().items()
        corner = intent.extents[0].volume.outline_polygon
        assert corner is not None
        assert max(it.lat for it in corner.vertices) >= 46.05
        asked = len(pair.alpha.supplier.was_asked)
        await pair.settle()
        assert len(pair.alpha.supplier.was_asked) == asked
        pair.alpha.supplier.answers[name] = (ovn(1), OperationalIntentDetails((narrow,), (), 0))
        pair.alpha.steady_s += ASK_AGAIN_S[0] + 1
        await pair.settle()
        ((_, (_, known)),) = pair.bravo.dss.told().items()
        corner = known.extents[0].volume.outline_polygon
        assert corner is not None
        assert max(it.lat for it in corner.vertices) < 46.02

    run(story)


def test_a_supplier_that_hangs_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridging_out, "PATIENCE_S", 0.02)

    async def story(pair: Bridged) -> None:
        hanging, answering = pair.room.id(), pair.room.id()
        pair.alpha.supplier.hangs = {hanging}
        pair.alpha.file(hanging, ovn=ovn(1), base_url="http://hangs")
        pair.alpha.file(answering, square(47.0, **HOUR), ovn=ovn(2))
        await pair.alpha.look()
        assert pair.room.status("alpha").notices["alpha"] == 2
        later = pair.room.id()
        pair.alpha.supplier.hangs.add(later)
        pair.alpha.file(later, square(48.0, **HOUR), ovn=ovn(3), base_url="http://hangs")
        await pair.alpha.look()
        assert pair.room.status("alpha").notices["alpha"] == 3
        assert later not in pair.alpha.supplier.was_asked  # nobody waits for it again so soon

    run(story)


def test_details_of_another_version_are_not_taken_for_this_one() -> None:
    async def story(pair: Bridged) -> None:
        name = pair.room.id()
        pair.alpha.file(name, ovn=ovn(2), answers=False)
        pair.alpha.supplier.answers[name] = (ovn(1), OperationalIntentDetails((square(48.0, **HOUR),), (), 0))
        await pair.settle()
        ((_, (_, intent)),) = pair.bravo.dss.told().items()
        corner = intent.extents[0].volume.outline_polygon
        assert corner is not None
        assert max(it.lat for it in corner.vertices) < 47.0

    run(story)


def test_what_cannot_be_read_is_an_alarm_that_names_it_and_the_rest_goes_on() -> None:
    async def story(pair: Bridged) -> None:
        bad, good = pair.room.id(), pair.room.id()
        pair.alpha.file(bad, square(start_ms=NOW_MS, end_ms=NOW_MS + 31 * 24 * HOUR_MS), ovn=ovn(1))
        pair.alpha.file(good, ovn=ovn(2))
        await pair.settle()
        assert len(pair.bravo.dss.told()) == 1
        assert bad in pair.alpha.alarms()[NOT_TAKEN]
        assert "wings-of-alpha" in pair.alpha.alarms()[NOT_TAKEN]
        await pair.alpha.begin()
        await pair.settle()
        assert bad in pair.alpha.alarms()[NOT_TAKEN]
        pair.alpha.dss.remove(bad)
        await pair.settle()
        assert NOT_TAKEN not in pair.alpha.alarms()

    run(story)


def test_what_the_dss_refuses_is_an_alarm_until_it_takes_it() -> None:
    async def story(pair: Bridged) -> None:
        filed = box(pair.room.id(), (46.0, 7.0), 0.01, (0.0, 99.0), (1.0, 2.0))
        (told,) = pair.room["alpha"].file(filed, NOW_MS).told
        pair.room.exchange()
        pair.bravo.dss.refuses.add(told.notice_id)
        await pair.settle()
        assert told.notice_id in pair.bravo.alarms()[NOT_SHOWN]
        pair.bravo.dss.refuses.clear()
        await pair.settle()
        assert NOT_SHOWN not in pair.bravo.alarms()
        assert pair.bravo.dss.told().keys() == {told.notice_id}

    run(story)


def test_a_partner_is_normal_while_a_line_to_it_runs_and_unknown_while_it_does_not() -> None:
    async def story(pair: Bridged) -> None:
        availability = Availability(pair.alpha.given)

        async def now() -> UssAvailabilityState:
            await availability.look()
            return pair.alpha.dss.availability.get("bravo", (UssAvailabilityState.UNKNOWN, 0))[0]

        assert await now() is UssAvailabilityState.UNKNOWN
        pair.room.exchange()
        assert await now() is UssAvailabilityState.NORMAL
        pair.room["bravo"].say(pair.room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.OTHER), NOW_MS)
        pair.room.exchange()
        assert await now() is UssAvailabilityState.UNKNOWN
        pair.room["bravo"].say(pair.room.accord_id, Kind.RESUME, Resume(), NOW_MS)
        pair.room.exchange()
        assert await now() is UssAvailabilityState.NORMAL
        pair.room.now_ms += HOUR_MS
        assert await now() is UssAvailabilityState.UNKNOWN
        pair.alpha.dss.availability["bravo"] = (UssAvailabilityState.DOWN, 9)  # the arbitrator's word stands
        assert await now() is UssAvailabilityState.DOWN

    run(story)


@pytest.mark.parametrize("after", range(1, 20, 2))
def test_killed_at_any_call_it_brings_everything_over_in_its_next_life(after: int) -> None:
    async def story(pair: Bridged) -> None:
        names = [pair.room.id() for _ in range(3)]
        for number, name in enumerate(names):
            pair.alpha.file(name, square(46.0 + number, **HOUR), ovn=ovn(number))
        await pair.settle()
        pair.alpha.file(names[0], square(49.0, **HOUR), ovn=ovn(9))
        pair.alpha.dss.remove(names[1])
        pair.alpha.file(pair.room.id(), square(51.0, **HOUR), ovn=ovn(10))
        for side in (pair.alpha, pair.bravo):
            side.calls_left = after
            try:
                await side.look()
                await side.look()
            except Killed:
                pass
            finally:
                side.calls_left = None
            pair.room.parties[side.name].restart()
            pair.room.exchange()
            await side.begin()
        await pair.settle()
        told = pair.bravo.dss.told()
        assert len(told) == 3
        for name, (_, intent) in told.items():
            assert (name, intent.ovn) in pair.bravo.told  # whoever subscribed has heard of what stands
        assert pair.room.status("alpha").digest == pair.room.status("bravo").digest

    run(story)


@pytest.mark.parametrize("after", range(0, 14, 2))
def test_a_store_that_does_not_answer_for_a_while_loses_nothing(after: int) -> None:
    async def story(pair: Bridged) -> None:
        for number in range(3):
            pair.alpha.file(pair.room.id(), square(46.0 + number, **HOUR), ovn=ovn(number))
        for side in (pair.alpha, pair.bravo):
            side.calls_left, side.fault = after, Unavailable("store-busy", "not now")
            for look in (side.outbound.look, side.inbound.look):
                with suppress(Unavailable):
                    await look()
            side.calls_left, side.fault = None, Killed()
            side.steady_s += ASK_AGAIN_S[0] + 1
            await side.look()
            pair.room.exchange()
        await pair.settle()
        assert len(pair.bravo.dss.told()) == 3
        for name, (_, intent) in pair.bravo.dss.told().items():
            assert (name, intent.ovn) in pair.bravo.told

    run(story)


def test_the_whole_bridge_runs_by_itself_and_stops_when_told() -> None:
    async def story(pair: Bridged) -> None:
        bridge = Bridge(pair.alpha.given)
        running = asyncio.create_task(bridge.run())
        filed = box(pair.room.id(), (46.0, 7.0), 0.01, (0.0, 99.0), (1.0, 2.0))
        pair.room["bravo"].file(filed, NOW_MS)
        pair.room.exchange()
        async with asyncio.timeout(20):
            while not pair.alpha.dss.told() or "bravo" not in pair.alpha.dss.availability:
                await asyncio.sleep(0.02)
            pair.alpha.file(pair.room.id(), square(48.0, **HOUR), ovn=ovn(1))
            while pair.room.status("alpha").notices["alpha"] == 0:
                await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    run(story)
