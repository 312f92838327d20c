"""A path made ready: pieces that lie on the geodesics, without a gap, in boxes and spans that hold them."""

import random

import numpy as np
import pytest
from pyproj import Geod, Transformer

from openline.airspace import geoid
from openline.airspace.altitude import Altitude, Datum, pressure_margin_dmm
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.conflict.kernels import layout as at
from openline.conflict.trajectory import legs_of
from openline.errors import LimitExceeded
from openline.units import DMM_PER_METRE
from unit.conflict import outline_oracle as outlines

GEOD = Geod(ellps="WGS84")
TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
NOON_MS = 1_533_124_800_000
NUMBER = {Datum.WGS84: 1.0, Datum.AMSL: 2.0, Datum.PRESSURE: 3.0}


def path(chance: random.Random, datum: Datum, tolerances: tuple[int, int, int] = (0, 0, 0)) -> Trajectory:
    """Legs of metres, kilometres and thousands of kilometres, level and climbing; a stop now and then."""
    place, time, level = chance.choice(outlines.PLACES)(chance), NOON_MS, 30_000
    points = []
    for _ in range(chance.randrange(2, 9)):
        points.append(TrajectoryPoint(Position(*place), Altitude.feet(level, datum), time))
        metres = chance.choice((0.0, 1.0, 9_999.9, 10_000.1, 50_000.0, 2e6)) * chance.uniform(0.9, 1.0)
        place = outlines.there(place, chance.uniform(0.0, 360.0), metres)
        time += 1 + round(metres * chance.uniform(1.0, 20.0))
        level += chance.choice((0, 0, 1_000, -700))
    return Trajectory(tuple(points), *tolerances)


def ends(path: Trajectory) -> list[tuple[TrajectoryPoint, TrajectoryPoint, float]]:
    """Of each leg, and how long it is."""
    found = []
    for before, after in zip(path.points, path.points[1:], strict=False):
        here, there = before.position, after.position
        metres = GEOD.inv(here.longitude_deg, here.latitude_deg, there.longitude_deg, there.latitude_deg)[2]
        found.append((before, after, float(metres)))
    return found


def on_leg(before: TrajectoryPoint, after: TrajectoryPoint, shares: np.ndarray) -> np.ndarray:
    """Places at shares of the geodesic, earth-centred (n, 3), by Karney's problems and PROJ."""
    here, there = before.position, after.position
    azimuth, _, metres = GEOD.inv(
        here.longitude_deg, here.latitude_deg, there.longitude_deg, there.latitude_deg
    )
    count = len(shares)
    lon, lat, _ = GEOD.fwd(
        np.full(count, here.longitude_deg),
        np.full(count, here.latitude_deg),
        np.full(count, azimuth),
        shares * metres,
    )
    return np.stack(TO_ECEF.transform(lon, lat, np.zeros(count)), axis=1)


def rows(bodies: np.ndarray) -> np.ndarray:
    return bodies.reshape(-1, at.LEG_COLUMNS)


def by_leg(flown: Trajectory, bodies: np.ndarray) -> list[np.ndarray]:
    """The rows of each leg."""
    starts = np.searchsorted(rows(bodies)[:, at.LEG_START], [float(point.time_ms) for point in flown.points])
    return np.split(rows(bodies), starts[1:-1])


def test_pieces_are_equal_and_follow_the_geodesic_in_place_and_time() -> None:
    chance = random.Random("pieces")
    for _ in range(150):
        flown = path(chance, Datum.WGS84)
        _, _, bodies = legs_of(flown)
        for (before, after, metres), pieces in zip(ends(flown), by_leg(flown, bodies), strict=True):
            count = len(pieces)
            assert (count - 1) * at.LEG_STEP_M < metres + 1e-3
            assert metres <= count * at.LEG_STEP_M + 1e-3
            assert np.allclose(pieces[:, at.LEG_METRES] * count, metres, rtol=0.0, atol=1e-3)
            shares = np.arange(count + 1) / count
            places = on_leg(before, after, shares)
            assert np.allclose(pieces[:, at.LEG_X0 : at.LEG_Z0 + 1], places[:-1], rtol=0.0, atol=1e-3)
            assert np.allclose(pieces[:, at.LEG_X1 : at.LEG_Z1 + 1], places[1:], rtol=0.0, atol=1e-3)
            times = before.time_ms + shares * (after.time_ms - before.time_ms)
            assert np.allclose(pieces[:, at.LEG_START], times[:-1], rtol=0.0, atol=1e-3)
            assert pieces[0, at.LEG_START] == before.time_ms
            assert pieces[-1, at.LEG_END] == after.time_ms


