"""How does it travel? Packets that are lost, doubled, late, or cut off, as the weather has it."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

import msgspec

from openline.simulation.chances import Chances
from openline.simulation.scheduler import Scheduler


class Packet(msgspec.Struct, frozen=True):
    """One body on its way: a question of an exchange, or the answer to it. exchange: 0 for what nobody asks
    about (it was put on the wire by somebody else).
    """

    accord_id: str
    sender: str
    receiver: str
    exchange: int
    is_answer: bool
    body: bytes

    @property
    def way(self) -> tuple[str, str, str]:
        return self.accord_id, self.sender, self.receiver


class Weather(msgspec.Struct, frozen=True):
    """loss, double, late: of 1. latency_ms: on average; late_ms: at most, where a packet is late."""

    name: str
    loss: float
    double: float
    late: float
    latency_ms: int
    late_ms: int


WEATHERS: Final = (
    Weather("fair", 0.0, 0.0, 0.0, 40, 0),
    Weather("rough", 0.05, 0.05, 0.05, 300, 8_000),
    Weather("foul", 0.25, 0.15, 0.15, 600, 60_000),
)
OVERHEARD: Final = 200
"""Packets that somebody on the network remembers, to send them again."""


class Wire:
    """weather: now. cut: ways on which nothing passes. without: kinds of trouble that are left out."""

    def __init__(
        self,
        scheduler: Scheduler,
        chances: Chances,
        without: frozenset[str],
        arrive: Callable[[Packet], bool],
    ) -> None:
        self._scheduler = scheduler
        self._chances = chances
        self._without = without
        self._arrive = arrive
        self.weather = WEATHERS[0]
        self.cut: set[tuple[str, str, str]] = set()
        self.overheard: deque[Packet] = deque(maxlen=OVERHEARD)
        self.lost = self.doubled = 0
        self.arrived_ms: dict[tuple[str, str, str], int] = {}  # by way, when anything last came through
        self._gone: Counter[str] = Counter()  # by sender, how often all that it had sent was gone

    def send(self, packet: Packet) -> None:
        self.overheard.append(packet)
        chance, weather = self._chances.of("wire", *packet.way), self.weather
        fates = chance.random(), chance.random(), chance.random()  # each time as many, whatever comes of it
        if packet.way in self.cut or ("loss" not in self._without and fates[0] < weather.loss):
            self.lost += 1
            return
        copies = 2 if "double" not in self._without and fates[1] < weather.double else 1
        self.doubled += copies - 1
        for _ in range(copies):
            delay_ms = round(chance.expovariate(1 / weather.latency_ms))
            if "late" not in self._without and fates[2] < weather.late:
                delay_ms += chance.randrange(weather.late_ms)
            self.put(packet, delay_ms)

    def put(self, packet: Packet, delay_ms: int = 0) -> None:
        """Past the weather: it arrives, unless the way is cut by then."""
        before = self._gone[packet.sender]

        def deliver() -> bool:
            if self._gone[packet.sender] != before or packet.way in self.cut:
                return False
            self.arrived_ms[packet.way] = self._scheduler.now_ms
            return self._arrive(packet)

        self._scheduler.after(delay_ms, deliver)

    def forget(self, sender: str) -> None:
        """Nothing that it has sent arrives any more, and nobody has kept it."""
        self._gone[sender] += 1
        kept = [packet for packet in self.overheard if packet.sender != sender]
        self.overheard.clear()
        self.overheard.extend(kept)

    def calm(self) -> None:
        self.weather = WEATHERS[0]
        self.cut.clear()
