"""CONFLICT and the dialogue that settles it, in words."""

from collections.abc import Iterator

from openline.coordination.messages import (
    Accept,
    Cancel,
    Closest,
    ConflictStated,
    Counter,
    Kind,
    Proposal,
    Reject,
    Request,
    Revision,
    Standby,
)
from openline.phrases import labels
from openline.phrases.content import Content, headline
from openline.phrases.phrase import Line
from openline.phrases.voice import SHORT_ID, Voice


def conflict(voice: Voice, body: ConflictStated) -> Content:
    flights = {"first": voice.flight(body.first), "second": voice.flight(body.second)}
    return headline(voice, Kind.CONFLICT, body.finding.value, **flights), _conflict_lines(voice, body)


def _conflict_lines(voice: Voice, body: ConflictStated) -> Iterator[Line]:
    if times := voice.times(body.start_ms, body.end_ms):
        yield voice.line(labels.TIMES, times)
    if body.closest is not None:
        yield from _closest(voice, body.closest)
    yield _conflict_id(voice, body.conflict_id)
    yield voice.line(labels.VERSIONS, _both(voice, body.revision))
    yield voice.line(labels.ACCORD_VERSION, voice.number(body.accord_version))


def _closest(voice: Voice, closest: Closest) -> Iterator[Line]:
    yield voice.line(labels.CLOSEST_LATERAL, voice.distance(closest.lateral_dmm))
    yield voice.line(labels.CLOSEST_VERTICAL, voice.difference(closest.vertical_dmm))
    yield voice.line(labels.CLOSEST_TIME, voice.moment(closest.time_ms))
    yield voice.line(labels.CLOSEST_PLACE, voice.position(closest.latitude_e9, closest.longitude_e9))


def _conflict_id(voice: Voice, conflict_id: str) -> Line:
    return voice.line(labels.CONFLICT, conflict_id[:SHORT_ID])


def _both(voice: Voice, revision: Revision) -> str:
    first, second = voice.number(revision.first), voice.number(revision.second)
    return voice.say(labels.FIRST_SECOND, first=first, second=second)


def request(voice: Voice, body: Request) -> Content:
    def lines() -> Iterator[Line]:
        yield _proposal(voice, body.proposal)
        yield _conflict_id(voice, body.conflict_id)
        yield voice.line(labels.PLACES, _both(voice, body.places))
        yield from voice.citation(body.follows)

    return headline(voice, Kind.REQUEST, "again" if body.follows else "first"), lines()


def counter(voice: Voice, body: Counter) -> Content:
    return headline(voice, Kind.CDN), [_proposal(voice, body.proposal), *_about(voice, body)]


def accept(voice: Voice, body: Accept) -> Content:
    return headline(voice, Kind.ACP), _about(voice, body)


def reject(voice: Voice, body: Reject) -> Content:
    reason = voice.line(labels.REASON, voice.word(body.reason))
    return headline(voice, Kind.RJC), [reason, *_about(voice, body)]


def standby(voice: Voice, body: Standby) -> Content:
    return headline(voice, Kind.SBY, time=voice.moment(body.until_ms)), _about(voice, body)


def cancel(voice: Voice, body: Cancel) -> Content:
    return headline(voice, Kind.CANCEL), _about(voice, body)


def _about(voice: Voice, body: Accept | Reject | Standby | Counter | Cancel) -> Iterator[Line]:
    yield from voice.citation(body.answers)
    yield _conflict_id(voice, body.conflict_id)


_CHANGES = {
    (0, 0): labels.AS_FILED,
    (1, 0): labels.LATER,
    (-1, 0): labels.EARLIER,
    (0, 1): labels.HIGHER,
    (0, -1): labels.LOWER,
    (1, 1): labels.LATER_HIGHER,
    (1, -1): labels.LATER_LOWER,
    (-1, 1): labels.EARLIER_HIGHER,
    (-1, -1): labels.EARLIER_LOWER,
}
"""By the signs of delay and climb: a whole sentence each, so that no language has to glue two together."""


def _proposal(voice: Voice, proposal: Proposal) -> Line:
    values = {
        "flight": voice.flight(proposal.notice_id),
        "duration": voice.duration(proposal.delay_ms),
        "height": voice.difference(abs(proposal.climb_dmm)),
    }
    change = _CHANGES[_sign(proposal.delay_ms), _sign(proposal.climb_dmm)]
    return voice.line(labels.PROPOSAL, voice.say(change, **values))


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
