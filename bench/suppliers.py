"""What suppliers file in the bench: operational intents in one cell, and a country's for a day.

OVNs are asked for by suffix (a UUIDv7), so that a key can name what another connection files at this moment.
"""

import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from http_load import request

GROUP = 11
"""Intents that all meet one another: each meets ten others."""
CELL = (46.9466, 7.4440)
"""A place in the middle of an S2 cell of level 13 (about 1.2 km across)."""
COUNTRY = (45.9, 47.7, 6.1, 10.4)
"""South, north, west, east: some 330 by 200 km."""
SLOT_S = 20
URL = "https://uss.example.com"


def time_of(second: float) -> dict[str, str]:
    text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return {"value": f"{text}Z", "format": "RFC3339"}


def volume(lat: float, lon: float, radius_m: float, low_m: float, high_m: float, start_s: float,
           end_s: float) -> dict[str, object]:  # fmt: skip
    def height(value: float) -> dict[str, object]:
        return {"value": value, "reference": "W84", "units": "M"}

    return {
        "volume": {
            "outline_circle": {
                "center": {"lat": lat, "lng": lon},
                "radius": {"value": radius_m, "units": "M"},
            },
            "altitude_lower": height(low_m),
            "altitude_upper": height(high_m),
        },
        "time_start": time_of(start_s),
        "time_end": time_of(end_s),
    }


class Named:
    """Ids and OVN suffixes under a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def suffix(self) -> str:
        """A UUIDv7 of now (RFC 9562): a DSS takes none that is older than five minutes."""
        number = (time.time_ns() // 1_000_000 << 80) | self.chance.getrandbits(80)
        number = number & ~(0xF << 76) | (7 << 76)
        return str(uuid.UUID(int=number & ~(0x3 << 62) | (0x2 << 62)))


def one_cell(count: int, seed: int, now_s: float, token: str, subscription_id: str) -> Iterator[bytes]:
    """Creates of intents that all lie in one cell, each meeting ten others; `Named(seed)` makes their ids."""
    named = Named(seed)
    for first in range(0, count, GROUP):
        members = [(named.id(), named.suffix()) for _ in range(min(GROUP, count - first))]
        start = now_s + 600 + first / GROUP * SLOT_S % 80_000
        low = 50 + 60 * (first / GROUP * SLOT_S // 80_000)
        for number, (intent_id, suffix) in enumerate(members):
            lat, lon = CELL[0] + (number - 5) * 1e-4, CELL[1] + (number - 5) * 1e-4
            others = [f"{it}_{end}" for it, end in members if it != intent_id]
            extent = volume(lat, lon, 200, low, low + 50, start, start + SLOT_S - 1)
            yield _create(intent_id, suffix, extent, others, token, subscription_id)


def country(count: int, seed: int, now_s: float, token: str) -> Iterator[bytes]:
    """Creates of short flights all over a country within the next 24 hours. Their keys are empty: the few
    that meet another (some 40 of 200,000) are refused.
    """
    named = Named(seed)
    south, north, west, east = COUNTRY
    for number in range(count):
        lat, lon = named.chance.uniform(south, north), named.chance.uniform(west, east)
        start = now_s + 60 + named.chance.uniform(0, 85_000)
        low = 30 + 15 * (number % 8)
        extent = volume(lat, lon, named.chance.uniform(30, 150), low, low + 14, start, start + 240)
        yield _create(named.id(), named.suffix(), extent, [], token, None)


def queries(count: int, seed: int, now_s: float, token: str) -> Iterator[bytes]:
    """Questions about some 2 km and half an hour."""
    named = Named(seed)
    south, north, west, east = COUNTRY
    for _ in range(count):
        lat, lon = named.chance.uniform(south, north), named.chance.uniform(west, east)
        start = now_s + 60 + named.chance.uniform(0, 85_000)
        area = volume(lat, lon, 1_000, 0, 200, start, start + 1_800)
        body = msgspec.json.encode({"area_of_interest": area})
        yield request("POST", "/dss/v1/operational_intent_references/query", token, body)


def _create(intent_id: str, suffix: str, extent: dict[str, object], key: list[str], token: str,
            subscription_id: str | None) -> bytes:  # fmt: skip
    given: dict[str, object] = {
        "extents": [extent],
        "key": key,
        "state": "Accepted",
        "uss_base_url": URL,
        "requested_ovn_suffix": suffix,
    }
    if subscription_id:
        given["subscription_id"] = subscription_id
    path = f"/dss/v1/operational_intent_references/{intent_id}"
    return request("PUT", path, token, msgspec.json.encode(given))


def subscription(named: Named, now_s: float, token: str) -> tuple[str, bytes]:
    """One that is told of everything in the cell for 24 hours."""
    name = named.id()
    given = {
        "extents": volume(CELL[0], CELL[1], 800, 0, 3_000, now_s + 1, now_s + 86_000),
        "uss_base_url": URL,
        "notify_for_operational_intents": True,
    }
    return name, request("PUT", f"/dss/v1/subscriptions/{name}", token, msgspec.json.encode(given))
