"""Errors as the standard's statuses and bodies.

An error's class says what it is (Invalid 400, NotFound 404, Refused 409, Unavailable 503, a bad token 401);
the table below names the codes that the standard gives a status of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from openline.api.f3548.operation import Operation
from openline.errors import Invalid, LimitExceeded, NotFound, OpenlineError, Unverifiable
from openline.utm.dss.conflict import AirspaceConflict

STATUS: Final[Mapping[str, int]] = {
    "invalid": 400,
    "unverifiable": 400,
    "refused": 409,
    "not-found": 404,
    "unavailable": 503,
}
BY_CODE: Final[Mapping[str, int]] = {
    "scope-missing": 403,
    "not-the-manager": 403,
    "not-the-owner": 403,
    "uss-down": 412,
    "no-telemetry": 412,
    "store-contended": 409,  # F3548-21 A4: "despite repeated attempts, because of other simultaneous changes"
    "method-not-allowed": 405,
    "wrong-content-type": 415,
    "body-too-large": 413,
    "too-many-requests": 429,
    "dss-full": 429,
}
AREA_TOO_LARGE: Final = "area-too-large"
"""413 where the standard has it for the operation, else 400."""
RETRY_AFTER_S: Final = 1

Headers = list[tuple[bytes, bytes]]


class BadToken(Unverifiable):
    """401: nobody is known to have sent it."""


class TooManyRequests(LimitExceeded):
    """429, with the seconds to wait."""

    def __init__(self, wait_s: float, whose: str) -> None:
        super().__init__(
            "too-many-requests",
            f"{whose} asks more often than it may here",
            clause="f3548.requests_per_second",
            remedy="wait as long as Retry-After says",
        )
        self.wait_s = wait_s


class WrongMethod(Invalid):
    """405, with the methods that mean something there."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(
            "method-not-allowed",
            f"{method[:10]} means nothing here",
            field="method",
            remedy=f"use {', '.join(allowed)}",
        )
        self.allowed = allowed


def status_of(fault: OpenlineError, operation: Operation | None) -> int:
    if isinstance(fault, BadToken):
        return 401
    if fault.code == AREA_TOO_LARGE and operation is not None and 413 in operation.also:
        return 413
    return BY_CODE.get(fault.code) or STATUS.get(fault.word, 400)


def body_of(fault: OpenlineError) -> Any:
    """The standard's ErrorResponse with our own fields beside it, or the answer of an airspace conflict."""
    if isinstance(fault, AirspaceConflict):
        return msgspec.structs.replace(fault.answer, message=fault.text)
    told = fault.as_dict()
    told["message"] = told.pop("text", fault.code) + (f"; {fault.remedy}" if fault.remedy else "")
    return told


def refusal(fault: OpenlineError, operation: Operation | None) -> tuple[int, bytes, Headers]:
    """Status, body and the headers that belong to it."""
    status = status_of(fault, operation)
    return status, msgspec.json.encode(body_of(fault)), _headers(fault, status, operation)


def _headers(fault: OpenlineError, status: int, operation: Operation | None) -> Headers:
    if status == 401:
        return [(b"www-authenticate", _challenge(fault).encode())]
    if status == 403 and fault.code == "scope-missing" and operation is not None and operation.scopes:
        scopes = " ".join(sorted(operation.scopes[0]))
        return [(b"www-authenticate", f'Bearer error="insufficient_scope", scope="{scopes}"'.encode())]
    if isinstance(fault, TooManyRequests):
        return [(b"retry-after", str(max(1, round(fault.wait_s + 0.5))).encode())]
    if status in (429, 503):
        return [(b"retry-after", str(RETRY_AFTER_S).encode())]
    if isinstance(fault, WrongMethod):
        return [(b"allow", ", ".join(fault.allowed).encode())]
    if status == 413 and fault.code == "body-too-large":
        return [(b"connection", b"close")]  # what is left of the body is not waited for
    return []


def _challenge(fault: OpenlineError) -> str:
    """RFC 6750 section 3."""
    if fault.code == "token-missing":
        return "Bearer"
    return f'Bearer error="invalid_token", error_description="{fault.code}"'


def nothing_here(path: str) -> NotFound:
    return NotFound("no-such-path", f"there is nothing at {path[:100]}", field="path")
