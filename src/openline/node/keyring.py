"""Which private node keys are at hand? A line's journal says which of them counts; they may be several while
one follows the other.
"""

from typing import Protocol, runtime_checkable

from openline.node.ports import Signer


@runtime_checkable
class Ring(Protocol):
    """Where signers come from. Files may be read anew when one is asked for that was not there before."""

    def find(self, key_id: str, /) -> Signer | None: ...

    def newest(self) -> Signer:
        """The one that is to count next: for what must be signed while the counting one is not at hand."""
        ...


class Held:
    """Keys that are simply held, the newest last."""

    def __init__(self, *signers: Signer) -> None:
        self._signers = {signer.id: signer for signer in signers}
        self._newest = signers[-1]

    def find(self, key_id: str, /) -> Signer | None:
        return self._signers.get(key_id)

    def newest(self) -> Signer:
        return self._newest


def ring_of(given: Signer | Ring) -> Ring:
    return given if isinstance(given, Ring) else Held(given)
