"""``openline demo``: two control centres settle the conflicts of a day's real flights, and prove what was said."""

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from openline.accord.clauses import MinimaTerms
from openline.demo import flights, report, stranger
from openline.demo.centre import Centre
from openline.demo.conductor import AHEAD_MS, STEP_MS, Conductor, due_at
from openline.demo.exercise import Exercise
from openline.demo.flights import SIDES, Traffic
from openline.demo.founding import Founded, Times, found
from openline.demo.officers import Outcome
from openline.demo.process import ServedNode
from openline.demo.report import Remaining, Report
from openline.errors import LimitExceeded

MAX_FLIGHTS: Final = 5_000
PICTURE: Final = "picture.svg"
PROOF: Final = "proof.json"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """As on the command line. Raises LimitExceeded, and Invalid for minima that no preset is named by.

    flights: how many of the file's first. minima: threes, enroute or f3548. directory: where both nodes'
    folders stay; None is a temporary place. input: flights of the user's own. headless: stop at the end.
    """

    flights: int = 300
    minima: str = "enroute"
    seed: int = 1
    directory: Path | None = None
    input: Path | None = None
    headless: bool = False
    json: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.flights <= MAX_FLIGHTS:
            text = f"{self.flights} flights, not 1 to {MAX_FLIGHTS:,}"
            raise LimitExceeded("out-of-range", text, field="flights", clause="MAX_FLIGHTS")
        MinimaTerms.named(self.minima)


def demo(options: Options) -> bool:
    """The whole of it. True where both sides hold the same, and can prove it.

    Writes the report to standard output, all else to standard error. Raises Invalid for bad flights and Refused
    ``node-exists`` before any process starts; whatever happens, those that it has started are ended.
    """
    begun = time.monotonic()
    traffic = flights.load(options.input, options.flights, options.seed)
    aside = Console(stderr=True, quiet=options.json and not sys.stderr.isatty())
    with _orderly_end(), _directory(options) as directory:
        founded = found(directory, options.minima, _times(traffic))
        with _centres(founded) as centres:
            result = _play(options, traffic, directory, centres, aside, begun)
            _print(options, result)
            if not options.headless:
                _serve(centres, directory, aside)
    return result.is_sound


def _play(
    options: Options,
    traffic: Traffic,
    directory: Path,
    centres: Mapping[str, Centre],
    aside: Console,
    begun: float,
) -> Report:
    conductor = Conductor(centres, min(due_at(traffic.operations)))
    with _progress(aside, len(traffic.operations)) as bar:
        exercise = Exercise(centres, conductor, traffic, options.seed, lambda said: aside.print(said, markup=False))
        conductor.rest()
        exercise.run(lambda filed: bar.advance(bar.task_ids[0], filed))
        conductor.rest()
    (directory / PICTURE).write_bytes(centres["A"].picture())
    return _report(options, traffic, directory, centres, conductor, exercise, begun)


def _report(
    options: Options,
    traffic: Traffic,
    directory: Path,
    centres: Mapping[str, Centre],
    conductor: Conductor,
    exercise: Exercise,
    begun: float,
) -> Report:
    standing = {side: centre.standing() for side, centre in centres.items()}
    held = {side: {one["conflict_id"]: one for one in centre.conflicts()} for side, centre in centres.items()}
    still_open = [one for one in held["A"].values() if one["status"] == "open"]
    outcomes = _outcomes(exercise, held["A"])
    entry = _entry_to_prove(centres["A"])
    return Report(
        parties=SIDES,
        flights=len(traffic.operations),
        operations={side: len(centre.operations()) for side, centre in centres.items()},
        notices={side: exercise.notices_at(side) for side in SIDES},
        conflicts={side: len(conflicts) for side, conflicts in held.items()},
        conflict_ids_equal=set(held["A"]) == set(held["B"]),
        picture_digest={side: one.digest for side, one in standing.items()},
        settled=len(held["A"]) - len(still_open),
        open=len(still_open),
        by_outcome=outcomes,
        messages=sum(one.said for one in standing.values()),
        restarts=exercise.restarts,
        suspensions=exercise.suspensions,
        journal=stranger.verify_journals({side: directory / side for side in SIDES}),
        proof_checked=stranger.prove_and_check(directory / "A", entry, directory / PROOF),
        wall_s=round(time.monotonic() - begun, 1),
        minima=options.minima,
        seed=options.seed,
        line_checks=exercise.line_checks,
        answers=dict(sorted(exercise.ledger.moves.items())),
        gave_way={side: exercise.ledger.gave_way[side] for side in SIDES},
        said={side: one.said for side, one in standing.items()},
        rest_ms=_rest_ms(conductor),
        lam_ms=dict.fromkeys(SIDES),
        remaining=tuple(map(_remaining, still_open)),
        skipped=tuple(exercise.skipped),
    )
