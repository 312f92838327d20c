"""How it travels: batches of sealed envelopes over HTTPS, and the pump that decides what goes next."""

import sys

# httpx has a command line, and does without it where that cannot be imported. It would bring rich, click and
# pygments into every node that speaks to somebody.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
