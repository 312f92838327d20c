"""Suppliers over HTTP who file as fast as they can and remember what was confirmed; nodes that serve them."""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from e2e.two_processes import Process, free_port
from openline.bootstrap import F3548, Home, Listener, Settings, init, join

REFERENCES = "/dss/v1/operational_intent_references"
SUPPLIERS_EACH = 4


class Issuer:
    """Makes keys and tokens that a node in ``folder`` believes."""

    def __init__(self, folder: Path) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.file = folder / "issuer.pem"
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        self.file.write_bytes(self.key.public_key().public_bytes(serialization.Encoding.PEM, kind))

    def token(self) -> str:
        now_s = int(time.time())
        claims = {
            "sub": "uss1", "aud": "127.0.0.1", "iss": "https://issuer.example",
            "scope": "utm.strategic_coordination", "nbf": now_s - 1, "exp": now_s + 3_000,
            "jti": str(uuid.uuid4()),
        }  # fmt: skip
        return jwt.encode(claims, self.key, algorithm="RS256")


class Serving(Process):
    """A node that serves suppliers, and one of its suppliers."""

    def __init__(self, home: Home, issuer: Issuer) -> None:
        settings = home.settings()
        assert settings.f3548 is not None
        super().__init__(home, settings.console.port)
        self.url = f"http://127.0.0.1:{settings.f3548.port}"
        self.headers = {"Authorization": f"Bearer {issuer.token()}"}

    def is_up(self) -> bool:
        with self.client() as client:
            return super().is_up() and client.get(f"{REFERENCES}/{uuid.uuid4()}").status_code == 404

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers, trust_env=False, timeout=30.0)

    def ovn_of(self, client: httpx.Client, intent_id: str) -> str | None:
        answer = client.get(f"{REFERENCES}/{intent_id}")
        if answer.status_code == 404:
            return None
        return str(answer.raise_for_status().json()["operational_intent_reference"]["ovn"])


def made(folder: Path, issuer: Issuer, database: str = "openline.db") -> Serving:
    settings = Settings(
        party="alpha",
        title="Alpha",
        database=database,
        line=Listener(port=free_port()),
        console=Listener(port=free_port()),
        f3548=F3548(port=free_port(), keys=(str(issuer.file),)),
    )
    return Serving(init(folder, settings, time.time_ns() // 1_000_000), issuer)


def joined(folder: Path, first: Serving, issuer: Issuer) -> Serving:
    settings = first.home.settings()
    f3548 = F3548(port=free_port(), keys=(str(issuer.file),))
    line, console = Listener(port=free_port()), Listener(port=free_port())
    assert settings.f3548 is not None
    return Serving(join(folder, first.home, line=line, console=console, f3548=f3548), issuer)


class Filer(threading.Thread):
    """Files without a pause until it is told to stop or nobody answers any more. Each of its intents is in a
    place and time of its own, near those of all others.
    """

    def __init__(self, process: Serving, number: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.number = number
        self.confirmed: dict[str, str] = {}
        self.refused: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        with self.process.client() as client:
            while not self.stopping.is_set():
                try:
                    self.file(client)
                except httpx.HTTPError:  # dead, or dying: nothing was confirmed
                    return

    def file(self, client: httpx.Client) -> None:
        intent_id = str(uuid.uuid4())
        answer = client.put(f"{REFERENCES}/{intent_id}", json=intent(self.number, len(self.confirmed)))
        if answer.status_code == 201:
            self.confirmed[intent_id] = answer.json()["operational_intent_reference"]["ovn"]
        else:
            self.refused.append(answer.text)


def intent(row: int, column: int) -> dict[str, Any]:
    """Rows 440 m apart, columns two minutes."""
    begin_s = time.time() + 3_600 + 120 * column
    height = {"reference": "W84", "units": "M"}
    center = {"lat": 46.95 + row * 0.004, "lng": 7.44}
    volume = {
        "outline_circle": {"center": center, "radius": {"value": 10, "units": "M"}},
        "altitude_lower": {"value": 600, **height},
        "altitude_upper": {"value": 700, **height},
    }
    extent = {"volume": volume, "time_start": rfc3339(begin_s), "time_end": rfc3339(begin_s + 60)}
    return {"state": "Accepted", "key": [], "uss_base_url": "https://uss1.example", "extents": [extent]}


def rfc3339(at_s: float) -> dict[str, str]:
    text = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"value": text, "format": "RFC3339"}


def started(process: Serving, first: int) -> list[Filer]:
    filers = [Filer(process, first + number) for number in range(SUPPLIERS_EACH)]
    for filer in filers:
        filer.start()
    return filers


def ended(filers: list[Filer]) -> dict[str, str]:
    """What was confirmed to all of them."""
    for filer in filers:
        filer.stopping.set()
    for filer in filers:
        filer.join(40)
        assert not filer.is_alive()
        assert not filer.refused, filer.refused[0]
    return {name: ovn for filer in filers for name, ovn in filer.confirmed.items()}


def confirmed_by(filers: list[Filer], least: int) -> Callable[[], bool]:
    return lambda: sum(len(filer.confirmed) for filer in filers) >= least


def lost(process: Serving, confirmed: dict[str, str]) -> list[str]:
    """What was confirmed and is not there, or not as it was."""
    with process.client() as client:
        return [name for name, ovn in confirmed.items() if process.ovn_of(client, name) != ovn]
