"""The wires a call can take: which operation, which body, and how its answer is read.

Place in the house: flow. Pure. A `Wire` joins a path of Bedrock with a codec; `flow.call` and
`flow.stream` know nothing of either.

Source: behaviour specification, ROUTE-01 to ROUTE-04, WIRE-06, DEC-01.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec

from outcrop.codecs import converse
from outcrop.codecs.table import dialect
from outcrop.flow.reading import ChunkReader, ConverseReader, Reader
from outcrop.http import Headers
from outcrop.models.ids import ModelId
from outcrop.protocols.percent import encode_segment
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response

_JSON: Final = ("content-type", "application/json")
_FRAMES: Final = ("accept", "application/vnd.amazon.eventstream")


class Operation(msgspec.Struct, frozen=True):
    """How an operation stands on the wire."""

    name: str
    """As AWS names it, for messages."""
    segment: str
    """What follows the model's id in the path."""
    headers: Headers

    def path(self, model: str) -> str:
        """Return the path that asks `model`."""
        return f"/model/{encode_segment(model)}/{self.segment}"


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """One way to ask a model."""

    api: str
    """Name of its codec: what `Response.api` says, and whose `Foreign` values pass."""
    whole: Operation
    streamed: Operation
    encode: Callable[[Request, bool], bytes]
    """Writes a request; the flag tells whether the answer shall be streamed."""
    decode: Callable[[bytes, Headers], Response]
    reader: Callable[[], Reader]
    unsupported: Callable[[Request], tuple[Adjustment, ...]]
    says_no_tools: bool = False
    """Whether it has a word for: no tool may be called."""


CONVERSE: Final = Wire(
    api=converse.API,
    whole=Operation("Converse", "converse", (_JSON, ("accept", "application/json"))),
    streamed=Operation("ConverseStream", "converse-stream", (_JSON, _FRAMES)),
    encode=lambda request, _stream: converse.encode_request(request),
    decode=lambda body, _headers: converse.decode_response(body),
    reader=ConverseReader,
    unsupported=converse.unsupported,
)

_SAY_NO_TOOLS: Final = frozenset({"anthropic", "openai_chat"})
_NATIVE: Final = {"anthropic": "anthropic", "openai": "openai_chat", "meta": "llama"}
_FORCED: Final = {"anthropic": "anthropic", "openai": "openai_chat"}


@cache
def invoke_wire(name: str) -> Wire:
    """Return InvokeModel with a body in the dialect called `name`.

    Raises:
        UnsupportedError: There is no such dialect.
    """
    spoken = dialect(name)
    return Wire(
        api=spoken.API,
        whole=Operation("InvokeModel", "invoke", (_JSON, ("accept", "application/json"))),
        streamed=Operation(
            "InvokeModelWithResponseStream", "invoke-with-response-stream", (_JSON, _FRAMES)
        ),
        encode=lambda request, stream: spoken.encode_request(request, stream=stream, invoke=True),
        decode=spoken.decode_response,
        reader=lambda: ChunkReader(spoken.StreamDecoder()),
        unsupported=spoken.unsupported,
        says_no_tools=name in _SAY_NO_TOOLS,
    )


def choose_wire(api: str, model: ModelId) -> tuple[Wire, tuple[Adjustment, ...]]:
    """Return how `model` is asked, and what had to be set aside of the choice.

    Args:
        api: ``"auto"`` or ``"converse"``; ``"native"``: the model's own body, by its vendor;
            ``"anthropic"``, ``"openai"``: that body, where the model has it.
        model: Who is asked.
    """
    if api == "native":
        name = _NATIVE.get(model.vendor)
        return (invoke_wire(name) if name else CONVERSE), ()
    name = _FORCED.get(api)
    if name is None:
        return CONVERSE, ()
    if model.vendor == api:
        return invoke_wire(name), ()
    detail = f"{model.wire} has no {api} body: it is asked over Converse"
    return CONVERSE, (Adjustment(rule="api_ignored", detail=detail),)
