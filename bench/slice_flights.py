"""Make the slice of recorded flights that the demo carries: src/openline/demo/flights.csv.gz.

    python bench/slice_flights.py TRAFFIC_DATA [--flights N] [--every SECONDS] [--output FILE]

TRAFFIC_DATA is the ``traffic/data`` folder of an installed or unpacked ``traffic`` 2.13 (the wheel is a zip
file: no need to install it). From its samples/collections/switzerland.json.gz come the same rows every time;
their compressed bytes may differ between builds of zlib. Of packages it needs numpy, which Openline brings.
What is dropped and chosen, and why, stands in src/openline/demo/FLIGHTS.md. The source has feet, degrees and
milliseconds since 1970.
"""

import argparse
import csv
import gzip
import io
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

COLLECTION = Path("samples") / "collections" / "switzerland.json.gz"
OUTPUT = Path(__file__).parents[1] / "src" / "openline" / "demo" / "flights.csv.gz"
HEADER = ("callsign", "time", "latitude", "longitude", "altitude_ft")

ALTITUDE_STEP_FT = 25
OFF_TRACK_NM = 0.3
OFF_LEVEL_FT = 300.0
SLOWEST_KT, FASTEST_KT = 200.0, 700.0
STEEPEST_FT_PER_MIN = 8_000.0
LONGEST_GAP_S = 120.0
SHORTEST_FLIGHT_S = 600.0

MEETING_LATERAL_NM = 6.0
MEETING_VERTICAL_FT = 1_000.0
MEETING_SHIFT_S = 120
MEETING_STEP_S = 20
CRUISE_STEP_FT = 1_000
CRUISE_WITHIN_FT = 100

Row = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Flight:
    """One flight; a row is (time_s since 1970, latitude_deg, longitude_deg, altitude_ft), rows by time."""

    callsign: str
    rows: np.ndarray

    @property
    def first_s(self) -> float:
        return float(self.rows[0, 0])

    @property
    def lasts_s(self) -> float:
        return float(self.rows[-1, 0] - self.rows[0, 0])

    def keep(self, wanted: np.ndarray) -> "Flight":
        return Flight(self.callsign, self.rows[wanted])


# -- reading -------------------------------------------------------------------------------------------------


def read_flights(data: Path) -> list[Flight]:
    """Every flight of the collection, its rows by time, one row a moment."""
    source = data / COLLECTION
    if not source.is_file():
        sys.exit(
            f"{source} is not there: give the traffic/data folder of traffic 2.13, such as the one in\n"
            "  pip download --no-deps traffic==2.13 && unzip traffic-2.13-py3-none-any.whl"
        )
    rows: dict[str, dict[float, tuple[float, float, float]]] = defaultdict(dict)
    for row in json.loads(gzip.decompress(source.read_bytes())):
        moment_s = row["timestamp"] / 1000
        rows[row["callsign"].strip()][moment_s] = (row["latitude"], row["longitude"], row["altitude"])
    return [
        Flight(callsign, np.array([(moment_s, *row) for moment_s, row in sorted(by_time.items())]))
        for callsign, by_time in sorted(rows.items())
    ]


# -- cleaning ------------------------------------------------------------------------------------------------


def plane_nm(rows: np.ndarray) -> np.ndarray:
    """x, y in NM round 47°N 8°E, good to 1 % over Switzerland: to choose by, not to decide a conflict."""
    y = (rows[:, 1] - 47.0) * 60.0
    return np.column_stack(((rows[:, 2] - 8.0) * 60.0 * np.cos(np.radians(rows[:, 1])), y))


def without_held_positions(flight: Flight) -> Flight:
    """A position that is the last one again was not heard but held while the aircraft flew on."""
    moved = np.any(np.diff(flight.rows[:, 1:3], axis=0) != 0, axis=1)
    return flight.keep(np.concatenate(([True], moved)))


