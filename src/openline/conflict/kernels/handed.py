"""Arrays handed to a kernel by their addresses: numba takes a fifth of a microsecond to unpack each array
that it is given, which is a third of the time of a whole question.

A header is an int64 array: for each array of `rows.Seen`, and then for the reach, its address and its length
(its rows). Whoever hands over a header keeps the arrays alive and unchanged until the kernel has returned.
"""

from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from openline.conflict.kernels.cells import CELL_COLUMNS
from openline.conflict.kernels.grid import CLASS_COLUMNS
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import HEAD_COLUMNS, REACH_COLUMNS, Floats, Ints
from openline.conflict.kernels.rows import Seen

_array: Any = numba.carray  # type: ignore[attr-defined]


def header_of(seen: Seen, reach: Floats) -> Ints:
    """Of arrays that are contiguous, as those of `tables` are."""
    return np.array([(one.ctypes.data, len(one)) for one in (*seen, reach)], np.int64).ravel()


def _pointer_to(typing_context: Any, address: Any) -> Any:
    """An address as a pointer to anything."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), build


_pointer: Any = intrinsic(_pointer_to)


@kernel
def seen_of(header: Ints) -> tuple[Seen, Floats]:
    """The arrays, and the reach."""
    heads = _array(_pointer(header[0]), (header[1], HEAD_COLUMNS), np.float64)
    bodies = _array(_pointer(header[2]), (header[3],), np.float64)
    entries = _array(_pointer(header[4]), (header[5],), np.int32)
    cells = _array(_pointer(header[6]), (header[7], CELL_COLUMNS), np.int64)
    classes = _array(_pointer(header[8]), (header[9], CLASS_COLUMNS), np.float64)
    state = _array(_pointer(header[10]), (header[11],), np.int64)
    reach = _array(_pointer(header[12]), (REACH_COLUMNS,), np.float64)
    return Seen(heads, bodies, entries, cells, classes, state), reach
