"""The measurement on a real network where it may not be made: it says so, with an exit code of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "bench" / "network.py"
NOT_PERMITTED = 77
POWERLESS = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 21, 0, 0, 0); "  # never again CAP_SYS_ADMIN
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Who may make no namespaces: root without that right, or (where this is not run by root) anybody."""


def test_where_namespaces_are_not_permitted_it_says_so_and_ends_with_77() -> None:
    command = [sys.executable, "-c", POWERLESS, str(SCRIPT), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == NOT_PERMITTED, done.stderr
    assert "not measured: network namespaces and TUN devices are not permitted here" in done.stderr
    assert done.stdout == ""
