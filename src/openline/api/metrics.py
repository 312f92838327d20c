"""GET /metrics: for Prometheus. docs/reference/metrics.md describes each; an undescribed one fails the
tests.
"""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import resource
from openline.api.services import Services
from openline.node.node import Node
from openline.node.results import LineStatus
from openline.units import MS_PER_SECOND

GAUGES: Final = {
    "openline_entries": ("Messages in the journal", ("accord", "sender", "lane")),
    "openline_lam_lag": ("Messages said that the partner has not acknowledged", ("accord", "lane")),
    "openline_operations": ("Our own operations", ("state",)),
    "openline_notices": ("Live notices in the picture", ("accord", "party")),
    "openline_conflicts": ("Conflicts in the picture", ("accord", "status")),
    "openline_heartbeat_age_seconds": ("Since the partner was last heard", ("accord",)),
    "openline_clock_difference_seconds": ("The partner's clock less ours, when last heard", ("accord",)),
    "openline_pictures_equal": (
        "1 where both sides held the same when last compared, 0 where not",
        ("accord",),
    ),
    "openline_line_state": ("1 for the state that the line is in", ("accord", "state")),
    "openline_alarms": ("Standing alarms", ("kind",)),
    "openline_info": ("1, with the version of this node", ("party", "version")),
}
COUNTERS: Final = {
    "openline_refused": ("Items of the line not taken by the node, by word and code", ("word", "code")),
    "openline_line_refused": ("Requests turned away by the line's listener, since it started", ("code",)),
    "openline_f3548_requests": ("Requests of suppliers answered, since the start", ("operation", "status")),
    "openline_f3548_seconds": ("How long these took, together, since the start", ("operation",)),
}

Sample = tuple[str, tuple[str, ...], float]


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        # imported when it is first asked for: not every node is scraped
        from openline.api.exposition import MEDIA_TYPE, exposed

        samples = await given.turn(lambda node, now_ms: samples_of(given, node, now_ms))
        return Response(exposed(samples, GAUGES, COUNTERS), media_type=MEDIA_TYPE)

    return [Route("/metrics", resource(show), methods=["GET"])]


def samples_of(given: Services, node: Node, now_ms: int) -> list[Sample]:
    samples: list[Sample] = [("openline_info", (given.party, given.version), 1)]
    for line in node.status(now_ms):
        samples += _of_line(given.party, line, now_ms)
    with node.looking() as (tx, _, own):
        states = own.count_by_state()
        kinds = [alarm.kind for alarm in tx.alarms()]
        counters = dict(tx.counters())
    samples += [("openline_operations", (state,), count) for state, count in sorted(states.items())]
    samples += _counted("openline_alarms", kinds)
    samples += [("openline_refused", _word_and_code(name), value) for name, value in sorted(counters.items())]
    samples += [
        ("openline_line_refused", (code,), value) for code, value in sorted(given.line_refusals().items())
    ]
    return samples + _of_suppliers(given)


def _of_suppliers(given: Services) -> list[Sample]:
    served = given.suppliers()
    samples: list[Sample] = [
        ("openline_f3548_requests", (operation, str(status)), count)
        for (operation, status), count in sorted(served.answered.items())
    ]
    return samples + [
        ("openline_f3548_seconds", (operation,), value) for operation, value in sorted(served.busy_s.items())
    ]


def _of_line(me: str, line: LineStatus, now_ms: int) -> list[Sample]:
    accord = line.accord_id
    samples: list[Sample] = [("openline_line_state", (accord, line.state), 1)]
    for lane, it in line.lanes.items():
        samples.append(("openline_entries", (accord, me, lane), it.said))
        samples.append(("openline_entries", (accord, line.partner, lane), it.received))
        samples.append(("openline_lam_lag", (accord, lane), it.said - it.acknowledged))
    samples += [("openline_notices", (accord, party), count) for party, count in line.notices.items()]
    samples += [("openline_conflicts", (accord, status), count) for status, count in line.conflicts.items()]
    samples += _of_session(accord, line, now_ms)
    return samples


def _of_session(accord: str, line: LineStatus, now_ms: int) -> list[Sample]:
    """What is not known has no sample: a zero would be a lie."""
    known: Mapping[str, float | None] = {
        "openline_heartbeat_age_seconds": _seconds(line.last_heard_ms, now_ms),
        "openline_clock_difference_seconds": _seconds(0, line.clock_difference_ms),
        "openline_pictures_equal": None if line.pictures_equal is None else float(line.pictures_equal),
    }
    return [(name, (accord,), value) for name, value in known.items() if value is not None]


def _seconds(from_ms: int | None, to_ms: int | None) -> float | None:
    return None if from_ms is None or to_ms is None else (to_ms - from_ms) / MS_PER_SECOND


def _counted(name: str, values: list[str]) -> list[Sample]:
    return [(name, (value,), values.count(value)) for value in sorted(set(values))]


def _word_and_code(name: str) -> tuple[str, str]:
    word, _, code = name.partition("/")
    return word, code
