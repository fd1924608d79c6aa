"""OpenAI's own SDK as a judge of streams: what it makes of the events that we write.

Place in the house: tests only. No network: a transport that answers with the bytes given.
"""

from typing import Any

import httpx2
from openai import OpenAI
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

_URL = "http://gateway.test/v1"
_EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def checked(sent: list[tuple[str, bytes]]) -> list[Any]:
    """Return the events, each checked member by member."""
    events = [_EVENTS.validate_json(payload, strict=True) for _, payload in sent]
    assert [event.type for event in events] == [name for name, _ in sent]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    return events


def fold(sent: list[tuple[str, bytes]]) -> Any:
    """Return what the SDK's stream helper makes of a stream that is whole; None of another.

    It checks on the way that items and parts come in their places.
    """
    body = b"".join(b"event: %b\ndata: %b\n\n" % (name.encode(), payload) for name, payload in sent)

    def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    transport = httpx2.MockTransport(answer)
    http = httpx2.Client(transport=transport)
    with (
        OpenAI(api_key="none", base_url=_URL, max_retries=0, http_client=http) as client,
        client.responses.stream(model="m", input="Hi") as stream,
    ):
        stream.until_done()
        return stream.get_final_response() if sent[-1][0] == "response.completed" else None
