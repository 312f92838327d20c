"""kill -9 during export and import: no half file, no half import, and it can simply be done again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("carry_killed.py")


@pytest.mark.slow
def test_a_killed_export_leaves_no_half_file_and_a_killed_import_takes_a_file_whole_or_not(
    tmp_path: Path,
) -> None:
    path = os.pathsep.join([str(SCRIPT.parents[1]), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    for way in ("exports", "imports"):
        assert found[way]["killed"] >= 20
        assert found[way]["half files"] == 0
        assert found[way]["whole after all"] == 26
    assert {name for name in found["imports"] if name.endswith("messages")} == {"0 messages", "6 messages"}
    assert {"0 files", "3 files"} <= {name for name in found["exports"] if name.endswith(" files")}
