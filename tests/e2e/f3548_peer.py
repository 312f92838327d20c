"""A supplier that knows F3548 and nothing else: it files, answers for details and takes notifications."""

import threading
import time
import uuid
from typing import Any

import httpx
import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from e2e.two_processes import free_port, until

SCOPE = "utm.strategic_coordination"


class Peer:
    """One supplier at one node. told: the notifications that it got."""

    def __init__(self, name: str, node_port: int, key: RSAPrivateKey) -> None:
        self.name, self.key = name, key
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.node = httpx.Client(base_url=f"http://127.0.0.1:{node_port}", trust_env=False, timeout=40.0)
        self.intents: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []
        app = Starlette(
            routes=[
                Route("/uss/v1/operational_intents/{name}", self._details, methods=["GET"]),
                Route("/uss/v1/operational_intents", self._notified, methods=["POST"]),
            ]
        )
        self.server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_config=None, lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> "Peer":
        self.thread.start()
        until(lambda: self.server.started, f"{self.name} serves")
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.node.close()

    async def _details(self, request: Request) -> Response:
        intent = self.intents.get(request.path_params["name"])
        return JSONResponse({"operational_intent": intent}) if intent else JSONResponse({}, 404)

    async def _notified(self, request: Request) -> Response:
        self.told.append(await request.json())
        return Response(status_code=204)

    # Asking
    def ask(self, method: str, url: str, body: Any = None) -> httpx.Response:
        now = int(time.time())
        claims: dict[str, Any] = {"sub": self.name, "iss": "test", "aud": "127.0.0.1", "scope": SCOPE}
        claims |= {"exp": now + 600, "nbf": now, "jti": str(uuid.uuid4())}
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        token = jwt.encode(claims, pem, algorithm="RS256")
        return self.node.request(method, url, json=body, headers={"authorization": f"Bearer {token}"})

    def file(
        self, name: str, volume: dict[str, Any], key: list[str], ovn: str | None = None
    ) -> httpx.Response:
        """Create or change an intent; what it stands for is answered for from then on."""
        body = {
            "extents": [volume],
            "state": "Accepted",
            "uss_base_url": self.base_url,
            "key": key,
            "new_subscription": {"uss_base_url": self.base_url},
        }
        place = f"/dss/v1/operational_intent_references/{name}" + (f"/{ovn}" if ovn else "")
        answer = self.ask("PUT", place, body)
        if answer.status_code in (200, 201):
            self.intents[name] = {
                "reference": answer.json()["operational_intent_reference"],
                "details": {"volumes": [volume], "off_nominal_volumes": [], "priority": 0},
            }
        return answer

    def ovn(self, name: str) -> str:
        return str(self.intents[name]["reference"]["ovn"])

    def end(self, name: str) -> None:
        self.ask(
            "DELETE", f"/dss/v1/operational_intent_references/{name}/{self.ovn(name)}"
        ).raise_for_status()
        del self.intents[name]

    def around(self, volume: dict[str, Any], manager: str) -> list[dict[str, Any]]:
        """The references of one manager that a query for the volume answers."""
        answer = self.ask("POST", "/dss/v1/operational_intent_references/query", {"area_of_interest": volume})
        found = answer.raise_for_status().json()["operational_intent_references"]
        return [dict(one) for one in found if one["manager"] == manager]

    def details(self, reference: dict[str, Any]) -> dict[str, Any]:
        """From whoever answers for it."""
        answer = self.ask("GET", f"{reference['uss_base_url']}/uss/v1/operational_intents/{reference['id']}")
        return dict(answer.raise_for_status().json()["operational_intent"])


def square(lat: float, lng: float, start: str, end: str, side: float = 0.011) -> dict[str, Any]:
    corners = ((lat, lng), (lat, lng + side), (lat + side, lng + side), (lat + side, lng))
    return {
        "volume": {
            "outline_polygon": {"vertices": [{"lat": a, "lng": b} for a, b in corners]},
            "altitude_lower": {"value": 1_000.0, "reference": "W84", "units": "M"},
            "altitude_upper": {"value": 1_100.0, "reference": "W84", "units": "M"},
        },
        "time_start": {"value": start, "format": "RFC3339"},
        "time_end": {"value": end, "format": "RFC3339"},
    }
