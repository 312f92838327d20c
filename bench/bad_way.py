"""Two network namespaces, and a bad way between them: real IP packets are lost, delayed, cut off and garbled.

Each namespace has a TUN device; this process carries packets from one to the other. That is an ordinary
router to the kernels' TCP at both ends, and works wherever /dev/net/tun does; ``tc netem`` is in few
kernels of virtual machines. Needs the right to make namespaces (root, or root of a user namespace:
``unshare --user --map-root-user``).
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

CLONE_NEWNET: Final = 0x40000000
TUNSETIFF: Final = 0x400454CA
IFF_TUN_NO_PI: Final = 0x0001 | 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP_RUNNING: Final = 0x1 | 0x40
LARGEST_PACKET: Final = 65_536
TCP: Final = 6


class NotPermitted(Exception):
    """This machine, or whoever runs this, may make no namespaces or no TUN devices."""


class Place:
    """A network namespace of its own, and a thread in it: whatever runs there sees that network alone."""

    def __init__(self, address: str) -> None:
        """Raises NotPermitted."""
        self.address = address
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=address)
        self.device = self.run(lambda: _enter(address))

    def run(self, work: Callable[[], T]) -> T:
        """In the namespace: sockets that are made, and processes that are begun, are of that network."""
        return self._thread.submit(work).result()

    def close(self) -> None:
        self._thread.shutdown()

    def close_device(self) -> None:
        os.close(self.device)


def _enter(address: str) -> int:
    """The calling thread gets a new network: loopback, and a TUN device with this address. Gives the
    device.
    """
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"no network namespace: {os.strerror(ctypes.get_errno())}")
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN_NO_PI))
        _bring_up("lo")
        _bring_up("tun0", address)
    except (OSError, AttributeError) as fault:
        raise NotPermitted(str(fault)) from None
    return device


def _bring_up(name: str, address: str | None = None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if address is not None:
            for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.0")):
                given = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(control, request, struct.pack("16s16s8x", name.encode(), given))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), IFF_UP_RUNNING))


class Way:
    """The way between two places. Its qualities may be changed at any time, for each direction.

    loss: share of the packets, each way. one_way_s: how long a packet takes. garbled: share of the packets
    with data in which one bit is turned over, with a TCP checksum that is right again, so that no kernel
    sees it. cut: directions (0: from the first place, 1: from the second) in which nothing gets through.
    """

    def __init__(self, first: Place, second: Place, seed: int) -> None:
        self.loss = 0.0
        self.one_way_s = 0.0
        self.garbled = 0.0
        self.cut: frozenset[int] = frozenset()
        self.counted: Counter[str] = Counter()
        self._devices = (first.device, second.device)
        self._chance = random.Random(seed)
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="way", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _carry(self) -> None:
        while not self._ended.is_set():
            wait_s = min(0.05, max(0.0, self._waiting[0][0] - time.monotonic())) if self._waiting else 0.05
            readable, _, _ = select.select(self._devices, (), (), wait_s)
            for device in readable:
                self._take(self._devices.index(device), os.read(device, LARGEST_PACKET))
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, _, towards, packet = heapq.heappop(self._waiting)
                os.write(self._devices[towards], packet)

    def _take(self, direction: int, packet: bytes) -> None:
        if packet[0] >> 4 != 4:
            return  # what IPv6 says of itself
        self.counted["packets"] += 1
        if direction in self.cut or self._chance.random() < self.loss:
            self.counted["lost"] += 1
            return
        if self._chance.random() < self.garbled:
            packet = self._turned_over(packet)
        due_s = time.monotonic() + self.one_way_s
        heapq.heappush(self._waiting, (due_s, self.counted["packets"], 1 - direction, packet))

    def _turned_over(self, packet: bytes) -> bytes:
        begin, data = _tcp_of(packet)
        if data >= len(packet):
            return packet
        garbled = bytearray(packet)
        garbled[self._chance.randrange(data, len(packet))] ^= 1 << self._chance.randrange(8)
        garbled[begin + 16 : begin + 18] = b"\0\0"
        garbled[begin + 16 : begin + 18] = _checksum(bytes(garbled), begin).to_bytes(2, "big")
        self.counted["garbled"] += 1
        return bytes(garbled)


def _tcp_of(packet: bytes) -> tuple[int, int]:
    """Where TCP and where its data begin; the end of the packet where there is none."""
    begin = (packet[0] & 15) * 4
    if packet[9] != TCP:
        return begin, len(packet)
    return begin, begin + (packet[begin + 12] >> 4) * 4


def _checksum(packet: bytes, begin: int) -> int:
    """TCP's, over its pseudo-header too (RFC 9293, 3.1)."""
    length = len(packet) - begin
    summed = packet[12:20] + struct.pack("!HH", TCP, length) + packet[begin:] + b"\0" * (length % 2)
    total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
