"""Mean sea level is where NGA says, and never silently on the ellipsoid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace import geoid
from openline.airspace.geodesy import direct
from openline.errors import Invalid, Unavailable

# The test values that NGA publishes with its program F477 (OUTINTPT.DAT), and extremes of the model.
PUBLISHED = [
    (38.6281550, 269.7791550, -31.629),
    (-14.6212170, 305.0211140, -2.966),
    (46.8743190, 102.4487290, -43.572),
    (-23.6174460, 133.8747120, 15.867),
    (38.6254730, 359.9995000, 50.065),
    (-0.4667440, 0.0023000, 17.330),
    (90.0, 0.0, 13.606),
    (-90.0, 0.0, -29.535),
]


@pytest.mark.parametrize(("latitude", "longitude", "published"), PUBLISHED)
def test_the_undulation_is_the_published_one(latitude: float, longitude: float, published: float) -> None:
    assert geoid.undulation_m(latitude, longitude) == pytest.approx(published, abs=0.1)


def test_the_great_low_of_the_indian_ocean_and_the_alps_are_there() -> None:
    assert geoid.undulation_m(4.75, 78.75) == pytest.approx(-106.9, abs=1.0)
    assert geoid.undulation_m(47.38, 8.54) == pytest.approx(47.3, abs=1.0)


def test_a_missing_grid_is_an_error_and_not_a_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    geoid._grid.cache_clear()
    monkeypatch.setattr(geoid, "_FILE", "not-there.zz")
    with pytest.raises(Unavailable) as caught:
        geoid.undulation_m(47.0, 8.0)
    assert caught.value.code == "geoid-missing"
    geoid._grid.cache_clear()


def test_a_damaged_grid_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = geoid._packed()
    geoid._grid.cache_clear()
    monkeypatch.setattr(geoid, "_packed", lambda: whole[:-1] + b"\x00")
    with pytest.raises(Unavailable) as caught:
        geoid.undulation_m(47.0, 8.0)
    assert caught.value.code == "geoid-damaged"
    geoid._grid.cache_clear()


@pytest.mark.parametrize("latitude", [float("nan"), float("inf"), 90.01])
def test_no_undulation_of_no_place(latitude: float) -> None:
    with pytest.raises(Invalid):
        geoid.undulation_m(latitude, 8.0)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_longitude_counts_the_same_all_the_way_round(latitude: float, longitude: float) -> None:
    around = geoid.undulation_m(latitude, longitude + 360.0)
    assert geoid.undulation_m(latitude, longitude) == pytest.approx(around, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(1.0, 3_000_000.0),
    st.integers(0, 2**32 - 1),
)
def test_no_place_in_the_disc_lies_outside_the_span(
    latitude: float, longitude: float, radius_m: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    rim = direct(latitude, longitude, np.arange(0.0, 360.0, 45.0), radius_m)
    low, high = geoid.undulation_span_m(rim[0].tolist(), rim[1].tolist())
    inside = direct(
        latitude, longitude, chance.uniform(0, 360, 400), radius_m * np.sqrt(chance.uniform(0, 1, 400))
    )
    values = geoid.undulation_m(*inside)
    assert low + geoid.INTERPOLATION_ERROR_M <= values.min()
    assert values.max() <= high - geoid.INTERPOLATION_ERROR_M
