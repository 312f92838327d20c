"""The recorded flights as trajectories: those of the wheel of `traffic`, or those that the demo carries."""

import gzip
import importlib.resources
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openline.airspace.trajectory import Trajectory
from openline.formats import flights
from openline.formats.limits import LEG_GAP_MS
from openline.formats.recording import Recorded, mended
from openline.formats.simplify import trajectory_of
from slice_flights import Flight, read_flights
from volumes import Floats


@dataclass(frozen=True)
class Flown:
    """A flight as it is filed, without tolerances, and what of its recording had to be put right."""

    callsign: str
    trajectory: Trajectory
    notes: tuple[str, ...]


def flown(data: Path | None) -> list[Flown]:
    """Every flight of the collection in the traffic/data folder ``data``; of the demo where there is none."""
    if data is not None:
        return [leg for flight in read_flights(data) for leg in _legs(flight)]
    packed = importlib.resources.files("openline.demo").joinpath("flights.csv.gz").read_bytes()
    found = flights.read_flights(gzip.decompress(packed)).flights
    return [Flown(one.callsign, one.trajectory, one.notes) for one in found]


def _legs(flight: Flight) -> Iterator[Flown]:
    """A callsign that was silent for long is another flight."""
    silent = np.flatnonzero(np.diff(flight.rows[:, 0]) * 1_000 > LEG_GAP_MS) + 1
    for rows in np.split(flight.rows, silent):
        notes: list[str] = []
        recorded = mended(_columns(rows), notes)
        if isinstance(recorded, Recorded):
            yield Flown(flight.callsign, trajectory_of(recorded), tuple(notes))


def _columns(rows: Floats) -> Recorded:
    time_s, latitude_deg, longitude_deg, altitude_ft = rows.T
    time_ms = np.rint(time_s * 1_000).astype(np.int64)
    return Recorded(
        time_ms=time_ms, latitude_deg=latitude_deg, longitude_deg=longitude_deg, altitude_ft=altitude_ft
    )
