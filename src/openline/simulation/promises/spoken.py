"""Commit, then speak: is what leaves a node committed there by then?"""

from typing import Any

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise


class SaidIsCommitted(Promise):
    """What leaves stands in the sender's journal; a LAM covers what is stored, under its root, or is
    one of the partner's that is given back; HEADS claim the lanes as they are.
    """

    name = "said-is-committed"

    def leaving(self, centre: Centre, line: Line, sealed: bytes) -> None:
        said = oracle.read(sealed)
        if said is None:
            self.broken(centre.name, f"{line.title}: what leaves is no envelope")
        if said.payload_type == oracle.LINE_TYPE:
            self._check_message(centre, line, sealed, said.payload["place"])
        elif said.payload_type == oracle.LAM_TYPE:
            self._check_lam(centre, line, said.payload, sealed)
        elif said.payload.get("kind") == "HEADS":
            self._check_heads(centre, line, said.payload)

    def _check_message(self, centre: Centre, line: Line, sealed: bytes, place: dict[str, Any]) -> None:
        key = place["accord"], place["sender"], place["lane"]
        if centre.ledger.hash_at(key, place["number"]) != oracle.leaf(sealed).hex():
            text = f"{place['lane']} {place['number']} leaves, and is not committed"
            self.broken(centre.name, f"{line.title}: {text}")

    def _check_lam(self, centre: Centre, line: Line, lam: dict[str, Any], sealed: bytes) -> None:
        key = lam["accord"], lam["sender"], lam["lane"]
        if lam["sender"] == centre.name and centre.ledger.is_kept_lam(key, lam["number"], sealed):
            return
        if lam["receiver"] != centre.name or centre.ledger.root_at(key, lam["number"]) != lam["root"]:
            text = f"it acknowledges {lam['lane']} {lam['number']} of {lam['sender']}, and holds it not"
            self.broken(centre.name, f"{line.title}: {text}")

    def _check_heads(self, centre: Centre, line: Line, heads: dict[str, Any]) -> None:
        for words, sender in (("said", centre.name), ("received", line.other(centre.name))):
            for lane, claim in heads[words].items():
                key = line.accord_id, sender, lane
                held = centre.ledger.number(*key)
                # What a tick in the same transaction has said since they were written may be missing.
                may_be = (held,) if words == "received" else (held, held - 1)
                is_so = centre.ledger.hash_at(key, claim["number"]) == claim["hash"]
                if claim["number"] not in may_be or not is_so:
                    text = f"its HEADS claim {lane} {claim['number']} of {sender}, it holds {held}"
                    self.broken(centre.name, f"{line.title}: {text}")
