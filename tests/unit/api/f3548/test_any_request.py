"""Whatever our own description allows, and what it does not, is answered, and never with a 5xx."""

import atexit
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

from openline.store.airspace import SqlAirspaceStore
from openline.store.store import open_store
from openline.utm.dss.registry import Registry
from openline.utm.dss.settings import Settings
from unit.api.f3548.f3548_room import Room, token

EXAMPLES = 5
"""Requests an operation, under a fixed seed; good and bad ones in turn."""
EVERY_SCOPE = token([
    "utm.strategic_coordination", "utm.conformance_monitoring_sa", "utm.constraint_processing",
    "utm.constraint_management", "utm.availability_arbitration", "interuss.pool_status.read",
])  # fmt: skip


class RealDss:
    """The DSS itself over SQLite, one request at a time."""

    def __init__(self, folder: str) -> None:
        store = SqlAirspaceStore(open_store(str(Path(folder) / "openline.db")))
        self._registry = Registry(store, Settings(), lambda: str(uuid.uuid4()))
        self._registry.load()

    async def __call__(self, request: Any, /) -> Any:
        (answer,) = self._registry.answer_all([request], time.time_ns() // 1_000_000)
        if isinstance(answer, Exception):
            raise answer
        return answer


def described(room: Room, *, systematic: bool = True) -> Any:
    """systematic: with every bound of every field in turn, beside what chance makes."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", room.app)
    schema.config.generation.update(modes=list(schemathesis.GenerationMode))
    schema.config.phases.coverage.enabled = systematic
    return schema


folder = TemporaryDirectory()
atexit.register(folder.cleanup)
listener = described(Room())
dss = described(Room(dss=RealDss(folder.name)), systematic=False)
bounded = hypothesis.settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
HEADERS = {"authorization": f"Bearer {EVERY_SCOPE}"}


@listener.exclude(path_regex="^/dss").parametrize()
@bounded
def test_any_request_is_answered_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(headers=HEADERS)


@dss.include(path_regex="^/dss").parametrize()
@bounded
def test_any_request_of_the_dss_is_answered_as_described(case: schemathesis.Case) -> None:
    """But that it refuses what no schema can say: that a volume has one outline, that a time is a time."""
    case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])
