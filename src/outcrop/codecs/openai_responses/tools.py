"""Tools and the choice among them, both ways.

Place in the house: OpenAI Responses codec. Schemas pass as they stand, unparsed.

Source: OpenAI API reference, "Create a model response"; behaviour specification, RESP-01, RESP-04,
TOOL-02, TOOL-03.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import API, decode_extra, lay_over
from outcrop.codecs.openai_responses.parts import Entry
from outcrop.errors import BadRequestError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.refusal import refused
from outcrop.types.content import Foreign
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    Tool,
    ToolChoice,
    ToolEntry,
)

NO_PARAMETERS: Final = msgspec.Raw(b'{"type":"object","properties":{}}')
"""The schema of a function that takes nothing (TOOL-02)."""

_CHOICES: Final[Mapping[str, ToolChoice]] = MappingProxyType(
    {"auto": AutoChoice(), "none": NoChoice(), "required": AnyChoice()}
)
_OBJECT: Final = ord("{")
_STRING: Final = ord('"')

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_words: Final = msgspec.json.Decoder(str)


def decode_tools(tools: tuple[wire.Tool, ...], *, native: bool) -> tuple[ToolEntry, ...]:
    """Read the tools of a request.

    Raises:
        BadRequestError: One is no function and `native` is false, or has no name or no schema.
    """
    return tuple(_decode_tool(tool, place, native=native) for place, tool in enumerate(tools))


def _decode_tool(tool: wire.Tool, place: int, *, native: bool) -> ToolEntry:
    path = f"tools[{place}]"
    if tool.type != "function":
        if native:
            return Foreign(api=API, raw=msgspec.Raw(encode(tool)))
        raise refused(
            f'responses field "tools.{tool.type}" is not supported on Converse; '
            "use api=responses or endpoint=mantle",
            f"{path}.type",
        )
    if not tool.name:
        raise refused(f"{path}.name is required", f"{path}.name")
    schema = wire.given(tool.parameters)
    if schema is not None and memoryview(schema)[0] != _OBJECT:
        raise refused(f"{path}.parameters must be an object", f"{path}.parameters")
    return Tool(
        name=tool.name,
        description=tool.description,
        input_schema=NO_PARAMETERS if schema is None else schema,
        strict=tool.strict,
        extra=decode_extra(tool.surplus),
    )


def encode_tool(tool: ToolEntry) -> Entry | None:
    """Write a tool; None where this API has no form for it."""
    if isinstance(tool, Foreign) and tool.api == API:
        return dict(_members.decode(tool.raw))
    if not isinstance(tool, Tool):
        return None
    members = (
        ("type", "function"),
        ("name", tool.name),
        ("description", tool.description),
        ("parameters", tool.input_schema),
        ("strict", tool.strict),
    )
    return lay_over({name: value for name, value in members if value is not None}, tool.extra)


def decode_choice(raw: msgspec.Raw | None) -> ToolChoice | None:
    """Read which tool shall be called.

    Raises:
        BadRequestError: The choice is malformed, or a word that this API does not have.
    """
    if raw is None:
        return None
    if memoryview(raw)[0] == _STRING:
        word = _words.decode(raw)
        if word not in _CHOICES:
            raise refused(f"unsupported tool_choice value: {word}", "tool_choice")
        return _CHOICES[word]
    choice = _READER.read(bytes(raw), None)
    if choice.type == "function" and choice.name:
        return NamedChoice(name=choice.name, extra=decode_extra(choice.surplus))
    return Foreign(api=API, raw=raw.copy())


def _as_read(choice: wire.ToolChoice, _context: None) -> wire.ToolChoice:
    return choice


_READER: Final = Reader(wire.ToolChoice, _as_read, BadRequestError)


def encode_choice(choice: ToolChoice | None) -> str | Entry | None:
    """Write which tool shall be called; None where nothing was said, or by another API only."""
    match choice:
        case AutoChoice():
            return "auto"
        case AnyChoice():
            return "required"
        case NoChoice():
            return "none"
        case NamedChoice():
            return lay_over({"type": "function", "name": choice.name}, choice.extra)
        case Foreign() if choice.api == API:
            return dict(_members.decode(choice.raw))
        case _:
            return None
