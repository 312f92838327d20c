"""docs/reference/f3548.md names every operation and every limit."""

import inspect
from pathlib import Path

import pytest

from openline.api.f3548 import limits
from openline.api.f3548.refusals import BY_CODE
from openline.running import f3548, patience
from openline.utm.dss import limits as dss_limits
from unit.api.f3548.f3548_room import Room

TEXT = (Path(__file__).parents[4] / "docs" / "reference" / "f3548.md").read_text()

LINE = (Path(__file__).parents[4] / "docs" / "reference" / "console-api.md").read_text()

UNITS = ("SECOND_MS", "MINUTE_MS", "HOUR_MS", "DAY_MS")


@pytest.mark.parametrize("operation", Room().operations, ids=lambda it: it.id)
def test_every_operation_is_documented(operation: object) -> None:
    assert f"| `{operation.method} {operation.path}` |" in TEXT  # type: ignore[attr-defined]


def test_every_limit_and_every_status_is_documented() -> None:
    for module in (limits, patience, f3548, dss_limits):
        for name, value in inspect.getmembers(module, lambda it: isinstance(it, int | float)):
            if name.isupper() and name not in ("WATCH_S", "MAX_CONNECTIONS", "LINE_REQUEST_S", *UNITS):
                assert f"| `{name}` |" in TEXT, (name, value)
    assert "| `MAX_CONNECTIONS` | 1,000 at once |" in TEXT
    assert "(`LINE_REQUEST_S`)" in LINE
    for status in BY_CODE.values():
        assert f"| {status} |" in TEXT
