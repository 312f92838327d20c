"""PASSED_ON: what a third party told the sender, and lets it pass on."""

from typing import Annotated, Final

import msgspec

from openline.accord.notice import Notice
from openline.coordination.fields import Body, Name

MAX_FURTHER: Final = 2
"""How many more times what somebody hears may be passed on: from its origin to the sender of the first
PASSED_ON, to its receiver, and on twice.
"""


class PassedOn(Body, frozen=True, kw_only=True):
    """PASSED_ON: one version of what ``origin``, a third party, has told of one operation, as the sender's
    terms let it be told here. ``further``: how many more times it may be passed on. ``withdrawn``: the sender
    says no more of it; it may fly all the same.

    The notice's id is made for this line. It keeps no place and carries out no agreement, since nobody on
    this line can move it. The origin bears the name that it has in its accord with whoever heard it first.
    """

    origin: Name
    notice: Notice
    further: Annotated[int, msgspec.Meta(ge=0, le=MAX_FURTHER)] = 0
    withdrawn: bool = False
