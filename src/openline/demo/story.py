"""``openline demo``: two control centres settle the conflicts of a day's real flights, and prove it."""

import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from openline.accord.clauses import MinimaTerms
from openline.airspace.limits import DAY_MS
from openline.demo import flights, outcomes, stranger
from openline.demo.centre import Centre
from openline.demo.conductor import Conductor, due_at
from openline.demo.exercise import Exercise
from openline.demo.flights import SIDES, Traffic
from openline.demo.founding import Founded, Times, found
from openline.demo.process import ServedNode
from openline.demo.report import Report, print_report
from openline.errors import LimitExceeded
from openline.units import MS_PER_SECOND

MAX_FLIGHTS: Final = 5_000
USUAL_FLIGHTS: Final = 300
PREFIX: Final = "openline-demo-"
PICTURE: Final = "picture.svg"
PROOF: Final = "message.proof"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """As on the command line. Raises LimitExceeded, and Invalid for minima that no preset is named by.

    flights: how many of the file's first (None: 300 of ours, all of somebody's own). minima: threes, enroute
    or f3548. directory: where both nodes' folders stay; None is a temporary place, which goes away when
    headless. input: flights of the user's own. headless: nobody looks on, so end at the end.
    """

    flights: int | None = None
    minima: str = "enroute"
    seed: int = 1
    directory: Path | None = None
    input: Path | None = None
    headless: bool = False
    as_json: bool = False
    keep_serving: bool = False

    def __post_init__(self) -> None:
        if self.flights is not None and not 1 <= self.flights <= MAX_FLIGHTS:
            text = f"{self.flights} flights, not 1 to {MAX_FLIGHTS:,}"
            raise LimitExceeded("out-of-range", text, field="flights", clause="MAX_FLIGHTS")
        MinimaTerms.named(self.minima)

    @property
    def most(self) -> int:
        return self.flights or (MAX_FLIGHTS if self.input else USUAL_FLIGHTS)

    @property
    def stays(self) -> bool:
        """Whether both pages go on at the end. Where no terminal is, nobody could press Ctrl-C."""
        return self.keep_serving or (not self.headless and sys.stdin.isatty())


def play(options: Options) -> Report:
    """The whole of it: what both sides hold at the end, with the proofs.

    Writes the report to standard output, all else to standard error. Raises Invalid for bad flights and
    Refused ``node-exists`` before any process starts; whatever happens, those that it has started are ended.
    """
    begun = time.monotonic()
    traffic = flights.load(options.input, options.most, options.seed)
    aside = Console(stderr=True, soft_wrap=True, quiet=options.as_json and not sys.stderr.isatty())
    with _orderly_end(), _directory(options) as directory:
        founded = found(directory, options.minima, _times(traffic))
        with _centres(founded) as centres:
            report = _play(options, traffic, directory, founded, centres, aside, begun)
            _print(options, report)
            aside.print(f"Both nodes and the picture are in {directory}", markup=False)
            if options.stays:
                _serve(centres, aside)
    return report


def _play(
    options: Options,
    traffic: Traffic,
    directory: Path,
    founded: Founded,
    centres: Mapping[str, Centre],
    aside: Console,
    begun: float,
) -> Report:
    conductor = Conductor(centres, min(due_at(traffic.operations)))
    with closing(conductor), _progress(aside, len(traffic.operations)) as bar:
        exercise = Exercise(
            centres, conductor, traffic, options.seed, lambda said: aside.print(said, markup=False)
        )
        conductor.rest()
        exercise.run(lambda filed: bar.advance(bar.task_ids[0], filed))
        conductor.rest()
    (directory / PICTURE).write_bytes(centres["A"].picture())
    return _report(options, traffic, directory, founded, centres, conductor, exercise, begun)


