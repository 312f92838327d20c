"""Every bad file of the table gets the one error that it should, with the field that is at fault."""

import json
from pathlib import Path
from typing import Any

import pytest

from openline.errors import Invalid
from openline.formats.flights import read_flights
from openline.formats.geojson import read_operations

TABLE = json.loads((Path(__file__).parents[2] / "vectors" / "bad-filings.json").read_text())["files"]
READERS = {"geojson": read_operations, "csv": read_flights}


def bytes_of(bad: dict[str, Any]) -> bytes:
    if "hex" in bad:
        return bytes.fromhex(bad["hex"])
    if "document" in bad:
        return json.dumps(bad["document"]).encode()
    text = bad["text"]
    for name, (piece, times) in bad.get("repeat", {}).items():
        text = text.replace(f"%({name})s", piece * times)
    return text.encode()


@pytest.mark.parametrize("bad", TABLE, ids=[f"{bad['format']}: {bad['name']}" for bad in TABLE])
def test_a_bad_file_gets_its_error(bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        READERS[bad["format"]](bytes_of(bad))
    assert (caught.value.code, caught.value.field) == (bad["code"], bad["field"])
    assert caught.value.text
    assert len(str(caught.value)) < 1_000
