"""A chat completion request, read into the canonical conversation.

Place in the house: OpenAI Chat codec. Translates what Chat can say; what the model that is asked
cannot do is found further up.

    asked = decode_request(body)
    ... asked.request, asked.stream, asked.n ...

Source: OpenAI API reference, "Create chat completion"; behaviour specification, OAI-01 to OAI-14,
OAI-19.
"""

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.codecs.openai_chat import wire
from outcrop.codecs.openai_chat.bedrock import merge_bedrock, merge_headers
from outcrop.codecs.openai_chat.messages import decode_messages
from outcrop.codecs.openai_chat.options import (
    decode_reasoning,
    decode_sampling,
    decode_service_tier,
    decode_text_format,
)
from outcrop.codecs.openai_chat.parts import cache_points, extra_of
from outcrop.codecs.openai_chat.tools import decode_tool_choice, decode_tools
from outcrop.codecs.openai_chat.unknown import move_unknown
from outcrop.http import Headers
from outcrop.protocols.labels import read_labels
from outcrop.protocols.refusal import malformed, refused
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment

MAX_CHOICES: Final = 8

IGNORED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "store": "answers are not stored",
        "prediction": "Bedrock has no predicted outputs",
        "verbosity": "Bedrock has no such setting",
        "audio": "no audio is made",
    }
)
"""Members that are accepted and have no effect, and why (OAI-13)."""

KEPT: Final = (
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "moderation",
    "web_search_options",
)
"""Members of Chat that the canonical request has no word for: they travel in its `extra`."""

_OBFUSCATION_IGNORED: Final = Adjustment(
    rule="ignored_parameter", detail="stream_options.include_obfuscation was ignored"
)
_UNKNOWN: Final = "Object contains unknown field"
_NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# One comparison tells that the usual request has none of them.
_ignored_members: Final = attrgetter(*IGNORED)
_kept_members: Final = attrgetter(*KEPT)
_NONE_IGNORED: Final = (wire.ABSENT,) * len(IGNORED)
_NONE_KEPT: Final = (wire.ABSENT,) * len(KEPT)

_decoder: Final = msgspec.json.Decoder(wire.Request)


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and how the answer shall be delivered."""

    request: Request
    stream: bool = False
    include_usage: bool = False
    """Whether a stream ends with a chunk of token counts."""
    n: int = 1
    """How many answers, 1 to 8. Each is a call of its own."""
    legacy_functions: bool = False
    """Whether the client spoke of functions, not tools, and expects that of the answer."""
    adjustments: tuple[Adjustment, ...] = ()
    """What was changed, or accepted and ignored."""


def decode_request(body: bytes, headers: Headers = ()) -> ChatRequest:
    """Read the body of ``POST /v1/chat/completions``.

    Args:
        body: As it came.
        headers: Those that came with it; only ``X-Amzn-Bedrock-*`` are looked at.

    Raises:
        BadRequestError: It is not JSON, or says what this API has no meaning for. `param` names
            the member at fault.
    """
    asked = _decode_wire(body)
    changes: list[Adjustment] = []
    request = _decode(asked, changes)
    if wire.given(asked.bedrock):
        request = merge_bedrock(request, asked.bedrock)
    if headers:
        request = merge_headers(request, headers)
    options = asked.stream_options
    if options is not None and options.include_obfuscation:
        changes.append(_OBFUSCATION_IGNORED)
    return ChatRequest(
        request=request,
        stream=bool(asked.stream),
        include_usage=bool(options is not None and options.include_usage),
        n=_choices(asked.n),
        legacy_functions=_is_legacy(asked),
        adjustments=tuple(dict.fromkeys(changes)) if changes else (),
    )


def _decode_wire(body: bytes) -> wire.Request:
    try:
        _check_utf8(body)
        return _decoder.decode(body)
    except _NOT_JSON as fault:
        if not str(fault).startswith(_UNKNOWN):
            raise malformed(fault) from fault
    try:
        return _decoder.decode(move_unknown(wire.Request, body))
    except _NOT_JSON as fault:
        raise malformed(fault) from fault


def _check_utf8(body: bytes) -> None:
    # What stays unparsed would otherwise carry any bytes into a body that we sign.
    if not body.isascii():
        body.decode()


def _decode(asked: wire.Request, changes: list[Adjustment]) -> Request:
    if asked.modalities is not None:
        _check_modalities(asked.modalities)
    if asked.messages is None:
        raise refused("messages is required", "messages")
    if not asked.messages:
        raise refused("messages must contain at least one non-empty message", "messages")
    system, messages = decode_messages(asked.messages, changes)
    if asked.cache_control is not None:
        messages = _mark_last(messages, asked.cache_control)
    changes += _ignored(asked)
    return Request(
        model=asked.model or "",
        messages=messages,
        system=system,
        sampling=decode_sampling(asked, changes),
        tools=decode_tools(asked) if asked.tools or asked.functions else (),
        tool_choice=decode_tool_choice(asked),
        # A legacy client can read one call of an answer, so it shall get no more.
        parallel_tool_calls=False if _is_legacy(asked) else asked.parallel_tool_calls,
        reasoning=decode_reasoning(asked),
        text_format=decode_text_format(asked.response_format),
        request_metadata=read_labels(asked.metadata, asked.user, asked.safety_identifier, changes),
        service_tier=decode_service_tier(asked.service_tier, changes),
        extra=_extra(asked),
    )


def _is_legacy(asked: wire.Request) -> bool:
    return bool(asked.functions) and not asked.tools


def _check_modalities(modalities: tuple[str, ...]) -> None:
    for position, modality in enumerate(modalities):
        if modality != "text":
            path = f"modalities[{position}]"
            raise refused(f"unsupported output modality: {modality}; only text is made", path)


def _mark_last(messages: tuple[Message, ...], control: wire.CacheControl) -> tuple[Message, ...]:
    """Let a mark on the whole request stand after its last message."""
    points = cache_points(control, "")
    if not messages:
        return messages
    last = msgspec.structs.replace(messages[-1], content=messages[-1].content + points)
    return (*messages[:-1], last)


def _ignored(asked: wire.Request) -> list[Adjustment]:
    if _ignored_members(asked) == _NONE_IGNORED:
        return []
    return [
        Adjustment(rule="ignored_parameter", detail=f"{name} was ignored: {reason}")
        for name, reason in IGNORED.items()
        if wire.given(getattr(asked, name)) and bytes(getattr(asked, name)) != b"false"
    ]


def _extra(asked: wire.Request) -> Extra | None:
    if asked.surplus is None and _kept_members(asked) == _NONE_KEPT:
        return None
    kept = {name: getattr(asked, name) for name in KEPT if wire.given(getattr(asked, name))}
    return extra_of(kept | (asked.surplus or {}))


def _choices(count: int | None) -> int:
    if count is None:
        return 1
    if not 1 <= count <= MAX_CHOICES:
        raise refused(f"n must be between 1 and {MAX_CHOICES}", "n")
    return count
