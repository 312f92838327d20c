"""Bad input, with the status and the code that it is told; and every error of the core as its status."""

import json
from typing import Any

import pytest

from openline.api.f3548.limits import MAX_BODY_BYTES
from openline.errors import Invalid, LimitExceeded, Unavailable
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.dss.errors import down, exists, foreign, outdated, too_large, unknown
from openline.utm.dss.records import Kind, Ref
from openline.utm.wire.references import AirspaceConflictResponse
from unit.api.f3548.f3548_room import CONSTRAINT, ID, INTENT, Room, intent, token, volume

INTENTS = "/dss/v1/operational_intent_references"
SUBSCRIPTIONS = "/dss/v1/subscriptions"
ONE = f"{INTENTS}/{ID}"
ROOM = Room()


def changed(path: str, value: Any) -> bytes:
    """A good intent with one thing changed; path: names and numbers with dots between them."""
    body = intent()
    *above, last = path.split(".")
    at: Any = body
    for name in above:
        at = at[int(name)] if name.isdigit() else at[name]
    at[last] = value
    return json.dumps(body).encode()


GOOD = json.dumps(intent()).encode()
HEIGHT = "extents.0.volume.altitude_lower"
RING = "extents.0.volume.outline_polygon.vertices"
LAT = b'"lat": 47.0, '
BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "not-json"),
    "half": (GOOD[:100], 400, "not-json"),
    "two": (GOOD + GOOD, 400, "not-json"),
    "not UTF-8": (b'{"state": "\xff"}', 400, "not-json"),
    "a list": (b"[]", 400, "wrong-type"),
    "null": (b"null", 400, "wrong-type"),
    "a number that is none": (GOOD.replace(b"100.0", b"NaN"), 400, "not-json"),
    "an infinite one": (GOOD.replace(b"100.0", b"Infinity"), 400, "not-json"),
    "one too large to be finite": (GOOD.replace(b"100.0", b"1e999"), 400, "wrong-type"),
    "a field twice": (GOOD[:-1] + b', "state": "Activated"}', 400, "duplicate-field"),
    "a field twice within": (GOOD.replace(LAT, LAT + LAT, 1), 400, "duplicate-field"),
    "an unknown field twice": (GOOD[:-1] + b', "x": 1, "x": 2}', 400, "duplicate-field"),
    "without extents": (b'{"state": "Accepted", "uss_base_url": "https://u"}', 400, "missing-field"),
    "another state": (changed("state", "Ended"), 400, "wrong-type"),
    "another unit": (changed(f"{HEIGHT}.units", "FT"), 400, "wrong-type"),
    "another reference": (changed(f"{HEIGHT}.reference", "SFC"), 400, "wrong-type"),
    "a height as a text": (changed(f"{HEIGHT}.value", "100"), 400, "wrong-type"),
    "too high": (changed(f"{HEIGHT}.value", 100_001), 400, "wrong-type"),
    "another time format": (changed("extents.0.time_start.format", "RFC3330"), 400, "wrong-type"),
    "two vertices": (changed(RING, [{"lat": 1, "lng": 1}] * 2), 400, "wrong-type"),
    "a latitude of 91": (changed(f"{RING}.0.lat", 91), 400, "wrong-type"),
    "a key that is no list": (changed("key", "x"), 400, "wrong-type"),
    "33 deep": (GOOD[:-1] + b', "x": ' + b"[" * 32 + b"]" * 32 + b"}", 400, "too-deep"),
    "a million deep": (GOOD[:-1] + b', "x": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}", 400, "too-deep"),
    "brackets without end": (GOOD[:-1] + b', "x": ' + b"[" * 1_000_000, 400, "too-deep"),
    "too large": (b" " * (MAX_BODY_BYTES + 1), 413, "body-too-large"),
}  # fmt: skip
GOOD_BODIES = {
    "32 deep": GOOD[:-1] + b', "x": ' + b"[" * 31 + b"]" * 31 + b"}",
    "brackets in texts": GOOD[:-1] + b', "x": "' + b"[{" * 1_000 + b'"}',
    "quoted quotes before brackets": GOOD[:-1] + rb', "x": "\"' + b"[" * 1_000 + b'"}',
    "unknown fields": GOOD[:-1] + b', "old_version": 0}',
    "null for what may be left out": GOOD[:-1] + b', "subscription_id": null}',
    "4 MB": GOOD + b" " * (MAX_BODY_BYTES - len(GOOD)),
}


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
def test_a_bad_body_is_told_what_is_wrong_with_it(body: bytes, status: int, code: str) -> None:
    before = len(ROOM.dss.asked)
    answer = ROOM.ask("PUT", ONE, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text[:300]
    assert answer.json()["message"]
    assert len(ROOM.dss.asked) == before


@pytest.mark.parametrize("body", GOOD_BODIES.values(), ids=GOOD_BODIES)
def test_a_body_that_is_unusual_and_good_is_taken(body: bytes) -> None:
    answer = ROOM.ask("PUT", ONE, content=body, headers={"content-type": "application/json; charset=utf-8"})
    assert answer.status_code == 201, answer.text[:300]


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_not_read(content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    answer = ROOM.ask("PUT", ONE, content=GOOD, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong-content-type")


def test_no_body_where_one_is_needed_is_told_400() -> None:
    answer = ROOM.ask("PUT", ONE, headers={"content-length": "0"})
    assert (answer.status_code, answer.json()["code"]) == (400, "missing-body")


def test_a_body_in_pieces_is_cut_off_at_the_limit() -> None:
    async def pieces() -> Any:
        for _ in range(MAX_BODY_BYTES // 1_000_000 + 2):
            yield b" " * 1_000_000

    answer = ROOM.ask("PUT", ONE, content=pieces(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")


PATHS = {
    "no UUID": ("GET", f"{INTENTS}/not_uuid_format", 400, "bad-id"),
    "a UUID that lacks a digit": ("GET", f"{INTENTS}/{ID.replace('-', '')[1:]}", 400, "bad-id"),
    "a line end behind it": ("GET", f"{ONE}%0A", 400, "bad-id"),
    "other digits": ("GET", f"{INTENTS}/%D9%A1a1d6f0e-3c7b-4b65-9b0a-6f2f3b1c9d1", 400, "bad-id"),
    "an empty id": ("GET", f"{INTENTS}/", 400, "bad-id"),
    "not UTF-8": ("GET", f"{INTENTS}/%FF", 400, "bad-path"),
    "an update without its ovn": ("PUT", f"{ONE}/", 400, "missing-version"),
    "a delete without its ovn": ("DELETE", f"{ONE}/", 400, "missing-version"),
    "a subscription without version": ("PUT", f"{SUBSCRIPTIONS}/{ID}/", 400, "missing-version"),
    "an ovn of 257 characters": ("DELETE", f"{ONE}/{'x' * 257}", 400, "name-too-long"),
    "an ovn with a bell": ("DELETE", f"{ONE}/%07", 400, "bad-text"),
    "delete without a version": ("DELETE", ONE, 405, "method-not-allowed"),
    "another method": ("PATCH", ONE, 405, "method-not-allowed"),
    "nothing": ("GET", "/dss/v2/subscriptions", 404, "no-such-path"),
    "far too long": ("GET", "/dss/v1" + "/x" * 1_000, 404, "no-such-path"),
    "braces": ("GET", "/dss/v1/{}/{}", 404, "no-such-path"),
}


@pytest.mark.parametrize(("method", "path", "status", "code"), PATHS.values(), ids=PATHS)
def test_a_bad_path_is_told_what_is_wrong_with_it(method: str, path: str, status: int, code: str) -> None:
    body = {"json": intent() if "intent" in path else {"extents": volume(), "uss_base_url": "https://u"}}
    answer = ROOM.ask(method, path, **(body if method == "PUT" else {}))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("spelled", [ID, ID.upper(), ID.replace("-", "")])
def test_an_id_has_one_spelling_and_an_ovn_any(spelled: str) -> None:
    assert ROOM.ask("DELETE", f"{INTENTS}/{spelled}/a%2Fb%2Bc+%3D/").status_code == 200
    asked = ROOM.dss.asked[-1]
    assert (asked.id, asked.ovn) == (ID, "a/b+c+=")


def test_a_slash_at_the_end_of_anything_else_means_nothing() -> None:
    assert ROOM.ask("GET", f"{ONE}/").status_code == 200
    assert ROOM.ask("POST", f"{INTENTS}/query/", json={}).status_code == 200


REF = Ref(Kind.OPERATIONAL_INTENT, ID)
FAULTS = [
    (Invalid("bad-time", "no"), 400),
    (LimitExceeded("too-many-vertices", "10,001"), 400),
    (LimitExceeded("dss-full", "no"), 429),
    (exists(REF), 409),
    (outdated(REF), 409),
    (foreign(REF), 403),
    (down("uss1"), 412),
    (unknown(REF), 404),
    (too_large(3_000, 2_500, "MAX_AREA_KM2"), 413),
    (Unavailable("store-contended", "others"), 409),
    (Unavailable("store-busy", "disk"), 503),
    (RuntimeError("a fault of ours"), 503),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS, ids=lambda it: getattr(it, "code", None) or str(it))
def test_an_error_of_the_core_is_told_with_its_status_and_its_code(fault: Exception, status: int) -> None:
    room = Room()
    room.dss.fault = fault
    answer = room.ask("PUT", ONE, json=intent())
    assert answer.status_code == status
    assert answer.json()["code"] == getattr(fault, "code", "fault")
    assert answer.json()["message"]
    assert ("retry-after" in answer.headers) == (status in (429, 503))


def test_where_the_standard_has_no_413_an_area_that_is_too_large_is_400() -> None:
    room = Room()
    room.dss.fault = LimitExceeded("area-too-large", "no")
    body = {"extents": volume(), "uss_base_url": "https://u", "notify_for_constraints": True}
    assert room.ask("PUT", f"{SUBSCRIPTIONS}/{ID}", json=body).status_code == 400


def test_a_key_that_is_incomplete_is_told_what_is_missing() -> None:
    room = Room()
    room.dss.fault = AirspaceConflict(AirspaceConflictResponse(None, (INTENT,), (CONSTRAINT,)))
    answer = room.ask("PUT", ONE, json=intent())
    assert answer.status_code == 409
    assert set(answer.json()) == {"message", "missing_operational_intents", "missing_constraints"}
    assert answer.json()["missing_operational_intents"][0]["id"] == ID


def test_what_was_answered_is_counted_by_operation_and_status() -> None:
    room = Room()
    room.ask("GET", ONE)
    room.ask("GET", f"{INTENTS}/x")
    room.ask("GET", "/nothing")
    assert dict(room.app.answered) == {
        ("getOperationalIntentReference", 200): 1,
        ("getOperationalIntentReference", 400): 1,
        ("none", 404): 1,
    }
    assert room.app.busy_s["getOperationalIntentReference"] > 0


# The auxiliary interface --------------------------------------------------------------------------
def test_the_auxiliary_interface_answers() -> None:
    status = token(["interuss.pool_status.read"])
    assert ROOM.ask("GET", "/aux/v1/version", auth=None).json() == {"version": "0.1"}
    assert ROOM.ask("GET", "/aux/v1/pool", auth=status).json() == {"dar_id": "pool-1"}
    instances = ROOM.ask("GET", "/aux/v1/pool/dss_instances", auth=status).json()
    assert instances == {"dss_instances": [{"id": "pool-1"}]}
    for path in ("accepted_ca_certs", "ca_certs"):
        assert ROOM.ask("GET", f"/aux/v1/configuration/{path}", auth=None).json() == {"CAs": []}
    assert ROOM.ask("GET", "/aux/v1/validate_oauth", auth=token(["any"])).status_code == 200
    assert ROOM.ask("GET", "/aux/v1/validate_oauth?owner=uss1").status_code == 200
    assert ROOM.ask("GET", "/aux/v1/validate_oauth?owner=bad_user").status_code == 403
    assert ROOM.ask("GET", "/aux/v1/validate_oauth", auth=None).status_code == 401
