"""What the node answers: plain frozen values, for API, CLI and page alike."""

import msgspec

from openline.node.reach import Side


class NoticeTold(msgspec.Struct, frozen=True, kw_only=True):
    accord_id: str
    notice_id: str
    version: int


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a filing. It is committed when this is returned.

    conflicts: ids of the conflicts that stand open for it. notes: what the filer should know, such as notice
    shorter than agreed.
    """

    operation_id: str
    version: int
    state: str
    told: tuple[NoticeTold, ...] = ()
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as a value: what ``OpenlineError.as_dict`` gives."""

    error: str
    code: str
    text: str
    party: str | None = None
    message: str | None = None
    field: str | None = None
    clause: str | None = None
    remedy: str | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a batch from the partner.

    answers: sealed LAMs, HEADS, RESENDs, inventories and repeated messages, for the partner. problems: what
    was not taken, and why. taken: how many messages were new and are stored now.
    """

    answers: tuple[bytes, ...] = ()
    problems: tuple[Problem, ...] = ()
    taken: int = 0


class LaneStatus(msgspec.Struct, frozen=True, kw_only=True):
    said: int
    acknowledged: int
    received: int


class LineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One line at a glance. state, link, scope, fault, evidence: `line_state.LineState`. round_trip_ms: of
    our exchanges, as a rule. notices, passed_on: by teller, how many are live. digest: of the shared picture.
    root: over the four lane heads, equal on both sides when quiet.
    """

    accord_id: str
    accord_version: int
    partner: str
    exercise: bool
    state: str
    link: str
    scope: str | None
    fault: Side | None
    evidence: tuple[str, ...]
    suspended_by: tuple[str, ...]
    recovering: bool
    session_open: bool
    last_heard_ms: int | None
    clock_difference_ms: int | None
    round_trip_ms: int | None
    lanes: dict[str, LaneStatus]
    digest: str
    root: str
    quiet: bool
    pictures_equal: bool | None
    notices: dict[str, int]
    passed_on: dict[str, int]
    conflicts: dict[str, int]
