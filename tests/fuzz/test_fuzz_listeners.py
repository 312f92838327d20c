"""What listens: the line, the console, and files that people bring. Anything may come in; nothing is a fault
of ours.
"""

import json
from typing import Any

import pytest
from hypothesis import strategies as st

from fuzz.from_types import json_of
from fuzz.fuzzing import fuzzed
from fuzz.spoiling import spoilt
from openline.api.conflicts import MoveAsked
from openline.api.lines import WasShown, Who, Why
from openline.api.operations import Transit
from openline.api.spoken import SAYABLE, Seat
from openline.coordination.messages import BODIES
from openline.errors import OpenlineError
from openline.formats.flights import read_flights
from openline.formats.geojson import read_operations
from openline.formats.geojson_text import geojson_of
from openline.link.batch import MEDIA_TYPE, decode_answer, decode_batch
from simulation.test_two_nodes_one_line import EASTBOUND
from simulation.war_room import box, flight
from unit.api.api_room import ApiRoom
from unit.link.line_room import LineRoom

LINES = st.lists(st.binary(max_size=30) | st.sampled_from([b'{"problem":{}}', b'{"problem":[]}', b"{}"]))
BATCHES = st.builds(lambda lines, end: b"\n".join(lines) + end, LINES, st.sampled_from([b"", b"\n"]))


@fuzzed(150, body=BATCHES | st.binary(max_size=60))
def test_a_batch_is_taken_apart_and_nothing_of_it_is_lost(body: bytes) -> None:
    try:
        batch = decode_batch(body)
    except OpenlineError:
        assert not body
        return
    assert b"".join(it + b"\n" for it in batch.items) + batch.truncated == body
    answer = decode_answer(body)
    assert set(answer.items) <= set(batch.items)


@pytest.fixture(scope="module")
def line() -> LineRoom:
    return LineRoom()


def test_whatever_is_posted_to_the_line_is_answered_and_changes_nothing(line: LineRoom) -> None:
    sealed = json.loads(line.sealed({}))
    before = line.holdings()

    @fuzzed(
        12,
        body=spoilt(st.just(sealed)) | BATCHES,
        media=st.sampled_from([MEDIA_TYPE, MEDIA_TYPE + "; charset=x", "text/plain", ""]),
        accord=st.sampled_from([None, "0" * 36, "%00", "..%2f..", "x" * 3_000]),
        newline=st.booleans(),
    )
    def whatever_is_posted_to_the_line_is_answered(
        body: bytes, media: str, accord: str | None, newline: bool
    ) -> None:
        # A repeated member would make it a good message after all: that one is tried in test_fuzz_signed.
        body = body.replace(b'"sig":"', b'"sig":"AAAA')
        answer = line.post(body + b"\n" * newline, media=media, accord=accord)
        assert answer.status_code in (200, 400, 404, 413, 415)
        assert not line.app.refused["fault"]

    whatever_is_posted_to_the_line_is_answered()
    assert line.holdings() == before


@pytest.fixture(scope="module")
def console() -> ApiRoom:
    return ApiRoom(simulated=True)


COMMANDS: dict[str, Any] = {
    "/api/operations/{operation}/state": Transit,
    "/api/conflicts/{conflict}/moves": MoveAsked,
    "/api/lines/{accord}/check": Who,
    "/api/lines/{accord}/suspend": Why,
    "/api/lines/{accord}/shown": WasShown,
    "/api/duty": Seat,
    **{f"/api/lines/{{accord}}/say/{kind.value.lower()}": BODIES[kind] for kind in SAYABLE},
}


@pytest.mark.parametrize("path", COMMANDS)
def test_whatever_the_console_is_told_it_answers(path: str, console: ApiRoom) -> None:
    @fuzzed(3, body=spoilt(json_of(COMMANDS[path])))
    def whatever_the_console_is_told_it_answers(body: bytes) -> None:
        answer = console.ask("POST", path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (200, 400, 404, 405, 409, 413), answer.text

    whatever_the_console_is_told_it_answers()


FILED = [
    geojson_of(flight("00000000-0000-4000-8000-000000000001", EASTBOUND, callsign="SWR1")),
    geojson_of(box("00000000-0000-4000-8000-000000000002", (46.0, 7.0), 0.1, (0, 100), (1, 2))),
]


@fuzzed(40, body=spoilt(st.sampled_from([*FILED, {"type": "FeatureCollection", "features": FILED}])))
def test_whatever_is_filed_is_read_or_refused_by_name(body: bytes) -> None:
    try:
        operations = read_operations(body)
    except OpenlineError:
        return
    for operation in operations:
        assert read_operations(json.dumps(geojson_of(operation)).encode())


HEADER = b"callsign,time,latitude,longitude,altitude_ft\n"
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["SWR1", "LOT9", "", "\x00", "zz", "x" * 200_000]),
        st.sampled_from(["2018-08-01T05:00:19Z", "2018-08-01T05:09:19+00:00", "x", "", "9" * 400]),
        st.sampled_from(["46.5", "nan", "1e999", "-91", ""]),
        st.sampled_from(["7.5", "inf", "181", ""]),
        st.sampled_from(["30000", "-1e9", "x", ""]),
    ).map(",".join),
    max_size=6,
)


@fuzzed(150, body=ROWS.map(lambda rows: HEADER + "\n".join(rows).encode()) | st.binary(max_size=120))
def test_whatever_was_recorded_is_read_or_refused_by_name(body: bytes) -> None:
    try:
        read_flights(body)
    except OpenlineError:
        return