def _report(
    options: Options,
    traffic: Traffic,
    directory: Path,
    founded: Founded,
    centres: Mapping[str, Centre],
    conductor: Conductor,
    exercise: Exercise,
    begun: float,
) -> Report:
    standing = {side: centre.standing() for side, centre in centres.items()}
    held = {side: centre.conflicts() for side, centre in centres.items()}
    ids = {side: {one["conflict_id"] for one in conflicts} for side, conflicts in held.items()}
    remaining = outcomes.remaining(held["A"])
    entry = centres["A"].acknowledged_message()
    keys = {party.name: party.key for party in founded.accord.parties}
    folders = {side: directory / side for side in SIDES}
    journal, proof_checked = stranger.examine(folders, entry, directory / PROOF, keys)
    return Report(
        parties=SIDES,
        flights=len(traffic.operations),
        operations={side: len(centre.operation_ids()) for side, centre in centres.items()},
        notices={side: len(exercise.received[side]) for side in SIDES},
        conflicts={side: len(ids[side]) for side in SIDES},
        conflict_ids_equal=ids["A"] == ids["B"],
        picture_digest={side: one.digest for side, one in standing.items()},
        settled=len(ids["A"]) - len(remaining),
        open=len(remaining),
        by_outcome=outcomes.by_outcome(held["A"]),
        messages=sum(one.said for one in standing.values()),
        restarts=exercise.restarts,
        suspensions=exercise.suspensions,
        journal=journal,
        proof_checked=proof_checked,
        minima=options.minima,
        seed=options.seed,
        line_checks=exercise.line_checks,
        answers=dict(sum((officer.moves for officer in exercise.officers.values()), Counter())),
        gave_way=outcomes.gave_way(held["A"]),
        burden=outcomes.burdens(
            {side: traffic.of(side) for side in SIDES},
            {side: centre.operations() for side, centre in centres.items()},
        ),
        said={side: one.said for side, one in standing.items()},
        rest_ms={"median": _ms(median(conductor.rests_s)), "worst": _ms(max(conductor.rests_s))},
        lam_ms={side: _ms(median(taken)) if taken else None for side, taken in conductor.lams_s.items()},
        remaining=remaining,
        skipped=tuple(exercise.skipped),
        wall_s=round(time.monotonic() - begun, 1),
    )


def _ms(seconds: float) -> int:
    return round(seconds * MS_PER_SECOND)


def _times(traffic: Traffic) -> Times:
    """From the first filing to well after the last flight, however far it may be delayed."""
    begin_ms = min(due_at(traffic.operations))
    return Times(begin_ms, max(one.end_ms for one in traffic.operations) + DAY_MS)


def _print(options: Options, result: Report) -> None:
    if options.as_json:
        print(msgspec.json.encode(result).decode(), flush=True)
    else:
        print_report(result, Console())


# What is started here is ended here


@contextmanager
def _directory(options: Options) -> Iterator[Path]:
    """The directory that was named, or one that is made; that goes away where nobody looks on."""
    if options.directory is None and options.headless and not options.keep_serving:
        with tempfile.TemporaryDirectory(prefix=PREFIX) as made:
            yield Path(made)
        return
    directory = options.directory or Path(tempfile.mkdtemp(prefix=PREFIX))
    directory.mkdir(parents=True, exist_ok=True)
    yield directory.resolve()


@contextmanager
def _centres(founded: Founded) -> Iterator[dict[str, Centre]]:
    with ExitStack() as stack:
        centres = {}
        for side, home in founded.homes.items():
            listener = home.settings().console
            url = f"http://{listener.host}:{listener.port}"
            centres[side] = Centre(side, founded.accord.id, url, ServedNode(home.directory))
            stack.callback(centres[side].close)
        for centre in centres.values():
            centre.process.start()  # both at once; each is waited for below
        for centre in centres.values():
            centre.wait_until_it_answers()
        yield centres


@contextmanager
def _orderly_end() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: through every ``finally``."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serve(centres: Mapping[str, Centre], aside: Console) -> None:
    """Both pages stay until somebody has seen enough."""
    for centre in centres.values():
        aside.print(f"{centre.title}: {centre.url}/", markup=False)
    aside.print("Ctrl-C ends both.")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _progress(aside: Console, flights: int) -> Progress:
    bar = Progress(
        TextColumn("flights filed"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=aside,
        disable=not aside.is_terminal,
    )
    bar.add_task("flights", total=flights)
    return bar
