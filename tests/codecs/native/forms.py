"""The native forms, and what the tests of all of them share.

Place in the house: tests of the native codecs.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from outcrop.codecs.native import (
    ai21_chat,
    ai21_j2,
    claude_text,
    cohere_chat,
    cohere_generate,
    llama,
    llama_4,
    mistral,
    mistral_prompt,
    nova,
    pegasus,
    titan,
)
from outcrop.codecs.table import Dialect
from outcrop.http import Headers
from outcrop.types.accumulate import Accumulator
from outcrop.types.events import Event
from outcrop.types.responses import Response

DIALECTS: tuple[Dialect, ...] = (
    ai21_chat,
    ai21_j2,
    claude_text,
    cohere_chat,
    cohere_generate,
    llama,
    llama_4,
    mistral,
    mistral_prompt,
    nova,
    pegasus,
    titan,
)
"""The type check tells that each has the client's half."""

PROMPTS: tuple[Any, ...] = (
    llama,
    llama_4,
    titan,
    claude_text,
    cohere_generate,
    mistral_prompt,
    ai21_j2,
    pegasus,
)
"""Forms whose body is one prompt."""

CHATS: tuple[Any, ...] = (mistral, ai21_chat, cohere_chat, nova)
"""Forms whose body is a list of messages."""

FORMS: dict[str, Any] = {codec.API: codec for codec in (*PROMPTS, *CHATS)}


def decoded(codec: Any, documents: Iterable[bytes]) -> list[Event]:
    """Read a whole stream."""
    decoder = codec.StreamDecoder()
    found = [event for each in documents for event in decoder.decode("", each)]
    return [*found, *decoder.close()]


def encoded(codec: Any, stream: Iterable[Event]) -> list[bytes]:
    """Write a whole stream."""
    encoder = codec.StreamEncoder()
    written = [each for event in stream for each in encoder.encode(event)]
    written += encoder.close()
    assert {name for name, _ in written} <= {""}
    return [payload for _, payload in written]


def folded(stream: Iterable[Event]) -> Response:
    """Fold a stream into an answer."""
    fold = Accumulator()
    for event in stream:
        fold.add(event)
    return fold.response()


def encode_headers(response: Response) -> Headers:
    """Return what the headers of an answer tell: what it used, and how it was made."""
    usage = response.usage
    told = {
        "input-token-count": usage and usage.input_tokens,
        "output-token-count": usage and usage.output_tokens,
        "cache-read-input-token-count": usage and usage.cache_read_tokens,
        "cache-write-input-token-count": usage and usage.cache_write_tokens,
        "invocation-latency": response.latency_ms,
        "performanceconfig-latency": response.latency,
        "service-tier": response.service_tier,
    }
    given = ((name, value) for name, value in told.items() if value is not None)
    return tuple((f"x-amzn-bedrock-{name}", str(value)) for name, value in given)


def documents(*given: dict[str, Any]) -> list[bytes]:
    """Return the documents of a stream as bytes."""
    return [msgspec.json.encode(each) for each in given]


def said(document: Any) -> Any:
    """Return what a document says: nulls, and empty lists and objects, say nothing."""
    if isinstance(document, dict):
        members = {name: said(value) for name, value in document.items()}
        return {name: value for name, value in members.items() if value not in (None, [], {})}
    if isinstance(document, list):
        return [said(each) for each in document]
    return document
