"""The node's log and its second hand: time is given to the node, and what changed is said in one line
each.
"""

import sys
from collections.abc import Mapping
from typing import Final

import structlog

from openline.journal.entry import Lane
from openline.node.line_state import LineState
from openline.node.node import Node
from openline.node.seen import line_states

NODE: Final = "openline.node"


class Reporter:
    """Remembers what it said last, so that each change is one line and no more."""

    def __init__(self) -> None:
        self._states: Mapping[str, LineState] = {}
        self._alarms: Mapping[str, str] = {}
        self._heads: object = None
        self._log = structlog.get_logger(NODE)

    def tick(self, node: Node, now_ms: int) -> bool:
        """Let time pass; True where the node has said something since the last tick."""
        node.tick(now_ms)
        return self.look(node, now_ms)

    def look(self, node: Node, now_ms: int) -> bool:
        """As ``tick``, where another replica lets time pass."""
        with node.looking() as (tx, desks, _own):
            alarms = {alarm.alarm_id: alarm.kind for alarm in tx.alarms()}
            states = line_states(tx, desks, node.session_of, now_ms)
            heads = [desk.said(lane).number for desk in desks.values() for lane in Lane]
        self._report_states(states)
        self._report_alarms(alarms)
        said, self._heads = heads != self._heads, heads
        return said

    def _report_states(self, states: Mapping[str, LineState]) -> None:
        for accord_id, state in states.items():
            known = self._states.get(accord_id)
            if known is None or _words(known) != _words(state):
                self._log.info("line", accord=accord_id, **_words(state), evidence="; ".join(state.evidence))
        self._states = states

    def _report_alarms(self, alarms: Mapping[str, str]) -> None:
        for alarm_id in alarms.keys() - self._alarms.keys():
            self._log.warning("alarm", kind=alarms[alarm_id], alarm=alarm_id)
        for alarm_id in self._alarms.keys() - alarms.keys():
            self._log.info("alarm over", kind=self._alarms[alarm_id], alarm=alarm_id)
        self._alarms = alarms


def _words(state: LineState) -> dict[str, str]:
    return {"state": state.word, "link": state.link, "fault": state.fault or "none"}


def log_to_stderr() -> None:
    """One line an event, no payloads: what was refused, what alarms, what changed."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
