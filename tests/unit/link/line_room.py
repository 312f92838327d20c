"""Alpha's listener over two whole nodes in one process, asked as HTTP asks, without a socket."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import httpx

from openline.journal.envelope import seal
from openline.journal.keys import SigningKey
from openline.link.batch import MEDIA_TYPE, decode_answer
from openline.link.https import LineApp
from openline.node.node import Node
from simulation.war_room import NOW_MS, WarRoom

Json = dict[str, Any]
LINE_TYPE = "application/vnd.openline.line.v1+json"
STRANGER = SigningKey.from_seed(b"s" * 32)


class LineRoom:
    def __init__(self) -> None:
        self.room = WarRoom()
        self.heard: list[tuple[str, int]] = []
        self.app = LineApp(self.turn, lambda accord_id, taken: self.heard.append((accord_id, taken)))

    async def turn(self, work: Callable[[Node, int], Any]) -> Any:
        return work(self.room["alpha"], self.room.now_ms)

    def post(
        self, body: bytes, *, accord: str | None = None, method: str = "POST", media: str = MEDIA_TYPE
    ) -> Any:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app.asgi)
            async with httpx.AsyncClient(transport=transport, base_url="http://line") as http:
                path = f"/line/v1/{accord or self.room.accord_id}"
                return await http.request(
                    method, path, content=body, headers={"content-type": media} if media else {}
                )

        return asyncio.run(ask())

    # Sealing as a case says

    def key(self, name: str) -> SigningKey:
        return STRANGER if name == "stranger" else self.room.parties[name].node_key

    def sealed(self, item: Json) -> bytes:
        place = self.place() | item.get("place", {})
        body = item.get("body", {"officer": {"automaton": False, "position": "duty", "pseudonym": "kilo"}})
        for _ in range(item.get("body_nested", 0)):
            body = [body]
        payload = {"body": body, "kind": item.get("kind", "CHECK"), "place": place}
        names = item.get("key", "bravo")
        keys = [self.key(name) for name in ([names] if isinstance(names, str) else names)]
        sealed = seal(spelt(payload), item.get("payload_type", LINE_TYPE), keys)
        return self.changed(sealed, payload, item["then"]) if "then" in item else sealed

    def changed(self, sealed: bytes, payload: Json, then: Json) -> bytes:
        """The signature of the one over the payload of the other."""
        envelope = json.loads(sealed)
        payload["place"] |= then
        return spelt(envelope | {"payload": base64.b64encode(spelt(payload)).decode()})

    def place(self) -> Json:
        return {
            "accord": self.room.accord_id,
            "accord_version": 1,
            "at_ms": NOW_MS,
            "beside": 0,
            "exercise": True,
            "lane": "urgent",
            "number": 1,
            "previous": "0" * 64,
            "receiver": "alpha",
            "seen": {"routine": 0, "urgent": 0},
            "sender": "bravo",
        }

    # What is there afterwards

    def holdings(self) -> Any:
        """All that alpha has kept of messages and operations."""
        with self.room["alpha"].looking() as (tx, desks, own):
            (desk,) = desks.values()
            heads = {f"{sender}/{lane}": head.number for (sender, lane), head in desk.heads.items()}
            private = tx.private_head()
            rows = [(row.kind, row.key, row.state) for row in tx.picture(desk.accord_id)]
            return heads, sorted(rows), len(own.all()), private.number if private else 0

    def counted(self, error: str, code: str) -> int:
        with self.room["alpha"].looking() as (tx, _, _own):
            return tx.counters().get(f"{error}/{code}", 0)

    def quarantined(self) -> list[str]:
        with self.room["alpha"].looking() as (tx, _, _own):
            return [row.code for row in tx.quarantined()]


def spelt(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def kinds_of(body: bytes) -> list[str]:
    """What the sealed items of an answer are."""
    items = [json.loads(item) for item in decode_answer(body).items]
    payloads = [json.loads(base64.b64decode(item["payload"])) for item in items]
    return [str(it.get("kind") or item["payloadType"]) for it, item in zip(payloads, items, strict=True)]
