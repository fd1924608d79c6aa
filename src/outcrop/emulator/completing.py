"""OpenAI's APIs at the runtime's ``/openai/v1``: the model stands in the body.

Place in the house: emulator. Chat Completions and Responses, whole or as server-sent events. Errors
are told as OpenAI's clients expect them; nobody has recorded Bedrock's own on these paths.

Source: behaviour specification, EMU-01, ROUTE-03, ROUTE-06; Amazon Bedrock User Guide, "Invoke a
model with the OpenAI Chat Completions API"; OpenAI API reference; recordings of bedrock-mantle.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs import openai_chat, openai_responses
from outcrop.emulator import wordings
from outcrop.emulator.answering import Writer, refusal_of
from outcrop.emulator.asgi import Reply
from outcrop.emulator.dialects import CHAT, Encoder, Letterhead
from outcrop.emulator.engines.echo import MODELS as OWN_MODELS
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import reach_model
from outcrop.errors import BadRequestError
from outcrop.http import Headers
from outcrop.models.catalogue import native_form
from outcrop.models.ids import parse_model_id
from outcrop.types.events import Event, Metadata, StreamFault
from outcrop.types.json import Extra
from outcrop.types.requests import Request
from outcrop.types.responses import Response

_EVENT: Final = b"data: %b\n\n"
_NAMED: Final = b"data: %b\nevent: %b\n\n"
"""The name comes after the data, as recorded."""
_DONE: Final = b"data: [DONE]\n\n"
_RESPONDING: Final = frozenset({"us", "global", "us-gov"})
"""Prefixes of the profiles that answer Responses at the runtime (ROUTE-06)."""
_NOT_DONE: Final = frozenset({"background", "conversation", "prompt"})
_NOTHING: Final = frozenset({b"null", b"false"})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and how the answer is written."""

    request: Request
    stream: bool
    encode: Callable[[Response, Letterhead], bytes]
    writer: Callable[[Letterhead], Writer]


Reader: TypeAlias = Callable[[bytes, Headers], Asked]
"""Reads the body of a request, and the headers that came with it."""


def read_completion(body: bytes, headers: Headers) -> Asked:
    """Read and check a request for Chat Completions.

    Raises:
        Refusal: The body is malformed, or its model does not answer here.
    """
    try:
        asked = openai_chat.decode_request(body, headers)
    except BadRequestError as error:
        raise _malformed(error) from error
    model = asked.request.model
    _reach(model)
    if asked.n != 1:
        raise wordings.ONE_CHOICE.refusal(n=asked.n)
    return Asked(
        request=asked.request,
        stream=asked.stream,
        encode=CHAT.encode,
        writer=lambda head: ChunkWriter(CHAT.encoder(head), include_usage=asked.include_usage),
    )


def read_responses(body: bytes, _headers: Headers) -> Asked:
    """Read and check a request for Responses.

    Raises:
        Refusal: The body is malformed, its model does not answer here, or it goes on from an answer
            that was kept: the emulator keeps none.
    """
    try:
        asked = openai_responses.decode_request(body, native=True)
    except BadRequestError as error:
        raise _malformed(error) from error
    request = asked.request
    _reach(request.model)
    if request.model not in OWN_MODELS and parse_model_id(request.model).geo not in _RESPONDING:
        raise wordings.NO_OPENAI_MODEL.refusal(model=request.model)
    if asked.previous_response_id is not None:
        raise wordings.NOT_KEPT.refusal(response=asked.previous_response_id)
    for name in sorted(_NOT_DONE & _members_of(request.extra).keys()):
        raise wordings.POINTED.refusal(where=name, problem="the emulator does not do this")
    return Asked(
        request=request,
        stream=asked.stream,
        encode=lambda response, head: openai_responses.encode_response(
            response, **_response(head, request)
        ),
        writer=lambda head: EventWriter(openai_responses.StreamEncoder(**_response(head, request))),
    )


def _members_of(extra: Extra | None) -> Mapping[str, msgspec.Raw]:
    members = {} if extra is None else extra.members
    return {name: raw for name, raw in members.items() if bytes(raw) not in _NOTHING}


def _response(head: Letterhead, asked: Request) -> dict[str, Any]:
    response_id = f"resp_{head.request_id.replace('-', '')}"
    facts = {"model": head.model, "created": head.created, "asked": asked}
    return facts | {"response_id": response_id}


def _malformed(error: BadRequestError) -> Refusal:
    where = error.param or "body"
    problem = error.message.removeprefix(f"{where}: ")
    return wordings.POINTED.refusal(where=where, problem=problem)


def _reach(model: str) -> None:
    if not model:
        raise wordings.FIELD_REQUIRED.refusal(where="model")
    reach_model(model)
    if model not in OWN_MODELS and native_form(model) != openai_chat.API:
        raise wordings.NO_OPENAI_MODEL.refusal(model=model)


class ChunkWriter:
    """Writes one streamed answer of Chat Completions."""

    def __init__(self, encoder: Encoder, *, include_usage: bool) -> None:
        """Take what writes the chunks, and whether the last one tells the counts."""
        self._encoder = encoder
        self._include_usage = include_usage

    def write(self, event: Event) -> Iterator[bytes]:
        """Yield what one event adds."""
        if isinstance(event, StreamFault):
            yield _EVENT % encode_failure(refusal_of(event))
        elif self._include_usage or not isinstance(event, Metadata):
            for _, payload in self._encoder.encode(event):
                yield _EVENT % payload

    def close(self) -> Iterator[bytes]:
        """Yield what ends the body."""
        for _, payload in self._encoder.close():
            yield _EVENT % payload
        yield _DONE

    def corrupt(self, piece: bytes) -> bytes:
        """Return the piece as it is: these events carry no checksum."""
        return piece


class EventWriter:
    """Writes one streamed answer of Responses, whose events tell of failure themselves."""

    def __init__(self, encoder: openai_responses.StreamEncoder) -> None:
        """Take what writes the events."""
        self._encoder = encoder

    def write(self, event: Event) -> Iterator[bytes]:
        """Yield what one event adds."""
        return (_NAMED % (payload, name.encode()) for name, payload in self._encoder.encode(event))

    def close(self) -> Iterator[bytes]:
        """Yield the end of an answer whose counts were never told."""
        return (_NAMED % (payload, name.encode()) for name, payload in self._encoder.end())

    def corrupt(self, piece: bytes) -> bytes:
        """Return the piece as it is: these events carry no checksum."""
        return piece


_TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "invalid_request_error",
        403: "permission_error",
        404: "invalid_request_error",
        408: "timeout",
        429: "rate_limit_error",
        503: "overloaded_error",
    }
)


def encode_failure(refusal: Refusal) -> bytes:
    """Write an error as OpenAI's clients expect it."""
    kind = _TYPES.get(refusal.status, "server_error")
    error: dict[str, Any] = {
        "message": refusal.message,
        "type": kind,
        "param": None,
        "code": refusal.code,
    }
    return msgspec.json.encode({"error": error})


def failure_reply(refusal: Refusal, headers: tuple[tuple[str, str], ...]) -> Reply:
    """Return the reply to a request that is refused."""
    retry = refusal.retry_after_s
    extra = () if retry is None else (("retry-after", f"{retry:g}"),)
    told = ("x-amzn-errortype", f"{refusal.code}:{refusal.speaker}")
    return Reply(
        status=refusal.status, headers=(*headers, told, *extra), body=encode_failure(refusal)
    )
