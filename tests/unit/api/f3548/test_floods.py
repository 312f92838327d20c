"""Floods: a caller who asks too much is told when to come again, others notice nothing, memory is bounded."""

import asyncio

import pytest

from openline.api.f3548.body import Held, read
from openline.api.f3548.flood import Buckets
from openline.errors import Unavailable
from unit.api.f3548.f3548_room import ID, Room, token

PATH = f"/dss/v1/subscriptions/{ID}"


def test_a_bucket_gives_its_rate_and_a_second_of_it_at_once() -> None:
    buckets = Buckets(8)
    assert [buckets.take("a", 0.0) for _ in range(8)] == [0.0] * 8
    assert 0 < buckets.take("a", 0.0) <= 1 / 8
    assert buckets.take("b", 0.0) == 0.0
    taken = sum(buckets.take("a", at / 64) == 0.0 for at in range(1, 64 * 5 + 1))
    assert taken == 40


def test_no_more_callers_are_remembered_than_the_limit() -> None:
    buckets = Buckets(1, most=100)
    for number in range(1_000):
        buckets.take(str(number), 0.0)
    assert len(buckets) == 100


def test_a_flood_from_one_caller_is_told_429_and_others_are_served() -> None:
    now_s = [0.0]
    room = Room(requests_per_second=5, steady_s=lambda: now_s[0])
    other = token(sub="uss2")
    statuses = [room.ask("GET", PATH).status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    refused = room.ask("GET", PATH)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("too-many-requests", "1")
    assert room.ask("GET", PATH, auth=other).status_code == 200
    now_s[0] += 1
    assert room.ask("GET", PATH).status_code == 200


def test_a_flood_of_bad_tokens_is_told_429_and_who_is_known_at_that_address_is_served() -> None:
    room = Room(requests_per_second=5, steady_s=lambda: 0.0)
    assert room.ask("GET", PATH).status_code == 200
    assert [room.ask("GET", PATH, auth="bad").status_code for _ in range(6)] == [401] * 4 + [429] * 2
    assert room.ask("GET", PATH).status_code == 200
    assert room.ask("GET", PATH, auth=token(sub="uss3")).status_code == 429


def test_large_bodies_that_arrive_slowly_hold_no_more_memory_than_the_limit() -> None:
    async def sent(held: Held, pieces: list[bytes], wait: asyncio.Event) -> bytes:
        left = list(pieces)

        async def receive() -> dict[str, object]:
            body = left.pop(0)
            if not left:
                await wait.wait()
            return {"type": "http.request", "body": body, "more_body": bool(left)}

        return await read(receive, None, held)

    async def tried() -> None:
        held, wait = Held(most=250), asyncio.Event()
        first = asyncio.create_task(sent(held, [b"a" * 100, b"b" * 100], wait))
        second = asyncio.create_task(sent(held, [b"c" * 100, b""], wait))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="bodies-full"):
            await sent(held, [b"d" * 100, b""], wait)
        wait.set()
        with pytest.raises(Unavailable, match="bodies-full"):
            await first
        assert await second == b"c" * 100
        assert held.bytes == 0

    asyncio.run(tried())
