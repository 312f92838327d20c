"""How a transaction begins: execution options that the begin hook of each database reads."""

from typing import Final

BEGIN: Final = "openline_begin"

READING: Final = {BEGIN: "reading"}
"""One consistent snapshot; writing in it is refused."""
WRITING: Final = {BEGIN: "writing"}
"""The node's own turn: one writer at a time, over all processes and hosts."""
SHARING: Final = {BEGIN: "sharing"}
"""Reads and writes beside others, without the node's turn: whoever uses it locks the rows that it decides
from before it reads them. On SQLite there is only the one turn, so it is the same as WRITING there.
"""
