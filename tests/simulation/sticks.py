"""A storm whose wire is a drawer full of files: what is put there may be copied, cut, spoilt or lost."""

from pathlib import Path

from openline.link.carry_in import carry_in
from openline.link.carry_out import carry_out
from openline.link.folder import ENDING
from simulation.storm import Storm


class Sticks(Storm):
    """A drawer full of files, and people on both sides who carry them."""

    def __init__(self, seed: int, drawer: Path) -> None:
        super().__init__(seed)
        self.drawer = drawer
        self.written = 0

    def heads(self, name: str) -> None:
        """Export; a stick of its own for each."""
        self.written += 1
        carry_out(
            self.room[name], self.room.accord_id, self.drawer / f"{self.written}-{name}", self.room.now_ms
        )

    send = heads

    def deliver(self, name: str) -> None:
        """A handful of files from all sticks there ever were, each as time has treated it."""
        files = sorted(self.drawer.glob(f"*/*{ENDING}"))
        hand = self.drawer / "hand"
        hand.mkdir(exist_ok=True)
        for old in hand.iterdir():
            old.unlink()
        for number in range(self.chance.randrange(1, 4) if files else 0):
            data = self.spoilt(self.chance.choice(files).read_bytes())
            (hand / f"FILE{number}{ENDING.upper()}").write_bytes(data)
        if any(hand.iterdir()):
            carry_in(
                self.room[name], hand, self.room.now_ms, answer=self.drawer / f"{self.written}-back-{name}"
            )
            self.written += 1

    def spoilt(self, data: bytes) -> bytes:
        fate, at = self.chance.random(), self.chance.randrange(len(data))
        if fate < 0.15:
            return data[:at] or b"\n"
        if fate < 0.3:
            return data[:at] + bytes([data[at] ^ 1 << self.chance.randrange(8)]) + data[at + 1 :]
        return data
