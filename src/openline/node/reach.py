"""How do our own exchanges with the partner go, and if they fail: on whose side? The link says how; this
keeps it and reads it. Pure.
"""

from enum import StrEnum
from typing import Final

import msgspec

from openline.node.ports import Transaction


class Side(StrEnum):
    """Where a fault lies, as far as the evidence goes."""

    OURS = "ours"
    THEIRS = "theirs"
    UNKNOWN = "unknown"


class Failure(StrEnum):
    """Why an exchange of ours brought no answer."""

    NAME_NOT_RESOLVED = "name-not-resolved"
    NETWORK_UNREACHABLE = "network-unreachable"
    NO_ROUTE = "no-route"
    OUR_NODE = "our-node"
    REFUSED = "connection-refused"
    TLS_FAILED = "tls-failed"
    NO_SUCH_LINE = "no-such-line"
    ANSWERED_WRONG = "answered-wrong"
    TIMED_OUT = "timed-out"
    BROKEN_OFF = "broken-off"


READINGS: Final[dict[Failure, tuple[Side, str]]] = {
    Failure.NAME_NOT_RESOLVED: (Side.OURS, "the name of the partner's node is not resolved here"),
    Failure.NETWORK_UNREACHABLE: (Side.OURS, "our own network is unreachable"),
    Failure.NO_ROUTE: (Side.OURS, "our network knows no route to the partner's node"),
    Failure.OUR_NODE: (Side.OURS, "our own node fails"),
    Failure.REFUSED: (Side.THEIRS, "the partner's machine is there and refuses the connection"),
    Failure.TLS_FAILED: (Side.THEIRS, "the partner's machine answers, and TLS with it fails"),
    Failure.NO_SUCH_LINE: (Side.THEIRS, "the partner's node answers, and has no such line"),
    Failure.ANSWERED_WRONG: (Side.THEIRS, "the partner's node answers, and cannot take what we say"),
    Failure.TIMED_OUT: (Side.UNKNOWN, "nothing answers"),
    Failure.BROKEN_OFF: (Side.UNKNOWN, "connections break off"),
}
"""Whose fault each failure speaks for, and how it reads."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the link has to say after an exchange of heads, or after one that failed.

    failure: None where it was answered. detail: in the words of the system. round_trip_ms: the usual one.
    repeated, of: how many of the last exchanges had to be sent again.
    """

    failure: Failure | None = None
    detail: str = ""
    round_trip_ms: int | None = None
    repeated: int = 0
    of: int = 0


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """The last report, and since when exchanges fail without one being answered between (None: they do
    not).
    """

    report: Report = Report()
    answered_ms: int | None = None
    failing_since_ms: int | None = None
    tries: int = 0

    @property
    def failure(self) -> Failure | None:
        return self.report.failure


def after(known: Reach, report: Report, now_ms: int) -> Reach:
    """What is known after one more report."""
    if report.failure is None:
        return Reach(report=report, answered_ms=now_ms)
    return Reach(
        report=report,
        answered_ms=known.answered_ms,
        failing_since_ms=now_ms if known.failing_since_ms is None else known.failing_since_ms,
        tries=known.tries + 1,
    )


def keep(tx: Transaction, accord_id: str, reach: Reach) -> None:
    """Whoever has the duty to speak writes it; every process that shows the line reads it."""
    tx.put_setting(f"reach/{accord_id}", msgspec.json.encode(reach).decode())


def kept(tx: Transaction, accord_id: str) -> Reach:
    """Nothing where nobody speaks on this line, or where another release has kept something else."""
    text = tx.setting(f"reach/{accord_id}")
    try:
        return msgspec.json.decode(text, type=Reach) if text else Reach()
    except msgspec.MsgspecError:
        return Reach()
