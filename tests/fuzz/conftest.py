"""At the end of a long run: how many inputs each test has tried."""

import json
import os
from collections import Counter

from fuzz.fuzzing import EXAMPLES_SETTING, FOLDER, tried

COUNTS = FOLDER / "counts.json"


def pytest_sessionfinish() -> None:
    """Added up over the rounds of ``make fuzz``; in ``make test`` nobody asks."""
    if EXAMPLES_SETTING in os.environ:
        FOLDER.mkdir(exist_ok=True)
        before = Counter(json.loads(COUNTS.read_text())) if COUNTS.exists() else Counter()
        COUNTS.write_text(json.dumps(before + tried, indent=1, sort_keys=True))
