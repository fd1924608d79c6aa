"""The pieces of an answer, alike in a whole message and in a stream.

Place in the house: OpenAI Chat codec. What Chat has a form for is written in it; what OpenRouter
made a habit (``reasoning_details``, ``images``) in that; everything else in ``outcrop``, so that
nothing the model said is lost.

Source: OpenAI API reference, "The chat completion object"; behaviour specification, OAI-15,
OAI-16, the stop table of section 7, TOOL-07.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.openai_chat.blocks import encode_value
from outcrop.types.content import (
    S3,
    Citation,
    Foreign,
    Image,
    Inline,
    Reasoning,
    RedactedReasoning,
    ToolUse,
    Url,
    WebLocation,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Stop, StopKind

Entry: TypeAlias = dict[str, Any]
"""A JSON object, written."""

_FINISH: Final[Mapping[StopKind, str]] = MappingProxyType(
    {
        "stop": "stop",
        "tool_calls": "tool_calls",
        "length": "length",
        "content_filter": "content_filter",
        "error": "stop",
        "other": "stop",
    }
)


def finish_reason(stop: Stop, *, calls: bool, legacy: bool = False) -> str:
    """Say in OpenAI's words why the model stopped.

    Args:
        stop: Why it did.
        calls: Whether there is a call for the client to run.
        legacy: Whether the client speaks of functions.
    """
    reason = _FINISH[stop.kind]
    if reason != "tool_calls":
        return reason
    if not calls:
        return "stop"
    return "function_call" if legacy else reason


def arguments_text(call: ToolUse) -> str:
    """Return the arguments as the model wrote them, even where they are no JSON."""
    text = bytes(call.arguments).decode()
    if call.arguments_error is not None:
        text = msgspec.json.decode(text, type=str)
    return text.lstrip()


def encode_function(call: ToolUse) -> Entry:
    """Write what shall be called."""
    return {"name": call.name, "arguments": arguments_text(call)}


def encode_call(call: ToolUse) -> Entry:
    """Write a call of a whole message."""
    return {"id": call.id, "type": "function", "function": encode_function(call)}


def encode_reasoning(block: Reasoning, index: int) -> Entry:
    """Write a thought as the detail number `index`."""
    detail = {"type": "reasoning.text", "text": block.text, "index": index}
    return detail if block.signature is None else detail | {"signature": block.signature}


def encode_redacted(block: RedactedReasoning, index: int) -> Entry:
    """Write a thought that only its provider can read as the detail number `index`."""
    # The encoder writes bytes as base64.
    return {"type": "reasoning.encrypted", "data": block.data, "index": index}


def encode_image(image: Image) -> Entry | None:
    """Write a picture; None where an address says less than the block does."""
    url = "" if image.error or image.extra else _image_url(image)
    return {"type": "image_url", "image_url": {"url": url}} if url else None


def _image_url(image: Image) -> str:
    source = image.source
    if isinstance(source, Inline) and image.format:
        return f"data:image/{image.format};base64,{b64encode(source.data).decode()}"
    if isinstance(source, Url):
        return source.url
    plain = isinstance(source, S3) and not source.bucket_owner and not source.extra
    return source.uri if isinstance(source, S3) and plain else ""


# The order in which a client's message is read back where it says nothing else.
_RANKS: Final[Mapping[str, int]] = MappingProxyType(
    {"reasoning": 0, "block": 1, "text": 2, "image": 3, "call": 4}
)

_TWO: Final = 2


class Run:
    """What stands next to each other in an answer: one block, or text of some length."""

    __slots__ = ("citations", "kind", "length")

    def __init__(self, kind: str, length: int = 0) -> None:
        self.kind = kind
        self.length = length
        self.citations: list[Citation] = []


def layout(runs: Sequence[Run]) -> list[str]:
    """Name the order of an answer's blocks; empty where it is the usual one.

    Text is named with its length in characters: ``["text:12", "call", "text:3"]``.
    """
    if len(runs) < _TWO:
        return []
    joined: list[Run] = []
    for run in runs:
        if run.kind == "text" and joined and joined[-1].kind == "text":
            joined[-1] = Run("text", joined[-1].length + run.length)
        elif run.kind != "text" or run.length:
            joined.append(run)
    if all(_RANKS[one.kind] <= _RANKS[next_.kind] for one, next_ in pairwise(joined)):
        return []
    return [f"text:{run.length}" if run.kind == "text" else run.kind for run in joined]


def message_surplus(
    blocks: Sequence[Entry], citations: Sequence[Entry], order: Sequence[str]
) -> Entry:
    """Return the ``outcrop`` member of a message: what Chat has no form for, and the order."""
    found = {"blocks": blocks, "citations": citations, "layout": order}
    return {name: entries for name, entries in found.items() if entries}


def cite(runs: Iterable[Run]) -> tuple[list[Entry], list[Entry]]:
    """Write the citations of an answer: of web pages, and of everything else."""
    pages: list[Entry] = []
    others: list[Entry] = []
    start = 0
    for run in runs:
        end = start + run.length
        for citation in run.citations:
            page = _encode_page(citation, start, end)
            if page is not None:
                pages.append(page)
            else:
                others.append(_encode_citation(citation, start, end, len(others)))
        start = end
    return pages, others


def _encode_page(citation: Citation, start: int, end: int) -> Entry | None:
    place = citation.location
    if not isinstance(place, WebLocation) or not place.url or citation.extra or place.extra:
        return None
    web: Entry = {
        "url": place.url,
        "title": citation.title or "",
        "start_index": start,
        "end_index": end,
    }
    if place.domain is not None:
        web["domain"] = place.domain
    if citation.source is not None:
        web["source"] = citation.source
    if citation.source_content is not None:
        web["content"] = "".join(part.text for part in citation.source_content)
    return {"type": "url_citation", "url_citation": web}


def _encode_citation(citation: Citation, start: int, end: int, index: int) -> Entry:
    form: Entry = encode_value(citation)
    return {"index": index, "start_index": start, "end_index": end, **form}


def left_out(block: Foreign) -> Adjustment:
    """Say that a block of another API is not part of the answer."""
    return Adjustment(
        rule="foreign_block", detail=f"a block of {block.api} that Chat has no form for"
    )


def left_out_members(extras: Iterable[Extra | None]) -> list[Adjustment]:
    """Say which members of another API are not part of the answer."""
    names = {(extra.api, name) for extra in extras if extra is not None for name in extra.members}
    return [
        Adjustment(rule="foreign_member", detail=f"the member {name} of {api}")
        for api, name in sorted(names)
    ]
