"""A node that files with another's DSS serves none: two airspaces would not know of one another."""

import asyncio

import msgspec

from openline.api.f3548.interface import all_operations
from openline.api.f3548.operation import Asked, Given
from openline.utm.dss.requests import Caller
from unit.api.f3548.f3548_room import ScriptedDss, ScriptedUss

GIVEN = Given(dss=ScriptedDss(), uss=ScriptedUss(), pool="p", version="0")


def test_who_files_with_another_dss_serves_a_uss_alone_and_says_so() -> None:
    both, uss_alone = all_operations(GIVEN), all_operations(GIVEN, is_dss=False)
    gone = {it.path for it in both} - {it.path for it in uss_alone}
    assert gone == {it.path for it in both if it.path.startswith("/dss/")} != set()
    assert {it.path for it in uss_alone} >= {"/uss/v1/operational_intents/{entityid}", "/aux/v1/version"}
    (described,) = (it for it in uss_alone if it.id == "openapi")
    document = asyncio.run(described.handler(Asked(Caller(""), {}, None, b"")))
    assert not gone & msgspec.json.decode(document)["paths"].keys()
