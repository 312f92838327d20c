"""docs/reference/f3548.md names every limit of the listener and of the DSS."""

from pathlib import Path
from types import ModuleType

import pytest

from openline.api.f3548 import limits as of_the_listener
from openline.utm.dss import limits as of_the_dss

TEXT = (Path(__file__).parents[4] / "docs" / "reference" / "f3548.md").read_text()
UNITS = {"MINUTE_MS", "SECOND_MS", "HOUR_MS", "DAY_MS"}


@pytest.mark.parametrize("module", [of_the_listener, of_the_dss])
def test_every_limit_is_in_the_reference(module: ModuleType) -> None:
    names = {name for name in vars(module) if name.isupper() and name not in UNITS}
    assert len(names) > 10
    assert {name for name in names if f"`{name}`" not in TEXT} == set()
