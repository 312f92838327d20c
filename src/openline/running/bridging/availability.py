"""Is a partner there? Its line says so, and our DSS says it on: Normal while it runs, Unknown while not.

Never Down: that is for whoever arbitrates availability, and silence is not refusal.
"""

from openline.node.node import Node
from openline.node.seen import line_states
from openline.running.bridging.given import Given
from openline.utm.dss.requests import Caller, GetAvailability, SetAvailability
from openline.utm.wire.references import SetUssAvailabilityStatusParameters, UssAvailabilityState

RUNS = ("open", "degraded")
_SCOPE = "utm.availability_arbitration"


class Availability:
    def __init__(self, given: Given) -> None:
        self._given = given
        self._caller = Caller(given.party, frozenset({_SCOPE}))

    async def look(self) -> bool:
        """Say what has changed. Raises as the DSS does."""
        for partner, runs in (await self._given.turn(_partners)).items():
            await self._say(partner, UssAvailabilityState.NORMAL if runs else UssAvailabilityState.UNKNOWN)
        return True

    async def _say(self, partner: str, wanted: UssAvailabilityState) -> None:
        answer = await self._given.dss(GetAvailability(self._caller, partner))
        if answer.status.availability in (wanted, UssAvailabilityState.DOWN):
            return
        said = SetUssAvailabilityStatusParameters(wanted.value, answer.version)
        await self._given.dss(SetAvailability(self._caller, partner, said))


def _partners(node: Node, now_ms: int) -> dict[str, bool]:
    """By partner, whether any line to it runs."""
    runs: dict[str, bool] = {}
    with node.looking() as (tx, desks, _own):
        for name, state in line_states(tx, desks, node.session_of, now_ms).items():
            partner = desks[name].partner
            runs[partner] = runs.get(partner, False) or state.word in RUNS
    return runs
