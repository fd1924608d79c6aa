"""A whole answer, as a chat completion.

Place in the house: OpenAI Chat codec.

Source: OpenAI API reference, "The chat completion object"; behaviour specification, OAI-08,
OAI-15, OAI-16, USAGE-03, STREAM-08.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from outcrop.codecs.openai_chat.answer import (
    Entry,
    Run,
    cite,
    encode_call,
    encode_function,
    encode_image,
    encode_reasoning,
    encode_redacted,
    finish_reason,
    layout,
    left_out,
    left_out_members,
    message_surplus,
)
from outcrop.codecs.openai_chat.blocks import encode_block
from outcrop.codecs.openai_chat.facts import early_facts, late_facts, openai_tier, warnings_of
from outcrop.codecs.openai_chat.usage import CompletionUsage, encode_usage
from outcrop.types.content import (
    Block,
    CitedText,
    Foreign,
    Image,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Response

_encode: Final = msgspec.json.Encoder().encode


class AnswerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The ``message`` of a choice."""

    role: str = "assistant"
    content: str | None
    refusal: str | None = None
    annotations: list[Entry] | UnsetType = UNSET
    function_call: Entry | UnsetType = UNSET
    tool_calls: list[Entry] | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    reasoning_details: list[Entry] | UnsetType = UNSET
    images: list[Entry] | UnsetType = UNSET
    outcrop: Entry | UnsetType = UNSET


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the answers."""

    index: int
    message: AnswerMessage
    finish_reason: str
    logprobs: None = None
    outcrop: Entry | UnsetType = UNSET


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an answer."""

    id: str
    object: str = "chat.completion"
    created: int
    model: str
    choices: Sequence[Choice]
    usage: CompletionUsage | UnsetType = UNSET
    service_tier: str | UnsetType = UNSET
    outcrop: Entry


def encode_response(
    responses: Sequence[Response],
    *,
    response_id: str,
    created: int,
    model: str,
    legacy_functions: bool = False,
) -> bytes:
    """Write one or more answers to the same question as one chat completion.

    Args:
        responses: At least one; each becomes a choice.
        response_id: ``chatcmpl-...``.
        created: Seconds since 1970.
        model: As the client named it.
        legacy_functions: Whether the client spoke of functions, not tools; the first call of an
            answer is then its ``function_call``.
    """
    drafts = [_Draft(response, legacy=legacy_functions) for response in responses]
    facts = [draft.facts() for draft in drafts]
    several = len(drafts) > 1
    completion = Completion(
        id=response_id,
        created=created,
        model=model,
        choices=[
            draft.choice(index, facts[index] if several else UNSET)
            for index, draft in enumerate(drafts)
        ],
        usage=encode_usage(response.usage for response in responses) or UNSET,
        service_tier=openai_tier(responses[0].service_tier) or UNSET,
        outcrop=facts[0],
    )
    return _encode(completion)


class _Draft:
    """Sorts the blocks of an answer into the members of a message."""

    def __init__(self, response: Response, *, legacy: bool) -> None:
        self._response = response
        self._legacy = legacy
        self._texts: list[str] = []
        self._details: list[Entry] = []
        self._calls: list[ToolUse] = []
        self._images: list[Entry] = []
        self._blocks: list[Entry] = []
        self._left_out: list[Adjustment] = []
        self._runs: list[Run] = []
        for block in response.content:
            _TAKERS.get(type(block), _Draft._take_other)(self, block)

    def choice(self, index: int, facts: Entry | UnsetType) -> Choice:
        """Return the answer as choice number `index`."""
        stop = self._response.stop
        reason = finish_reason(stop, calls=bool(self._calls), legacy=self._legacy)
        return Choice(index=index, message=self._message(), finish_reason=reason, outcrop=facts)

    def facts(self) -> Entry:
        """Say how the answer came about."""
        response = self._response
        adjustments = [*self._left_out, *left_out_members(_extras(response))]
        early = early_facts(
            response.stop,
            response.call,
            fields=response.additional_response_fields,
            adjustments=adjustments,
            warnings=warnings_of(self._calls),
        )
        return early | late_facts(response)

    def _message(self) -> AnswerMessage:
        text = "".join(self._texts)
        details = self._details
        thought = "".join(detail.get("text", "") for detail in details) if details else ""
        calls = self._calls[1:] if self._legacy else self._calls
        pages, citations = cite(self._runs)
        return AnswerMessage(
            content=text if text or not self._calls else None,
            annotations=pages or UNSET,
            function_call=self._function_call(),
            tool_calls=[encode_call(call) for call in calls] or UNSET,
            reasoning_content=thought or UNSET,
            reasoning_details=details or UNSET,
            images=self._images or UNSET,
            outcrop=message_surplus(self._blocks, citations, layout(self._runs)) or UNSET,
        )

    def _function_call(self) -> Entry | UnsetType:
        if not self._legacy or not self._calls:
            return UNSET
        return encode_function(self._calls[0])

    def _take_text(self, block: Text) -> None:
        self._runs.append(Run("text", len(block.text)))
        self._texts.append(block.text)

    def _take_cited(self, block: CitedText) -> None:
        self._take_text(Text(text=block.text))
        self._runs[-1].citations.extend(block.citations or ())

    def _take_reasoning(self, block: Reasoning) -> None:
        self._runs.append(Run("reasoning"))
        self._details.append(encode_reasoning(block, len(self._details)))

    def _take_redacted(self, block: RedactedReasoning) -> None:
        self._runs.append(Run("reasoning"))
        self._details.append(encode_redacted(block, len(self._details)))

    def _take_tool(self, block: ToolUse) -> None:
        if block.by_server:
            self._take_other(block)
            return
        self._runs.append(Run("call"))
        self._calls.append(block)

    def _take_image(self, block: Image) -> None:
        image = encode_image(block)
        if image is None:
            self._take_other(block)
            return
        self._runs.append(Run("image"))
        self._images.append(image)

    def _take_foreign(self, block: Foreign) -> None:
        self._left_out.append(left_out(block))

    def _take_other(self, block: Block) -> None:
        self._runs.append(Run("block"))
        self._blocks.append(encode_block(block, len(self._blocks)))


_Taker: TypeAlias = Callable[[_Draft, Any], None]

_TAKERS: Final[Mapping[type, _Taker]] = MappingProxyType(
    {
        Text: _Draft._take_text,
        CitedText: _Draft._take_cited,
        Reasoning: _Draft._take_reasoning,
        RedactedReasoning: _Draft._take_redacted,
        ToolUse: _Draft._take_tool,
        Image: _Draft._take_image,
        Foreign: _Draft._take_foreign,
    }
)


def _extras(response: Response) -> Iterator[Extra | None]:
    """Yield what canonical values carry that they have no word for, where no block form does."""
    yield from (response.extra, response.message_extra, response.metrics_extra)
    if response.usage is not None:
        yield response.usage.extra
        yield from (write.extra for write in response.usage.cache_writes)
    for block in response.content:
        if isinstance(block, Text | Reasoning | RedactedReasoning):
            yield block.extra
        if isinstance(block, ToolUse) and not block.by_server:
            yield block.extra
        if isinstance(block, CitedText):
            yield from (block.extra, *(part.extra for part in block.content or ()))
