"""What every native body may hold beside the model's own members, and what headers tell.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Use a guardrail with inference operations; bedrock-runtime
service model, shapes InvokeModelRequest and InvokeModelResponse; behaviour specification, GUARD-01,
CONV-05, CONV-07.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.native.counts import latency_of
from outcrop.codecs.native.members import Members, Path, encode, keep, kept_by, merge, tree
from outcrop.http import Headers, header
from outcrop.types.json import Extra
from outcrop.types.requests import Guardrail, Request

Encoded: TypeAlias = tuple[tuple[str, bytes], ...]
"""Documents of a stream, each with the name of its event, which is always empty here."""

_MODE: Final[Path] = ("amazon-bedrock-guardrailConfig", "streamProcessingMode")
_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {"SYNCHRONOUS": "sync", "ASYNCHRONOUS": "async"}
)
_MODE_WORDS: Final = MappingProxyType({ours: theirs for theirs, ours in _MODES.items()})
_HEADERS: Final = MappingProxyType(
    {
        "latency": "x-amzn-bedrock-performanceconfig-latency",
        "service_tier": "x-amzn-bedrock-service-tier",
    }
)
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encode_body(api: str, named: dict[Path, Any], request: Request) -> bytes:
    """Write the body of a request: what its form says, was kept, and the caller adds by hand.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    mode = None if request.guardrail is None else request.guardrail.stream_mode
    named[_MODE] = None if mode is None else _MODE_WORDS.get(mode, mode)
    document = tree(named, kept_by(api, request.extra))
    fields = request.additional_model_request_fields
    return encode(document if fields is None else merge(document, _OBJECT.decode(fields)))


def decode_rest(api: str, members: Members) -> tuple[Guardrail | None, Extra | None]:
    """Read how a guardrail reads the stream, and keep what nobody took.

    Which guardrail it is stands in the headers.
    """
    mode = members.take(str, _MODE)
    guardrail = None if mode is None else Guardrail(stream_mode=_MODES.get(mode, mode))
    return guardrail, keep(api, members.rest())


def decode_headers(headers: Headers) -> dict[str, Any]:
    """Return the fields of an answer that its headers tell."""
    told = {name: header(headers, key) or None for name, key in _HEADERS.items()}
    return {"latency_ms": latency_of(headers), **told}
