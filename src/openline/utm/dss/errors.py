"""What the DSS refuses, in the words that the API gives a status to."""

from openline.errors import Invalid, LimitExceeded, NotFound, Refused
from openline.utm.dss.records import Ref

_NAMES = {
    "operational_intent": "operational intent",
    "constraint": "constraint",
    "subscription": "subscription",
    "availability": "availability",
}


def name_of(ref: Ref) -> str:
    return f"{_NAMES[ref.kind]} {ref.id}"


def unknown(ref: Ref) -> NotFound:
    return NotFound("unknown-entity", f"there is no {name_of(ref)}", field="id", clause="F3548-21 DSS0005")


def exists(ref: Ref) -> Refused:
    return Refused(
        "already-exists",
        f"{name_of(ref)} is here already",
        field="id",
        remedy="put its OVN or version behind the id to change it",
    )


def foreign(ref: Ref) -> Refused:
    return Refused(
        "not-the-manager", f"{name_of(ref)} is another USS's", field="id", clause="F3548-21 DSS0005"
    )


def outdated(ref: Ref) -> Refused:
    return Refused(
        "version-mismatch",
        f"{name_of(ref)} has another version by now",
        field="version",
        clause="F3548-21 DSS0005",
        remedy="read it again, and decide on what it is now",
    )


def down(manager: str) -> Refused:
    return Refused(
        "uss-down",
        f"{manager} is marked as Down",
        clause="F3548-21 DSS0100",
        remedy="have the availability arbitrator set it to Normal",
    )


def missing(field: str, text: str) -> Invalid:
    return Invalid("missing-field", text, field=field)


def too_large(area_km2: float, most_km2: float, clause: str) -> LimitExceeded:
    return LimitExceeded(
        "area-too-large",
        f"{area_km2:,.0f} km2, more than {most_km2:,.0f}",
        field="extents",
        clause=clause,
        remedy="ask about smaller areas, one after the other",
    )
