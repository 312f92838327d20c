"""What is measured, in the text format that Prometheus reads."""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Described = Mapping[str, tuple[str, tuple[str, ...]]]
"""By name: what it is, in words, and its labels."""


def exposed(
    samples: Iterable[tuple[str, tuple[str, ...], float]], gauges: Described, counters: Described
) -> bytes:
    """samples: name, values of the labels, value. Raises KeyError for one that is not described."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(samples, gauges, counters))
    return generate_latest(registry)


class _Snapshot(Collector):
    """One moment, so that the figures of one scrape fit together."""

    def __init__(
        self,
        samples: Iterable[tuple[str, tuple[str, ...], float]],
        gauges: Described,
        counters: Described,
    ) -> None:
        self._families: dict[str, Metric] = {
            name: GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in gauges.items()
        }
        self._families |= {
            name: CounterMetricFamily(name, text, labels=labels) for name, (text, labels) in counters.items()
        }
        for name, labels, value in samples:
            self._families[name].add_metric(labels, value)  # type: ignore[attr-defined]

    def collect(self) -> Iterable[Metric]:
        return self._families.values()
