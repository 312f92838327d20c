"""All operations of the listener, in one table."""

from typing import Final

from openline.api.f3548 import (
    about,
    aux,
    constraint_references,
    constraints,
    log_sets,
    operational_intent_references,
    operational_intents,
    reports,
    subscriptions,
    uss_availability,
)
from openline.api.f3548.operation import Given, Operation

_DSS = (operational_intent_references, constraint_references, subscriptions, uss_availability)
_USS = (operational_intents, constraints, log_sets)
_STANDARD = (*_DSS, reports, *_USS)
_DSS_PATHS: Final = "/dss/v1/"


def standard_operations(given: Given) -> tuple[Operation, ...]:
    """Those of F3548-21 Annex A4 (`utm.yaml` 1.0.0)."""
    return tuple(operation for part in _STANDARD for operation in part.operations(given))


def all_operations(given: Given, *, is_dss: bool = True) -> tuple[Operation, ...]:
    """The standard's, the auxiliary ones, and this interface's own description.

    is_dss: False where this node files with another's DSS. It serves none itself then: suppliers who asked it
    would see an airspace of their own, and miss all others.
    """
    standard = (it for it in standard_operations(given) if is_dss or not it.path.startswith(_DSS_PATHS))
    operations = (*standard, *aux.operations(given))
    return (*operations, *about.operations(operations, given.version))
