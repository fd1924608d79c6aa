"""The gateway as bytes: requests over outcrop's own transport, replies unread by any SDK.

Place in the house: tests only. The transport has tests of its own, against h11 and raw sockets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from outcrop.http import Headers, HttpRequest, HttpResponse, Timeouts
from outcrop.protocols.endpoints import parse_base_url
from outcrop.transport.blocking import Network, NetworkStream
from tests.gateway.stage import MODEL, PATIENCE_S

CHAT = "/v1/chat/completions"


def request(
    url: str, method: str, target: str, *, headers: Headers = (), body: bytes = b""
) -> HttpRequest:
    return HttpRequest(
        method=method,
        origin=parse_base_url(url, "gateway").origin,
        target=target,
        headers=headers,
        body=body,
        timeouts=Timeouts(first_byte_s=PATIENCE_S, idle_s=PATIENCE_S),
    )


def question(url: str, said: str, *, headers: Headers = (), **members: Any) -> HttpRequest:
    """Return a request for a chat completion."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": said}]} | members
    return request(url, "POST", CHAT, headers=headers, body=msgspec.json.encode(body))


def fetch(asked: HttpRequest) -> HttpResponse:
    """Return the whole reply to one request, over a connection of its own."""
    network = Network()
    try:
        return network.exchange(asked)
    finally:
        network.close()


class Arriving:
    """A reply that is read piece by piece; remembers all of it."""

    def __init__(self, stream: NetworkStream) -> None:
        self.status = stream.head.status
        self.headers = dict(stream.head.headers)
        self.text = ""
        self._stream = stream

    def until(self, wanted: str) -> str:
        """Read until `wanted` has arrived; return everything by then."""
        while wanted not in self.text:
            piece = self._stream.read()
            assert piece, f"the stream ended without {wanted!r}: {self.text}"
            self.text += piece.decode()
        return self.text

    def rest(self) -> str:
        """Read to the end; return everything."""
        while piece := self._stream.read():
            self.text += piece.decode()
        return self.text

    def events(self) -> list[Any]:
        """Read to the end; return the data of every event, JSON decoded."""
        blocks = self.rest().removesuffix("\n\n").split("\n\n")
        data = [block.removeprefix("data: ") for block in blocks if not block.startswith(":")]
        return [each if each == "[DONE]" else msgspec.json.decode(each) for each in data]

    def leave(self) -> None:
        """Close the socket."""
        self._stream.close()


@contextmanager
def opened(asked: HttpRequest) -> Iterator[Arriving]:
    """Send a request, and give its reply once the head is here."""
    network = Network()
    try:
        yield Arriving(network.open(asked))
    finally:
        network.close()


def text_of(events: list[Any], index: int = 0) -> str:
    """Return what one of the answers said, of the events of a stream."""
    choices = [
        choice for event in events if event != "[DONE]" for choice in event.get("choices", ())
    ]
    return "".join(
        choice["delta"].get("content") or "" for choice in choices if choice["index"] == index
    )
