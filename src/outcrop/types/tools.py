"""What the model may call, and whether it must.

Place in the house: types.
"""

from typing import TypeAlias

import msgspec

from outcrop.types.content import CachePoint, Foreign
from outcrop.types.json import Extra


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the caller runs when the model asks for it."""

    name: str
    input_schema: msgspec.Raw
    """JSON schema of the arguments, an object; passed on unparsed."""
    description: str | None = None
    strict: bool | None = None
    """Whether arguments must match the schema; None when nothing was said."""
    extra: Extra | None = None


class SystemTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that the service runs itself."""

    name: str
    extra: Extra | None = None


ToolEntry: TypeAlias = Tool | SystemTool | CachePoint | Foreign
"""Anything the list of tools can hold."""


class AutoChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The model decides."""

    extra: Extra | None = None


class AnyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The model must call some tool."""

    extra: Extra | None = None


class NoChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The model must not call a tool."""


class NamedChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The model must call this tool."""

    name: str
    extra: Extra | None = None


ToolChoice: TypeAlias = AutoChoice | AnyChoice | NoChoice | NamedChoice | Foreign
