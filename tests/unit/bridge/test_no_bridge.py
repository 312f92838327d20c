"""A node that is a USS under another's DSS has no bridge to it."""

from typing import Any, cast

import pytest

from openline.bootstrap import F3548
from openline.running.suppliers import _bridge
from unit.bridge.test_bridging import Bridged


class Noted:
    """A replica, and a USS, that note what they are given."""

    def __init__(self) -> None:
        self.duties: list[str] = []
        self.answerers: list[object] = []

    def add(self, name: str, _duty: object) -> None:
        self.duties.append(name)

    def also_answers(self, answerer: object) -> None:
        self.answerers.append(answerer)


@pytest.mark.parametrize(("dss_base_url", "duties"), [(None, ["bridge"]), ("https://dss.example", [])])
def test_what_partners_tell_is_put_into_our_own_dss_and_no_other(
    dss_base_url: str | None, duties: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    noted = Noted()
    given = Bridged().alpha.given
    _bridge(F3548(dss_base_url=dss_base_url), cast(Any, noted), given, cast(Any, noted))
    assert (noted.duties, len(noted.answerers)) == (duties, len(duties))
    assert ("no bridge" in capsys.readouterr().out) is (dss_base_url is not None)