def off_track_nm(flight: Flight, reach: int) -> np.ndarray:
    """How far each row lies from where the rows ``reach`` before and after would put it; NaN at the ends."""
    at_nm, time_s = plane_nm(flight.rows), flight.rows[:, 0]
    off_nm = np.full(len(at_nm), np.nan)
    row = np.arange(reach, len(at_nm) - reach)
    share = ((time_s[row] - time_s[row - reach]) / (time_s[row + reach] - time_s[row - reach]))[:, None]
    expected_nm = at_nm[row - reach] * (1 - share) + at_nm[row + reach] * share
    off_nm[row] = np.hypot(*(at_nm[row] - expected_nm).T)
    return off_nm


def without_outliers(flight: Flight) -> Flight:
    """Rows whose neighbours contradict them go: late positions (some NM behind) and single wrong altitudes.

    The median of three reaches, so that one bad neighbour does not condemn a good row.
    """
    off_nm = np.full(len(flight.rows), np.nan)
    off_nm[1:-1] = np.nanmedian([off_track_nm(flight, reach)[1:-1] for reach in (1, 2, 3)], axis=0)
    altitude_ft = flight.rows[:, 3]
    window = np.lib.stride_tricks.sliding_window_view(np.pad(altitude_ft, 2, mode="edge"), 5)
    off_ft = np.abs(altitude_ft - np.median(window, axis=1))
    return flight.keep(~(off_nm > OFF_TRACK_NM) & (off_ft <= OFF_LEVEL_FT))


def thinned(flight: Flight, every_s: float) -> Flight:
    """The first row, then one at least ``every_s`` after the one before, and the last."""
    chosen, last = [0], len(flight.rows) - 1
    for row, moment_s in enumerate(flight.rows[:, 0]):
        if moment_s - flight.rows[chosen[-1], 0] >= every_s:
            chosen.append(row)
    return flight.keep(np.array(chosen if chosen[-1] == last else [*chosen, last]))


def is_plausible(flight: Flight) -> bool:
    """Long enough, without holes, at speeds and climbs that an airliner or a business jet can fly."""
    step_s = np.diff(flight.rows[:, 0])
    speed_kt = np.hypot(*np.diff(plane_nm(flight.rows), axis=0).T) / step_s * 3600
    climb_ft_per_min = np.abs(np.diff(flight.rows[:, 3])) / step_s * 60
    return bool(
        flight.lasts_s >= SHORTEST_FLIGHT_S
        and step_s.max() <= LONGEST_GAP_S
        and speed_kt.min() >= SLOWEST_KT
        and speed_kt.max() <= FASTEST_KT
        and climb_ft_per_min.max() <= STEEPEST_FT_PER_MIN
    )


def cleaned(flights: list[Flight], every_s: float) -> list[Flight]:
    heard = (without_outliers(without_held_positions(flight)) for flight in flights)
    return [flight for flight in (thinned(flight, every_s) for flight in heard) if is_plausible(flight)]


# -- choosing ------------------------------------------------------------------------------------------------


def cruise_ft(altitude_ft: np.ndarray) -> np.ndarray:
    """The level that is held, without the 25 ft steps of the altimeter; other altitudes stay as they are."""
    level_ft = np.round(altitude_ft / CRUISE_STEP_FT) * CRUISE_STEP_FT
    return np.where(np.abs(level_ft - altitude_ft) <= CRUISE_WITHIN_FT, level_ft, altitude_ft)


