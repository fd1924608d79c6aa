"""What Converse has no word for in a canonical request.

Place in the house: the Converse codec. Asked before a request is encoded, so that whatever the
encoder leaves out is listed, or refused, and never lost in silence.

Source: behaviour specification, MSG-06, CONV-04, CONF-17, TOOL-03, TOOL-04, TOOL-11.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, get_args

import msgspec

from outcrop.codecs.converse.citations import RANGES
from outcrop.codecs.converse.request import is_sayable_format
from outcrop.codecs.converse.surplus import API
from outcrop.types.content import DocumentLocation, Foreign, ForeignSource, ToolUse, Url
from outcrop.types.json import Extra
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
    found = () if _is_ours(request) else _walk(request, "")
    return (*parameters, *found)


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


def _is_ours(value: Any) -> bool:
    kind = value.__class__
    if kind in _PROBLEMS:
        return False
    for name in _branches(kind):
        inner = getattr(value, name)
        if inner.__class__ is tuple:
            if not all(map(_is_ours, inner)):
                return False
        elif inner is not None and not _is_ours(inner):
            return False
    return True


def _walk(value: Any, path: str) -> Iterator[Adjustment]:
    problem = _PROBLEMS.get(type(value))
    if problem is not None:
        yield from problem(value, path)
    for name in _branches(value.__class__):
        inner = getattr(value, name)
        if inner.__class__ is tuple:
            for number, each in enumerate(inner):
                yield from _walk(each, f"{path}{name}[{number}].")
        elif inner is not None:
            yield from _walk(inner, f"{path}{name}.")


@cache
def _branches(kind: type) -> tuple[str, ...]:
    """Return the fields of a value that may hold further values."""
    if kind in _LEAVES or not issubclass(kind, msgspec.Struct):
        return ()
    return tuple(each.name for each in msgspec.structs.fields(kind) if _holds_values(each.type))


_LEAVES: Final = (Extra, Foreign, ForeignSource)


def _holds_values(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return True
    return any(map(_holds_values, get_args(hint)))


def _foreign_block(block: Foreign, path: str) -> Iterator[Adjustment]:
    if block.api != API:
        yield Adjustment(
            rule=BLOCK, detail=f"{_trim(path)} was left out: only {block.api} understands it"
        )


def _foreign_member(extra: Extra, path: str) -> Iterator[Adjustment]:
    if extra.api != API:
        names = ", ".join(sorted(extra.members))
        owner = _trim(path.removesuffix("extra.")) or "the request"
        yield Adjustment(
            rule=MEMBER,
            detail=f"{names} of {owner} was left out: only {extra.api} understands it",
        )


def _foreign_source(source: ForeignSource, path: str) -> Iterator[Adjustment]:
    if source.api != API:
        yield Adjustment(
            rule=SOURCE, detail=f"{_trim(path)} cannot be sent: only {source.api} understands it"
        )


def _web_source(_source: Url, path: str) -> Iterator[Adjustment]:
    yield Adjustment(
        rule=SOURCE, detail=f"{_trim(path)} cannot be sent: Converse does not fetch web addresses"
    )


def _unknown_range(location: DocumentLocation, path: str) -> Iterator[Adjustment]:
    if location.unit not in RANGES:
        yield Adjustment(
            rule=MEMBER, detail=f"{_trim(path)} was left out: Converse counts no {location.unit}"
        )


def _trim(path: str) -> str:
    return path.removesuffix(".")


_PROBLEMS: Final[Mapping[type, Callable[[Any, str], Iterator[Adjustment]]]] = MappingProxyType(
    {
        Foreign: _foreign_block,
        Extra: _foreign_member,
        ForeignSource: _foreign_source,
        Url: _web_source,
        DocumentLocation: _unknown_range,
    }
)
