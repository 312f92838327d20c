"""Heights keep their datum, compare exactly within one, and outward between two."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.airspace.altitude import (
    Altitude,
    Datum,
    above_ground,
    ellipsoidal_span,
    pressure_margin_dmm,
    vertical_gap_dmm,
    vertical_spans,
)
from openline.airspace.geoid import undulation_m
from openline.airspace.position import Position
from openline.errors import Invalid, LimitExceeded

ZURICH = (Position(47.38, 8.54),)
levels = st.integers(-20, 999)
datums = st.sampled_from(Datum)


def band(lower: Altitude, upper: Altitude | None = None):
    return vertical_spans(lower, upper or lower, ZURICH)


def test_a_flight_level_is_a_hundred_feet_of_pressure_altitude() -> None:
    assert Altitude.flight_level(350) == Altitude.feet(35_000, Datum.PRESSURE)
    assert Altitude.flight_level(350).height_dmm == 350 * 304_800


def test_flight_levels_a_thousand_feet_apart_are_exactly_that() -> None:
    gap = vertical_gap_dmm(band(Altitude.flight_level(340)), band(Altitude.flight_level(350)))
    assert gap == 1_000 * 3_048


@given(datums, st.lists(st.integers(-6_000_000, 300_000_000), min_size=4, max_size=4))
def test_within_one_datum_the_gap_is_that_of_the_plain_intervals(datum: Datum, heights: list[int]) -> None:
    (a, b), (c, d) = sorted(heights[:2]), sorted(heights[2:])
    first = band(Altitude(a, datum), Altitude(b, datum))
    second = band(Altitude(c, datum), Altitude(d, datum))
    between = min(abs(x - y) for x, y in itertools.product((a, b), (c, d)))
    expected = 0 if a <= d and c <= b else between
    assert vertical_gap_dmm(first, second) == expected == vertical_gap_dmm(second, first)


@given(st.integers(-600, 30_000), st.integers(-600, 30_000))
def test_between_two_datums_the_gap_never_exceeds_what_it_is_without_margins(
    metres: int, level_m: int
) -> None:
    sea = Altitude.metres(metres, Datum.AMSL)
    ellipsoid = Altitude.metres(level_m, Datum.WGS84)
    true_gap = abs(metres + undulation_m(47.38, 8.54) - level_m) * 10_000
    assert vertical_gap_dmm(band(sea), band(ellipsoid)) <= true_gap
    assert (
        vertical_gap_dmm(band(sea), band(ellipsoid)) >= true_gap - 80_000
    )  # 8 m: the slack is not idle talk


def test_sea_level_stands_above_the_ellipsoid_by_the_undulation() -> None:
    low, high = ellipsoidal_span(Altitude.metres(0, Datum.AMSL), ZURICH)
    assert low <= undulation_m(47.38, 8.54) * 10_000 <= high
    assert low > 400_000


def test_limits_of_two_datums_have_no_span_of_their_own_but_one_on_the_ellipsoid() -> None:
    spans = band(Altitude.feet(2_500, Datum.AMSL), Altitude.flight_level(100))
    assert (spans.datum, spans.native) == (None, None)
    assert spans.ellipsoid[0] < 9_000_000 < 30_480_000 < spans.ellipsoid[1]


def test_limits_that_contradict_each_other_whatever_they_mean_are_invalid() -> None:
    with pytest.raises(Invalid) as caught:
        band(Altitude.metres(9_000, Datum.WGS84), Altitude.flight_level(100))
    assert caught.value.code == "altitude-limits-contradict"
    assert band(Altitude.metres(3_200, Datum.WGS84), Altitude.flight_level(100)).ellipsoid[0] == 32_000_000


def test_limits_upside_down_are_invalid() -> None:
    with pytest.raises(Invalid) as caught:
        band(Altitude.flight_level(101), Altitude.flight_level(100))
    assert caught.value.code == "altitudes-inverted"


def test_above_ground_needs_the_ground() -> None:
    with pytest.raises(Invalid) as caught:
        above_ground(1_200_000, None)
    assert (caught.value.code, caught.value.field) == ("ground-elevation-missing", "ground_elevation")
    assert caught.value.remedy
    hill = Altitude.metres(431, Datum.AMSL)
    assert above_ground(1_200_000, hill) == Altitude.metres(551, Datum.AMSL)
    with pytest.raises(Invalid):
        above_ground(1_200_000, Altitude.flight_level(14))


def test_a_height_over_the_sea_without_a_place_is_invalid() -> None:
    with pytest.raises(Invalid) as caught:
        ellipsoidal_span(Altitude.metres(1, Datum.AMSL), ())
    assert caught.value.code == "positions-missing"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), True, "9", None, 10**30])
def test_no_height_without_a_finite_number(bad: object) -> None:
    with pytest.raises(Invalid):
        Altitude.metres(bad, Datum.WGS84)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        Altitude.feet(bad, Datum.AMSL)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        Altitude(bad, Datum.WGS84)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [-21, 1000, 35.0, True, "350"])
def test_no_level_beyond_three_digits_nor_between_two(level: object) -> None:
    with pytest.raises(Invalid):
        Altitude.flight_level(level)  # type: ignore[arg-type]
    with pytest.raises(LimitExceeded):
        Altitude(999 * 304_800 + 1, Datum.PRESSURE)


# The oracle of the margin: the hydrostatic equation, integrated. --------------------------------
G0, R_AIR, LAPSE, T0, P0 = 9.80665, 287.05287, 0.0065, 288.15, 1013.25


def standard_temperature(metres: np.ndarray) -> np.ndarray:
    low = np.where(metres < 11_000, T0 - LAPSE * metres, 216.65)
    return np.where(metres > 20_000, 216.65 + 0.001 * (metres - 20_000), low)


def true_heights(sea_level_hpa: float, warmer_by: float, gravity: float) -> tuple[np.ndarray, np.ndarray]:
    """Geometric heights and the pressure altitudes that an altimeter shows there, up to FL999."""
    height = np.arange(-3_000.0, 36_000.0, 2.0)
    at = gravity * (6_356_766.0 / (6_356_766.0 + height)) ** 2

    def log_pressure(gravity_at: np.ndarray | float, temperature: np.ndarray, sea_level: float) -> np.ndarray:
        slope = -gravity_at / (R_AIR * temperature)
        steps = np.append(0.0, np.cumsum((slope[1:] + slope[:-1]) / 2) * 2.0)
        return np.log(sea_level) + steps - np.interp(0.0, height, steps)

    real = log_pressure(at, standard_temperature(height) + warmer_by, sea_level_hpa)
    standard = log_pressure(np.full_like(height, G0), standard_temperature(height), P0)
    shown = np.interp(-real, -standard, height)
    return height, shown


@pytest.mark.parametrize(
    ("sea_level_hpa", "warmer_by", "gravity"),
    list(itertools.product((983.25, 1013.25, 1043.25), (-15.0, 0.0, 15.0), (9.780, 9.833))),
)
def test_the_pressure_margin_covers_the_atmosphere_it_states(
    sea_level_hpa: float, warmer_by: float, gravity: float
) -> None:
    height, shown = true_heights(sea_level_hpa, warmer_by, gravity)
    levels_m = np.arange(-20, 1_000) * 30.48
    true = np.interp(levels_m, shown, height)
    margins = np.array([pressure_margin_dmm(level * 304_800) for level in range(-20, 1_000)]) / 10_000
    assert (np.abs(true - levels_m) <= margins).all()


@given(st.integers(-600 * 10_000, 30_000 * 10_000))
def test_the_margin_is_the_stated_formula_rounded_up(height_dmm: int) -> None:
    size = abs(height_dmm)
    low = min(size, 110_000_000)
    exact = 3_000_000 + Fraction(low * 63 + (size - low) * 80, 1_000)
    assert 0 <= pressure_margin_dmm(height_dmm) - exact < 1


@given(levels, levels)
def test_a_higher_level_never_spans_lower(first: int, second: int) -> None:
    lower, upper = sorted((first, second))
    bottom = ellipsoidal_span(Altitude.flight_level(lower), ZURICH)
    top = ellipsoidal_span(Altitude.flight_level(upper), ZURICH)
    assert bottom[0] <= top[0]
    assert bottom[1] <= top[1]
