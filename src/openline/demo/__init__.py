"""Two control centres as two real processes, real flights, and a conductor who steps their time."""

from pathlib import Path

from openline.demo.story import Options, play
from openline.errors import Unverifiable

__all__ = ["Options", "play", "run"]


def run(
    *,
    headless: bool = False,
    as_json: bool = False,
    flights: int | None = None,
    minima: str = "enroute",
    seed: int = 1,
    directory: Path | None = None,
    input_path: Path | None = None,
    keep_serving: bool = False,
) -> None:
    """``openline demo``: play it and print the report (see story.Options).

    Raises as `story.play`, and Unverifiable ``sides-differ`` where the two sides do not hold the same in the
    end, or cannot prove it; the report is printed all the same.
    """
    options = Options(
        flights=flights,
        minima=minima,
        seed=seed,
        directory=directory,
        input=input_path,
        headless=headless,
        as_json=as_json,
        keep_serving=keep_serving,
    )
    if not play(options).is_sound:
        raise Unverifiable("sides-differ", "the two sides do not hold the same, or cannot prove it")
