"""What Converse has no word for in a canonical request.

Place in the house: the Converse codec. Asked before a request is encoded, so that whatever the
encoder leaves out is listed, or refused, and never lost in silence.

Source: behaviour specification, MSG-06, CONV-04, CONF-17, TOOL-03, TOOL-04, TOOL-11.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from outcrop.codecs.converse.citations import RANGES
from outcrop.codecs.converse.request import is_sayable_format
from outcrop.codecs.converse.surplus import API
from outcrop.types.content import DocumentLocation, Foreign, ForeignSource, ToolUse, Url
from outcrop.types.json import Extra
from outcrop.types.paths import find, holds
from outcrop.types.requests import Request, TextFormat
from outcrop.types.responses import Adjustment
from outcrop.types.tools import AnyChoice, NamedChoice, NoChoice

PARAMETER: Final = "unsupported_parameter"
BLOCK: Final = "foreign_block"
MEMBER: Final = "foreign_member"
SOURCE: Final = "unsupported_source"

_SAMPLING: Final = (
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
)
_SAMPLED: Final = attrgetter(*_SAMPLING)
_UNSET: Final = (None,) * len(_SAMPLING)


def unsupported(request: Request) -> tuple[Adjustment, ...]:
    """List what the encoder would leave out of `request`, or refuse to encode.

    Parameters come first, then what stands in the conversation, each with its path. Nothing of the
    conversation's own text is told.
    """
    parameters = [
        Adjustment(rule=PARAMETER, detail=f"{name} was left out: Converse has no such parameter")
        for name in _unknown_parameters(request)
    ]
    # Nearly every request is ours throughout, and seeing that takes a third of finding paths.
    return (*parameters, *(_problems(request) if holds(request, _PROBLEMS) else ()))


def _problems(request: Request) -> Iterator[Adjustment]:
    for value, path in find(request, _PROBLEMS):
        yield from _PROBLEMS[type(value)](value, path)


def _unknown_parameters(request: Request) -> list[str]:
    sampling, form, choice = request.sampling, request.text_format, request.tool_choice
    values = _SAMPLED(sampling)
    names = [] if values == _UNSET else _given(values)
    if request.parallel_tool_calls is not None:
        names.append("parallel_tool_calls")
    if request.reasoning is not None:
        names.append("reasoning")
    if choice is not None:
        names += _unknown_of_choice(request)
    if form is not None:
        names += _unknown_of_format(form)
    return names


def _given(values: tuple[Any, ...]) -> list[str]:
    return [name for name, value in zip(_SAMPLING, values, strict=True) if value is not None]


def _unknown_of_choice(request: Request) -> list[str]:
    if isinstance(request.tool_choice, NoChoice):
        return ["tool_choice none"]
    return ["tool_choice without tools"] if _lacks_tools(request) else []


def _lacks_tools(request: Request) -> bool:
    forced = isinstance(request.tool_choice, AnyChoice | NamedChoice)
    # Tools that the conversation used are declared anew (TOOL-05), and the choice holds for them.
    return forced and not request.tools and not any(map(_is_tool_use, _blocks(request)))


def _blocks(request: Request) -> Iterator[Any]:
    return (block for message in request.messages for block in message.content)


def _is_tool_use(block: Any) -> bool:
    return isinstance(block, ToolUse)


def _unknown_of_format(text_format: TextFormat) -> list[str]:
    if not is_sayable_format(text_format):
        return ["text_format json_object"]
    return [] if text_format.strict is None else ["text_format.strict"]


def _foreign_block(block: Foreign, path: str) -> Iterator[Adjustment]:
    if block.api != API:
        yield Adjustment(rule=BLOCK, detail=f"{path} was left out: only {block.api} understands it")


def _foreign_member(extra: Extra, path: str) -> Iterator[Adjustment]:
    if extra.api != API:
        names = ", ".join(sorted(extra.members))
        owner = path.removesuffix("extra").removesuffix(".") or "the request"
        yield Adjustment(
            rule=MEMBER,
            detail=f"{names} of {owner} was left out: only {extra.api} understands it",
        )


def _foreign_source(source: ForeignSource, path: str) -> Iterator[Adjustment]:
    if source.api != API:
        yield Adjustment(
            rule=SOURCE, detail=f"{path} cannot be sent: only {source.api} understands it"
        )


def _web_source(_source: Url, path: str) -> Iterator[Adjustment]:
    yield Adjustment(
        rule=SOURCE, detail=f"{path} cannot be sent: Converse does not fetch web addresses"
    )


def _unknown_range(location: DocumentLocation, path: str) -> Iterator[Adjustment]:
    if location.unit not in RANGES:
        yield Adjustment(
            rule=MEMBER, detail=f"{path} was left out: Converse counts no {location.unit}"
        )


_PROBLEMS: Final[Mapping[type, Callable[[Any, str], Iterator[Adjustment]]]] = MappingProxyType(
    {
        Foreign: _foreign_block,
        Extra: _foreign_member,
        ForeignSource: _foreign_source,
        Url: _web_source,
        DocumentLocation: _unknown_range,
    }
)
