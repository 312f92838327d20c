"""To whom does this node speak? Read at the start, and again whenever openline.toml or the accords change."""

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from openline.bootstrap import Opened, Partner
from openline.errors import NotFound, OpenlineError
from openline.journal.entry import Lane
from openline.node.node import Node
from openline.running.listening import in_home
from openline.running.replicas import Replica
from openline.running.thread import NodeThread
from openline.units import MS_PER_SECOND

if TYPE_CHECKING:
    from openline.link.client import Client

LOOK_S: Final = 2.0
LONGEST_HEARTBEAT_S: Final = 20.0
"""In real time, whatever the accord says of a simulated one."""

_log = structlog.get_logger("openline")


class Spoken(msgspec.Struct, frozen=True):
    """A partner as it is spoken to; where any of it changes, a new client begins."""

    partner: Partner
    heartbeat_s: float


class Partners:
    """The clients of all lines, each a duty of the replica."""

    def __init__(self, opened: Opened, turn: NodeThread, replica: Replica) -> None:
        self._opened = opened
        self._turn = turn
        self._replica = replica
        self._clients: dict[str, Client] = {}
        self._spoken: dict[str, Spoken] = {}
        self._complaints: set[str] = set()

    def heard(self, accord_id: str, taken: int) -> None:
        if accord_id in self._clients:
            self._clients[accord_id].heard(taken)

    def wake(self) -> None:
        for client in self._clients.values():
            client.wake()

    async def begin(self) -> None:
        """Raises NotFound ``no-such-line`` for a partner without an accord; Invalid as Client does."""
        heartbeats = await self._turn(lambda node, _: _heartbeats(node))
        for partner in self._opened.settings.partners:
            await self._look_at(partner, heartbeats)

    async def watch(self) -> None:
        """Until it is cancelled. What is wrong with the settings is told, and what was right before goes
        on.
        """
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self._complain(await self._look())
            except OpenlineError as fault:
                self._complain([fault])
            except Exception:
                _log.exception("partners not read")

    async def _look(self) -> list[OpenlineError]:
        """Gives what is wrong with some of them; the others are spoken to all the same."""
        heartbeats = await self._turn(lambda node, _: _heartbeats(node))
        wanted = {it.accord: it for it in self._opened.home.settings().partners}
        for accord_id in self._spoken.keys() - wanted.keys():
            await self._forget(accord_id)
        faults: list[OpenlineError] = []
        for partner in wanted.values():
            try:
                await self._look_at(partner, heartbeats)
            except OpenlineError as fault:
                faults.append(fault)
        return faults

    async def _look_at(self, partner: Partner, heartbeats: dict[str, float]) -> None:
        if partner.accord not in heartbeats:
            raise _no_such_line(partner)
        spoken = Spoken(partner, heartbeats[partner.accord])
        if self._spoken.get(partner.accord) != spoken:
            await self._speak(spoken)

    async def _speak(self, spoken: Spoken) -> None:
        """With a new client; the old one of this line ends first."""
        client = self._client(spoken)  # raises where the settings are wrong, and then the old one goes on
        accord_id = spoken.partner.accord
        await self._forget(accord_id)
        self._clients[accord_id], self._spoken[accord_id] = client, spoken
        self._replica.add(_duty(accord_id), client.run)
        _log.info("partner", accord=accord_id, url=spoken.partner.url)

    async def _forget(self, accord_id: str) -> None:
        if self._spoken.pop(accord_id, None) is not None:
            del self._clients[accord_id]
            await self._replica.remove(_duty(accord_id))
            _log.info("partner no more", accord=accord_id)

    def _client(self, spoken: Spoken) -> "Client":
        from openline.link.client import Client  # only here: a node may have nobody to speak to

        partner = spoken.partner
        return Client(
            partner.accord,
            partner.url,
            self._turn,
            lambda: _newest_said(self._opened, partner.accord),
            lambda lane: self._opened.node.lane_mark(partner.accord, lane),
            heartbeat_s=spoken.heartbeat_s,
            tls_ca=in_home(self._opened.home.directory, partner.tls_ca),
        )

    def _complain(self, faults: list[OpenlineError]) -> None:
        """Once for each fault, not at every look."""
        for fault in faults:
            if str(fault) not in self._complaints:
                _log.warning("partner not taken", word=fault.word, code=fault.code, text=fault.text)
        self._complaints = {str(fault) for fault in faults}


def _duty(accord_id: str) -> str:
    return f"line/{accord_id}"


def _heartbeats(node: Node) -> dict[str, float]:
    """By accord, in seconds of real time."""
    with node.looking() as (_, desks, _own):
        beats_s = {name: desk.line.accord.heartbeat_ms / MS_PER_SECOND for name, desk in desks.items()}
    return {name: min(beat_s, LONGEST_HEARTBEAT_S) for name, beat_s in beats_s.items()}


def _newest_said(opened: Opened, accord_id: str) -> tuple[int, ...]:
    """The heads of our own lanes, straight from the store: another process may have moved them."""
    with opened.store.reading() as tx:
        return tuple(tx.lane_head(accord_id, opened.settings.party, lane).number for lane in Lane)


def _no_such_line(partner: Partner) -> NotFound:
    return NotFound(
        "no-such-line",
        f"a partner is configured for accord {partner.accord}, and this accord is not installed",
        field="partners.accord",
        remedy="install it with openline accord sign, or take the partner out of openline.toml",
    )
