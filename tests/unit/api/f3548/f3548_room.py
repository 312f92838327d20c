"""The listener's application in one process: a test issuer, and a DSS and a USS that keep to a script."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from openline.api.f3548.application import F3548App
from openline.api.f3548.auth import Tokens
from openline.api.f3548.interface import all_operations
from openline.api.f3548.keys import Keys, read_keys
from openline.api.f3548.operation import ALL_SCOPES, Given
from openline.errors import NotFound
from openline.utm.dss import requests
from openline.utm.wire import details, references
from openline.utm.wire.volumes import Time

AUDIENCE = "dss.example.com"
ID = "5a1d6f0e-3c7b-4b65-9b0a-6f2f3b1c9d10"
OVN = "ovn-of-5a1d6f0e-3c7b"
AT = Time("2030-01-01T12:00:00Z", "RFC3339")
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())

SUBSCRIPTION = references.Subscription(ID, "v1", 0, AT, AT, "https://uss.example/")
INTENT = references.OperationalIntentReference(
    ID,
    "uss1",
    references.UssAvailabilityState.NORMAL,
    1,
    references.OperationalIntentState.ACCEPTED,
    AT,
    AT,
    "https://uss.example/",
    ID,
    OVN,
)
CONSTRAINT = references.ConstraintReference(
    ID, "uss1", references.UssAvailabilityState.NORMAL, 1, AT, AT, "https://uss.example/", OVN
)
AVAILABLE = references.UssAvailabilityStatusResponse(
    "v1", references.UssAvailabilityStatus("uss1", references.UssAvailabilityState.NORMAL)
)
INTENT_CHANGED = references.ChangeOperationalIntentReferenceResponse((), INTENT)
CONSTRAINT_CHANGED = references.ChangeConstraintReferenceResponse((), CONSTRAINT)
ANSWERS: dict[type, Any] = {
    requests.PutOperationalIntent: INTENT_CHANGED,
    requests.DeleteOperationalIntent: INTENT_CHANGED,
    requests.GetOperationalIntent: references.GetOperationalIntentReferenceResponse(INTENT),
    requests.QueryOperationalIntents: references.QueryOperationalIntentReferenceResponse((INTENT,)),
    requests.PutConstraint: CONSTRAINT_CHANGED,
    requests.DeleteConstraint: CONSTRAINT_CHANGED,
    requests.GetConstraint: references.GetConstraintReferenceResponse(CONSTRAINT),
    requests.QueryConstraints: references.QueryConstraintReferencesResponse((CONSTRAINT,)),
    requests.PutSubscription: references.PutSubscriptionResponse(SUBSCRIPTION),
    requests.DeleteSubscription: references.DeleteSubscriptionResponse(SUBSCRIPTION),
    requests.GetSubscription: references.GetSubscriptionResponse(SUBSCRIPTION),
    requests.QuerySubscriptions: references.QuerySubscriptionsResponse((SUBSCRIPTION,)),
    requests.SetAvailability: AVAILABLE,
    requests.GetAvailability: AVAILABLE,
}


class ScriptedDss:
    """Answers each request with the answer of its kind, or raises what it is told to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.fault: Exception | None = None

    async def __call__(self, request: Any, /) -> Any:
        self.asked.append(request)
        if self.fault is not None:
            raise self.fault
        return ANSWERS[type(request)]


class ScriptedUss:
    """Knows one intent and nothing else."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.fault: Exception | None = None

    def _known(self, entity_id: str) -> None:
        if self.fault is not None:
            raise self.fault
        if entity_id != ID:
            raise NotFound("no-such-entity", "there is no such entity")

    async def intent_details(self, entity_id: str) -> Any:
        self._known(entity_id)
        it = details.OperationalIntent(INTENT, details.OperationalIntentDetails())
        return details.GetOperationalIntentDetailsResponse(it)

    async def intent_telemetry(self, entity_id: str) -> Any:
        self._known(entity_id)
        return details.GetOperationalIntentTelemetryResponse(entity_id)

    async def intent_notified(self, manager: str, told: Any) -> None:
        self.told.append((manager, told))

    async def constraint_details(self, entity_id: str) -> Any:
        self._known(entity_id)
        return details.GetConstraintDetailsResponse(
            details.Constraint(CONSTRAINT, details.ConstraintDetails(()))
        )

    async def constraint_notified(self, manager: str, told: Any) -> None:
        self.told.append((manager, told))

    async def report(self, manager: str, report: references.ErrorReport) -> references.ErrorReport:
        self.told.append((manager, report))
        return references.ErrorReport(report.exchange, "1")

    async def log_set(self, log_set_id: str) -> Any:
        return details.USSLogSet()


def public_pem(key: Any) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: Any) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def token(
    scopes: Iterable[str] = ALL_SCOPES,
    *,
    key: Any = RSA_KEY,
    algorithm: str = "RS256",
    headers: dict[str, Any] | None = None,
    without: Iterable[str] = (),
    **claims: Any,
) -> str:
    now = int(time.time())
    said = {"sub": "uss1", "aud": AUDIENCE, "scope": " ".join(scopes), "exp": now + 3600, "nbf": now - 1}
    said |= {"iss": "test", "jti": "1"} | claims
    said = {name: value for name, value in said.items() if name not in set(without)}
    return jwt.encode(said, key, algorithm=algorithm, headers=headers)


class Room:
    def __init__(
        self,
        *,
        keys: Keys | None = None,
        dss: Any = None,
        requests_per_second: float = 100_000,
        steady_s: Callable[[], float] = time.monotonic,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.dss = dss if dss is not None else ScriptedDss()
        self.uss = ScriptedUss()
        self.given = Given(dss=self.dss, uss=self.uss, pool="pool-1", version="0.1")
        self.keys = keys if keys is not None else Keys(read_keys(public_pem(RSA_KEY) + public_pem(EC_KEY)))
        self.tokens = Tokens(self.keys, [AUDIENCE], now_s)
        self.operations = all_operations(self.given)
        self.app = F3548App(self.operations, self.tokens, requests_per_second, steady_s=steady_s)
        self.token = token()

    def ask(self, method: str, path: str, *, auth: str | None = "", **more: Any) -> httpx.Response:
        """auth: the token (the room's own where empty), or None for no header."""
        headers = dict(more.pop("headers", {}))
        if auth is not None:
            headers["authorization"] = f"Bearer {auth or self.token}"

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{AUDIENCE}") as http:
                return await http.request(method, path, headers=headers, **more)

        return asyncio.run(asked())


def volume(vertices: int = 4) -> dict[str, Any]:
    ring = [{"lat": 47 + 0.01 * (n > 1), "lng": 7 + 0.01 * (n in (1, 2))} for n in range(4)]
    ring += [{"lat": 47.005, "lng": 7.0}] * (vertices - 4)
    height = {"reference": "W84", "units": "M"}
    return {
        "volume": {
            "outline_polygon": {"vertices": ring},
            "altitude_lower": {"value": 100.0, **height},
            "altitude_upper": {"value": 200.0, **height},
        },
        "time_start": {"value": "2030-01-01T12:00:00Z", "format": "RFC3339"},
        "time_end": {"value": "2030-01-01T12:30:00Z", "format": "RFC3339"},
    }


def intent(**more: Any) -> dict[str, Any]:
    return {
        "extents": [volume()],
        "key": [],
        "state": "Accepted",
        "uss_base_url": "https://uss.example",
        "new_subscription": {"uss_base_url": "https://uss.example"},
    } | more
