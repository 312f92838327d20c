"""What is around a flight: references from the DSS, details from whoever manages them."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from openline.errors import Invalid, LimitExceeded, NotFound, OpenlineError, Unavailable
from openline.running.uss.given import Given
from openline.utm.dss.requests import QueryOperationalIntents
from openline.utm.uss.known import Known
from openline.utm.uss.limits import MAX_AROUND
from openline.utm.uss.planning import Other, may_be_assumed
from openline.utm.uss.shapes import shape_of
from openline.utm.wire import details as wire
from openline.utm.wire.references import (
    OperationalIntentReference,
    QueryOperationalIntentReferenceParameters,
)
from openline.utm.wire.volumes import Volume4D

AT_ONCE: Final = 32
"""Details that are fetched at the same time."""
BEHIND_TRIES: Final = 4
BEHIND_PAUSE_S: Final = 0.15
"""A manager answers with the version before, or 404, until the DSS's answer has reached him: he is asked
again.
"""


class Around(msgspec.Struct, frozen=True):
    """others: who is around; key: the OVNs of all of them that are known."""

    others: tuple[Other, ...]
    key: tuple[str, ...]


class Surroundings:
    """Knows others' operational intents as far as it was asked, and keeps them by version."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self.known: Known[wire.OperationalIntent] = Known()
        self._fetching: dict[tuple[str, int], asyncio.Task[wire.OperationalIntent]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def look(
        self, areas: Sequence[Volume4D], but: str, also: Iterable[OperationalIntentReference] = ()
    ) -> Around:
        """All that is around these areas, without the intent ``but``; also: references that the DSS named.

        Raises LimitExceeded ``too-many-around``; Unavailable and Invalid with the party whose details cannot
        be had: what is not known cannot be planned around (F3548-21 SCD).
        """
        references = {one.id: one for found in await self._query(areas) for one in found}
        references |= {one.id: one for one in also}
        references.pop(but, None)
        if len(references) > MAX_AROUND:
            text = f"{len(references):,} operational intents are around, more than {MAX_AROUND:,}"
            raise LimitExceeded("too-many-around", text, clause="MAX_AROUND")
        others = await asyncio.gather(*(self._other(one) for one in references.values()))
        return Around(
            tuple(other for other, _ in others), tuple(sorted(ovn for _, ovn in others if ovn is not None))
        )

    async def _query(self, areas: Sequence[Volume4D]) -> list[tuple[OperationalIntentReference, ...]]:
        given = self._given

        async def one(area: Volume4D) -> tuple[OperationalIntentReference, ...]:
            asked = QueryOperationalIntentReferenceParameters(area_of_interest=area)
            answer = await given.dss(QueryOperationalIntents(given.caller, asked))
            found: tuple[OperationalIntentReference, ...] = answer.operational_intent_references
            return found

        return list(await asyncio.gather(*(one(area) for area in areas)))

    async def _other(self, reference: OperationalIntentReference) -> tuple[Other, str | None]:
        try:
            intent = await self.details_of(reference)
        except (Unavailable, NotFound):
            if not may_be_assumed(reference):
                raise
            return Other(reference, None, None), None
        return await asyncio.to_thread(_as_other, intent), intent.reference.ovn

    async def details_of(self, reference: OperationalIntentReference) -> wire.OperationalIntent:
        """The details of a reference, from what is known or from its manager; our own and the bridge's
        without HTTP.

        Raises NotFound, Unavailable, Unverifiable, and Invalid where the answer is none, each with the party.
        """
        known = self.known.current(reference)
        if known is not None:
            return known
        name = (reference.id, reference.version)
        fetching = self._fetching.get(name)
        if fetching is None:
            fetching = asyncio.create_task(self._fetch(reference))
            self._fetching[name] = fetching
            fetching.add_done_callback(lambda _: self._fetching.pop(name, None))
        return await asyncio.shield(fetching)

    async def _fetch(self, reference: OperationalIntentReference) -> wire.OperationalIntent:
        for last in [False] * (BEHIND_TRIES - 1) + [True]:
            try:
                intent = await self._fetched(reference)
                if last or intent.reference.version >= reference.version:
                    break
            except NotFound:
                if last:
                    raise
            await asyncio.sleep(BEHIND_PAUSE_S)
        _refuse_nonsense(intent, reference)
        self.known.fetched(intent)
        return intent

    async def _fetched(self, reference: OperationalIntentReference) -> wire.OperationalIntent:
        given = self._given
        if reference.uss_base_url.rstrip("/") == given.base_url:
            return await given.answer(reference.id)
        async with self._slots:
            return await given.peers.intent(reference.uss_base_url.rstrip("/"), reference.id)

    def forget(self, entity_ids: Collection[str]) -> None:
        """The DSS says that what is known of them is old."""
        self.known.forget_all(entity_ids)


def _refuse_nonsense(intent: wire.OperationalIntent, reference: OperationalIntentReference) -> None:
    if intent.reference.manager != reference.manager:
        text = f"details of {reference.id} name {intent.reference.manager[:64]!r} as manager"
        raise Invalid("wrong-manager", text, party=reference.manager, field="reference.manager")
    if not (intent.details.volumes or intent.details.off_nominal_volumes):
        text = f"the details of {reference.id} have no volumes"
        raise Invalid("nothing-filed", text, party=reference.manager, field="details.volumes")


def _as_other(intent: wire.OperationalIntent) -> Other:
    details = intent.details
    try:
        shape = shape_of(intent.reference.id, details.volumes + details.off_nominal_volumes)
    except OpenlineError as fault:
        raise fault.within(party=intent.reference.manager) from None
    return Other(intent.reference, shape, details.priority)
