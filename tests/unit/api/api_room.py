"""Alpha's console over two whole nodes in one process, with one conflict that bravo has asked about."""

import asyncio
from typing import Any

import httpx

from openline.api.console_api import console_app
from openline.api.services import Drawn, Services
from openline.console.page import page_routes
from openline.console.picture import picture_svg
from openline.errors import Refused
from openline.formats.calendar import calendar_of
from openline.formats.geojson import read_operations
from openline.formats.geojson_text import geojson_of
from simulation.war_room import WarRoom, flight


class ApiRoom:
    def __init__(self, *, simulated: bool = False) -> None:
        self.room = WarRoom()
        self.mine = self.room.id()
        theirs = self.room.id()
        self.room["alpha"].file(flight(self.mine, WEST_EAST, callsign="SWR1"), self.room.now_ms)
        self.room.exchange()
        self.room["bravo"].file(flight(theirs, SOUTH_NORTH, callsign="EDW1"), self.room.now_ms)
        self.room.exchange()
        self.app = console_app(self.services(simulated), page_routes())
        (self.conflict,) = self.get("/api/conflicts").json()

    def services(self, simulated: bool) -> Services:
        return Services(
            turn=self.turn,
            party="alpha",
            title="Alpha <Control>",
            version="0",
            clock="simulated" if simulated else "real",
            read_filing=read_operations,
            as_geojson=geojson_of,
            as_calendar=lambda talk, parties, exercise: calendar_of(talk, parties, exercise=exercise),
            draw=draw,
            step_clock=self.step if simulated else None,
            wake=lambda: None,
            line_refusals=lambda: {"no-such-line": 3},
        )

    async def turn(self, work: Any) -> Any:
        return work(self.room["alpha"], self.room.now_ms)

    def step(self, now_ms: int) -> None:
        if now_ms < self.room.now_ms:
            raise Refused("time-runs-forward", "it does", field="now_ms")
        self.room.now_ms = now_ms

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7411") as http:
                return await http.request(method, self.filled(path), **more)

        return asyncio.run(asked())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.ask("POST", path, json=body)

    def filled(self, text: str) -> str:
        names = {"accord": self.room.accord_id, "operation": self.mine}
        if "{conflict}" in text or "{notice}" in text:
            names |= {"conflict": self.conflict["conflict_id"], "notice": self.conflict["first"]["notice_id"]}
        for name, value in names.items():
            text = text.replace("{" + name + "}", value)
        return text

    def holdings(self) -> Any:
        """All that alpha has kept: messages, picture, operations, its own journal."""
        with self.room["alpha"].looking() as (tx, desks, own):
            heads = {
                f"{sender}/{lane}": head.hash
                for desk in desks.values()
                for (sender, lane), head in desk.heads.items()
            }
            rows = [(row.kind, row.key, row.state) for desk in desks for row in tx.picture(desk)]
            private = tx.private_head()
            return (
                heads,
                sorted(rows),
                sorted((it.id, it.version) for it in own.all()),
                private and private.hash,
            )


WEST_EAST = [(47.0, 7.0, 350, 30.0), (47.0, 9.0, 350, 45.0)]
SOUTH_NORTH = [(46.2, 8.0, 350, 30.0), (47.8, 8.0, 350, 45.0)]


def draw(drawn: Drawn) -> str:
    return picture_svg(
        drawn.told,
        drawn.conflicts,
        us=drawn.us,
        title=drawn.title,
        exercise=drawn.exercise,
        now_ms=drawn.now_ms,
        width=drawn.width,
        height=drawn.height,
    )
