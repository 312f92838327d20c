"""A control centre as seen by those who work in it: its node's console API over HTTP, and nothing else."""

import time
from collections.abc import Sequence
from typing import Any, Final

import httpx
import msgspec

from openline.airspace.operation import Operation
from openline.demo.founding import PARTY_NAMES, TITLES
from openline.demo.process import ServedNode
from openline.errors import Invalid, OpenlineError, Refused, Unavailable
from openline.formats.geojson import operations_of
from openline.formats.geojson_text import feature_collection

BATCH: Final = 100
"""Operations in one filing: far below what a body may hold."""
START_S: Final = 30.0
REQUEST_S: Final = 30.0
WAYS: Final = 2
"""Ways out that an officer looks at; each more is searched for in the whole picture."""
JOURNAL_ROWS: Final = 1_000
WORTH_PROVING: Final = ("ACP", "CDN", "RJC")
GEOJSON: Final = {"content-type": "application/geo+json"}
POLL_S: Final = 0.05

_FAMILY: Final = {"invalid": Invalid, "refused": Refused, "unavailable": Unavailable}
_PLACES: Final = ("party", "message", "field", "clause", "remedy")

Json = dict[str, Any]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One line as a centre has it now: what of LineStatus the demo looks at. said: messages, both lanes."""

    digest: str
    root: str
    quiet: bool
    session_open: bool
    suspended_by: tuple[str, ...]
    lanes: dict[str, dict[str, int]]
    conflicts: dict[str, int]

    @property
    def said(self) -> int:
        return sum(lane["said"] for lane in self.lanes.values())


class Centre:
    """One side of the line. Every method is one HTTP request; errors come back as they were raised there."""

    def __init__(self, side: str, accord_id: str, url: str, process: ServedNode) -> None:
        self.side = side
        self.title = TITLES[side]
        self.url = url
        self.process = process
        self._accord_id = accord_id
        # trust_env: a proxy of the surroundings has no business between two processes of one machine.
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=REQUEST_S)

    def start(self) -> None:
        """Start the process and wait until it answers. Raises Unavailable ``node-did-not-start``."""
        self.process.start()
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Raises Unavailable ``node-did-not-start`` with its last words."""
        deadline = time.monotonic() + START_S
        while not self._answers():
            if not self.process.running or time.monotonic() > deadline:
                raise Unavailable(
                    "node-did-not-start",
                    f"{self.title} does not answer: {self.process.last_words()}",
                    party=self.side,
                    remedy=f"see {self.process.log}",
                )
            time.sleep(POLL_S)

    def kill(self) -> None:
        self.process.kill()

    def close(self) -> None:
        self.process.stop()
        self._http.close()

    def _answers(self) -> bool:
        try:
            return self._http.get("/api/status").is_success
        except httpx.TransportError:
            return False

    # What can be read

    def standing(self) -> Standing:
        return msgspec.convert(self._get("/api/status")["lines"][0], Standing)

    def conflicts(self, status: str | None = None) -> list[Json]:
        return self._get("/api/conflicts", **({"status": status} if status else {}))  # type: ignore[no-any-return]

    def alternatives(self, conflict: Json, notice_id: str) -> list[Json]:
        """Proved ways out by moving that operation, the cheapest first."""
        path = f"/api/conflicts/{conflict['conflict_id']}/alternatives"
        return self._get(path, notice=notice_id, limit=WAYS)  # type: ignore[no-any-return]

    def operation_ids(self) -> set[str]:
        """Of all that was filed here, ended or not."""
        return {one["id"] for one in self._get("/api/operations", geometry="no")}

    def operations(self) -> list[Operation]:
        """All of ours as they stand, ended or not, whole."""
        rows = self._get("/api/operations")
        return [operation for row in rows for operation in operations_of(row["geometry"])]

    def operation(self, operation_id: str) -> Operation:
        """One of ours as it stands, whole."""
        rows = {one["id"]: one for one in self._get("/api/operations")}
        (operation,) = operations_of(rows[operation_id]["geometry"])
        return operation

    def notices_of_partner(self) -> set[str]:
        """The ids of the partner's notices that are live."""
        rows = self._get("/api/notices", geometry="no")
        return {one["notice_id"] for one in rows if one["party"] != PARTY_NAMES[self.side]}

    def acknowledged_message(self) -> str:
        """The hash of a message of ours that the partner holds, one of the dialogue if there is one."""
        ours = [one for one in self._get("/api/journal", limit=JOURNAL_ROWS) if one["acknowledged"]]
        ours = [one for one in ours if one["sender"] == PARTY_NAMES[self.side]]
        return str(max(ours, key=lambda one: (one["kind"] in WORTH_PROVING, one["at_ms"]))["hash"])

    def picture(self) -> bytes:
        return self._checked(self._http.get("/picture.svg")).content

    # What can be done

    def step_clock(self, now_ms: int) -> None:
        self._post("/api/clock", {"now_ms": now_ms})

    def file(self, operations: Sequence[Operation]) -> list[Json]:
        """What came of each, in their order: a Filed or the error, as JSON."""
        filed: list[Json] = []
        for start in range(0, len(operations), BATCH):
            body = feature_collection(operations[start : start + BATCH])
            filed += self._checked(self._http.post("/api/operations", content=body, headers=GEOJSON)).json()[
                "filed"
            ]
        return filed

    def end(self, operation_id: str) -> None:
        self._post(f"/api/operations/{operation_id}/state", {"state": "Ended"})

    def move(self, conflict: Json, kind: str, **more: Any) -> Json:
        """One move in a dialogue, for the message that was looked at and no other."""
        body = {"kind": kind, "answers": conflict["dialogue"]["tip"], **more}
        return self._post(f"/api/conflicts/{conflict['conflict_id']}/moves", body)  # type: ignore[no-any-return]

    def check_line(self, pseudonym: str) -> None:
        """Ask for a line check, or answer the partner's."""
        self._post(self._line("check"), _automaton(pseudonym))

    def show(self, messages: Sequence[str], pseudonym: str) -> None:
        self._post(self._line("shown"), {"messages": list(messages), **_automaton(pseudonym)})

    def suspend(self, reason: str) -> None:
        self._post(self._line("suspend"), {"reason": reason})

    def resume(self) -> None:
        self._post(self._line("resume"), {})

    # HTTP

    def _line(self, verb: str) -> str:
        return f"/api/lines/{self._accord_id}/{verb}"

    def _get(self, path: str, **query: Any) -> Any:
        return self._checked(self._http.get(path, params=query)).json()

    def _post(self, path: str, body: Json) -> Any:
        return self._checked(self._http.post(path, json=body)).json()

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if not answer.is_success:
            raise _error_of(answer)
        return answer


def _automaton(pseudonym: str) -> Json:
    return {"position": "duty", "pseudonym": pseudonym, "automaton": True}


def _error_of(answer: httpx.Response) -> OpenlineError:
    """The error that the node raised, as itself again."""
    try:
        body = answer.json()
        raised = _FAMILY.get(body["error"], OpenlineError)
        return raised(body["code"], body["text"], **{name: body.get(name) for name in _PLACES})
    except (ValueError, KeyError, TypeError):
        return OpenlineError("http", f"{answer.request.url.path} answered {answer.status_code}")
