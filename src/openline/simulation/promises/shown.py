"""Is what is said to have been shown shown? SHOWN is no other word for LAM."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World


class ShownIsShown(Promise):
    """A node says SHOWN only of what a console has put before an officer, and marks an automaton as one; on
    the urgent lane where any of it is urgent.
    """

    name = "shown-is-shown"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._rendered: set[tuple[str, str, bool]] = set()

    def rendered(self, centre: Centre, messages: Iterable[str], *, is_manned: bool) -> None:
        """A console of this centre has just put these messages before a person, or before nobody."""
        self._rendered |= {(centre.name, message, is_manned) for message in messages}

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            if entry.kind != "SHOWN" or entry.sender != centre.name:
                continue
            said = oracle.read(entry.sealed)
            messages = said.payload["body"]["messages"] if said else ()
            words = centre.ledger.words(entry.accord).by_hash
            is_urgent = any(it in words and words[it].lane == "urgent" for it in messages)
            if centre.says_now(entry) and is_urgent != (entry.lane == "urgent"):
                self.broken(centre.name, f"SHOWN {entry.number} goes on the {entry.lane} lane")
            to_people = said is not None and not said.payload["body"]["officer"]["automaton"]
            for message in messages:
                if (centre.name, message, to_people) not in self._rendered:
                    text = f"it says that {message[:12]} was shown to {'people' if to_people else 'nobody'}"
                    self.broken(centre.name, f"{text}, and it was not so")
