"""``openline file``: what our own operators want to fly."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from openline.cli.exits import exit_of_word
from openline.cli.given import STDIN, Json, read_file, whole_units
from openline.cli.opened import opened
from openline.cli.output import note, progress, say, short, show, table
from openline.errors import Invalid, OpenlineError
from openline.units import DMM_PER_FOOT, DMM_PER_NAUTICAL_MILE, MS_PER_SECOND

if TYPE_CHECKING:
    from openline.airspace.operation import Operation
    from openline.formats.simplify import Bounds

FILED_AT_ONCE = 25
"""In one transaction: few enough for a bar that moves, many enough to be quick."""

FLIGHTS = "6ba7b812-9dad-11d1-80b4-00c04fd430c8"
"""Namespace (RFC 9562) of the ids that flights of a CSV file get, so that filing one again revises it."""

SHOWN_AT_MOST = 40


def register(app: typer.Typer) -> None:
    app.command("file")(file)


def file(
    ctx: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="GeoJSON, CSV; - is standard input.")
    ],
    format: Annotated[
        Literal["auto", "geojson", "csv"], typer.Option("--format", help="auto goes by what is in it.")
    ] = "auto",
    lateral_nm: Annotated[float, typer.Option(min=0, help="CSV: how far off its way a flight may be.")] = 0.5,
    vertical_ft: Annotated[float, typer.Option(min=0, help="CSV: how far off its level.")] = 0.0,
    time_s: Annotated[float, typer.Option(min=0, help="CSV: how early or late.")] = 0.0,
    as_json: Json = False,
) -> None:
    """File operations: each is kept, checked, told to the partners whom it concerns, and held against theirs.

    GeoJSON: a Feature or FeatureCollection whose properties say when and how high. CSV: recorded or planned
    flights, one row a position, under the header callsign,time,latitude,longitude,altitude_ft; positions that
    lie within the tolerances of the others are thinned out. Filing an id (or the same flight) again revises
    it.

    A file that cannot be read files nothing. One operation that is refused stops none of the others; the exit
    code is then that of the first.

    \b
    Examples:
      openline file plans.geojson
      openline file morning.csv --lateral-nm 1 --time-s 60
    Read on: docs/reference/geojson.md.
    """
    bounds = _bounds(lateral_nm, vertical_ft, time_s)
    operations, notes = _read_all(files, format, bounds)
    filed: list[Any] = []
    with opened(ctx) as it, progress("filing", len(operations), quiet=as_json) as done:
        for start in range(0, len(operations), FILED_AT_ONCE):
            batch = operations[start : start + FILED_AT_ONCE]
            filed += it.node.file_many(batch, it.clock.now_ms())
            done(len(batch))
    rows = [_row(operation, result) for operation, result in zip(operations, filed, strict=True)]
    show({"filed": rows, "notes": notes}, lambda: _for_people(rows, notes), as_json=as_json)
    faults = [exit_of_word(row["error"]) for row in rows if "error" in row]
    if faults:
        raise typer.Exit(faults[0])


def _bounds(lateral_nm: float, vertical_ft: float, time_s: float) -> tuple[int, int, int]:
    return (
        whole_units(lateral_nm, DMM_PER_NAUTICAL_MILE, "--lateral-nm"),
        whole_units(vertical_ft, DMM_PER_FOOT, "--vertical-ft"),
        whole_units(time_s, MS_PER_SECOND, "--time-s"),
    )


def _read_all(
    files: list[Path], format: str, bounds: tuple[int, int, int]
) -> tuple[list["Operation"], list[str]]:
    operations: list[Operation] = []
    notes: list[str] = []
    for path in files:
        body = read_file(path, "FILE")
        try:
            if _is_csv(path, body, format):
                operations += _flights(body, bounds, notes)
            else:
                from openline.formats.geojson import read_operations

                operations += read_operations(body)
        except OpenlineError as fault:
            raise fault.within(message=str(path)) from None
    if not operations:
        raise Invalid("nothing-filed", "no flight in it can be used: " + "; ".join(notes[:5]), field="FILE")
    _refuse_twice(operations)
    return operations, notes


def _is_csv(path: Path, body: bytes, format: str) -> bool:
    """By what is in it: JSON begins with a brace, whatever the file is called."""
    if format != "auto":
        return format == "csv"
    starts_json = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    return not starts_json and (str(path) == STDIN or path.suffix.lower() not in (".json", ".geojson"))


def _flights(body: bytes, tolerances: tuple[int, int, int], notes: list[str]) -> Iterator["Operation"]:
    from openline.formats.flights import read_flights

    read = read_flights(body, _thinning(tolerances))
    for flight in read.flights:
        notes += [f"{flight.callsign}: {text}" for text in flight.notes]
        yield _operation(flight, tolerances)
    notes += [f"{skipped.callsign} is left out: {skipped.reason}" for skipped in read.skipped]


def _thinning(tolerances: tuple[int, int, int]) -> "Bounds":
    """What lies within the tolerances of the positions that stay says nothing more; 0.1 mm is the least."""
    from openline.formats.simplify import Bounds

    lateral, vertical, _ = tolerances
    return Bounds(lateral_dmm=max(lateral, 1), vertical_dmm=max(vertical, 1))


def _operation(flight: Any, tolerances: tuple[int, int, int]) -> "Operation":
    import uuid

    import msgspec

    from openline.airspace.operation import Operation, State

    lateral, vertical, time = tolerances
    trajectory = msgspec.structs.replace(
        flight.trajectory,
        lateral_tolerance_dmm=max(lateral, flight.trajectory.lateral_tolerance_dmm),
        vertical_tolerance_dmm=max(vertical, flight.trajectory.vertical_tolerance_dmm),
        time_tolerance_ms=time,
    )
    name = f"openline flight {flight.callsign} {trajectory.points[0].time_ms}"
    return Operation(
        id=str(uuid.uuid5(uuid.UUID(FLIGHTS), name)),
        version=1,
        state=State.PROPOSED,
        priority=0,
        trajectory=trajectory,
        callsign=flight.callsign,
    )


def _refuse_twice(operations: list["Operation"]) -> None:
    seen: set[str] = set()
    for operation in operations:
        if operation.id in seen:
            text = f"operation {operation.id} is in the files twice"
            raise Invalid("duplicate-id", text, field="id", message=operation.callsign)
        seen.add(operation.id)


def _row(operation: "Operation", result: Any) -> dict[str, Any]:
    import msgspec

    if isinstance(result, OpenlineError):
        return {"operation_id": operation.id, "callsign": operation.callsign, **result.as_dict()}
    return {"callsign": operation.callsign, **msgspec.to_builtins(result)}


def _for_people(rows: list[dict[str, Any]], notes: list[str]) -> None:
    taken = [row for row in rows if "error" not in row]
    refused = [row for row in rows if "error" in row]
    cells = [
        [
            short(row["operation_id"]),
            row["callsign"] or "",
            row["state"],
            len(row["told"]),
            ", ".join(map(short, row["conflicts"])),
            "; ".join(row["notes"]),
        ]
        for row in taken[:SHOWN_AT_MOST]
    ]
    table(
        "Filed", ("operation", "callsign", "state", "told", "conflicts", "notes"), cells, "nothing was filed"
    )
    if len(taken) > SHOWN_AT_MOST:
        say(f"and {len(taken) - SHOWN_AT_MOST} more: openline operations lists them all")
    in_conflict = sum(1 for row in taken if row["conflicts"])
    say(f"{len(taken)} filed, {in_conflict} of them in conflict, {len(refused)} not taken")
    for row in refused:
        _complain(row)
    for text in notes:
        note(text)


def _complain(row: dict[str, Any]) -> None:
    from openline.cli.exits import report

    fault = {name: value for name, value in row.items() if name not in ("operation_id", "callsign")}
    fault.setdefault("message", f"{row['callsign'] or 'operation'} {row['operation_id']}")
    report(fault, as_json=False)
