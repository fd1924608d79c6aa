"""What Anthropic's Messages API has no word for in a canonical request.

Place in the house: the Anthropic codec. Asked before a request is encoded, so that whatever the
encoder leaves out is listed, or refused, and never lost in silence.

What InvokeModel takes in headers (service tier, latency mode, which guardrail) is in no body, and
so it is listed too.

Source: behaviour specification, MSG-06, CONV-04, CONF-17, CACHE-04, TOOL-11,
TOOL-13.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from outcrop.codecs.anthropic.blocks import is_sayable_result, redacted_text
from outcrop.codecs.anthropic.citations import is_sayable
from outcrop.codecs.anthropic.media import unsayable_format
from outcrop.codecs.anthropic.options import USER_ID, is_sayable_format
from outcrop.codecs.anthropic.surplus import API, encode_foreign
from outcrop.codecs.anthropic.tools import function_of
from outcrop.types.content import (
    S3,
    Audio,
    CachePoint,
    Citation,
    Document,
    Foreign,
    ForeignSource,
    GuardImage,
    GuardText,
    Reasoning,
    RedactedReasoning,
    ToolResult,
    Video,
)
from outcrop.types.json import Extra
from outcrop.types.paths import find, holds
from outcrop.types.requests import Guardrail, Request, TextFormat
from outcrop.types.responses import Adjustment
from outcrop.types.tools import AnyChoice, NamedChoice, SystemTool

PARAMETER: Final = "unsupported_parameter"
BLOCK: Final = "foreign_block"
MEMBER: Final = "foreign_member"
SOURCE: Final = "unsupported_source"
POINT: Final = "cache_point"
FUNCTION: Final = "server_tool"

_SAMPLING: Final = (
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
)
_SAMPLED: Final = attrgetter(*_SAMPLING)


def unsupported(request: Request) -> tuple[Adjustment, ...]:
    """List what the encoder would leave out of `request`, or refuse to encode.

    Parameters come first, then what stands in the conversation, each with its path. Nothing of the
    conversation's own text is told.
    """
    parameters = [
        Adjustment(rule=PARAMETER, detail=f"{name} was left out: Claude has no such parameter")
        for name in _unknown_parameters(request)
    ]
    parameters += [
        Adjustment(rule=PARAMETER, detail=f"{name} was left out: it stands in no body of Claude's")
        for name in _of_headers(request)
    ]
    # Nearly every request is ours throughout, and seeing that takes a third of finding paths.
    if not holds(request, _WATCHED):
        return tuple(parameters)
    return (*parameters, *_functions(request), *_problems(request), *_lost_points(request))


def _unknown_parameters(request: Request) -> list[str]:
    sampled = zip(_SAMPLING, _SAMPLED(request.sampling), strict=True)
    names = [name for name, value in sampled if value is not None]
    forced = isinstance(request.tool_choice, AnyChoice | NamedChoice)
    if forced and not request.tools:
        names.append("tool_choice without tools")
    if request.text_format is not None:
        names += _unknown_of_format(request.text_format)
    if request.prompt_variables:
        names.append("prompt_variables")
    if request.additional_model_response_field_paths:
        names.append("additional_model_response_field_paths")
    labels = sorted((request.request_metadata or {}).keys() - {USER_ID})
    return names + [f"request_metadata.{label}" for label in labels]


def _of_headers(request: Request) -> list[str]:
    guardrail = request.guardrail or _NO_GUARDRAIL
    given = {
        "guardrail": guardrail.identifier or guardrail.version or guardrail.trace,
        "latency": request.latency,
        "service_tier": request.service_tier,
    }
    return [name for name, value in given.items() if value is not None]


_NO_GUARDRAIL: Final = Guardrail()


def _unknown_of_format(text_format: TextFormat) -> list[str]:
    if not is_sayable_format(text_format):
        return [f"text_format {text_format.type}"]
    # A name tells the model nothing, and the schema is always kept to.
    names = ["text_format.description"] if text_format.description is not None else []
    return names + (["text_format.strict false"] if text_format.strict is False else [])


def _functions(request: Request) -> Iterator[Adjustment]:
    for number, tool in enumerate(request.tools):
        function = function_of(tool)
        if function is not None:
            detail = f"tools[{number}] became a function: Bedrock runs no {function.name} itself"
            yield Adjustment(rule=FUNCTION, detail=detail)


def _problems(request: Request) -> Iterator[Adjustment]:
    gone = "\n"
    for value, path in find(request, _PROBLEMS):
        # What stands in a block that is left out is told with it.
        if path.startswith(gone):
            continue
        if isinstance(value, _LEFT_OUT):
            gone = f"{path}."
        yield from _PROBLEMS[type(value)](value, path)


_LEFT_OUT: Final = (Audio, Video)


def _left_out(value: Any, path: str) -> Iterator[Adjustment]:
    name = type(value).__name__
    yield Adjustment(rule=BLOCK, detail=f"{path} was left out: Claude takes no {name}")


def _foreign_block(block: Foreign, path: str) -> Iterator[Adjustment]:
    if encode_foreign(block) is None:
        yield Adjustment(rule=BLOCK, detail=f"{path} was left out: only {block.api} understands it")


def _foreign_member(extra: Extra, path: str) -> Iterator[Adjustment]:
    if extra.api != API:
        names = ", ".join(sorted(extra.members))
        owner = path.removesuffix("extra").removesuffix(".") or "the request"
        yield Adjustment(
            rule=MEMBER, detail=f"{names} of {owner} was left out: only {extra.api} understands it"
        )


def _foreign_source(source: ForeignSource, path: str) -> Iterator[Adjustment]:
    if source.api != API:
        yield Adjustment(
            rule=SOURCE, detail=f"{path} cannot be sent: only {source.api} understands it"
        )


def _bucket(_source: S3, path: str) -> Iterator[Adjustment]:
    yield Adjustment(
        rule=SOURCE, detail=f"{path} cannot be sent: Claude's own API does not read from S3"
    )


def _unsayable_document(block: Document, path: str) -> Iterator[Adjustment]:
    kind = unsayable_format(block)
    if kind:
        detail = f"{path} cannot be sent: Claude's own API takes PDF or text, not {kind}"
        yield Adjustment(rule=SOURCE, detail=detail)


def _unsayable_citation(citation: Citation, path: str) -> Iterator[Adjustment]:
    if not is_sayable(citation):
        detail = f"{path} was left out: Claude's own API cannot say where it stands"
        yield Adjustment(rule=MEMBER, detail=detail)


def _unsayable_result(block: ToolResult, path: str) -> Iterator[Adjustment]:
    if not is_sayable_result(block):
        detail = f"{path} was left out, its call too: {block.type} is of no tool of this API"
        yield Adjustment(rule=BLOCK, detail=detail)


def _sealed_elsewhere(block: RedactedReasoning, path: str) -> Iterator[Adjustment]:
    if redacted_text(block.data) is None:
        yield Adjustment(rule=BLOCK, detail=f"{path} was left out: another API sealed it")


def _plain_guard(_block: GuardText | GuardImage, path: str) -> Iterator[Adjustment]:
    detail = f"{path} was sent unmarked: this API tells a guardrail nothing about a block"
    yield Adjustment(rule=MEMBER, detail=detail)


_PROBLEMS: Final[Mapping[type, Callable[[Any, str], Iterator[Adjustment]]]] = MappingProxyType(
    {
        Foreign: _foreign_block,
        Extra: _foreign_member,
        ForeignSource: _foreign_source,
        S3: _bucket,
        Document: _unsayable_document,
        Citation: _unsayable_citation,
        ToolResult: _unsayable_result,
        RedactedReasoning: _sealed_elsewhere,
        GuardText: _plain_guard,
        GuardImage: _plain_guard,
        Video: _left_out,
        Audio: _left_out,
        SystemTool: _left_out,
    }
)


_WATCHED: Final = frozenset({*_PROBLEMS, CachePoint})


def _lost_points(request: Request) -> Iterator[Adjustment]:
    yield from _without_carrier(request.tools, "tools")
    yield from _without_carrier(request.system, "system")
    for number, message in enumerate(request.messages):
        yield from _without_carrier(message.content, f"messages[{number}].content")


def _without_carrier(blocks: Iterable[Any], path: str) -> Iterator[Adjustment]:
    carried = False
    for number, block in enumerate(blocks):
        if not isinstance(block, CachePoint):
            carried = carried or not isinstance(block, _CARRY_NOTHING)
        elif not carried:
            detail = f"{path}[{number}] was left out: no block before it can carry it"
            yield Adjustment(rule=POINT, detail=detail)


_CARRY_NOTHING: Final = (Audio, Reasoning, RedactedReasoning, SystemTool, Video)
