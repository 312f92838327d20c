"""Does one set of messages give one picture? Whoever holds the same heads must state the same digest."""

from typing import TYPE_CHECKING

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World


class EqualHeadsEqualPictures(Promise):
    """Of all HEADS of a line that claim the same four lane heads, by either side and at any time, the digest
    is the same.
    """

    name = "equal-heads-equal-pictures"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._stated: dict[tuple[str, str], tuple[str, str]] = {}

    def leaving(self, centre: Centre, line: Line, sealed: bytes) -> None:
        said = oracle.read(sealed)
        if said is None or said.payload_type != oracle.SESSION_TYPE or not self.world.is_honest(line):
            return
        if said.payload["kind"] != "HEADS":
            return
        claims = {centre.name: said.payload["said"], line.other(centre.name): said.payload["received"]}
        heads = str(
            [(name, lane, claims[name][lane]) for name in line.names for lane in ("routine", "urgent")]
        )
        digest = said.payload["digest"]
        first, by = self._stated.setdefault((line.accord_id, heads), (digest, centre.name))
        if first != digest:
            self.broken(centre.name, f"{line.title}: at the same heads {by} stated another digest")
