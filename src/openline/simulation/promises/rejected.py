"""Do two honest nodes understand each other? What one says under the accord the other takes."""

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise


class NothingHonestIsRejected(Promise):
    """Between honest parties no message is answered LRM, whatever crosses on the wire."""

    name = "nothing-honest-is-rejected"

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            line = self.world.lines[entry.accord]
            if entry.kind == "LRM" and entry.sender == centre.name and self.world.is_honest(line):
                said = oracle.read(entry.sealed)
                body = said.payload["body"] if said else {}
                text = f"{body.get('lane')} {body.get('number')} is answered LRM: {body.get('code')}"
                self.broken(centre.name, f"{line.title}: {text}: {body.get('text')}")
