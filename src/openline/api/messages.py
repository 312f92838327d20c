"""GET /api/messages: what was said, in the reader's language; GET /api/words: the words around it."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, lines_meant, misfit, resource, whole_query
from openline.api.journal import USUAL_MESSAGES
from openline.api.services import Services
from openline.journal.entry import Lane
from openline.node.node import Node
from openline.node.reading import Around, Read, last_messages, messages_after
from openline.node.views import Row, lane_named
from openline.phrases.glossary import glossary
from openline.phrases.kinds import phrase_of_fact
from openline.phrases.reader import Preferences, Reader, accepted, in_units, reader_of

MAX_PHRASES: Final = 200
"""Of one answer: they are put into words in the node's own turn, some half a millisecond each."""
HOW_TO_READ = ("language", "height", "distance", "speed", "coordinates")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """html: also as HTML. after: the hash of the message that is known already."""

    accord_id: str | None
    lane: Lane | None
    after: str | None
    limit: int
    html: bool


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        reader, query = reader_asked(given, request), request.query_params
        asked = Asked(
            accord_id=query.get("accord"),
            lane=lane_named(query["lane"]) if "lane" in query else None,
            after=query.get("after"),
            limit=whole_query(request, "limit", USUAL_MESSAGES, MAX_PHRASES),
            html=query.get("html") == "yes",
        )
        return answer(await given.turn(lambda node, _: messages(node, reader, asked)))

    async def words(request: Request) -> Response:
        return answer(glossary(reader_asked(given, request)))

    return [
        Route("/api/messages", resource(show), methods=["GET"]),
        Route("/api/words", resource(words), methods=["GET"]),
    ]


def reader_asked(given: Services, request: Request) -> Reader:
    """The node's settings, then what the browser accepts, then what the query says; the last one counts.

    Raises Invalid ``no-such-language``, ``no-such-units``, ``wrong-type``.
    """
    query = {name: request.query_params[name] for name in HOW_TO_READ if name in request.query_params}
    units = request.query_params.get("units")
    try:
        said = msgspec.convert(query, Preferences)
    except msgspec.ValidationError as fault:
        raise misfit(str(fault)) from None
    together = in_units(units) if units else Preferences()
    header = accepted(request.headers.get("accept-language", ""))
    return reader_of(given.reader, header, together, said)


def messages(node: Node, reader: Reader, asked: Asked) -> list[Row]:
    """The newest last."""
    with node.looking() as (tx, desks, _own):
        meant = list(lines_meant(desks, asked.accord_id).values())
        if asked.after is None:
            found = last_messages(tx, meant, asked.limit, asked.lane)
        else:
            found = messages_after(tx, meant, asked.limit, asked.after, asked.lane)
        return [{**it.row, "phrase": _phrase(it, reader, html=asked.html)} for it in found]


def _phrase(it: Read, reader: Reader, *, html: bool) -> Row:
    entry, around = it.entry, Around(it.desk)
    phrase = phrase_of_fact(it.fact, entry.kind, entry.sender, reader, around, taken_out=it.taken_out)
    return {**phrase.as_dict(), "html": phrase.html} if html else phrase.as_dict()
