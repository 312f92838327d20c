"""The listener for suppliers, from its settings: whose tokens it believes, and by which name it is called."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest
import uvloop

from openline.api.f3548.interface import all_operations
from openline.api.f3548.issuing import IssuerKey, Wanted, issuer_app, new_key
from openline.api.f3548.operation import Given, Operation
from openline.bootstrap import F3548, Home, Listener
from openline.errors import Invalid, NotFound, OpenlineError
from openline.running.f3548 import audiences, placed, read_key_files, supplying
from openline.running.listening import listening
from unit.api.f3548.f3548_room import ID, ScriptedDss, ScriptedUss
from unit.cli.by_hand import openline

KEY = IssuerKey(new_key("ES256"))
WANTED = Wanted("uss1", "utm.strategic_coordination", "127.0.0.1")
PATH = f"/dss/v1/subscriptions/{ID}"


def operations() -> tuple[Operation, ...]:
    return all_operations(Given(dss=ScriptedDss(), uss=ScriptedUss(), pool="p", version="0"))


def test_a_token_of_the_issuer_at_the_jwks_url_is_believed(tmp_path: Path) -> None:
    async def asked() -> httpx.Response:
        async with listening(issuer_app(KEY), Listener(), "issuer", tmp_path) as issuer:
            settings = F3548(port=0, jwks_url=f"http://127.0.0.1:{issuer}/jwks.json")
            with placed(settings, tmp_path) as place:
                assert place.base_url == f"http://127.0.0.1:{place.port}"
                token = KEY.token(WANTED, int(time.time()))
                async with (
                    supplying(place, operations()),
                    httpx.AsyncClient(base_url=place.base_url, trust_env=False) as http,
                ):
                    return await http.get(PATH, headers={"authorization": f"Bearer {token}"})

    assert uvloop.run(asked()).status_code == 200


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/jwks.json", "http://[", "ftp://x/", "nothing"])
def test_an_issuer_that_cannot_be_reached_is_our_fault_and_the_listener_serves(
    tmp_path: Path, url: str
) -> None:
    async def asked() -> tuple[int, int]:
        with placed(F3548(port=0, jwks_url=url), tmp_path) as place:
            token = KEY.token(WANTED, int(time.time()))
            async with (
                supplying(place, operations()),
                httpx.AsyncClient(base_url=place.base_url, trust_env=False) as http,
            ):
                refused = await http.get(PATH, headers={"authorization": f"Bearer {token}"})
                return refused.status_code, (await http.get("/healthy")).status_code

    assert asyncio.run(asked()) == (503, 200)


def test_it_is_called_by_the_host_of_its_base_url_unless_the_settings_say_otherwise() -> None:
    own = "http://127.0.0.1:7412"
    assert audiences(F3548(), own) == ("127.0.0.1",)
    assert audiences(F3548(), "https://dss.example.com:8443/x") == ("dss.example.com",)
    assert audiences(F3548(audiences=("a", "b")), own) == ("a", "b")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (None, NotFound, "no-such-file"),
        (b"x", Invalid, "bad-keys"),
        (new_key("ES256"), Invalid, "private-key"),
    ],
    ids=["none", "no key", "the private one"],
)
def test_a_key_file_that_does_not_do_is_named(
    tmp_path: Path, content: bytes | None, kind: type[OpenlineError], code: str
) -> None:
    if content is not None:
        (tmp_path / "issuer.pem").write_bytes(content)
    with pytest.raises(kind, match=code) as refused:
        read_key_files(F3548(keys=("issuer.pem",)), tmp_path)
    assert "issuer.pem" in str(refused.value)


def test_init_writes_where_suppliers_are_served(tmp_path: Path) -> None:
    home = tmp_path / "alpha"
    made = openline("--directory", home, "init", "--party", "alpha", "--f3548", "[::1]:7499")
    assert made.code == 0, made.err
    assert Home(home).settings().f3548 == F3548(host="::1", port=7499)
    bad = openline("--directory", tmp_path / "b", "init", "--party", "b", "--f3548", "here", "--json")
    assert (bad.fault["code"], bad.fault["field"]) == ("bad-address", "--f3548")
