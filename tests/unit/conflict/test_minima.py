"""Minima say what people agreed, to the unit."""

import pytest

from openline.conflict import Minima
from openline.errors import Invalid, LimitExceeded


def test_presets_are_what_their_names_have_meant_for_years() -> None:
    assert Minima.threes == Minima(3 * 18_520_000, 3_000 * 3_048, 180_000) == Minima.named("threes")
    assert Minima.enroute == Minima(5 * 18_520_000, 1_000 * 3_048, 0) == Minima.named("enroute")
    assert Minima.f3548 == Minima(0, 0, 0) == Minima.named("f3548")
    assert Minima.of(lateral_nm=3, vertical_ft=3_000, dwell_s=180) == Minima.threes


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: Minima(-1, 0, 0), "out-of-range", "lateral_dmm"),
        (lambda: Minima(0, -1, 0), "out-of-range", "vertical_dmm"),
        (lambda: Minima(0, 0, -1), "out-of-range", "dwell_ms"),
        (lambda: Minima(1.0, 0, 0), "wrong-type", "lateral_dmm"),
        (lambda: Minima(True, 0, 0), "wrong-type", "lateral_dmm"),
        (lambda: Minima("1", 0, 0), "wrong-type", "lateral_dmm"),
        (lambda: Minima(10**12, 0, 0), "out-of-range", "lateral_dmm"),
        (lambda: Minima(0, 10**12, 0), "out-of-range", "vertical_dmm"),
        (lambda: Minima(0, 0, 10**12), "out-of-range", "dwell_ms"),
        (lambda: Minima.of(lateral_nm=float("nan")), "not-finite", "lateral_nm"),
        (lambda: Minima.of(dwell_s=float("inf")), "not-finite", "dwell_s"),
        (lambda: Minima.of(vertical_ft="1000"), "wrong-type", "vertical_ft"),
        (lambda: Minima.of(vertical_ft=-1), "out-of-range", "vertical_ft"),
        (lambda: Minima.named("fives"), "unknown-minima", "minima"),
        (lambda: Minima.named(None), "unknown-minima", "minima"),
        (lambda: Minima.named([]), "unknown-minima", "minima"),
    ],
)
def test_bad_minima_are_refused_by_name(make: object, code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make()
    assert (refused.value.code, refused.value.field) == (code, field)
    assert isinstance(refused.value, LimitExceeded) == (code == "out-of-range")
