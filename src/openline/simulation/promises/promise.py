"""What a promise is: a name, and moments at which it is held against the world."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NoReturn

from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News

if TYPE_CHECKING:
    from openline.simulation.world import World


class Broken(Exception):
    """A promise does not hold. promise: its name. who: the party (or line) at which it shows."""

    def __init__(self, promise: str, who: str, text: str) -> None:
        super().__init__(promise, who, text)
        self.promise = promise
        self.who = who
        self.text = text


class Promise:
    """Each moment does nothing unless a promise says what it looks at then."""

    name: ClassVar[str]

    def __init__(self, world: "World") -> None:
        self.world = world

    def founded(self, line: Line) -> None:
        """Two parties have signed another accord."""

    def committed(self, centre: Centre, news: News) -> None:
        """A step of this node has been committed, and nothing of it has left yet."""

    def leaving(self, centre: Centre, line: Line, sealed: bytes) -> None:
        """These bytes leave the centre on this line."""

    def left(self, centre: Centre, line: Line, items: Sequence[bytes]) -> None:
        """One body of these items leaves."""

    def ticked(self, centre: Centre) -> None:
        """The node has just looked at what time brings."""

    def stepped(self, centre: Centre) -> None:
        """A step in which this centre did something is over."""

    def started(self, centre: Centre) -> None:
        """A process has begun on this centre's store."""

    def restored(self, centre: Centre, kept: News) -> None:
        """This centre's store is an older one now; this is all that is in it."""

    def clock_changed(self, centre: Centre) -> None:
        """This centre's wall clock has leapt."""

    def verified(self) -> None:
        """Everything is looked at anew."""

    def healed(self) -> None:
        """Everything works again, and the lines have come to rest."""

    def honest_sides(self) -> Iterator[tuple[Centre, Line]]:
        """Both sides of every line on which nobody lies."""
        for line in filter(self.world.is_honest, self.world.lines.values()):
            yield from ((self.world.centres[name], line) for name in line.names)

    def broken(self, who: str, text: str) -> NoReturn:
        raise Broken(self.name, who, text)
