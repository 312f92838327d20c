"""How the bench measures and prints: rounds, percentiles, memory, one table with the name of the machine."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

SEED = 11
"""Not the generator's own: nothing here is tuned to one set."""
ROUNDS = 5

Samples = NDArray[np.float64]
Act = Callable[..., Any]
Questions = Sequence[Sequence[object]]
"""What an act is called with, time after time."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """With what every script of the bench understands."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--seed", type=int, default=SEED, help="of everything that is random")
    made.add_argument("--rounds", type=int, default=ROUNDS, help="how often each thing is measured")
    printed = made.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print the figures as JSON")
    printed.add_argument(
        "--markdown", action="store_true", help="print the table as docs/performance.md has it"
    )
    return made


def progress() -> Progress:
    """On stderr, and only for people."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


# -- time ----------------------------------------------------------------------------------------------------


def seconds(act: Act, *given: object) -> tuple[float, Any]:
    """How long one call takes, and what it answers."""
    begin = time.perf_counter()
    answer = act(*given)
    return time.perf_counter() - begin, answer


def median_s(act: Act, given: Sequence[object], rounds: int) -> float:
    """Of so many calls."""
    return float(np.median([seconds(act, *given)[0] for _ in range(rounds)]))


def each_s(act: Act, asked: Questions) -> Samples:
    """How long each question takes, (n,)."""
    taken = np.empty(len(asked))
    clock = time.perf_counter
    for number, given in enumerate(asked):
        begin = clock()
        act(*given)
        taken[number] = clock() - begin
    return taken


def interleaved_s(sides: dict[str, tuple[Act, Questions]], rounds: int) -> dict[str, Samples]:
    """Each side gets its questions in turn, round after round, so that what slows the machine slows them all.

    Arrays (rounds, n) by name. A round before the first warms up (compilation, caches) and is not counted.
    """
    for act, asked in sides.values():
        each_s(act, asked)
    taken: dict[str, list[Samples]] = {name: [] for name in sides}
    names = list(sides)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(each_s(*sides[name]))
    return {name: np.array(rows) for name, rows in taken.items()}


def p50_p99_us(samples: Samples) -> tuple[float, float]:
    """Percentiles over the questions, each question at its median over the rounds (rounds, n)."""
    low, high = np.percentile(np.median(samples, axis=0), [50, 99]) * 1e6
    return float(low), float(high)


# -- memory --------------------------------------------------------------------------------------------------


def resident_mib(field: str = "VmRSS") -> float:
    """What this process holds now (VmRSS) or held at most (VmHWM), MiB; NaN where there is no /proc."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return float("nan")
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(kib) / 1024


# -- printing ------------------------------------------------------------------------------------------------


def machine() -> str:
    return f"{os.cpu_count()} cores, {_processor()}, Python {platform.python_version()}, {platform.system()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


class Report:
    """One table: for people, or as JSON for programs. A figure keeps its unit in the column's name."""

    def __init__(self, title: str, given: argparse.Namespace) -> None:
        self._title, self._given = title, given
        self._rows: list[dict[str, object]] = []
        self._notes: list[str] = []

    def row(self, **figures: object) -> None:
        self._rows.append(figures)

    def note(self, text: str) -> None:
        """A sentence under the table."""
        self._notes.append(text)

    def print(self) -> None:
        if self._given.json:
            self._print_json()
            return
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        cells = [[_text(row.get(name, "")) for name in columns] for row in self._rows]
        heads = [name.replace("_", " ") for name in columns]
        numeric = [all(isinstance(row.get(name, 0), (int, float)) for row in self._rows) for name in columns]
        if self._given.markdown:
            _print_markdown(heads, numeric, cells)
        else:
            _print_table(self._title, heads, numeric, cells)
        for note in [*self._notes, f"{machine()}; seed {self._given.seed}"]:
            print(note)

    def _print_json(self) -> None:
        found = {"title": self._title, "machine": machine(), "seed": self._given.seed}
        json.dump(found | {"rows": self._rows, "notes": self._notes}, sys.stdout, indent=1)
        print()


def _print_table(title: str, heads: list[str], numeric: list[bool], cells: list[list[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for head, is_number in zip(heads, numeric, strict=True):
        table.add_column(head, justify="right" if is_number else "left")
    for row in cells:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _print_markdown(heads: list[str], numeric: list[bool], cells: list[list[str]]) -> None:
    rules = ["---:" if is_number else "---" for is_number in numeric]
    for row in [heads, rules, *cells]:
        print(f"| {' | '.join(row)} |")
    print()


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
