"""Python functions as tools: what the model is told of one, and how it is called.

Place in the house: client. Name, signature and docstring make the `Tool`; arguments are checked
and converted before the function sees them.

    def get_weather(city: str, unit: Literal["C", "F"] = "C") -> str:
        '''The weather in a city, named in English.'''

    tool_of(get_weather)

Source: behaviour specification, TOOL-01, TOOL-14.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from outcrop.client.schemas import decode_as, schema_of
from outcrop.errors import BadRequestError
from outcrop.flow.schemas import Schema
from outcrop.types.tools import Tool

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NAMED: Final = frozenset({inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY})
_SECTION: Final = re.compile(
    r"^(?:Args|Arguments|Parameters|Returns|Return|Yields|Raises|Examples?|Notes?):\s*$",
    re.MULTILINE,
)
_ARGUMENTS: Final = re.compile(
    r"^(?:Args|Arguments|Parameters):\s*\n(?P<body>(?:[ \t]+.*\n?|\s*\n)*)", re.MULTILINE
)
# "name: words" or "name (type): words", and lines indented further that go on with it.
_ENTRY: Final = re.compile(
    r"^(?P<indent>[ \t]+)(?P<name>\w+)(?:\s*\([^)]*\))?:\s*"
    r"(?P<text>.*(?:\n(?P=indent)[ \t]+.*)*)",
    re.MULTILINE,
)
_FIELD: Final = re.compile(
    r"^:param\s+(?:[^:\s]+\s+)?(?P<name>\w+):\s*(?P<text>.*(?:\n[ \t]+.*)*)", re.MULTILINE
)
_FIELD_LIST: Final = re.compile(r"^:\w+.*:", re.MULTILINE)


class Callee(msgspec.Struct, frozen=True, kw_only=True):
    """A function that a model may call."""

    tool: Tool
    function: Callable[..., Any]
    arguments: type[msgspec.Struct]
    """What its arguments must look like."""
    is_async: bool

    def read(self, arguments: bytes) -> dict[str, Any]:
        """Return the arguments that a model wrote, as its function takes them.

        Raises:
            ValueError: They do not fit; the message says where.
        """
        read = decode_as(self.arguments, arguments)
        values = ((name, getattr(read, name)) for name in self.arguments.__struct_fields__)
        return {name: value for name, value in values if value is not msgspec.UNSET}


def tool_of(function: Callable[..., Any]) -> Tool:
    """Return what a model is told of a function.

    Raises:
        BadRequestError: It has no name that a tool may have, or takes what JSON has no form for.
    """
    return callee_of(function).tool


def callee_of(function: Callable[..., Any]) -> Callee:
    """Return a function with all that is needed to call it for a model.

    Raises:
        BadRequestError: It has no name that a tool may have, or takes what JSON has no form for.
    """
    inner = function.func if isinstance(function, partial) else function
    name = getattr(inner, "__name__", type(inner).__name__)
    if not _NAME.fullmatch(name):
        raise BadRequestError(
            f"{name} is no name for a tool",
            hint="use a function with a name of at most 64 plain letters, digits, _ and -",
        )
    target = inner if hasattr(inner, "__name__") else type(inner).__call__
    said = inspect.getdoc(inner) or ""
    arguments = _arguments_of(function, target, name)
    tool = Tool(
        name=name,
        description=_summary(said) or name,
        input_schema=msgspec.Raw(msgspec.json.encode(_schema(arguments, function, said))),
    )
    is_async = inspect.iscoroutinefunction(target)
    return Callee(tool=tool, function=function, arguments=arguments, is_async=is_async)


def _arguments_of(function: Callable[..., Any], target: Any, name: str) -> type[msgspec.Struct]:
    try:
        hints = get_type_hints(target, include_extras=True)
    except (NameError, TypeError) as error:
        raise BadRequestError(f"an annotation of {name} cannot be read: {error}") from error
    fields: list[tuple[str, Any, Any]] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _NAMED:
            raise BadRequestError(
                f"{name} takes {parameter.kind.description} arguments ({parameter.name})",
                hint="a tool takes named arguments only",
            )
        hint = hints.get(parameter.name, Any)
        if parameter.default is parameter.empty:
            fields.append((parameter.name, hint, msgspec.field()))
        else:
            # The function keeps its own default: what the model leaves out is not passed.
            optional = hint | msgspec.UnsetType if hint is not Any else hint
            fields.append((parameter.name, optional, msgspec.field(default=msgspec.UNSET)))
    return msgspec.defstruct(name, fields, kw_only=True, frozen=True, forbid_unknown_fields=True)


def _schema(arguments: type[msgspec.Struct], function: Callable[..., Any], said: str) -> Schema:
    schema = schema_of(arguments, f"an argument of {arguments.__name__}")
    del schema["title"]
    told = _parameters_said(said)
    for name, parameter in inspect.signature(function).parameters.items():
        about: Schema = {**_described(parameter.annotation, told.get(name)), **_default(parameter)}
        schema["properties"][name] = {**about, **schema["properties"][name]}
    return schema


def _described(annotation: Any, told: str | None) -> Schema:
    """Return what is said of an argument: beside its type, or in the docstring."""
    beside = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    words = next((each for each in beside if isinstance(each, str)), told)
    return {"description": words} if words else {}


def _default(parameter: inspect.Parameter) -> Schema:
    if parameter.default is parameter.empty or parameter.default is None:
        return {}
    try:
        return {"default": msgspec.to_builtins(parameter.default)}
    except TypeError:
        return {}


def _summary(said: str) -> str:
    """Return the docstring up to where it speaks of arguments and results."""
    ends = [found.start() for each in (_SECTION, _FIELD_LIST) if (found := each.search(said))]
    return said[: min(ends, default=len(said))].strip()


def _parameters_said(said: str) -> Mapping[str, str]:
    """Return what a docstring says of each argument, in Google's form or Sphinx's."""
    section = _ARGUMENTS.search(said)
    body = section["body"] if section else ""
    entries = [*_ENTRY.finditer(body), *_FIELD.finditer(said)]
    return {each["name"]: " ".join(each["text"].split()) for each in entries if each["text"]}
