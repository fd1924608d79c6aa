"""What a native form has no word for in a canonical request.

Place in the house: the native codecs. Asked before a request is encoded, so that whatever the
encoder leaves out is listed, or refused, and never lost in silence. What InvokeModel takes in
headers (guardrail, latency, tier, metadata) is in no body, and listed too: whoever sends those
headers knows better.

Source: behaviour specification, MSG-06, CONF-17, ROUTE-07.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

import msgspec

from outcrop.types.content import CitedText, Foreign, GuardText, JsonValue, Text, ToolResult
from outcrop.types.json import Extra
from outcrop.types.requests import Guardrail, Request, Sampling
from outcrop.types.responses import Adjustment

PARAMETER: Final = "unsupported_parameter"
BLOCK: Final = "foreign_block"
MEMBER: Final = "foreign_member"

_FIELDS: Final = (
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text_format",
    "effort",
    "prompt_variables",
    "additional_model_response_field_paths",
)
"""Fields of a request that only some bodies can say."""


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What one form can say."""

    api: str
    sampling: Collection[str]
    """Fields of `Sampling`."""
    blocks: tuple[type, ...]
    """Kinds of blocks of a message."""
    fields: Collection[str] = ()
    """Fields of the request beside conversation and sampling."""
    results: tuple[type, ...] = (Text, JsonValue)
    """Kinds of parts of a tool's answer."""
    says: Callable[[Any], bool]
    """Tells of a block, a tool or a field whether it can be said, where its kind alone does not."""


def unsupported_by(words: Vocabulary, request: Request) -> tuple[Adjustment, ...]:
    """List what the encoder would leave out; nothing of the conversation's own text is told."""
    return (
        *(
            Adjustment(
                rule=PARAMETER, detail=f"{name} was left out: {words.api} has no such parameter"
            )
            for name in _parameters(request, words)
        ),
        *_blocks(request, words),
        *_members(request, words),
    )


def _parameters(request: Request, words: Vocabulary) -> Iterator[str]:
    for name in Sampling.__struct_fields__:
        given = getattr(request.sampling, name)
        if given is not None and given != () and name != "extra" and name not in words.sampling:
            yield name
    for name in _FIELDS:
        given = getattr(request, name)
        if given is not None and given != () and not (name in words.fields and words.says(given)):
            yield name
    yield from _of_headers(request)
    for number, tool in enumerate(request.tools if "tools" in words.fields else ()):
        if not words.says(tool):
            yield f"tools[{number}]"


def _of_headers(request: Request) -> Iterator[str]:
    guardrail = request.guardrail or Guardrail()
    given = {
        "guardrail": guardrail.identifier or guardrail.version or guardrail.trace,
        "latency": request.latency,
        "service_tier": request.service_tier,
        "request_metadata": request.request_metadata,
    }
    return (name for name, value in given.items() if value)


def _blocks(request: Request, words: Vocabulary) -> Iterator[Adjustment]:
    for place, block in _iter_blocks(request):
        if not _is_said(block, words, words.blocks):
            yield Adjustment(rule=BLOCK, detail=f"{place} was left out: {_reason(block, words)}")
        elif isinstance(block, ToolResult):
            yield from _parts(place, block, words)


def _parts(place: str, result: ToolResult, words: Vocabulary) -> Iterator[Adjustment]:
    for number, part in enumerate(result.content):
        if not _is_said(part, words, words.results):
            detail = f"{place}.content[{number}] was left out: {_reason(part, words)}"
            yield Adjustment(rule=BLOCK, detail=detail)


def _is_said(block: Any, words: Vocabulary, kinds: tuple[type, ...]) -> bool:
    if isinstance(block, Foreign):
        return block.api == words.api
    return isinstance(block, kinds) and words.says(block)


def _reason(block: Any, words: Vocabulary) -> str:
    if isinstance(block, Foreign):
        return f"only {block.api} understands it"
    return f"{words.api} has no word for a block of the kind {type(block).__name__}"


def _iter_blocks(request: Request) -> Iterator[tuple[str, Any]]:
    for number, block in enumerate(request.system):
        yield f"system[{number}]", block
    for turn, message in enumerate(request.messages):
        for number, each in enumerate(message.content):
            yield f"messages[{turn}].content[{number}]", each


def _members(request: Request, words: Vocabulary) -> Iterator[Adjustment]:
    for place, extra in _iter_extras(request):
        if extra is not None and extra.api != words.api:
            names = ", ".join(sorted(extra.members))
            yield Adjustment(
                rule=MEMBER,
                detail=f"{names} of {place} was left out: only {extra.api} understands it",
            )
    for place, block in _iter_blocks(request):
        if isinstance(block, GuardText) or (isinstance(block, CitedText) and block.citations):
            said = "the guardrail's mark" if isinstance(block, GuardText) else "citations"
            detail = f"{said} of {place} was left out: {words.api} says the text alone"
            yield Adjustment(rule=MEMBER, detail=detail)


def _iter_extras(request: Request) -> Iterator[tuple[str, Extra | None]]:
    yield "the request", request.extra
    yield "sampling", request.sampling.extra
    for number, tool in enumerate(request.tools):
        yield f"tools[{number}]", getattr(tool, "extra", None)
    for turn, message in enumerate(request.messages):
        yield f"messages[{turn}]", message.extra
    for place, block in _iter_blocks(request):
        yield place, getattr(block, "extra", None)
