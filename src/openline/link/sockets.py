"""How does the system's TCP behave on a line, where words are few and may not wait?"""

import socket
from typing import Final

TCP_THIN_LINEAR_TIMEOUTS: Final = 16
"""Of Linux (tcp(7)): a connection with little on its way does not double its wait with each loss."""


def _options() -> list[tuple[int, int, int]]:
    """Those that this system takes."""
    option = (socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1)
    with socket.socket() as probe:
        try:
            probe.setsockopt(*option)
        except OSError:
            return []
    return [option]


OPTIONS: Final = _options()
