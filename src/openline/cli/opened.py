"""Opening the node that a verb works on. Verbs act on the store itself: no server need run, and one that does
run takes in what they have committed and carries it to the partner.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from openline.cli.given import directory_of

if TYPE_CHECKING:
    from openline.bootstrap import Opened


@contextmanager
def opened(ctx: typer.Context) -> Iterator["Opened"]:
    """The node in ``--directory``, closed afterwards. Raises NotFound ``no-node`` and as ``open_node``."""
    from openline.bootstrap import open_node

    node = open_node(directory_of(ctx))
    with node.store:
        yield node