def sky_by_moment(flights: list[Flight]) -> dict[float, np.ndarray]:
    """Who was where at each MEETING_STEP_S: rows of (number of the flight, x_nm, y_nm, altitude_ft)."""
    sky: dict[float, list[tuple[float, ...]]] = defaultdict(list)
    for number, flight in enumerate(flights):
        time_s, at_nm, altitude_ft = flight.rows[:, 0], plane_nm(flight.rows), cruise_ft(flight.rows[:, 3])
        moments_s = np.arange(
            -(-time_s[0] // MEETING_STEP_S) * MEETING_STEP_S, time_s[-1] + 1, MEETING_STEP_S
        )
        tracks = (np.interp(moments_s, time_s, column) for column in (at_nm[:, 0], at_nm[:, 1], altitude_ft))
        for moment_s, *where in zip(moments_s, *tracks, strict=True):
            sky[float(moment_s)].append((number, *where))
    return {moment_s: np.array(rows) for moment_s, rows in sky.items()}


def meetings(flights: list[Flight]) -> set[tuple[int, int]]:
    """Pairs that come close if each flies up to a minute early or late: what makes a demo worth watching."""
    sky, pairs = sky_by_moment(flights), set()
    for moment_s, here in sky.items():
        for shift_s in range(0, MEETING_SHIFT_S + 1, MEETING_STEP_S):
            there = sky.get(moment_s + shift_s)
            if there is None:
                continue
            apart = np.abs(here[:, None, :] - there[None, :, :])
            near = (np.hypot(apart[..., 1], apart[..., 2]) < MEETING_LATERAL_NM) & (
                apart[..., 3] < MEETING_VERTICAL_FT
            )
            for one, other in np.argwhere(near & (apart[..., 0] > 0)):
                first, second = sorted((int(here[one, 0]), int(there[other, 0])))
                pairs.add((first, second))
    return pairs


def chosen(flights: list[Flight], wanted: int) -> list[Flight]:
    """Each hour gets its share of ``wanted``; in the hour those that meet most, then that stay longest."""
    met = np.bincount(np.array(sorted(meetings(flights)), dtype=int).ravel(), minlength=len(flights))
    by_hour: dict[int, list[int]] = defaultdict(list)
    for number, flight in enumerate(flights):
        by_hour[int(flight.first_s // 3600)].append(number)
    picked: list[int] = []
    seen = 0
    for _, numbers in sorted(by_hour.items()):
        seen += len(numbers)
        best = sorted(numbers, key=lambda n: (-met[n], -flights[n].lasts_s, flights[n].callsign))
        picked += best[: round(wanted * seen / len(flights)) - len(picked)]
    return [flights[number] for number in picked]


# -- writing -------------------------------------------------------------------------------------------------


def csv_row(
    callsign: str, time_s: float, latitude_deg: float, longitude_deg: float, altitude_ft: float
) -> Row:
    moment = f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%dT%H:%M:%SZ}"
    rounded_ft = round(altitude_ft / ALTITUDE_STEP_FT) * ALTITUDE_STEP_FT
    return (callsign, moment, f"{latitude_deg:.5f}", f"{longitude_deg:.5f}", str(rounded_ft))


def csv_rows(flights: list[Flight]) -> list[Row]:
    """The slice's rows, by first time of the flight, then by time."""
    by_start = sorted(flights, key=lambda flight: (flight.first_s, flight.callsign))
    return [csv_row(flight.callsign, *row) for flight in by_start for row in flight.rows.tolist()]


def write_slice(flights: list[Flight], output: Path) -> None:
    """Plain gzip without a time or a name in its header, so that the same rows are the same file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(csv_rows(flights))
    output.write_bytes(gzip.compress(text.getvalue().encode("ascii"), 9, mtime=0))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the traffic/data folder of traffic 2.13")
    parser.add_argument("--flights", type=int, default=600, help="how many to choose (default 600)")
    parser.add_argument(
        "--every", type=float, default=20.0, help="seconds between a flight's rows (default 20)"
    )
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the file to write (default the demo's)")
    wishes = parser.parse_args()
    recorded = read_flights(wishes.data)
    sound = cleaned(recorded, wishes.every)
    taken = chosen(sound, min(wishes.flights, len(sound)))
    write_slice(taken, wishes.output)
    rows, size_kb = sum(len(flight.rows) for flight in taken), wishes.output.stat().st_size / 1000
    print(f"{len(recorded)} recorded, {len(sound)} sound, {len(taken)} taken: {rows} rows, {size_kb:.0f} kB")


if __name__ == "__main__":
    main()
