"""What the Responses API has no word for in a canonical request.

Place in the house: OpenAI Responses codec. Asked before a request is encoded, so that whatever the
encoder leaves out is listed, or refused, and never lost in silence.

Source: behaviour specification, MSG-06, CONF-17, TOOL-03, TOOL-12, ROUTE-06.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from outcrop.codecs.openai_responses.extras import API
from outcrop.codecs.openai_responses.parts import encode_citation
from outcrop.codecs.openai_responses.tools import encode_choice
from outcrop.types.content import (
    Audio,
    CitedText,
    Document,
    Foreign,
    GuardImage,
    GuardText,
    Image,
    Inline,
    Pieces,
    Plain,
    RedactedReasoning,
    SearchResult,
    ToolAddition,
    ToolRemoval,
    ToolResult,
    ToolUse,
    Url,
    Video,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.paths import find, holds
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import AnyChoice, NamedChoice, SystemTool

PARAMETER: Final = "unsupported_parameter"
BLOCK: Final = "unsupported_block"
FOREIGN: Final = "foreign_block"
MEMBER: Final = "foreign_member"
SOURCE: Final = "unsupported_source"

_SAMPLING: Final = (
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
)
_sampled: Final = attrgetter(*_SAMPLING)


def unsupported(request: Request) -> tuple[Adjustment, ...]:
    """List what the encoder would leave out of `request`, or refuse to encode.

    Parameters come first, then what stands in the conversation, each with its path. Nothing of the
    conversation's own text is told.
    """
    parameters = [
        Adjustment(
            rule=PARAMETER, detail=f"{name} was left out: the Responses API has no such parameter"
        )
        for name, present in _parameters(request)
        if present
    ]
    return (*parameters, *(_problems(request) if holds(request, _PROBLEMS) else ()))


def _parameters(request: Request) -> Iterator[tuple[str, bool]]:
    reasoning, choice = request.reasoning, request.tool_choice
    for name, value in zip(_SAMPLING, _sampled(request.sampling), strict=True):
        yield name, value is not None
    yield "stop_sequences", bool(request.sampling.stop_sequences)
    yield "guardrail", request.guardrail is not None
    yield "prompt_variables", request.prompt_variables is not None
    yield "latency", request.latency is not None
    fields = request.additional_model_response_field_paths
    yield "additional_model_response_field_paths", bool(fields)
    if reasoning is not None:
        yield "reasoning.budget_tokens", reasoning.budget_tokens is not None
        switched_on = reasoning.type not in {None, "disabled"}
        yield "reasoning.type", switched_on and not reasoning.effort
    forced = isinstance(choice, AnyChoice | NamedChoice)
    yield "tool_choice without tools", forced and not request.tools
    yield "tool_choice", choice is not None and encode_choice(choice) is None


def _problems(request: Request) -> Iterator[Adjustment]:
    for value, path in find(request, _PROBLEMS):
        for rule, detail in _PROBLEMS[type(value)](value):
            yield Adjustment(rule=rule, detail=f"{path} {detail}" if path else detail)


_Problem: TypeAlias = tuple[str, str]


def _unknown(what: str) -> Callable[[Any], Iterator[_Problem]]:
    def tell(_value: Any) -> Iterator[_Problem]:
        yield BLOCK, f"was left out: the Responses API has no form for {what}"

    return tell


def _foreign(block: Foreign) -> Iterator[_Problem]:
    if block.api != API:
        yield FOREIGN, f"was left out: only {block.api} understands it"


def _members(extra: Extra) -> Iterator[_Problem]:
    if extra.api != API:
        names = ", ".join(sorted(extra.members))
        yield MEMBER, f"({names}) was left out: only {extra.api} understands it"


def _image(image: Image | GuardImage) -> Iterator[_Problem]:
    if not isinstance(image.source, Inline | Url):
        yield SOURCE, "cannot be sent: pictures are fetched from web addresses only"


def _document(document: Document) -> Iterator[_Problem]:
    if not isinstance(document.source, Inline | Plain | Pieces | Url):
        yield SOURCE, "cannot be sent: documents are fetched from web addresses only"
    if document.citations:
        yield BLOCK, "will not be cited: the Responses API cannot ask for it"
    if document.context is not None:
        yield BLOCK, "lost its context: the Responses API has no member for it"


def _guard(_block: GuardText | GuardImage) -> Iterator[_Problem]:
    yield BLOCK, "became plain content: nothing marks what a guardrail shall assess"


def _guard_image(block: GuardImage) -> Iterator[_Problem]:
    yield from _guard(block)
    yield from _image(block)


def _redacted(_block: RedactedReasoning) -> Iterator[_Problem]:
    yield BLOCK, "was left out: only the provider that sealed it can read it"


def _cited(block: CitedText) -> Iterator[_Problem]:
    if any(encode_citation(citation, 0, 0) is None for citation in block.citations or ()):
        yield BLOCK, "lost citations: only those of web pages are taken back"


def _tool_use(call: ToolUse) -> Iterator[_Problem]:
    if call.by_server:
        yield BLOCK, "was left out: it is a call that the service ran"


def _tool_result(result: ToolResult) -> Iterator[_Problem]:
    if result.status == "error":
        yield BLOCK, "lost its status: nothing says that a tool failed"


def _message(message: Message) -> Iterator[_Problem]:
    if message.role == "assistant" and any(isinstance(block, Image) for block in message.content):
        yield BLOCK, "lost its pictures: none are taken back from the model"


_PROBLEMS: Final[Mapping[type, Callable[[Any], Iterator[_Problem]]]] = MappingProxyType(
    {
        Foreign: _foreign,
        Extra: _members,
        Image: _image,
        GuardImage: _guard_image,
        GuardText: _guard,
        Document: _document,
        CitedText: _cited,
        RedactedReasoning: _redacted,
        ToolUse: _tool_use,
        ToolResult: _tool_result,
        Message: _message,
        Audio: _unknown("a sound"),
        Video: _unknown("a film"),
        SearchResult: _unknown("a search result"),
        ToolAddition: _unknown("a tool that is added later"),
        ToolRemoval: _unknown("a tool that is taken away"),
        SystemTool: _unknown("a tool of another service"),
    }
)
