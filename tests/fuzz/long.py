"""Fuzz for some minutes, round after round with other inputs: ``python tests/fuzz/long.py MINUTES``.

Run by ``make fuzz MINUTES=10``. What breaks something is kept in .fuzz/ and tried first the next time; the
exit code is that of pytest.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".fuzz"
COUNTS = FOLDER / "counts.json"
EXAMPLES_OF_A_ROUND = 100
USUAL_MINUTES = 10.0


def main(minutes: float) -> int:
    end_s = time.monotonic() + minutes * 60
    COUNTS.unlink(missing_ok=True)
    code, rounds = 0, 0
    while code == 0 and (rounds == 0 or time.monotonic() < end_s):
        rounds += 1
        print(f"round {rounds}: {EXAMPLES_OF_A_ROUND} examples a test", flush=True)
        code = one_round()
    told(rounds)
    return code


def one_round() -> int:
    """In a process of its own, so that what one round leaves behind does not reach the next."""
    environment = {**os.environ, "OPENLINE_FUZZ_EXAMPLES": str(EXAMPLES_OF_A_ROUND)}
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", str(HERE)]
    return subprocess.run(command, env=environment, cwd=HERE.parents[1], check=False).returncode


def told(rounds: int) -> None:
    counts = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    width = shutil.get_terminal_size().columns
    for name, count in sorted(counts.items()):
        print(f"{count:>12,}  {name}"[:width])
    print(f"{sum(counts.values()):>12,}  inputs in {rounds} rounds")


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else USUAL_MINUTES))
