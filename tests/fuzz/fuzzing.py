"""How long the fuzzing goes on, and how much of it was done: bounded and the same every time in ``make
test``, new and long in ``make fuzz``.
"""

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from fuzz.spoiling import Ways

EXAMPLES_SETTING = "OPENLINE_FUZZ_EXAMPLES"
FOLDER = Path(__file__).parents[2] / ".fuzz"
"""What ``make fuzz`` keeps between runs: inputs that once broke something are tried first."""

tried: Counter[str] = Counter()
"""By test, how many inputs were tried in this process."""


def fuzzed(bounded: int, **drawn: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A property over what is drawn. bounded: how many good values are tried in ``make test``, each spoilt in
    some ways.
    """

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(check)
        def counted(**given: Any) -> None:
            for one in _each(given):
                tried[check.__name__] += 1
                check(**one)

        return _settings(bounded)(given(**drawn)(counted))

    return decorate


def _each(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of what was drawn, each of the ways in which a value is spoilt by itself."""
    name = next((name for name, value in given.items() if isinstance(value, Ways)), None)
    if name is None:
        yield given
        return
    for data in given[name]:
        yield {**given, name: data}


def _settings(bounded: int) -> settings:
    """Nothing depends on how fast the machine is."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    always: dict[str, Any] = {"deadline": None, "suppress_health_check": slow, "report_multiple_bugs": False}
    asked = os.environ.get(EXAMPLES_SETTING)
    if asked is None:
        found = [Phase.explicit, Phase.generate]  # to make it small takes long: `make fuzz` does
        return settings(max_examples=bounded, derandomize=True, database=None, phases=found, **always)
    return settings(
        max_examples=int(asked),
        derandomize=False,
        database=DirectoryBasedExampleDatabase(FOLDER / "examples"),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        **always,
    )
