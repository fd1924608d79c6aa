"""Cohere Command R: answers.

Place in the house: the native codecs. A citation names documents and a span of the answer; what
the canonical `Citation` has no word for stays with it.

Source: Amazon Bedrock User Guide, Cohere Command R and Command R+ models; behaviour specification,
ROUTE-07, DOC-05.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native.beside import decode_headers
from outcrop.codecs.native.cohere_tools import API, decode_call, encode_call
from outcrop.codecs.native.counts import TRACE, complete, usage_of
from outcrop.codecs.native.members import Members, Path, keep, kept_by, tree, write
from outcrop.codecs.native.stops import decode_stop, encode_stop, is_intervened
from outcrop.errors import WireError
from outcrop.http import Headers
from outcrop.types.content import Block, Citation, CitedText, Text, ToolUse
from outcrop.types.responses import Response, Stop, StopKind

_WORDS: Final[Mapping[str, StopKind]] = MappingProxyType(
    {
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "stop",
        "MAX_TOKENS": "length",
        "ERROR_LIMIT": "length",
        "ERROR_TOXIC": "content_filter",
        "ERROR": "error",
    }
)

_IDS: Final = "document_ids"


def decode_response(body: bytes, headers: Headers = ()) -> Response:
    """Read the body of an answer; counts stand in its headers.

    Raises:
        WireError: The body is malformed.
    """
    members = Members(body, WireError)
    text = members.take(str, ("text",)) or ""
    cited = tuple(map(decode_citation, members.take_list(("citations",))))
    calls = decode_calls(members.take_list(("tool_calls",)), prefix_of(members))
    trace = members.take(msgspec.Raw, (TRACE,))
    raw = members.take(str, ("finish_reason",))
    return Response(
        content=(*_said(text, cited), *calls),
        stop=stop_of(raw, calls=bool(calls), intervened=is_intervened(members)),
        usage=usage_of(complete({}, headers)),
        trace=None if trace is None else trace.copy(),
        extra=keep(API, members.rest()),
        **decode_headers(headers),
    )


def _said(text: str, cited: tuple[Citation, ...]) -> tuple[Block, ...]:
    said = (Text(text=text),) if text else ()
    return (CitedText(content=said or None, citations=cited),) if cited else said


def stop_of(raw: str | None, *, calls: bool, intervened: bool) -> Stop:
    """Return why the model stopped: an answer that calls tools is called complete here."""
    stop = decode_stop(raw, _WORDS, intervened=intervened)
    return msgspec.structs.replace(stop, kind="tool_calls") if calls and raw == "COMPLETE" else stop


def prefix_of(members: Members) -> str:
    """Return what the ids of an answer's calls begin with: the wire gives calls none."""
    raw = members.peek("generation_id")
    return msgspec.json.decode(raw, type=str) if bytes(raw)[:1] == b'"' else "call"


def decode_calls(given: tuple[Members, ...], prefix: str, begin: int = 0) -> tuple[ToolUse, ...]:
    """Read the calls of an answer."""
    return tuple(
        decode_call(each, f"{prefix}_{number}") for number, each in enumerate(given, begin)
    )


def decode_citation(members: Members) -> Citation:
    """Read one citation: the first document is its source, everything else is kept."""
    raw = members.peek(_IDS)
    ids = msgspec.json.decode(raw, type=list[str] | None) or []
    return Citation(source=ids[0] if ids else None, extra=keep(API, members.rest()))


def encode_citation(citation: Citation) -> dict[str, Any]:
    """Write one citation."""
    kept = kept_by(API, citation.extra)
    ids = None if citation.source is None else [citation.source]
    return tree({(_IDS,): ids}, kept)


def encode_response(response: Response, *, model: str = "", response_id: str = "") -> bytes:
    """Write the body of an answer; what it used goes into its headers.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    del model, response_id
    return write(answer_members(response), kept_by(API, response.extra))


def answer_members(response: Response) -> dict[Path, Any]:
    """Return what an answer says."""
    calls = [encode_call(call) for call in response.tool_calls]
    return {
        ("text",): response.text,
        ("citations",): [encode_citation(each) for each in response.citations] or None,
        ("tool_calls",): calls or None,
        ("finish_reason",): encode_stop(response.stop, _WORDS),
        (TRACE,): response.trace,
    }
