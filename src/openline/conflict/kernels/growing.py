"""How does an array of results get longer as it fills?"""

from typing import TypeVar

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import Floats, Numbers

Rows = TypeVar("Rows", Floats, Numbers)


@kernel
def with_room(rows: Rows, used: int, more: int) -> Rows:
    """Rows of which so many are used, with room for `more`: a copy more than twice as long where there is
    none.
    """
    if used + more <= len(rows):
        return rows
    longer = np.empty((2 * len(rows) + more, rows.shape[1]), rows.dtype)
    longer[:used] = rows[:used]
    return longer
