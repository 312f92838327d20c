"""Two replicas over one store, in any interleaving, do what a model of dictionaries does."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openline.errors import OpenlineError
from openline.utm.dss.records import Kind
from openline.utm.dss.requests import Sweep
from openline.utm.dss.values import intent_head, subscription_head
from openline.utm.wire import references as wire
from unit.utm.dss.dss_room import (
    HOUR_MS,
    NOW_MS,
    Room,
    find_intents,
    find_subscriptions,
    get_subscription,
    ids,
    uuid4,
)
from unit.utm.dss.memory_store import Database
from unit.utm.dss.model import (
    Box,
    DeleteIntent,
    DeleteSubscription,
    Model,
    PutIntent,
    PutSubscription,
    Step,
    request_of,
)

INTENTS = [uuid4(n, 1) for n in range(4)]
SUBSCRIPTIONS = [uuid4(n, 2) for n in range(2)]
MANAGERS = ["uss1", "uss2"]
SPAN = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(sorted)
HOURS = st.tuples(st.integers(0, 5), st.integers(1, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
BOX = st.builds(lambda place, heights, hours: Box(place, *heights, *hours), st.integers(0, 1), SPAN, HOURS)
LARGE = st.builds(
    lambda place, start: Box(place, 0, 3, start, start + 9), st.integers(0, 1), st.integers(0, 2)
)
SERVING = st.sampled_from([None, "implicit", "joined", *SUBSCRIPTIONS])
PUT = st.builds(
    PutIntent,
    st.sampled_from(INTENTS),
    st.sampled_from(MANAGERS),
    st.lists(BOX, min_size=1, max_size=2).map(tuple),
    st.booleans(),
    SERVING,
    st.sampled_from([frozenset(INTENTS), frozenset(INTENTS), frozenset(), frozenset(INTENTS[:2])]),
)
STEP = st.one_of(
    PUT,
    PUT,
    PUT,
    st.builds(DeleteIntent, st.sampled_from(INTENTS), st.sampled_from(MANAGERS)),
    st.builds(
        PutSubscription, st.sampled_from(SUBSCRIPTIONS), st.sampled_from(MANAGERS), BOX | LARGE, st.booleans()
    ),
    st.builds(DeleteSubscription, st.sampled_from(SUBSCRIPTIONS), st.sampled_from(MANAGERS)),
)


class Replicas(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        database = Database()
        self.database = database
        self.rooms = [Room(database, family=1), Room(database, family=2)]
        self.model = Model()
        self.expected: list[tuple[Step, Any, str]] = []

    # What suppliers know: what the store says.
    def _ovns(self) -> dict[str, str]:
        return {
            ref.id: intent_head(one).ovn
            for ref, one in self.database.records.items()
            if ref.kind is Kind.OPERATIONAL_INTENT
        }

    def _versions(self) -> dict[str, str]:
        return {
            ref.id: subscription_head(one).version
            for ref, one in self.database.records.items()
            if ref.kind is Kind.SUBSCRIPTION
        }

    def _meant(self, step: Step) -> Step:
        """ "joined": by the first implicit subscription that there is."""
        if isinstance(step, PutIntent) and step.serving == "joined":
            implicit = sorted(id for id, one in self.model.subscriptions.items() if one.implicit)
            return PutIntent(
                step.id, step.manager, step.boxes, step.is_new, implicit[0] if implicit else None, step.known
            )
        return step

    def _ask(self, room: Room, steps: list[Step]) -> None:
        """A batch; the model takes its steps one after the other."""
        meant = [self._meant(step) for step in steps]
        ovns, versions = self._ovns(), self._versions()
        requests = [request_of(step, ovns, versions) for step in meant]
        room.now_ms = NOW_MS + round(self.model.hours * HOUR_MS)
        answers = room.registry.answer_all(requests, room.now_ms)
        for step, answer in zip(meant, answers, strict=True):
            self._compare(step, answer)

    def _compare(self, step: Step, answer: Any) -> None:
        fresh = ""
        if isinstance(answer, wire.ChangeOperationalIntentReferenceResponse):
            fresh = answer.operational_intent_reference.subscription_id
        expected = self.model.take(step, fresh)
        if isinstance(answer, OpenlineError):
            assert answer.code == expected, (step, answer)
        elif isinstance(answer, wire.ChangeOperationalIntentReferenceResponse):
            told = {
                s.subscription_id: s.notification_index
                for one in answer.subscribers
                for s in one.subscriptions
            }
            assert told == expected, (step, told, expected)
        else:
            assert expected == {}, (step, expected)

    @rule(which=st.integers(0, 1), step=STEP)
    def one(self, which: int, step: Step) -> None:
        self._ask(self.rooms[which], [step])

    @rule(which=st.integers(0, 1), steps=st.lists(STEP, min_size=2, max_size=3, unique_by=lambda one: one.id))
    def batch(self, which: int, steps: list[Step]) -> None:
        # OVNs that a batch makes are not known to who asks in the same batch.
        touched = {one.id for one in steps}
        blind = [
            PutIntent(
                one.id, one.manager, one.boxes, one.is_new, one.serving, one.known - (touched - {one.id})
            )
            if isinstance(one, PutIntent)
            else one
            for one in steps
        ]
        if any(isinstance(one, PutIntent) and one.serving == "joined" for one in blind):
            return
        self._ask(self.rooms[which], blind)

    @rule(which=st.integers(0, 1), step=STEP, other=STEP)
    def race(self, which: int, step: Step, other: Step) -> None:
        """Another replica's change is committed when this one has made up its mind and has no locks yet."""
        meant = self._meant(step)
        if isinstance(meant, PutIntent) and isinstance(other, PutIntent) and other.id != meant.id:
            meant = PutIntent(
                meant.id, meant.manager, meant.boxes, meant.is_new, meant.serving, meant.known - {other.id}
            )
        if meant.id == other.id or (isinstance(other, PutIntent) and other.serving == "joined"):
            return
        first, second = self.rooms[which], self.rooms[1 - which]
        request = request_of(meant, self._ovns(), self._versions())

        def come_between() -> None:
            first.store.before_lock = lambda: None
            self._ask(second, [other])

        first.store.before_lock = come_between
        first.now_ms = NOW_MS + round(self.model.hours * HOUR_MS)
        (answer,) = first.registry.answer_all([request], first.now_ms)
        if first.store.before_lock is come_between:  # it was refused before any lock was asked for
            first.store.before_lock = lambda: None
        self._compare(meant, answer)

    @rule(hours=st.sampled_from([0.5, 1.5, 4.0]))
    def time_passes(self, hours: float) -> None:
        self.model.hours += hours

    @rule(which=st.integers(0, 1))
    def sweep(self, which: int) -> None:
        """What it does not know of yet, it does not sweep."""
        self.rooms[which].registry.catch_up()
        self._ask(self.rooms[which], [Sweep()])

    @rule(which=st.integers(0, 1))
    def commit_fails(self, which: int) -> None:
        """Nobody is told that it was done, and it was not."""
        store = self.rooms[which].store
        store.fails = 1
        step = PutIntent(
            INTENTS[0],
            "uss1",
            (Box(0, 0, 3, 0, 99),),
            INTENTS[0] not in self.model.intents,
            "implicit",
            frozenset(INTENTS),
        )
        try:
            self.rooms[which].registry.answer_all([request_of(step, self._ovns(), self._versions())], NOW_MS)
        except OpenlineError as fault:
            assert fault.code == "disk-full"  # noqa: PT017 (refused requests do not come so far)
        store.fails = 0

    @rule(which=st.integers(0, 1))
    def the_log_is_cut(self, which: int) -> None:
        self.rooms[which].store.prune(0, 0)

    @rule(which=st.integers(0, 1), box=BOX)
    def question(self, which: int, box: Box) -> None:
        room = self.rooms[which]
        room.now_ms = NOW_MS + round(self.model.hours * HOUR_MS)
        found = ids(room(find_intents(box.volume())))
        assert found == sorted(
            id for id, one in self.model.intents.items() if any(b.meets(box) for b in one.boxes)
        )
        for id, one in self.model.subscriptions.items():
            if self.model.standing(id):
                shown = room(get_subscription(id, one.manager)).subscription
                assert shown.dependent_operational_intents == tuple(self.model.dependents(id))
                assert shown.notification_index == self.model.indices[id]
        own = room(find_subscriptions(box.volume(), "uss1")).subscriptions
        expected = {
            id: (self.model.indices[id], tuple(self.model.dependents(id)))
            for id, one in self.model.subscriptions.items()
            if one.manager == "uss1"
            and any(b.meets(box) for b in one.boxes)
            and not self.model.is_over(one.boxes)
        }
        assert {
            one.id: (one.notification_index, one.dependent_operational_intents) for one in own
        } == expected

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        intents = {
            ref.id: (one.manager, one.version, intent_head(one).subscription_id)
            for ref, one in self.database.records.items()
            if ref.kind is Kind.OPERATIONAL_INTENT
        }
        assert intents == {
            id: (it.manager, it.version, it.served_by) for id, it in self.model.intents.items()
        }
        subscriptions = {
            ref.id: (one.manager, one.version, subscription_head(one).implicit)
            for ref, one in self.database.records.items()
            if ref.kind is Kind.SUBSCRIPTION
        }
        assert subscriptions == {
            id: (it.manager, it.version, it.implicit) for id, it in self.model.subscriptions.items()
        }
        assert self.database.indices == self.model.indices

    @invariant()
    def no_implicit_subscription_leaks(self) -> None:
        for ref, one in self.database.records.items():
            if ref.kind is Kind.SUBSCRIPTION and subscription_head(one).implicit:
                assert self.model.dependents(ref.id)

    def teardown(self) -> None:
        """In the end both hold what a third that only reads the store holds."""
        third = Room(self.database, family=3)
        for room in self.rooms:
            room.registry.catch_up()
            for kind in Kind:
                by_id = {one.id: one for one in room.registry.standing(kind)}
                assert by_id == {one.id: one for one in third.registry.standing(kind)}


TestReplicas = Replicas.TestCase
TestReplicas.settings = settings(
    # Without Phase.explain: tracing what a failure of so many steps has in common takes gigabytes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
