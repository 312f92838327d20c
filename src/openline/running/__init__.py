"""A node at work. `serve` blocks until it is told to stop; `running` is the same inside an event loop."""

from openline.running.presence import SERVING, Bound
from openline.running.serving import running, serve

__all__ = ["SERVING", "Bound", "running", "serve"]
