"""Chat Completions at the runtime's ``/openai/v1``: the model stands in the body.

Place in the house: emulator. Whole, or as server-sent events. Errors are told as OpenAI's clients
expect them; nobody has recorded Bedrock's own on this path.

Source: behaviour specification, EMU-01, ROUTE-03; Amazon Bedrock User Guide, "Invoke a model with
the OpenAI Chat Completions API"; OpenAI API reference, "Create chat completion".
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs import openai_chat
from outcrop.emulator import wordings
from outcrop.emulator.answering import refusal_of
from outcrop.emulator.asgi import Reply
from outcrop.emulator.dialects import Encoder
from outcrop.emulator.engines.echo import MODELS as OWN_MODELS
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import reach_model
from outcrop.errors import BadRequestError
from outcrop.http import Headers
from outcrop.models.catalogue import native_form
from outcrop.types.events import Event, Metadata, StreamFault

_EVENT: Final = b"data: %b\n\n"
_DONE: Final = b"data: [DONE]\n\n"


def read_completion(body: bytes, headers: Headers) -> openai_chat.ChatRequest:
    """Read and check one request.

    Raises:
        Refusal: The body is malformed, or its model does not answer here.
    """
    try:
        asked = openai_chat.decode_request(body, headers)
    except BadRequestError as error:
        where, problem = error.param or "body", error.message
        raise wordings.POINTED.refusal(where=where, problem=problem) from error
    model = asked.request.model
    if not model:
        raise wordings.FIELD_REQUIRED.refusal(where="model")
    reach_model(model)
    if model not in OWN_MODELS and native_form(model) != openai_chat.API:
        raise wordings.NO_CHAT_MODEL.refusal(model=model)
    if asked.n != 1:
        raise wordings.ONE_CHOICE.refusal(n=asked.n)
    return asked


class EventWriter:
    """Writes one streamed answer as server-sent events."""

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
