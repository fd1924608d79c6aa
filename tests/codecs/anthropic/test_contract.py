"""Every member of Anthropic's requests and answers has a name here, or a reason for having none.

Place in the house: tests only. Walks the types of Anthropic's own package, and fails when a newer
one brings a member, a block or a tool that nobody has looked at yet.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import anthropic.types as sdk
import msgspec
import pytest
import typing_extensions
from anthropic.types import message_create_params
from pydantic import BaseModel

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic import wire_blocks as blocks
from outcrop.codecs.anthropic.stops import decode_stop

NAMED: Mapping[str, Any] = {
    "MessageCreateParamsBase": wire.MessagesRequest,
    "UserMessageParam": blocks.Message,
    "AssistantMessageParam": blocks.Message,
    "SystemMessageParam": blocks.Message,
    "CacheControlEphemeralParam": blocks.CacheControl,
    "MetadataParam": wire.Metadata,
    "OutputConfigParam": wire.OutputConfig,
    "JSONOutputFormatParam": wire.JsonFormat,
    "ThinkingConfigEnabledParam": wire.Thinking,
    "ThinkingConfigDisabledParam": wire.Thinking,
    "ThinkingConfigAdaptiveParam": wire.Thinking,
    "ThinkingConfigBetweenToolsParam": wire.Thinking,
    "ToolChoiceAutoParam": wire.AutoChoice,
    "ToolChoiceAnyParam": wire.AnyChoice,
    "ToolChoiceToolParam": wire.NamedChoice,
    "ToolChoiceNoneParam": wire.NoChoice,
    "ToolParam": wire.Tool,
    "TextBlockParam": blocks.TextBlock,
    "ImageBlockParam": blocks.ImageBlock,
    "DocumentBlockParam": blocks.DocumentBlock,
    "SearchResultBlockParam": blocks.SearchResultBlock,
    "ThinkingBlockParam": blocks.ThinkingBlock,
    "RedactedThinkingBlockParam": blocks.RedactedThinkingBlock,
    "ToolUseBlockParam": blocks.ToolUseBlock,
    "ToolResultBlockParam": blocks.ToolResultBlock,
    "ServerToolUseBlockParam": blocks.ServerToolUseBlock,
    "WebSearchToolResultBlockParam": blocks.WebSearchResult,
    "WebFetchToolResultBlockParam": blocks.WebFetchResult,
    "CodeExecutionToolResultBlockParam": blocks.CodeResult,
    "BashCodeExecutionToolResultBlockParam": blocks.BashResult,
    "TextEditorCodeExecutionToolResultBlockParam": blocks.EditorResult,
    "ToolSearchToolResultBlockParam": blocks.ToolSearchResult,
    "Base64ImageSourceParam": blocks.Base64Source,
    "Base64PDFSourceParam": blocks.Base64Source,
    "URLImageSourceParam": blocks.UrlSource,
    "URLPDFSourceParam": blocks.UrlSource,
    "PlainTextSourceParam": blocks.TextSource,
    "ContentBlockSourceParam": blocks.ContentSource,
    "CitationsConfigParam": blocks.CitationsConfig,
    "CitationCharLocationParam": blocks.CharLocation,
    "CitationPageLocationParam": blocks.PageLocation,
    "CitationContentBlockLocationParam": blocks.PieceLocation,
    "CitationSearchResultLocationParam": blocks.SearchResultLocation,
    "CitationWebSearchResultLocationParam": blocks.WebLocation,
    "Message": wire.MessagesResponse,
    "Usage": wire.Usage,
    "CacheCreation": wire.CacheCreation,
    "OutputTokensDetails": wire.OutputDetails,
    "MessageDeltaUsage": wire.Usage,
    "TextBlock": blocks.TextBlock,
    "ThinkingBlock": blocks.ThinkingBlock,
    "RedactedThinkingBlock": blocks.RedactedThinkingBlock,
    "ToolUseBlock": blocks.ToolUseBlock,
    "ServerToolUseBlock": blocks.ServerToolUseBlock,
    "WebSearchToolResultBlock": blocks.WebSearchResult,
    "WebFetchToolResultBlock": blocks.WebFetchResult,
    "CodeExecutionToolResultBlock": blocks.CodeResult,
    "BashCodeExecutionToolResultBlock": blocks.BashResult,
    "TextEditorCodeExecutionToolResultBlock": blocks.EditorResult,
    "ToolSearchToolResultBlock": blocks.ToolSearchResult,
    "CitationCharLocation": blocks.CharLocation,
    "CitationPageLocation": blocks.PageLocation,
    "CitationContentBlockLocation": blocks.PieceLocation,
    "CitationsSearchResultLocation": blocks.SearchResultLocation,
    "CitationsWebSearchResultLocation": blocks.WebLocation,
    "RawMessageStartEvent": wire.MessageStart,
    "RawMessageDeltaEvent": wire.MessageDelta,
    "Delta": wire.StopDelta,
    "RawMessageStopEvent": wire.MessageStop,
    "RawContentBlockStartEvent": wire.ContentBlockStart,
    "RawContentBlockDeltaEvent": wire.ContentBlockDelta,
    "RawContentBlockStopEvent": wire.ContentBlockStop,
    "TextDelta": wire.TextDelta,
    "InputJSONDelta": wire.InputDelta,
    "CitationsDelta": wire.CitationsDelta,
    "ThinkingDelta": wire.ThinkingDelta,
    "SignatureDelta": wire.SignatureDelta,
}
"""Which of our shapes stands for which of theirs."""

KEPT: Mapping[str, frozenset[str]] = {
    # Options of Anthropic's own service, and what only it can keep.
    "MessageCreateParamsBase": frozenset(
        {"container", "diagnostics", "inference_geo", "speed", "user_profile_id", "workspace_id"}
    ),
    "Message": frozenset({"container", "diagnostics", "stop_details"}),
    "Delta": frozenset({"container", "stop_details"}),
    "Usage": frozenset({"inference_geo", "speed"}),
    # Who called a tool, and to which set it belongs: no other API tells.
    "ToolUseBlockParam": frozenset({"caller", "toolset_name"}),
    "ToolUseBlock": frozenset({"caller", "toolset_name"}),
    "ToolResultBlockParam": frozenset({"toolset_name"}),
    "ServerToolUseBlockParam": frozenset({"caller"}),
    "ServerToolUseBlock": frozenset({"caller"}),
    "WebSearchToolResultBlockParam": frozenset({"caller"}),
    "WebSearchToolResultBlock": frozenset({"caller"}),
    "WebFetchToolResultBlockParam": frozenset({"caller"}),
    "WebFetchToolResultBlock": frozenset({"caller"}),
    "ToolParam": frozenset(
        {"allowed_callers", "defer_loading", "eager_input_streaming", "input_examples"}
    ),
    "ImageBlockParam": frozenset({"transformations"}),
    "CitationsWebSearchResultLocation": frozenset({"encrypted_index"}),
    "CitationWebSearchResultLocationParam": frozenset({"encrypted_index"}),
    "CitationCharLocation": frozenset({"file_id"}),
    "CitationPageLocation": frozenset({"file_id"}),
    "CitationContentBlockLocation": frozenset({"file_id"}),
}
"""Members that the canonical model has no word for: they travel in the `extra` of their object."""

WHOLE = frozenset(
    {
        # Tools of Anthropic's own (TOOL-12, TOOL-13).
        "ToolBash20250124Param",
        "CodeExecutionTool20250522Param",
        "CodeExecutionTool20250825Param",
        "CodeExecutionTool20260120Param",
        "CodeExecutionTool20260521Param",
        "BrowserToolset20260801Param",
        "MemoryTool20250818Param",
        "ComputerToolset20260801Param",
        "ToolTextEditor20250124Param",
        "ToolTextEditor20250429Param",
        "ToolTextEditor20250728Param",
        "WebSearchTool20250305Param",
        "WebSearchTool20260209Param",
        "WebSearchTool20260318Param",
        "WebFetchTool20250910Param",
        "WebFetchTool20260209Param",
        "WebFetchTool20260309Param",
        "WebFetchTool20260318Param",
        "ToolSearchToolBm25_20251119Param",
        "ToolSearchToolRegex20251119Param",
        # Files that only Anthropic's own service keeps, and what only its tools tell.
        "FileImageSourceParam",
        "FileDocumentSourceParam",
        "ContainerUploadBlockParam",
        "ContainerUploadBlock",
        "ToolReferenceBlockParam",
        "BrowserStateBlockParam",
    }
)
"""Objects that are kept as they are: `Foreign`, or a foreign source."""


def is_typed_dict(kind: Any) -> bool:
    return typing_extensions.is_typeddict(kind)


def is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def members_of(kind: Any) -> dict[str, Any]:
    if is_model(kind):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return typing_extensions.get_type_hints(kind)


def objects_in(hint: Any) -> Iterator[Any]:
    """Yield the classes that an annotation names."""
    if is_typed_dict(hint) or is_model(hint):
        yield hint
    elif isinstance(hint, typing_extensions.TypeAliasType | types.GenericAlias):
        yield from objects_in(getattr(hint, "__value__", None))
    for inner in typing.get_args(hint):
        yield from objects_in(inner)


def reachable(*roots: Any) -> dict[str, Any]:
    """Return the objects below some classes that have a shape here, by their name."""
    found: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        kind = waiting.pop()
        if kind.__name__ in found:
            continue
        found[kind.__name__] = kind
        waiting += [each for hint in looked_into(kind) for each in objects_in(hint)]
    return found


def looked_into(kind: Any) -> Iterator[Any]:
    """Yield the annotations of what our shape does not pass unparsed."""
    shape = NAMED.get(kind.__name__)
    for name, hint in members_of(kind).items():
        ours = shape_of(shape).get(name) if shape else None
        if ours is not None and msgspec.Raw not in (ours, *typing.get_args(ours)):
            yield hint


def shape_of(shape: Any) -> dict[str, Any]:
    return {each.encode_name: each.type for each in msgspec.structs.fields(shape)}


THEIRS = reachable(
    message_create_params.MessageCreateParamsBase,
    sdk.Message,
    sdk.RawMessageStartEvent,
    sdk.RawMessageDeltaEvent,
    sdk.RawMessageStopEvent,
    sdk.RawContentBlockStartEvent,
    sdk.RawContentBlockDeltaEvent,
    sdk.RawContentBlockStopEvent,
)


def test_every_object_is_known() -> None:
    """A new block, source, tool or event is looked at before anybody meets it."""
    unknown = THEIRS.keys() - NAMED.keys() - WHOLE

    assert unknown == set()


def test_every_entry_stands_for_something() -> None:
    """A table that lists what is gone says nothing about what is there."""
    assert (NAMED.keys() | WHOLE) - THEIRS.keys() == set()
    assert KEPT.keys() - NAMED.keys() == set()


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_member_is_named_or_kept(name: str) -> None:
    """A member without a name is kept in the extra of its object, and no other API can say it."""
    theirs = members_of(THEIRS[name]).keys() - {"type", "stream"}

    assert theirs - shape_of(NAMED[name]).keys() == KEPT.get(name, frozenset())


def test_every_stop_reason_is_known() -> None:
    """A reason that is new is ``other``, as is the one that only a server tool's turn has."""
    reasons = typing.get_args(sdk.StopReason)

    others = [reason for reason in reasons if decode_stop(reason, None).kind == "other"]

    assert others == ["pause_turn"]
