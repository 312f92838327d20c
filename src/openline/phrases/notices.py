"""NOTICE, PASSED_ON and FINER in words: which flight, how it stands, where and when it is."""

from collections.abc import Iterator, Sequence

from openline.accord.notice import Notice, NoticePoint, NoticeTrajectory, NoticeVolume
from openline.accord.shapes import Disc, Point
from openline.airspace.operation import State
from openline.coordination.messages import Finer, Kind
from openline.coordination.passing import PassedOn
from openline.phrases import labels
from openline.phrases.content import Content, headline
from openline.phrases.phrase import Line
from openline.phrases.voice import MAX_LISTED, SHORT_ID, Voice


def notice(voice: Voice, body: Notice) -> Content:
    said = headline(voice, Kind.NOTICE, body.state.value, flight=_name(voice, body))
    return said, (*_notice_lines(voice, body), *_standing(voice, body), *_geometry_of(voice, body))


def passed_on(voice: Voice, body: PassedOn) -> Content:
    """Whose it is stands in the headline: it is not the sender's."""
    told = body.notice
    case = "withdrawn" if body.withdrawn else "ended" if told.state is State.ENDED else "told"
    said = headline(voice, Kind.PASSED_ON, case, flight=_name(voice, told), origin=body.origin)
    return said, _passed_lines(voice, body)


def _passed_lines(voice: Voice, body: PassedOn) -> Iterator[Line]:
    yield voice.line(labels.ORIGIN, body.origin)
    yield voice.line(labels.STATUS, voice.word(body.notice.state))
    if body.further:
        yield voice.line(labels.MAY_GO_FURTHER, voice.number(body.further))
    yield from _notice_lines(voice, body.notice)
    if body.notice.keeps_place or body.notice.agreed:
        # It may say neither, and is rejected for it; what was signed is shown all the same.
        yield from _standing(voice, body.notice)
    yield from _geometry_of(voice, body.notice)


def _name(voice: Voice, body: Notice) -> str:
    if body.callsign:
        return voice.say(labels.FLIGHT_NAME, callsign=body.callsign, notice=body.notice_id[:SHORT_ID])
    return voice.flight(body.notice_id)


def _notice_lines(voice: Voice, body: Notice) -> Iterator[Line]:
    heights = _heights_of(body)
    if times := voice.times(body.start_ms, body.end_ms):
        yield voice.line(labels.TIMES, times)
    if span := voice.heights(min(heights), max(heights)):
        yield voice.line(labels.HEIGHTS, span)
    if body.aircraft_type is not None:
        yield voice.line(labels.AIRCRAFT_TYPE, body.aircraft_type)
    if body.priority is not None:
        yield voice.line(labels.PRIORITY, voice.number(body.priority))
    yield voice.line(labels.VERSION, voice.number(body.version))


def _standing(voice: Voice, body: Notice) -> Iterator[Line]:
    if body.version > 1 or body.keeps_place:
        yield voice.line(
            labels.STANDING, voice.say(labels.KEEPS_PLACE if body.keeps_place else labels.NEW_PLACE)
        )
    yield from voice.citation(body.agreed, labels.CARRIES_OUT)


def _geometry_of(voice: Voice, body: Notice) -> Iterator[Line]:
    yield from _geometry(voice, body.volumes, body.off_nominal_volumes, body.trajectory)


def _heights_of(body: Notice) -> list[int]:
    volumes = (*body.volumes, *body.off_nominal_volumes)
    heights = [height for volume in volumes for height in (volume.lower_dmm, volume.upper_dmm)]
    path = body.trajectory
    if path is not None:
        slack = path.vertical_tolerance_dmm
        heights += [point.height_dmm - slack for point in path.points]
        heights += [point.height_dmm + slack for point in path.points]
    return heights


def finer(voice: Voice, body: Finer) -> Content:
    case = "there" if body.volumes or body.trajectory else "elsewhere"
    return headline(voice, Kind.FINER, case, flight=voice.flight(body.notice_id)), _finer_lines(voice, body)


def _finer_lines(voice: Voice, body: Finer) -> Iterator[Line]:
    yield voice.line(labels.CONFLICT, body.conflict_id[:SHORT_ID])
    first, second = voice.number(body.revision.first), voice.number(body.revision.second)
    yield voice.line(labels.VERSIONS, voice.say(labels.FIRST_SECOND, first=first, second=second))
    yield from _geometry(voice, body.volumes, (), body.trajectory)


def _geometry(
    voice: Voice,
    volumes: Sequence[NoticeVolume],
    off_nominal: Sequence[NoticeVolume],
    trajectory: NoticeTrajectory | None,
) -> Iterator[Line]:
    """Areas are numbered through, as they are when they are read back."""
    areas = [(labels.AREA, volume) for volume in volumes]
    areas += [(labels.DEVIATION_AREA, volume) for volume in off_nominal]
    for number, (label, volume) in enumerate(areas[:MAX_LISTED], start=1):
        yield voice.line(label, _area(voice, volume), number=voice.number(number))
    yield from voice.more(len(areas))
    if trajectory is not None:
        yield from _route(voice, trajectory)


def _area(voice: Voice, volume: NoticeVolume) -> str:
    around = {
        "heights": voice.heights(volume.lower_dmm, volume.upper_dmm) or "",
        "times": voice.times(volume.start_ms, volume.end_ms) or "",
    }
    shape = volume.shape
    if isinstance(shape, Disc):
        radius, centre = voice.distance(shape.radius_dmm), _point(voice, shape.center)
        return voice.say(labels.CIRCLE, radius=radius, position=centre, **around)
    corners = [_point(voice, point) for point in shape.vertices[:MAX_LISTED]]
    if len(shape.vertices) > MAX_LISTED:
        corners.append(voice.count(labels.MORE_LEFT, len(shape.vertices) - MAX_LISTED))
    together = voice.listed(corners)
    return voice.count(labels.OUTLINE, len(shape.vertices), corners=together, **around)


def _route(voice: Voice, trajectory: NoticeTrajectory) -> Iterator[Line]:
    points = trajectory.points
    yield voice.line(labels.ROUTE, voice.count(labels.POINTS, len(points)))
    for number, point in enumerate(points[:MAX_LISTED], start=1):
        yield voice.line(labels.POINT, _leg_point(voice, point), number=voice.number(number))
    yield from voice.more(len(points))
    tolerance = voice.say(
        labels.TOLERANCE,
        lateral=voice.distance(trajectory.lateral_tolerance_dmm),
        vertical=voice.difference(trajectory.vertical_tolerance_dmm),
        time=voice.duration(trajectory.time_tolerance_ms),
    )
    yield voice.line(labels.TOLERANCES, tolerance)


def _leg_point(voice: Voice, point: NoticePoint) -> str:
    return voice.say(
        labels.LEG_POINT,
        position=_point(voice, point.place()),
        height=voice.height(point.height_dmm),
        time=voice.moment(point.time_ms),
    )


def _point(voice: Voice, point: Point) -> str:
    return voice.position(point.lat_e9, point.lon_e9)