def test_the_end_of_a_piece_is_the_start_of_the_next_to_the_last_bit() -> None:
    chance = random.Random("no gap")
    for datum in (Datum.WGS84, Datum.AMSL, Datum.PRESSURE):
        for _ in range(50):
            bodies = rows(legs_of(path(chance, datum, (0, 100, 5_000)))[2])
            for end, start in (
                ([at.LEG_END], [at.LEG_START]),
                ([at.LEG_X1, at.LEG_Y1, at.LEG_Z1], [at.LEG_X0, at.LEG_Y0, at.LEG_Z0]),
                ([at.LEG_LOW1, at.LEG_HIGH1], [at.LEG_LOW0, at.LEG_HIGH0]),
                (
                    [at.LEG_ELLIPSOID_LOW1, at.LEG_ELLIPSOID_HIGH1],
                    [at.LEG_ELLIPSOID_LOW0, at.LEG_ELLIPSOID_HIGH0],
                ),
            ):
                assert np.array_equal(bodies[:-1][:, end], bodies[1:][:, start])


def test_cap_and_box_hold_all_of_the_piece() -> None:
    chance = random.Random("caps")
    for _ in range(100):
        flown = path(chance, Datum.WGS84)
        heads, boxes, bodies = legs_of(flown)
        piece = 0
        for (before, after, _), pieces in zip(ends(flown), by_leg(flown, bodies), strict=True):
            places = on_leg(before, after, np.linspace(0.0, 1.0, 20 * len(pieces) + 1))
            for n in range(len(pieces)):
                own = places[20 * n : 20 * n + 21]
                low, high = boxes[piece].reshape(3, 2).T
                assert (low <= own).all()
                assert (own <= high).all()
                chord = np.linalg.norm(own - heads[piece, at.X : at.Z + 1], axis=1)
                assert chord.max() <= heads[piece, at.CAP]
                assert chord.max() >= heads[piece, at.CAP] - 0.1
                piece += 1
        assert piece == len(heads)


@pytest.mark.parametrize("datum", list(Datum))
def test_heights_are_exact_in_their_own_datum_and_hold_what_they_may_mean_on_the_ellipsoid(
    datum: Datum,
) -> None:
    chance = random.Random(f"heights {datum}")
    tolerance = 1_234
    for _ in range(50):
        flown = path(chance, datum, (0, tolerance, 0))
        heads, _, bodies = legs_of(flown)
        assert (heads[:, at.DATUM] == NUMBER[datum]).all()
        for (before, after, _), pieces in zip(ends(flown), by_leg(flown, bodies), strict=True):
            first, last = before.altitude.height_dmm, after.altitude.height_dmm
            assert pieces[0, at.LEG_LOW0] == first - tolerance
            assert pieces[-1, at.LEG_HIGH1] == last + tolerance
            if first == last:
                assert (pieces[:, [at.LEG_LOW0, at.LEG_LOW1]] == first - tolerance).all()
            place = before.position
            undulation = geoid.undulation_m(place.latitude_deg, place.longitude_deg) * DMM_PER_METRE
            sure = geoid.INTERPOLATION_ERROR_M * DMM_PER_METRE
            if datum is Datum.PRESSURE:
                sure += pressure_margin_dmm(first)
            if datum is Datum.WGS84:
                undulation = sure = 0.0
            assert pieces[0, at.LEG_ELLIPSOID_LOW0] == pytest.approx(first - tolerance + undulation - sure)
            assert pieces[0, at.LEG_ELLIPSOID_HIGH0] == pytest.approx(first + tolerance + undulation + sure)


def test_heads_say_what_the_bodies_hold() -> None:
    chance = random.Random("heads")
    for _ in range(50):
        heads, _, bodies = legs_of(path(chance, Datum.AMSL, (25_000, 300, 7_000)))
        body = rows(bodies)
        assert (heads[:, at.START] == body[:, at.LEG_START] - 7_000).all()
        assert (heads[:, at.END] == body[:, at.LEG_END] + 7_000).all()
        assert (heads[:, at.LOW] == body[:, [at.LEG_LOW0, at.LEG_LOW1]].min(axis=1)).all()
        assert (heads[:, at.HIGH] == body[:, [at.LEG_HIGH0, at.LEG_HIGH1]].max(axis=1)).all()
        low, high = body[:, at.LEG_ELLIPSOID_LOW0 :][:, :2], body[:, at.LEG_ELLIPSOID_HIGH0 :][:, :2]
        assert (heads[:, at.ELLIPSOID_LOW] == low.min(axis=1)).all()
        assert (heads[:, at.ELLIPSOID_HIGH] == high.max(axis=1)).all()
        assert (heads[:, at.TOLERANCE] == 2.5).all()
        assert (body[:, at.LEG_TIME_TOLERANCE] == 7_000).all()
        assert (heads[:, at.KIND] == at.LEG).all()
        assert (heads[:, at.OFFSET] == np.arange(len(heads)) * at.LEG_COLUMNS).all()
        assert (heads[:, at.LENGTH] == at.LEG_COLUMNS).all()


def test_a_path_of_too_many_pieces_is_refused_by_name() -> None:
    places = Position(0.0, 0.0), Position(0.0, 44.0)
    points = tuple(
        TrajectoryPoint(places[n % 2], Altitude.metres(9_000, Datum.WGS84), NOON_MS + n * 3_500_000)
        for n in range(500)
    )
    with pytest.raises(LimitExceeded) as refused:
        legs_of(Trajectory(points, 0, 0, 0))
    assert refused.value.code == "path-too-long"
