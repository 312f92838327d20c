"""All operations of the listener, in one table."""

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


def standard_operations(given: Given) -> tuple[Operation, ...]:
    """Those of F3548-21 Annex A4 (`utm.yaml` 1.0.0)."""
    return tuple(operation for part in _STANDARD for operation in part.operations(given))


def all_operations(given: Given) -> tuple[Operation, ...]:
    """The standard's, the auxiliary ones, and this interface's own description."""
    operations = (*standard_operations(given), *aux.operations(given))
    return (*operations, *about.operations(operations, given.version))
