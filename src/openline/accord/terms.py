"""The door to the accord's terms: the accord, its parts, and `draft`, which fills in whatever nobody says
otherwise."""

from collections.abc import Mapping
from typing import Any

from openline.accord.agreement import (
    CLAUSES,
    PROTOCOL,
    Accord,
    Precedence,
    check_succession,
    decode_accord,
)
from openline.accord.clauses import (
    Answers,
    Caps,
    Disclosure,
    Frequency,
    MinimaTerms,
    Party,
    Step,
)
from openline.accord.shapes import Disc, Outline, Point
from openline.airspace.altitude import Datum
from openline.airspace.limits import DAY_MS
from openline.errors import Invalid

__all__ = [
    "CLAUSES",
    "PROTOCOL",
    "Accord",
    "Answers",
    "Caps",
    "Disc",
    "Disclosure",
    "Frequency",
    "MinimaTerms",
    "Outline",
    "Party",
    "Point",
    "Precedence",
    "Step",
    "check_succession",
    "decode_accord",
    "draft",
]

MINUTE_MS = 60_000


def draft(
    accord_id: str,
    first: Party,
    second: Party,
    *,
    valid_from_ms: int,
    valid_until_ms: int,
    minima: str | MinimaTerms = "enroute",
    disclosure: Disclosure | Mapping[str, Disclosure] | None = None,
    **changes: Any,
) -> Accord:
    """A whole accord from few arguments; `changes` replaces any other field by name.

    minima: a preset's name (threes, enroute, f3548) or the terms. disclosure: one for both parties or one
    each. The parties may come in either order. Raises Invalid, also for a change that names no field.
    """
    parties = tuple(sorted((first, second), key=lambda party: party.name))
    names = [party.name for party in parties]
    fields: dict[str, Any] = {
        **_usual_terms(names),
        "id": accord_id,
        "parties": parties,
        "valid_from_ms": valid_from_ms,
        "valid_until_ms": valid_until_ms,
        "minima": MinimaTerms.named(minima) if isinstance(minima, str) else minima,
        **({"disclosure": _for_each(names, disclosure)} if disclosure is not None else {}),
        **changes,
    }
    unknown = sorted(set(fields) - set(Accord.__struct_fields__))
    if unknown:
        raise Invalid(
            "unknown-field", f"an accord has no term {unknown[0]!r}", field=unknown[0], clause="accord"
        )
    return Accord(**fields)


def _for_each(names: list[str], disclosure: Disclosure | Mapping[str, Disclosure]) -> dict[str, Disclosure]:
    if isinstance(disclosure, Disclosure):
        return dict.fromkeys(names, disclosure)
    return dict(disclosure)


def _usual_terms(names: list[str]) -> dict[str, Any]:
    """Where nobody says otherwise. LAM within 10 s as in OLDI; escalation at 30 s, never silent at 120 s."""
    return {
        "version": 1,
        "protocol": PROTOCOL,
        "exercise": False,
        "area": None,
        "datum": Datum.PRESSURE,
        "disclosure": dict.fromkeys(names, Disclosure(fields=("aircraft_type", "callsign", "priority"))),
        "minimum_notice_ms": 15 * MINUTE_MS,
        "precedence": "first-standing",
        "heartbeat_ms": 20_000,
        "line_checks": ("09:00", "17:00"),
        "answers": Answers(
            lam_ms=10_000,
            shown_ms=30_000,
            answer_ms=10 * MINUTE_MS,
            check_ms=5 * MINUTE_MS,
            take_ms=30_000,
            identify_ms=2 * MINUTE_MS,
            readback_ms=2 * MINUTE_MS,
            talk_ms=DAY_MS,
        ),
        "escalation": (Step(30_000, "supervisor"), Step(120_000, "commander")),
        "frequencies": (Frequency("guard", 121_500), Frequency("guard-uhf", 243_000)),
        "languages": ("en",),
        "pass_on": dict.fromkeys(names, False),
        "free_text": True,
        "caps": Caps(
            priority=100,
            area_m2=100_000_000_000,
            duration_ms=DAY_MS,
            horizon_ms=30 * DAY_MS,
            open_notices=10_000,
        ),
    }
