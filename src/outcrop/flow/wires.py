"""The wires a call can take: which operation, which body, and how its answer is read.

Place in the house: flow. Pure. A `Wire` joins a path of Bedrock with a codec; `flow.call` and
`flow.stream` know nothing of either.

Source: behaviour specification, ROUTE-01 to ROUTE-04, ROUTE-07, WIRE-06, DEC-01.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec

from outcrop.codecs import converse
from outcrop.codecs.table import dialect
from outcrop.flow.reading import ChunkReader, ConverseReader, Reader, ServerEventReader
from outcrop.http import Headers
from outcrop.models.catalogue import native_form
from outcrop.models.families import purpose_of
from outcrop.models.ids import ModelId
from outcrop.protocols.percent import encode_segment
from outcrop.types.content import Foreign
from outcrop.types.requests import Request, Sampling
from outcrop.types.responses import Adjustment, Response

_JSON: Final = ("content-type", "application/json")
_DOCUMENT: Final = ("accept", "application/json")
_SERVER_EVENTS: Final = ("accept", "text/event-stream")
_FRAMES: Final = ("accept", "application/vnd.amazon.eventstream")


class Operation(msgspec.Struct, frozen=True):
    """How an operation stands on the wire."""

    name: str
    """As AWS names it, for messages."""
    path: Callable[[str], str]
    """Returns the path that asks a model."""
    headers: Headers


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
    carried: frozenset[str] = frozenset()
    """Members of a request that stand in headers, beside the body."""
    guards: bool = True
    """Whether a guardrail can be asked for at all."""
    says_no_tools: bool = False
    """Whether it has a word for: no tool may be called."""


def _under_model(segment: str) -> Callable[[str], str]:
    return lambda model: f"/model/{encode_segment(model)}/{segment}"


CONVERSE: Final = Wire(
    api=converse.API,
    whole=Operation("Converse", _under_model("converse"), (_JSON, _DOCUMENT)),
    streamed=Operation("ConverseStream", _under_model("converse-stream"), (_JSON, _FRAMES)),
    encode=lambda request, _stream: converse.encode_request(request),
    decode=lambda body, _headers: converse.decode_response(body),
    reader=ConverseReader,
    unsupported=converse.unsupported,
)

_BESIDE_INVOKE: Final = frozenset({"guardrail", "latency", "service_tier", "request_metadata"})
_BESIDE_HTTP: Final = {"openai_chat": frozenset({"guardrail"})}
_SAY_NO_TOOLS: Final = frozenset({"anthropic", "openai_chat"})
_NATIVE: Final = frozenset({"anthropic", "openai", "meta"})
"""Vendors whose own body ``native`` means; others are asked over Converse (ROUTE-03)."""
_PATHS: Final = {
    "openai_chat": ("ChatCompletions", "/openai/v1/chat/completions"),
    "openai_responses": ("Responses", "/openai/v1/responses"),
}
_ONLY_MESSAGES: Final = frozenset({"context_management", "container", "mcp_servers"})
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FORCED: Final = {
    "anthropic": "anthropic",
    "openai": "openai_chat",
    "responses": "openai_responses",
}
_VENDORS: Final = {"anthropic": "anthropic", "openai": "openai", "responses": "openai"}
"""Whose models have the API that was chosen."""


@cache
def invoke_wire(name: str) -> Wire:
    """Return InvokeModel with a body in the dialect called `name`.

    Raises:
        UnsupportedError: There is no such dialect.
    """
    spoken = dialect(name)
    return Wire(
        api=spoken.API,
        whole=Operation("InvokeModel", _under_model("invoke"), (_JSON, _DOCUMENT)),
        streamed=Operation(
            "InvokeModelWithResponseStream",
            _under_model("invoke-with-response-stream"),
            (_JSON, _FRAMES),
        ),
        encode=lambda request, stream: spoken.encode_request(request, stream=stream, invoke=True),
        decode=spoken.decode_response,
        reader=lambda: ChunkReader(spoken.StreamDecoder()),
        unsupported=spoken.unsupported,
        carried=_BESIDE_INVOKE,
        says_no_tools=name in _SAY_NO_TOOLS,
    )


@cache
def http_wire(name: str) -> Wire:
    """Return the path of bedrock-runtime that speaks the dialect called `name` over plain HTTP.

    Raises:
        UnsupportedError: There is no such dialect.
    """
    spoken = dialect(name)
    title, path = _PATHS[name]
    return Wire(
        api=spoken.API,
        whole=Operation(title, lambda _model: path, (_JSON, _DOCUMENT)),
        streamed=Operation(title, lambda _model: path, (_JSON, _SERVER_EVENTS)),
        encode=lambda request, stream: spoken.encode_request(request, stream=stream, invoke=False),
        decode=spoken.decode_response,
        reader=lambda: ServerEventReader(spoken.StreamDecoder()),
        unsupported=spoken.unsupported,
        carried=_BESIDE_HTTP.get(name, frozenset()),
        guards="guardrail" in _BESIDE_HTTP.get(name, ()),
        says_no_tools=True,
    )


def choose_wire(api: str, model: ModelId) -> tuple[Wire | None, tuple[Adjustment, ...]]:
    """Return how `model` is asked, and what had to be set aside of the choice.

    Args:
        api: ``"auto"`` leaves it to each request: None; ``"converse"``; ``"native"``: the model's
            own body, by its vendor; ``"anthropic"``, ``"openai"``: that body, where it has it;
            ``"responses"``: the Responses API, where it has that.
        model: Who is asked.
    """
    if api == "auto":
        return None, ()
    if purpose_of(model.wire) not in {None, "text"}:
        # What does not converse is asked by its own body whatever was chosen: nothing is set aside.
        return CONVERSE, ()
    if api == "native":
        form = native_form(model.wire) if model.vendor in _NATIVE else ""
        return (invoke_wire(form) if form else CONVERSE), ()
    name = _FORCED.get(api)
    if name is None:
        return CONVERSE, ()
    if model.vendor == _VENDORS[api]:
        return (http_wire if api == "responses" else invoke_wire)(name), ()
    detail = f"{model.wire} has no {api} body: it is asked over Converse"
    return CONVERSE, (Adjustment(rule="api_ignored", detail=detail),)


def wire_for(request: Request, vendor: str) -> Wire:
    """Return the wire that carries a request where nobody chose one (ROUTE-01, ROUTE-02).

    Converse, unless the request says what only the vendor's own dialect has a word for.

    Args:
        request: What is asked.
        vendor: Whose model is asked.
    """
    if vendor == "openai" and _wants_chat(request.sampling):
        return http_wire("openai_chat")
    if vendor == "anthropic" and _wants_messages(request):
        return invoke_wire("anthropic")
    return CONVERSE


def _wants_chat(sampling: Sampling) -> bool:
    wanted = (
        sampling.seed,
        sampling.logprobs,
        sampling.logit_bias,
        sampling.presence_penalty,
        sampling.frequency_penalty,
    )
    return any(value is not None for value in wanted)


def _wants_messages(request: Request) -> bool:
    if any(isinstance(tool, Foreign) and tool.api == "anthropic" for tool in request.tools):
        return True
    fields = request.additional_model_request_fields
    return fields is not None and not _ONLY_MESSAGES.isdisjoint(_members.decode(fields))
