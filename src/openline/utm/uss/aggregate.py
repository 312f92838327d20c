"""Aggregate conformance monitoring: how well one operator's flights kept to their intents (F3548-21 ACM)."""

from collections.abc import Iterable

import msgspec

from openline.utm.uss.conformance import Conformity
from openline.utm.uss.limits import (
    AGG_CONF_MON_EVALUATION_FLIGHT_HOURS,
    AGG_CONF_MON_EVALUATION_PERIOD_MS,
    HOUR_MS,
    OI_MAX_DURATION_PER_EXCURSION_MS,
    OI_MAX_EXCURSIONS_PER_FLIGHT_HOUR,
    OI_MIN_CONFORMANCE_PERCENT,
)


class Flown(msgspec.Struct, frozen=True):
    """One flight that is over."""

    ended_ms: int
    flown_ms: int
    inside_ms: int
    excursions: int
    outside_longest_ms: int


class Assessment(msgspec.Struct, frozen=True):
    """Over the last seven days. shortcomings: what is not as it has to be, by the standard's names; empty
    where all is well, or where too few hours were flown to say.
    """

    flown_ms: int
    inside_percent: float
    excursions_per_flight_hour: float
    is_enough: bool
    shortcomings: tuple[str, ...] = ()


def flown(conformity: Conformity, ended_ms: int) -> Flown:
    return Flown(
        ended_ms,
        conformity.flown_ms,
        conformity.inside_ms,
        conformity.excursions_in_all,
        conformity.outside_longest_ms,
    )


def assess(flights: Iterable[Flown], now_ms: int) -> Assessment:
    """Of all flights that ended within AggConfMonEvaluationPeriod."""
    since_ms = now_ms - AGG_CONF_MON_EVALUATION_PERIOD_MS
    recent = [one for one in flights if since_ms < one.ended_ms <= now_ms]
    flown_ms = sum(one.flown_ms for one in recent)
    inside_ms = sum(one.inside_ms for one in recent)
    percent = 100.0 * inside_ms / flown_ms if flown_ms else 100.0
    an_hour = sum(one.excursions for one in recent) * HOUR_MS / flown_ms if flown_ms else 0.0
    longest_ms = max((one.outside_longest_ms for one in recent), default=0)
    is_enough = flown_ms >= AGG_CONF_MON_EVALUATION_FLIGHT_HOURS * HOUR_MS
    judged = (
        ("OiMinConformance", percent < OI_MIN_CONFORMANCE_PERCENT),
        ("OiMaxExcursionsPerFlightHour", an_hour > OI_MAX_EXCURSIONS_PER_FLIGHT_HOUR),
        ("OiMaxDurationPerExcursion", longest_ms > OI_MAX_DURATION_PER_EXCURSION_MS),
    )
    short = tuple(name for name, is_short in judged if is_short) if is_enough else ()
    return Assessment(flown_ms, percent, an_hour, is_enough, short)
