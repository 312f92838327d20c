"""What is known of others' entities: their details, by id, as long as they are of the version that the DSS
names.

The DSS tells an OVN only to its manager, so a reference is recognised by its version and all that is public
of it; the OVN that came with the details then goes into the key. Bounded: the longest unused goes first.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar

from openline.airspace.limits import MIN_OVN_LENGTH
from openline.errors import Refused
from openline.utm.uss.limits import MAX_KNOWN
from openline.utm.wire import details as wire
from openline.utm.wire.references import ConstraintReference, OperationalIntentReference

Entity = TypeVar("Entity", wire.OperationalIntent, wire.Constraint)
Reference = OperationalIntentReference | ConstraintReference
Told = wire.OperationalIntent | wire.Constraint


class Known(Generic[Entity]):
    """Entities by id. Not for several threads."""

    def __init__(self, most: int = MAX_KNOWN) -> None:
        self._most = most
        self._held: OrderedDict[str, Entity] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, entity_id: str) -> Entity | None:
        return self._held.get(entity_id)

    def current(self, reference: Reference) -> Entity | None:
        """What is known of exactly this version, with its OVN; None where it has to be fetched."""
        held = self._held.get(reference.id)
        if held is None or held.reference.ovn is None or not is_same_version(held.reference, reference):
            return None
        self._held.move_to_end(reference.id)
        return held

    def fetched(self, entity: Entity) -> None:
        """From its manager, on our request."""
        self._held[entity.reference.id] = entity
        self._held.move_to_end(entity.reference.id)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def notified(self, manager: str, entity_id: str, entity: Entity | None) -> bool:
        """From its manager, unasked; entity None: it has ended. Whether it changes what we know.

        Raises Refused ``not-the-manager`` (403), ``older-version`` (409: a lower version than was told, or
        the same with other contents).
        """
        held = self._held.get(entity_id)
        if (held is not None and held.reference.manager != manager) or (
            entity is not None and entity.reference.manager != manager
        ):
            text = f"{manager} does not manage {entity_id}"
            raise Refused("not-the-manager", text, clause="F3548-21 Annex A4")
        if entity is None:
            return self.forget(entity_id)
        if held is not None:
            _refuse_older(held, entity)
        self.fetched(entity)
        return entity != held

    def forget(self, entity_id: str) -> bool:
        return self._held.pop(entity_id, None) is not None

    def forget_all(self, entity_ids: Iterable[str]) -> None:
        for entity_id in entity_ids:
            self.forget(entity_id)


def is_same_version(held: Reference, told: Reference) -> bool:
    """Whether both are one version of one entity, by all that anybody may see of it."""
    names = ("id", "manager", "version", "state", "uss_base_url")
    if any(getattr(held, name, None) != getattr(told, name, None) for name in names):
        return False
    return not _is_ovn(told.ovn) or told.ovn == held.ovn


def _is_ovn(text: str | None) -> bool:
    """A DSS may put a remark in its place, such as `Available from USS`."""
    return text is not None and len(text) >= MIN_OVN_LENGTH and " " not in text


def _refuse_older(held: Told, told: Told) -> None:
    """An availability is the DSS's word, not the manager's: it makes no other entity."""
    newer = told.reference.version - held.reference.version
    if newer < 0 or (newer == 0 and told.reference.ovn == held.reference.ovn and not _is_same(held, told)):
        text = f"version {told.reference.version} of {told.reference.id} is older than, or other than, before"
        raise Refused("older-version", text, field="reference.version", clause="F3548-21 Annex A4")


def _is_same(held: Told, told: Told) -> bool:
    return held.details == told.details and is_same_version(held.reference, told.reference)
