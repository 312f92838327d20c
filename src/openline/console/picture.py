"""The picture: what both sides have told, and where it meets, as one SVG. A pure function of what it is
given.

It carries no script, no style sheet and no outside reference, so it is the same in a file, in a report
and on the page.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from openline.accord.notice import Notice
from openline.accord.shapes import Disc
from openline.airspace.geodesy import direct
from openline.console import chart, furniture
from openline.console.chart import Ink, circle, group, line
from openline.console.projection import Path, Sheet, followed, sheet_for
from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.passed_view import Passed
from openline.coordination.told import Told
from openline.units import E9_PER_DEGREE, datetime_from_ms, metres_from_dmm

WIDTH: Final = 1200.0
HEIGHT: Final = 800.0
Shown = Told | Passed

MOST_DRAWN: Final = 5_000
"""Operations in one picture, the latest; more would be a blot. The legend says how many are left out."""


class Sight(msgspec.Struct, frozen=True):
    """One operation, ready to be drawn."""

    told: Shown
    paths: tuple[Path, ...]
    outlines: tuple[Path, ...]


def picture_svg(
    told: Sequence[Shown],
    conflicts: Sequence[ConflictView],
    *,
    us: str,
    title: str = "",
    exercise: bool = False,
    now_ms: int | None = None,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> str:
    """told: the operations of both parties, and what a partner passed on; us: whose picture it is (its own
    colour); now_ms: shown where given.

    Trajectories are lines, volumes outlines; conflict points are a diamond where open, a ring where
    agreed, a cross where gone. Operations that have ended are drawn faint.
    """
    shown = sorted(told, key=lambda it: it.notice.start_ms)[-MOST_DRAWN:]
    sights = [_sight(it) for it in shown]
    sheet = sheet_for([path for it in sights for path in (*it.paths, *it.outlines)], width, height)
    parts = [
        chart.background(width, height),
        furniture.graticule(sheet),
        *(_drawn(sight, sheet, own=sight.told.party == us) for sight in _own_on_top(sights, us)),
        *_conflict_points(conflicts, sheet),
        furniture.scale_bar(sheet),
        furniture.legend(sheet, _legend(told, conflicts, us)),
        furniture.heading(sheet, title or us, _span(shown, now_ms), len(told) - len(shown)),
        furniture.exercise_mark(sheet) if exercise else "",
    ]
    label = f"{len(told)} operations and {len(conflicts)} conflicts as {us} sees them"
    return chart.document(width, height, label, parts)


def _own_on_top(sights: Iterable[Sight], us: str) -> list[Sight]:
    return sorted(sights, key=lambda it: (it.told.live, it.told.off_nominal, it.told.party == us))


# From a notice to paths


def _sight(told: Shown) -> Sight:
    notice = told.notice
    paths = []
    if notice.trajectory is not None:
        points = notice.trajectory.points
        paths.append(followed(_degrees([(it.lat_e9, it.lon_e9) for it in points]), closed=False))
    return Sight(told, tuple(paths), tuple(_outlines(notice)))


def _outlines(notice: Notice) -> Iterable[Path]:
    for volume in (*notice.volumes, *notice.off_nominal_volumes):
        shape = volume.shape
        if isinstance(shape, Disc):
            azimuths = np.arange(0.0, 360.0, 6.0)
            centre = _degrees([(shape.center.lat_e9, shape.center.lon_e9)])
            yield direct(centre[0][0], centre[1][0], azimuths, metres_from_dmm(shape.radius_dmm))
        else:
            yield followed(_degrees([(it.lat_e9, it.lon_e9) for it in shape.vertices]), closed=True)


def _degrees(places: Sequence[tuple[int, int]]) -> Path:
    both = np.array(places, dtype=np.float64) / E9_PER_DEGREE
    return both[:, 0], both[:, 1]


# Drawing


def _drawn(sight: Sight, sheet: Sheet, *, own: bool) -> str:
    told = sight.told
    ink = Ink.OFF_NOMINAL if told.off_nominal else _ink(told, own=own)
    strength = 0.22 if not told.live else 0.95 if told.off_nominal else 0.75
    parts = [line(sheet.place(*path), ink, closed=True) for path in sight.outlines]
    parts += [line(sheet.place(*path), ink) for path in sight.paths]
    parts += [_end(sheet, path, ink) for path in sight.paths]
    return group(parts, ink, strength=strength, title=_words(told), dash=_dash(told))


def _ink(told: Shown, *, own: bool) -> Ink:
    return Ink.PASSED_ON if isinstance(told, Passed) else Ink.OWN if own else Ink.PARTNER


def _dash(told: Shown) -> str:
    if isinstance(told, Passed):
        return furniture.PASSED_ON_DASH
    return furniture.PROPOSED_DASH if told.notice.state == "Proposed" else ""


def _end(sheet: Sheet, path: Path, ink: Ink) -> str:
    """A dot where it arrives, so that one sees which way it goes."""
    x, y = sheet.place(path[0][-1:], path[1][-1:])
    return circle(float(x[0]), float(y[0]), 1.8, fill=ink.value)


def _words(told: Shown) -> str:
    notice = told.notice
    name = notice.callsign or told.notice_id[:8]
    span = _clock_span(notice.start_ms, notice.end_ms)
    return f"{name} ({_whose(told)}), {notice.state}, version {notice.version}, {span}"


def _whose(told: Shown) -> str:
    return f"{told.origin}, told by {told.party}" if isinstance(told, Passed) else told.party


def _conflict_points(conflicts: Iterable[ConflictView], sheet: Sheet) -> list[str]:
    """Open ones last, so that nothing lies over them."""
    weight = {ConflictStatus.GONE: 0, ConflictStatus.AGREED: 1, ConflictStatus.OPEN: 2}
    points = []
    for view in sorted(conflicts, key=lambda it: (weight[it.status], it.conflict_id)):
        closest = view.stated.closest
        if closest is None:
            continue
        x, y = sheet.place(*_degrees([(closest.latitude_e9, closest.longitude_e9)]))
        names = " and ".join(it.notice.callsign or it.notice_id[:8] for it in (view.first, view.second))
        label = f"{names}: {view.status.value}, dialogue {view.dialogue.state.value}"
        points.append(furniture.conflict_point(float(x[0]), float(y[0]), view.status, label))
    return points


# Words


def _legend(told: Sequence[Shown], conflicts: Sequence[ConflictView], us: str) -> list[tuple[str, str]]:
    """What each sign means, with how many there are."""
    whose = sorted({_teller(it) for it in told}, key=lambda name: (name != us, name))
    passed = {_teller(it) for it in told if isinstance(it, Passed)}
    rows = [
        ("passed" if name in passed else "own" if name == us else "partner", _count(told, name))
        for name in whose
    ]
    proposed = sum(1 for it in told if it.notice.state == "Proposed")
    rows += [("proposed", f"proposed: {proposed:,}")] if proposed else []
    for status in (ConflictStatus.OPEN, ConflictStatus.AGREED, ConflictStatus.GONE):
        count = sum(1 for view in conflicts if view.status is status)
        rows.append((status.value, f"{count:,} {'conflict' if count == 1 else 'conflicts'} {status.value}"))
    return rows


def _teller(told: Shown) -> str:
    return f"{told.origin} by {told.party}" if isinstance(told, Passed) else told.party


def _count(told: Sequence[Shown], whose: str) -> str:
    live = sum(1 for it in told if _teller(it) == whose and it.live)
    over = sum(1 for it in told if _teller(it) == whose) - live
    return f"{whose}: {live:,} live" + (f", {over:,} ended" if over else "")


def _span(told: Sequence[Shown], now_ms: int | None) -> str:
    words = []
    if told:
        words.append(
            _clock_span(min(it.notice.start_ms for it in told), max(it.notice.end_ms for it in told))
        )
    if now_ms is not None:
        words.append(f"at {datetime_from_ms(now_ms):%H:%M:%S}")
    return ", ".join(words)


def _clock_span(start_ms: int, end_ms: int) -> str:
    start, end = datetime_from_ms(start_ms), datetime_from_ms(end_ms)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%-d %b %H:%M}"
    return f"{start:%-d %b %Y %H:%M} to {until} UTC"
