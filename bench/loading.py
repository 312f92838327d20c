"""A process of its own that loads a set of .npy files into an index: what it takes, and what it holds then.

    python bench/loading.py FOLDER [--pairs]

`saved` writes the files, `loaded` starts the process. Not to be run by hand.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from measuring import resident_mib, seconds
from volumes import Volumes

FIELDS = tuple(field.name for field in dataclasses.fields(Volumes))


def loaded(volumes: Volumes, *, pairs: bool = False) -> dict[str, float]:
    """The figures of a fresh process: see `main`."""
    with tempfile.TemporaryDirectory() as folder:
        for name in FIELDS:
            np.save(Path(folder, f"{name}.npy"), getattr(volumes, name))
        command = [sys.executable, __file__, folder, *(["--pairs"] if pairs else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--pairs", action="store_true", help="find all pairs too")
    given = arguments.parse_args()

    from openline.conflict import ConflictIndex

    # A set of a few warms up, so that compiling and its memory are in no figure of the set itself.
    volumes = Volumes(**{name: np.load(given.folder / f"{name}.npy") for name in FIELDS})
    few = ConflictIndex.from_volumes(*volumes.take(np.arange(100)).arrays)
    few.all_pairs()
    few.query_volume(*next(volumes.each()))
    figures = {"before_mib": resident_mib()}
    figures["load_s"], index = seconds(ConflictIndex.from_volumes, *volumes.arrays)
    figures["with_input_mib"] = resident_mib()
    del volumes
    figures["resident_mib"] = resident_mib()
    if given.pairs:
        figures["pairs_s"], (first, _) = seconds(index.all_pairs)
        figures["pairs"] = len(first)
        figures["after_pairs_mib"] = resident_mib()
    figures["peak_mib"] = resident_mib("VmHWM")
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
